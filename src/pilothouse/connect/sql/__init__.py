"""SQL: rows of another system, such as a laboratory's, polled from any database of SQLAlchemy."""

from pilothouse.connect.sql.kind import KIND

__all__ = ["KIND"]
