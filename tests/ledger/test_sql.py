"""The SQL ledger on both its databases: conformance, the fence, tampering that is named, two processes, SIGKILL."""

import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from sqlalchemy.exc import DBAPIError

from pilothouse.decision.event import Event
from pilothouse.errors import ConfigError, StoreCorruptError, StoreError, StoreLockedError
from pilothouse.ledger.sql import Head, SqlLedger
from pilothouse.testing.ledger import LedgerConformance, Opener, draft


class TestConformance(LedgerConformance):
    @pytest.fixture
    def open_ledger(self, database) -> Opener:
        return lambda: SqlLedger(database.url)


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE event SET payload_json = '{}' WHERE seq = 3",
        "DELETE FROM event",
        "DELETE FROM head",
        "UPDATE head SET seq = 5",
        "UPDATE head SET hash = 'f'",
        "UPDATE head SET id = 2",
    ],
)
def test_the_fence_refuses(six, deed: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        six.run(deed)
    assert six.verified() == ()


ONE = "1, 'proposed', 'p', 'hub', '{}', 'a', 'b'"


def test_the_fence_holds_against_each_databases_own_ways_round(six) -> None:
    """SQLite replaces rows without asking who deletes, PostgreSQL empties tables without looking at rows."""
    deeds = [
        "TRUNCATE event",
        "TRUNCATE head",
        "INSERT INTO event VALUES (3, {}) ON CONFLICT (seq) DO UPDATE SET seq = 3",
    ]
    if six.is_sqlite:
        same_hash = "REPLACE INTO event SELECT 9, at_ns, kind, subject, actor, '{}', previous_hash, hash FROM event"
        deeds = ["INSERT OR REPLACE INTO event VALUES (3, {})", same_hash, "REPLACE INTO head VALUES (1, 0, '')"]
        deeds += ["INSERT INTO head VALUES (2, 0, '')"]
    for deed in deeds:
        with pytest.raises(DBAPIError, match="append-only"):
            six.run(deed.replace("{}", ONE) if "VALUES (3" in deed else deed)
    assert six.verified() == ()


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
def test_an_edited_event_is_named(six, column: str, value: str) -> None:
    six.tamper(f"UPDATE event SET {column} = {value} WHERE seq = 3")  # noqa: S608 - here the test is the attacker
    assert six.verified() == ("event 3 was changed: its content does not give its hash",)


def test_deleted_events_are_named(six) -> None:
    six.tamper("DELETE FROM event WHERE seq = 3")
    assert six.verified() == ("event 3 is missing: event 4 comes after 2",)
    six.run("DELETE FROM event WHERE seq IN (1, 2)")
    assert six.verified() == ("events 1 to 3 are missing: event 4 comes after 0",)


def test_deleting_and_closing_the_gap_is_named(six) -> None:
    six.tamper(
        "DELETE FROM event WHERE seq = 3",
        "UPDATE event SET seq = 3 WHERE seq = 4",
        "UPDATE event SET seq = 4 WHERE seq = 5",
        "UPDATE event SET seq = 5 WHERE seq = 6",
    )
    faults = six.verified()
    assert faults[0] == "event 3 was changed: its content does not give its hash"
    assert faults[1] == "event 6 is missing at the end"


def test_two_swapped_events_are_named(six) -> None:
    six.tamper(
        "UPDATE event SET seq = 99 WHERE seq = 2",
        "UPDATE event SET seq = 2 WHERE seq = 4",
        "UPDATE event SET seq = 4 WHERE seq = 99",
    )
    assert six.verified() == ("event 2 was changed: its content does not give its hash",)


def forge(six, seq: int) -> None:
    """Rewrite an event with a hash that fits its new content."""
    with SqlLedger(six.url) as ledger:
        events = ledger.read()
    before = events[seq - 2]
    new = Event.chain(seq, before.hash, draft("forged", {"value": -1}))
    content = f"subject = 'forged', payload_json = '{new.payload_json}', hash = '{new.hash}'"
    six.tamper(f"UPDATE event SET {content} WHERE seq = {seq}")  # noqa: S608 - here the test is the attacker


def test_a_forged_event_breaks_the_next(six) -> None:
    forge(six, 3)
    assert six.verified() == ("event 4 does not follow event 3: one of them was inserted or rewritten",)


def test_a_forged_last_event_disagrees_with_the_head(six) -> None:
    forge(six, 6)
    assert six.verified() == ("event 6, the last, is not what the ledger appended: it was inserted or rewritten",)


def test_a_cut_tail_shows(six) -> None:
    six.tamper("DELETE FROM event WHERE seq > 4")
    assert six.verified() == ("events 5 to 6 are missing at the end",)


def test_a_lost_head_shows_and_stops_appending(six) -> None:
    six.tamper("DELETE FROM head")
    assert six.verified() == ("the head row is missing: a cut tail would not show",)
    with SqlLedger(six.url) as ledger, pytest.raises(StoreCorruptError, match="head row"):
        ledger.append([draft()])


def test_a_tail_cut_together_with_the_head_shows_against_a_noted_head(six) -> None:
    with SqlLedger(six.url) as ledger:
        noted, earlier = ledger.head(), Head(seq=4, hash=ledger.read(4)[0].hash)
    six.tamper(
        "DELETE FROM event WHERE seq > 4",
        "UPDATE head SET seq = 4, hash = (SELECT hash FROM event WHERE seq = 4)",
    )
    assert six.verified() == ()
    assert six.verified(earlier) == ()
    assert six.verified(noted) == ("event 6 is missing",)
    assert six.verified(Head(seq=4, hash="f" * 64)) == (
        "event 4 is not the one that was noted: the chain was rewritten",
    )


def test_a_forger_who_skips_the_head_cannot_have_the_ledger_append_over_it(six) -> None:
    six.tamper("UPDATE head SET seq = 5, hash = (SELECT hash FROM event WHERE seq = 5)")
    with SqlLedger(six.url) as ledger:
        with pytest.raises(StoreLockedError):
            ledger.append([draft()])
        assert len(ledger.read()) == 6


def test_another_writer_that_does_not_let_go_is_named(six) -> None:
    with SqlLedger(six.url) as other, SqlLedger(six.url, wait_s=0.1) as ledger:
        with other._writing.begin() as transaction:
            transaction.exec_driver_sql("UPDATE head SET seq = seq")
            with pytest.raises(StoreLockedError, match="nothing was stored"):
                ledger.append([draft()])
            assert len(ledger.read()) == 6
            transaction.rollback()
        assert ledger.append([draft()])[0].seq == 7


def test_an_uncommitted_batch_is_not_there(six, monkeypatch: pytest.MonkeyPatch) -> None:
    with SqlLedger(six.url) as ledger:
        real = Event.chain
        with monkeypatch.context() as patch:
            # The second of the batch claims a number that is taken.
            patch.setattr(Event, "chain", lambda seq, previous, d: real(seq if seq == 7 else 2, previous, d))
            with pytest.raises(StoreLockedError):
                ledger.append([draft("a"), draft("b")])
        assert len(ledger.read()) == 6
        assert ledger.verify() == ()


@pytest.mark.parametrize("url", ["ledger.db", "mysql://root@host/db", "sqlite"])
def test_no_url(url: str) -> None:
    with pytest.raises(ConfigError, match=r"expected a database URL|SQLite or PostgreSQL"):
        SqlLedger(url)


def test_a_closed_ledger_is_not_used_again(six) -> None:
    ledger = SqlLedger(six.url)
    ledger.close()
    with pytest.raises(StoreError, match="closed"):
        ledger.append([draft()])


def test_opened_to_read_it_stays_as_it_is(database) -> None:
    with pytest.raises(StoreError, match="no ledger here yet"):
        SqlLedger(database.url, read_only=True)
    with SqlLedger(database.url) as ledger:
        ledger.append([draft()])
    with SqlLedger(database.url, read_only=True) as ledger:
        assert len(ledger.read()) == 1
        with pytest.raises(StoreError, match="opened to read"):
            ledger.append([draft()])


WRITER = """
import sys
from pilothouse.decision.event import EventDraft
from pilothouse.ledger.sql import SqlLedger
def draft(subject, payload):
    return EventDraft(at_ns=1, kind="proposed", subject=subject, actor="hub", payload=payload)
with SqlLedger(sys.argv[1], wait_s=30.0) as ledger:
    for n in range(int(sys.argv[2])):
        events = ledger.append([draft("one", {"n": n}), draft("two", {"n": n})])
        sys.stdout.write(f"{events[-1].seq}\\n")
        sys.stdout.flush()
"""


def start(database, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, database.url, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_processes_make_one_chain(database) -> None:
    """They also make the tables at the same time."""
    writers = [start(database, 100) for _ in range(2)]
    told = [[int(line) for line in writer.communicate()[0].split()] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0]
    assert sorted(told[0] + told[1]) == list(range(2, 402, 2))
    assert database.verified() == ()


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_killed_at_random_moments(database) -> None:
    moments = np.random.default_rng(20_190_503).uniform(0.0, 0.15, size=5)
    acknowledged = 0
    for moment in moments:
        writer = start(database, 1_000_000)
        assert writer.stdout is not None
        lines = [writer.stdout.readline()]
        time.sleep(moment)
        writer.send_signal(signal.SIGKILL)
        lines += writer.stdout.readlines()
        writer.stdout.close()
        assert writer.wait() == -signal.SIGKILL
        acknowledged = max(acknowledged, *(int(line) for line in lines if re.fullmatch(r"\d+\n", line)))
        with SqlLedger(database.url) as ledger:
            events = ledger.read()
            assert ledger.verify() == ()
            assert len(events) >= acknowledged
            assert [event.subject for event in events] == ["one", "two"] * (len(events) // 2)
    assert acknowledged > 2 * len(moments)
