"""An edge node of Sparkplug B: births, numbers, aliases, commands, and what it keeps while nobody listens."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from google.protobuf.message import DecodeError

from pilothouse.clock import now_ns
from pilothouse.errors import SourceError
from pilothouse.plant.frame import GOOD
from pilothouse.wire.mqtt import Broker, Message, Session, Will
from pilothouse.wire.sparkplug import Datatype, Payload, Topic, state_topic
from pilothouse.wire.sparkplug.datatype import FIELD, SIGNED_BITS, put, signed
from pilothouse.wire.sparkplug.metric import put_quality, timestamp_ms
from pilothouse.wire.sparkplug.topic import BD_SEQ, REBIRTH, read_state

_TEXTS: Final = frozenset((Datatype.STRING, Datatype.TEXT, Datatype.UUID))

Value = float | str | None
Commanded = Callable[[str, Mapping[str, Value]], Mapping[str, Value]]
"""Gets a device and what it is told to be, by metric; gives what it shows then."""


@dataclass(frozen=True, slots=True)
class EdgeMetric:
    """A metric of a device: its name and type."""

    name: str
    datatype: int = Datatype.DOUBLE


@dataclass(frozen=True, slots=True)
class Reading:
    """A value of a metric, by its place in the device: when it was so, and its status."""

    place: int
    value: Value
    at_ms: int
    status: int = GOOD


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeName:
    """Who an edge node is.

    Parameters
    ----------
    group, node
        Its ids.
    host_id
        Of the primary host it waits for; empty where it waits for none.
    """

    group: str
    node: str
    host_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What is kept while nobody listens.

    Parameters
    ----------
    messages
        So many; of more the oldest are dropped and counted.
    unsure_s
        How far back is said again after a loss.
    retry_s
        How long is waited before the broker is called again.
    """

    messages: int = 100_000
    unsure_s: float = 5.0
    retry_s: float = 1.0


@dataclass(slots=True)
class _Said:
    """Readings of a device that are told together."""

    device: str
    readings: Sequence[Reading]
    is_historical: bool
    said_ns: int = 0


class EdgeNode:
    """An edge node.

    While the broker is away, or the primary host where one is named, what is told is kept, and told as historical
    once somebody listens again. MQTT acknowledges nothing at QoS 0, so what was said shortly before a loss is said
    again: whoever stores it knows repetitions.

    Parameters
    ----------
    broker
        With whom it speaks; ``session_s`` has to be 0.
    name
        Its ids, and of its host.
    devices
        Metrics by device.
    commanded
        Carries out commands.
    keeping
        What is kept while nobody listens.

    Attributes
    ----------
    is_heard
        Whether it was born and somebody listens.
    counts
        Of messages ``said``, ``kept``, ``again`` and ``lost``, of ``births``, ``commands`` and ``losses``.
    """

    def __init__(
        self,
        broker: Broker,
        name: EdgeName,
        *,
        devices: Mapping[str, Sequence[EdgeMetric]],
        commanded: Commanded | None = None,
        keeping: Keeping = Keeping(),
    ) -> None:
        self._broker = broker
        self._name = name
        self._devices = {device: tuple(metrics) for device, metrics in devices.items()}
        self._commanded = commanded
        self._keeping = keeping
        self._first: dict[str, int] = {}
        for device, metrics in self._devices.items():  # aliases are of the whole node
            self._first[device] = sum(len(self._devices[one]) for one in self._first) + 1
            assert metrics, f"device {device} has no metrics"
        self._shown: dict[str, dict[int, Reading]] = {device: {} for device in self._devices}
        self._waiting: deque[_Said] = deque()
        self._unsure: deque[_Said] = deque()
        self._session: Session | None = None
        self._number, self._bd_seq = 0, -1
        self.is_heard = False
        self.counts = dict.fromkeys(("said", "kept", "again", "lost", "births", "commands", "losses"), 0)

    def tell(self, device: str, readings: Sequence[Reading]) -> None:
        """Say something of a device, now or once somebody listens."""
        self._shown[device].update({reading.place: reading for reading in readings})
        self._waiting.append(_Said(device, readings, is_historical=not self.is_heard))
        if not self.is_heard:
            self.counts["kept"] += 1
        if len(self._waiting) > self._keeping.messages:
            self._waiting.popleft()
            self.counts["lost"] += 1
        if self._session is not None:
            self._session.wake()

    async def run(self) -> None:
        """Speak until cancelled; come back whenever the line was lost."""
        while True:
            try:
                await self._speak()
            except SourceError:
                self.counts["losses"] += 1
            await asyncio.sleep(self._keeping.retry_s)

    async def _speak(self) -> None:
        self._bd_seq = (self._bd_seq + 1) % 256
        death = Will(topic=str(self._topic("NDEATH")), payload=self._death(), is_retained=False)
        async with Session(self._broker, will=death) as session:
            topics = [str(self._topic("NCMD")), *(str(self._topic("DCMD", device)) for device in self._devices)]
            await session.subscribe(
                [*topics, *([state_topic(self._name.host_id)] if self._name.host_id else [])], qos=1
            )
            self._session = session
            try:
                if not self._name.host_id:
                    await self._be_born(session)
                while True:
                    for message in await session.receive(timeout_s=0.5):
                        session.acknowledge(message)
                        await self._hear(session, message)
                    await self._say_waiting(session)
            except asyncio.CancelledError:
                await self._say_waiting(session)
                await session.publish(death.topic, death.payload)  # who says goodbye has to say this too
                raise
            finally:
                self._session = None
                self._fall_silent()

    # ---- births and values ---------------------------------------------------------------------------------------

    async def _be_born(self, session: Session) -> None:
        self._number = 0
        birth = self._payload()
        put(birth.metrics.add(name=BD_SEQ), Datatype.INT64, self._bd_seq)
        put(birth.metrics.add(name=REBIRTH), Datatype.BOOLEAN, 0.0)
        await session.publish(str(self._topic("NBIRTH")), birth.SerializeToString())
        for device, metrics in self._devices.items():
            birth = self._payload()
            for place, metric in enumerate(metrics):
                one = birth.metrics.add(name=metric.name, alias=self._first[device] + place)
                _fill(one, metric, self._shown[device].get(place))
            await session.publish(str(self._topic("DBIRTH", device)), birth.SerializeToString())
        self.counts["births"] += 1
        self.is_heard = True

    async def _say_waiting(self, session: Session) -> None:
        while self.is_heard and self._waiting:
            said = self._waiting.popleft()
            payload = self._payload()
            metrics = self._devices[said.device]
            for reading in said.readings:
                one = payload.metrics.add(alias=self._first[said.device] + reading.place)
                _fill(one, metrics[reading.place], reading)
                one.ClearField("datatype")
                if said.is_historical:
                    one.is_historical = True
            said.said_ns = now_ns()
            self._unsure.append(said)
            while self._unsure and said.said_ns - self._unsure[0].said_ns > self._keeping.unsure_s * 1e9:
                self._unsure.popleft()
            await session.publish(str(self._topic("DDATA", said.device)), payload.SerializeToString())
            self.counts["said"] += 1

    def _fall_silent(self) -> None:
        """Nobody listens: what may not have arrived is said again, as history, before all that waits."""
        self.is_heard = False
        for said in reversed(self._unsure):
            self._waiting.appendleft(said)
            self.counts["again"] += 1
        self._unsure.clear()
        for said in self._waiting:
            said.is_historical = True

    # ---- what it is told -----------------------------------------------------------------------------------------

    async def _hear(self, session: Session, message: Message) -> None:
        topic = Topic.read(message.topic)
        if topic is None:
            await self._hear_host(session, message)
            return
        try:
            told = _values(Payload.FromString(message.payload))
        except DecodeError:
            return
        if topic.kind == "DCMD":
            self._obey(topic.device, told)
        elif told.get(REBIRTH):
            await self._be_born(session)

    def _obey(self, device: str, told: Mapping[str | int, object]) -> None:
        """Let a command be carried out, and tell what the device shows then: after a refusal, what it showed."""
        self.counts["commands"] += 1
        metrics, first = self._devices[device], self._first[device]
        places = {metric.name: place for place, metric in enumerate(metrics)}
        places_by_alias = {first + place: place for place in range(len(metrics))}
        wanted: dict[str, Value] = {}
        for key, raw in told.items():
            place = places_by_alias.get(key) if isinstance(key, int) else places.get(key)
            if place is not None:
                wanted[metrics[place].name] = _meant(metrics[place], raw)
        shown = self._commanded(device, wanted) if self._commanded is not None else {}
        at_ms = timestamp_ms(now_ns())
        answer = []
        for name in wanted:
            before = self._shown[device].get(places[name])
            answer.append(Reading(places[name], shown.get(name, None if before is None else before.value), at_ms))
        if answer:
            self.tell(device, answer)

    async def _hear_host(self, session: Session, message: Message) -> None:
        """The primary host comes or goes."""
        state = read_state(message.payload)
        if state is None:
            return
        if state[0] and not self.is_heard:
            await self._be_born(session)
        elif not state[0] and self.is_heard:
            await session.publish(str(self._topic("NDEATH")), self._death())
            raise SourceError(
                f"edge node {self._name.node}: host {self._name.host_id} has gone", hint="it is waited for"
            )

    # ---- words ---------------------------------------------------------------------------------------------------

    def _topic(self, kind: str, device: str = "") -> Topic:
        return Topic(self._name.group, self._name.node, device, kind)

    def _payload(self) -> Payload:
        payload = Payload(timestamp=timestamp_ms(now_ns()), seq=self._number)
        self._number = (self._number + 1) % 256
        return payload

    def _death(self) -> bytes:
        payload = Payload(timestamp=timestamp_ms(now_ns()))
        put(payload.metrics.add(name=BD_SEQ), Datatype.INT64, self._bd_seq)
        return bytes(payload.SerializeToString())


def _fill(one: Payload.Metric, metric: EdgeMetric, reading: Reading | None) -> None:
    put(one, metric.datatype, None if reading is None else reading.value)
    if reading is not None:
        one.timestamp = reading.at_ms
        put_quality(one, reading.status)


def _values(payload: Payload) -> dict[str | int, object]:
    """What a command says, by name or alias."""
    told: dict[str | int, object] = {}
    for metric in payload.metrics:
        field = metric.WhichOneof("value")
        told[metric.name or metric.alias] = None if field is None else getattr(metric, field)
    return told


def _meant(metric: EdgeMetric, raw: object) -> Value:
    if isinstance(raw, str) or metric.datatype in _TEXTS:
        return raw if isinstance(raw, str) else None
    if not isinstance(raw, bool | int | float) or metric.datatype not in FIELD:
        return None
    bits = SIGNED_BITS.get(metric.datatype)
    return float(signed(int(raw), bits) if bits else raw)
