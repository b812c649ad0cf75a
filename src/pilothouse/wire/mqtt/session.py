"""One session with a broker: messages in batches, acknowledged by hand; losses are errors; closing leaves nothing.

The protocol is paho's. Its own ways with sockets, threads and reconnecting are not used: the socket is made by
:mod:`.stream`, the event loop says when it can be read, and after a loss a new session is made.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, TypeVar

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from pilothouse.clock import now_ns
from pilothouse.errors import SourceError
from pilothouse.wire.mqtt.broker import Broker
from pilothouse.wire.mqtt.stream import BufferedSocket, open_stream

T = TypeVar("T")

_PACKETS_A_TURN: Final = 500  # then others in the event loop have theirs
_MAINTENANCE_S: Final = 1.0
_MOST_UNSENT: Final = 1 << 20  # bytes
_RETAINED_IF_NEW: Final = 1  # as MQTT 5 numbers it: what is retained comes once, not at each reconnection
_REFUSED: Final = 128  # codes of an answer from here on are refusals


@dataclass(slots=True)
class Message:
    """What was published.

    Parameters
    ----------
    topic, payload
        As published.
    qos, number
        0 or 1; by its number a message of QoS 1 is acknowledged.
    is_retained
        Whether the broker kept it from before we subscribed.
    received_ns
        When it was here.
    """

    topic: str
    payload: bytes
    qos: int
    number: int
    is_retained: bool
    received_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Will:
    """What the broker publishes once we are gone without a word, at QoS 1."""

    topic: str
    payload: bytes
    is_retained: bool


class _Client(paho.Client):
    """paho's client on a socket that was made for it."""

    made: BufferedSocket

    def _create_socket(self) -> Any:  # noqa: ANN401 - paho's type of a socket names its own classes
        return self.made


class Session:
    """A session, as an asynchronous context; not used again once it was lost.

    Parameters
    ----------
    broker
        With whom.
    will
        What the broker tells the others if we vanish.
    most_bytes
        How much may wait here to be received; of more, messages of QoS 0 are dropped and counted.

    Attributes
    ----------
    is_resumed
        Whether the broker still knew us, and kept what we missed.
    dropped
        How many messages of QoS 0 were dropped.
    """

    def __init__(self, broker: Broker, *, will: Will | None = None, most_bytes: int = 256 << 20) -> None:
        self.is_resumed = False
        self.dropped = 0
        self._broker = broker
        self._most_bytes = most_bytes
        self._bytes = 0
        self._unsent = 0
        self._inbox: deque[Message] = deque()
        self._lost: SourceError | None = None
        self._wake: asyncio.Future[None] | None = None
        self._flushed: asyncio.Future[None] | None = None
        self._answers: dict[int, asyncio.Future[Sequence[int]]] = {}
        self._maintenance: asyncio.TimerHandle | None = None
        self._stream: BufferedSocket | None = None
        self._client = self._make_client(will)

    # ---- as a context --------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        """Connect; a :class:`~pilothouse.errors.SourceError` where that cannot be done."""
        broker, self._loop = self._broker, asyncio.get_running_loop()
        self._connected: asyncio.Future[None] = self._loop.create_future()
        self._client.made = self._stream = await open_stream(broker)
        try:
            self._loop.add_reader(self._stream.fileno(), self._read)
            self._maintenance = self._loop.call_later(_MAINTENANCE_S, self._maintain)
            if broker.is_version_5:
                properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
                properties.SessionExpiryInterval = broker.session_s
                properties.ReceiveMaximum = broker.unacknowledged
                self._client.connect(
                    broker.host,
                    broker.port,
                    broker.keepalive_s,
                    clean_start=not broker.session_s,
                    properties=properties,
                )
            else:
                self._client.connect(broker.host, broker.port, broker.keepalive_s)
            await self._answer(self._connected, "an answer to CONNECT")
        except BaseException:
            self._close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Say goodbye and close; the will is not published."""
        if self._lost is None:
            self._client.disconnect()
            self._write()  # paho closes the stream behind its goodbye, and that sends what fits
        self._close()

    # ---- what goes out -------------------------------------------------------------------------------------------

    async def subscribe(self, filters: Sequence[str], *, qos: int) -> None:
        """Ask for topics.

        Raises
        ------
        SourceError
            If the broker refuses one, or does not answer.
        """
        options = SubscribeOptions(qos=qos, retainHandling=_RETAINED_IF_NEW)
        for first in range(0, len(filters), 50):  # brokers limit the size of a packet
            some = list(filters[first : first + 50])
            asked = [(name, options) for name in some] if self._broker.is_version_5 else [(name, qos) for name in some]
            code, number = self._client.subscribe(asked)
            self._require(code)
            codes = await self._numbered(number or 0, "an answer to SUBSCRIBE")
            refused = [name for name, code in zip(some, codes, strict=False) if code >= _REFUSED]
            if refused:
                raise SourceError(
                    f"broker {self._broker.name}: expected the subscription to {', '.join(refused)}, got a refusal",
                    hint="give this user the right to read there",
                )

    async def publish(self, topic: str, payload: bytes, *, qos: int = 0, is_retained: bool = False) -> None:
        """Publish; with QoS 1 return once the broker has it, with QoS 0 once not much waits to be sent.

        Raises
        ------
        SourceError
            If the line is lost, or the broker does not answer in time.
        """
        self._check()
        told = self._client.publish(topic, payload, qos, is_retained)
        self._require(told.rc)
        if qos:
            await self._numbered(told.mid, f"an acknowledgement of {topic}")
            return
        self._unsent += len(payload)
        if self._unsent > _MOST_UNSENT:
            if self._flushed is None:
                self._flushed = self._loop.create_future()
            await self._answer(asyncio.shield(self._flushed), "that it takes what is sent")

    def acknowledge(self, message: Message) -> None:
        """Tell the broker that it need not keep the message; of QoS 0 nothing is told."""
        if message.qos and self._lost is None:
            self._client.ack(message.number, message.qos)

    # ---- what comes in -------------------------------------------------------------------------------------------

    async def receive(self, *, most: int = 100, timeout_s: float) -> list[Message]:
        """Messages in the order they came; none after the time or a :meth:`wake`.

        Raises
        ------
        SourceError
            If the line is lost and everything that had come was received.
        """
        if self._inbox:
            await asyncio.sleep(0)  # a flood must not keep others from their turn
        elif self._lost is None and timeout_s > 0:
            self._wake = self._loop.create_future()
            timer = self._loop.call_later(timeout_s, self.wake)
            try:
                await self._wake
            finally:
                timer.cancel()
                self._wake = None
        if not self._inbox:
            self._check()
        taken = [self._inbox.popleft() for _ in range(min(most, len(self._inbox)))]
        self._bytes -= sum(len(message.payload) for message in taken)
        return taken

    def wake(self) -> None:
        """Let :meth:`receive` return at once."""
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    @property
    def waiting(self) -> int:
        """How many messages wait to be received."""
        return len(self._inbox)

    # ---- inside --------------------------------------------------------------------------------------------------

    def _make_client(self, will: Will | None) -> _Client:
        broker = self._broker
        client = _Client(
            CallbackAPIVersion.VERSION2,
            client_id=broker.client_id,
            clean_session=None if broker.is_version_5 else not broker.session_s,
            protocol=paho.MQTTv5 if broker.is_version_5 else paho.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        if broker.user is not None:
            client.username_pw_set(broker.user, broker.password)
        if will is not None:
            client.will_set(will.topic, will.payload, qos=1, retain=will.is_retained)
        client.max_inflight_messages_set(1_000)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = lambda _c, _u, number, _r, _p: self._settle(number, ())
        client.on_subscribe = lambda _c, _u, number, codes, _p: self._settle(number, [code.value for code in codes])
        client.on_socket_close = lambda _c, _u, _sock: self._unwatch()  # paho calls it just before it closes
        client.on_socket_register_write = self._on_want_write
        return client

    def _read(self) -> None:
        stream = self._stream
        assert stream is not None  # reading ends before it is given up
        try:
            for _ in range(_PACKETS_A_TURN):
                if self._client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                    self._lose("the line was closed")
                    return
                if self._lost is not None or not stream.pending():
                    return
        except (OSError, ValueError, KeyError, IndexError) as error:  # what paho raises on a packet that is none
            self._lose(f"{type(error).__name__}: {error}")
            return
        self._loop.call_soon(self._read_on)  # what is buffered here the system's socket does not announce

    def _read_on(self) -> None:
        if self._lost is None and self._stream is not None:
            self._read()

    def _write(self) -> None:
        """Send everything that waits, many packets at once."""
        stream = self._stream
        if stream is None:
            return
        try:
            if self._client.loop_write() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._lose("the line was closed")
            elif stream.fileno() >= 0 and stream.flush():
                self._unsent = 0
                self._loop.remove_writer(stream.fileno())
                self._tell_flushed()
            elif stream.fileno() >= 0:
                self._loop.add_writer(stream.fileno(), self._write)
        except OSError as error:
            self._lose(str(error))

    def _maintain(self) -> None:
        """Ping, and notice that a ping was not answered."""
        self._maintenance = self._loop.call_later(_MAINTENANCE_S, self._maintain)
        try:
            if self._client.loop_misc() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._lose(f"nothing was heard for {2 * self._broker.keepalive_s} s")
        except OSError as error:
            self._lose(str(error))

    def _on_connect(self, _c: object, _u: object, flags: paho.ConnectFlags, code: ReasonCode, _p: object) -> None:
        if self._connected.done():
            return
        if code.is_failure:
            self._connected.set_exception(
                SourceError(
                    f"broker {self._broker.name}: expected to be let in, got {code}",
                    hint="check user, password_env and client_id, and what the broker allows them",
                )
            )
            return
        self.is_resumed = bool(flags.session_present)
        self._connected.set_result(None)

    def _on_disconnect(self, _c: object, _u: object, _f: object, code: ReasonCode, _p: object) -> None:
        self._lose(str(code))

    def _on_message(self, _c: object, _u: object, message: paho.MQTTMessage) -> None:
        if not message.qos and self._bytes > self._most_bytes:
            self.dropped += 1
            return
        try:
            topic = message.topic
        except UnicodeDecodeError:  # brokers refuse such topics; nobody can have asked for it
            return
        self._bytes += len(message.payload)
        self._inbox.append(Message(topic, bytes(message.payload), message.qos, message.mid, message.retain, now_ns()))
        self.wake()

    def _on_want_write(self, _c: object, _u: object, _sock: object) -> None:
        self._loop.call_soon(self._write)

    def _tell_flushed(self) -> None:
        if self._flushed is not None and not self._flushed.done():
            self._flushed.set_result(None)
        self._flushed = None

    def _settle(self, number: int, codes: Sequence[int]) -> None:
        answer = self._answers.get(number)  # nobody waits for those of QoS 0
        if answer is not None and not answer.done():
            answer.set_result(codes)

    async def _numbered(self, number: int, what: str) -> Sequence[int]:
        answer = self._answers[number] = self._loop.create_future()
        try:
            return await self._answer(answer, what)
        finally:
            self._answers.pop(number, None)

    async def _answer(self, answer: asyncio.Future[T], what: str) -> T:
        try:
            async with asyncio.timeout(self._broker.timeout_s):
                got = await answer
        except TimeoutError as error:
            raise SourceError(
                f"broker {self._broker.name}: expected {what} within {self._broker.timeout_s:g} s, got none",
                hint="see how busy it is; timeout_s can be longer",
            ) from error
        self._check()
        return got

    def _require(self, code: MQTTErrorCode) -> None:
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._lose(paho.error_string(code))
            self._check()

    def _check(self) -> None:
        if self._lost is not None:
            raise self._lost

    def _lose(self, why: str) -> None:
        if self._lost is not None:
            return
        self._lost = SourceError(f"broker {self._broker.name}: the line was lost: {why}", hint="see the broker's log")
        if not self._connected.done():
            self._connected.set_exception(self._lost)
        for answer in self._answers.values():
            if not answer.done():
                answer.set_result(())  # whoever waits asks next whether the line still stands
        self._tell_flushed()
        self.wake()
        self._close()

    def _close(self) -> None:
        if self._maintenance is not None:
            self._maintenance.cancel()
            self._maintenance = None
        self._unwatch()
        if self._stream is not None:
            self._stream.close()
        self._stream = None

    def _unwatch(self) -> None:
        """Let the event loop forget the socket while its number is still its own."""
        if self._stream is not None and self._stream.fileno() >= 0:
            self._loop.remove_reader(self._stream.fileno())
            self._loop.remove_writer(self._stream.fileno())
