import numpy as np
import pytest

from pilothouse.methods.monitor.capability import capability


def normal(n=400, seed=1):
    return np.random.default_rng(seed).normal(size=n)


def test_the_intervals_hold_as_often_as_they_say():
    hits = np.zeros(2)
    for seed in range(400):
        told = capability(normal(80, seed) * 2.0, 1.0, -9.0, 9.0)
        hits += [told.cp_low <= 1.5 <= told.cp_high, told.cpk_low <= 8.0 / 6.0 <= told.cpk_high]
    assert (hits / 400 > 0.9).all()


def test_a_mean_off_the_middle_costs_cpk_and_not_cp():
    middle, off = (capability(normal(), centre, -6.0, 6.0) for centre in (0.0, 3.0))
    assert off.cp == middle.cp
    assert off.cpk == pytest.approx(0.5 * middle.cpk)


def test_one_limit_has_no_cp():
    told = capability(normal(), 0.0, None, 6.0)
    assert np.isnan(told.cp)
    assert told.cpk == pytest.approx(2.0, abs=0.2)


def test_values_that_hang_together_say_less():
    walk = np.convolve(normal(500), np.ones(30) / 30, "valid")
    told, apart = capability(walk, 0.0, -1.0, 1.0), capability(np.sort(walk)[normal(471).argsort()], 0.0, -1.0, 1.0)
    assert told.effective < 0.3 * apart.effective
    assert told.cpk_high - told.cpk_low > apart.cpk_high - apart.cpk_low


@pytest.mark.parametrize(
    ("within", "low", "high"),
    [(normal(), None, None), (normal(10), -6.0, 6.0), (np.zeros(400), -6.0, 6.0), (np.full(400, np.nan), -6.0, 6.0)],
)
def test_where_nothing_can_be_told_nothing_is(within, low, high):
    assert capability(within, 0.0, low, high) is None
