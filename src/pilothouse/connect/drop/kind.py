"""The kind of connection that watches a folder."""

from pilothouse.connect.declaration import Connection
from pilothouse.connect.drop.settings import DropSettings, read_settings
from pilothouse.connect.drop.source import DropSource
from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table


class DropKind:
    """A folder in which files are left; see :class:`pilothouse.connect.declaration.Kind`."""

    def read(self, table: Table, plant: Plant) -> DropSettings | None:
        """The settings of a table."""
        return read_settings(table, plant)

    def share(self, connection: Connection, number: int, of: int) -> None:
        """One reader is enough, and two would read all of it twice."""

    def source(self, connection: Connection) -> DropSource:
        """What watches it."""
        return DropSource(connection)

    def outlet(self, connection: Connection) -> None:
        """Nothing is written into a folder."""


KIND = DropKind()
