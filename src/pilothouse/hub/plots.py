"""Plots of a proof: inline SVG for the report, one PNG for the demo; the only place that draws.

Notation: y the truth, ŷ its forecast, e = y - ŷ the error, w half the width of the interval. Only rows with a forecast
are drawn. The same input gives the same bytes with the same fonts and versions.
"""

import io
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from pilothouse.clock import NS_PER_DAY
from pilothouse.decision.judged import Judged
from pilothouse.errors import StoreError
from pilothouse.hub.proving import NOMINAL, Proof, TaskProof
from pilothouse.methods.estimate.score import Coverage
from pilothouse.units import difference_unit

Array = NDArray[np.float64]

INK: Final = "#1d2a36"
MUTED: Final = "#66727e"
RULE: Final = "#e4e8ec"
OURS: Final = "#1f5f8b"
BAND: Final = "#c9dbe8"
MISSED: Final = "#c8502b"
PEER: Final = "#b4bfc9"

_STYLE: Final[Mapping[str, Any]] = {
    "axes.axisbelow": True,
    "axes.edgecolor": PEER,
    "axes.grid": True,
    "axes.labelcolor": MUTED,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": ["DejaVu Sans"],
    "font.size": 8.0,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "svg.fonttype": "none",  # text stays text: it takes the page's font, and can be searched
    "svg.hashsalt": "pilothouse",
    "text.color": INK,
    "text.parse_math": False,  # a unit may contain a dollar sign
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
}
_SHOWN_UNITS: Final[Mapping[str, str]] = {"degC": "°C", "degF": "°F"}
_MANY: Final = 800
"""More points than this are drawn as an image inside the plot, so that a page stays small."""
_PIECES: Final = 60
"""Forecasts in the picture."""
_BINS: Final = 60


def shown_unit(unit: str) -> str:
    """A unit as people write it.

    Examples
    --------
    >>> shown_unit("degC"), shown_unit("MPa")
    ('°C', 'MPa')
    """
    return _SHOWN_UNITS.get(unit, unit)


def forecast_rows(judged: Judged) -> Judged:
    """The rows with a forecast and a truth, in time order.

    Examples
    --------
    >>> ones = np.ones(3)
    >>> judged = Judged(
    ...     subject=("a", "b", "c"), anchor_ns=np.array([3, 2, 1]), truth=ones, value=np.array([1.0, np.nan, 2.0]),
    ...     half_width={0.9: ones}, why_abstained={"b": ("new",)}, drift=(), unit="degC", tolerance=None,
    ...     features=np.empty((3, 0)), names=(),
    ... )
    >>> forecast_rows(judged).subject
    ('c', 'a')
    """
    known = np.flatnonzero(np.isfinite(judged.value) & np.isfinite(judged.truth))
    rows = known[np.argsort(judged.anchor_ns[known], kind="stable")]
    return replace(
        judged,
        subject=tuple(judged.subject[row] for row in rows),
        anchor_ns=judged.anchor_ns[rows],
        truth=judged.truth[rows],
        value=judged.value[rows],
        half_width={level: half_width[rows] for level, half_width in judged.half_width.items()},
        features=judged.features[rows] if len(judged.features) else judged.features,
    )


def scatter(judged: Judged, name: str) -> str:
    """Truth over forecast; those within the tolerance and those beyond it (SVG)."""
    with _figure(3.9, 3.7) as figure:
        axes = figure.add_subplot(aspect="equal")
        rows, unit = forecast_rows(judged), shown_unit(judged.unit)
        low, high = _ends(np.concatenate([rows.truth, rows.value]))
        ends = np.array([low, high])
        axes.plot(ends, ends, color=MUTED, linewidth=0.8, zorder=1)
        beyond = np.zeros(len(rows.truth), dtype=np.bool_)
        if judged.tolerance is not None:
            within = f"within ±{judged.tolerance:g} {difference_unit(judged.unit)}"
            axes.fill_between(ends, ends - judged.tolerance, ends + judged.tolerance, color=BAND, alpha=0.45, lw=0)
            beyond = np.abs(rows.truth - rows.value) > judged.tolerance
            _dots(axes, rows.value[~beyond], rows.truth[~beyond], OURS, f"{within}: {int((~beyond).sum()):,}")
            _dots(axes, rows.value[beyond], rows.truth[beyond], MISSED, f"beyond: {int(beyond.sum()):,}")
            _legend(figure, axes)
        else:
            _dots(axes, rows.value, rows.truth, OURS, "")
        axes.set(xlim=(low, high), ylim=(low, high), xlabel=f"forecast, {unit}", ylabel=f"truth, {unit}")
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.yaxis.set_major_locator(MaxNLocator(5))
        return _svg(figure, name, "Truth over forecast")


def histogram(judged: Judged, name: str) -> str:
    """How often errors of each size came (SVG)."""
    with _figure(3.9, 3.7) as figure:
        axes = figure.add_subplot()
        rows, unit = forecast_rows(judged), difference_unit(judged.unit)
        error = rows.truth - rows.value
        edges = _edges(error, judged.tolerance)
        if judged.tolerance is not None:
            axes.axvspan(-judged.tolerance, judged.tolerance, color=BAND, alpha=0.45, linewidth=0)
        axes.hist(error, bins=edges.tolist(), color=OURS, edgecolor="white", linewidth=0.5)
        axes.axvline(0.0, color=MUTED, linewidth=0.8)
        axes.set(xlabel=f"truth less forecast, {unit}", ylabel="forecasts")
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.grid(visible=False, axis="x")
        return _svg(figure, name, "Histogram of the errors")


def errors_in_time(judged: Judged, name: str, time_zone: str) -> str:
    """Each error where it stands in time, with its interval of nominal 90 % (SVG)."""
    with _figure(8.4, 2.7) as figure:
        axes = figure.add_subplot()
        rows, unit = forecast_rows(judged), difference_unit(judged.unit)
        error, half_width = rows.truth - rows.value, rows.half_width[NOMINAL]
        day = rows.anchor_ns / NS_PER_DAY
        outside = np.abs(error) > half_width
        finite = half_width[np.isfinite(half_width)]
        low, high = _ends(np.concatenate([error, -finite, finite]))
        seen = np.minimum(half_width, 2.0 * max(high, -low))
        # One path with gaps, since as many paths would make a large page.
        across = np.column_stack([day, day, day]).ravel()
        along = np.column_stack([-seen, seen, np.full(len(seen), np.nan)]).ravel()
        axes.plot(across, along, color=BAND, linewidth=1.0, zorder=1, rasterized=len(day) > _MANY)
        _dots(axes, day[~outside], error[~outside], OURS, f"inside its interval: {int((~outside).sum()):,}")
        _dots(axes, day[outside], error[outside], MISSED, f"outside: {int(outside.sum()):,}")
        axes.axhline(0.0, color=MUTED, linewidth=0.8, zorder=1)
        locator = AutoDateLocator(tz=ZoneInfo(time_zone), minticks=4, maxticks=9)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        formatter = ConciseDateFormatter(locator, tz=ZoneInfo(time_zone))  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_formatter(formatter)
        axes.set(ylim=(low, high), ylabel=f"truth less forecast, {unit}")
        if len(day):
            margin = max(0.01 * float(np.ptp(day)), 0.02)
            axes.set_xlim(float(day[0]) - margin, float(day[-1]) + margin)
        axes.grid(visible=False, axis="x")
        _legend(figure, axes)
        return _svg(figure, name, "Errors in time with their intervals")


def reliability_plot(rows: Sequence[Coverage], name: str) -> str:
    """Empirical over nominal coverage, with 95 % intervals (SVG)."""
    with _figure(3.9, 3.1) as figure:
        axes = figure.add_subplot()
        known = [(row.nominal, row.empirical) for row in rows if row.empirical is not None]
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), label="as promised")
        nominal = [promised for promised, _ in known]
        axes.vlines(nominal, [s.low for _, s in known], [s.high for _, s in known], color=OURS, linewidth=1.4)
        measured = [s.value for _, s in known]
        axes.plot(nominal, measured, "o", color=OURS, markersize=5.5, label="measured")
        low = min([0.5, *nominal, *(s.low for _, s in known)])
        low = max(0.0, np.floor(10.0 * low - 0.5) / 10.0)
        axes.set(xlim=(low, 1.0), ylim=(low, 1.0), xlabel="promised (nominal) coverage", ylabel="measured coverage")
        _in_percent(axes, "both")
        _legend(figure, axes)
        return _svg(figure, name, "Reliability: measured over promised coverage")


def coverage_plot(fifths: Sequence[Coverage], name: str) -> str:
    """Coverage in each fifth of the span, with 95 % intervals (SVG)."""
    with _figure(3.9, 3.1) as figure:
        axes = figure.add_subplot()
        known = [(place, part.empirical) for place, part in enumerate(fifths, 1) if part.empirical is not None]
        for promised in sorted({part.nominal for part in fifths}):
            axes.axhline(
                promised,
                color=MUTED,
                linewidth=0.8,
                linestyle=(0, (4, 3)),
                label=f"promised {promised:.0%}".replace("%", " %"),
            )
        places = [place for place, _ in known]
        axes.vlines(places, [s.low for _, s in known], [s.high for _, s in known], color=OURS, linewidth=1.4)
        axes.plot(places, [s.value for _, s in known], "o", color=OURS, markersize=5.5, label="measured")
        low = min([0.7, *(s.low for _, s in known)])
        axes.set(xlim=(0.5, len(fifths) + 0.5), ylim=(max(0.0, np.floor(10.0 * low) / 10.0), 1.005))
        axes.set(xlabel="fifth of the span, in time order", ylabel="measured coverage")
        axes.set_xticks(range(1, len(fifths) + 1))
        axes.grid(visible=False, axis="x")
        _in_percent(axes, "y")
        _legend(figure, axes)
        return _svg(figure, name, "Coverage in each fifth of the span")


def picture(proof: Proof, file: Path) -> None:
    """One PNG (1,400 x 700) that a person understands at once: the last forecasts beside their truth, and the peers.

    Raises
    ------
    StoreError
        If the file cannot be written.
    """
    key, task = next(iter(proof.tasks.items()))
    with _figure(14.0, 7.0) as figure, mpl.rc_context({"font.size": 13.0, "legend.fontsize": 12.0}):
        panes = figure.subplot_mosaic([["forecasts", "peers"]], width_ratios=[2.1, 1.0])
        figure.set_layout_engine("constrained", w_pad=0.22, h_pad=0.16, rect=(0.0, 0.0, 1.0, 0.855))
        _headline(figure, 0.945, proof.title, fontsize=21.0, fontweight="bold")
        _headline(figure, 0.889, _in_short(key, task), fontsize=13.5, color=MUTED)
        _last_forecasts(panes["forecasts"], task)
        _peer_bars(panes["peers"], task)
        content = io.BytesIO()
        canvas: Any = FigureCanvasAgg(figure)  # Any: not annotated there
        canvas.print_png(content, metadata={"Software": None})
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.tmp")
        draft.write_bytes(content.getvalue())
        draft.replace(file)
    except OSError as error:
        raise StoreError(
            f"the picture cannot be written: {error.strerror}",
            hint="make room, or check the rights of the folder",
            file=str(file),
        ) from error


def _in_short(key: str, task: TaskProof) -> str:
    """The figures of a task in one line."""
    figures, unit = task.score, difference_unit(task.judged.unit)
    words = key.replace("_", " ")
    if figures.mae is None or figures.coverage is None:
        return f"{words}: no forecast was made, {figures.n:,} questions were abstained on"
    text = f"{words}: {figures.judged:,} forecasts of pieces it had never seen, off by {figures.mae:.3g} {unit}"
    text += " on average"
    if task.judged.tolerance is not None and figures.hit_rate is not None:
        text += f"; {100 * figures.hit_rate:.1f} % within ±{task.judged.tolerance:g} {unit}"
    return text + f"; {100 * figures.coverage:.1f} % inside their {100 * figures.nominal:.0f} % interval"


def _headline(figure: Figure, height: float, text: str, *, fontsize: float, **look: str) -> None:
    """A line over the whole picture, smaller where it would not fit."""
    line = figure.text(0.016, height, text, fontsize=fontsize, va="center", **look)  # type: ignore[arg-type]
    canvas: Any = FigureCanvasAgg(figure)
    share = line.get_window_extent(canvas.get_renderer()).width / figure.bbox.width
    line.set_fontsize(fontsize * min(1.0, 0.968 / share) if share else fontsize)


def _last_forecasts(axes: Axes, task: TaskProof) -> None:
    rows = forecast_rows(task.judged)
    last = slice(-_PIECES, None)
    truth, value, half_width = rows.truth[last], rows.value[last], rows.half_width[task.score.nominal][last]
    place = np.arange(1, len(truth) + 1)
    low, high = _ends(np.concatenate([truth, value - half_width, value + half_width]))
    outside = np.abs(truth - value) > half_width
    promised = f"{100 * task.score.nominal:.0f} % interval"
    axes.vlines(place, value - half_width, value + half_width, color=BAND, linewidth=7.0, label=promised)
    axes.plot(place, value, "_", color=OURS, markersize=9.0, markeredgewidth=2.0, label="forecast")
    axes.plot(place[~outside], truth[~outside], "o", color=INK, markersize=5.5, label="truth")
    axes.plot(place[outside], truth[outside], "o", color=MISSED, markersize=6.5, label="truth, outside it")
    axes.set(ylim=(low, high + 0.1 * (high - low)), xlim=(0.0, max(len(place), 1) + 1.0))
    axes.set(xlabel=f"the last {len(place)} forecasts, in time order", ylabel=shown_unit(task.judged.unit))
    axes.set_title("What was forecast, and what came out", loc="left", fontsize=15.0, pad=12.0)
    axes.grid(visible=False, axis="x")
    axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))
    axes.legend(loc="upper left", ncols=4, handletextpad=0.5, columnspacing=1.4)


def _peer_bars(axes: Axes, task: TaskProof) -> None:
    unit = difference_unit(task.judged.unit)
    errors = {name: peer.mae for name, peer in task.peers.items() if np.isfinite(peer.mae)}
    if task.score.mae is not None:
        errors["Pilothouse"] = task.score.mae
    names = sorted(errors, key=errors.__getitem__, reverse=True)
    bars = axes.barh(names, [errors[n] for n in names], color=[OURS if n == "Pilothouse" else PEER for n in names])
    axes.bar_label(bars, labels=[f"{errors[name]:.3g} {unit}" for name in names], padding=6, fontsize=13.0)
    axes.set(xlabel=f"mean absolute error, {unit}", ylim=(-0.6, max(len(names), 1) - 0.4))
    axes.set_title("How far off: smaller is better", loc="left", fontsize=15.0, pad=12.0)
    axes.margins(x=0.22)
    axes.tick_params(axis="y", labelcolor=INK)
    axes.spines["left"].set_visible(False)
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_locator(MaxNLocator(5))


@contextmanager
def _figure(width_in: float, height_in: float) -> Iterator[Figure]:
    """A figure in our style, whatever the reader's own settings are."""
    with mpl.rc_context(), warnings.catch_warnings():
        # A letter that the font lacks is drawn as a box: no reason to fail.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        mpl.rcdefaults()
        settings: Any = mpl.rcParams
        settings.update(_STYLE)
        yield Figure(figsize=(width_in, height_in), dpi=100, layout="constrained")


def _svg(figure: Figure, name: str, label: str) -> str:
    """The figure as an SVG element that can stand beside others in one page."""
    content = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.set_dpi(160)  # of images in it; the drawing itself has no dots
    canvas: Any = FigureCanvasSVG(figure)
    canvas.print_svg(content, metadata=nothing)
    text = content.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r' (?:d|x|y)="[^"]*"', lambda found: re.sub(r"(\.\d\d)\d+", r"\1", found[0]), text)
    # Names inside the drawing must be the page's only ones of their kind.
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = text.replace("url(#", f"url(#{name}-").replace('href="#', f'href="#{name}-')
    head = f'<svg role="img" aria-label="{label}"'
    return re.sub(r'<svg((?: [\w:]+="[^"]*")*?) height="[^"]*"', head + r"\1", text, count=1)


def _dots(axes: Axes, x: Array, y: Array, colour: str, label: str) -> None:
    many = len(x) > _MANY
    axes.plot(x, y, "o", color=colour, ms=2.8, markeredgewidth=0, alpha=0.75, label=label, rasterized=many)


def _legend(figure: Figure, axes: Axes) -> None:
    """Above the plot, where it hides nothing."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=3, handletextpad=0.4, columnspacing=1.6)


def _edges(error: Array, tolerance: float | None) -> Array:
    """Edges of bins of one width with one at zero and, where it is not too wide for that, one at the tolerance."""
    low, high = _ends(np.append(error, 0.0))
    step = (high - low) / int(np.clip(2.0 * np.sqrt(len(error)), 9, _BINS))
    if tolerance is not None and tolerance > step:
        step = tolerance / np.floor(tolerance / step)
    return step * np.arange(np.floor(low / step), np.ceil(high / step) + 1.0)


def _in_percent(axes: Axes, which: str) -> None:
    for axis in (axes.xaxis, axes.yaxis) if which == "both" else (axes.yaxis,):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))


def _ends(values: Array) -> tuple[float, float]:
    """Ends of an axis that shows all finite values with a little room."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return -1.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    room = 0.04 * (high - low) or max(abs(low) * 1e-3, 1e-9)
    return low - room, high + room
