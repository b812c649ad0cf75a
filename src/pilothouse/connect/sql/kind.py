"""The kind of connection that polls a database."""

from pilothouse.connect.declaration import Connection
from pilothouse.connect.sql.settings import SqlSettings, read_settings
from pilothouse.connect.sql.source import SqlSource
from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table


class SqlKind:
    """Any database of SQLAlchemy; see :class:`pilothouse.connect.declaration.Kind`."""

    def read(self, table: Table, plant: Plant) -> SqlSettings | None:
        """The settings of a table."""
        return read_settings(table, plant)

    def share(self, connection: Connection, number: int, of: int) -> None:
        """One reader is enough, and two would read all of it twice."""

    def source(self, connection: Connection) -> SqlSource:
        """What polls it."""
        return SqlSource(connection)

    def outlet(self, connection: Connection) -> None:
        """Nothing is written into other systems' tables."""


KIND = SqlKind()
