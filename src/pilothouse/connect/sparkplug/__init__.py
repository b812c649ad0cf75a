"""Sparkplug B 3.0: the hub as a host application; ``kind = "sparkplug"``."""

from dataclasses import replace
from weakref import WeakValueDictionary

from pilothouse.connect.declaration import Connection
from pilothouse.connect.sparkplug.outlet import SparkplugOutlet
from pilothouse.connect.sparkplug.settings import SparkplugSettings, read_settings
from pilothouse.connect.sparkplug.source import SparkplugSource
from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table
from pilothouse.ports import Outlet, Source

__all__ = ["KIND", "SparkplugKind", "SparkplugOutlet", "SparkplugSettings", "SparkplugSource"]


class SparkplugKind:
    """Reads connections of this kind and makes their sources and outlets.

    An outlet finds the source of its connection here, so that both speak over one line while they run together.
    """

    def __init__(self) -> None:
        self._sources: WeakValueDictionary[tuple[str, str], SparkplugSource] = WeakValueDictionary()

    def read(self, table: Table, plant: Plant) -> object:
        """The settings of a ``[[connection]]``."""
        return read_settings(table, plant)

    def share(self, connection: Connection, number: int, of: int) -> Connection:
        """A share of the edge nodes, under a name of its own: one host's death must not be another's."""
        assert isinstance(connection.settings, SparkplugSettings)
        return replace(connection, settings=connection.settings.shared(number, of))

    def source(self, connection: Connection) -> Source:
        """What brings its values in."""
        made = SparkplugSource(connection)
        self._sources[_name(connection)] = made
        return made

    def outlet(self, connection: Connection) -> Outlet | None:
        """What takes set-points out; None where no address is writable."""
        if not connection.addresses.writable:
            return None
        return SparkplugOutlet(connection, lambda: self._sources.get(_name(connection)))


def _name(connection: Connection) -> tuple[str, str]:
    return connection.key, str(connection.root)


KIND = SparkplugKind()
