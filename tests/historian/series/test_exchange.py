"""Values to and from files: what is exported comes back the same, bad rows are kept aside with reasons."""

from pathlib import Path

import polars as pl
import pytest

from pilothouse.errors import DataError, SourceError
from pilothouse.historian.series.exchange import export_file, import_file
from pilothouse.historian.series.store import SeriesStore
from pilothouse.plant.frame import BAD, UNCERTAIN
from pilothouse.testing.series import batch, everything

from .conftest import COLUMNS, HOUR, hour, second

SPAN = (HOUR, hour(1))
KEYS = ("t", "p", "q")


@pytest.fixture
def filled(opened):
    store = opened()
    store.write([batch(("t", HOUR, 1571.3), ("p", HOUR, float("nan"), BAD), ("q", second(1), 2.0**24 + 1))])
    store.write([batch(("t", second(2), 5.5, UNCERTAIN), ("q", second(2), 7.0), received_ns=200)])
    return store


@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize("ending", ["parquet", "csv", "arrow"])
def test_what_is_exported_comes_back_the_same(filled, tmp_path: Path, ending, long) -> None:
    path = tmp_path / "out" / f"values.{ending}"
    assert export_file(filled, path, KEYS, SPAN, long=long) == (5 if long else 3)
    with SeriesStore(tmp_path / "other", COLUMNS, clock=lambda: HOUR) as other:
        done = import_file(other, path, KEYS, hour(5))
        assert done.rejects.is_empty()
        assert done.new == 5
        assert import_file(other, path, KEYS, hour(5)).repeated == 5
        span = {"start_ns": SPAN[0], "end_ns": SPAN[1]}
        assert other.read(KEYS, **span).equals(filled.read(KEYS, **span))


def test_bad_rows_are_kept_aside_with_reasons(opened, tmp_path: Path) -> None:
    path = tmp_path / "told.csv"
    path.write_text(
        "time,parameter,value,status\n"
        "2026-11-24T10:00:00Z,t,1.5,\n"
        "2026-11-24T11:00:01+01:00,t,2.5,uncertain\n"
        "yesterday,t,1,\n"
        ",t,1,\n"
        "2026-11-24T10:00:02Z,tt,1,\n"
        "2026-11-24T10:00:03Z,t,abc,\n"
        "2026-11-24T10:00:03Z,t,inf,\n"
        "2026-11-24T10:00:04Z,t,1,7\n"
        "2026-11-24T10:00:05Z,t,,\n"
        "2026-11-24T10:00:06Z,t,,bad\n"
    )
    store = opened()
    done = import_file(store, path, KEYS, 500)
    assert (done.values, done.new) == (10, 3)
    assert done.rejects.select("row", "reason").rows() == [
        (3, "expected an instant in time"),
        (4, "expected an instant in time"),
        (5, "the parameter is not declared"),
        (6, "expected a number"),
        (7, "expected a number"),
        (8, "expected a status 0, 1, 2 or good, uncertain, bad"),
        (9, "no value, and its status is not bad"),
    ]
    assert everything(store, "t") == [(HOUR, 500, 1.5), (second(1), 500, 2.5), (second(6), 500, None)]


def test_a_wide_file_from_elsewhere_is_taken(opened, tmp_path: Path) -> None:
    path = tmp_path / "told.csv"
    path.write_text("time,t,p,strange\n2026-11-24 11:00:00,1.5,,3\n2026-11-24 11:00:01,2.5,4,\n")
    store = opened()
    done = import_file(store, path, KEYS, 500, time_zone="Europe/Berlin")
    assert done.rejects.rows() == [(1, "strange", "2026-11-24 11:00:00 3", "the parameter is not declared")]
    assert everything(store, "t", "p") == [(HOUR, 500, 1.5, None), (second(1), 500, 2.5, 4.0)]


def test_a_file_that_is_none_is_refused(opened, tmp_path: Path) -> None:
    store = opened()
    with pytest.raises(SourceError, match=r"\.parquet"):
        import_file(store, tmp_path / "told.xml", KEYS, 0)
    with pytest.raises(SourceError, match=r"\.parquet"):
        export_file(store, tmp_path / "told.xml", KEYS, SPAN)
    with pytest.raises(SourceError, match="cannot be read"):
        import_file(store, tmp_path / "none.parquet", KEYS, 0)
    (tmp_path / "junk.parquet").write_bytes(b"junk")
    with pytest.raises(SourceError, match="cannot be read"):
        import_file(store, tmp_path / "junk.parquet", KEYS, 0)
    pl.DataFrame({"a": [1]}).write_csv(tmp_path / "a.csv")
    with pytest.raises(DataError, match="time_ns or time"):
        import_file(store, tmp_path / "a.csv", KEYS, 0)
    pl.DataFrame({"time": ["2026-11-24"]}).write_csv(tmp_path / "b.csv")
    with pytest.raises(DataError, match="a column a parameter"):
        import_file(store, tmp_path / "b.csv", KEYS, 0)
