"""Whitening: innovations are the steps a series is made of, and their sums have known variances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from pilothouse.methods.monitor.whitening import accumulated, autoregressions, innovations, moving_mean


@settings(max_examples=20, deadline=None)
@given(phi=st.floats(-0.9, 0.9), seed=st.integers(0, 100))
def test_innovations_of_an_autoregression_are_its_steps(phi, seed):
    steps = np.random.default_rng(seed).normal(size=(4000, 1))
    series = lfilter([1.0], [1.0, -phi], steps, axis=0)
    found = innovations(series, autoregressions(series))
    assert np.corrcoef(found[10:, 0], steps[10:, 0])[0, 1] > 0.99
    assert (found[:5] == 0.0).all()


def test_a_still_series_has_no_autoregression():
    assert (autoregressions(np.ones((100, 1))) == 0.0).all()


@given(forgetting=st.floats(0.01, 1.0))
def test_the_accumulated_variance_of_white_noise(forgetting):
    """λ / (2 - λ) [Roberts 1959]."""
    noise = np.random.default_rng(1).normal(size=(50_000, 1))
    assert accumulated(noise, forgetting).var() == pytest.approx(forgetting / (2 - forgetting), rel=0.15)


def test_moving_means_are_means():
    table = np.random.default_rng(1).normal(size=(20, 3))
    assert moving_mean(table, 4)[7] == pytest.approx(table[7:11].mean(axis=0))
