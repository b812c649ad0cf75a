"""Numbers as people and machines write them."""

import math
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.connect.files.number import to_numbers


def numbers(cells: list[Any], decimal: str | None = None, missing: tuple[str, ...] = ()) -> list[float | str | None]:
    """The numbers of a column, ``?`` for garbage."""
    found, garbage = to_numbers(pl.DataFrame({"T": cells}, strict=False), ["T"], missing=missing, decimal=decimal)
    bad = garbage.get("T", pl.Series([False] * len(cells)))
    return ["?" if is_bad else value for value, is_bad in zip(found["T"], bad, strict=True)]


@pytest.mark.parametrize(
    ("cells", "decimal", "expected"),
    [
        (["1", "-2.5", "+3", "1e3", " 4 ", ".5", "\u22126"], None, [1, -2.5, 3, 1000, 4, 0.5, -6]),
        (["1571,5", "2", "1.571,5", "1.571"], None, [1571.5, 2, 1571.5, 1571]),
        (["1571,5", "2.5", "3.5"], None, ["?", 2.5, 3.5]),
        (["1,571.5", "1 571.5", "1\u00a0571", "1'571'000"], None, [1571.5, 1571.5, 1571, 1571000]),
        (["1,571", "2,000,000"], ".", [1571, 2000000]),
        (["1,571", "2"], ",", [1.571, 2]),
        (["12.5", "1.571"], ",", [12.5, 1571]),
        (["nan", "inf", "-Infinity", "1e400", "0x10", "1_000", "abc", "#N/A", "1;2", "--1"], None, ["?"] * 10),
        (["", " ", None, "\u00a0"], None, [None] * 4),
    ],
)
def test_ways_to_write_a_number(cells: list[Any], decimal: str | None, expected: list[Any]) -> None:
    assert numbers(cells, decimal) == expected


def test_texts_that_mean_no_value() -> None:
    assert numbers(["-", "NA", " NA ", "-999", "1", "x"], missing=("-", "NA", "-999")) == [
        None,
        None,
        None,
        None,
        1,
        "?",
    ]
    assert numbers([-999.0, 1.0], missing=("NA", "-999")) == [None, 1.0]


def test_columns_that_hold_numbers_already() -> None:
    assert numbers([1, None, 3]) == [1, None, 3]
    assert numbers([1.5, math.nan, math.inf, None]) == [1.5, "?", "?", None]
    assert numbers([True, False, None]) == [1, 0, None]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.none(), max_size=20))
def test_every_float_that_is_written_is_read_to_the_digit(values: list[float | None]) -> None:
    assert numbers([None if value is None else repr(value) for value in values] + ["x"])[:-1] == values
