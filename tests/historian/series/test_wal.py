"""A damaged end of the journal's log: the store opens, loses only what was damaged, and says so."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from pilothouse.historian.series.store import SeriesStore
from pilothouse.historian.series.wal import damage
from pilothouse.testing.series import batch, everything

from .conftest import HOUR, second

WRITES = 40


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """A store whose process died with all writes in the log: a copy of the open files."""
    store = SeriesStore(tmp_path / "open", {"t": "u"}, clock=lambda: HOUR)
    for k in range(WRITES):
        store.write([batch(*(("t", second(k) + i, float(k)) for i in range(40)))])
    shutil.copytree(tmp_path / "open", tmp_path / "left")
    store.close()
    return tmp_path / "left"


def cut(log: bytearray, rng) -> bytearray:
    return log[: len(log) - 3000]


def randomised(log: bytearray, rng) -> bytearray:
    log[-3000:] = rng.bytes(3000)
    return log


def zeroed(log: bytearray, rng) -> bytearray:
    log[-3000:] = bytes(3000)
    return log


def overwritten(log: bytearray, rng) -> bytearray:
    log[-30_000:] = rng.bytes(30_000)
    return log


def zeroed_frames(log: bytearray, rng) -> bytearray:
    log[-(4096 + 24) * 3 :] = bytes((4096 + 24) * 3)
    return log


@pytest.mark.parametrize("harm", [cut, randomised, zeroed, overwritten, zeroed_frames])
def test_only_the_damaged_end_is_lost_and_it_is_said(left: Path, harm) -> None:
    log = left / "journal.db-wal"
    log.write_bytes(harm(bytearray(log.read_bytes()), np.random.default_rng(5)))
    with SeriesStore(left, {"t": "u"}, clock=lambda: HOUR) as store:
        told = everything(store, "t")
        writes = len(told) // 40
        assert 0 < WRITES - writes <= 12
        assert told == [(second(k) + i, 100, float(k)) for k in range(writes) for i in range(40)]
        assert store.latest().values.tolist() == [float(writes - 1)]
        (note,) = store.notes()
        assert "bytes were dropped" in note
        assert store.verify() == (note,)
        store.write([batch(("t", second(WRITES), 1.0))])
    with SeriesStore(left, {"t": "u"}, clock=lambda: HOUR) as store:
        assert store.notes() == (note,), "said once, and kept"
        assert len(everything(store, "t")) == len(told) + 1


def test_without_its_header_the_log_is_lost_and_it_is_said(left: Path) -> None:
    log = left / "journal.db-wal"
    log.write_bytes(bytes(32) + log.read_bytes()[32:])
    assert "since the last checkpoint" in str(damage(log))
    log.write_bytes(b"short")
    with SeriesStore(left, {"t": "u"}, clock=lambda: HOUR) as store:
        assert "since the last checkpoint" in store.notes()[0]


def test_a_log_in_order_says_nothing(left: Path, tmp_path: Path) -> None:
    assert damage(left / "journal.db-wal") is None
    assert damage(tmp_path / "none") is None
    (tmp_path / "empty").write_bytes(b"")
    assert damage(tmp_path / "empty") is None
    with SeriesStore(left, {"t": "u"}, clock=lambda: HOUR) as store:
        assert store.notes() == ()
        assert len(everything(store, "t")) == WRITES * 40


def test_frames_of_an_older_round_are_no_damage(tmp_path: Path) -> None:
    store = SeriesStore(tmp_path / "series", {"t": "u"}, clock=lambda: HOUR)
    for k in range(30):
        store.write([batch(*(("t", second(k) + i, float(k)) for i in range(400)))])
    for _ in range(3):
        store._database.connection.execute("PRAGMA wal_checkpoint(RESTART)")
        store.write([batch(("t", second(100 + _), 1.0))])
    log = tmp_path / "series" / "journal.db-wal"
    assert log.stat().st_size > 50_000
    assert damage(log) is None
    store.close()
