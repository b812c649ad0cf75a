"""What is kept in float32 comes back to the last bit, and what would not is kept in float64."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.historian.series.segment import file_name, in_float32, restored


@settings(deadline=None)
@given(values=st.lists(st.one_of(st.none(), st.floats(allow_nan=False)), max_size=30), hint=st.integers(0, 6))
def test_nothing_is_lost(values, hint) -> None:
    told = pl.Series("t", values, dtype=pl.Float64)
    kept, decimals = in_float32(told, hint)
    assert restored(kept, decimals).to_list() == told.to_list()


@settings(deadline=None)
@given(values=st.lists(st.integers(-99_999, 99_999), min_size=1, max_size=30), decimals=st.integers(0, 4))
def test_what_instruments_give_fits_float32(values, decimals) -> None:
    told = pl.Series("t", [v / 10**decimals for v in values])
    kept, restoring = in_float32(told)
    assert kept.dtype == pl.Float32
    assert restored(kept, restoring).to_list() == told.to_list()


@pytest.mark.parametrize("value", [2.0**24 + 1, 123_456_789.25, 0.1 + 0.2, 1e300, 1e-42])
def test_what_does_not_fit_is_kept_in_float64(value) -> None:
    kept, _ = in_float32(pl.Series("t", [value, 1.0]))
    assert kept.dtype == pl.Float64
    assert kept[0] == value


def test_a_day_is_named_without_its_hour() -> None:
    assert file_name("minutes", "", 0, 86_400_000_000_000, 12) == "minutes/1970-01-01-000012.parquet"
