import numpy as np
import pytest

from pilothouse.errors import DataError
from pilothouse.methods.monitor.relation import Relation, robust_spread


def rows(n=600, seed=3):
    rng = np.random.default_rng(seed)
    x = rng.normal([900.0, 80.0, 0.4], [30.0, 5.0, 0.05], size=(n, 3))
    return rng, x


def test_a_linear_relation_is_found_and_holds_on_later_rows():
    rng, x = rows()
    y = 0.9 * x[:, 0] - 0.5 * x[:, 1] + rng.normal(0.0, 1.0, 600)
    learnt = Relation.fit(x[:400], y[:400])
    assert np.std(y[400:] - learnt.of(x[400:])) < 1.15
    assert learnt.slope(x[400:], 0) == pytest.approx(0.9, abs=0.02)
    assert 0.8 < learnt.rest < 1.2


def test_a_bent_relation_needs_its_squares():
    rng, x = rows()
    y = (x[:, 0] - 900.0) ** 2 / 100.0 + rng.normal(0.0, 0.5, 600)
    straight, bent = Relation.fit(x[:400], y[:400]), Relation.fit(x[:400], y[:400], bent=True)
    assert np.std(y[400:] - bent.of(x[400:])) < 0.2 * np.std(y[400:] - straight.of(x[400:]))


def test_a_missing_value_is_filled_in_by_what_the_others_let_expect():
    rng, x = rows()
    x[:, 1] = 0.1 * x[:, 0] + rng.normal(0.0, 0.1, 600)
    learnt = Relation.fit(x[:400], x[:400, 0] + x[:400, 1])
    gap = x[400:].copy()
    gap[:, 1] = np.nan
    assert np.std(learnt.of(gap) - learnt.of(x[400:])) < 0.5


def test_mixed_labels_do_not_bend_it():
    rng, x = rows()
    y = x[:, 0] + rng.normal(0.0, 1.0, 600)
    y[:12] += 400.0
    assert Relation.fit(x, y).of(np.array([[900.0, 80.0, 0.4]]))[0] == pytest.approx(900.0, abs=0.5)


def test_too_few_rows_are_refused():
    _, x = rows(30)
    with pytest.raises(DataError, match="at least 40 rows with a value, got 30"):
        Relation.fit(x, x[:, 0])


def test_nothing_has_no_spread():
    assert np.isnan(robust_spread(np.array([np.nan])))
