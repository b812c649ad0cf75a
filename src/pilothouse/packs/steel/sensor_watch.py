"""The watch over a sensor: sensor fault or process fault, with the evidence in words.

What is known of each piece that the sensor showed, and of what the piece came of, is laid beside it; the judgement is
:mod:`pilothouse.methods.monitor.redundancy`. Values that are marked bad or uncertain are no evidence: a value cut at
the end of a range is not what was there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from pilothouse.clock import NS_PER_DAY
from pilothouse.decision.view import Read, Snapshot
from pilothouse.methods.monitor.gap import BETWEEN, LEARNT, NEWEST, Array, Evidence, Gap, cause, effect, learnt_from
from pilothouse.methods.monitor.redundancy import OUT, Finding, judge
from pilothouse.packs.steel.beside import laid_beside
from pilothouse.packs.steel.sensor_declaration import SensorWatch
from pilothouse.plant.frame import GOOD

LOOKS_BACK_NS: Final = 150 * NS_PER_DAY
"""A heat may be cast a season before its last coil is annealed."""
PIECES: Final = LEARNT + BETWEEN + NEWEST
"""The newest pieces; older ones are not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorReport:
    """What was found of one sensor.

    Parameters
    ----------
    watch
        As declared.
    as_of_ns
        Nothing known later was looked at.
    pieces
        How many pieces were.
    finding
        Whom the evidence is about.
    """

    watch: SensorWatch
    as_of_ns: int
    pieces: int
    finding: Finding

    @property
    def words(self) -> tuple[str, ...]:
        """The ruling first, then each piece of evidence."""
        return _words(self.watch, self.finding)


def reads_of(watch: SensorWatch) -> tuple[Read, ...]:
    """What a watch looks at, declared for a snapshot."""
    return (Read(parameters=watch.parameters, span_ns=LOOKS_BACK_NS, genealogy=True),)


def look(snapshot: Snapshot, watch: SensorWatch) -> SensorReport:
    """Ask the evidence about a sensor, as of the snapshot.

    Raises
    ------
    DataError
        If it showed too few pieces.
    """
    pieces = pieces_shown(snapshot, watch)
    shown = _column(pieces, watch.sensor)
    learnt = learnt_from(len(shown))
    evidence: list[Evidence] = [cause(one.key, shown, _columns(pieces, one.looks_at), learnt) for one in watch.causes]
    for one in watch.effects:
        told = _column(pieces, one.result)
        if np.isfinite(told[learnt]).sum() >= learnt.sum() // 2:
            evidence.append(effect(one.key, shown, told, _columns(pieces, one.given), learnt))
    finding = judge(evidence, matters=watch.matters)
    return SensorReport(watch=watch, as_of_ns=snapshot.as_of_ns, pieces=len(shown), finding=finding)


def pieces_shown(snapshot: Snapshot, watch: SensorWatch) -> pl.DataFrame:
    """The newest pieces that the sensor showed, in time order: ``piece, end_ns`` and a column a parameter."""
    shown = snapshot.observations(watch.sensor, worst_status=GOOD).drop_nulls("piece").sort("end_ns", "known_ns")
    table = shown.group_by("piece", maintain_order=True).last().sort("end_ns", "piece").tail(PIECES)
    table = table.select("piece", "end_ns", pl.col("value").alias(watch.sensor))
    return laid_beside(snapshot, table, [name for name in watch.parameters if name != watch.sensor], worst_status=GOOD)


def _column(pieces: pl.DataFrame, name: str) -> Array:
    return pieces[name].cast(pl.Float64).fill_null(np.nan).to_numpy().astype(np.float64)


def _columns(pieces: pl.DataFrame, names: Sequence[str]) -> Array:
    return np.column_stack([np.zeros((pieces.height, 0)), *(_column(pieces, name) for name in names)])


def _words(watch: SensorWatch, finding: Finding) -> tuple[str, ...]:
    titles = {made.key: made.title for made in watch.causes} | {felt.key: felt.title for felt in watch.effects}
    return (_ruled(watch, finding, titles), *(_said(titles[gap.key], gap, watch) for gap in finding.gaps))


def _ruled(watch: SensorWatch, finding: Finding, titles: Mapping[str, str]) -> str:
    causes = _more(finding.causes, watch) if finding.causes else ""
    effects = _more(finding.effects, watch) if finding.effects else ""
    if finding.ruling == "sensor":
        return (
            f"sensor fault: {watch.title} shows {causes} than its causes let expect, and its effects say so too "
            f"({effects} than is there)"
        )
    if finding.ruling == "process" and finding.contradiction:
        return f"process fault: {titles[finding.contradiction]} contradict the other causes of what the sensor measures"
    if finding.ruling == "process" and finding.causes and finding.causes.is_out(watch.matters, OUT):
        return f"process fault: the sensor shows {causes} than its causes let expect, and its effects say it is right"
    if finding.ruling == "process":
        return f"process fault: effects moved ({effects} shown than they tell) while sensor and causes agree"
    if finding.ruling == "unclear":
        return (
            f"unclear: the sensor shows {causes} than its causes let expect; its effects cannot tell yet who is right"
        )
    return "quiet: sensor, causes and effects agree"


def _said(title: str, gap: Gap, watch: SensorWatch) -> str:
    if not np.isfinite(gap.value):
        return f"{title}: not told of enough of the newest pieces"
    weak = ", too little to tell by itself" if OUT * gap.spread > 2.0 * watch.matters else ""
    than = "they let expect" if gap.side == "cause" else "it tells"
    return f"{title}: shown is {_more(gap, watch)} than {than} (usually within {gap.spread:.1f} {watch.unit}{weak})"


def _more(gap: Gap, watch: SensorWatch) -> str:
    return f"{abs(gap.value):.1f} {watch.unit} {'more' if gap.value >= 0.0 else 'less'}"
