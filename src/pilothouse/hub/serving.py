"""Serving: the hub running beside a plant. Connections bring values, observations are made of them, the status is told.

Order is data: what is started first is ended last, so that nothing is taken over which nobody makes durable.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from typing import Final

from pilothouse.clock import now_ns
from pilothouse.connect.drop.taking import FileImport
from pilothouse.connect.intake import Intake
from pilothouse.connect.kinds import KINDS
from pilothouse.connect.supervisor import Supervised, Supervisor
from pilothouse.errors import ConfigError, StoreError
from pilothouse.historian.series.column import columns_of
from pilothouse.historian.series.store import SeriesStore
from pilothouse.hub.dispatching import Gate
from pilothouse.hub.hub import Hub
from pilothouse.hub.observing import Observed, Observer
from pilothouse.hub.outlets import Wires, outlets_of
from pilothouse.hub.status import HubStatus, health_json, write_status
from pilothouse.hub.watchdog import Watchdog, Watched
from pilothouse.hub.workspace import Workspace
from pilothouse.ports import Health

TELL_S: Final = 1.0
"""How often the status is written."""

TEND_S: Final = 60.0
"""How often the live tier is tended: hours that are over are sealed, days put together."""

WATCH_S: Final = 1.0
"""How often what was written to the plant is looked after."""

_log = logging.getLogger(__name__)


def open_series(workspace: Workspace, *, read_only: bool = False) -> SeriesStore:
    """The live tier of a workspace.

    Raises
    ------
    StoreLockedError
        If another process writes it.
    """
    return SeriesStore(workspace.series, columns_of(workspace.plant), read_only=read_only)


class Serving:
    """A hub that takes in live values until it is told to stop.

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
        If the plant declares no connection.
    """

    def __init__(self, hub: Hub, series: SeriesStore, *, clock: Callable[[], int] = now_ns) -> None:
        connections = hub.workspace.connections
        if not connections:
            raise ConfigError(
                "the plant declares no connection",
                hint="add a [[connection]] table to plant.toml",
                folder=str(hub.workspace.root),
            )
        self._hub = hub
        self._series = series
        self._clock = clock
        self._since_ns = clock()
        self.health: Mapping[str, Health] = {c.key: Health(connection=c.key) for c in connections}
        workspace = hub.workspace
        files = FileImport(
            mappings=workspace.mappings,
            genealogies=workspace.genealogies,
            plant=workspace.plant,
            historian=hub.historian,
            rejects=workspace.rejects,
            staging=workspace.root / "store" / "staging",
        )
        self._observer = Observer(workspace.plant, series, hub.historian, tell=self._tell, clock=clock)
        self._intake = Intake(
            series,
            connections=connections,
            health=self.health,
            files=files,
            then=self._observer.take,
            clock=clock,
        )
        supervised = [
            Supervised(connection=c, source=KINDS[c.kind].source(c), health=self.health[c.key]) for c in connections
        ]
        self._supervisor = Supervisor(supervised, self._intake, clock=clock)
        self._said: dict[str, tuple[str, str]] = {}
        self.observed = 0
        """Observations that were made of live values since the start."""

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until told to stop; then end the connections, and make durable what they brought."""
        _log.info("the hub serves", extra={"plant": self._hub.workspace.plant.key, "connections": len(self.health)})
        background = [
            asyncio.create_task(self._intake.run(), name="intake"),
            asyncio.create_task(self._tell_status(), name="status"),
            asyncio.create_task(self._tend(), name="tending"),
            asyncio.create_task(self._watch(), name="watchdog"),
        ]
        connections = asyncio.create_task(self._supervisor.run(), name="connections")
        stopped = asyncio.create_task(stop.wait(), name="stop")
        try:
            await asyncio.wait({stopped, connections, *background}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (connections, *background, stopped):
                is_ended = task.done()
                task.cancel()
                await asyncio.wait({task})
                if is_ended and not task.cancelled() and task.exception() is not None:
                    raise task.exception()  # type: ignore[misc]
            self._write_status()
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
            },
        )

    def _tell(self, observed: tuple[Observed, ...]) -> None:
        self.observed += len(observed)

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

    async def _watch(self) -> None:
        """Take back what has lost its reason, and count the heartbeat up, in a thread: see :class:`Watchdog`."""
        wires = Wires(outlets_of(self._hub.workspace), asyncio.get_running_loop())
        watchdog = Watchdog(self._hub, Gate(self._hub, wires), wires, clock=self._clock)
        fault = ""
        while True:
            try:
                watched = await asyncio.to_thread(watchdog.look, tuple(self.health.values()))
                fault = ""
            except Exception as error:  # noqa: BLE001 - a scenario's fault stops the heartbeat, never the intake
                if fault != repr(error):
                    _log.warning("set-points cannot be looked after", extra={"reason": str(error)}, exc_info=error)
                fault = repr(error)
            else:
                self._tell_watched(watched)
            await asyncio.sleep(WATCH_S)

    def _tell_watched(self, watched: Watched) -> None:
        """One line for each set-point whose state is another than the last time."""
        for sent in (*watched.settled, *watched.taken_back):
            if self._said.get(sent.parameter) != (sent.proposal, sent.ending):
                self._said[sent.parameter] = (sent.proposal, sent.ending)
                told = {"proposal": sent.proposal, "parameter": sent.parameter, "reason": sent.why}
                _log.warning("a set-point is %s", sent.ending, extra=told)

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
