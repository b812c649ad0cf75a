"""What a connection of kind ``mqtt`` needs besides, and the kind itself."""

from dataclasses import dataclass, field

from pilothouse.connect.mqtt.broker_table import BrokerSettings, read_broker
from pilothouse.connect.mqtt.document import CODES, TIME_FORMATS, Shape
from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttSettings:
    """What is declared of a connection to JSON topics.

    Parameters
    ----------
    broker
        Where it is.
    plant
        Key of the plant, for the name we go by.
    topics
        What is subscribed to, with wildcards; empty for the topics of the addresses, each by itself.
    shared
        Name of the group of intake workers that share the topics; empty where there is one.
    session_s
        How long the broker keeps what we missed.
    shape
        Of the documents.
    """

    broker: BrokerSettings
    plant: str
    topics: tuple[str, ...] = ()
    shared: str = ""
    session_s: int = 86_400
    shape: Shape = field(default_factory=Shape)

    def client_id(self, connection: str) -> str:
        """The name we go by where none is declared; it stays, so that the broker knows us again."""
        return f"pilothouse-{self.plant}-{connection}"


def read_settings(table: Table, plant: Plant) -> MqttSettings | None:
    """The settings of a ``[[connection]]``; faults are noted there."""
    broker = read_broker(table)
    shared = table.text("shared", default="")
    if any(mark in shared for mark in "/+#"):
        table.fault(f"shared: expected a name, got {shared!r}", "write letters, digits and -", at="shared")
    shape = Shape(
        value=table.text("value", default="value"),
        time=table.text("time", default="timestamp"),
        quality=table.text("quality", default="quality"),
        time_format=table.choice("time_format", TIME_FORMATS, default="iso") or "iso",
        time_zone=plant.time_zone,
        codes=table.choice("quality_codes", CODES, default="opc_da"),
    )
    topics = table.texts("topics", default=())
    keep_h = table.number("keep_h", default=24.0, low=0.0, high=24.0 * 365)
    if broker is None or not table.sound:
        return None
    return MqttSettings(
        broker=broker,
        plant=plant.key,
        topics=topics,
        shared=shared,
        session_s=round(keep_h * 3_600),
        shape=shape,
    )
