"""Chances before the test, guards after it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.packs.steel.reapplication.chances import believed, best_of, chance, guarded, meets

ASKS = {"fine": {"loss": (0.0, 2.3), "b50": (1.6, 2.2)}, "plain": {"loss": (0.0, 2.5), "b50": (1.6, 2.2)}}


@given(st.floats(2.0, 3.0), st.floats(0.01, 0.3), st.floats(1.55, 1.75), st.floats(0.005, 0.05))
def test_chances_are_chances(loss, loss_sd, b50, b50_sd):
    shares = best_of({"loss": (loss, loss_sd), "b50": (b50, b50_sd)}, ASKS, ("fine", "plain"))
    assert all(share >= 0.0 for share in shares.values())
    assert sum(shares.values()) == pytest.approx(chance({"loss": (loss, loss_sd), "b50": (b50, b50_sd)}, ASKS["plain"]))


def test_a_chance_is_what_comes_out():
    rng = np.random.default_rng(3)
    loss, b50 = rng.normal(2.35, 0.1, 200_000), rng.normal(1.62, 0.02, 200_000)
    told = chance({"loss": (2.35, 0.1), "b50": (1.62, 0.02)}, ASKS["fine"])
    assert told == pytest.approx(np.mean((loss <= 2.3) & (b50 >= 1.6)), abs=0.005)


def test_a_missing_result_keeps_nothing():
    assert meets({"loss": 2.2, "b50": 1.65}, ASKS["fine"])
    assert not meets({"loss": 2.2}, ASKS["fine"])


@pytest.mark.parametrize("sure", [0.5, 0.8, 0.95])
def test_who_keeps_a_guard_keeps_the_limit_so_surely(sure):
    rng = np.random.default_rng(5)
    mean, spread, error = 2.4, 0.08, 0.012 * 2.4
    true = rng.normal(mean, np.sqrt(spread**2 - error**2), 2_000_000)
    test = true + rng.normal(0.0, error, true.size)
    high = guarded({"loss": (0.0, 2.35)}, {"loss": (mean, spread)}, {"loss": 0.012}, sure)["loss"][1]
    at_the_guard = np.abs(test - high) < 0.002
    assert np.mean(true[at_the_guard] <= 2.35) == pytest.approx(sure, abs=0.02)


@pytest.mark.parametrize("at", [2.30, 2.34])
def test_what_is_believed_of_a_tested_piece_is_what_comes_out(at):
    rng = np.random.default_rng(5)
    mean, spread, error = 2.4, 0.08, 0.012 * 2.4
    true = rng.normal(mean, np.sqrt(spread**2 - error**2), 2_000_000)
    test = true + rng.normal(0.0, error, true.size)
    own = believed({"loss": at}, {"loss": (mean, spread)}, {"loss": 0.012})
    comes_out = np.mean(true[np.abs(test - at) < 0.002] <= 2.35)
    assert chance(own, {"loss": (0.0, 2.35)}) == pytest.approx(comes_out, abs=0.02)


def test_where_nothing_is_usual_the_test_alone_is_believed():
    assert believed({"loss": 2.0, "width": 1000.0}, {}, {"loss": 0.01}) == {"loss": (2.0, 0.02), "width": (1000.0, 0.0)}


def test_a_floor_is_guarded_from_above_and_an_open_end_is_not():
    usual, errs = {"loss": (2.4, 0.08), "b50": (1.65, 0.02)}, {"loss": 0.012, "b50": 0.003}
    guards = guarded({"loss": (0.0, float("inf")), "b50": (1.6, 2.2)}, usual, errs, 0.95)
    assert guards["loss"] == (0.0, float("inf"))
    assert guards["b50"][0] > 1.6
    assert guarded({"loss": (0.0, 2.3)}, {}, errs, 0.95) == {"loss": (0.0, 2.3)}
