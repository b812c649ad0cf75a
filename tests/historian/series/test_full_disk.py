"""A full disk: a write fails whole and says what to do; what was acknowledged is safe; with room it goes on."""

import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pilothouse.clock import NS_PER_H
from pilothouse.errors import StoreError
from pilothouse.historian.series.store import Keeping, SeriesStore
from pilothouse.testing.series import batch, everything

from .conftest import HOUR, hour

COLUMNS = {f"p{k}": "u" for k in range(8)}


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB in memory."""
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    libc = ctypes.CDLL(None, use_errno=True)
    place = tmp_path / "small"
    place.mkdir()
    if libc.mount(b"none", os.fsencode(place), b"tmpfs", 0, b"size=2m") != 0:
        pytest.skip(f"a small file system cannot be mounted here: {os.strerror(ctypes.get_errno())}")
    yield place
    libc.umount2(os.fsencode(place), 2)


def told(n: int) -> list[tuple[str, int, float]]:
    rng = np.random.default_rng(n)
    return [(key, HOUR + n * 10**9 + i, float(rng.random())) for key in COLUMNS for i in range(100)]


def write_until_refused(series: SeriesStore) -> None:
    for n in range(10_000):
        series.write([batch(*told(n))])


def fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def test_a_write_on_a_full_disk_fails_whole_and_goes_on_with_room(small: Path) -> None:
    ballast = small / "ballast"
    ballast.write_bytes(bytes(600_000))
    with SeriesStore(small / "series", COLUMNS, clock=lambda: HOUR) as series:
        with pytest.raises(StoreError, match="nothing was changed") as refused:
            write_until_refused(series)
        n = series.info().values // 800
        assert "make room" in str(refused.value.hint)
        expected = sorted({at for k in range(n) for _, at, _ in told(k)})
        assert n > 10
        assert [row[0] for row in everything(series, "p0")] == expected
        assert series.latest().source_ns.max() == expected[-1]
        with pytest.raises(StoreError):
            series.write([batch(*told(n))])
        ballast.unlink()
        assert series.write([batch(*told(n))]).new == 800
        assert series.write([batch(*told(n))]).repeated == 800
    with SeriesStore(small / "series", COLUMNS, clock=lambda: HOUR) as series:
        assert series.verify() == ()
        assert len(everything(series, "p3")) == len(expected) + 100
        assert series.info().values == 8 * (len(expected) + 100)


def test_sealing_on_a_full_disk_changes_nothing_and_is_done_later(small: Path) -> None:
    now = [HOUR]
    with SeriesStore(small / "series", COLUMNS, clock=lambda: now[0], keeping=Keeping(lateness_ns=0)) as series:
        for n in range(30):
            series.write([batch(*told(n))])
        before = everything(series, *COLUMNS)
        ballast = small / "ballast"
        with pytest.raises(OSError, match="space"):
            fill(ballast)
        now[0] = hour(1) + NS_PER_H
        with pytest.raises(StoreError, match="disk refused") as refused:
            series.tend()
        assert "make room" in str(refused.value.hint)
        assert everything(series, *COLUMNS) == before
        assert list(small.rglob("*.tmp")) == []
        ballast.unlink()
        assert series.tend().hours == 1
        assert everything(series, *COLUMNS) == before
        assert series.verify() == ()
