import numpy as np
import pytest

from pilothouse.errors import DataError
from pilothouse.methods.monitor.gap import (
    BETWEEN,
    LEARNT,
    LEAST_LEARNT,
    NEWEST,
    Evidence,
    cause,
    effect,
    gap_now,
    learnt_from,
    together,
)

N = 1_200


def strip(seed=1):
    rng = np.random.default_rng(seed)
    true = rng.normal(900.0, 25.0, N)
    return rng, true, true + rng.normal(0.0, 2.0, N)


def test_a_cause_and_an_effect_say_the_same_of_a_sensor_that_is_off():
    rng, true, shown = strip()
    shown = shown + np.where(np.arange(N) >= N - 60, 10.0, 0.0)
    grain = np.exp(0.006 * true + rng.normal(0.0, 0.04, N))
    rows = learnt_from(N)
    by_cause = gap_now(cause("zones", shown, true[:, None], rows))
    by_effect = gap_now(effect("grain", shown, grain, np.zeros((N, 0)), rows))
    assert by_cause.value == pytest.approx(10.0, abs=1.0)
    assert by_effect.value == pytest.approx(10.0, abs=3.0)
    assert by_cause.spread < by_effect.spread


def test_an_effect_that_does_not_feel_it_says_nothing_of_those_pieces():
    rng, true, shown = strip()
    told = np.abs(true - 900.0) + rng.normal(0.0, 2.0, N) + 50.0
    gap = effect("bent", shown, told, np.zeros((N, 0)), learnt_from(N)).gap
    assert 0.2 < np.isnan(gap).mean() < 0.8


def test_one_stuck_value_does_not_make_a_day():
    _, true, shown = strip()
    shown[-1] += 5_000.0
    assert abs(gap_now(cause("zones", shown, true[:, None], learnt_from(N))).value) < 2.0


def test_evidence_that_comes_late_says_nothing_of_now():
    gap = np.zeros(N)
    gap[-NEWEST - BETWEEN :] = np.nan
    assert np.isnan(gap_now(Evidence(key="late", side="effect", gap=gap, weight=np.ones(N))).value)


def test_together_the_sharper_counts_more():
    rng = np.random.default_rng(1)
    sharp, blunt = rng.normal(0.0, 1.0, N), rng.normal(0.0, 10.0, N)
    sharp[-60:] += 8.0
    told = [Evidence(key=k, side="effect", gap=gap, weight=np.ones(N)) for k, gap in (("a", sharp), ("b", blunt))]
    both = together("effect", [(one, gap_now(one)) for one in told])
    assert gap_now(both).value == pytest.approx(8.0, abs=0.6)
    assert together("effect", []) is None


def test_too_few_pieces_are_refused():
    least = LEAST_LEARNT + BETWEEN + NEWEST
    assert learnt_from(least).sum() == LEAST_LEARNT
    assert learnt_from(9_000).sum() == LEARNT
    with pytest.raises(DataError, match=f"at least {least} pieces"):
        learnt_from(least - 1)
