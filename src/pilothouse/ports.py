"""The ports: what the hub asks of its stores. Each is small; a conformance suite for each ships in `testing`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from pilothouse.decision.event import Event, EventDraft


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


class Historian(Protocol):
    """What happened in the plant. Frames are as in :mod:`pilothouse.plant.frame`."""

    def write(self, unit: str, frame: pl.DataFrame) -> Written:
        """Store rows of one unit durably before returning; the same rows again change nothing.

        Two rows are the same observation if piece, start and end agree. Where a row gives another value for a
        parameter of a known observation it is a correction: both stay, and the new one counts from the instant
        it was received.
        """
        ...

    def scan(  # noqa: PLR0913 - they are the one question
        self,
        parameters: Sequence[str],
        *,
        start_ns: int | None = None,
        end_ns: int | None = None,
        as_of_ns: int | None = None,
        pieces: Sequence[str] | None = None,
        upto: int | None = None,
    ) -> dict[str, pl.DataFrame]:
        """What was known of these parameters, by unit: a frame each, sorted by start, one row an observation.

        Parameters
        ----------
        parameters
            Which; a parameter never written is no error, its unit is just not in the answer.
        start_ns, end_ns
            Observations that begin in [start, end).
        as_of_ns
            Only what was known at this instant (``known_ns`` ≤ as of), in its version of that instant.
        pieces
            Only observations on these lots.
        upto
            Only what was stored up to this sequence number, so that an old question finds its old answer even
            after older data was imported late.
        """
        ...

    def last(self, parameters: Sequence[str], *, as_of_ns: int | None = None) -> pl.DataFrame:
        """The latest known observation of each parameter.

        Columns ``parameter, value, status, piece, start_ns, end_ns, known_ns``; a parameter without any is left out.
        """
        ...

    def info(self) -> HistorianInfo:
        """Counts, range of time and the present sequence number (it grows with every write that adds rows)."""
        ...

    def close(self) -> None:
        """Release files and locks; a closed historian is not used again."""
        ...


class Ledger(Protocol):
    """What was decided: append-only, hash-chained events."""

    def append(self, drafts: Sequence[EventDraft]) -> tuple[Event, ...]:
        """Store all drafts or none, durably before returning; gives each its number and its place in the chain."""
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
