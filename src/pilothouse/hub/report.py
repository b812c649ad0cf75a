"""The report of a proof: one page that a plant manager reads and an engineer can check, whole in one file.

Notation: y the truth, ŷ its forecast, e = y - ŷ the error. This module puts every figure into words with its unit and
its n; the template beside it only places them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from pilothouse.hub.proving import LIGHTGBM, Proof, TaskProof
from pilothouse.methods.estimate.score import Coverage, Span, mae_difference, wilson
from pilothouse.seeds import stream
from pilothouse.units import difference_unit

TEMPLATE: Final = "report.html.jinja"
ADVICE: Final = "advice"
WORST: Final = 10
LISTED: Final = 20
UNKNOWN: Final = "–"

_ASKED: Final[Mapping[str, str]] = {
    ADVICE: "The advice's own forecasts, from every measurement, knowing only what the levers did afterwards."
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Peer:
    """One row of the table of peers, in words."""

    name: str
    ours: bool
    mae: str
    share: float
    difference: str
    span: str
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Covered:
    """One row of a table of coverages, in words."""

    name: str
    promised: str
    measured: str
    span: str
    inside: str
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Width:
    """The mean width of our intervals beside the width plain LightGBM needs, in words."""

    ours: str
    theirs: str
    ours_share: float
    theirs_share: float
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Abstained:
    """What was abstained on: how often for each reason, and the first of them in time."""

    summary: str
    reasons: Sequence[tuple[str, int]]
    listed: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Worst:
    """A forecast that was far off, in words."""

    piece: str
    when: str
    truth: str
    value: str
    error: str
    interval: str
    outside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """Everything the page says of a task."""

    anchor: str
    title: str
    asked: str
    unit: str
    difference_unit: str
    n: str
    judged: str
    headline: str
    mae: str
    mae_span: str
    hit_name: str
    hit: str
    hit_span: str
    coverage_name: str
    coverage: str
    coverage_span: str
    width_mean: str
    abstained_share: str
    beside: str
    repeated: bool
    peers: Sequence[_Peer]
    plots: Mapping[str, Markup]
    reliability: Sequence[_Covered]
    fifths: Sequence[_Covered]
    width: _Width
    abstained: _Abstained
    worst: Sequence[_Worst]


def write_report(proof: Proof, folder: Path, *, plant_name: str, time_zone: str, written_ns: int) -> Path:
    """Write the page of a proof: one HTML file that needs no network and no script.

    Parameters
    ----------
    proof
        What proving gave.
    folder
        Where to; made if need be.
    plant_name, time_zone
        The plant's, as it calls itself and in which zone it speaks.
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
    content = _page(proof, plant_name=plant_name, time_zone=time_zone, written_ns=written_ns)
    stamp = format_instant(written_ns, time_zone)[:19].replace("-", "").replace(":", "").replace(" ", "-")
    path = folder / f"prove-{_plain(proof.scenario)}-{stamp}.html"
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


def _page(proof: Proof, *, plant_name: str, time_zone: str, written_ns: int) -> str:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(TEMPLATE).render(
        proof=proof,
        plant_name=plant_name,
        time_zone=time_zone,
        first=_instant(proof.first_ns, time_zone),
        last=_instant(proof.last_ns, time_zone),
        written=_instant(written_ns, time_zone),
        subjects=f"{proof.subjects:,}",
        seconds=f"{proof.seconds:.0f}",
        tasks=[_task(key, task, time_zone) for key, task in proof.tasks.items()],
    )


def _task(key: str, task: TaskProof, time_zone: str) -> _Task:
    """A task in words and plots."""
    judged, figures = task.judged, task.score
    rows = forecast_rows(judged)
    unit, anchor = difference_unit(judged.unit), _plain(key)
    digits = _digits(figures.mae)
    mae_span = None
    if figures.judged:
        mae_span = mae_difference(rows.truth, rows.value, rows.truth, stream(0, "report", key))
    hits = None if judged.tolerance is None else int((np.abs(rows.truth - rows.value) <= judged.tolerance).sum())
    hit_span = wilson(hits, figures.judged) if hits is not None and figures.judged else None
    inside = round((figures.coverage or 0.0) * figures.judged)
    covered = wilson(inside, figures.judged) if figures.judged else None
    return _Task(
        anchor=anchor,
        title=key.replace("_", " ").capitalize(),
        asked=_ASKED.get(key, ""),
        unit=shown_unit(judged.unit),
        difference_unit=unit,
        n=f"{figures.n:,}",
        judged=f"{figures.judged:,}",
        headline=_headline(task, mae_span, hit_span, covered),
        mae=_number(figures.mae, digits, unit),
        mae_span=_span(mae_span, digits, unit),
        hit_name="" if judged.tolerance is None else f"Within ±{judged.tolerance:g} {unit}",
        hit=UNKNOWN if hit_span is None else _percent(hit_span.value),
        hit_span=_share_span(hit_span),
        coverage_name=f"Inside the {_percent(figures.nominal, 0)} interval",
        coverage=UNKNOWN if covered is None else _percent(covered.value),
        coverage_span=_share_span(covered),
        width_mean=_number(figures.mean_width, digits, unit),
        abstained_share=_percent(figures.abstained),
        beside=_beside(task),
        repeated=len(set(judged.subject)) < len(judged.subject),
        peers=_peers(task, digits),
        plots=_plots(task, anchor, time_zone),
        reliability=[_covered(row, "") for row in task.reliability],
        fifths=_fifths(task, rows, time_zone),
        width=_width(task, digits),
        abstained=_abstained(judged, time_zone),
        worst=_worst(rows, figures.nominal, digits, time_zone),
    )


def _headline(task: TaskProof, mae: Span | None, hits: Span | None, covered: Span | None) -> str:
    """The task in a sentence."""
    figures, judged = task.score, task.judged
    unit, questions = difference_unit(judged.unit), f"{figures.n:,} questions"
    if mae is None or covered is None:
        return f"No forecast was made: all {questions} were abstained on."
    text = f"The forecast was off by {_number(mae.value, _digits(mae.value), unit)} on average"
    if hits is not None:
        text += f", {_percent(hits.value)} of the forecasts lay within ±{judged.tolerance:g} {unit} of the truth,"
    interval = f"{_percent(figures.nominal, 0)} interval"
    return f"{text} and the {interval} held the truth in {_percent(covered.value)} of the cases (n = {figures.judged:,})."


def _peers(task: TaskProof, digits: int) -> list[_Peer]:
    """Ours and the peers, best first."""
    unit = difference_unit(task.judged.unit)
    maes = {name: peer.mae for name, peer in task.peers.items()}
    greatest = max([task.score.mae or 0.0, *(mae for mae in maes.values() if np.isfinite(mae))], default=0.0) or 1.0
    mine = task.score.mae
    rows = [(np.inf if mine is None else mine, _Peer(
        name="Pilothouse", ours=True, mae=_number(mine, digits, unit), share=(mine or 0.0) / greatest,
        difference="", span="", verdict="",
    ))]  # fmt: skip
    for name, peer in task.peers.items():
        known = np.isfinite(peer.mae)
        row = _Peer(
            name=name,
            ours=False,
            mae=_number(peer.mae, digits, unit),
            share=peer.mae / greatest if known else 0.0,
            difference=_number(peer.difference.value, digits, unit, signed=True),
            span=_span(peer.difference, digits, unit, signed=True),
            verdict=_verdict(peer.difference),
        )
        rows.append((peer.mae if known else np.inf, row))
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def _verdict(difference: Span) -> str:
    """Whether the interval of a difference of errors excludes zero, in words."""
    if not np.isfinite([difference.low, difference.high]).all():
        return "not known"
    if difference.high < 0.0:
        return "ours is better: the interval excludes zero"
    if difference.low > 0.0:
        return "ours is worse: the interval excludes zero"
    return "not told apart: the interval includes zero"


def _beside(task: TaskProof) -> str:
    """How ours stands to the peers, in a few words."""
    said: dict[str, list[str]] = {"better than": [], "not told apart from": [], "worse than": []}
    for name, peer in task.peers.items():
        verdict = _verdict(peer.difference)
        for words in said:
            if verdict.startswith(("ours is " + words.split()[0], words[:14])):
                said[words].append(name)
    return "; ".join(f"{words} {', '.join(names)}" for words, names in said.items() if names) or UNKNOWN
