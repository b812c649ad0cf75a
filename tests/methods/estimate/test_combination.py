"""Combinations: what Mahalanobis distances with missing values must obey."""

import numpy as np
import pytest

from pilothouse.methods.estimate.combination import Combination


def correlated(rng, n, p=6):
    common = rng.normal(size=(n, 1))
    return common + 0.3 * rng.normal(size=(n, p))


@pytest.fixture(scope="module")
def learnt():
    return Combination.fit(correlated(np.random.default_rng(0), 3000))


def test_the_score_of_rows_with_gaps_is_the_distance_of_what_is_there(learnt):
    row = correlated(np.random.default_rng(1), 1)[0]
    row[[1, 4]] = np.nan
    there = np.isfinite(row)
    # The marginal distribution of a normal has the corresponding block of the covariance.
    covariance = np.linalg.inv(learnt.precision)[np.ix_(there, there)]
    off = (row - learnt.mean)[there]
    expected = np.sqrt(off @ np.linalg.solve(covariance, off) / there.sum())
    assert learnt.distances(row)[0] == pytest.approx(expected)


def test_scores_of_normal_rows_are_near_a_standard_normal_whatever_is_missing(learnt):
    rows = correlated(np.random.default_rng(2), 6000)
    for gaps in ([], [0], [0, 1, 2, 3]):
        rows[:, gaps] = np.nan
        scores = learnt.score(rows)
        assert abs(scores.mean()) < 0.1
        assert scores.std() == pytest.approx(1.0, abs=0.1)


def test_many_patterns_of_gaps_at_once_give_what_each_row_gives_alone(learnt):
    rng = np.random.default_rng(3)
    rows = correlated(rng, 80)
    rows[rng.random(rows.shape) < 0.4] = np.nan
    together = learnt.score(rows)
    alone = np.array([learnt.score(row[None, :])[0] for row in rows])
    np.testing.assert_allclose(together, alone)


def test_a_row_without_any_value_is_no_combination(learnt):
    assert learnt.score(np.full((1, 6), np.nan))[0] == -np.inf


def test_the_distance_is_above_its_greatest_exactly_when_the_score_is_above_the_limit(learnt):
    rng = np.random.default_rng(4)
    rows = correlated(rng, 400) * rng.uniform(0.5, 4.0, (400, 1))
    rows[rng.random(rows.shape) < 0.2] = np.nan
    above = learnt.score(rows) > learnt.limit
    assert 0 < above.sum() < 400
    for row, outside in zip(rows, above, strict=True):
        distance, greatest = learnt.distances(row)
        assert (distance > greatest) == outside


def test_the_misfit_is_found_with_the_value_that_would_fit(learnt):
    row = np.full(6, 1.5)
    row[2] = -1.5
    row[5] = np.nan
    off, fitting = learnt.misfits(row)
    assert np.argmax(np.abs(off)) == 2
    assert fitting[2] == pytest.approx(1.5, abs=0.2)
    assert off[5] == 0.0


def test_features_that_are_copies_of_each_other_break_nothing():
    first = np.random.default_rng(5).normal(size=(500, 1))
    learnt = Combination.fit(np.hstack([first, first, first]))
    scores = learnt.score(np.array([[1.0, 1.0, 1.0], [1.0, 1.05, 1.0], [2.0, -2.0, 2.0]]))
    assert (scores > learnt.limit).tolist() == [False, False, True]
