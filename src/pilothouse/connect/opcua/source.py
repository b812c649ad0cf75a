"""The source: what a server publishes, taken in; what it kept during an outage, fetched; its silence, noticed.

::

    open a session → create the subscription and its monitored items → running
        publish          two requests are always under way; each answer is one batch for the sink
        watch            no answer for three keep-alives, or a session that does not answer: lost
        fill             once: what the server kept since the newest durable value, marked replayed
        look again       for nodes that were unknown: a server may load them after it starts

The first of these that fails ends them all, and :meth:`OpcUaSource.run` with a
:class:`~pilothouse.errors.SourceError`; the supervisor calls again, and everything is made anew.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Final

import numpy as np
from asyncua import ua

from pilothouse.clock import NS_PER_H, now_ns, stopwatch_s
from pilothouse.connect.declaration import Connection
from pilothouse.connect.opcua.answer import Published
from pilothouse.connect.opcua.history import Span, read_history
from pilothouse.connect.opcua.node import parse_node
from pilothouse.connect.opcua.session import SESSION_MS, Session, open_session
from pilothouse.connect.opcua.settings import Settings
from pilothouse.connect.opcua.subscription import Item, Subscription, subscribe
from pilothouse.connect.opcua.translation import Translated, Translation
from pilothouse.connect.opcua.values import Values
from pilothouse.errors import SourceError
from pilothouse.plant.frame import BAD
from pilothouse.ports import Health, Sink

_UNDER_WAY: Final = 2
"""Publish requests at a time, so that one waits at the server while an answer travels."""

_LOOK_AGAIN_S: Final = 60.0
_DURABLE_S: Final = 30.0
"""How long one part of the history waits until it is durable before the next is fetched all the same."""

_ASK_S: Final = SESSION_MS / 3_000.0
"""A session that is asked so often does not end for want of requests."""

_NEVER: Final = 2**62


class OpcUaSource:
    """One connection to an OPC UA server; see :class:`pilothouse.ports.Source`.

    Parameters
    ----------
    connection
        As declared; its settings are :class:`~pilothouse.connect.opcua.settings.Settings`.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        assert isinstance(connection.settings, Settings)
        self._settings = connection.settings
        self._translation = Translation(connection.addresses)
        self._addresses = (
            *(address.address for address in connection.addresses.parameters),
            *(address.address for address in connection.addresses.pieces),
        )

    @property
    def key(self) -> str:
        """Key of its ``[[connection]]``."""
        return self._connection.key

    async def run(self, sink: Sink, health: Health) -> None:
        """Connect and deliver until cancelled, or until the connection is lost.

        Raises
        ------
        SourceError
            If the connection cannot be made or was lost.
        """
        _enter(health, "starting")
        try:
            async with open_session(self._settings, self._connection.root) as session:
                intake = _Intake(
                    session=session,
                    subscription=await subscribe(session, self._connection.every_ns),
                    translation=self._translation,
                    sink=sink,
                    health=health,
                )
                unknown = await self._monitor(intake, range(len(self._addresses)))
                _enter(health, "running")
                await _first_end(
                    [
                        *(intake.publish() for _ in range(_UNDER_WAY)),
                        intake.watch(),
                        self._fill(intake),
                        self._look_again(intake, unknown),
                    ]
                )
        except SourceError as error:
            _enter(health, "waiting", str(error))
            raise error.about(connection=self.key) from error
        except asyncio.CancelledError:
            _enter(health, "stopped")
            raise

    async def _monitor(self, intake: "_Intake", handles: "range | list[int]") -> list[int]:
        """Monitor the nodes of these handles; gives the handles that the server does not know."""
        nodes = {handle: parse_node(self._addresses[handle], intake.session.namespaces) for handle in handles}
        texts = len(self._translation.keys)
        items = [
            Item(handle=handle, node=node, is_text=handle >= texts)
            for handle, node in nodes.items()
            if node is not None
        ]
        refused = await intake.subscription.monitor(items)
        unknown = [handle for handle, node in nodes.items() if node is None]
        why = Counter(name for name in refused if name)
        unknown += [item.handle for item, name in zip(items, refused, strict=True) if name]
        intake.nodes.update({i.handle: i.node for i, name in zip(items, refused, strict=True) if not name})
        health = intake.health
        health.counts["unknown"] = len(self._addresses) - len(intake.nodes)
        health.counts["short_queues"] = intake.subscription.short_queues
        health.counts["slowly_sampled"] = intake.subscription.slowly_sampled
        health.stale.clear()
        health.stale.update(address for handle, address in enumerate(self._addresses) if handle not in intake.nodes)
        if not intake.nodes and self._addresses:
            told = ", ".join(sorted(why)) or "no NodeId of a namespace of the server"
            raise SourceError(
                f"{self._settings.url}: none of the {len(self._addresses)} nodes is there ({told})",
                hint=f"compare the addresses with `pilothouse connect browse {self._settings.url}`",
            )
        return unknown

    async def _look_again(self, intake: "_Intake", unknown: list[int]) -> None:
        while unknown:
            await asyncio.sleep(_LOOK_AGAIN_S)
            unknown = await self._monitor(intake, unknown)

    async def _fill(self, intake: "_Intake") -> None:
        """Fetch what was missed, up to where live values begin."""
        newest = intake.sink.newest_ns(self._translation.keys)
        if not newest:
            return
        await intake.wait_for_values(2.0 * self._settings.publishing_s + self._settings.timeout_s)
        try:
            await intake.fill(self._spans(intake, newest))
        except SourceError:
            # Live values go on: a history that never answers must not cost the connection again and again.
            intake.health.count("history_failed")

    def _spans(self, intake: "_Intake", newest: Mapping[str, int]) -> list[Span]:
        """What to ask of each node; of pieces, from where most values end."""
        earliest_ns = now_ns() - round(self._settings.history_h * NS_PER_H)
        pieces_ns = round(median(newest.values()))
        spans: list[Span] = []
        keys = self._translation.keys
        for handle, node in intake.nodes.items():
            after_ns = newest.get(keys[handle]) if handle < len(keys) else pieces_ns
            if after_ns is not None:
                before_ns = min(int(intake.first_ns[handle]), now_ns())
                spans.append(Span(handle=handle, node=node, after_ns=max(after_ns, earliest_ns), before_ns=before_ns))
        return spans


@dataclass(slots=True, kw_only=True)
class _Intake:
    """One life of a connection, from the session to its loss."""

    session: Session
    subscription: Subscription
    translation: Translation
    sink: Sink
    health: Health
    nodes: dict[int, ua.NodeId] = field(default_factory=dict)
    has_values: asyncio.Event = field(default_factory=asyncio.Event)
    heard_s: float = field(default_factory=stopwatch_s)
    sequence: int = 0
    first_ns: np.ndarray[tuple[int], np.dtype[np.int64]] = field(init=False)

    def __post_init__(self) -> None:
        count = len(self.translation.keys) + len(self.translation.places)
        self.first_ns = np.full(count, _NEVER, dtype=np.int64)

    async def publish(self) -> None:
        """Take in one answer after the other."""
        while True:
            published = await self.subscription.publish()
            self.heard_s = stopwatch_s()
            if published.subscription != self.subscription.key:
                continue
            self._count_missed(published)
            if published.ended:
                name = ua.StatusCode(ua.UInt32(published.ended[0])).name
                raise SourceError(
                    f"{self.session.settings.url}: the server ended the subscription ({name})",
                    hint="see the log of the server",
                )
            for values in published.values:
                self._take(values)

    async def watch(self) -> None:
        """Raise when nothing is heard any more, or the session does not answer."""
        node = (ua.NodeId(ua.ObjectIds.Server_ServerStatus_State), ua.AttributeIds.Value)
        while True:
            await asyncio.sleep(min(self.session.settings.keepalive_s, self.subscription.silence_s / 4.0, _ASK_S))
            silent_s = stopwatch_s() - self.heard_s
            if silent_s > self.subscription.silence_s:
                raise SourceError(
                    f"{self.session.settings.url}: nothing heard for {silent_s:.1f} s, no keep-alive either",
                    hint="see whether the network lets the server through",
                )
            await self.session.read([node], "asking whether the server is there")

    async def wait_for_values(self, seconds: float) -> None:
        """Until live values begin, or so long."""
        try:
            async with asyncio.timeout(seconds):
                await self.has_values.wait()
        except TimeoutError:
            return

    async def fill(self, spans: list[Span]) -> None:
        """Fetch what the server kept of these nodes and hand it on as replayed."""
        refused: set[int] = set()
        async for kept in read_history(self.session, spans):
            refused.update(kept.refused)
            told = self.translation.translate(kept.values, now_ns(), origin="replayed")
            durable = self._hand_on(told)
            if told.samples is not None:
                self.health.count("replayed", len(told.samples))
            await asyncio.wait(durable, timeout=_DURABLE_S) if durable else await asyncio.sleep(0)
        self.health.counts["without_history"] = len(refused)

    def _take(self, values: Values) -> None:
        received_ns = now_ns()
        told = self.translation.translate(values, received_ns)
        self._hand_on(told)
        if told.samples is not None:
            self.health.count("values", len(told.samples))
            np.minimum.at(self.first_ns, told.samples.which, told.samples.source_ns)
        self.health.last_ns = received_ns
        self.has_values.set()

    def _hand_on(self, told: Translated) -> list[asyncio.Future[bool]]:
        key, durable = self.health.connection, []
        if told.passages:
            durable.append(self.sink.take_passages(key, told.passages))
            self.health.count("passages", len(told.passages))
        if told.samples is not None:
            durable.append(self.sink.take(key, told.samples))
            self.health.count("bad", int((told.samples.statuses == BAD).sum()))
        for name, count in told.counts.items():
            if count:
                self.health.count(name, count)
        return durable

    def _count_missed(self, published: Published) -> None:
        """Notifications that never arrived; of a keep-alive the number is that of the next."""
        expected = self.sequence + 1
        if self.sequence and published.sequence > expected:
            self.health.count("missed", published.sequence - expected)
        if not published.is_keepalive:
            self.sequence = published.sequence
        elif self.sequence == 0:
            self.sequence = published.sequence - 1


async def _first_end(work: list[Coroutine[object, object, None]]) -> None:
    """Run until one of them fails, then end the others and raise what it raised."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _enter(health: Health, state: str, why: str = "") -> None:
    health.state, health.since_ns, health.why = state, now_ns(), why
