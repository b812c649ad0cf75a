"""The effect of a lever: found where who is worse off gets more of it, with an interval that holds."""

import numpy as np
import pytest

from pilothouse.errors import NotFittedError
from pilothouse.methods.estimate.effect import lever_effect

TRUE = 3.0


def steps(rng, pieces=250, each=4):
    """The colder a piece, the more it is heated and the more it loses: plainly the two look opposed."""
    piece = np.repeat(np.arange(pieces), each)
    cold = rng.normal(size=len(piece))
    heat = 2.0 + cold + rng.normal(0, 0.5, len(piece))
    change = TRUE * heat - 6.0 * cold + rng.normal(0, 1.0, len(piece)) + rng.normal(0, 0.3, pieces)[piece]
    return heat, cold[:, None], change, piece


def test_it_is_found_where_a_plain_slope_is_far_off():
    rng = np.random.default_rng(1)
    heat, held, change, piece = steps(rng)
    plain = np.polyfit(heat, change, 1)[0]
    effect = lever_effect(heat, held, change, piece, rng)
    assert abs(plain - TRUE) > 2.0
    assert effect.low < TRUE < effect.high
    assert effect.high - effect.low < 0.5
    assert effect.low <= effect.per_unit <= effect.high
    assert effect.steps == len(heat)


def test_wild_readings_do_not_bend_it():
    rng = np.random.default_rng(2)
    heat, held, change, piece = steps(rng)
    change[:20] += 500.0
    assert lever_effect(heat, held, change, piece, rng).per_unit == pytest.approx(TRUE, abs=0.4)


def test_the_same_dice_give_the_same_effect():
    told = [lever_effect(*steps(np.random.default_rng(3), pieces=60), np.random.default_rng(4)) for _ in range(2)]
    assert told[0] == told[1]


def test_a_lever_nobody_moves_has_no_effect():
    rng = np.random.default_rng(5)
    heat, held, change, piece = steps(rng, pieces=60)
    effect = lever_effect(np.zeros_like(heat), held, change, piece, rng)
    assert np.isfinite([effect.per_unit, effect.low, effect.high]).all()
    assert effect.per_unit == 0.0


def test_few_pieces_are_enough_or_refused():
    rng = np.random.default_rng(6)
    effect = lever_effect(*steps(rng, pieces=3), rng)
    assert np.isfinite([effect.per_unit, effect.low, effect.high]).all()
    with pytest.raises(NotFittedError, match="at least 3 pieces, got 2"):
        lever_effect(*steps(rng, pieces=2), rng)


def test_what_is_missing_or_said_twice_does_no_harm():
    rng = np.random.default_rng(7)
    heat, held, change, piece = steps(rng)
    gaps = np.where(rng.random(held.shape) < 0.1, np.nan, held)
    nothing = np.full_like(held, np.nan)
    effect = lever_effect(heat, np.column_stack([held, gaps, held, nothing]), change, piece, rng)
    assert effect.low < TRUE < effect.high


@pytest.mark.slow
def test_the_interval_holds_the_truth_as_often_as_it_says():
    """95 % nominal: of a hundred records at least 90, which 95 % would miss in one of a hundred tests."""
    held = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        effect = lever_effect(*steps(rng), rng)
        held += effect.low <= TRUE <= effect.high
    assert held >= 90
