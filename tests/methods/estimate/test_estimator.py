"""The estimator: both views, the same bytes, refusals in words."""

from dataclasses import replace

import numpy as np
import pytest

from pilothouse.errors import NotFittedError
from pilothouse.methods.estimate import estimator as room
from pilothouse.methods.estimate.estimator import LEAST_ROWS, Estimator, Rows, column_medians

NAMES = ("now", "energy", "minutes")


def world(n=400, seed=0):
    rng = np.random.default_rng(seed)
    now, energy, minutes = rng.normal(0, 10, n), rng.random(n) * 1000, rng.random(n) * 60
    y = 0.01 * energy - 0.2 * minutes + np.where(now > 0, -2.0, 0.0) + rng.normal(0, 0.5, n)
    rows = Rows(
        names=NAMES,
        x=np.column_stack([now, energy, minutes]),
        term_names=("heat", "loss"),
        terms=np.column_stack([energy, minutes]),
    )
    return rows, y


@pytest.fixture(scope="module", autouse=True)
def few_rounds():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "DIRECT_ROUNDS", 80)
        patch.setattr(room, "RESIDUAL_ROUNDS", 60)
        yield


def fit(rows, y, **changed):
    n = len(y)
    return Estimator.fit(rows, y, np.ones(n), np.ones(n, bool), **({"seed": 1} | changed))


@pytest.fixture(scope="module")
def learnt():
    return fit(*world())


def plain(rows):
    return Rows(names=rows.names, x=rows.x, term_names=(), terms=np.empty((len(rows.x), 0)))


def test_it_learns_with_and_without_a_mechanism(learnt):
    new, truth = world(seed=1)
    alone = fit(plain(world()[0]), world()[1])
    usual = np.abs(truth - np.median(truth)).mean()
    assert alone.strengths is alone.residual is None
    assert np.abs(truth - alone.predict(plain(new))).mean() < 0.5 * usual
    assert np.abs(truth - learnt.predict(new)).mean() < 0.4 * usual
    assert learnt.strengths.strength == pytest.approx([0.01, -0.2], rel=0.1)


def test_what_the_direct_view_shall_not_see_it_does_not_see():
    rows, y = world(n=200)
    blind = fit(plain(rows), y, direct_without=("energy",))
    other = replace(plain(rows), x=rows.x * [1.0, 0.0, 1.0])
    assert (blind.predict(plain(rows)) == blind.predict(other)).all()


def test_only_rows_that_will_be_asked_set_the_strengths():
    rows, y = world()
    judged = np.arange(len(y)) < 200
    misleading = np.where(judged, y, -y * 5)
    weight = np.where(judged, 1.0, 0.15)
    learnt = Estimator.fit(rows, misleading, weight, judged, seed=1)
    assert learnt.strengths.strength == pytest.approx([0.01, -0.2], rel=0.1)


def test_saved_and_loaded_it_is_the_same_to_the_byte(learnt, tmp_path):
    new, _ = world(seed=2)
    for name, what in (("a", learnt), ("b", fit(*world()))):
        (tmp_path / name).mkdir()
        what.save(tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)
    loaded = Estimator.load(tmp_path / "a")
    assert (loaded.predict(new) == learnt.predict(new)).all()
    alone = fit(plain(world()[0]), world()[1])
    (tmp_path / "c").mkdir()
    alone.save(tmp_path / "c")
    assert (Estimator.load(tmp_path / "c").predict(plain(new)) == alone.predict(plain(new))).all()


def test_too_few_answers_are_refused():
    rows, y = world(n=LEAST_ROWS - 1)
    with pytest.raises(NotFittedError, match=f"at least {LEAST_ROWS} answered questions to learn from, got 39"):
        fit(rows, y)


@pytest.mark.parametrize("fields", [{"names": ("a", "b", "c")}, {"term_names": ("x", "y")}])
def test_other_columns_are_refused(learnt, fields):
    with pytest.raises(ValueError, match="not those it was learnt on"):
        learnt.predict(replace(world()[0], **fields))


def test_missing_values_and_no_rows_are_no_fault(learnt):
    rows, _ = world(n=5)
    gaps = replace(rows, x=np.full_like(rows.x, np.nan))
    assert np.isfinite(learnt.predict(gaps)).all()
    assert learnt.predict(rows.take(np.zeros(5, bool))).shape == (0,)


def test_medians_are_of_what_is_there():
    x = np.array([[1.0, np.nan, np.nan], [3.0, 5.0, np.nan], [2.0, 6.0, 9.0]])
    assert np.array_equal(column_medians(x), [2.0, 5.5, np.nan], equal_nan=True)
