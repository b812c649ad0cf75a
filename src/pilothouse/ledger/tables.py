"""The ledger's tables as they are today; how older ones become these is in :mod:`pilothouse.ledger.schema`.

``event`` is append-only. ``head`` has one row, the number and hash of the last event: whoever appends takes hold
of that row first, so that two writers wait for each other on any database, and a tail that is cut off shows.
``ledger_schema`` has one row, the version of the tables, which every Pilothouse looks at before anything else.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table, Text

SCHEMA: Final = 2
"""Version of the tables: the number of the newest migration. A ledger of a newer one is refused."""

LONGEST: Final = {"kind": 64, "subject": 256, "actor": 256}
"""Letters that these columns hold."""

METADATA: Final = MetaData()

EVENT: Final = Table(
    "event",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at_ns", BigInteger, nullable=False),
    Column("kind", String(LONGEST["kind"]), nullable=False, index=True),
    Column("subject", String(LONGEST["subject"]), nullable=False, index=True),
    Column("actor", String(LONGEST["actor"]), nullable=False),
    Column("payload_json", Text, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
)

HEAD: Final = Table(
    "head",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)

VERSION: Final = Table(
    "ledger_schema",
    METADATA,
    Column("version", Integer, primary_key=True, autoincrement=False),
)

MIGRATION: Final = "ledger_migration"
"""The table in which alembic notes where it is."""
