"""Live values into the historian: ticks of a running plant as frames, a unit at a time.

A value on the line is one observation a second. A laboratory result stays on show until the next; it is written once,
when it became known, with both its times.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pilothouse.plant.frame import parameters_of, status_column
from pilothouse.plant.plant import Plant
from pilothouse.plants import Tick
from pilothouse.ports import Historian


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """One unit's parameters by their places in a tick: those on the line, and those of the laboratory."""

    key: str
    online: NDArray[np.intp]
    laboratory: NDArray[np.intp]


class LiveIntake:
    """Writes what a running plant shows.

    Parameters
    ----------
    plant
        The words of the plant: which parameter belongs to which equipment, and which the laboratory tells.
    historian
        Where it is written, as units ``live-EQUIPMENT``.
    parameters
        Of the ticks, in their order.
    """

    def __init__(self, plant: Plant, historian: Historian, parameters: Sequence[str]) -> None:
        self._historian = historian
        self._keys = tuple(parameters)
        self._told_ns = np.zeros(len(parameters), dtype=np.int64)
        declared = [plant.parameters[key] for key in parameters]
        at = np.array([p.equipment for p in declared])
        from_laboratory = np.array([p.role == "laboratory" for p in declared])
        self._units = tuple(
            _Unit(
                key=str(key),
                online=np.flatnonzero((at == key) & ~from_laboratory),
                laboratory=np.flatnonzero((at == key) & from_laboratory),
            )
            for key in dict.fromkeys(at.tolist())
        )

    def take(self, ticks: Sequence[Tick]) -> int:
        """Write the ticks of a span; gives how many values were new."""
        if not ticks:
            return 0
        new = 0
        for unit in self._units:
            new += self._write(unit, self._online(unit, ticks))
            new += self._write(unit, self._results(unit, ticks))
        return new

    def _write(self, unit: _Unit, frame: pl.DataFrame) -> int:
        if frame.is_empty():
            return 0
        self._historian.write(f"live-{unit.key}", frame)
        return sum(int(frame[key].count()) for key in parameters_of(frame))

    def _online(self, unit: _Unit, ticks: Sequence[Tick]) -> pl.DataFrame:
        if not len(unit.online):
            return pl.DataFrame()
        at_ns = np.array([tick.at_ns for tick in ticks])
        pieces = [tick.pieces[unit.online[0]] or None for tick in ticks]
        values = np.array([tick.values[unit.online] for tick in ticks])
        statuses = np.array([tick.statuses[unit.online] for tick in ticks])
        return self._frame(unit.online, pieces, (at_ns, at_ns), (values, statuses))

    def _results(self, unit: _Unit, ticks: Sequence[Tick]) -> pl.DataFrame:
        """Laboratory results that became known within the span: one row a piece and instant of knowledge."""
        frames = []
        for tick in ticks:
            known_ns = tick.known_ns[unit.laboratory]
            is_new = (known_ns != self._told_ns[unit.laboratory]) & np.isfinite(tick.values[unit.laboratory])
            for places in _alike(tick, unit.laboratory[is_new]):
                first = places[0]
                times = np.array([tick.happened_ns[first]]), np.array([tick.known_ns[first]])
                shown = tick.values[places][None, :], tick.statuses[places][None, :]
                frames.append(self._frame(places, [tick.pieces[first] or None], times, shown))
                self._told_ns[places] = tick.known_ns[first]
        return pl.concat(frames, how="diagonal") if frames else pl.DataFrame()

    def _frame(
        self,
        places: NDArray[np.intp],
        pieces: list[str | None],
        times: tuple[NDArray[np.int64], NDArray[np.int64]],
        shown: tuple[NDArray[np.float64], NDArray[np.uint8]],
    ) -> pl.DataFrame:
        happened_ns, known_ns = times
        columns: dict[str, pl.Series] = {
            "piece": pl.Series(pieces, dtype=pl.String),
            "start_ns": pl.Series(happened_ns),
            "end_ns": pl.Series(happened_ns),
            "known_ns": pl.Series(known_ns),
            "origin": pl.Series(["simulated"] * len(pieces)),
        }
        for k, place in enumerate(places.tolist()):
            key = self._keys[place]
            columns[key] = pl.Series(shown[0][:, k], nan_to_null=True)
            if shown[1][:, k].any():
                columns[status_column(key)] = pl.Series(shown[1][:, k])
        return pl.DataFrame(columns)


def _alike(tick: Tick, places: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Results of one piece and one instant together."""
    groups: dict[tuple[str, int, int], list[int]] = {}
    for place in places.tolist():
        key = (tick.pieces[place], int(tick.happened_ns[place]), int(tick.known_ns[place]))
        groups.setdefault(key, []).append(place)
    return [np.array(group, dtype=np.intp) for group in groups.values()]
