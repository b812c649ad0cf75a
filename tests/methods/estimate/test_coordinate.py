"""Robust coordinates: laws over any values, and the kinds of features a plant has."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pilothouse.methods.estimate.coordinate import Coordinates, quantile, rank_limit


@settings(max_examples=60)
@given(arrays(np.float64, (12, 3), elements=st.floats(-1e6, 1e6, width=32)))
def test_back_undoes_of_and_order_is_kept(rows):
    coordinates = Coordinates.fit(rows)
    placed = coordinates.of(rows)
    size = np.abs(rows).max() + 1.0
    assert np.abs(coordinates.back(placed) - rows).max() <= 1e-8 * size
    for column in range(3):
        order = np.argsort(rows[:, column], kind="stable")
        assert np.all(np.diff(placed[order, column]) >= 0.0)


def test_a_normal_feature_has_its_standard_deviation_as_spread():
    rows = np.random.default_rng(0).normal(1600.0, 15.0, (20_000, 1))
    coordinates = Coordinates.fit(rows)
    assert coordinates.centre[0] == pytest.approx(1600.0, abs=0.5)
    assert coordinates.spread[0] == pytest.approx(15.0, rel=0.03)


def test_a_rare_addition_is_measured_by_its_doses_not_by_its_zeros():
    rows = np.zeros((1000, 1))
    rows[::100, 0] = [20, 25, 30, 35, 40, 20, 25, 30, 35, 40]
    coordinates = Coordinates.fit(rows)
    assert coordinates.spread[0] == pytest.approx(30.0)
    assert coordinates.usual_share[0] == pytest.approx(0.99)


def test_constant_and_empty_features_have_no_spread_and_raise_nothing():
    rows = np.column_stack([np.full(30, 5.0), np.full(30, np.nan)])
    coordinates = Coordinates.fit(rows)
    assert coordinates.spread.tolist() == [0.0, 0.0]
    assert coordinates.centre.tolist() == [5.0, 0.0]
    assert coordinates.of(np.array([[5.0, np.nan]]))[0, 0] == 0.0


def test_missing_values_do_not_move_quantiles():
    column = np.array([[3.0], [np.nan], [1.0], [2.0], [np.nan]])
    ranked = np.sort(column, axis=0)
    assert quantile(ranked, np.array([3]), 0.5)[0] == 2.0
    assert quantile(ranked, np.array([3]), 1.0)[0] == 3.0


def test_rank_limit_is_the_conformal_rank_and_the_greatest_where_rows_are_few():
    scores = np.arange(1.0, 1000.0)
    assert rank_limit(scores, 0.995) == 995.0
    assert rank_limit(np.array([4.0, 9.0]), 0.995) == 9.0
