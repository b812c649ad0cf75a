"""The supervisor: keeps every connection going, each by itself, and tells how it does.

A source that cannot connect, lost its connection, or has a fault of its own is started anew after a wait that doubles
from :data:`FIRST_S` to :data:`LONGEST_S`, with some chance in it so that not all come back at once. A source that says
it runs and delivers nothing for longer than its values allow is ended and started anew at once: running is what
delivers. Where that does not help the plant may be off, so each time it is left in peace for twice as long. One line is
logged when a connection is lost, one when it is back; all else is counted in its health.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pilothouse.clock import NS_PER_S, now_ns, stopwatch_s
from pilothouse.connect.declaration import Connection
from pilothouse.errors import PilothouseError
from pilothouse.ports import Health, Sink, Source
from pilothouse.seeds import stream

FIRST_S: Final = 0.5
LONGEST_S: Final = 30.0
STEADY_S: Final = 30.0
"""A connection that ran for so long begins to wait from the shortest again."""
LOOK_S: Final = 0.25
"""How often the state of a source is looked at."""
CLEAN_UP_S: Final = 5.0
"""How long a source that is ended may take to clean up."""
SILENT_TIMES, SILENT_S = 10, 10.0
"""A source is silent after so many times its interval, at least so many seconds."""
MOST_PATIENCE: Final = 64.0
"""Times as long, after it was started anew in vain again and again."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervised:
    """One connection with its source and its health."""

    connection: Connection
    source: Source
    health: Health


class Supervisor:
    """Runs the sources of a hub.

    Parameters
    ----------
    supervised
        What to run.
    sink
        Where values go.
    clock
        Where the present instant comes from.
    seed
        Of the chance in the waits.
    """

    def __init__(
        self, supervised: Sequence[Supervised], sink: Sink, *, clock: Callable[[], int] = now_ns, seed: int = 0
    ) -> None:
        self._supervised = tuple(supervised)
        self._sink = sink
        self._clock = clock
        self._seed = seed

    async def run(self) -> None:
        """Keep all connections going until cancelled."""
        async with asyncio.TaskGroup() as group:
            for one in self._supervised:
                group.create_task(self._keep(one), name=f"connection {one.connection.key}")

    async def _keep(self, one: Supervised) -> None:
        """Start a source again and again."""
        health, chance = one.health, stream(self._seed, "supervisor", one.connection.key)
        wait_s, patience = FIRST_S, 1.0
        is_lost = False
        try:
            while True:
                self._state(health, "starting")
                brought = _brought(health)
                ending = await self._once(one, is_lost=is_lost, patience=patience)
                patience = 1.0 if _brought(health) != brought else min(2.0 * patience, MOST_PATIENCE)
                if ending.ran_s is not None or not is_lost:
                    _log.warning(
                        "connection lost",
                        extra={"connection": health.connection, "reason": ending.why},
                        exc_info=ending.fault,
                    )
                is_lost = True
                health.why = ending.why
                self._state(health, "waiting")
                if ending.is_silent or (ending.ran_s or 0.0) >= STEADY_S:
                    wait_s = FIRST_S
                await asyncio.sleep(wait_s * float(chance.uniform(0.75, 1.25)))
                wait_s = min(2 * wait_s, LONGEST_S)
                health.count("reconnects")
        finally:
            self._state(health, "stopped")

    async def _once(self, one: Supervised, *, is_lost: bool, patience: float) -> "_Ending":
        """Run a source until it ends or is silent for too long."""
        task = asyncio.create_task(one.source.run(self._sink, one.health), name=f"source {one.connection.key}")
        silence: _Silence | None = None
        try:
            while True:
                done, _ = await asyncio.wait({task}, timeout=LOOK_S)
                if one.health.state == "running" and silence is None:
                    silence = _Silence(one, patience)
                    one.health.why = ""
                    one.health.since_ns = self._clock()
                    if is_lost:
                        _log.warning("connection is back", extra={"connection": one.health.connection})
                ran_s = None if silence is None else stopwatch_s() - silence.began_s
                if done:
                    return _ending(task, ran_s)
                if silence is not None and silence.is_too_long():
                    one.health.count("silent")
                    return _Ending(
                        why=f"it said it was running, and nothing came for {silence.most_s:g} s", ran_s=ran_s
                    )
        finally:
            await _end(task, one.health)

    def _state(self, health: Health, state: str) -> None:
        health.state = state
        health.since_ns = self._clock()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    """Why a source ended, for how long it had been running, and the fault where it is one of the source's own."""

    why: str
    ran_s: float | None
    fault: BaseException | None = None
    is_silent: bool = False


class _Silence:
    """For how long a running source has brought nothing."""

    def __init__(self, one: Supervised, patience: float) -> None:
        self._health = one.health
        every_ns = one.connection.every_ns
        usual_s = float("inf") if every_ns is None else max(SILENT_TIMES * every_ns / NS_PER_S, SILENT_S)
        self.most_s = patience * usual_s
        self.began_s = self._heard_s = stopwatch_s()
        self._heard = _brought(one.health)

    def is_too_long(self) -> bool:
        """Whether it has been silent for longer than its values allow."""
        heard = _brought(self._health)
        if heard != self._heard:
            self._heard, self._heard_s = heard, stopwatch_s()
        return stopwatch_s() - self._heard_s > self.most_s


def _brought(health: Health) -> int:
    """How many values a connection has brought, kept or not."""
    return health.counts.get("values", 0) + health.counts.get("dropped", 0)


def _ending(task: "asyncio.Task[None]", ran_s: float | None) -> _Ending:
    """Why a task ended. What is no fault of a connection is one of the source: told with its trace."""
    if task.cancelled():
        return _Ending(why="it was cancelled from inside", ran_s=ran_s)
    error = task.exception()
    if error is None:
        return _Ending(why="it ended by itself", ran_s=ran_s)
    if isinstance(error, PilothouseError):
        return _Ending(why=str(error), ran_s=ran_s)
    return _Ending(why=f"{type(error).__name__}: {error}", ran_s=ran_s, fault=error)


async def _end(task: "asyncio.Task[None]", health: Health) -> None:
    """Cancel a source and wait until it has cleaned up; one that does not is left behind, and counted."""
    if task.done():
        return
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=CLEAN_UP_S)
    if not done:
        health.count("abandoned")
        _log.error("a source does not end", extra={"connection": health.connection})
    elif not task.cancelled():
        task.exception()
