import numpy as np

from pilothouse.methods.monitor.criticality import effects


def world(seed=1, n=1_200, p=200):
    rng = np.random.default_rng(seed)
    days = np.arange(n) // 30
    by_day = rng.normal(size=(n // 30, p + 1))[days]
    moves = by_day[:, :p] + rng.normal(size=(n, p))
    return moves, by_day[:, p] + rng.normal(size=n), days


def test_what_only_shares_days_is_not_shown():
    shown = 0
    for seed in range(10):
        moves, result, days = world(seed)
        shown += int(effects(moves, result, days, np.ones(len(days)), asked=moves.shape[1]).shown.any())
    assert shown <= 2


def test_an_effect_is_shown_with_its_size():
    moves, result, days = world()
    told = effects(moves, result + 0.8 * moves[:, 3], days, np.ones(len(days)), asked=moves.shape[1])
    assert told.shown[3]
    assert abs(told.value[3] - 0.8) < told.half[3]


def test_a_parameter_that_never_moves_or_is_hardly_told_says_nothing():
    moves, result, days = world(p=3)
    moves[:, 0], moves[50:, 1] = 0.0, np.nan
    told = effects(moves, result, days, np.ones(len(days)), asked=3)
    assert np.isnan(told.half[:2]).all()
    assert np.isfinite(told.half[2])


def test_a_few_days_are_no_evidence():
    moves, result, days = world(p=2, n=240)
    assert np.isnan(effects(moves, result, days, np.ones(240), asked=2).half).all()
