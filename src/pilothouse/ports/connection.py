"""What connects the hub to a plant: sources bring samples in, outlets take set-points out."""

from asyncio import Future
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from pilothouse.plant.sample import Passage, Samples

STATES: Final = ("starting", "running", "waiting", "stopped")
"""Of a connection: being made, delivering, waiting for the next try after a loss, ended by the hub."""


@dataclass(slots=True, kw_only=True)
class Health:
    """How a connection does, as data; its source writes it, `status` shows it.

    Parameters
    ----------
    connection
        Key.
    state
        One of :data:`STATES`. A source is running only while values can come in.
    since_ns
        Since when in that state.
    last_ns
        When the last value was received; None before the first.
    why
        Why it is not running, in words.
    counts
        By name. A source counts values, replayed, passages, malformed, unknown, ...; the intake dropped values and
        gaps; the supervisor reconnects.
    stale
        Keys of devices or nodes that are known to be dead; their values are not live.
    """

    connection: str
    state: str = "starting"
    since_ns: int = 0
    last_ns: int | None = None
    why: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)

    def count(self, name: str, by: int = 1) -> None:
        """Add to a counter."""
        self.counts[name] = self.counts.get(name, 0) + by


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesTaken:
    """What became of files that were imported.

    Parameters
    ----------
    rows, rejected
        Rows that were read, and those of them that could not be used.
    failures
        Why a file could not be read, in words, by its name; all others were.
    """

    rows: int
    rejected: int
    failures: Mapping[str, str]


class Sink(Protocol):
    """Where sources put what came in. Called in the event loop; it never blocks."""

    def take(self, connection: str, samples: Samples) -> Future[bool]:
        """Take samples over; the future says when they are durable, or False where they were dropped and counted."""
        ...

    def take_passages(self, connection: str, passages: Sequence[Passage]) -> Future[bool]:
        """Take over which piece is where; the future says when it is durable."""
        ...

    def newest_ns(self, parameters: Sequence[str]) -> Mapping[str, int]:
        """Instant of the newest durable value of each parameter by its source; one without any is left out."""
        ...


@runtime_checkable
class FileSink(Sink, Protocol):
    """A sink that imports files too."""

    def take_files(
        self, connection: str, folder: Path, *, names: Sequence[str], beside: Sequence[str]
    ) -> Future[FilesTaken]:
        """Import files of a folder by the plant's mappings; the future says what became of them, durably.

        ``beside`` names files that were imported before: a mapping may join them to the new ones.
        """
        ...


class Source(Protocol):
    """One connection through which values come in."""

    @property
    def key(self) -> str:
        """Key of its ``[[connection]]``."""
        ...

    async def run(self, sink: Sink, health: Health) -> None:
        """Connect, deliver, and set ``health.state`` to running once values can come.

        Ends only when cancelled, and then leaves nothing behind. Whatever was lost after an outage is fetched again
        where the protocol has it, marked ``replayed``.

        Raises
        ------
        SourceError
            If the connection cannot be made or was lost. The supervisor waits, longer each time, and calls again.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBack:
    """What the plant shows after a set-point was written.

    Parameters
    ----------
    value
        As read again; None where it could not be read.
    at_ns
        When.
    """

    value: float | None
    at_ns: int


class Outlet(Protocol):
    """One connection through which set-points go out. Only the write-back gate calls it."""

    @property
    def key(self) -> str:
        """Key of its ``[[connection]]``."""
        ...

    @property
    def writable(self) -> frozenset[str]:
        """Keys of the parameters that are declared writable over it."""
        ...

    async def write(self, parameter: str, value: float, *, timeout_s: float) -> ReadBack:
        """Write one value, in the unit of its parameter, and read it again.

        Raises
        ------
        SourceError
            If it cannot be known whether it was written.
        """
        ...

    async def read(self, parameter: str, *, timeout_s: float) -> ReadBack:
        """What the plant shows now, without writing anything.

        Raises
        ------
        SourceError
            If the connection does not answer.
        """
        ...
