"""Observing: what live values say of a piece, written as an observation once it has left.

Between two pieces a plant's values belong to nobody; the record that scenarios read is by piece. When a piece has left
a unit, and a moment more so that late values are there, the unit's values over its stay become one observation: the
mean of what was measured, the last of what was set. What a source gives again after an outage corrects it. A result of
the laboratory becomes one at once, of the piece it was tested on. Nothing is lost to a crash: what was not observed yet
is found again from the passages in the live tier, and the same observation twice changes nothing.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from pilothouse.clock import NS_PER_DAY, NS_PER_S, now_ns
from pilothouse.connect.intake import Durable
from pilothouse.hub.stay import Stay, observation, runs, summaries
from pilothouse.plant.frame import BAD
from pilothouse.plant.plant import Plant
from pilothouse.plant.sample import NO_PIECE, Passage, Samples
from pilothouse.ports import Historian, Series

SETTLE_NS: Final = 5 * NS_PER_S
"""So long after a piece has left its last values are waited for."""

REACH_NS: Final = 3 * NS_PER_DAY
"""How far back a start looks for pieces that were not observed."""

REMEMBERED: Final = 5_000
"""Stays that are observed anew where values come for them later."""

_SET: Final = ("lever", "set_point")
_GIVEN_AGAIN: Final = ("replayed", "backfilled")

_Shown = tuple[int, float, int, str]
"""A result on show: when it happened, its value and status, and the piece it names."""


def unit_of(equipment: str) -> str:
    """The unit of the historian that holds what was observed live at an equipment.

    Examples
    --------
    >>> unit_of("FAL")
    'live-FAL'
    """
    return f"live-{equipment}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What was written of a piece.

    Parameters
    ----------
    place
        The equipment it left, or the parameter of which a result became known.
    piece
        Its key.
    is_result
        Whether it is a result of the laboratory.
    known_ns
        Since when it is known.
    """

    place: str
    piece: str
    is_result: bool
    known_ns: int


class Observer:
    """Makes observations of live values; called by the intake after each write, in its thread.

    Parameters
    ----------
    plant
        Which parameters belong to which equipment, and what each is.
    series, historian
        Where live values are read, and where observations go.
    tell
        Called with what was observed, after it was written.
    clock
        Where the present instant comes from.
    """

    def __init__(
        self,
        plant: Plant,
        series: Series,
        historian: Historian,
        *,
        tell: Callable[[tuple[Observed, ...]], None] = lambda _: None,
        clock: Callable[[], int] = now_ns,
    ) -> None:
        self._plant = plant
        self._series = series
        self._historian = historian
        self._tell = tell
        self._clock = clock
        self._online = {
            key: tuple(p for p, one in plant.parameters.items() if one.equipment == key and one.role != "laboratory")
            for key in plant.equipment
        }
        self._set = frozenset(key for key, one in plant.parameters.items() if one.role in _SET)
        self._present: dict[str, Passage] = {}
        self._left: dict[Stay, int] = {}
        self._shown: dict[str, _Shown] = {}
        self._observed: deque[Stay] = deque(maxlen=REMEMBERED)
        self._resume()

    def take(self, durable: Durable) -> None:
        """Observe what left long enough ago, and results that came.

        Raises
        ------
        StoreError
            If the historian cannot be written; nothing is forgotten then.
        """
        self._follow(durable.passages)
        self._look_again(durable.batches)
        due = sorted(stay for stay, heard_ns in self._left.items() if heard_ns + SETTLE_NS <= self._clock())
        shown = dict(self._shown)
        made = [*self._results(durable.batches, shown), *(one for run in runs(due) for one in self._observe(run))]
        by_unit: dict[str, list[pl.DataFrame]] = {}
        for one in made:
            by_unit.setdefault(one.unit, []).append(one.row)
        for unit, rows in by_unit.items():  # one write a unit: each waits for the disk
            self._historian.write(unit, pl.concat(rows, how="diagonal"))
        self._shown = shown
        for stay in due:
            del self._left[stay]
            self._observed.append(stay)
        told = tuple(one.told for one in made if one.told is not None)
        if told:
            self._tell(told)

    def _resume(self) -> None:
        """Pieces present now, and those that left of late: the same observation again changes nothing."""
        now_ns = self._clock()
        for place in [*self._plant.equipment, *self._plant.parameters]:
            told = self._series.passages(place, start_ns=now_ns - REACH_NS, end_ns=now_ns + NS_PER_DAY)
            self._follow(told)
        known = self._known()
        for stay in [one for one in self._left if (one.place, one.piece, one.start_ns) in known]:
            del self._left[stay]
            self._observed.append(stay)

    def _known(self) -> set[tuple[str, str, int]]:
        """Stays of which something was written."""
        places = {stay.place for stay in self._left}
        pieces = list({stay.piece for stay in self._left})
        known = set()
        for place in places:
            frames = self._historian.scan(self._online[place], pieces=pieces)
            frame = frames.get(unit_of(place))
            if frame is not None:
                known |= {(place, piece, start) for piece, start in frame.select("piece", "start_ns").iter_rows()}
        return known

    def _follow(self, passages: Iterable[Passage]) -> None:
        """Who is where, and who left: also where passages are told twice or late."""
        for passage in sorted(passages, key=lambda one: one.since_ns):
            before = self._present.get(passage.place)
            if before is not None and passage.since_ns <= before.since_ns:
                continue
            if before is not None and before.piece == passage.piece:
                continue
            self._present[passage.place] = passage
            if before is not None and before.piece and passage.place in self._plant.equipment:
                stay = Stay(place=passage.place, piece=before.piece, start_ns=before.since_ns, end_ns=passage.since_ns)
                self._left[stay] = max(passage.received_ns, passage.since_ns)

    def _look_again(self, batches: Iterable[Samples]) -> None:
        """Stays that were observed already and into which values fall that a source gave again."""
        for batch in batches:
            if batch.origin not in _GIVEN_AGAIN or not len(batch):
                continue
            first_ns, last_ns = int(batch.source_ns.min()), int(batch.source_ns.max())
            places = {self._plant.parameters[key].equipment for key in batch.parameters}
            for stay in self._observed:
                if stay.place in places and stay.start_ns <= last_ns and first_ns < stay.end_ns:
                    self._left[stay] = batch.received_ns

    def _observe(self, run: Sequence[Stay]) -> "Iterator[_Made]":
        """One observation of each stay of a run; none of one during which nothing was said."""
        keys = self._online[run[0].place]
        if not keys:
            return
        start_ns, end_ns = min(stay.start_ns for stay in run), max(stay.end_ns for stay in run)
        values = self._series.read(keys, start_ns=start_ns, end_ns=end_ns)
        for stay, cells in zip(run, summaries(values, run, keys, self._set), strict=True):
            if cells:
                known_ns = max(self._clock(), stay.end_ns)
                row = observation(stay.piece, (stay.start_ns, stay.end_ns, known_ns), cells)
                told = Observed(place=stay.place, piece=stay.piece, is_result=False, known_ns=known_ns)
                yield _Made(unit=unit_of(stay.place), row=row, told=told)

    def _results(self, batches: Iterable[Samples], on_show: "dict[str, _Shown]") -> "list[_Made]":
        """Results of the laboratory as observations, each at its own instant; what is on show is brought up to date."""
        made = []
        for batch in batches:
            for k in np.flatnonzero(self._is_result(batch)).tolist():
                key = batch.parameters[batch.which[k]]
                at_ns, status = int(batch.source_ns[k]), int(batch.statuses[k])
                named = "" if batch.of is None or batch.of[k] == NO_PIECE else batch.pieces[int(batch.of[k])]
                shown = (at_ns, float(batch.values[k]), status, named)
                if repr(on_show.get(key)) == repr(shown):
                    continue  # a result stays on show until the next one; nan is like nan here
                on_show[key] = shown
                piece = named or self._piece(key, at_ns)
                known_ns = max(batch.received_ns, at_ns)
                cell = (None if status == BAD else float(batch.values[k]), status)
                row = observation(piece or None, (at_ns, at_ns, known_ns), {key: cell})
                told = Observed(place=key, piece=piece, is_result=True, known_ns=known_ns) if piece else None
                made.append(_Made(unit=unit_of(self._plant.parameters[key].equipment), row=row, told=told))
        return made

    def _is_result(self, batch: Samples) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """Which values are results of pieces: those of the laboratory, and those that name theirs."""
        of_laboratory = np.array([self._plant.parameters[key].role == "laboratory" for key in batch.parameters])
        named = np.zeros(len(batch), dtype=bool) if batch.of is None else batch.of != NO_PIECE
        return np.asarray(named | (of_laboratory[batch.which] if len(of_laboratory) else False), dtype=bool)

    def _piece(self, key: str, at_ns: int) -> str:
        """Of which piece a result is that names none: as the parameter's own place says, else as its equipment's."""
        for place in (key, self._plant.parameters[key].equipment):
            told = self._series.passages(place, start_ns=at_ns, end_ns=at_ns + 1)
            if told:
                return told[-1].piece
        return ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Made:
    """An observation to be written, and what is told of it."""

    unit: str
    row: pl.DataFrame
    told: Observed | None
