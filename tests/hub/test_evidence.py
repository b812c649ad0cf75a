"""Forecasts judged: coverage, skill against the recent mean of a kind, and drift."""

import numpy as np
import pytest

from pilothouse.decision.steering import Foretold
from pilothouse.hub.evidence import LEAST, Forecasts


def judged(*, skilled=1.0, off=0.0, batches=60, pieces=10, seed=3):
    rng, forecasts = np.random.default_rng(seed), Forecasts()
    for batch in range(batches):
        known = rng.normal()
        for _ in range(pieces):
            rest = 0.6 * rng.normal()
            foretold = Foretold(quality="loss", value=skilled * known, half_width=1.645 * 0.6, naive=0.0)
            forecasts.judge(foretold, known + rest + (off if batch >= batches - 12 else 0.0), f"H{batch}")
    return forecasts


def test_a_model_that_knows_covers_and_has_skill():
    forecasts = judged()
    assert forecasts.coverage() == pytest.approx(0.9, abs=0.04)
    assert forecasts.skill().low > 0.0
    assert forecasts.failing(advises=False) == ()


def test_a_model_that_knows_nothing_never_climbs():
    for seed in range(20):
        assert "skill" in judged(skilled=0.0, seed=seed).failing(advises=False)


def test_what_makes_it_worse_falls():
    assert "skill" in judged(skilled=-0.5).failing(advises=True)
    assert "coverage" in judged(skilled=-0.5).failing(advises=True)


def test_who_advises_keeps_its_place_while_some_skill_is_left():
    few = judged(batches=10)
    assert "skill" in few.failing(advises=False)
    assert "skill" not in few.failing(advises=True)


def test_a_drift_is_seen_in_the_newest_batches():
    assert "drift" not in judged().failing(advises=True)
    assert "drift" in judged(off=1.2).failing(advises=True)


def test_what_is_not_known_teaches_nothing():
    forecasts = Forecasts()
    forecasts.judge(Foretold(quality="loss", value=0.0, half_width=1.0, naive=0.0), float("nan"), "H1")
    forecasts.judge(Foretold(quality="loss", value=0.0, half_width=0.0, naive=0.0), 1.0, "H1")
    assert forecasts.n == 0
    assert forecasts.coverage() is None
    assert judged(batches=LEAST // 10 - 1).coverage() is None
