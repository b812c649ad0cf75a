"""Signals without meaning, as many and as fast as one likes: what a host has to bear, for benchmarks.

Bodies of messages are made beforehand; only timestamp and number are put behind them, which Protocol Buffers allow.
So one process says a million values a second, and how many it said is known.
"""

import asyncio
from typing import Final

import numpy as np

from pilothouse.clock import now_ns, stopwatch_s
from pilothouse.seeds import stream
from pilothouse.wire.mqtt import Broker, Session, Will
from pilothouse.wire.sparkplug import Datatype, Payload, Topic
from pilothouse.wire.sparkplug.datatype import put
from pilothouse.wire.sparkplug.metric import timestamp_ms
from pilothouse.wire.sparkplug.topic import BD_SEQ, REBIRTH

_BODIES: Final = 16
"""Different messages of a device."""


class Signals:
    """A node with devices of noise.

    Parameters
    ----------
    broker
        With whom it speaks.
    group, node
        Its ids.
    devices, per_device
        How many there are, and how many signals each has.
    seed
        Of the noise.

    Attributes
    ----------
    said
        How many values were said, births left out.
    """

    def __init__(
        self, broker: Broker, *, group: str = "bench", node: str = "edge", devices: int, per_device: int, seed: int = 1
    ) -> None:
        self._broker = broker
        self._group, self._node = group, node
        self._per_device = per_device
        self._names = [f"d{number}" for number in range(devices)]
        self._number = 0
        rng = stream(seed, "signals")
        self._bodies = [
            [self._body(device, rng.standard_normal(per_device)) for _ in range(_BODIES)] for device in range(devices)
        ]
        self.said = 0

    @property
    def addresses(self) -> list[tuple[str, str]]:
        """Address and key of every signal."""
        return [
            (f"{self._group}/{self._node}/{device}/s{place}", f"{device}.s{place}")
            for device in self._names
            for place in range(self._per_device)
        ]

    async def run(self, phases: list[tuple[float, float]]) -> None:
        """Say phases of (seconds, values of each signal a second), one after the other, and say goodbye."""
        death = Payload(timestamp=timestamp_ms(now_ns()))
        put(death.metrics.add(name=BD_SEQ), Datatype.INT64, 0)
        will = Will(topic=str(self._topic("NDEATH")), payload=bytes(death.SerializeToString()), is_retained=False)
        async with Session(self._broker, will=will) as session:
            await session.subscribe([str(self._topic("NCMD"))], qos=1)
            await self._be_born(session)
            for seconds, rate_hz in phases:
                await self._say(session, seconds, rate_hz)
            await session.publish(will.topic, will.payload)

    async def _say(self, session: Session, seconds: float, rate_hz: float) -> None:
        begun_s = stopwatch_s()
        for turn in range(round(seconds * rate_hz)):
            due_s = begun_s + turn / rate_hz
            if due_s > stopwatch_s() or turn % 20 == 0:
                for _ in await session.receive(timeout_s=max(due_s - stopwatch_s(), 0.0)):
                    await self._be_born(session)
            tail = _varint(8, timestamp_ms(now_ns()))
            for device, name in enumerate(self._names):
                body = self._bodies[device][turn % _BODIES] + tail + _varint(24, self._next())
                await session.publish(str(self._topic("DDATA", name)), body)
                self.said += self._per_device
            if due_s > stopwatch_s():
                await asyncio.sleep(0)

    async def _be_born(self, session: Session) -> None:
        self._number = 0
        birth = Payload(timestamp=timestamp_ms(now_ns()), seq=self._next())
        put(birth.metrics.add(name=BD_SEQ), Datatype.INT64, 0)
        put(birth.metrics.add(name=REBIRTH), Datatype.BOOLEAN, 0.0)
        await session.publish(str(self._topic("NBIRTH")), bytes(birth.SerializeToString()))
        for device, name in enumerate(self._names):
            birth = Payload(timestamp=timestamp_ms(now_ns()), seq=self._next())
            for place in range(self._per_device):
                one = birth.metrics.add(name=f"s{place}", alias=device * self._per_device + place)
                put(one, Datatype.FLOAT, None)
            await session.publish(str(self._topic("DBIRTH", name)), bytes(birth.SerializeToString()))

    def _body(self, device: int, values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> bytes:
        payload = Payload()
        for place, value in enumerate(values.tolist()):
            payload.metrics.add(alias=device * self._per_device + place, float_value=value)
        return bytes(payload.SerializeToString())

    def _next(self) -> int:
        number, self._number = self._number, (self._number + 1) % 256
        return number

    def _topic(self, kind: str, device: str = "") -> Topic:
        return Topic(self._group, self._node, device, kind)


def _varint(tag: int, value: int) -> bytes:
    r"""A field of Protocol Buffers with a whole number.

    Examples
    --------
    >>> _varint(24, 300)
    b'\x18\xac\x02'
    """
    out = bytearray([tag])
    while value > 0x7F:
        out.append(0x80 | (value & 0x7F))
        value >>= 7
    out.append(value)
    return bytes(out)
