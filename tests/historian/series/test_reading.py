"""Readings: trends keep what stands out, averages leave bad values out, samples find what stood beside them."""

import numpy as np
import polars as pl
import pytest

from pilothouse.clock import NS_PER_H, NS_PER_MIN, NS_PER_S
from pilothouse.historian.series.trend import thinned
from pilothouse.plant.frame import BAD, UNCERTAIN
from pilothouse.testing.series import batch

from .conftest import HOUR, hour, second

SPAN = {"start_ns": HOUR, "end_ns": HOUR + NS_PER_H}


def line(store, values, statuses=None, key="t") -> None:
    told = statuses or [0] * len(values)
    rows = [(key, second(k), value, told[k]) for k, value in enumerate(values)]
    store.write([batch(*rows, received_ns=hour(1))])


def test_a_trend_keeps_extremes_and_statuses(opened) -> None:
    store = opened()
    rng = np.random.default_rng(2)
    values = rng.normal(size=3000).tolist()
    statuses = [0] * 3000
    values[777], values[1234], values[2000] = 50.0, -50.0, float("nan")
    statuses[2000], statuses[2500] = BAD, UNCERTAIN
    line(store, values, statuses)
    drawn = store.trend("t", points=100, **SPAN)
    assert drawn.height <= 100
    assert drawn["time_ns"].is_sorted()
    assert (drawn["value"].max(), drawn["value"].min()) == (50.0, -50.0)
    marked = drawn.filter(pl.col("status") > 0)
    assert marked.rows() == [(second(2000), None, BAD), (second(2500), values[2500], UNCERTAIN)]


def test_a_short_trend_is_whole(opened) -> None:
    store = opened()
    line(store, [1.0, 2.0, 3.0])
    assert store.trend("t", points=100, **SPAN)["value"].to_list() == [1.0, 2.0, 3.0]
    assert store.trend("p", points=100, **SPAN).height == 0
    with pytest.raises(ValueError, match="at least 8 points"):
        store.trend("t", points=3, **SPAN)


def test_many_bad_stretches_leave_room_for_the_line() -> None:
    statuses = (np.arange(10_000) % 3 == 0).astype(np.uint8)
    keep = thinned(np.arange(10_000), np.sin(np.arange(10_000.0)), statuses, 200)
    assert len(keep) <= 200
    assert (np.diff(keep) > 0).all()


@pytest.mark.parametrize("sealed", [False, True])
def test_averages_leave_bad_values_out(opened, clock, sealed) -> None:
    store = opened()
    line(store, [1.0, 3.0, 99.0, float("nan")], [0, UNCERTAIN, BAD, BAD])
    line(store, [float("nan")], [BAD], key="p")
    store.write([batch(("t", HOUR + NS_PER_MIN, 6.0))])
    if sealed:
        clock.now = hour(1)
        store.tend()
    minutes = store.minutes(["t", "p"], **SPAN)
    assert minutes.rows() == [
        ("t", HOUR, 2.0, 1.0, 3.0, 2, 3.0),
        ("t", HOUR + NS_PER_MIN, 6.0, 6.0, 6.0, 1, 6.0),
    ]
    assert store.averages(["t"], **SPAN).rows() == [("t", HOUR, 10 / 3, 1.0, 6.0, 3, 6.0)]
    assert store.averages(["q"], **SPAN).height == 0
    with pytest.raises(ValueError, match="whole minutes"):
        store.averages(["t"], every_ns=NS_PER_S, **SPAN)


@pytest.mark.parametrize("sealed", [False, True])
def test_late_values_are_in_the_averages_at_once(opened, clock, sealed) -> None:
    store = opened()
    line(store, [1.0, 3.0])
    clock.now = hour(1)
    store.tend()
    store.write([batch(("t", second(5), 8.0))])
    if sealed:
        store._sealer().seal_hours(clock.now, late_too=True)
    assert store.averages(["t"], **SPAN).select("mean", "n", "last").rows() == [(4.0, 3, 8.0)]


@pytest.mark.parametrize("sealed", [False, True])
def test_a_sample_finds_what_stood_beside_it(opened, clock, sealed) -> None:
    store = opened()
    line(store, [1.0, 2.0, 3.0])
    store.write([batch(("p", second(1), 7.0), ("q", second(0), 5.0), ("q", second(2), float("nan"), BAD))])
    if sealed:
        clock.now = hour(1)
        store.tend()
    times = [second(1) + 5, second(0) - 1, second(2), second(2) + 2 * NS_PER_H]
    found = store.beside(times, ["q", "t", "p"])
    assert found.columns == ["time_ns", "q", "q#", "t", "p"]
    assert found.rows() == [
        (times[0], 5.0, 0, 2.0, 7.0),
        (times[1], None, None, None, None),
        (times[2], None, BAD, 3.0, 7.0),
        (times[3], None, None, None, None),
    ]
    assert store.beside([second(2)], ["t"], as_of_ns=0)["t"].to_list() == [None]
    assert store.beside([], ["t"]).height == 0


def test_a_late_value_stands_beside_a_sample_too(opened, clock) -> None:
    store = opened()
    line(store, [1.0] * 10)
    clock.now = hour(1)
    store.tend()
    store.write([batch(("t", second(3) + 500, 9.0), ("t", second(5), 4.0), received_ns=hour(2))])
    found = store.beside([second(3) + 600, second(5), second(6)], ["t"])
    assert found["t"].to_list() == [9.0, 4.0, 1.0]
