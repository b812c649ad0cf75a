"""Sealing: hours, late values, days, retention; nothing is in two places, nothing in none."""

import threading

import numpy as np
import polars as pl
import pytest

from pilothouse.clock import NS_PER_DAY, NS_PER_H, NS_PER_MIN, NS_PER_S
from pilothouse.errors import StoreCorruptError
from pilothouse.historian.series.store import Keeping
from pilothouse.testing.series import batch, everything

from .conftest import HOUR, hour, second


def files(store) -> list[str]:
    return sorted(p.relative_to(store._root).as_posix() for p in store._root.rglob("*.parquet"))


def fill(store, start=HOUR, seconds=60, every=NS_PER_MIN) -> None:
    for k in range(seconds):
        at = start + k * every
        store.write(
            [batch(("t", at, round(0.1 * k, 1)), ("p", at, float(k)), ("q", at, 2.0**24 + k), received_ns=at + 1)]
        )


def test_an_hour_is_sealed_when_it_is_over_by_the_lateness(opened, clock) -> None:
    store = opened(keeping=Keeping(lateness_ns=5 * NS_PER_MIN))
    fill(store)
    told = everything(store, "t", "p", "q")
    clock.now = hour(1) + 5 * NS_PER_MIN - 1
    assert store.tend().hours == 0
    clock.now += 1
    assert store.tend().hours == 1
    assert files(store) == [
        "hours/2026-11-24T10-000004.parquet",
        "minutes/2026-11-24T10-000003.parquet",
        "values/u/2026-11-24T10-000001.parquet",
        "values/v/2026-11-24T10-000002.parquet",
    ]
    assert store._journal.entries == {}
    assert everything(store, "t", "p", "q") == told
    assert store.verify() == ()


def test_what_is_sealed_is_small_where_nothing_is_lost(opened, clock) -> None:
    store = opened()
    fill(store)
    clock.now = hour(1)
    store.tend()
    u = pl.read_parquet_schema(store._root / "values/u/2026-11-24T10-000001.parquet")
    v = pl.read_parquet_schema(store._root / "values/v/2026-11-24T10-000002.parquet")
    assert (u["t"], u["p"], v["q"]) == (pl.Float32, pl.Float32, pl.Float64)
    assert store.read(["t"], start_ns=HOUR, end_ns=hour(1))["t"].to_list() == [round(0.1 * k, 1) for k in range(60)]


def test_late_values_wait_for_the_next_hour_and_are_merged_at_the_days_end(opened, clock) -> None:
    store = opened()
    fill(store)
    clock.now = hour(1)
    store.tend()
    late = second(90)
    store.write([batch(("t", late, 7.0), received_ns=clock.now)])
    assert store.tend().hours == 0
    assert late in [row[0] for row in everything(store, "t")]
    fill(store, hour(1))
    clock.now = hour(2)
    assert store.tend().hours == 2
    assert sum("values/u/2026-11-24T10" in name for name in files(store)) == 2
    told, average = everything(store, "t", "p", "q"), store.minutes(["t"], start_ns=HOUR, end_ns=hour(2))
    assert average.filter(pl.col("time_ns") == second(60))["n"].to_list() == [2]
    clock.now = HOUR // NS_PER_DAY * NS_PER_DAY + NS_PER_DAY + NS_PER_H
    assert store.tend().days == 1
    assert [name.rsplit("-", 1)[0] for name in files(store)] == [
        "hours/2026-11-24",
        "minutes/2026-11-24",
        "values/u/2026-11-24",
        "values/v/2026-11-24",
    ]
    assert everything(store, "t", "p", "q") == told
    assert store.minutes(["t"], start_ns=HOUR, end_ns=hour(2)).equals(average)
    store.write([batch(("t", late, 8.0), received_ns=clock.now)])
    assert store.tend().days == 0
    assert store._sealer().seal_hours(clock.now, late_too=True) == 1
    assert store.tend().days == 1
    assert len(files(store)) == 4
    assert (late, clock.now, 8.0) in everything(store, "t")
    assert (late, hour(1), 7.0) in everything(store, "t", as_of_ns=clock.now - 1)
    assert store.minutes(["t"], start_ns=second(60), end_ns=second(120))["max"].to_list() == [8.0]


def test_whole_segments_are_let_go_after_their_days(opened, clock) -> None:
    store = opened(keeping=Keeping(lateness_ns=0, raw_days=1, minutes_days=3))
    fill(store)
    fill(store, HOUR + NS_PER_DAY)
    clock.now = HOUR + NS_PER_DAY + 2 * NS_PER_H
    done = store.tend()
    assert (done.days, done.retired) == (1, 0)
    clock.now = HOUR // NS_PER_DAY * NS_PER_DAY + 2 * NS_PER_DAY
    assert store.tend().retired == 2
    assert everything(store, "t")[0][0] == HOUR + NS_PER_DAY
    assert store.averages(["t"], start_ns=HOUR, end_ns=hour(1))["n"].to_list() == [60]
    info = store.info()
    assert (info.raw_days, info.minutes_days, info.first_ns) == (1, 3, HOUR + NS_PER_DAY)
    clock.now += 9 * NS_PER_DAY
    store.tend()
    assert files(store) == []
    assert store.info().values == 0
    assert store.latest().values.tolist() == [59.0, 5.9, 2.0**24 + 59]


def test_what_is_newest_survives_sealing_and_silence(opened, clock) -> None:
    store = opened()
    store.write([batch(("t", HOUR, 1.5), ("q", HOUR, float("nan"), 2))])
    clock.now = hour(1)
    store.tend()
    store.close()
    store = opened()
    newest = store.latest()
    assert (newest.parameters, newest.source_ns.tolist(), newest.statuses.tolist()) == (
        ("t", "q"),
        [HOUR, HOUR],
        [0, 2],
    )


def test_a_damaged_segment_is_named_and_never_served(opened, clock) -> None:
    store = opened()
    fill(store)
    clock.now = hour(1)
    store.tend()
    path = store._root / "values/u/2026-11-24T10-000001.parquet"
    store.close()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    store = opened()
    with pytest.raises(StoreCorruptError, match="not what was sealed"):
        store.read(["t"], start_ns=HOUR, end_ns=hour(1))
    assert len(everything(store, "q")) == 60
    assert len(store.verify()) == 1
    path.unlink()
    with pytest.raises(StoreCorruptError, match="cannot be read"):
        store.read(["t"], start_ns=HOUR, end_ns=hour(1))


def test_a_file_that_is_in_no_catalogue_is_cleared_or_set_aside(opened, clock) -> None:
    store = opened()
    fill(store)
    clock.now = hour(1)
    store.tend()
    root = store._root
    store.close()
    held = root / "values/u/2026-11-24T10-000001.parquet"
    (root / "values/u/2026-11-24T10-000099.parquet").write_bytes(held.read_bytes())
    (root / "values/u/2026-11-24T10-000098.tmp").write_bytes(b"half")
    store = opened()
    assert len(files(store)) == 4
    assert list(root.rglob("*.tmp")) == []
    assert store.notes() == ()
    store._database.connection.execute("DELETE FROM segments WHERE place = 'u'")
    store.close()
    store = opened()
    assert [p.name for p in root.rglob("*.orphan")] == ["2026-11-24T10-000001.orphan"]
    assert "set aside" in store.verify()[0]


def test_many_late_values_do_not_wait(opened, clock, monkeypatch) -> None:
    monkeypatch.setattr("pilothouse.historian.series.sealing.MANY_LATE", 50)
    store = opened()
    fill(store)
    clock.now = hour(1)
    store.tend()
    fill(store, hour(-5))
    assert store.tend().hours == 1


def test_reading_goes_on_while_days_are_put_together(opened, clock) -> None:
    store = opened()
    for k in range(6):
        fill(store, hour(k - 8))
    clock.now = hour(0)
    store.tend()
    told, wrong, stop = everything(store, "t", "q"), [], threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                if everything(store, "t", "q") != told:
                    wrong.append("other")
            except Exception as error:  # noqa: BLE001
                wrong.append(error)

    reader = threading.Thread(target=ask)
    reader.start()
    clock.now += NS_PER_DAY
    assert store.tend().days == 1
    store.write([batch(("p", clock.now, 1.0))])
    stop.set()
    reader.join()
    assert wrong == []


def test_unaligned_times_of_every_parameter_come_back(opened, clock) -> None:
    store = opened()
    rng = np.random.default_rng(3)
    rows = [(key, int(HOUR + rng.integers(0, NS_PER_H)), float(k)) for k in range(200) for key in "tp"]
    for at in range(0, len(rows), 16):
        store.write([batch(*rows[at : at + 16], received_ns=hour(1) + at)])
    told = everything(store, "t", "p")
    assert len(told) == len({at for _, at, _ in rows})
    clock.now = hour(1) + NS_PER_S
    store.tend()
    assert everything(store, "t", "p") == told
