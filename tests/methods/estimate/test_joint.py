import numpy as np
import pytest

from pilothouse.methods.estimate.joint import joint_chance

LOW, HIGH = np.array([-1.0, -2.0]), np.array([1.0, 2.0])


def test_the_chance_is_the_share_that_lands():
    rng = np.random.default_rng(1)
    spread = np.array([[1.0, 0.8], [0.0, 1.2]])
    errors, later = (rng.standard_normal((n, 2)) @ spread for n in (2_000, 100_000))
    for forecast in ([0.0, 0.0], [0.5, -1.0], [2.0, 2.0]):
        came = ((later + forecast >= LOW) & (later + forecast <= HIGH)).all(axis=1).mean()
        assert joint_chance(np.array([forecast]), errors, LOW, HIGH)[0] == pytest.approx(came, abs=0.03)


def test_errors_that_hang_together_are_not_multiplied():
    one = np.random.default_rng(2).standard_normal((300, 1))
    together = joint_chance(np.zeros((1, 2)), np.hstack([one, one]), np.array([-1.0, -1.0]), np.array([1.0, 1.0]))[0]
    apart = np.mean(np.abs(one) <= 1.0)
    assert together > apart**2 + 0.06


def test_smoothing_adds_no_spread():
    errors = np.random.default_rng(3).standard_normal((400, 2)) * [1.0, 5.0] + [0.3, 0.0]
    wide = np.array([-np.inf, -np.inf]), np.array([np.inf, np.inf])
    assert joint_chance(np.zeros((1, 2)), errors, *wide)[0] == pytest.approx(1.0)
    below = [
        joint_chance(np.zeros((1, 2)), errors, wide[0], np.array([at, np.inf]))[0] for at in np.linspace(-6, 7, 131)
    ]
    density = np.diff(below)
    at = np.linspace(-5.95, 6.95, 130)
    mean = density @ at
    assert mean == pytest.approx(errors[:, 0].mean(), abs=0.02)
    assert np.sqrt(density @ (at - mean) ** 2) == pytest.approx(errors[:, 0].std(), rel=0.02)


def test_one_pair_is_too_few():
    with pytest.raises(ValueError, match="two pairs"):
        joint_chance(np.zeros((1, 2)), np.zeros((1, 2)), LOW, HIGH)
