"""What only a file can suffer, and what its commits are worth."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pilothouse.errors import StoreCorruptError, StoreError
from pilothouse.ledger.sql import SqlLedger
from pilothouse.testing.ledger import draft


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with SqlLedger(url(tmp_path / "ledger.db")) as ledger:
        ledger.append([draft(f"p{n}", {"value": n}) for n in range(1, 7)])
    return tmp_path / "ledger.db"


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def test_no_database(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("this is a letter, not a database, however long it gets" * 30)
    with pytest.raises(StoreCorruptError, match="damaged"):
        SqlLedger(url(tmp_path / "ledger.db"))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="unable to open"):
        SqlLedger(url(tmp_path / "no" / "ledger.db"))


def test_commits_are_brought_to_the_disk(path: Path) -> None:
    """What SQLite calls FULL is 2; WAL is said by the file itself."""
    with SqlLedger(url(path)) as ledger, ledger._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b[:4096] + os.urandom(len(b) - 4096)])
def test_a_damaged_file_is_named(path: Path, damage: Callable[[bytes], bytes]) -> None:
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(StoreCorruptError, match="damaged"), SqlLedger(url(path)) as ledger:
        ledger.verify()
