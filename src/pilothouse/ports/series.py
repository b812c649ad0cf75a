"""The live tier of the historian: every value of every second, whether a piece passed or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from pilothouse.plant.sample import Gap, Passage, Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of samples that were written.

    Parameters
    ----------
    new
        Values the store had not.
    repeated
        Values it had already, of the same parameter, instant, value and status; nothing is stored twice.
    late
        Of the new ones, those older than the newest value of their parameter.
    """

    new: int
    repeated: int
    late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesInfo:
    """What the live tier holds, and for how many days it keeps values and minutes; None is for ever."""

    values: int
    units: tuple[str, ...]
    parameters: tuple[str, ...]
    first_ns: int | None
    last_ns: int | None
    bytes_on_disk: int
    raw_days: int | None = None
    minutes_days: int | None = None


class Series(Protocol):
    """Values over time. Frames are wide: ``time_ns, known_ns`` and a column a parameter, its status as ``key#``."""

    def write(self, batches: Sequence[Samples]) -> Taken:
        """Store values durably before returning: all or none. The same values again change nothing."""
        ...

    def write_passages(self, passages: Sequence[Passage]) -> None:
        """Store durably which piece was where; the same again changes nothing."""
        ...

    def write_gaps(self, gaps: Sequence[Gap]) -> None:
        """Store gaps durably; one of the same connection and start replaces what was said of it."""
        ...

    def latest(self) -> Samples:
        """The newest value of every parameter, from memory; ``received_ns`` is that of the newest of all."""
        ...

    def read(
        self, parameters: Sequence[str], *, start_ns: int, end_ns: int, as_of_ns: int | None = None
    ) -> pl.DataFrame:
        """Values in [start, end) as known at an instant, one row an instant of the source, in order of time.

        Where a value of one instant was told again, what was received last counts. Null where nothing was said.
        """
        ...

    def passages(self, place: str, *, start_ns: int, end_ns: int) -> tuple[Passage, ...]:
        """Which piece was at a place, in order; begins with the one that was there at ``start_ns``."""
        ...

    def gaps(self, *, start_ns: int, end_ns: int) -> tuple[Gap, ...]:
        """Gaps that touch [start, end), in order of their start."""
        ...

    def info(self) -> SeriesInfo:
        """Counts and range of time."""
        ...

    def close(self) -> None:
        """Release files and locks; a closed store is not used again."""
        ...
