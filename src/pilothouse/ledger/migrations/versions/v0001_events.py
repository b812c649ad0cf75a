"""Events, their head, and the version of the tables; on SQLite events cannot be updated or deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

GENESIS = "0" * 64


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "event",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at_ns", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False, index=True),
        sa.Column("subject", sa.String(256), nullable=False, index=True),
        sa.Column("actor", sa.String(256), nullable=False),
        sa.Column("payload_json", sa.Text, nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
    )
    head = op.create_table(
        "head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    version = op.create_table("ledger_schema", sa.Column("version", sa.Integer, primary_key=True, autoincrement=False))
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": GENESIS}])
    op.bulk_insert(version, [{"version": 1}])
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER event_no_{deed.lower()} BEFORE {deed} ON event "
                "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
            )
