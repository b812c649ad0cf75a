"""The host application on its line: STATE, subscriptions, values into the sink, rebirth requests out."""

import asyncio
from contextlib import suppress

from pilothouse.clock import NS_PER_S, now_ns
from pilothouse.connect.declaration import Connection
from pilothouse.connect.sparkplug.host import Host
from pilothouse.connect.sparkplug.settings import SparkplugSettings
from pilothouse.connect.sparkplug.shown import Shown
from pilothouse.errors import SourceError
from pilothouse.plant.sample import Samples
from pilothouse.ports import Health, Sink
from pilothouse.wire.mqtt import Message, Session, Will
from pilothouse.wire.sparkplug import Topic, state_payload, state_topic
from pilothouse.wire.sparkplug.metric import timestamp_ms
from pilothouse.wire.sparkplug.topic import read_state

_MOST_AT_ONCE = 64
_TICK_S = 0.2
_PATIENCE_NS = NS_PER_S
"""How long nodes may take to tell their births by themselves once they see our STATE, before they are asked."""


class SparkplugSource:
    """One connection as a host application; see :class:`pilothouse.ports.Source`.

    Parameters
    ----------
    connection
        Its declaration.
    is_heard
        Whether it tells its STATE; one that only listens for a while does not.

    Raises
    ------
    ConfigError
        If an address is none.

    Attributes
    ----------
    host, shown
        What it knows of the nodes, and what they last showed.
    session
        Its line; None while there is none.
    up
        Set while it listens.
    loop
        In which it runs; None while it does not.
    """

    def __init__(self, connection: Connection, *, is_heard: bool = True) -> None:
        settings = connection.settings
        if not isinstance(settings, SparkplugSettings):
            raise TypeError(
                f"connection {connection.key}: expected settings of sparkplug, got {type(settings).__name__}"
            )
        self._connection = connection
        self._is_heard = is_heard
        self._state_topic = state_topic(settings.host_id)
        self._dropped = 0
        self.settings = settings
        self.host = Host(
            connection.addresses,
            share=settings.share,
            reorder_ns=settings.reorder_ns,
            rebirth_ns=settings.rebirth_ns,
        )
        self.shown = Shown(len(connection.addresses.parameters))
        self.session: Session | None = None
        self.up = asyncio.Event()
        self.loop: asyncio.AbstractEventLoop | None = None

    @property
    def key(self) -> str:
        """Key of its ``[[connection]]``."""
        return self._connection.key

    async def run(self, sink: Sink, health: Health) -> None:
        """Listen until cancelled or lost; what is lost with the line is told as bad values."""
        born_ms, self._dropped = timestamp_ms(now_ns()), 0
        suffix = "" if self._is_heard else f"-outlet-{now_ns()}"
        broker = self.settings.broker.broker(
            self._connection.root, client_id=self.settings.client_id(self.key) + suffix
        )
        will = Will(
            topic=self._state_topic, payload=state_payload(online=False, timestamp_ms=born_ms), is_retained=True
        )
        async with Session(broker, will=will if self._is_heard else None) as session:
            self.host.begin(health, now_ns(), patience_ns=_PATIENCE_NS if self._is_heard else 0)
            try:
                await session.subscribe([self._state_topic, *self.host.filters], qos=1)
                if self._is_heard:
                    await self._tell_state(session, born_ms)
                health.state, health.since_ns, health.why = "running", now_ns(), ""
                self.session, self.loop = session, asyncio.get_running_loop()
                self.up.set()
                await self._listen(session, sink, health, born_ms)
            except asyncio.CancelledError:
                await self._say_goodbye(session)
                raise
            except SourceError:
                self.host.lose(now_ns())
                self._hand_over(sink, health)
                raise
            finally:
                self.session = self.loop = None
                self.up.clear()

    async def _listen(self, session: Session, sink: Sink, health: Health, born_ms: int) -> None:
        next_ns = 0
        while True:
            messages = await session.receive(most=_MOST_AT_ONCE, timeout_s=_TICK_S)
            for message in messages:
                session.acknowledge(message)
                topic = Topic.read(message.topic)
                if topic is not None:
                    self.host.take(topic, message.payload, message.received_ns)
                else:
                    await self._take_state(session, message, health, born_ms)
            if messages:
                health.count("messages", len(messages))
            instant = now_ns()
            if instant >= next_ns or instant < next_ns - 10**10:  # the clock may be set back
                next_ns = instant + int(_TICK_S * 1e9)
                for command, payload in self.host.pass_time(instant):
                    await session.publish(str(command), payload)
                if session.dropped > self._dropped:
                    health.count("dropped", session.dropped - self._dropped)
                    self._dropped = session.dropped
            self._hand_over(sink, health)

    def _hand_over(self, sink: Sink, health: Health) -> None:
        if len(self.host.batch):
            told = self.host.batch.hand_over(self.key, sink, health, received_ns=now_ns(), seen=self._see)
            for future in told:
                future.add_done_callback(lambda future: _count_dropped(future, health))

    def _see(self, samples: Samples) -> None:
        self.shown.update(samples)

    async def _take_state(self, session: Session, message: Message, health: Health, born_ms: int) -> None:
        """Our own STATE; where it says that we are not here somebody was wrong, such as the will of a lost session."""
        if message.topic != self._state_topic:
            health.count("malformed")
            return
        state = read_state(message.payload)
        if self._is_heard and state is not None and not state[0]:
            await self._tell_state(session, born_ms)

    async def _tell_state(self, session: Session, born_ms: int) -> None:
        payload = state_payload(online=True, timestamp_ms=born_ms)
        await session.publish(self._state_topic, payload, qos=1, is_retained=True)

    async def _say_goodbye(self, session: Session) -> None:
        """Tell that we are leaving; the will is not published of one that says so."""
        if not self._is_heard:
            return
        payload = state_payload(online=False, timestamp_ms=timestamp_ms(now_ns()))
        with suppress(SourceError, TimeoutError):
            async with asyncio.timeout(1.0):
                await session.publish(self._state_topic, payload, qos=1, is_retained=True)


def _count_dropped(future: asyncio.Future[bool], health: Health) -> None:
    """What the sink could not take is lost: nobody has it any more."""
    if future.cancelled() or future.exception() is not None or not future.result():
        health.count("not_taken")
