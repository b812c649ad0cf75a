"""A correlated unit: three latent factors, twelve parameters of different size and unit, autocorrelated as asked."""

import numpy as np
import pytest
from scipy.signal import lfilter

from pilothouse.methods.monitor.latent import Latent
from pilothouse.methods.monitor.watch import Watch

LOADINGS = np.random.default_rng(5).normal(size=(3, 12))
SIZE = np.arange(1.0, 13.0)
NAMES = tuple(f"x{k}" for k in range(12))


@pytest.fixture(scope="session")
def unit():
    """Normal rows (n, 12) of the unit: `unit(rng, n, phi=…, missing=…)`."""

    def rows(rng, n, *, phi=0.0, missing=0.0):
        def series(k):
            steps = np.sqrt(1 - phi**2) * rng.normal(size=(n + 200, k))
            return lfilter([1.0], [1.0, -phi], steps, axis=0)[200:]

        table = series(3) @ LOADINGS + 0.5 * series(12)
        table[rng.random(table.shape) < missing] = np.nan
        return 100.0 + table * SIZE

    return rows


@pytest.fixture(scope="session")
def watched():
    """A watch learnt on the first 500 of these rows and calibrated on the next 300."""
    return lambda rows: Watch.calibrate(Latent.fit(rows[:500], NAMES), rows[500:800])


@pytest.fixture(scope="session")
def factor():
    """What one spread of a latent factor adds to the parameters (12,)."""
    return lambda number: LOADINGS[number] * SIZE
