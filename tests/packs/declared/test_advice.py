"""Advice: the effect of the lever in a record that hides it."""

import numpy as np
import polars as pl
import pytest

from pilothouse.packs.declared.questions import is_to_last
from pilothouse.packs.declared.rows import recorded_rows

GAIN = 0.01


def test_the_effect_is_found_where_a_plain_regression_is_far_off(world, early, late):
    rows = recorded_rows(world.whole(world.after(200)), world.scenario.declaration)
    ends = rows.filter(rows.where(is_to_last() & (pl.col("place") == 0)))
    plain = np.polyfit(ends.column("energy.sum.ahead"), ends.change, 1)[0]
    assert abs(plain - GAIN) > 0.3 * GAIN
    for model in (early, late):
        (effect,) = model.advice.effects
        assert effect.low < GAIN < effect.high
        assert effect.high - effect.low < 0.25 * GAIN
        assert not effect.low < plain < effect.high


def test_what_the_record_supports_is_what_was_done(world, early):
    (seen,) = early.advice.seen
    assert seen[0] == 0.0
    assert 4000 < seen[1] < 7000


def test_errors_come_in_units_of_what_was_expected(early, late):
    for model in (early, late):
        size = np.abs(model.advice.record.error)
        assert np.median(size) == pytest.approx(0.8, abs=0.4)
        assert model.advice.least_spread > 0


def test_the_advice_looks_at_nothing_ahead(early):
    names = {*early.advice.names, *early.advice.spread_names}
    assert names
    assert not [name for name in names if "ahead" in name or "whole" in name or name == "result.is_last"]
