"""Serving: the hub running beside a plant.

::

    connections ─ values ─▶ intake ─▶ live tier ─▶ observations ─ happenings ─▶ engine ─▶ proposals in the ledger
         ▲                                                                                   │ people decide
         └──────────── set-points ──── write-back gate ◀──── carrying out ◀──────────────────┘

Each part is a task of its own; one that fails ends the hub with its fault, for a hub that runs on half its parts would
only look as if it ran. Order is data: what is started last is ended first, so that nothing is taken over which nobody
makes durable.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from pilothouse.clock import now_ns
from pilothouse.compute.setting import compute_of
from pilothouse.connect.declaration import Connection
from pilothouse.connect.drop.taking import FileImport
from pilothouse.connect.intake import Durable, Intake
from pilothouse.connect.kinds import KINDS
from pilothouse.connect.supervisor import Supervised, Supervisor
from pilothouse.connect.worker import WorkerSource
from pilothouse.errors import ConfigError, StoreError
from pilothouse.historian.series.store import SeriesStore
from pilothouse.hub.carrying_out import CarryingOut
from pilothouse.hub.dispatching import Gate
from pilothouse.hub.engine import Engine
from pilothouse.hub.happening import Happening, SampleKnown, StageFinished, Tick
from pilothouse.hub.hub import Hub
from pilothouse.hub.observing import Observed, Observer
from pilothouse.hub.outlets import Wires, outlets_of
from pilothouse.hub.status import HubStatus, health_json, write_status
from pilothouse.hub.watchdog import Watchdog, Watched
from pilothouse.ports import Health, Source

TELL_S: Final = 1.0
"""How often the status is written."""

TEND_S: Final = 60.0
"""How often the live tier is tended: hours that are over are sealed, days put together."""

WATCH_S: Final = 0.5
"""How often it is looked whether something was decided, and whether set-points still have their reason."""

TICK_S: Final = 30.0
"""How often scenarios are asked though nothing happened."""

_log = logging.getLogger(__name__)


class Serving:
    """A hub beside a running plant, until it is told to stop.

    Parameters
    ----------
    hub
        Open, with its stores.
    series
        The live tier; closed by the caller.
    clock
        Where the present instant comes from.

    Raises
    ------
    ConfigError
        If the plant declares no connection, or its work is to be done where nothing is.
    """

    def __init__(self, hub: Hub, series: SeriesStore, *, clock: Callable[[], int] = now_ns) -> None:
        workspace = hub.workspace
        if not workspace.connections:
            raise ConfigError(
                "the plant declares no connection",
                hint="add a [[connection]] table to plant.toml",
                folder=str(workspace.root),
            )
        self._hub = hub
        self._series = series
        self._clock = clock
        self._since_ns = clock()
        shares = [share for connection in workspace.connections for share in _shares(connection)]
        self.health: Mapping[str, Health] = {c.key: Health(connection=c.key) for c in shares}
        files = FileImport(
            mappings=workspace.mappings,
            genealogies=workspace.genealogies,
            plant=workspace.plant,
            historian=hub.historian,
            rejects=workspace.rejects,
            staging=workspace.root / "store" / "staging",
        )
        self._observer = Observer(workspace.plant, series, hub.historian, tell=self._notice, clock=clock)
        self._intake = Intake(
            series, connections=shares, health=self.health, files=files, then=self._observe, clock=clock
        )
        supervised = [Supervised(connection=c, source=_source(c), health=self.health[c.key]) for c in shares]
        self._supervisor = Supervisor(supervised, self._intake, clock=clock)
        self._said: dict[str, tuple[str, str]] = {}
        self._unobserved = ""
        self._engine = Engine(hub, compute_of(workspace.settings.compute)) if workspace.scenarios else None
        self.observed = 0
        """Observations that were made of live values since the start."""

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until told to stop; then end the connections, and make durable what they brought.

        Raises
        ------
        Exception
            Whatever a part failed with; the others were ended then.
        """
        parts = [
            ("intake", self._intake.run()),
            ("status", self._tell_status()),
            ("tending", self._tend()),
            *([] if self._engine is None else [("engine", self._engine.run()), ("ticks", self._tick(self._engine))]),
            ("write-back", self._write_back()),
            ("connections", self._supervisor.run()),
            ("stop", _wait(stop)),
        ]
        tasks = [asyncio.create_task(part, name=name) for name, part in parts]
        _log.info("the hub serves", extra={"plant": self._hub.workspace.plant.key, "connections": len(self.health)})
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended = [task for task in tasks if task.done()]
            for task in reversed(tasks):
                task.cancel()
                await asyncio.wait({task})
            with contextlib.suppress(OSError):
                self._write_status()
            for task in ended:
                task.result()
        _log.info("the hub has stopped")

    def status(self) -> HubStatus:
        """How it does now."""
        taken = self._intake.taken
        return HubStatus(
            process=os.getpid(),
            since_ns=self._since_ns,
            at_ns=self._clock(),
            plant=self._hub.workspace.plant.key,
            connections=tuple(health_json(one) for one in self.health.values()),
            intake={
                "waiting": self._intake.waiting,
                "refused": self._intake.refused,
                "new": taken.new,
                "repeated": taken.repeated,
                "late": taken.late,
                "observed": self.observed,
                "unobserved": self._unobserved,
            },
            scenarios={} if self._engine is None else self._engine.state().as_json(),
        )

    def _observe(self, durable: Durable) -> None:
        """Make observations of what was written; a fault in that is told, and never stops what comes in."""
        try:
            self._observer.take(durable)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - any fault in a plant's data, never the intake
            if self._unobserved != repr(error):
                _log.exception("live values cannot be made observations")
            self._unobserved = repr(error)
        else:
            self._unobserved = ""

    def _notice(self, observed: tuple[Observed, ...]) -> None:
        """Tell the engine what was observed; called in the intake's thread."""
        self.observed += len(observed)
        if self._engine is not None:
            for one in observed:
                self._engine.notice(_happening(one))

    async def _write_back(self) -> None:
        """Bring decisions to the gate, take back what has lost its reason, count the heartbeat up.

        In a thread, for outlets take their time. Without an outlet there is nothing to carry out.
        """
        outlets = outlets_of(self._hub.workspace)
        wires = Wires(outlets, asyncio.get_running_loop())
        gate = Gate(self._hub, wires)
        carrying, watchdog = CarryingOut(self._hub, gate), Watchdog(self._hub, gate, wires, clock=self._clock)
        fault = ""
        while True:
            try:
                dispatched = await asyncio.to_thread(carrying.look) if outlets else ()
                watched = await asyncio.to_thread(watchdog.look, tuple(self.health.values()))
                fault = ""
            except Exception as error:  # noqa: BLE001 - a scenario's fault stops the heartbeat, never the intake
                if fault != repr(error):
                    _log.warning("set-points cannot be looked after", extra={"reason": str(error)}, exc_info=error)
                fault = repr(error)
            else:
                for one in dispatched:
                    told = {"proposal": one.proposal, "reasons": list(one.reasons)}
                    _log.info("a decision at the gate: %s", one.ending, extra=told)
                self._tell_watched(watched)
            await asyncio.sleep(WATCH_S)

    def _tell_watched(self, watched: Watched) -> None:
        """One line for each set-point whose state is another than the last time."""
        for sent in (*watched.settled, *watched.taken_back):
            if self._said.get(sent.parameter) != (sent.proposal, sent.ending):
                self._said[sent.parameter] = (sent.proposal, sent.ending)
                told = {"proposal": sent.proposal, "parameter": sent.parameter, "reason": sent.why}
                _log.warning("a set-point is %s", sent.ending, extra=told)

    async def _tick(self, engine: Engine) -> None:
        """Ask the scenarios now and then, though nothing happened."""
        while True:
            engine.notice(Tick(at_ns=self._clock()))
            await asyncio.sleep(TICK_S)

    async def _tend(self) -> None:
        """Seal what is over, in a thread; a disk that refuses costs nothing, for the journal keeps it all."""
        is_refused = False
        while True:
            try:
                await asyncio.to_thread(self._series.tend)
                is_refused = False
            except StoreError as error:
                if not is_refused:
                    _log.warning("the live tier cannot be sealed", extra={"reason": str(error)})
                is_refused = True
            await asyncio.sleep(TEND_S)

    async def _tell_status(self) -> None:
        """Write the status every second; a disk that refuses costs only that."""
        is_refused = False
        while True:
            try:
                self._write_status()
                is_refused = False
            except OSError as error:
                if not is_refused:
                    _log.warning("the status cannot be written", extra={"reason": str(error)})
                is_refused = True
            await asyncio.sleep(TELL_S)

    def _write_status(self) -> None:
        write_status(self._hub.workspace.status, self.status())


def _shares(connection: Connection) -> Iterator[Connection]:
    """A connection, or one for each of its workers."""
    if connection.workers == 1:
        yield connection
        return
    for number in range(connection.workers):
        share = KINDS[connection.kind].share(connection, number, connection.workers)
        assert share is not None  # asked when the declaration was read
        yield replace(share, key=f"{connection.key}/{number + 1}")


def _source(connection: Connection) -> Source:
    if connection.workers == 1:
        return KINDS[connection.kind].source(connection)
    return WorkerSource(connection, _source_in_worker)


def _source_in_worker(connection: Connection) -> Source:
    return KINDS[connection.kind].source(connection)


def _happening(observed: Observed) -> Happening:
    if observed.is_result:
        return SampleKnown(parameters=(observed.place,), piece=observed.piece, at_ns=observed.known_ns)
    return StageFinished(piece=observed.piece, equipment=observed.place, at_ns=observed.known_ns)


async def _wait(stop: asyncio.Event) -> None:
    await stop.wait()
