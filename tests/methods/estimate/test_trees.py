"""Trees: whatever the unit, the same bytes from the same rows, and as good after loading."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.methods.estimate.trees import Trees, robust_spread

ROUNDS = 60


def rows(seed=0, n=500):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 4))
    x[rng.random((n, 4)) < 0.1] = np.nan
    y = 3.0 * np.nan_to_num(x[:, 0]) + np.where(x[:, 1] > 0, 2.0, -2.0) + rng.normal(0, 0.3, n)
    return x, y


def fit(x, y, **changed):
    return Trees.fit(x, y, np.ones(len(y)), **({"rounds": ROUNDS, "seed": 1} | changed))


def test_they_learn():
    x, y = rows()
    new_x, new_y = rows(seed=1)
    assert np.abs(new_y - fit(x, y, rounds=200).predict(new_x)).mean() < 0.3 * np.abs(new_y - y.mean()).mean()


@pytest.mark.parametrize("unit", [1e-3, 1024.0])
def test_the_unit_of_the_result_does_not_matter(unit):
    x, y = rows()
    assert fit(x, y * unit).predict(x) / unit == pytest.approx(fit(x, y).predict(x), abs=0.1)


def test_faulty_readings_do_not_bend_them():
    x, y = rows()
    wild = y.copy()
    wild[:10] += 1e5
    assert np.abs(fit(x, wild).predict(x) - fit(x, y).predict(x))[10:].mean() < 0.5


def test_same_rows_and_seed_give_the_same_bytes(tmp_path):
    x, y = rows()
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        fit(x, y).save(tmp_path / folder, "t")
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == ["t-0.txt", "t-1.txt", "t.json"]
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)
    assert (fit(x, y, seed=2).predict(x) != fit(x, y).predict(x)).any()


def test_loaded_ones_say_the_same(tmp_path):
    x, y = rows()
    learnt = fit(x, y)
    learnt.save(tmp_path, "t")
    assert (Trees.load(tmp_path, "t").predict(x) == learnt.predict(x)).all()


def test_many_names_share_a_folder(tmp_path):
    x, y = rows(n=100)
    for name in ("usual1", "usual10", "usual1-b"):
        fit(x, y, rounds=5).save(tmp_path, name)
    assert len(Trees.load(tmp_path, "usual1").boosters) == 2


@pytest.mark.parametrize("columns", [0, 2])
def test_no_row_asks_for_no_prediction(columns):
    x, y = rows(n=100)
    assert fit(x[:, :columns], y, rounds=5).predict(np.empty((0, columns))).shape == (0,)


def test_without_anything_to_look_at_they_say_what_is_usual():
    y = np.random.default_rng(0).normal(40.0, 1.0, 200)
    assert fit(np.empty((200, 0)), y).predict(np.empty((3, 0))) == pytest.approx([np.median(y)] * 3, abs=1.0)
    assert fit(np.ones((200, 1)), y).predict(np.ones((3, 1))) == pytest.approx([np.median(y)] * 3, abs=1.0)


def test_few_rows_and_equal_rows_are_no_fault():
    x, y = rows(n=5)
    assert np.isfinite(fit(x, y).predict(x)).all()
    assert fit(x, np.full(5, 7.0)).predict(x) == pytest.approx([7.0] * 5, abs=0.1)


@given(values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40).map(np.array))
def test_a_spread_is_never_zero(values):
    assert robust_spread(values) > 0
