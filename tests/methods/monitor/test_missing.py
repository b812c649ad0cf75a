"""Missing values: conditional means, and forecasts where there is a past."""

import numpy as np
import pytest

from pilothouse.methods.monitor.missing import filled


def test_a_gap_is_filled_with_the_conditional_mean():
    """Of a bivariate normal with correlation ρ: ρ times the other."""
    axes = np.array([[1.0, 1.0], [1.0, -1.0]]) / np.sqrt(2.0)
    variance = np.array([1.6, 0.4])
    rows = np.array([[np.nan, 1.5], [2.0, 3.0], [np.nan, np.nan]])
    full = filled(rows, axes, variance, variance, np.zeros((2, 1)))
    assert full == pytest.approx(np.array([[0.9, 1.5], [2.0, 3.0], [0.0, 0.0]]))


def test_a_gap_after_a_past_is_filled_with_the_forecast():
    axes, variance, lags = np.eye(2), np.ones(2), np.array([[0.5], [0.9]])
    full = filled(np.array([[2.0, 2.0], [np.nan, np.nan], [np.nan, 0.0]]), axes, variance, variance, lags)
    assert full[1:] == pytest.approx(np.array([[1.0, 1.8], [0.5, 0.0]]))
