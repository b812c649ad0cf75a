"""A ledger in each database it can lie in, and what somebody with a SQL shell can do to it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from pilothouse.ledger.sql import Head, SqlLedger
from pilothouse.testing.ledger import draft

FENCE = ("event_no_update", "event_no_delete", "event_no_replace", "head_only_forward", "head_no_delete")


@dataclass(frozen=True, kw_only=True)
class Database:
    """Where a ledger lies."""

    url: str

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    def run(self, *statements: str) -> None:
        """SQL as it is, past the ledger."""
        engine = create_engine(self.url)
        try:
            with engine.begin() as connection:
                for statement in statements:
                    connection.exec_driver_sql(statement)
        finally:
            engine.dispose()

    def tamper(self, *statements: str) -> None:
        """What the owner of the database can do once the fence is taken down."""
        down = [f"DROP TRIGGER {name}" for name in FENCE]
        if not self.is_sqlite:
            down = [f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in ("event", "head")]
        self.run(*down, *statements)

    def verified(self, *noted: Head) -> tuple[str, ...]:
        with SqlLedger(self.url) as ledger:
            return ledger.verify(noted=noted)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path: Path) -> Database:
    """An empty database, of each kind."""
    if request.param == "sqlite":
        return Database(url=f"sqlite:///{tmp_path / 'ledger.db'}")
    make: Callable[[], str] = request.getfixturevalue("new_database")
    return Database(url=make())


@pytest.fixture
def six(database: Database) -> Database:
    """A ledger of six events."""
    with SqlLedger(database.url) as ledger:
        ledger.append([draft(f"p{n}", {"value": n}) for n in range(1, 7)])
    return database
