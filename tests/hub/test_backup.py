"""Backups of a plant folder that is being written, and what is restored from them."""

import importlib.util
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from pilothouse.clock import NS_PER_MIN
from pilothouse.errors import (
    ConfigError,
    SchemaDriftError,
    StoreCorruptError,
    StoreError,
    StoreLockedError,
    StoreMovedError,
)
from pilothouse.historian.lock import WriterLock
from pilothouse.historian.parquet import ParquetHistorian
from pilothouse.historian.series.store import SeriesStore
from pilothouse.hub.backup import back_up
from pilothouse.hub.hub import Hub
from pilothouse.hub.manifest import MANIFEST, Manifest
from pilothouse.hub.restore import restore
from pilothouse.hub.settings import ledger_url
from pilothouse.hub.workspace import create_workspace, open_workspace
from pilothouse.ledger.sql import SqlLedger
from pilothouse.plant.sample import Samples
from pilothouse.testing.ledger import draft

WRITER = Path(__file__).with_name("busy_plant.py")


def held(tier: Path) -> list[int]:
    spec = importlib.util.spec_from_file_location("busy_plant", WRITER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.held(tier)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A plant folder with something in every store."""
    root = create_workspace(tmp_path / "lf", "ladle-furnace")
    (root / "store" / "models" / "final" / "v1").mkdir(parents=True)
    (root / "store" / "models" / "final" / "v1" / "model.json").write_text("{}")
    (root / "store" / "models" / "final" / "v2.tmp").mkdir()
    (root / "store" / "models" / "final" / "v2.tmp" / "half.json").write_text("{")
    (root / "notes").mkdir()
    (root / "notes" / "shift.txt").write_text("all quiet")
    (root / "rejects").mkdir()
    (root / "rejects" / "old.csv").write_text("x")
    return root


@contextmanager
def busy(root: Path, rounds: int = 5):
    """A process that writes the folder; it has written some rounds when the block begins, and is killed at its end."""
    writer = subprocess.Popen([sys.executable, str(WRITER), str(root)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    try:
        for _ in range(rounds):
            assert writer.stdout.readline(), "the writer died"
        yield writer
    finally:
        writer.kill()
        writer.stdout.close()
        writer.wait()


def made(root: Path, target: Path) -> Manifest:
    return back_up(open_workspace(root), target, at_ns=7)


def check_restored(root: Path, manifest: Manifest) -> None:
    """Everything the ledger speaks of is there, and the tier holds each of its numbers once."""
    with Hub.open(root) as hub:
        events = hub.ledger.read()
        assert hub.ledger.verify() == ()
        assert (len(events), events[-1].hash) == (manifest.events, manifest.head)
        assert events[-1].payload["upto"] <= hub.historian.info().sequence == manifest.sequence
        assert hub.historian.verify() == ()
    numbers = held(root / "store" / "series")
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= 3 * (len(events) - 1)


def test_while_another_process_writes(root: Path, tmp_path: Path) -> None:
    with busy(root) as writer:
        manifests = [made(root, tmp_path / f"backup-{n}") for n in range(3)]
        assert writer.poll() is None
    assert manifests[0].events < manifests[1].events < manifests[2].events
    for n, manifest in enumerate(manifests):
        restored = tmp_path / f"restored-{n}"
        assert restore(tmp_path / f"backup-{n}", restored) == manifest
        check_restored(restored, manifest)
        assert (restored / "notes" / "shift.txt").read_text() == "all quiet"
        assert (restored / "store" / "models" / "final" / "v1" / "model.json").exists()
        assert not (restored / "store" / "models" / "final" / "v2.tmp").exists()
        assert not (restored / "rejects").exists()
        assert not list(tmp_path.glob("*.partial"))


def test_a_restored_folder_goes_on(root: Path, tmp_path: Path) -> None:
    with busy(root):
        made(root, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again")
    with busy(tmp_path / "again"):
        pass
    with Hub.open(tmp_path / "again") as hub:
        assert hub.ledger.verify() == ()
        assert hub.historian.verify() == ()


def test_a_writer_killed_in_the_middle_of_a_backup(root: Path, tmp_path: Path, monkeypatch) -> None:
    with busy(root) as writer:
        real = shutil.copyfile

        def killing(*given):
            writer.send_signal(signal.SIGKILL)
            return real(*given)

        monkeypatch.setattr(shutil, "copyfile", killing)
        manifest = made(root, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again")
    check_restored(tmp_path / "again", manifest)


BACKUP = "import sys; from pilothouse.cli import main; main(['backup', sys.argv[1], sys.argv[2], '--json'])"


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_backup_killed_in_the_middle_is_none_and_the_next_is_whole(root: Path, tmp_path: Path) -> None:
    with busy(root, rounds=30):
        for moment in np.random.default_rng(3).uniform(0.0, 0.3, size=3):
            running = subprocess.Popen([sys.executable, "-c", BACKUP, root, tmp_path / "backup"])
            until = time.monotonic() + 30.0
            while not (tmp_path / "backup.partial").exists() and running.poll() is None:
                assert time.monotonic() < until
                time.sleep(0.005)
            time.sleep(moment)
            running.kill()
            if running.wait() == 0:
                shutil.rmtree(tmp_path / "backup")  # it was faster
        assert not (tmp_path / "backup").exists()
        manifest = made(root, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again")
    check_restored(tmp_path / "again", manifest)


def test_the_live_tier_while_it_is_written_and_tended(root: Path, tmp_path: Path) -> None:
    """Hours sealed, days put together and files removed meanwhile: the copy holds each value up to one, once."""
    clock = [0]
    columns = {"speed": "caster"}
    stop, last = threading.Event(), [0]

    def write(series: SeriesStore) -> None:
        while not stop.is_set():
            n = last[0] + 1
            batch = Samples(
                parameters=("speed",),
                which=np.zeros(1, np.int32),
                source_ns=np.array([n * 10 * NS_PER_MIN]),
                values=np.array([float(n)]),
                statuses=np.zeros(1, np.uint8),
                received_ns=n * 10 * NS_PER_MIN,
            )
            series.write([batch])
            clock[0], last[0] = n * 10 * NS_PER_MIN, n
            if n % 20 == 0:
                series.tend()

    def numbers(store: Path) -> list[float]:
        with SeriesStore(store, columns, read_only=True) as series:
            assert series.verify() == ()
            return series.read(["speed"], start_ns=0, end_ns=2**62)["speed"].to_list()

    with SeriesStore(root / "store" / "series", columns, clock=lambda: clock[0]) as series:
        writer = threading.Thread(target=write, args=(series,))
        writer.start()
        try:
            before = []
            for n in range(4):
                before.append(last[0])
                made(root, tmp_path / f"backup-{n}")
        finally:
            stop.set()
            writer.join()
    for n, at_least in enumerate(before):
        restore(tmp_path / f"backup-{n}", tmp_path / f"again-{n}")
        told = numbers(tmp_path / f"again-{n}" / "store" / "series")
        assert told == [float(k) for k in range(1, len(told) + 1)]
        assert len(told) >= at_least
    assert list((root / "store" / "series").rglob("*.parquet")), "nothing was sealed meanwhile"


# ---- What is refused ----------------------------------------------------------------------------------------------


@pytest.fixture
def backup(root: Path, tmp_path: Path) -> Path:
    """A backup of a small folder."""
    with Hub.open(root) as hub:
        hub.ledger.append([draft("a"), draft("b")])
    made(root, tmp_path / "backup")
    return tmp_path / "backup"


def test_nothing_is_overwritten(root: Path, backup: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for taken in (backup, tmp_path / "file"):
        with pytest.raises(ConfigError, match=r"not empty|a file"):
            made(root, taken)
        with pytest.raises(ConfigError, match=r"not empty|a file|inside the backup"):
            restore(backup, taken)
    with pytest.raises(ConfigError, match="not empty"):
        restore(backup, root)
    (tmp_path / "empty").mkdir()
    assert restore(backup, tmp_path / "empty").events == 2


def test_places_inside_are_refused(root: Path, backup: Path) -> None:
    with pytest.raises(ConfigError, match="inside the plant folder"):
        made(root, root / "backup")
    with pytest.raises(ConfigError, match="inside the backup"):
        restore(backup, backup / "again")


def test_two_backups_to_one_target_do_not_mix(root: Path, tmp_path: Path) -> None:
    (tmp_path / "backup.partial").mkdir()
    with WriterLock(tmp_path / "backup.partial"), pytest.raises(StoreLockedError):
        made(root, tmp_path / "backup")


@pytest.mark.parametrize("which", ["store/ledger.db", "plant/plant.toml", "store/models/final/v1/model.json"])
@pytest.mark.parametrize("deed", ["change", "cut", "remove", "add"])
def test_a_damaged_backup_is_refused_and_nothing_is_left(backup: Path, tmp_path: Path, which: str, deed: str) -> None:
    path = backup / which
    content = path.read_bytes()
    if deed == "change":
        path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    elif deed == "cut":
        path.write_bytes(content[:-1])
    elif deed == "remove":
        path.unlink()
    else:
        path.with_name("more").write_bytes(content)
    with pytest.raises(StoreCorruptError, match="the backup is damaged"):
        restore(backup, tmp_path / "again")
    assert not (tmp_path / "again").exists()
    assert not (tmp_path / "again.partial").exists()


def test_what_is_no_backup(backup: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="expected a backup"):
        restore(tmp_path, tmp_path / "again")
    said = json.loads((backup / MANIFEST).read_text())
    (backup / MANIFEST).write_text(json.dumps({**said, "schema": 2}))
    with pytest.raises(SchemaDriftError, match="layout 1 or older, got 2"):
        restore(backup, tmp_path / "again")
    for text in ("{", "[]", '{"schema": 1}', json.dumps({**said, "files": [{"path": "x"}]})):
        (backup / MANIFEST).write_text(text)
        with pytest.raises(StoreCorruptError, match="manifest"):
            restore(backup, tmp_path / "again")


def test_a_folder_without_stores_is_backed_up_too(tmp_path: Path) -> None:
    root = create_workspace(tmp_path / "lf", "ladle-furnace")
    manifest = made(root, tmp_path / "backup")
    assert (manifest.events, manifest.sequence, manifest.ledger) == (0, 0, "")
    restore(tmp_path / "backup", tmp_path / "again")
    assert open_workspace(tmp_path / "again").plant == open_workspace(root).plant


def test_a_ledger_that_was_tampered_with_is_copied_and_told(root: Path, tmp_path: Path) -> None:
    with Hub.open(root) as hub:
        hub.ledger.append([draft("a"), draft("b")])

    with sqlite3.connect(root / "store" / "ledger.db") as raw:
        raw.execute("DROP TRIGGER event_no_update")
        raw.execute("UPDATE event SET actor = 'nobody' WHERE seq = 1")
    raw.close()
    manifest = made(root, tmp_path / "backup")
    assert manifest.faults == ("event 1 was changed: its content does not give its hash",)
    with pytest.raises(StoreCorruptError, match="event 1 was changed"):
        restore(tmp_path / "backup", tmp_path / "again")


# ---- PostgreSQL ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["sqlite", "postgresql"])
@pytest.mark.parametrize("end", ["sqlite", "postgresql"])
def test_from_one_database_to_another(root: Path, tmp_path: Path, request, monkeypatch, start: str, end: str) -> None:
    def use(kind: str) -> None:
        url = request.getfixturevalue("new_database")() if kind == "postgresql" else ""
        monkeypatch.setenv("PILOTHOUSE_LEDGER", url)

    use(start)
    with busy(root):
        manifest = made(root, tmp_path / "backup")
    assert manifest.ledger == ("store/ledger.db" if start == "sqlite" else "store/ledger.jsonl")
    use(end)
    restore(tmp_path / "backup", tmp_path / "again")
    check_restored(tmp_path / "again", manifest)
    assert (tmp_path / "again" / "store" / "ledger.db").exists() == (end == "sqlite")


def test_a_server_with_other_events_is_not_overwritten(backup: Path, tmp_path: Path, new_database, monkeypatch) -> None:
    url = new_database()
    monkeypatch.setenv("PILOTHOUSE_LEDGER", url)
    restore(backup, tmp_path / "one")
    restore(backup, tmp_path / "other")  # the same events, as after one that broke off at the end
    with SqlLedger(url) as ledger:
        assert len(ledger.read()) == 2
        ledger.append([draft("c")])
    with pytest.raises(StoreMovedError, match="expected an empty ledger, got one of 3 events"):
        restore(backup, tmp_path / "third")
    assert not (tmp_path / "third").exists()


def test_a_restored_ledger_file_has_nothing_beside_it(backup: Path, tmp_path: Path) -> None:
    restore(backup, tmp_path / "again")
    assert sorted(path.name for path in (tmp_path / "again" / "store").glob("ledger*")) == ["ledger.db"]
    assert ledger_url(open_workspace(tmp_path / "again").settings, tmp_path / "again").database
    with ParquetHistorian(tmp_path / "again" / "store" / "historian") as historian:
        assert historian.info().sequence == 0
