"""Scores: known answers, rows without forecast or result, and intervals that hold."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.errors import DataError
from pilothouse.methods.estimate.score import coverage_in_time, mae_difference, reliability, score, wilson

NAN = np.nan


def test_figures_by_hand():
    y = np.array([10.0, 20.0, 30.0, 40.0, NAN])
    forecast = np.array([11.0, 24.0, NAN, 40.0, 50.0])
    low, high = forecast - np.array([2, 3, 1, 1, 1]), forecast + np.array([2, 3, 1, 1, 1])
    got = score(y, forecast, (low, high), tolerance=1.0, nominal=0.9)
    assert (got.n, got.judged, got.unknown, got.abstained) == (4, 3, 1, 0.25)
    assert got.mae == pytest.approx(5 / 3)
    assert got.hit_rate == pytest.approx(2 / 3)
    assert got.coverage == pytest.approx(2 / 3)
    assert got.mean_width == 4.0
    assert got.to_dict()["nominal"] == 0.9


def test_ends_of_interval_and_tolerance_belong_to_them():
    y = np.array([1.0, 2.0])
    got = score(y, y - 1.0, (y, y + 1.0), tolerance=1.0, nominal=0.9)
    assert (got.hit_rate, got.coverage) == (1.0, 1.0)


@pytest.mark.parametrize("y", [np.array([1.0, 2.0]), np.array([NAN, NAN]), np.empty(0)], ids=["all", "none", "empty"])
def test_nothing_judged_gives_no_figure(y):
    gone = np.full(y.size, NAN)
    got = score(y, gone, (gone, gone), tolerance=1.0, nominal=0.9)
    assert (got.mae, got.hit_rate, got.coverage, got.mean_width) == (None, None, None, None)
    assert got.abstained == (1.0 if np.isfinite(y).any() else 0.0)


@settings(max_examples=50)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 60))
def test_abstained_rows_change_no_figure(seed, n):
    rng = np.random.default_rng(seed)
    y, forecast = rng.normal(size=n), rng.normal(size=n)
    keep = rng.random(n) < 0.7
    partly = np.where(keep, forecast, NAN)
    some = score(y, partly, (partly - 1, partly + 1), tolerance=0.5, nominal=0.7)
    only = score(y[keep], forecast[keep], (forecast[keep] - 1, forecast[keep] + 1), tolerance=0.5, nominal=0.7)
    assert (some.mae, some.hit_rate, some.coverage, some.mean_width) == (
        only.mae, only.hit_rate, only.coverage, only.mean_width,
    )  # fmt: skip
    assert some.judged + round(some.abstained * some.n) == n


def test_an_endless_interval_is_an_interval_and_a_forecast_without_one_is_told():
    y = np.zeros(3)
    got = score(y, y, (np.full(3, -np.inf), np.full(3, np.inf)), tolerance=1.0, nominal=0.9)
    assert got.coverage == 1.0
    assert reliability(y, {0.9: (np.full(3, -np.inf), np.full(3, np.inf))})[0].n == 3
    with pytest.raises(DataError, match="1 forecasts have no interval"):
        score(y, y, (np.array([0, 0, NAN]), np.ones(3)), tolerance=1.0, nominal=0.9)
    with pytest.raises(DataError, match="one length"):
        score(y, np.zeros(4), (y, y), tolerance=1.0, nominal=0.9)


def test_wilson_by_its_published_example():
    # Newcombe 1998, Statistics in Medicine 17, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    for hits, n, low, high in [
        (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718),
    ]:  # fmt: skip
        share = wilson(hits, n)
        assert share.low == pytest.approx(low, abs=5e-5)
        assert share.high == pytest.approx(high, abs=5e-5)


@given(n=st.integers(1, 3000), data=st.data())
def test_wilson_holds_its_share_and_mirrors(n, data):
    hits = data.draw(st.integers(0, n))
    share, mirrored = wilson(hits, n), wilson(n - hits, n)
    assert 0.0 <= share.low <= share.value <= share.high <= 1.0
    assert share.low == pytest.approx(1.0 - mirrored.high)
    assert wilson(hits, n, 0.99).low <= share.low


@pytest.mark.parametrize(("hits", "n"), [(1, 0), (-1, 5), (6, 5)])
def test_impossible_counts_are_told(hits, n):
    with pytest.raises(ValueError, match="hits"):
        wilson(hits, n)


def test_a_true_ladder_is_found_reliable_and_a_narrow_one_not():
    y = np.random.default_rng(0).normal(size=5000)
    half = {level: np.full(5000, NormalDist().inv_cdf((1 + level) / 2)) for level in (0.9, 0.5, 0.8)}
    true = reliability(y, {level: (-h, h) for level, h in half.items()})
    assert [row.nominal for row in true] == [0.5, 0.8, 0.9]
    assert all(row.empirical.low <= row.nominal <= row.empirical.high for row in true)
    narrow = reliability(y, {level: (-0.8 * h, 0.8 * h) for level, h in half.items()})
    assert all(row.empirical.high < row.nominal for row in narrow)


def test_fifths_in_time_find_a_bad_stretch_the_whole_hides():
    y = np.zeros(1000)
    y[800:850] = 9.0
    low, high = np.full(1000, -1.0), np.full(1000, 1.0)
    low[::10] = high[::10] = NAN
    fifths = coverage_in_time(y, (low, high), nominal=0.9)
    assert [part.n for part in fifths] == [180] * 5
    assert [part.empirical.value for part in fifths] == [1.0, 1.0, 1.0, 1.0, 0.75]


def test_fewer_rows_than_fifths_leave_some_empty():
    fifths = coverage_in_time(np.zeros(2), (np.zeros(2), np.zeros(2)), nominal=0.9)
    assert [part.n for part in fifths] == [1, 1, 0, 0, 0]
    assert fifths[4].empirical is None


def test_the_bootstrap_interval_holds_the_true_difference_as_often_as_it_says():
    held = 0
    for seed in range(200):
        rng = np.random.default_rng([1, seed])
        y = rng.normal(size=150)
        # E|y| = √(2/π); E|y - 1| = 1.1666 for a standard normal y.
        span = mae_difference(y, np.zeros(150), np.ones(150), rng, level=0.9)
        held += span.low <= np.sqrt(2 / np.pi) - 1.166630 <= span.high
    assert 0.83 <= held / 200 <= 0.96


def test_the_difference_is_paired_signed_and_repeatable():
    rng = np.random.default_rng(2)
    y = rng.normal(size=300)
    ours, theirs = y + 1.0, y - 1.5
    ours[:10], theirs[10:20], y[20:30] = NAN, NAN, NAN
    span = mae_difference(y, ours, theirs, np.random.default_rng(3))
    # Each pair differs by the same, so pairing leaves no doubt at all.
    assert (span.value, span.low, span.high) == pytest.approx((-0.5, -0.5, -0.5))
    assert span == mae_difference(y, ours, theirs, np.random.default_rng(3))


def test_blocks_widen_the_interval_where_errors_hang_together():
    rng = np.random.default_rng(4)
    slow = np.repeat(rng.normal(size=40), 25)
    one = mae_difference(np.zeros(1000), 3 + slow, np.full(1000, 3.0), rng)
    blocks = mae_difference(np.zeros(1000), 3 + slow, np.full(1000, 3.0), rng, block=50)
    assert blocks.high - blocks.low > 3 * (one.high - one.low)
    assert blocks.low < blocks.value < blocks.high


def test_misuse_of_the_difference_is_told():
    y, rng = np.zeros(4), np.random.default_rng(0)
    with pytest.raises(DataError, match="no row"):
        mae_difference(y, np.full(4, NAN), y, rng)
    with pytest.raises(ValueError, match="block of 1 to 4"):
        mae_difference(y, y, y, rng, block=5)
    with pytest.raises(ValueError, match="level"):
        mae_difference(y, y, y, rng, level=1.0)
