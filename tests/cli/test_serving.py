"""`serve` and `status` as a plant's IT would use them: a real process, signals, a crash."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pilothouse.clock import now_ns, stopwatch_s
from pilothouse.historian.parquet import ParquetHistorian
from pilothouse.hub.status import read_status

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

PLANT = """
schema = 1
[plant]
key = "works"
name = "Works"
time_zone = "UTC"
currency = "EUR"
[[equipment]]
key = "lf1"
level = "work_unit"
name = "Ladle furnace"
[[connection]]
key = "lab"
kind = "sql"
url = "sqlite:///{database}"
table = "results"
time = "at"
watermark = "id"
piece = "heat"
name = "test"
value = "result"
poll_s = 0.05
addresses = "lab.csv"
"""


class Works:
    """A plant folder, its laboratory's database, and a hub beside it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.process: subprocess.Popen[str] | None = None
        database = root / "lims.db"
        (root / "plant.toml").write_text(PLANT.format(database=database))
        (root / "parameters.csv").write_text(
            "key,name,kind,unit,role,equipment\ncarbon,Carbon,fraction,%,laboratory,lf1\n"
        )
        (root / "lab.csv").write_text("address,parameter\nC,carbon\n")
        self.database = sqlite3.connect(database)
        self.database.execute("create table results (id integer, heat text, test text, result text, at text)")
        self.results = 0

    def tests(self, count: int) -> None:
        for _ in range(count):
            self.results += 1
            row = (self.results, f"h{self.results}", "C", "0.04", f"2026-01-01T00:{self.results % 60:02d}:00")
            self.database.execute("insert into results values (?, ?, ?, ?, ?)", row)
        self.database.commit()

    def start(self) -> None:
        command = [sys.executable, "-m", "pilothouse", "serve", str(self.root)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.until(lambda: self.status()["running"])

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        assert self.process is not None
        self.process.send_signal(number)
        _, told = self.process.communicate(timeout=60)
        return self.process.returncode, told

    def status(self) -> dict:
        """As the file says it; the command that shows it is asked once."""
        told = read_status(self.root / "store" / "status.json")
        if told is None:
            return {"running": False}
        said = {"running": told.is_running(now_ns()), "faults": list(told.faults)}
        return said | {"intake": dict(told.intake), "connections": list(told.connections)}

    def shown(self) -> tuple[int, dict]:
        command = [sys.executable, "-m", "pilothouse", "status", str(self.root), "--json"]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        return run.returncode, json.loads(run.stdout)

    def until(self, so: Callable[[], object]) -> None:
        began_s = stopwatch_s()
        while not so():
            assert self.process is None or self.process.poll() is None, self.process.communicate()
            assert stopwatch_s() - began_s < 90, self.status()
            time.sleep(0.1)

    def heats(self) -> list[str]:
        with ParquetHistorian(self.root / "store" / "historian", read_only=True) as historian:
            frames = historian.scan(["carbon"])
        return sorted(piece for frame in frames.values() for piece in frame["piece"].to_list())


@pytest.fixture
def works(tmp_path: Path) -> Iterator[Works]:
    one = Works(tmp_path)
    yield one
    one.database.close()
    if one.process is not None and one.process.poll() is None:
        one.process.kill()
        one.process.communicate()


def test_a_hub_serves_says_how_it_does_and_ends_clean(works: Works) -> None:
    works.tests(3)
    works.start()
    works.until(lambda: works.status()["intake"]["observed"] == 3)
    code, shown = works.shown()
    assert (code, shown["running"], shown["faults"]) == (0, True, [])
    code, told = works.end()
    assert code == 0
    assert "the hub serves plant='works'" in told
    assert "the hub has stopped" in told
    assert works.heats() == ["h1", "h2", "h3"]
    assert works.status()["connections"][0]["state"] == "stopped"
    assert works.shown()[0] == 1


def test_people_work_beside_a_serving_hub(works: Works) -> None:
    works.start()
    command = [sys.executable, "-m", "pilothouse", "ledger", "verify", str(works.root), "--json"]
    beside = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (beside.returncode, json.loads(beside.stdout)["ok"]) == (0, True)
    command = [sys.executable, "-m", "pilothouse", "import", str(works.root), str(works.root)]
    written = subprocess.run(command, capture_output=True, text=True, check=False)
    assert written.returncode in (3, 7)


def test_two_hubs_on_one_folder_are_refused(works: Works) -> None:
    works.start()
    command = [sys.executable, "-m", "pilothouse", "serve", str(works.root)]
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert second.returncode == 7
    assert "another process writes this store" in second.stderr


def test_a_killed_hub_goes_on_where_it_was(works: Works) -> None:
    works.tests(20)
    works.start()
    works.until(lambda: works.status()["intake"]["new"] == 20)
    works.end(signal.SIGKILL)
    works.tests(20)
    time.sleep(6)  # so long may a hub that is gone look as if it ran
    assert works.status()["running"] is False
    works.start()
    works.until(lambda: len(works.heats()) == 40)
    assert works.heats() == sorted(f"h{k}" for k in range(1, 41))
