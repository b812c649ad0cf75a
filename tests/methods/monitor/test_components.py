"""Components: as many as there are common causes, whatever the autocorrelation and the order of names."""

import numpy as np
import pytest
from scipy.signal import lfilter

from pilothouse.methods.monitor.components import parallel_analysis, principal_axes


@pytest.mark.parametrize("factors", [1, 3, 6])
def test_as_many_as_there_are_common_causes(factors):
    rng = np.random.default_rng(factors)
    table = rng.normal(size=(500, factors)) @ rng.normal(size=(factors, 30)) + rng.normal(size=(500, 30))
    table = (table - table.mean(axis=0)) / table.std(axis=0)
    assert parallel_analysis(table) == factors
    assert parallel_analysis(table[:, rng.permutation(30)]) == factors


def test_axes_are_orthonormal_and_fall_with_rank():
    axes, variances = principal_axes(np.random.default_rng(1).normal(size=(100, 7)))
    assert axes.T @ axes == pytest.approx(np.eye(7), abs=1e-12)
    assert (np.diff(variances) <= 0.0).all()


def test_slow_columns_without_a_bond_are_no_common_causes():
    """Chance correlations of slow columns are large; a bound for independent rows takes them for causes."""
    steps = np.random.default_rng(2).normal(size=(400, 15))
    slow = lfilter([1.0], [1.0, -0.95], steps, axis=0)
    slow = (slow - slow.mean(axis=0)) / slow.std(axis=0)
    assert np.linalg.eigvalsh(np.corrcoef(slow.T))[-1] > (1.0 + np.sqrt(15 / 400)) ** 2
    assert parallel_analysis(slow) == 1
