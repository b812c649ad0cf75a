"""Limits: the stated rate on new values, whatever the autocorrelation; known answers; garbage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter
from scipy.stats import norm

from pilothouse.errors import DataError
from pilothouse.methods.monitor.limits import distance_limit, effective_size, greatest_limit, prediction_limit


def autocorrelated(rng, shape, phi):
    steps = np.sqrt(1 - phi**2) * rng.normal(size=(shape[0] + 300, *shape[1:]))
    return lfilter([1.0], [1.0, -phi], steps, axis=0)[300:]


@pytest.mark.parametrize(("phi", "rows"), [(0.0, 60), (0.0, 200), (0.6, 200), (0.9, 400)])
def test_one_in_a_hundred_new_values_is_above(phi, rows):
    """Mean of exact chances over calibration spans; its standard error is below 0.1 % of values."""
    chances = [
        norm.sf(prediction_limit(autocorrelated(np.random.default_rng([3, seed]), (rows,), phi), 0.01))
        for seed in range(300)
    ]
    assert np.mean(chances) == pytest.approx(0.01, abs=0.003)


def test_many_rows_need_no_shape():
    shares = []
    for seed in range(40):
        values = np.random.default_rng([4, seed]).exponential(size=4000)
        shares.append(np.exp(-prediction_limit(values, 0.01)))
    assert np.mean(shares) == pytest.approx(0.01, abs=0.0007)


def test_effective_size_of_a_known_autoregression():
    """τ = (1 + φ) / (1 - φ) [Priestley 1981]."""
    sizes = [effective_size(autocorrelated(np.random.default_rng([5, k]), (4000,), 0.8)) for k in range(20)]
    assert np.mean(sizes) == pytest.approx(4000 / 9, rel=0.1)


@settings(max_examples=30)
@given(scale=st.floats(1e-3, 1e3), shift=st.floats(-1e3, 1e3), seed=st.integers(0, 50))
def test_a_limit_moves_with_its_values(scale, shift, seed):
    values = np.random.default_rng(seed).normal(size=100)
    moved = prediction_limit(values * scale + shift, 0.01)
    assert moved == pytest.approx(prediction_limit(values, 0.01) * scale + shift, rel=1e-6, abs=1e-6)


@settings(max_examples=30)
@given(seed=st.integers(0, 1000), rate=st.floats(0.001, 0.2))
def test_fewer_false_alarms_ask_for_a_higher_limit(seed, rate):
    values = np.random.default_rng(seed).chisquare(8, size=120)
    assert distance_limit(values, rate / 2) > distance_limit(values, rate)


def test_the_limit_of_the_greatest_of_some():
    """Of three independent standard normals: Φ⁻¹(0.99^(1/3)) = 2.71."""
    found = [
        greatest_limit(np.random.default_rng([6, k]).normal(size=(900, 3)).max(axis=1), 3, 0.01) for k in range(50)
    ]
    assert np.mean(found) == pytest.approx(norm.ppf(0.99 ** (1 / 3)), abs=0.05)


def test_garbage_is_told():
    with pytest.raises(DataError, match="at least 40 finite values"):
        prediction_limit(np.zeros(39), 0.01)
    with pytest.raises(DataError, match="finite"):
        prediction_limit(np.full(100, np.nan), 0.01)
    with pytest.raises(ValueError, match="false-alarm rate"):
        prediction_limit(np.arange(100.0), 0.0)
    assert prediction_limit(np.ones(100), 0.01) == pytest.approx(1.0)
