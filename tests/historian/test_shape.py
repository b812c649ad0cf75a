"""The gate: each way in which a frame is none is refused with its reason."""

import polars as pl
import pytest

from pilothouse.errors import DataError, SchemaDriftError
from pilothouse.historian.shape import in_shape
from pilothouse.plant.frame import BAD
from pilothouse.testing.historian import rows

good = rows({"t": 1.0, "t#": 0})


def test_integers_are_numbers_too() -> None:
    assert in_shape("u", rows({"t": 1.0}).with_columns(pl.col("t").cast(pl.Int32)))["t"].dtype == pl.Float64


def test_all_good_statuses_are_left_out() -> None:
    assert "t#" not in in_shape("u", good).columns


def test_not_a_number_is_a_bad_nothing() -> None:
    shaped = in_shape("u", rows({"t": float("nan")}, {"t": 2.0, "t#": 1}))
    assert shaped.select("t", "t#").rows() == [(None, BAD), (2.0, 1)]


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (good.drop("piece"), "piece missing"),
        (good.drop("t"), "'t#' stands without its parameter"),
        (good.with_columns(t=pl.lit("warm")), "column 't': expected Float64, got String"),
        (good.with_columns(start_ns=pl.lit(0.5)), "start_ns"),
        (good.with_columns(piece=pl.lit(17)), "column 'piece': expected String"),
        (good.with_columns(pl.lit(300).alias("t#")), "does not fit"),
        (good.rename({"t": "a#b", "t#": "a#b#"}), "'a#b' cannot name a parameter"),
    ],
)
def test_a_frame_of_another_shape_is_refused(frame: pl.DataFrame, reason: str) -> None:
    with pytest.raises(SchemaDriftError, match=reason):
        in_shape("u", frame)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (rows({"known_ns": None, "t": 1.0}), "'known_ns' is empty in row 0"),
        (rows({"t": 1.0}, {"start_ns": 2, "end_ns": 1, "t": 1.0}), "row 1 ends before it begins"),
        (rows({"origin": "guessed", "t": 1.0}), "origin 'guessed' is none of live"),
        (rows({"t": 1.0, "t#": 7}), "status 7 of t is none of"),
    ],
)
def test_a_row_that_cannot_be_is_refused(frame: pl.DataFrame, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        in_shape("u", frame)
