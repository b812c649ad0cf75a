"""Intervals that hold however often people look."""

import numpy as np
import pytest

from pilothouse.methods.estimate.anytime import LEAST, Interval, difference_of, half_width, mean_of

RNG = np.random.default_rng(8)


def test_it_holds_at_every_look_at_once():
    missed = 0
    for _ in range(300):
        seen = RNG.normal(size=600)
        means = np.cumsum(seen) / np.arange(1, 601)
        halves = np.array([half_width(n, 1.0) for n in range(1, 601)])
        missed += bool(np.any(np.abs(means[19:]) > halves[19:]))
    assert missed <= 25, "5 % of 300 are 15"


def test_a_fixed_interval_would_not():
    missed = 0
    for _ in range(300):
        means = np.cumsum(RNG.normal(size=600)) / np.arange(1, 601)
        missed += bool(np.any(np.abs(means[19:]) > 1.96 / np.sqrt(np.arange(20, 601))))
    assert missed > 60


def test_it_narrows_and_is_wider_than_a_fixed_one():
    widths = [half_width(n, 2.0) for n in (10, 100, 1000)]
    assert widths == sorted(widths, reverse=True)
    assert all(w > 1.96 * 2.0 / np.sqrt(n) for w, n in zip(widths, (10, 100, 1000), strict=True))


def test_too_few_tell_nothing():
    assert mean_of(np.ones(LEAST - 1)) is None
    assert difference_of(np.ones(100), np.ones(LEAST - 1)) is None


def test_a_difference_excludes_zero_where_there_is_one():
    ones, others = RNG.normal(1.0, 1.0, 400), RNG.normal(0.0, 1.0, 100)
    told = difference_of(ones, others)
    assert told is not None
    assert told.excludes_zero
    assert told.low < 1.0 < told.high
    same = difference_of(RNG.normal(size=400), RNG.normal(size=100))
    assert same is not None
    assert not same.excludes_zero


def test_below_zero_is_not_zero_either():
    assert Interval(value=-2.0, low=-3.0, high=-1.0, n=9).excludes_zero
    assert Interval(value=-2.0, low=-3.0, high=1.0, n=9).as_json() == pytest.approx(
        {"value": -2.0, "low": -3.0, "high": 1.0, "n": 9}
    )
