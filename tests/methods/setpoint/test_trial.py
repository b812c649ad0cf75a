"""Small safe experiments."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.methods.setpoint.trial import try_around


def test_arms_come_as_often_as_they_say():
    rng = np.random.default_rng(3)
    arms = [try_around(0.0, 1.0, -2.0, 2.0, rng) for _ in range(8000)]
    counts = Counter(arm.value for arm in arms)
    for value, propensity in {(arm.value, arm.propensity) for arm in arms}:
        assert counts[value] / 8000 == pytest.approx(propensity, abs=0.02)
    assert sum({arm.value: arm.propensity for arm in arms}.values()) == pytest.approx(1.0)


@given(st.floats(-3, 3), st.floats(0, 2), st.integers(0, 99))
def test_it_never_leaves_the_band(centre, step, seed):
    arm = try_around(centre, step, -3.0, 3.0, np.random.default_rng(seed))
    assert -3.0 <= arm.value <= 3.0
    assert 0.0 < arm.propensity <= 1.0


def test_at_the_end_of_its_band_it_is_tried_inwards():
    rng = np.random.default_rng(4)
    arms = {try_around(2.0, 1.0, -2.0, 2.0, rng) for _ in range(200)}
    assert {(arm.value, arm.propensity) for arm in arms} == {(2.0, 0.75), (1.0, 0.25)}


def test_without_a_step_nothing_is_tried():
    arm = try_around(1.0, 0.0, -2.0, 2.0, np.random.default_rng(0))
    assert (arm.value, arm.propensity) == (1.0, 1.0)


def test_a_centre_outside_its_band_is_misuse():
    with pytest.raises(ValueError, match="centre of a trial"):
        try_around(3.0, 1.0, -2.0, 2.0, np.random.default_rng(0))
