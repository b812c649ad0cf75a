"""The SQL ledger: conformance, the fence, tampering that is named, two processes, SIGKILL."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from pilothouse.decision.event import Event
from pilothouse.errors import ConfigError, SchemaDriftError, StoreCorruptError, StoreError, StoreLockedError
from pilothouse.ledger.sql import Head, SqlLedger
from pilothouse.testing.ledger import LedgerConformance, Opener, draft


def url(path: Path) -> str:
    return f"sqlite:///{path}"


class TestConformance(LedgerConformance):
    @pytest.fixture
    def open_ledger(self, tmp_path: Path) -> Opener:
        return lambda: SqlLedger(url(tmp_path / "ledger.db"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger of six events."""
    with SqlLedger(url(tmp_path / "ledger.db")) as ledger:
        ledger.append([draft(f"p{n}", {"value": n}) for n in range(1, 7)])
    return tmp_path / "ledger.db"


def tamper(path: Path, *statements: str) -> None:
    """What somebody with a SQL shell can do, once the fence is taken down."""
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("DROP TRIGGER event_no_update")
        raw.execute("DROP TRIGGER event_no_delete")
        for statement in statements:
            raw.execute(statement)


def verified(path: Path, *noted: Head) -> tuple[str, ...]:
    with SqlLedger(url(path)) as ledger:
        return ledger.verify(noted=noted)


@pytest.mark.parametrize("deed", ["UPDATE event SET payload_json = '{}' WHERE seq = 3", "DELETE FROM event"])
def test_the_fence_refuses(path: Path, deed: str) -> None:
    with closing(sqlite3.connect(path)) as raw, pytest.raises(sqlite3.IntegrityError, match="append-only"), raw:
        raw.execute(deed)
    assert verified(path) == ()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("payload_json", "'{\"value\":33}'"),
        ("actor", "'somebody'"),
        ("at_ns", "1"),
        ("subject", "'p9'"),
        ("kind", "'decided'"),
        ("hash", f"'{'0' * 63}1'"),
    ],
)
def test_an_edited_event_is_named(path: Path, column: str, value: str) -> None:
    tamper(path, f"UPDATE event SET {column} = {value} WHERE seq = 3")  # noqa: S608 - here the test is the attacker
    assert verified(path) == ("event 3 was changed: its content does not give its hash",)


def test_a_deleted_event_is_named(path: Path) -> None:
    tamper(path, "DELETE FROM event WHERE seq = 3")
    assert verified(path) == ("event 3 is missing: event 4 comes after 2",)


def test_several_deleted_events_are_named(path: Path) -> None:
    tamper(path, "DELETE FROM event WHERE seq IN (1, 2, 3)")
    assert verified(path) == ("events 1 to 3 are missing: event 4 comes after 0",)


def test_deleting_and_closing_the_gap_is_named(path: Path) -> None:
    tamper(
        path,
        "DELETE FROM event WHERE seq = 3",
        "UPDATE event SET seq = 3 WHERE seq = 4",
        "UPDATE event SET seq = 4 WHERE seq = 5",
        "UPDATE event SET seq = 5 WHERE seq = 6",
    )
    faults = verified(path)
    assert faults[0] == "event 3 was changed: its content does not give its hash"
    assert faults[1] == "event 6 is missing at the end"


def test_two_swapped_events_are_named(path: Path) -> None:
    tamper(
        path,
        "UPDATE event SET seq = 99 WHERE seq = 2",
        "UPDATE event SET seq = 2 WHERE seq = 4",
        "UPDATE event SET seq = 4 WHERE seq = 99",
    )
    assert verified(path) == ("event 2 was changed: its content does not give its hash",)


def forge(path: Path, seq: int) -> None:
    """Rewrite an event with a hash that fits its new content."""
    with SqlLedger(url(path)) as ledger:
        events = ledger.read()
    before = events[seq - 2]
    new = Event.chain(seq, before.hash, draft("forged", {"value": -1}))
    content = f"subject = 'forged', payload_json = '{new.payload_json}', hash = '{new.hash}'"
    tamper(path, f"UPDATE event SET {content} WHERE seq = {seq}")  # noqa: S608 - here the test is the attacker


def test_a_forged_event_breaks_the_next(path: Path) -> None:
    forge(path, 3)
    assert verified(path) == ("event 4 does not follow event 3: one of them was inserted or rewritten",)


def test_a_forged_last_event_disagrees_with_the_head(path: Path) -> None:
    forge(path, 6)
    assert verified(path) == ("event 6, the last, is not what the ledger appended: it was inserted or rewritten",)


def test_a_cut_tail_shows(path: Path) -> None:
    tamper(path, "DELETE FROM event WHERE seq > 4")
    assert verified(path) == ("events 5 to 6 are missing at the end",)


def test_a_lost_head_shows_and_stops_appending(path: Path) -> None:
    tamper(path, "DELETE FROM head")
    assert verified(path) == ("the head row is missing: a cut tail would not show",)
    with SqlLedger(url(path)) as ledger, pytest.raises(StoreCorruptError, match="head row"):
        ledger.append([draft()])


def test_a_tail_cut_together_with_the_head_shows_against_a_noted_head(path: Path) -> None:
    with SqlLedger(url(path)) as ledger:
        noted, earlier = ledger.head(), Head(seq=4, hash=ledger.read(4)[0].hash)
    tamper(
        path,
        "DELETE FROM event WHERE seq > 4",
        "UPDATE head SET seq = 4, hash = (SELECT hash FROM event WHERE seq = 4)",
    )
    assert verified(path) == ()
    assert verified(path, earlier) == ()
    assert verified(path, noted) == ("event 6 is missing",)
    assert verified(path, Head(seq=4, hash="f" * 64)) == (
        "event 4 is not the one that was noted: the chain was rewritten",
    )


def test_a_forger_who_skips_the_head_cannot_have_the_ledger_append_over_it(path: Path) -> None:
    tamper(path, "UPDATE head SET seq = 5, hash = (SELECT hash FROM event WHERE seq = 5)")
    with SqlLedger(url(path)) as ledger:
        with pytest.raises(StoreLockedError):
            ledger.append([draft()])
        assert len(ledger.read()) == 6


def test_another_writer_that_does_not_let_go_is_named(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other, SqlLedger(url(path), wait_s=0.1) as ledger:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLockedError, match="nothing was stored"):
            ledger.append([draft()])
        assert len(ledger.read()) == 6
        other.rollback()
        assert ledger.append([draft()])[0].seq == 7


def test_an_uncommitted_batch_is_not_there(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SqlLedger(url(path)) as ledger:
        real = Event.chain
        with monkeypatch.context() as patch:
            # The second of the batch claims a number that is taken.
            patch.setattr(Event, "chain", lambda seq, previous, d: real(seq if seq == 7 else 2, previous, d))
            with pytest.raises(StoreLockedError):
                ledger.append([draft("a"), draft("b")])
        assert len(ledger.read()) == 6
        assert ledger.verify() == ()


def test_no_database(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("this is a letter, not a database, however long it gets" * 30)
    with pytest.raises(StoreCorruptError, match="damaged"):
        SqlLedger(url(tmp_path / "ledger.db"))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="unable to open"):
        SqlLedger(url(tmp_path / "no" / "ledger.db"))


def test_no_url() -> None:
    with pytest.raises(ConfigError, match="expected a database URL"):
        SqlLedger("ledger.db")


def test_a_newer_ledger_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE ledger_schema SET version = 2")
    with pytest.raises(SchemaDriftError, match="expected ledger schema 1 or older, got 2"):
        SqlLedger(url(path))


def test_a_closed_ledger_is_not_used_again(path: Path) -> None:
    ledger = SqlLedger(url(path))
    ledger.close()
    with pytest.raises(StoreError, match="closed"):
        ledger.append([draft()])


def test_commits_are_brought_to_the_disk(path: Path) -> None:
    """What SQLite calls FULL is 2; WAL is said by the file itself."""
    with SqlLedger(url(path)) as ledger, ledger._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


WRITER = """
import sys
from pilothouse.ledger.sql import SqlLedger
from pilothouse.testing.ledger import draft
with SqlLedger(sys.argv[1], wait_s=30.0) as ledger:
    for n in range(int(sys.argv[2])):
        events = ledger.append([draft("one", {"n": n}), draft("two", {"n": n})])
        sys.stdout.write(f"{events[-1].seq}\\n")
        sys.stdout.flush()
"""


def start(path: Path, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, url(path), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_processes_make_one_chain(tmp_path: Path) -> None:
    writers = [start(tmp_path / "ledger.db", 100) for _ in range(2)]
    told = [[int(line) for line in writer.communicate()[0].split()] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0]
    assert sorted(told[0] + told[1]) == list(range(2, 402, 2))
    assert verified(tmp_path / "ledger.db") == ()


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_killed_at_random_moments(tmp_path: Path) -> None:
    moments = np.random.default_rng(20_190_503).uniform(0.0, 0.15, size=5)
    acknowledged = 0
    for moment in moments:
        writer = start(tmp_path / "ledger.db", 1_000_000)
        assert writer.stdout is not None
        lines = [writer.stdout.readline()]
        time.sleep(moment)
        writer.send_signal(signal.SIGKILL)
        lines += writer.stdout.readlines()
        writer.stdout.close()
        assert writer.wait() == -signal.SIGKILL
        acknowledged = max(acknowledged, *(int(line) for line in lines if re.fullmatch(r"\d+\n", line)))
        with SqlLedger(url(tmp_path / "ledger.db")) as ledger:
            events = ledger.read()
            assert ledger.verify() == ()
            assert len(events) >= acknowledged
            assert [event.subject for event in events] == ["one", "two"] * (len(events) // 2)
    assert acknowledged > 2 * len(moments)


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b[:4096] + os.urandom(len(b) - 4096)])
def test_a_damaged_file_is_named(path: Path, damage: Callable[[bytes], bytes]) -> None:
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(StoreCorruptError, match="damaged"), SqlLedger(url(path)) as ledger:
        ledger.verify()
