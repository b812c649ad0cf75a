"""What was told of heats, recorded or at a plant's moments, kept so that a view can look at it without files."""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from pilothouse.plant.frame import KEY_COLUMNS, status_column
from pilothouse.plant.lineage import ORIGIN_COLUMNS
from pilothouse.plants import Reading

UNIT = "converter"


class Watched:
    """Readings as a historian would have them; see :class:`pilothouse.decision.view.Recorded`.

    Parameters
    ----------
    parameters
        What is kept of all that is told.
    recorded
        What was recorded before anybody watched, by table.
    """

    def __init__(self, parameters: Iterable[str], recorded: Mapping[str, pl.DataFrame]) -> None:
        self._kept = dict.fromkeys(parameters)
        self._columns = dict.fromkeys(self._kept, pl.Float64) | {status_column(key): pl.UInt8 for key in self._kept}
        self._rows: list[dict[str, object]] = []
        self._before = {
            table: frame.select(*KEY_COLUMNS, *(c for c in frame.columns if c in self._columns))
            for table, frame in recorded.items()
        }

    def keep(self, piece: str, readings: Sequence[Reading]) -> None:
        """Keep what was told of a piece at a moment."""
        rows: dict[tuple[int, int], dict[str, object]] = {}
        for told in readings:
            if told.parameter in self._kept:
                row = rows.setdefault((told.happened_ns, told.known_ns), {})
                row |= {told.parameter: told.value, status_column(told.parameter): told.status}
        for (happened_ns, known_ns), values in rows.items():
            times = {"start_ns": happened_ns, "end_ns": happened_ns, "known_ns": known_ns}
            self._rows.append({"piece": piece, **times, "origin": "simulated", **values})

    def scan(
        self,
        parameters: Sequence[str],
        *,
        start_ns: int | None = None,
        end_ns: int | None = None,
        as_of_ns: int | None = None,
        pieces: Sequence[str] | None = None,
        upto: int | None = None,
    ) -> dict[str, pl.DataFrame]:
        """What was known, by table, and what was told at moments as one more."""
        del parameters, end_ns, pieces, upto
        first, last = start_ns or 0, as_of_ns or 2**62
        rows = [row for row in self._rows if first <= row["start_ns"] and row["known_ns"] <= last]
        told = pl.DataFrame(rows, schema={**KEY_COLUMNS, **self._columns})
        found = {UNIT: told.sort("start_ns", "end_ns", "piece", "known_ns")}
        known = (pl.col("start_ns") >= first) & (pl.col("known_ns") <= last)
        return found | {table: frame.filter(known) for table, frame in self._before.items()}

    def genealogy(self, *, as_of_ns: int | None = None, upto: int | None = None) -> pl.DataFrame:
        """Nobody came of anybody."""
        del as_of_ns, upto
        return pl.DataFrame(schema=ORIGIN_COLUMNS)
