import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.methods.estimate.alike import Alike


def works(rng, n=300):
    """Two grades: what is usual in one is wild in the other."""
    grade = rng.integers(0, 2, n).astype(float)
    return np.column_stack([grade, 2.0 * grade, 5.0 + 10.0 * grade]) + rng.normal(0.0, 0.1, (n, 3))


@pytest.fixture(scope="module")
def learnt():
    return Alike.fit(works(np.random.default_rng(1)), np.array([0, 1, 2]))


def test_what_is_sound_stays_as_it_is(learnt):
    rows = works(np.random.default_rng(2), 100)
    mended, replaced = learnt.mend(rows)
    assert replaced.mean() < 0.01
    assert np.array_equal(mended[~replaced], rows[~replaced])


def test_the_one_wrong_value_does_not_place_the_row(learnt):
    """Silicon of the other grade among values of this one: silicon is wrong, not the rest."""
    mended, replaced = learnt.mend(np.array([[1.0, 0.0, 5.0], [0.0, 2.0, 15.0]]))
    assert replaced.tolist() == [[True, False, False], [True, False, False]]
    assert mended[:, 0] == pytest.approx([0.0, 1.0], abs=0.1)


def test_what_nobody_alike_tells_is_the_middle_of_all():
    rows = works(np.random.default_rng(3))
    rows[rows[:, 0] > 0.5, 2] = np.nan
    found = Alike.fit(rows, np.array([0, 1])).usual(np.array([[1.0, 2.0, np.nan]]))
    assert found[0, 2] == pytest.approx(5.0, abs=0.1)


@given(st.integers(0, 2**32 - 1), st.lists(st.booleans(), min_size=3, max_size=3))
def test_a_mended_row_has_no_gap_and_lies_among_what_was_seen(learnt, seed, missing):
    row = works(np.random.default_rng(seed), 1)
    row[0, missing] = np.nan
    mended, replaced = learnt.mend(row)
    assert np.isfinite(mended).all()
    assert replaced[0, missing].all()
    assert (mended >= learnt.rows.min(axis=0) - 1.0).all()
    assert (mended <= learnt.rows.max(axis=0) + 1.0).all()


def test_saved_and_loaded_it_mends_alike(learnt):
    again = Alike.load(learnt.save())
    row = np.array([[np.nan, 2.0, 15.0]])
    assert np.array_equal(again.mend(row)[0], learnt.mend(row)[0])


def test_a_column_nobody_ever_told_is_no_fault_and_counts_as_missing():
    rows = np.column_stack([works(np.random.default_rng(4)), np.full(300, np.nan)])
    learnt = Alike.fit(rows, np.array([0, 1, 2]))
    mended, replaced = learnt.mend(np.array([[1.0, 2.0, 15.0, np.nan], [1.0, 2.0, 15.0, 7.0]]))
    assert np.isfinite(mended).all()
    assert replaced[:, 3].tolist() == [True, False]


def test_one_column_places_nothing():
    with pytest.raises(ValueError, match="at least two"):
        Alike.fit(np.zeros((5, 2)), np.array([0]))
