"""Intake workers: sources of one connection in processes of their own, where one core is not enough.

Each worker runs the connection's source on its share (a share of the addresses, or of what the broker deals out) and
hands what comes to the hub, which alone writes. The hub answers once it is durable, so a worker acknowledges to its
plant no sooner than a source in the hub would. A worker that dies is a lost connection: the supervisor starts it anew.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from typing import Final

import numpy as np

from pilothouse.connect.declaration import Connection
from pilothouse.errors import PilothouseError, SourceError
from pilothouse.plant.sample import Passage, Samples
from pilothouse.ports import Health, Sink, Source

TELL_S: Final = 0.25
"""How often a worker tells its health."""
END_S: Final = 5.0
"""How long a worker may take to end before it is killed."""

SourceOf = Callable[[Connection], Source]


class WorkerSource:
    """One worker as a source of the hub; see :class:`pilothouse.ports.Source`.

    Parameters
    ----------
    connection
        What the worker's source is made of.
    source_of
        A function of a module that makes it; called in the worker.
    """

    def __init__(self, connection: Connection, source_of: SourceOf) -> None:
        self._connection = connection
        self._source_of = source_of

    @property
    def key(self) -> str:
        """Key of its connection."""
        return self._connection.key

    async def run(self, sink: Sink, health: Health) -> None:
        """Start the worker, and hand over what it brings, until it ends or is to end.

        Raises
        ------
        SourceError
            If its source lost its connection, or the worker died.
        """
        newest = dict(sink.newest_ns([a.parameter for a in self._connection.addresses.parameters]))
        context = get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(
            target=_work,
            args=(there, self._connection, self._source_of, newest),
            name=f"intake {self.key}",
            daemon=True,
        )
        process.start()
        there.close()
        loop = asyncio.get_running_loop()
        told: asyncio.Queue[tuple[str, object]] = asyncio.Queue()
        reader = threading.Thread(target=_pump, args=(here, loop, told), daemon=True)
        reader.start()
        base = dict(health.counts)
        try:
            while True:
                what, content = await told.get()
                if what == "ended":
                    raise SourceError(str(content), worker=str(process.pid))
                _handle(what, content, (sink, health, base), here)
        finally:
            process.terminate()
            await asyncio.to_thread(process.join, END_S)
            if process.is_alive():
                process.kill()
                await asyncio.to_thread(process.join)
            here.close()
            await asyncio.to_thread(reader.join, END_S)


def _pump(pipe: Pipe, loop: asyncio.AbstractEventLoop, told: "asyncio.Queue[tuple[str, object]]") -> None:
    """Bring what comes through a pipe into the event loop."""
    message: tuple[str, object]
    while True:
        try:
            message = pipe.recv()
        except (EOFError, OSError):
            message = ("ended", "the worker died")
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            loop.call_soon_threadsafe(told.put_nowait, message)
        if message[0] == "ended":
            return


def _handle(what: str, content: object, here: tuple[Sink, Health, Mapping[str, int]], pipe: Pipe) -> None:
    """Take over what a worker brings, and answer once it is durable."""
    sink, health, base = here
    if what == "health":
        assert isinstance(content, dict)
        counts = content["counts"]
        health.state, health.why, health.stale = content["state"], content["why"], set(content["stale"])
        health.last_ns = content["last_ns"] or health.last_ns
        # What the intake counts is counted here; what the source counts comes on top of what was before it.
        health.counts.update({name: base.get(name, 0) + value for name, value in counts.items()})
        return
    assert isinstance(content, tuple)
    number, taken = content
    take = (
        partial(sink.take, health.connection) if what == "samples" else partial(sink.take_passages, health.connection)
    )
    take(taken).add_done_callback(lambda future: _answer(pipe, number, future))


def _answer(pipe: Pipe, number: int, future: "asyncio.Future[bool]") -> None:
    """Tell the worker what became of what it brought; one that died meanwhile hears nothing."""
    with contextlib.suppress(OSError, ValueError):
        pipe.send((number, not future.cancelled() and future.result()))


class _Relay:
    """The hub's sink as a worker sees it."""

    def __init__(self, pipe: Pipe, newest: dict[str, int]) -> None:
        self._pipe = pipe
        self._newest = newest
        self._waiting: dict[int, tuple[asyncio.Future[bool], Samples | None]] = {}
        self._number = 0

    def take(self, connection: str, samples: Samples) -> "asyncio.Future[bool]":
        del connection
        return self._send("samples", samples, samples)

    def take_passages(self, connection: str, passages: Sequence[Passage]) -> "asyncio.Future[bool]":
        del connection
        return self._send("passages", tuple(passages), None)

    def newest_ns(self, parameters: Sequence[str]) -> Mapping[str, int]:
        return {p: self._newest[p] for p in parameters if p in self._newest}

    def answer(self, number: int, *, durable: bool) -> None:
        """What the hub says of something that was sent."""
        future, samples = self._waiting.pop(number)
        if durable and samples is not None and len(samples):
            newest = np.full(len(samples.parameters), -(2**63), dtype=np.int64)
            np.maximum.at(newest, samples.which, samples.source_ns)
            for key, at_ns in zip(samples.parameters, newest.tolist(), strict=True):
                self._newest[key] = max(at_ns, self._newest.get(key, -(2**63)))
        if not future.done():
            future.set_result(durable)

    def _send(self, what: str, content: object, samples: Samples | None) -> "asyncio.Future[bool]":
        self._number += 1
        future = asyncio.get_running_loop().create_future()
        self._waiting[self._number] = (future, samples)
        self._pipe.send((what, (self._number, content)))
        return future


def _work(pipe: Pipe, connection: Connection, source_of: SourceOf, newest: dict[str, int]) -> None:
    """The worker's process: its source, until it ends."""
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        pipe.send(("ended", asyncio.run(_serve(pipe, connection, source_of, newest))))


async def _serve(pipe: Pipe, connection: Connection, source_of: SourceOf, newest: dict[str, int]) -> str:
    """Run the source, tell its health, hear what is durable; gives why it ended."""
    relay, health = _Relay(pipe, newest), Health(connection=connection.key)
    loop = asyncio.get_running_loop()
    threading.Thread(target=_hear, args=(pipe, loop, relay), daemon=True).start()
    task = asyncio.create_task(source_of(connection).run(relay, health))
    while not task.done():
        await asyncio.wait({task}, timeout=TELL_S)
        pipe.send(("health", {**asdict(health), "stale": sorted(health.stale)}))
    error = task.exception()
    return str(error) if isinstance(error, PilothouseError) else f"{type(error).__name__}: {error}"


def _hear(pipe: Pipe, loop: asyncio.AbstractEventLoop, relay: _Relay) -> None:
    """Answers of the hub into the worker's loop; where the hub is gone, so is the worker."""
    while True:
        try:
            number, durable = pipe.recv()
        except (EOFError, OSError):
            loop.call_soon_threadsafe(loop.stop)
            return
        loop.call_soon_threadsafe(partial(relay.answer, number, durable=durable))
