"""Values from JSON topics: each message is acknowledged once what it said is durable, so the broker keeps the rest."""

from asyncio import Future
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Final

from pilothouse.clock import now_ns
from pilothouse.connect.batch import Batch
from pilothouse.connect.declaration import Connection
from pilothouse.connect.mqtt.address import JsonAddress
from pilothouse.connect.mqtt.document import Found, MalformedError, look_up, read_document
from pilothouse.connect.mqtt.settings import MqttSettings
from pilothouse.errors import SourceError
from pilothouse.plant.frame import BAD, UNCERTAIN
from pilothouse.plant.sample import Passage
from pilothouse.ports import Health, Sink
from pilothouse.wire.mqtt import Message, Session

_MOST_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is wanted of a topic: a parameter by its place, or which piece is at a place."""

    pointer: tuple[str, ...]
    parameter: int = -1
    place: str = ""


class MqttSource:
    """One connection to a broker of JSON topics; see :class:`pilothouse.ports.Source`.

    Parameters
    ----------
    connection
        Its declaration.

    Raises
    ------
    ConfigError
        If an address is none.
    """

    def __init__(self, connection: Connection) -> None:
        settings = connection.settings
        if not isinstance(settings, MqttSettings):
            raise TypeError(f"connection {connection.key}: expected settings of mqtt, got {type(settings).__name__}")
        self._connection = connection
        self._settings = settings
        self._asked = _asked(connection)
        self._batch = Batch(connection.addresses)

    @property
    def key(self) -> str:
        """Key of its ``[[connection]]``."""
        return self._connection.key

    @property
    def filters(self) -> tuple[str, ...]:
        """What the broker is asked for."""
        topics = self._settings.topics or tuple(self._asked)
        shared = self._settings.shared
        return tuple(f"$share/{shared}/{topic}" if shared else topic for topic in topics)

    async def run(self, sink: Sink, health: Health) -> None:
        """Listen until cancelled or lost; what is not durable by then comes again."""
        self._batch = Batch(self._connection.addresses)  # of a lost session nothing is left
        broker = self._settings.broker.broker(
            self._connection.root, client_id=self._settings.client_id(self.key), session_s=self._settings.session_s
        )
        unsettled: deque[tuple[list[Future[bool]], list[Message]]] = deque()
        async with Session(broker) as session:
            begun_ns = now_ns()
            await session.subscribe(self.filters, qos=1)
            health.state, health.since_ns, health.why = "running", now_ns(), ""
            while True:
                messages = await session.receive(most=_MOST_AT_ONCE, timeout_s=1.0)
                for message in messages:
                    health.count("messages")
                    self.take(message, health, missed_before_ns=begun_ns if session.is_resumed else 0)
                if messages:
                    told = self._batch.hand_over(self.key, sink, health, received_ns=now_ns())
                    for future in told:
                        future.add_done_callback(lambda _: session.wake())
                    unsettled.append((told, messages))
                _settle(unsettled, session)

    def take(self, message: Message, health: Health, *, missed_before_ns: int = 0) -> None:
        """Read one message into the batch; what cannot be read is counted.

        Parameters
        ----------
        message
            As received.
        health
            Where it is counted.
        missed_before_ns
            What is older than this was kept by the broker while we were away: it is replayed.
        """
        asked = self._asked.get(message.topic)
        if asked is None:
            health.count("unknown")
            return
        try:
            document = read_document(message.payload)
        except MalformedError:
            health.count("malformed")
            return
        for one in asked:
            try:
                found = look_up(document, one.pointer, self._settings.shape)
                if found is None:
                    health.count("absent")
                elif one.place:
                    self._add_passage(one.place, found, message)
                else:
                    self._add_value(one.parameter, found, message, missed_before_ns)
            except MalformedError:
                health.count("malformed")

    def _add_passage(self, place: str, found: Found, message: Message) -> None:
        value = found.value
        piece = "" if value is None else value.strip() if isinstance(value, str) else f"{value:.15g}"
        since_ns = message.received_ns if found.at_ns is None else found.at_ns
        passage = Passage(place=place, piece=piece, since_ns=since_ns, received_ns=message.received_ns)
        self._batch.passages.append(passage)

    def _add_value(self, parameter: int, found: Found, message: Message, missed_before_ns: int) -> None:
        value, status = found.value, found.status
        if isinstance(value, str):
            try:
                value = float(value.replace("_", "?"))  # digits that Python groups are no number elsewhere
            except ValueError as error:
                raise MalformedError(f"expected a number, got {value!r:.40}") from error
        if value is None:
            value, status = nan, BAD
        at_ns = found.at_ns
        if at_ns is None:
            at_ns = message.received_ns
            if message.is_retained:  # it was so some time before; nobody knows when
                status = max(status, UNCERTAIN)
        is_replayed = found.at_ns is not None and found.at_ns < missed_before_ns
        self._batch.add(parameter, at_ns, value, status, is_replayed=is_replayed)


def _asked(connection: Connection) -> Mapping[str, Sequence[_Asked]]:
    """What is wanted, by topic."""
    asked: dict[str, list[_Asked]] = {}
    for parameter, address in enumerate(connection.addresses.parameters):
        one = JsonAddress.read(address.address)
        asked.setdefault(one.topic, []).append(_Asked(one.pointer, parameter=parameter))
    for piece in connection.addresses.pieces:
        one = JsonAddress.read(piece.address)
        asked.setdefault(one.topic, []).append(_Asked(one.pointer, place=piece.place))
    return asked


def _settle(unsettled: deque[tuple[list[Future[bool]], list[Message]]], session: Session) -> None:
    """Acknowledge, in the order they came, the messages of which everything is durable."""
    while unsettled and all(future.done() for future in unsettled[0][0]):
        told, messages = unsettled.popleft()
        if not all(not future.cancelled() and future.exception() is None and future.result() for future in told):
            raise SourceError(
                f"the store did not take what {len(messages)} messages said; the broker keeps them",
                hint="see why the historian is behind: a full disk, or more values than it can write",
            )
        for message in messages:
            session.acknowledge(message)
