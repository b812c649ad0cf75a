"""Effects under a prior: data win where there are many, what was believed stands where there are none."""

import numpy as np
import pytest
from scipy.special import expit

from pilothouse.methods.estimate.posterior import fit_line, fit_log_odds

RNG = np.random.default_rng(5)


def lines(n=4000, noise=0.3):
    x = np.column_stack([np.ones(n), RNG.normal(size=(n, 2))])
    return x, x @ np.array([1.0, -0.5, 0.2]) + noise * RNG.normal(size=n)


def test_a_line_is_found_with_its_spread():
    x, y = lines()
    found = fit_line(x, y, np.ones(len(y)), np.zeros(3), np.full(3, 10.0))
    assert found.mean == pytest.approx([1.0, -0.5, 0.2], abs=0.03)
    assert found.spread == pytest.approx(0.3, rel=0.05)
    assert found.sd[1] == pytest.approx(0.3 / np.sqrt(4000), rel=0.1)


def test_intervals_of_effects_hold_as_often_as_they_say():
    inside = 0
    for _ in range(200):
        x, y = lines(n=60)
        found = fit_line(x, y, np.ones(60), np.zeros(3), np.full(3, 10.0))
        inside += abs(found.mean[1] + 0.5) < 1.96 * found.sd[1]
    assert 180 <= inside <= 199


def test_without_rows_that_tell_the_prior_stands():
    x = np.column_stack([np.ones(50), np.zeros(50)])
    found = fit_line(x, np.ones(50), np.ones(50), np.array([0.0, -0.7]), np.array([10.0, 0.2]))
    assert found.mean[1] == pytest.approx(-0.7)
    assert found.sd[1] == pytest.approx(0.2)


def test_a_row_of_no_weight_is_no_row():
    x, y = lines(n=200)
    wild = np.append(y, 1e6)
    weight = np.append(np.ones(200), 0.0)
    told = fit_line(np.vstack([x, x[:1]]), wild, weight, np.zeros(3), np.full(3, 10.0))
    assert told.mean == pytest.approx(fit_line(x, y, np.ones(200), np.zeros(3), np.full(3, 10.0)).mean)


def test_no_rows_are_misuse():
    with pytest.raises(ValueError, match="expected rows"):
        fit_line(np.empty((0, 1)), np.empty(0), np.empty(0), np.zeros(1), np.ones(1))


def test_log_odds_are_found():
    x = np.column_stack([np.ones(40_000), RNG.choice([-1.0, 0.0, 1.0], size=40_000)])
    happened = (RNG.random(40_000) < expit(x @ np.array([-3.0, 0.5]))).astype(float)
    found = fit_log_odds(x, happened, np.ones(40_000), np.array([-4.0, 0.0]), np.array([3.0, 3.0]))
    assert found.mean == pytest.approx([-3.0, 0.5], abs=0.1)
    assert np.all(np.abs(found.mean - np.array([-3.0, 0.5])) < 4.0 * found.sd)


def test_what_never_happened_does_not_run_away():
    found = fit_log_odds(np.ones((500, 1)), np.zeros(500), np.ones(500), np.array([-4.0]), np.array([1.5]))
    assert -9.0 < found.mean[0] < -4.0


def test_expected_value_and_what_is_not_known_of_it():
    x, y = lines()
    found = fit_line(x, y, np.ones(len(y)), np.zeros(3), np.full(3, 10.0))
    value, sd = found.at(np.array([[1.0, 2.0, 0.0], [1.0, 0.0, 0.0]]))
    assert value == pytest.approx([0.0, 1.0], abs=0.05)
    assert sd[0] > sd[1] > 0.0
