"""Folding: of what was told of an instant, what became known last counts; what was known before adds nothing."""

import polars as pl

from pilothouse.historian.series.fold import fold, only_said, with_whole_statuses


def told(*rows, columns=("t",)) -> pl.DataFrame:
    names = ["time_ns", "known_ns", *columns]
    schema = {n: pl.Int64 if n.endswith("_ns") else pl.UInt8 if n.endswith("#") else pl.Float64 for n in names}
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_nothing_folds_to_nothing() -> None:
    assert fold([]).columns == ["time_ns", "known_ns"]


def test_what_was_known_before_adds_nothing() -> None:
    assert fold([told((5, 7, 1.0), (5, 8, 2.0), (5, 9, 1.0))]).rows() == [(5, 8, 2.0)]
    assert fold([told((5, 7, 1.0)), told((5, 6, 1.0))]).rows() == [(5, 6, 1.0)]


def test_parameters_of_one_instant_meet_in_one_row() -> None:
    parts = [told((5, 7, 1.0), (6, 7, 1.5)), told((5, 9, 2.0), columns=("p",))]
    assert fold(parts).rows() == [(5, 9, 1.0, 2.0), (6, 7, 1.5, None)]


def test_known_together_the_later_stored_counts() -> None:
    assert fold([told((5, 7, 1.0)), told((5, 7, 2.0))]).rows() == [(5, 7, 2.0)]


def test_a_bad_value_without_a_number_is_said() -> None:
    rows = told((5, 7, 1.0, None), (5, 9, None, 2), columns=("t", "t#"))
    assert fold([rows]).rows() == [(5, 9, None, 2)]


def test_statuses_are_whole_or_left_out() -> None:
    mixed = told((5, 7, 1.0, None), (6, 7, None, 2), (7, 7, None, None), columns=("t", "t#"))
    assert with_whole_statuses(mixed)["t#"].to_list() == [0, 2, None]
    assert with_whole_statuses(told((5, 7, 1.0, 0), columns=("t", "t#"))).columns == ["time_ns", "known_ns", "t"]


def test_rows_in_which_nothing_is_said_are_left_out() -> None:
    assert only_said(told((5, 7, None), (6, 7, 1.0))).rows() == [(6, 7, 1.0)]
    assert only_said(told((5, 7), columns=())).height == 0
