"""OPC UA as a kind of connection."""

from typing import Final

from pilothouse.connect.declaration import Connection, by_addresses
from pilothouse.connect.opcua.outlet import OpcUaOutlet
from pilothouse.connect.opcua.settings import read_settings
from pilothouse.connect.opcua.source import OpcUaSource
from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table


class OpcUa:
    """See :class:`pilothouse.connect.declaration.Kind`."""

    def read(self, table: Table, plant: Plant) -> object:
        """The settings; faults are noted in the table."""
        del plant  # a NodeId says nothing of the plant
        return read_settings(table)

    def share(self, connection: Connection, number: int, of: int) -> Connection:
        """A share of the addresses."""
        return by_addresses(connection, number, of)

    def source(self, connection: Connection) -> OpcUaSource:
        """What brings the values in."""
        return OpcUaSource(connection)

    def outlet(self, connection: Connection) -> OpcUaOutlet | None:
        """What takes set-points out; None where no address is writable."""
        return OpcUaOutlet(connection) if connection.addresses.writable else None


KIND: Final = OpcUa()
"""The one that is registered as ``opcua``."""
