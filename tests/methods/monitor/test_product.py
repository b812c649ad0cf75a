import numpy as np

from pilothouse.methods.monitor.product import usual


def test_a_change_of_product_is_no_change_of_plant():
    rng = np.random.default_rng(1)
    grade = rng.integers(0, 4, 900).astype(float)
    values = np.column_stack([50.0 * grade, -9.0 * grade]) + rng.normal(size=(900, 2))
    within = values - usual(values, grade[:, None], 500)
    assert (within[500:].std(axis=0) < 1.2).all()
    assert (within[:500].std(axis=0) < 1.2).all()


def test_a_drift_stays_in_what_is_left():
    rng = np.random.default_rng(1)
    grade = rng.integers(0, 4, 900).astype(float)
    values = (50.0 * grade + rng.normal(size=900) + np.where(np.arange(900) >= 600, 5.0, 0.0))[:, None]
    assert (values - usual(values, grade[:, None], 500))[600:].mean() > 4.5


def test_without_features_the_mean_of_all_is_usual():
    values = np.arange(100.0)[:, None]
    assert usual(values, np.zeros((100, 0)), 50).ravel().tolist() == [24.5] * 100


def test_what_was_never_told_is_not_usual():
    values = np.full((100, 1), np.nan)
    values[90:] = 3.0
    assert np.isnan(usual(values, np.arange(100.0)[:, None], 50)).all()
