"""Set-points out: a command to the device, and what it shows after it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from pilothouse.clock import now_ns as read_clock_ns
from pilothouse.clock import stopwatch_s
from pilothouse.connect.address import Address, Addresses
from pilothouse.connect.declaration import Connection
from pilothouse.connect.sparkplug.births import Metric
from pilothouse.connect.sparkplug.host import command
from pilothouse.connect.sparkplug.source import SparkplugSource
from pilothouse.errors import NotWrittenError, SourceError
from pilothouse.plant.sample import Passage, Samples
from pilothouse.ports import Health, ReadBack
from pilothouse.wire.sparkplug import Datatype, Topic

_LOOK = "see `pilothouse status`: whether the connection runs, and which of its nodes and devices are stale"
_FLOAT_STEP = 2.0**-22
"""Relative: what a number may lose as it travels as a Float."""


class SparkplugOutlet:
    """Commands over one connection; see :class:`pilothouse.ports.Outlet`.

    Where the source of the connection runs in the same event loop its line and its births are used. Else the outlet
    listens by itself for as long as a call takes, without a STATE of its own, and asks the node for its births.

    Parameters
    ----------
    connection
        Its declaration.
    running
        Finds the source of the connection.
    """

    def __init__(self, connection: Connection, running: Callable[[], SparkplugSource | None]) -> None:
        self._connection = connection
        self._running = running
        ours = SparkplugSource(connection).host.where  # of the nodes that are this connection's share
        self._places = {connection.addresses.parameters[place].parameter: place for place in ours}

    @property
    def key(self) -> str:
        """Key of its ``[[connection]]``."""
        return self._connection.key

    @property
    def writable(self) -> frozenset[str]:
        """Keys of the parameters that are declared writable over it."""
        return self._connection.addresses.writable & self._places.keys()

    async def write(self, parameter: str, value: float, *, timeout_s: float) -> ReadBack:
        """Command a value and wait until the device shows it.

        The value that was commanded ends the waiting. Another one may have been on its way when the command was sent,
        so it counts only after ``settle_s``: then the device has refused, or was told otherwise.

        Raises
        ------
        NotWrittenError
            If it is known that nothing was sent.
        SourceError
            If it cannot be known whether it was written.
        ValueError
            For a parameter that is not declared writable.
        """
        if parameter not in self.writable:
            raise ValueError(f"parameter {parameter}: it is not declared writable over connection {self.key}")
        address = self._connection.addresses.parameters[self._places[parameter]]
        end_s = stopwatch_s() + timeout_s
        async with self._listening(address, timeout_s) as (source, place):
            topic, metric = await self._born(source, place, end_s)
            wanted = (value - address.offset) / address.scale
            try:
                payload = command(metric, wanted, read_clock_ns())
            except ValueError as error:
                raise self._not_sent(parameter, str(error)) from error
            turns, session = source.shown.turns, source.session
            if session is None:
                raise self._not_sent(parameter, "the line was lost")
            await session.publish(str(topic), payload)
            settled_s = min(stopwatch_s() + source.settings.settle_ns / 1e9, end_s)
            step = _step(metric, address, value)
            while True:
                told = source.shown.since(place, turns)
                if told is not None and told.value is not None and abs(told.value - value) <= step:
                    return told
                left_s = (settled_s if told is not None else end_s) - stopwatch_s()
                if left_s <= 0 or source.session is None:
                    break
                await source.shown.changed(left_s)
            if told is None or source.session is None:
                raise self._failed(parameter, f"not known whether written: nothing was shown within {timeout_s:g} s")
            return told

    async def read(self, parameter: str, *, timeout_s: float) -> ReadBack:
        """What the device last showed."""
        address = self._connection.addresses.parameters[self._places[parameter]]
        async with self._listening(address, timeout_s) as (source, place):
            await self._born(source, place, stopwatch_s() + timeout_s)
            told = source.shown.latest(place)
            if told is None:
                raise self._failed(parameter, "its device never showed it")
            return told

    async def _born(self, source: SparkplugSource, place: int, end_s: float) -> tuple[Topic, Metric]:
        """Wait until the device is there."""
        at = source.host.where[place]
        while (born := source.host.born(place)) is None:
            left_s = end_s - stopwatch_s()
            if left_s <= 0 or source.session is None:
                where = "/".join(filter(None, (at.group, at.node, at.device, at.metric)))
                raise self._not_sent(where, "it is not there")
            await source.shown.changed(min(left_s, 0.1))
        return born

    def _failed(self, parameter: str, what: str) -> SourceError:
        return SourceError(f"{parameter}: {what}", hint=_LOOK, connection=self.key)

    def _not_sent(self, parameter: str, why: str) -> NotWrittenError:
        return NotWrittenError(f"{parameter}: nothing was sent: {why}", hint=_LOOK, connection=self.key)

    @asynccontextmanager
    async def _listening(self, address: Address, timeout_s: float) -> AsyncIterator[tuple[SparkplugSource, int]]:
        """A source that listens, and the place of the address in it."""
        found = self._running()
        if found is not None and found.up.is_set() and found.loop is asyncio.get_running_loop():
            yield found, self._places[address.parameter]
            return
        only = replace(self._connection, addresses=Addresses(parameters=(address,)))
        source, health = SparkplugSource(only, is_heard=False), Health(connection=self.key)
        listening = asyncio.create_task(source.run(_NoSink(), health))
        up = asyncio.create_task(source.up.wait())
        try:
            await asyncio.wait({listening, up}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
            if listening.done() and (why := listening.exception()) is not None:
                raise self._not_sent(address.parameter, str(why)) from why
            if not source.up.is_set():
                raise self._not_sent(address.parameter, f"no line to the broker within {timeout_s:g} s")
            yield source, 0
        finally:
            up.cancel()
            listening.cancel()
            await asyncio.gather(up, listening, return_exceptions=True)


class _NoSink:
    """Takes nothing over: whoever listens for a command is not the intake."""

    def take(self, connection: str, samples: Samples) -> asyncio.Future[bool]:  # noqa: ARG002 - as the port says
        return _done()

    def take_passages(self, connection: str, passages: Sequence[Passage]) -> asyncio.Future[bool]:  # noqa: ARG002
        return _done()

    def newest_ns(self, parameters: Sequence[str]) -> dict[str, int]:  # noqa: ARG002 - as the port says
        return {}


def _done() -> asyncio.Future[bool]:
    future = asyncio.get_running_loop().create_future()
    future.set_result(True)
    return future


def _step(metric: Metric, address: Address, value: float) -> float:
    """By how much the shown value may differ from the commanded one although it is the same."""
    if metric.datatype == Datatype.DOUBLE:
        return 1e-12 * max(1.0, abs(value))
    if metric.datatype == Datatype.FLOAT:
        return _FLOAT_STEP * max(abs(value), abs(address.offset), 1e-30)
    return 0.5 * abs(address.scale) + 1e-9
