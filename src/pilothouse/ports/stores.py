"""The stores: what happened in the plant, and what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from pilothouse.decision.event import Event, EventDraft
from pilothouse.decision.view import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of a written frame.

    Parameters
    ----------
    new
        Rows that say something the store did not know.
    unchanged
        Rows the store had already.
    corrected
        Rows that change a value the store had: kept beside the old one, known from now on.
    """

    new: int
    unchanged: int
    corrected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorianInfo:
    """What a historian holds."""

    rows: int
    values: int
    units: tuple[str, ...]
    parameters: tuple[str, ...]
    first_ns: int | None
    last_ns: int | None
    sequence: int
    bytes_on_disk: int


class Historian(Recorded, Protocol):
    """What happened in the plant: values, and who came of whom.

    Frames are as in :mod:`pilothouse.plant.frame`, origins as in :mod:`pilothouse.plant.lineage`; ``scan`` and
    ``genealogy`` are those of ``Recorded``.
    """

    def write(self, unit: str, frame: pl.DataFrame) -> Written:
        """Store rows of one unit durably before returning; the same rows again change nothing.

        Two rows are the same observation if piece, start and end agree. Where a row gives another value for a
        parameter of a known observation it is a correction: both stay, and the new one counts from the instant
        it was received. Another parameter of a known observation is news, known when its row says; the others stay
        known when they were.
        """
        ...

    def write_genealogy(self, origins: pl.DataFrame) -> Written:
        """Store who came of whom durably before returning; the same again changes nothing. Counts rows.

        All rows of one child are told together, and are known when the last of them is. What they say replaces what
        was said of that child before: as with values the first telling counts from when it was known, another one is
        a correction and counts from when it was received, and an old one again changes nothing.
        """
        ...

    def last(self, parameters: Sequence[str], *, as_of_ns: int | None = None) -> pl.DataFrame:
        """The latest known observation of each parameter.

        Columns ``parameter, value, status, piece, start_ns, end_ns, known_ns``, the last of the version in force; a
        parameter without any is left out.
        """
        ...

    def info(self) -> HistorianInfo:
        """Counts, range of time and the present sequence number (it grows with every write that adds rows).

        ``rows`` counts observations, however many instants of knowledge they have.
        """
        ...

    def close(self) -> None:
        """Release files and locks; a closed historian is not used again."""
        ...


class Ledger(Protocol):
    """What was decided: append-only, hash-chained events."""

    def append(self, drafts: Sequence[EventDraft], *, read_upto: int | None = None) -> tuple[Event, ...]:
        """Store all drafts or none, durably before returning; gives each its number and its place in the chain.

        With ``read_upto`` nothing is stored where a subject of the drafts has an event after that number.

        Raises
        ------
        StoreMovedError
            If it has.
        """
        ...

    def read(self, from_seq: int = 1, *, subject: str | None = None, kind: str | None = None) -> tuple[Event, ...]:
        """Events from a number on, in order, perhaps only of a subject or kind."""
        ...

    def verify(self) -> tuple[str, ...]:
        """What is wrong with the chain, in words; nothing where all is well."""
        ...

    def close(self) -> None:
        """Release files and locks; a closed ledger is not used again."""
        ...
