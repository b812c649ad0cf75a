"""Peers: each does what its name says, on data with gaps, the same every time."""

import numpy as np
import pytest

from pilothouse.errors import DataError, NotCalibratedError
from pilothouse.methods.estimate.peers import fit_peers, last_piece, split_conformal_half_width

NAMES = ["a", "b", "empty", "constant"]


def world(seed, n=600):
    rng = np.random.default_rng(seed)
    rows = np.column_stack([rng.normal(size=n), rng.uniform(-2, 2, n), np.full(n, np.nan), np.ones(n)])
    results = 1600 + 8 * rows[:, 0] + 6 * (rows[:, 1] > 0) + rng.normal(0, 0.5, n)
    rows[rng.random(n) < 0.1, 0] = np.nan
    return rows, results


@pytest.fixture(scope="module")
def peers():
    return fit_peers(*world(0), NAMES, seed=7)


def mae(peer, seed=1):
    rows, results = world(seed)
    there = np.isfinite(rows[:, 0])
    return np.abs(peer(rows) - results)[there].mean()


def test_the_mean_is_the_mean_and_the_others_learn(peers):
    rows, results = world(0)
    assert np.all(peers["mean"](rows) == results.mean())
    assert mae(peers["mean"]) > 5.0
    assert mae(peers["ridge"]) < 2.5
    # The step in b is what a straight line cannot follow.
    assert mae(peers["plain LightGBM"]) < 0.75 * mae(peers["ridge"])


def test_ridge_on_a_line_is_the_line():
    x = np.linspace(-1, 1, 300)[:, None]
    ridge = fit_peers(x, 2.0 + 3.0 * x[:, 0], ["x"], seed=0)["ridge"]
    np.testing.assert_allclose(ridge(np.array([[0.0], [1.0], [-1.0]])), [2.0, 5.0, -1.0], atol=1e-3)


def test_ridge_learns_that_a_gap_itself_tells_something():
    x = np.random.default_rng(2).normal(size=(400, 1))
    x[::2] = np.nan
    results = np.where(np.isnan(x[:, 0]), 10.0, 0.0)
    ridge = fit_peers(x, results, ["x"], seed=0)["ridge"]
    assert ridge(np.array([[np.nan], [0.0]])) == pytest.approx([10.0, 0.0], abs=0.1)


def test_the_same_seed_gives_the_same_bytes(peers):
    rows, results = world(0)
    again = fit_peers(rows, results, NAMES, seed=7)
    for name, peer in peers.items():
        assert peer(rows).tobytes() == again[name](rows).tobytes()


def test_rows_without_result_and_infinite_values_do_no_harm(peers):
    rows, results = world(0)
    more = np.vstack([rows, np.full((5, 4), 9e9)])
    with_gaps = fit_peers(more, np.concatenate([results, np.full(5, np.nan)]), NAMES, seed=7)
    infinite = np.full((1, 4), np.inf)
    for name, peer in peers.items():
        assert np.array_equal(peer(rows), with_gaps[name](rows))
        assert np.array_equal(peer(infinite), peer(np.full((1, 4), np.nan)))
        assert peer(np.empty((0, 4))).shape == (0,)


def test_misuse_is_told(peers):
    rows, results = world(0)
    with pytest.raises(DataError, match=r"4 features, got an array of shape \(2, 3\)"):
        peers["ridge"](np.zeros((2, 3)))
    with pytest.raises(DataError, match="600 results"):
        fit_peers(rows, results[:-1], NAMES, seed=0)
    with pytest.raises(DataError, match="rows with a result, got none"):
        fit_peers(rows, np.full(600, np.nan), NAMES, seed=0)


def test_the_last_piece_sees_only_what_came_before():
    past, results = np.array([1.0, np.nan]), np.array([5.0, 6.0, np.nan, 8.0])
    got = last_piece(past, results)
    assert got.tolist() == [1.0, 5.0, 6.0, 6.0]
    later = results.copy()
    later[2:] = 99.0
    assert last_piece(past, later)[:3].tolist() == got[:3].tolist()


def test_the_first_piece_of_all_has_no_last_one():
    got = last_piece(np.empty(0), np.array([5.0, 6.0]))
    assert np.isnan(got[0])
    assert got[1] == 5.0
    assert last_piece(np.array([1.0]), np.empty(0)).shape == (0,)


def test_split_conformal_covers_what_it_promises_on_average():
    covered = []
    for seed in range(400):
        rng = np.random.default_rng([3, seed])
        half = split_conformal_half_width(rng.laplace(size=99), 0.9)
        covered.append(1.0 - np.exp(-half))  # the exact coverage of a Laplace result
    # Rank 90 of 99 covers exactly 90 % on average, for any distribution.
    assert np.mean(covered) == pytest.approx(0.9, abs=0.006)


def test_split_conformal_ranks_and_limits():
    residuals = np.array([-3.0, 1.0, np.nan, 2.0, -4.0])
    assert split_conformal_half_width(residuals, 0.8) == 4.0
    assert split_conformal_half_width(residuals, 0.6) == 3.0
    with pytest.raises(NotCalibratedError, match="needs 9 residuals, got 4"):
        split_conformal_half_width(residuals, 0.9)
    with pytest.raises(ValueError, match="level"):
        split_conformal_half_width(residuals, 1.0)
