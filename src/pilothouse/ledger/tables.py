"""The ledger's tables, and the fence around them.

``event`` is append-only. ``head`` has one row, the number and hash of the last event: whoever appends takes hold
of that row first, so that two writers wait for each other on any database, and a tail that is cut off shows.
"""

from typing import Final

from sqlalchemy import DDL, BigInteger, Column, Integer, MetaData, String, Table, Text, event

SCHEMA: Final = 1
"""Version of the tables; a ledger of a newer one is refused."""

METADATA: Final = MetaData()

EVENT: Final = Table(
    "event",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at_ns", BigInteger, nullable=False),
    Column("kind", String(64), nullable=False, index=True),
    Column("subject", String(256), nullable=False, index=True),
    Column("actor", String(256), nullable=False),
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

for _deed in ("UPDATE", "DELETE"):
    event.listen(
        EVENT,
        "after_create",
        DDL(  # type: ignore[no-untyped-call]
            f"CREATE TRIGGER event_no_{_deed.lower()} BEFORE {_deed} ON event "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        ).execute_if(dialect="sqlite"),
    )
