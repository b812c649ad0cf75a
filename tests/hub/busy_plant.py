"""A process that writes all stores of a plant folder as fast as it can: ``python busy_plant.py DIR``.

Each round writes a segment of the historian, then an event that speaks of it, and a value into a live tier that is
made up: a SQLite journal, frames moved into files, files joined into larger ones and removed. What a tier holds is its
journal's frames and those of the files in its catalogue: all numbers from 0 on, each once.
"""

import json
import os
import sqlite3
import sys
from pathlib import Path

import polars as pl

from pilothouse.decision.event import EventDraft
from pilothouse.historian.parquet import ParquetHistorian
from pilothouse.hub.settings import HubSettings, ledger_url
from pilothouse.ledger.sql import SqlLedger

SEALED_EVERY = 5
JOINED_EVERY = 4


class MadeUpTier:
    """Numbers, in a journal and in files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "sealed").mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(root / "journal.db")
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("CREATE TABLE IF NOT EXISTS frame (n INTEGER PRIMARY KEY)")
        self.db.execute("CREATE TABLE IF NOT EXISTS file (name TEXT PRIMARY KEY)")

    def write(self, n: int) -> None:
        with self.db:
            self.db.execute("INSERT INTO frame VALUES (?)", (n,))
        frames = [row[0] for row in self.db.execute("SELECT n FROM frame ORDER BY n")]
        if len(frames) == SEALED_EVERY:
            self._seal(f"sealed/{frames[0]}.json", frames, ())
            names = [row[0] for row in self.db.execute("SELECT name FROM file WHERE name NOT LIKE 'joined%'")]
            if len(names) == JOINED_EVERY:
                inside = sorted(n for name in names for n in json.loads((self.root / name).read_text()))
                self._seal(f"joined-{inside[0]}.json", inside, names)

    def _seal(self, name: str, numbers: list[int], instead: tuple[str, ...] | list[str]) -> None:
        half = self.root / (name + ".tmp")
        half.write_text(json.dumps(numbers))
        half.rename(self.root / name)
        with self.db:
            self.db.execute("INSERT INTO file VALUES (?)", (name,))
            self.db.executemany("DELETE FROM file WHERE name = ?", [(one,) for one in instead])
            self.db.executemany("DELETE FROM frame WHERE n = ?", [(n,) for n in numbers])
        for one in instead:
            (self.root / one).unlink()


def held(root: Path) -> list[int]:
    """All numbers of a tier, in order."""
    db = sqlite3.connect(root / "journal.db")
    numbers = [row[0] for row in db.execute("SELECT n FROM frame")]
    for (name,) in db.execute("SELECT name FROM file"):
        numbers += json.loads((root / name).read_text())
    db.close()
    return sorted(numbers)


def run(root: Path) -> None:
    """Write until killed; says the number of each round that is stored."""
    tier = MadeUpTier(root / "store" / "series")
    ledger = SqlLedger(ledger_url(HubSettings(), root), wait_s=30.0)
    with ParquetHistorian(root / "store" / "historian") as historian:
        n = len(ledger.read())
        tier_n = len(held(root / "store" / "series"))
        while True:
            for unit in ("a", "b"):
                row = {"piece": "p", "start_ns": n, "end_ns": n, "known_ns": n, "origin": "live", "t": float(n)}
                historian.write(unit, pl.DataFrame({key: [value] for key, value in row.items()}))
            upto = historian.info().sequence
            ledger.append([EventDraft(at_ns=n, kind="proved", subject="s", actor="hub", payload={"upto": upto})])
            for _ in range(3):
                tier.write(tier_n)
                tier_n += 1
            sys.stdout.write(f"{n}\n")
            sys.stdout.flush()
            n += 1


if __name__ == "__main__":
    os.nice(5)
    run(Path(sys.argv[1]))
