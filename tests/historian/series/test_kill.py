"""Killed with SIGKILL while writing, sealing and putting days together: no acknowledged value lost, none doubled."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from pilothouse.clock import NS_PER_DAY, NS_PER_H
from pilothouse.historian.series.store import SeriesStore
from pilothouse.plant.sample import Samples

from .conftest import HOUR

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL")

COLUMNS = {f"p{k}": f"u{k % 3}" for k in range(12)}
STEP = 20 * 60 * 10**9
"""Source time between two writes: an hour is over after three of them, a day after 72."""

WRITER = """
import sys
from pathlib import Path
import numpy as np
from pilothouse.historian.series.store import Keeping, SeriesStore
from pilothouse.plant.sample import Samples
root, start, step = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
columns = {f"p{k}": f"u{k % 3}" for k in range(12)}
now = [start]
with SeriesStore(root, columns, clock=lambda: now[0], keeping=Keeping(lateness_ns=0)) as series:
    newest = series.latest()
    n = int((newest.source_ns.max() - start) // step) + 1 if len(newest) else 0
    sys.stdout.write("open\\n")
    sys.stdout.flush()
    while True:
        now[0] = start + n * step
        series.write([Samples(parameters=tuple(columns), which=np.arange(12, dtype=np.int32),
            source_ns=np.full(12, now[0]), values=n + np.arange(12) / 10, statuses=np.zeros(12, np.uint8),
            received_ns=now[0] + 1)])
        sys.stdout.write(f"{n}\\n")
        sys.stdout.flush()
        series.tend()
        n += 1
"""

# Dies at a call of a function, in the middle of sealing (or of putting days together).
DYING = """
import os, signal, sqlite3, sys
from pathlib import Path
from pilothouse.historian.series.store import Keeping, SeriesStore
from pilothouse.historian.series.catalogue import Catalogue
root, now, name, when, left = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5])
columns = {f"p{k}": f"u{k % 3}" for k in range(12)}
series = SeriesStore(root, columns, clock=lambda: now, keeping=Keeping(lateness_ns=0))
owner, attribute = {"fsync": (os, "fsync"), "rename": (Path, "replace"), "add": (Catalogue, "add"),
                    "let_go": (Catalogue, "let_go"), "unlink": (Path, "unlink"), "sweep": (Catalogue, "sweep")}[name]
real = getattr(owner, attribute)
def deadly(*args, **kwargs):
    global left
    left -= 1
    if left == 0 and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    done = real(*args, **kwargs)
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return done
setattr(owner, attribute, deadly)
series.tend()
"""


def whole(root: Path, acknowledged: int, at_most: int) -> int:
    """How many writes are there, each whole and once."""
    with SeriesStore(root, COLUMNS, clock=lambda: HOUR) as series:
        assert series.verify() == ()
        rows = series.read(list(COLUMNS), start_ns=HOUR, end_ns=2**62)
        count = rows.height
        assert acknowledged <= count <= at_most
        assert rows["time_ns"].to_list() == [HOUR + n * STEP for n in range(count)]
        expected = np.arange(count)[:, None] + np.arange(12) / 10
        assert (rows.select(list(COLUMNS)).to_numpy() == expected).all()
        assert series.info().values == 12 * count
        minutes = series.averages(list(COLUMNS), start_ns=HOUR, end_ns=HOUR + 10**4 * STEP, every_ns=NS_PER_H)
        assert minutes["n"].sum() == 12 * count
        newest = series.latest()
        assert newest.values.tolist() == [count - 1 + k / 10 for k in _order(newest.parameters)]
        known = {p.relative_to(root).as_posix() for p in root.rglob("*.parquet")}
        assert known == {segment.file for segment in series._catalogue.all()}
        assert list(root.rglob("*.tmp")) == []
        assert list(root.rglob("*.orphan")) == []
    return count


def test_killed_at_random_moments(tmp_path: Path) -> None:
    root = tmp_path / "series"
    moments = np.random.default_rng(20_261_125).uniform(0.05, 0.6, size=8)
    acknowledged = 0
    for moment in moments:
        command = [sys.executable, "-c", WRITER, str(root), str(HOUR), str(STEP)]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        time.sleep(moment)
        writer.send_signal(signal.SIGKILL)
        lines = writer.stdout.readlines()
        writer.stdout.close()
        writer.wait()
        # A line may be cut by the kill; only what ends with a newline was acknowledged.
        told = [int(line) + 1 for line in lines if line.endswith("\n")]
        acknowledged = max([acknowledged, *told])
        acknowledged = whole(root, acknowledged, acknowledged + 1)
    assert acknowledged > len(moments)


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Path:
    """Two hours of yesterday that are over, and are sealed where a day is to be put together."""
    root = tmp_path_factory.mktemp("filled")
    for name in ("journal", "hours"):
        with SeriesStore(root / name, COLUMNS, clock=lambda: HOUR) as series:
            for n in range(6):
                series.write(
                    [
                        Samples(
                            parameters=tuple(COLUMNS),
                            which=np.arange(12, dtype=np.int32),
                            source_ns=np.full(12, HOUR + n * STEP),
                            values=n + np.arange(12) / 10,
                            statuses=np.zeros(12, np.uint8),
                            received_ns=HOUR,
                        )
                    ]
                )
            if name == "hours":
                series._sealer().seal_hours(HOUR + NS_PER_DAY)
    return root


@pytest.mark.parametrize(
    ("what", "name", "when", "call"),
    [
        ("journal", "fsync", "before", 1),
        ("journal", "fsync", "after", 2),
        ("journal", "rename", "before", 1),
        ("journal", "rename", "after", 1),
        ("journal", "rename", "after", 4),  # all files of the hour are there, the catalogue says nothing of them
        ("journal", "add", "after", 2),
        ("journal", "add", "after", 4),
        ("journal", "add", "before", 5),  # the first hour is sealed, the second is not
        ("hours", "rename", "after", 1),
        ("hours", "add", "after", 1),
        ("hours", "let_go", "before", 1),
        ("hours", "let_go", "after", 1),
        ("hours", "let_go", "before", 2),
        ("hours", "sweep", "before", 1),  # out of use, and still there
        ("hours", "unlink", "before", 1),
        ("hours", "unlink", "after", 2),
        ("hours", "unlink", "after", 8),
    ],
)
def test_killed_at_each_step(tmp_path: Path, filled: Path, what: str, name: str, when: str, call: int) -> None:
    root = tmp_path / "series"
    shutil.copytree(filled / what, root)
    now = HOUR + 2 * NS_PER_DAY
    # In the journal's case only the hours are to be sealed: the day is over one hour after that.
    now = HOUR + 2 * NS_PER_H if what == "journal" else now
    done = subprocess.run([sys.executable, "-c", DYING, str(root), str(now), name, when, str(call)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert whole(root, 6, 6) == 6
    with SeriesStore(root, COLUMNS, clock=lambda: HOUR + 3 * NS_PER_DAY) as series:
        series.tend()
    assert whole(root, 6, 6) == 6


def _order(parameters: tuple[str, ...]) -> list[int]:
    return [int(key[1:]) for key in parameters]
