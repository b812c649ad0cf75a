"""Killed with SIGKILL at random moments and at each step of a write: nothing acknowledged lost, nothing half seen."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from pilothouse.historian.parquet import ParquetHistorian

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL")

ROWS = 40

WRITER = """
import sys
from pathlib import Path
from pilothouse.historian.parquet import ParquetHistorian
from pilothouse.testing.historian import rows
with ParquetHistorian(Path(sys.argv[1])) as historian:
    n = historian.info().sequence // 2
    while True:
        frame = rows(*({"piece": f"h{n}", "start_ns": k, "end_ns": k, "t": float(n * k)} for k in range(40)))
        historian.write("one", frame)
        historian.write("two", frame)
        sys.stdout.write(f"{n}\\n")
        sys.stdout.flush()
        n += 1
"""

# Dies at the n-th call of the named function of `os`, in the middle of the second write.
DYING_WRITER = """
import os, signal, sys
from pathlib import Path
from pilothouse.historian.parquet import ParquetHistorian
from pilothouse.testing.historian import origins, rows
historian = ParquetHistorian(Path(sys.argv[1]))
historian.write("one", rows({"t": 1.0}))
name, when, left = sys.argv[2], sys.argv[3], int(sys.argv[4])
real = getattr(os, name)
def deadly(*args, **kwargs):
    global left
    left -= 1
    if left == 0 and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    done = real(*args, **kwargs)
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return done
setattr(os, name, deadly)
if sys.argv[5] == "values":
    historian.write("two", rows({"t": 2.0}))
else:
    historian.write_genealogy(origins(("c", "a", 0.0, 1.0, 5), ("d", "a", 1.0, 2.0, 5)))
"""


def test_killed_at_random_moments(tmp_path: Path) -> None:
    moments = np.random.default_rng(20_190_503).uniform(0.0, 0.15, size=6)
    acknowledged = -1
    for moment in moments:
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(moment)
        writer.send_signal(signal.SIGKILL)
        lines = [first, *writer.stdout.readlines()]
        writer.stdout.close()
        writer.wait()
        assert first
        # A line may be cut by the kill; only what ends with a newline was acknowledged.
        acknowledged = max(acknowledged, *(int(line) for line in lines if line.endswith("\n")))
        with ParquetHistorian(tmp_path) as historian:
            assert historian.verify() == ()
            assert list(tmp_path.rglob("*.tmp")) == []
            for unit, frame in historian.scan(["t"]).items():
                heights = dict(frame.group_by("piece").len().rows())
                assert set(heights.values()) == {ROWS}, unit
                assert set(heights) >= {f"h{n}" for n in range(acknowledged + 1)}, unit
                expected = frame["piece"].str.strip_prefix("h").cast(int) * frame["start_ns"]
                assert frame["t"].to_list() == expected.to_list()
    assert acknowledged > len(moments)


@pytest.mark.parametrize("what", ["values", "origins"])
@pytest.mark.parametrize(
    ("name", "when", "call", "whole"),
    [
        ("mkdir", "before", 1, False),
        ("mkdir", "after", 1, False),
        ("fsync", "before", 2, False),  # the draft is written, not brought to the disk
        ("fsync", "after", 2, False),
        ("replace", "before", 1, False),
        ("replace", "after", 1, True),  # the commit
        ("fsync", "before", 3, True),
        ("fsync", "after", 3, True),
    ],
)
def test_killed_at_each_step(tmp_path: Path, name: str, when: str, call: int, whole: bool, what: str) -> None:
    command = [sys.executable, "-c", DYING_WRITER, str(tmp_path), name, when, str(call), what]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    with ParquetHistorian(tmp_path) as historian:
        found = {unit: frame["t"].to_list() for unit, frame in historian.scan(["t"]).items()}
        assert found == {"one": [1.0]} | ({"two": [2.0]} if whole and what == "values" else {})
        assert historian.genealogy()["child"].to_list() == (["c", "d"] if whole and what == "origins" else [])
        assert historian.verify() == ()
        assert historian.info().sequence == (2 if whole else 1)
    assert list(tmp_path.rglob("*.tmp")) == []
