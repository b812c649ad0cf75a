"""Intake: what sources bring is gathered for a moment and made durable together.

Sources hand over and go on; a writer takes all that came since it last looked, stores it in one go with what is made of
it (observations of pieces, say), and only then tells the sources that it is durable. What does not find room is dropped
and counted, by connection. A store that refuses (a full disk) costs nothing that was taken over: it is offered again
until it is stored.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from pilothouse.clock import now_ns
from pilothouse.connect.declaration import Connection
from pilothouse.connect.drop.taking import FileImport
from pilothouse.connect.gaps import GapCounter
from pilothouse.errors import SourceError, StoreError
from pilothouse.plant.sample import Gap, Passage, Samples
from pilothouse.ports import FilesTaken, Health, Series, Taken

BOUND: Final = 20_000_000
"""Values that may wait: a burst of a hundred times 10,800 values a second for ten seconds, and half as much again."""

FLUSH_S: Final = 1.0
"""From one write to the next; less where much waits."""

_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class _Waiting:
    """What came in since the last write."""

    batches: list[Samples] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    futures: list[asyncio.Future[bool]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Durable:
    """What a write made durable, for those who act on it: in the order in which it came."""

    batches: tuple[Samples, ...]
    passages: tuple[Passage, ...]


class Intake:
    """Takes over from sources and makes durable; see :class:`pilothouse.ports.Sink`.

    Parameters
    ----------
    series
        Where values are kept.
    connections
        Whose values come; those that declare how often are watched for gaps.
    health
        Of each connection, by key; dropped values and gaps are counted there, all else by its source.
    files
        By what files are imported; None where the plant has none.
    then
        Called after each write with what was written, also where that is nothing, in the writer's thread and before a
        source is told. Where it raises ``StoreError`` all is written and told to it once more.
    clock
        Where the present instant comes from.
    """

    def __init__(
        self,
        series: Series,
        *,
        connections: Sequence[Connection],
        health: Mapping[str, Health],
        files: FileImport | None = None,
        then: Callable[[Durable], None] = lambda _: None,
        clock: Callable[[], int] = now_ns,
    ) -> None:
        self._series = series
        self._health = health
        self._files = files
        self._then = then
        self._clock = clock
        self._waiting = _Waiting()
        self._count = 0
        self._is_refused = ""
        self.taken = Taken(new=0, repeated=0, late=0)
        """What became of all that was written since the start."""
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="intake")
        latest = series.latest()
        self._newest_ns = dict(
            zip((latest.parameters[k] for k in latest.which.tolist()), latest.source_ns.tolist(), strict=True)
        )
        self._gaps = {
            c.key: GapCounter(
                c.key,
                every_ns=c.every_ns,
                newest_ns={
                    a.parameter: self._newest_ns[a.parameter]
                    for a in c.addresses.parameters
                    if a.parameter in self._newest_ns
                },
            )
            for c in connections
            if c.every_ns is not None
        }

    @property
    def waiting(self) -> int:
        """Values that are not durable yet."""
        return self._count

    @property
    def refused(self) -> str:
        """Why the store takes nothing at present, in words; empty while it does."""
        return self._is_refused

    def take(self, connection: str, samples: Samples) -> asyncio.Future[bool]:
        """Take samples over; see :meth:`pilothouse.ports.Sink.take`."""
        future = asyncio.get_running_loop().create_future()
        health = self._health[connection]
        if self._count + len(samples) > BOUND:
            health.count("dropped", len(samples))
            future.set_result(False)
            return future
        if connection in self._gaps:
            gaps = self._gaps[connection].see(samples)
            health.count("gaps", sum(not gap.filled for gap in gaps))
            self._waiting.gaps += gaps
        self._waiting.batches.append(samples)
        self._waiting.futures.append(future)
        self._count += len(samples)
        return future

    def take_passages(self, connection: str, passages: Sequence[Passage]) -> asyncio.Future[bool]:
        """Take over which piece is where; see :meth:`pilothouse.ports.Sink.take_passages`."""
        future = asyncio.get_running_loop().create_future()
        del connection  # its source counts what it brings
        self._waiting.passages += passages
        self._waiting.futures.append(future)
        return future

    def take_files(
        self, connection: str, folder: Path, *, names: Sequence[str], beside: Sequence[str]
    ) -> asyncio.Future[FilesTaken]:
        """Import files of a folder; see :meth:`pilothouse.ports.FileSink.take_files`."""
        self._health[connection].last_ns = received_ns = self._clock()
        if self._files is None:
            raise SourceError("the plant declares no import", hint="add an [[import]] table to plant.toml")
        take = partial(self._files.take, folder, names=names, beside=beside, received_ns=received_ns)
        # Not in the writer's thread: a large file must not keep live values waiting.
        return asyncio.get_running_loop().run_in_executor(None, take)

    def newest_ns(self, parameters: Sequence[str]) -> Mapping[str, int]:
        """Instants of the newest durable values; see :meth:`pilothouse.ports.Sink.newest_ns`."""
        return {p: self._newest_ns[p] for p in parameters if p in self._newest_ns}

    async def run(self) -> None:
        """Write every second what came in, until cancelled; then write what is left once more."""
        flushing: asyncio.Task[None] | None = None
        try:
            while True:
                await asyncio.sleep(FLUSH_S)
                flushing = asyncio.create_task(self.flush(), name="flush")
                await asyncio.shield(flushing)  # a write that has begun is brought to its end, and told
        finally:
            if flushing is not None:
                await asyncio.wait({flushing})
            await self.flush()
            self._writer.shutdown(wait=True)

    async def flush(self) -> None:
        """Make durable what waits now; a store that refuses keeps it waiting."""
        taken, self._waiting = self._waiting, _Waiting()
        try:
            told = await asyncio.get_running_loop().run_in_executor(self._writer, self._store, taken)
        except StoreError as error:
            if not self._is_refused:
                _log.error("intake: the store refuses, what comes in waits", extra={"reason": str(error)})
            self._is_refused = str(error)
            self._put_back(taken)
            return
        if self._is_refused:
            _log.warning("intake: the store takes values again", extra={"waiting": self._count})
            self._is_refused = ""
        self._count -= sum(len(batch) for batch in taken.batches)
        self.taken = Taken(
            new=self.taken.new + told.new,
            repeated=self.taken.repeated + told.repeated,
            late=self.taken.late + told.late,
        )
        self._note(taken.batches)
        _tell(taken.futures, durable=True)

    def _store(self, taken: _Waiting) -> Taken:
        """Write it all, passages first: who reads the values shall find their pieces. Runs in the writer's thread."""
        if taken.passages:
            self._series.write_passages(taken.passages)
        told = self._series.write(taken.batches) if taken.batches else Taken(new=0, repeated=0, late=0)
        if taken.gaps:
            self._series.write_gaps(taken.gaps)
        self._then(Durable(batches=tuple(taken.batches), passages=tuple(taken.passages)))
        return told

    def _put_back(self, taken: _Waiting) -> None:
        """What was not stored stands before what came meanwhile."""
        later = self._waiting
        self._waiting = _Waiting(
            batches=taken.batches + later.batches,
            passages=taken.passages + later.passages,
            gaps=taken.gaps + later.gaps,
            futures=taken.futures + later.futures,
        )

    def _note(self, batches: Sequence[Samples]) -> None:
        """Newest instants of what is durable now."""
        for batch in batches:
            if not len(batch):
                continue
            newest = np.full(len(batch.parameters), -(2**63), dtype=np.int64)
            np.maximum.at(newest, batch.which, batch.source_ns)
            for key, at_ns in zip(batch.parameters, newest.tolist(), strict=True):
                if at_ns > self._newest_ns.get(key, -(2**63)):
                    self._newest_ns[key] = at_ns


def _tell(futures: Sequence[asyncio.Future[bool]], *, durable: bool) -> None:
    for future in futures:
        if not future.done():
            future.set_result(durable)
