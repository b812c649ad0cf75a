"""Frames: what is a parameter in them, and which of its observations are usable."""

import polars as pl
import pytest

from pilothouse.plant.frame import BAD, GOOD, KEY_COLUMNS, UNCERTAIN, observations, parameters_of, status_column

FRAME = pl.DataFrame(
    {
        "piece": ["1", "1", "2", "2"],
        "start_ns": [0, 1, 2, 3],
        "end_ns": [0, 1, 2, 3],
        "known_ns": [5, 6, 7, 8],
        "origin": ["live"] * 4,
        "t": [1.0, 2.0, None, 4.0],
        "t#": pl.Series([GOOD, UNCERTAIN, GOOD, BAD], dtype=pl.UInt8),
        "u": [9.0, None, None, None],
    }
)


def test_parameters_are_the_columns_that_are_neither_key_nor_status() -> None:
    assert parameters_of(FRAME) == ("t", "u")


@pytest.mark.parametrize(("worst", "expected"), [(GOOD, [1.0]), (UNCERTAIN, [1.0, 2.0]), (BAD, [1.0, 2.0, 4.0])])
def test_values_up_to_the_worst_status_are_taken(worst: int, expected: list[float]) -> None:
    assert observations(FRAME, "t", worst_status=worst)["value"].to_list() == expected


def test_a_column_without_status_is_good_and_an_empty_status_too() -> None:
    assert observations(FRAME, "u", worst_status=GOOD)["value"].to_list() == [9.0]
    unknown = FRAME.with_columns(pl.lit(None, dtype=pl.UInt8).alias(status_column("t")))
    assert observations(unknown, "t", worst_status=GOOD).height == 3


def test_a_parameter_that_is_not_there_has_no_observation_but_the_same_columns() -> None:
    nothing = observations(FRAME, "v")
    assert nothing.is_empty()
    assert nothing.schema == observations(FRAME, "t").schema == {**KEY_COLUMNS, "value": pl.Float64}
