"""A parameter added, renamed, moved, told in another unit: history is not rewritten, and read as of today."""

import pytest

from pilothouse.clock import NS_PER_DAY
from pilothouse.errors import UnitMismatchError, UnknownParameterError
from pilothouse.historian.series.column import Column
from pilothouse.testing.series import batch, everything

from .conftest import HOUR, hour, second

OLD = {"t": Column(place="u", unit="degC", kind="temperature"), "p": Column(place="u", unit="kW", kind="power")}
NEW = {
    "temperature": Column(place="u", unit="K", kind="temperature", formerly=("t",)),
    "p": Column(place="u", unit="MW", kind="power"),
    "flow": Column(place="u", unit="m3/h", kind="flow"),
}


@pytest.mark.parametrize("sealed", ["journal", "hour", "day"])
def test_history_is_read_under_the_present_key_in_the_present_unit(opened, clock, sealed) -> None:
    store = opened(OLD)
    store.write([batch(("t", HOUR, 20.0), ("p", HOUR, 500.0))])
    store.close()
    store = opened(NEW)
    newest = store.latest()
    assert (newest.parameters, newest.values.tolist()) == (("p", "temperature"), [0.5, 293.15])
    assert store.write([batch(("temperature", HOUR, 293.15))]).repeated == 1
    store.write([batch(("temperature", second(1), 300.0), ("flow", second(1), 7.0), ("p", second(1), 0.25))])
    clock.now = {"journal": HOUR, "hour": hour(1), "day": HOUR + 2 * NS_PER_DAY}[sealed]
    store.tend()
    assert everything(store, "temperature", "p", "flow") == [
        (HOUR, 100, 293.15, 0.5, None),
        (second(1), 100, 300.0, 0.25, 7.0),
    ]
    average = store.averages(["p", "temperature"], start_ns=HOUR, end_ns=hour(1))
    assert average.select("parameter", "mean", "max", "n").rows() == [
        ("p", 0.375, 0.5, 2),
        ("temperature", 296.575, 300.0, 2),
    ]
    store.close()
    assert opened(NEW).latest().values.tolist() == [7.0, 0.25, 300.0]


def test_the_same_columns_make_no_new_layout(opened) -> None:
    for _ in range(3):
        store = opened(OLD)
        store.close()
    store = opened(NEW)
    assert sorted(store._catalogue.layouts) == [1, 2]


def test_a_unit_that_cannot_be_brought_to_the_present_one_is_refused(opened) -> None:
    store = opened(OLD)
    store.write([batch(("p", HOUR, 500.0))])
    store.close()
    with pytest.raises(UnitMismatchError, match="stands in 'kW'"):
        opened({**OLD, "p": Column(place="u", unit="bar", kind="pressure")})


def test_a_parameter_that_moved_to_another_place_keeps_its_history(opened, clock) -> None:
    store = opened({"t": "u", "p": "u"})
    store.write([batch(("t", HOUR, 1.0), ("p", HOUR, 2.0))])
    store.close()
    store = opened({"t": "w", "p": "u"})
    assert store.latest().values.tolist() == [2.0, 1.0]
    store.write([batch(("t", second(1), 3.0))])
    clock.now = hour(1)
    store.tend()
    assert [row[2] for row in everything(store, "t")] == [1.0, 3.0]


def test_what_is_no_longer_declared_is_still_read(opened) -> None:
    store = opened(OLD)
    store.write([batch(("t", HOUR, 20.0))])
    store.close()
    store = opened({"p": OLD["p"]})
    assert everything(store, "t") == [(HOUR, 100, 20.0)]
    with pytest.raises(UnknownParameterError):
        store.write([batch(("t", second(1), 20.0))])


def test_a_late_value_of_a_new_layout_does_not_hide_the_old_ones_minutes(opened, clock) -> None:
    store = opened(OLD)
    store.write([batch(("t", HOUR, 20.0), ("t", second(1), 22.0), ("p", HOUR, 500.0))])
    clock.now = hour(1)
    store.tend()
    store.close()
    wider = {**OLD, "flow": NEW["flow"]}
    for columns, key, late in ((wider, "t", 24.0), (NEW | {"flow": NEW["flow"]}, "temperature", 299.15)):
        store = opened(columns)
        store.write([batch((key, second(int(late)), late), received_ns=hour(1))])
        for _ in range(2):
            (row,) = store.averages([key], start_ns=HOUR, end_ns=hour(1)).rows(named=True)
            told = store.read([key], start_ns=HOUR, end_ns=hour(1))[key]
            assert (row["n"], row["min"], row["max"]) == (len(told), told.min(), told.max())
            assert row["mean"] == pytest.approx(told.mean(), rel=1e-12)
            store._sealer().seal_hours(clock.now, late_too=True)
        store.close()
