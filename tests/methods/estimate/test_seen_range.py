"""Seen ranges: gross errors struck out, tails kept, margins that do not grow with the number of features."""

import numpy as np
import pytest

from pilothouse.methods.estimate.coordinate import Coordinates
from pilothouse.methods.estimate.seen_range import tolerated, without_gross_errors


def fitted(rows):
    coordinates = Coordinates.fit(rows)
    return coordinates, without_gross_errors(rows, coordinates)


@pytest.mark.parametrize("fault", [-999.0, 0.0, 9999.0, 1e6])
def test_error_codes_among_temperatures_are_struck_out(fault):
    rows = np.random.default_rng(0).normal(1600.0, 15.0, (2000, 1))
    rows[[100, 900, 1700], 0] = fault
    _, placed = fitted(rows)
    assert np.flatnonzero(np.isnan(placed[:, 0])).tolist() == [100, 900, 1700]


def test_codes_at_both_ends_are_struck_out_together():
    rows = np.random.default_rng(0).normal(1600.0, 15.0, (2000, 1))
    rows[7, 0], rows[8, 0] = -999.0, 9999.0
    _, placed = fitted(rows)
    assert np.flatnonzero(np.isnan(placed[:, 0])).tolist() == [7, 8]


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: rng.normal(size=2000),
        lambda rng: np.exp(rng.normal(size=2000)),
        lambda rng: rng.standard_cauchy(2000),
        lambda rng: rng.integers(0, 6, 2000).astype(float),
        lambda rng: (rng.random(2000) < 0.3).astype(float),
        lambda rng: rng.poisson(0.4, 2000).astype(float),
    ],
    ids=["normal", "lognormal", "cauchy", "levels", "flag", "count"],
)
def test_tails_and_levels_are_not_taken_for_errors(draw):
    struck = [np.isnan(fitted(draw(np.random.default_rng(seed))[:, None])[1]).sum() for seed in range(20)]
    assert sum(struck) <= 1  # a Cauchy may throw one


def test_a_single_dose_of_a_rare_addition_was_seen():
    rows = np.zeros((2000, 1))
    rows[[5, 50], 0] = [30.0, 500.0]
    coordinates, placed = fitted(rows)
    low, high = tolerated(placed, coordinates)
    assert low[0] <= 0.0
    assert high[0] >= 500.0


def test_the_range_holds_all_that_was_seen_and_not_much_more():
    rows = np.random.default_rng(1).normal(1600.0, 15.0, (2000, 80))
    coordinates, placed = fitted(rows)
    low, high = tolerated(placed, coordinates)
    assert np.all(low < rows.min(axis=0))
    assert np.all(high > rows.max(axis=0))
    assert high.max() < 1600.0 + 8 * 15.0


def test_a_constant_may_move_by_a_hundredth_and_nothing_seen_has_no_range():
    rows = np.column_stack([np.full(50, 5.0), np.full(50, np.nan), np.zeros(50)])
    coordinates, placed = fitted(rows)
    low, high = tolerated(placed, coordinates)
    assert (low[0], high[0]) == (pytest.approx(4.95), pytest.approx(5.05))
    assert np.isnan([low[1], high[1]]).all()
    assert (low[2], high[2]) == (0.0, 0.0)
