"""Expected values: those of a regression on the others, and scales that hold on later rows."""

import numpy as np
import pytest

from pilothouse.methods.monitor.expected import expected, odds
from pilothouse.methods.monitor.latent import Latent


def test_it_is_the_regression_on_the_others():
    """Where rows are many, the model's expectation is that of least squares."""
    rng = np.random.default_rng(1)
    table = rng.normal(size=(6000, 2)) @ rng.normal(size=(2, 6)) + 0.4 * rng.normal(size=(6000, 6)) + 20.0
    latent = Latent.fit(table, list("abcdef"))
    told = expected(latent, table[:50], np.ones(6))
    others = np.column_stack([np.ones(6000), table[:, 1:]])
    beta = np.linalg.lstsq(others, table[:, 0], rcond=None)[0]
    assert told.value[:, 0] == pytest.approx(others[:50] @ beta, abs=0.1)


def test_the_distance_loses_the_square_of_the_oddness_where_one_is_put_where_the_others_expect_it():
    rng = np.random.default_rng(2)
    latent = Latent.fit(rng.normal(size=(500, 2)) @ rng.normal(size=(2, 6)) + 0.4 * rng.normal(size=(500, 6)), "abcdef")
    point = rng.normal(size=(1, 6))
    distance, off, spread = odds(latent, point, latent.level)
    for k in range(6):
        mended = point.copy()
        mended[0, k] -= off[0, k] * spread[k]
        assert odds(latent, mended, latent.level)[0][0] == pytest.approx(distance[0] - off[0, k] ** 2)


def test_scales_hold_on_new_rows_and_a_missing_value_is_told_what_it_should_be(unit, watched):
    rows = unit(np.random.default_rng(3), 2000)
    watch = watched(rows)
    told = expected(watch.latent, rows[800:], watch.scale)
    assert told.residual.std(axis=0) / told.scale == pytest.approx(np.ones(12), abs=0.15)
    gap = rows[800:].copy()
    gap[::10, 5] = np.nan
    told = expected(watch.latent, gap, watch.scale)
    assert np.isnan(told.residual[::10, 5]).all()
    assert np.std(told.value[::10, 5] - rows[800::10, 5]) == pytest.approx(watch.scale[5], rel=0.3)
