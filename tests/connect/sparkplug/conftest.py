"""What tests of Sparkplug share: a plant's side that says whatever it is told to say."""

import pytest

from pilothouse.connect.address import Address, Addresses, PieceAddress
from pilothouse.connect.sparkplug.host import Host
from pilothouse.ports import Health
from pilothouse.wire.sparkplug import Datatype, Payload, Topic
from pilothouse.wire.sparkplug.datatype import put
from pilothouse.wire.sparkplug.topic import BD_SEQ

MS = 1_000_000
KEYS = ("speed", "force", "power", "level", "count", "carbon", "aim")


class Edge:
    """An edge node with one device; gives topics and payloads, and counts their numbers."""

    def __init__(self, node: str = "n", device: str = "d", *, is_aliased: bool = True) -> None:
        self.node, self.device, self.is_aliased = node, device, is_aliased
        self.number, self.bd_seq, self.now_ms = 0, 0, 1_000
        self.aliases: dict[str, int] = {}
        self.types: dict[str, int] = {}

    def topic(self, kind: str) -> Topic:
        return Topic("g", self.node, self.device if kind[0] == "D" else "", kind)

    def payload(self) -> Payload:
        self.now_ms += 1
        payload = Payload(timestamp=self.now_ms, seq=self.number)
        self.number = (self.number + 1) % 256
        return payload

    def nbirth(self, **values):
        self.number = 0
        payload = self.payload()
        put(payload.metrics.add(name=BD_SEQ), Datatype.INT64, self.bd_seq)
        self.fill(payload, values, is_birth=True)
        return self.topic("NBIRTH"), payload

    def dbirth(self, types=None, **values):
        payload = self.payload()
        self.types.update(types or {})
        self.fill(payload, values, is_birth=True)
        return self.topic("DBIRTH"), payload

    def ddata(self, *, at_ms=None, historical=False, **values):
        payload = self.payload()
        self.fill(payload, values, is_birth=False)
        for metric in payload.metrics:
            if at_ms is not None:
                metric.timestamp = at_ms
            if historical:
                metric.is_historical = True
        return self.topic("DDATA"), payload

    def ddeath(self):
        return self.topic("DDEATH"), self.payload()

    def ndeath(self, bd_seq=None):
        payload = Payload(timestamp=self.now_ms)
        put(payload.metrics.add(name=BD_SEQ), Datatype.INT64, self.bd_seq if bd_seq is None else bd_seq)
        return self.topic("NDEATH"), payload

    def fill(self, payload, values, *, is_birth):
        for name, value in values.items():
            metric = payload.metrics.add()
            if self.is_aliased:
                metric.alias = self.aliases.setdefault(name, len(self.aliases) + 1)
            if is_birth or not self.is_aliased:
                metric.name = name
            text = Datatype.STRING if isinstance(value, str) else Datatype.FLOAT
            put(metric, self.types.setdefault(name, text), value)
            if not is_birth:
                metric.ClearField("datatype")


class Listening:
    """A host without a line, and all that came out of it."""

    def __init__(self, rows, **given) -> None:
        addresses = Addresses(
            parameters=tuple(Address(parameter=key, address=at) for at, key in rows if not key.startswith("@")),
            pieces=tuple(PieceAddress(place=key[1:], address=at) for at, key in rows if key.startswith("@")),
        )
        self.host = Host(addresses, **{"reorder_ns": 100 * MS, "rebirth_ns": 1_000 * MS, **given})
        self.health = Health(connection="line")
        self.now_ns = 10**18
        self.host.begin(self.health, self.now_ns, patience_ns=1_000 * MS)
        self.live, self.replayed, self.passages, self.commands = [], [], [], []

    def say(self, *told):
        for topic, payload in told:
            raw = payload if isinstance(payload, bytes) else payload.SerializeToString()
            self.host.take(topic, raw, self.now_ns)
        return self.wait(0)

    def wait(self, ms):
        self.now_ns += ms * MS
        self.commands += [str(topic) for topic, _ in self.host.pass_time(self.now_ns)]
        self.passages += self.host.batch.passages
        self.host.batch.passages.clear()
        for samples in self.host.batch.samples(received_ns=self.now_ns):
            rows = zip(
                (samples.parameters[which] for which in samples.which.tolist()),
                samples.source_ns.tolist(),
                samples.values.tolist(),
                samples.statuses.tolist(),
                strict=True,
            )
            (self.live if samples.origin == "live" else self.replayed).extend(rows)
        return self

    def values(self, key):
        return [value for one, _, value, status in self.live if one == key and status < 2]

    def marks(self, key):
        return sum(one == key and value != value for one, _, value, _ in self.live)  # noqa: PLR0124 - nan


@pytest.fixture
def edge():
    return Edge()


@pytest.fixture
def make_edge():
    return Edge


@pytest.fixture
def listening():
    return Listening([(f"g/n/d/{key}", key) for key in KEYS] + [("g/n/d/PIECE", "@furnace"), ("g/n/up", "up")])


@pytest.fixture
def make_listening():
    return Listening
