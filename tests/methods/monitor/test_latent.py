"""The latent model: known distances, laws of scale and order, what adds up, and clear errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.errors import DataError, SchemaDriftError
from pilothouse.methods.monitor.latent import Latent

NAMES = tuple(f"x{k}" for k in range(12))


@pytest.fixture(scope="module")
def rows(unit):
    return unit(np.random.default_rng(1), 800, phi=0.5)


@pytest.fixture(scope="module")
def latent(rows):
    return Latent.fit(rows[:500], NAMES)


def test_t2_and_spe_of_a_known_covariance():
    """Of z = f·a + noise with a'a = 4: variance 4 + 0.01 along a, 0.01 across it; a point 2a has T² = 16·4/4.01."""
    rng = np.random.default_rng(2)
    loading = np.ones(4)
    table = rng.normal(size=(20_000, 1)) * loading + 0.1 * rng.normal(size=(20_000, 4))
    learnt = Latent.fit(table, list("abcd"))
    spread = np.sqrt(1.01)
    point = learnt.place(np.array([2.0 * loading, [0.3, -0.3, 0.0, 0.0]]))
    assert learnt.components == 1
    assert learnt.t2(point)[0] == pytest.approx(16.0 / 4.01, rel=0.05)
    assert learnt.spe(point)[0] == pytest.approx(0.0, abs=0.01)
    assert learnt.t2(point)[1] == pytest.approx(0.0, abs=0.01)
    assert learnt.spe(point)[1] == pytest.approx(0.18 / spread**2, rel=0.05)


def test_the_number_of_factors_is_found(latent):
    assert latent.components == 3


@settings(max_examples=15, deadline=None)
@given(
    order=st.permutations(range(12)),
    scale=st.lists(st.floats(1e-3, 1e3), min_size=12, max_size=12),
    shift=st.floats(-1e3, 1e3),
)
def test_units_and_order_of_the_parameters_do_not_matter(rows, latent, order, scale, shift):
    other = (rows * np.array(scale) + shift)[:, order]
    learnt = Latent.fit(other[:500], [NAMES[k] for k in order])
    one, two = latent.place(rows[500:]), learnt.place(other[500:])
    assert learnt.components == latent.components
    assert np.allclose(two, one[:, order], atol=1e-5)
    assert np.allclose(learnt.t2(two), latent.t2(one), rtol=1e-4)
    assert np.allclose(learnt.spe(two), latent.spe(one), rtol=1e-4)
    assert np.allclose(learnt.charts(two), latent.charts(one), atol=1e-3)


@settings(max_examples=30)
@given(values=st.lists(st.floats(-1e4, 1e4), min_size=12, max_size=12))
def test_contributions_are_not_negative_and_add_up(latent, values):
    placed = latent.place(np.array([values]))
    of_t2, of_spe = latent.contributions(placed)
    assert of_t2.min() >= 0.0
    assert of_spe.min() >= 0.0
    assert of_t2.sum() == pytest.approx(latent.t2(placed)[0], rel=1e-9, abs=1e-9)
    assert of_spe.sum() == pytest.approx(latent.spe(placed)[0], rel=1e-9, abs=1e-9)


def test_a_broken_relation_speaks_in_its_own_chart_and_a_lasting_one_in_the_lasting(rows, latent):
    base = latent.charts(latent.place(rows[500:]))
    broken, lasting = rows[500:].copy(), rows[500:].copy()
    broken[150, 4] += 5.0 * latent.spread[4]
    lasting[150:, 4] += 1.0 * latent.spread[4]
    assert latent.charts(latent.place(broken))[150, 1] - base[150, 1] > 3.0
    changed = latent.charts(latent.place(lasting)) - base
    assert changed[180:, 2].mean() > 2.0 * changed[180:, 1].mean()


def test_kept_as_arrays_and_back(tmp_path, rows, latent):
    np.savez(tmp_path / "latent.npz", **latent.to_arrays())
    with np.load(tmp_path / "latent.npz", allow_pickle=False) as stored:
        back = Latent.from_arrays(dict(stored))
    assert back.names == latent.names
    assert np.array_equal(back.charts(back.place(rows)), latent.charts(latent.place(rows)))


@pytest.mark.parametrize("damage", [{"format": np.asarray(0.0)}, {"axes": np.zeros((3, 3))}, {"level": None}])
def test_a_damaged_store_is_told(latent, damage):
    stored = {**latent.to_arrays(), **damage}
    with pytest.raises(SchemaDriftError, match="latent"):
        Latent.from_arrays({key: part for key, part in stored.items() if part is not None})


def test_constant_parameters_are_named(rows):
    still = rows.copy()
    still[:, [2, 7]] = 4.2
    with pytest.raises(DataError, match="never varies: x2, x7"):
        Latent.fit(still, NAMES)


def test_too_few_rows_parameters_or_values_are_told(rows):
    with pytest.raises(DataError, match="at least 60 rows"):
        Latent.fit(rows[:59], NAMES)
    with pytest.raises(DataError, match="at least 3 parameters"):
        Latent.fit(rows[:, :2], NAMES[:2])
    dead = rows.copy()
    dead[:, 3] = np.nan
    with pytest.raises(DataError, match="0 values of x3"):
        Latent.fit(dead, NAMES)
    with pytest.raises(DataError, match="rows of 12 parameters"):
        Latent.fit(rows, NAMES).place(rows[:, :5])


def test_gross_errors_among_the_rows_learnt_on_do_not_bend_the_model(rows, latent):
    faulty = rows[:500].copy()
    faulty[::50, 6] = 1e9
    learnt = Latent.fit(faulty, NAMES)
    assert learnt.centre == pytest.approx(latent.centre, rel=0.01)
    assert learnt.spread == pytest.approx(latent.spread, rel=0.1)
    assert learnt.components == 3


@pytest.mark.parametrize("rests", [250, 400, 490])
def test_a_parameter_that_mostly_rests_can_be_learnt(rows, rests):
    resting = rows[:500].copy()
    resting[:rests, 0] = 7.0
    learnt = Latent.fit(resting, NAMES)
    assert learnt.spread[0] > 0.1
    assert np.isfinite(learnt.charts(learnt.place(resting))).all()
