"""The host application without its line: messages in, values, rebirth requests and its own STATE out."""

from zlib import crc32

from google.protobuf.message import DecodeError

from pilothouse.connect.address import Addresses
from pilothouse.connect.batch import Batch
from pilothouse.connect.sparkplug.address import SparkplugAddress
from pilothouse.connect.sparkplug.births import Asked, Births, Metric
from pilothouse.connect.sparkplug.node import Node, Told
from pilothouse.ports import Health
from pilothouse.wire.sparkplug import Datatype, Payload, Topic
from pilothouse.wire.sparkplug.datatype import put
from pilothouse.wire.sparkplug.metric import timestamp_ms
from pilothouse.wire.sparkplug.topic import NAMESPACE, REBIRTH


class Host:
    """Knows the nodes of a connection; holds no clock and no socket.

    Parameters
    ----------
    addresses
        What is asked for, as in :mod:`.address`.
    share
        Which part of the nodes is ours, as (1-based number, of how many).
    reorder_ns
        How long a message that is missing is waited for.
    rebirth_ns
        How long a node is left in peace after it was asked to tell its births again.

    Raises
    ------
    ConfigError
        If an address is none.
    """

    def __init__(
        self, addresses: Addresses, *, share: tuple[int, int] = (1, 1), reorder_ns: int, rebirth_ns: int
    ) -> None:
        self._reorder_ns = reorder_ns
        self._rebirth_ns = rebirth_ns
        self._asked: dict[tuple[str, str], dict[str, dict[str, Asked]]] = {}
        self.where: dict[int, SparkplugAddress] = {}
        for parameter, address in enumerate(addresses.parameters):
            self._ask(SparkplugAddress.read(address.address), Asked(parameter=parameter), share)
        for piece in addresses.pieces:
            self._ask(SparkplugAddress.read(piece.address), Asked(place=piece.place), share)
        self._addresses = addresses
        self.batch = Batch(addresses)
        self._health = Health(connection="")
        self._nodes: dict[tuple[str, str], Node] = {}

    @property
    def filters(self) -> tuple[str, ...]:
        """What the broker is asked for: all that our nodes say, and nothing of others."""
        return tuple(f"{NAMESPACE}/{group}/+/{node}{rest}" for group, node in self._asked for rest in ("", "/+"))

    def begin(self, health: Health, now_ns: int, *, patience_ns: int = 0) -> None:
        """Start with nothing known; nodes that do not tell their births by themselves are asked after a while."""
        self.batch = Batch(self._addresses)
        self._health = health
        for (group, name), asked in self._asked.items():
            node = Node(f"{group}/{name}", asked, self.batch, health, self._reorder_ns)
            node.wants_rebirth = True
            node.asked_ns = now_ns - self._rebirth_ns + patience_ns
            self._nodes[group, name] = node
            health.stale.add(node.key)  # until it is born

    def take(self, topic: Topic, payload: bytes, received_ns: int) -> None:
        """One message of a node or device."""
        node = self._nodes.get((topic.group, topic.node))
        if node is None or topic.kind in {"NCMD", "DCMD"}:
            return
        try:
            told = Told(topic.kind, topic.device, Payload.FromString(payload), received_ns)
        except DecodeError:
            self._health.count("malformed")
            return
        node.take(told)

    def pass_time(self, now_ns: int) -> list[tuple[Topic, bytes]]:
        """Give up what did not come in time; gives the commands that are to be sent now."""
        commands = []
        for (group, name), node in self._nodes.items():
            if not node.is_waiting:
                continue
            node.pass_time(now_ns)
            if node.wants_rebirth and now_ns - node.asked_ns >= self._rebirth_ns:
                node.asked_ns = now_ns
                node.wants_rebirth = node.is_doubtful  # else it is asked again when it says something
                self._health.count("rebirths")
                commands.append((Topic(group, name, "", "NCMD"), _rebirth(now_ns)))
        return commands

    def lose(self, now_ns: int) -> None:
        """The line is lost: nothing is live any more."""
        for node in self._nodes.values():
            node.lose(now_ns)

    def born(self, parameter: int) -> tuple[Topic, Metric] | None:
        """Where a parameter is commanded, and the metric as it was born; None while it is not."""
        where = self.where.get(parameter)
        if where is None:
            return None
        node = self._nodes.get((where.group, where.node))
        births: Births | None = None if node is None else node.births.get(where.device)
        metric = None if births is None else births.by_name.get(where.metric)
        kind = "DCMD" if where.device else "NCMD"
        return None if metric is None else (Topic(where.group, where.node, where.device, kind), metric)

    def _ask(self, where: SparkplugAddress, asked: Asked, share: tuple[int, int]) -> None:
        if crc32(f"{where.group}/{where.node}".encode()) % share[1] != share[0] - 1:
            return
        if asked.parameter >= 0:
            self.where[asked.parameter] = where
        devices = self._asked.setdefault((where.group, where.node), {})
        devices.setdefault(where.device, {})[where.metric] = asked


def command(metric: Metric, value: float, now_ns: int) -> bytes:
    """The payload that asks for a value.

    Raises
    ------
    ValueError
        If the metric cannot hold it.
    """
    payload = Payload(timestamp=timestamp_ms(now_ns))
    one = payload.metrics.add()
    if metric.alias is None:
        one.name = metric.name
    else:
        one.alias = metric.alias
    put(one, metric.datatype, value)
    one.timestamp = payload.timestamp
    return bytes(payload.SerializeToString())


def _rebirth(now_ns: int) -> bytes:
    payload = Payload(timestamp=timestamp_ms(now_ns))
    one = payload.metrics.add(name=REBIRTH, timestamp=payload.timestamp)  # by name: it never has an alias
    put(one, Datatype.BOOLEAN, 1.0)
    return bytes(payload.SerializeToString())
