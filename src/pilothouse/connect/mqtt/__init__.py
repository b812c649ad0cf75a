"""MQTT: values as JSON documents on topics; ``kind = "mqtt"``."""

from pilothouse.connect.declaration import Connection, by_addresses
from pilothouse.connect.mqtt.settings import MqttSettings, read_settings
from pilothouse.connect.mqtt.source import MqttSource
from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table
from pilothouse.ports import Outlet, Source

__all__ = ["KIND", "MqttKind", "MqttSettings", "MqttSource"]


class MqttKind:
    """Reads connections of this kind and makes their sources."""

    def read(self, table: Table, plant: Plant) -> object:
        """The settings of a ``[[connection]]``."""
        return read_settings(table, plant)

    def share(self, connection: Connection, number: int, of: int) -> Connection:
        """A share of the addresses."""
        return by_addresses(connection, number, of)

    def source(self, connection: Connection) -> Source:
        """What brings its values in."""
        return MqttSource(connection)

    def outlet(self, connection: Connection) -> Outlet | None:  # noqa: ARG002 - the same for every connection
        """None: plain MQTT has no agreed way to write and to see what came of it."""
        return None


KIND = MqttKind()
