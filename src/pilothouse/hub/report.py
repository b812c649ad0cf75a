"""The report of a proof: one page that a plant manager reads and an engineer can check, whole in one file.

Notation: y the truth, ŷ its forecast, e = y - ŷ the error. Here is computed what the page says beyond the proof; how it
is said stands in the template beside this file.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pilothouse.clock import format_instant
from pilothouse.decision.judged import Judged
from pilothouse.errors import StoreError
from pilothouse.hub.plots import (
    coverage_plot,
    errors_in_time,
    forecast_rows,
    histogram,
    reliability_plot,
    scatter,
    shown_unit,
)
from pilothouse.hub.proving import CHANGE, LIGHTGBM, Proof, TaskProof
from pilothouse.methods.estimate.score import Span, mae_difference, wilson
from pilothouse.seeds import stream
from pilothouse.units import difference_unit

TEMPLATE: Final = "report.html.jinja"
WORST: Final = 10
LISTED: Final = 20
UNKNOWN: Final = "–"
OURS: Final = "Pilothouse"
_NUMBER: Final = re.compile(r"(?<![\w.])[-−]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?!\w)")

_ASKED: Final[Mapping[str, str]] = {
    "advice": "the advice's own forecasts, from every measurement, knowing only what the levers did afterwards"
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bar:
    """A figure of ours or of somebody else, to be drawn as a bar; ``share`` of the greatest of them."""

    name: str
    value: float | None
    share: float
    difference: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A question as the page lists it."""

    subject: str
    anchor_ns: int
    truth: float
    value: float
    half_width: float
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What the page says of a task.

    Parameters
    ----------
    anchor, title, asked
        Its name in links, its name in words, and what was asked, where the name alone does not say it.
    proof
        Its figures.
    unit, error_unit
        Of the result, and of differences of results.
    digits
        Decimals of an error.
    mae, hits, covered
        Mean absolute error, hit rate and coverage with 95 % intervals; None where nothing is to be counted.
    repeated
        Whether a subject was asked about more than once.
    peers, widths
        To be drawn as bars, the smallest first; ours among them.
    parts
        First and last instant of each part of the span in which coverage was counted; None for an empty part.
    reasons, abstained
        How often each reason was given, numbers aside, the most frequent first; and the first questions abstained on.
    worst
        The forecasts furthest off, the worst first.
    plots
        SVG elements by name.
    """

    anchor: str
    title: str
    asked: str
    proof: TaskProof
    unit: str
    error_unit: str
    digits: int
    mae: Span | None
    hits: Span | None
    covered: Span | None
    repeated: bool
    peers: Sequence[_Bar]
    widths: Sequence[_Bar]
    parts: Sequence[tuple[int, int] | None]
    reasons: Sequence[tuple[str, int]]
    abstained: Sequence[_Row]
    worst: Sequence[_Row]
    plots: Mapping[str, Markup]


def write_report(proof: Proof, folder: Path, *, plant_name: str, time_zone: str, written_ns: int) -> Path:
    """Write the page of a proof: one HTML file that needs no network and no script.

    Parameters
    ----------
    proof
        What proving gave.
    folder
        Where to; made if need be.
    plant_name, time_zone
        The plant's name, and the zone in which its screens speak.
    written_ns
        When the page is written; part of its name.

    Returns
    -------
    Path
        The page, ``prove-<scenario>-<yyyymmdd-hhmmss>.html`` in the plant's time.

    Raises
    ------
    StoreError
        If the page cannot be written.
    """
    page = _environment(time_zone).get_template(TEMPLATE)
    content = page.render(
        proof=proof,
        plant_name=plant_name,
        time_zone=time_zone,
        written_ns=written_ns,
        tasks=[_task(key, task, time_zone) for key, task in proof.tasks.items()],
        lightgbm=LIGHTGBM,
        ours=OURS,
        listed=LISTED,
    )
    stamp = re.sub(r"\D", "", format_instant(written_ns, time_zone)[:19])
    path = folder / f"prove-{_plain(proof.scenario)}-{stamp[:8]}-{stamp[8:]}.html"
    draft = folder / f".{path.name}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft.write_text(content, encoding="utf-8", newline="\n")
        draft.replace(path)
    except OSError as error:
        raise StoreError(
            f"the report cannot be written: {error.strerror}",
            hint="make room, or check the rights of the folder, and prove again",
            file=str(path),
        ) from error
    return path


def number(value: float | None, digits: int, unit: str = "", *, signed: bool = False) -> str:
    """A number with its unit, as people read it.

    Examples
    --------
    >>> number(-1234.567, 1, "K"), number(0.4, 2, signed=True), number(None, 2, "K"), number(float("inf"), 1, "K")
    ('−1234.6 K', '+0.40', '–', 'without end')
    """
    if value is None or np.isnan(value):
        return UNKNOWN
    if np.isinf(value):
        return "without end"
    text = f"{value:{'+' if signed else ''}.{digits}f}".replace("-", "−")
    return f"{text} {unit}" if unit else text


def percent(share: float | None, digits: int = 1) -> str:
    """A share in per cent.

    Examples
    --------
    >>> percent(0.8929), percent(0.9, 0), percent(None)
    ('89.3 %', '90 %', '–')
    """
    return number(None if share is None else 100.0 * share, digits, "%")


def standing(difference: Span) -> str:
    """How ours stands to a peer by the interval of our error less its: better, worse, or not told apart.

    Examples
    --------
    >>> standing(Span(value=-1.0, low=-2.0, high=-0.5, level=0.95))
    'better'
    >>> standing(Span(value=-1.0, low=-2.0, high=0.5, level=0.95))
    'not told apart'
    """
    if difference.high < 0.0:
        return "better"
    return "worse" if difference.low > 0.0 else "not told apart"


def _environment(time_zone: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": number,
        "percent": percent,
        "standing": standing,
        "instant": partial(_instant, time_zone=time_zone),
    }
    return environment


def _task(key: str, task: TaskProof, time_zone: str) -> _Task:
    judged, figures, rows = task.judged, task.score, forecast_rows(task.judged)
    off, n, anchor = np.abs(rows.truth - rows.value), figures.judged, f"task-{_plain(key)}"
    aimed = n > 0 and judged.tolerance is not None
    abstained = _abstained(judged, figures.nominal)
    return _Task(
        anchor=anchor,
        title=_in_words(key),
        asked=_ASKED.get(key, ""),
        proof=task,
        unit=shown_unit(judged.unit),
        error_unit=difference_unit(judged.unit),
        digits=_digits(figures.mae),
        # Less a forecast that is never off, the error itself is left, with its interval.
        mae=mae_difference(rows.truth, rows.value, rows.truth, stream(0, "report", key)) if n else None,
        hits=wilson(int((off <= (judged.tolerance or 0.0)).sum()), n) if aimed else None,
        covered=wilson(round((figures.coverage or 0.0) * n), n) if n else None,
        repeated=len(set(judged.subject)) < len(judged.subject),
        peers=_bars({OURS: figures.mae, **{name: peer.mae for name, peer in task.peers.items()}}, task),
        widths=_bars({OURS: figures.mean_width, LIGHTGBM: task.lightgbm_width, CHANGE: task.change_width}, task),
        parts=_parts(rows, len(task.in_time)),
        reasons=Counter(kind for row in abstained for kind in {_NUMBER.sub("…", why) for why in row.why}).most_common(),
        abstained=abstained[:LISTED],
        worst=[_row(rows, place, figures.nominal) for place in np.argsort(-off, kind="stable")[:WORST]],
        plots=_plots(task, anchor, time_zone),
    )


def _plots(task: TaskProof, anchor: str, time_zone: str) -> dict[str, Markup]:
    """All plots of a task; their names are part of the names inside the drawings."""
    judged = task.judged
    draw: dict[str, Callable[[str], str]] = {
        "scatter": partial(scatter, judged),
        "histogram": partial(histogram, judged),
        "in-time": partial(errors_in_time, judged, time_zone=time_zone),
        "reliability": partial(reliability_plot, task.reliability),
        "fifths": partial(coverage_plot, task.in_time),
    }
    # The drawings escape the texts in them themselves.
    return {name: Markup(drawn(f"{anchor}-{name}")) for name, drawn in draw.items()}  # noqa: S704


def _bars(values: Mapping[str, float | None], task: TaskProof) -> list[_Bar]:
    known = {name: value for name, value in values.items() if value is not None and np.isfinite(value)}
    greatest = max(known.values(), default=0.0) or 1.0
    return [
        _Bar(
            name=name,
            value=values[name],
            share=known.get(name, 0.0) / greatest,
            difference=task.peers[name].difference if name in task.peers else None,
        )
        for name in sorted(values, key=lambda name: known.get(name, np.inf))
    ]


def _parts(rows: Judged, parts: int) -> list[tuple[int, int] | None]:
    blocks = np.array_split(rows.anchor_ns, parts) if parts else []
    return [(int(block[0]), int(block[-1])) if block.size else None for block in blocks]


def _abstained(judged: Judged, nominal: float) -> list[_Row]:
    """The questions without a forecast, in time order."""
    without = np.flatnonzero(np.isnan(judged.value))
    order = without[np.argsort(judged.anchor_ns[without], kind="stable")]
    return [_row(judged, place, nominal) for place in order]


def _row(judged: Judged, place: int, nominal: float) -> _Row:
    subject = judged.subject[place]
    return _Row(
        subject=subject,
        anchor_ns=int(judged.anchor_ns[place]),
        truth=float(judged.truth[place]),
        value=float(judged.value[place]),
        half_width=float(judged.half_width[nominal][place]),
        why=judged.why_abstained.get(subject, ()) or ("no reason was given",),
    )


def _digits(error: float | None) -> int:
    """Decimals that show three figures of an error.

    Examples
    --------
    >>> _digits(4.95), _digits(0.0123), _digits(250.0)
    (2, 4, 0)
    """
    if error is None or not np.isfinite(error) or error <= 0.0:
        return 2
    return int(np.clip(2 - np.floor(np.log10(error)), 0, 9))


def _instant(instant_ns: int, *, time_zone: str) -> str:
    """To the minute, with its offset: an hour comes twice in autumn."""
    text = format_instant(instant_ns, time_zone)
    return f"{text[:16]} {text[19:]}".replace("+00:00", "UTC")


def _in_words(key: str) -> str:
    words = key.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def _plain(key: str) -> str:
    """A key as part of a file's or a link's name."""
    return re.sub(r"[^\w.-]", "-", key, flags=re.ASCII)
