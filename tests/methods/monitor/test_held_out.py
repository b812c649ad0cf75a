"""Held out: variances that hold on new rows, where those of the rows learnt on do not."""

import numpy as np
import pytest

from pilothouse.methods.monitor.components import principal_axes
from pilothouse.methods.monitor.held_out import FORGETTING, WINDOW, HeldOut


def test_they_hold_on_new_rows():
    """On average over the narrow axes: of 150 rows of 40 parameters, in-sample variances are far too small."""
    rng = np.random.default_rng(1)
    mix = rng.normal(size=(5, 40))
    old, new = (rng.normal(size=(n, 5)) @ mix + rng.normal(size=(n, 40)) for n in (150, 4000))
    axes, flattering = principal_axes(old)
    true = (((new - old.mean(axis=0)) @ axes) ** 2).mean(axis=0)
    assert (true / flattering)[-10:].mean() > 1.5
    assert (true / HeldOut.of(old).level)[-10:].mean() == pytest.approx(1.0, abs=0.3)


def test_of_white_noise_the_slow_ones_are_known():
    """λ / (2 - λ) of the level for the accumulated mean, a tenth for the mean of ten."""
    held = HeldOut.of(np.random.default_rng(2).normal(size=(4000, 5)))
    assert held.lasting == pytest.approx(np.full(5, FORGETTING / (2 - FORGETTING)), rel=0.35)
    assert held.window == pytest.approx(np.full(5, 1 / WINDOW), rel=0.35)


def test_an_exact_relation_keeps_a_floor():
    table = np.random.default_rng(3).normal(size=(200, 4))
    held = HeldOut.of(np.column_stack([table, table[:, 0]]))
    assert held.level.min() > 0.0
    assert held.lasting.min() > 0.0
