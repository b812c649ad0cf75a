from math import sqrt

import numpy as np
import pytest

from proving_ground.constant import draw
from proving_ground.silicon_mill import floor as floor_module
from proving_ground.silicon_mill.constants import CONSTANTS
from proving_ground.silicon_mill.floor import ROUTE, noise_floor
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.instruments import FAMILY
from proving_ground.silicon_mill.piece import Coil, Heat
from proving_ground.silicon_mill.recentring import rules_of


@pytest.fixture(scope="module")
def study():
    """A small floor, and the coils that it was made of."""
    kept = []
    watch = floor_module._watch
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(floor_module, "_watch", lambda *asked: kept.append(watch(*asked)) or kept[0])
        return noise_floor(seed=3, coils=40, again=4, days=45.0), kept[0][0]


@pytest.fixture(scope="module")
def floor(study):
    return study[0]


def test_it_stands_after_each_segment_from_the_alloying_on(floor):
    assert tuple(standing.segment for standing in floor.standings) == ROUTE


def test_the_grade_alone_tells_nearly_everything_over_the_mix(floor):
    assert all(0.98 < standing.r2 < 1.0 for standing in floor.standings)
    assert all(standing.within < standing.r2 for standing in floor.standings)


def test_more_can_be_told_the_further_the_coil_has_come(floor):
    within = {standing.segment: standing.within for standing in floor.standings}
    errors = {standing.segment: standing.within_se for standing in floor.standings}
    assert within["alloying"] < within["annealing"] - errors["alloying"]
    assert within["cold-rolling"] < within["annealing"]


def test_coating_tells_nothing_of_the_loss(floor):
    annealed, coated = floor.standings[-2:]
    assert coated.left_w_kg == pytest.approx(annealed.left_w_kg)


def test_nothing_is_told_better_than_a_repeated_test_scatters(floor):
    assert all(standing.left_percent > floor.repeat.left_percent for standing in floor.standings)
    assert 1.0 < floor.repeat.left_percent < 1.2


def test_what_is_left_is_less_than_what_there_is(floor):
    assert all(standing.left_percent < floor.within_percent for standing in floor.standings)
    assert 2.0 < floor.within_percent < 5.0


def test_the_inner_variance_is_unbiased_however_few_the_continuations():
    rng = np.random.default_rng(4)
    truth = 10.0 * rng.standard_normal((4000, 1))
    few, se = floor_module._left(truth + rng.standard_normal((4000, 3)))
    assert few == pytest.approx(1.0, abs=4.0 * se)
    assert 0.005 < se < 0.08


def test_missing_tests_leave_the_estimate_alone():
    rng = np.random.default_rng(5)
    made = rng.standard_normal((2000, 6))
    made[rng.random(made.shape) < 0.02] = np.nan
    assert floor_module._left(made)[0] == pytest.approx(1.0, abs=0.1)


def test_two_continuations_are_too_few():
    with pytest.raises(ValueError, match="3 or more"):
        floor_module._left(np.zeros((5, 2)))


def test_variance_within_groups_counts_the_means_it_took():
    groups = ["a", "a", "b", "b"] * 6
    values = np.array([1.0, 3.0, 11.0, 13.0] * 6)
    found, _ = floor_module._total(values, groups)
    assert sqrt(found) == pytest.approx(sqrt(24.0 / 22.0))


def test_a_copied_coil_is_made_further_without_the_other():
    heat = Heat(number=1, grade=GRADES["M250-35A"])
    coil = Coil(
        heat=heat,
        position=0,
        grade=heat.grade,
        steel=heat.steel,
        mass_t=18.0,
        slab_width_mm=1100.0,
        slab_thickness_mm=220.0,
        slab_length_m=9.0,
        cast_h=0.0,
    )
    other = floor_module._copied(coil)
    other.steel.si, other.account.cost_eur, other.seen["x"] = 3.0, 5.0, 1.0
    other.defects.append("loss")
    assert (coil.steel.si, coil.account.cost_eur, coil.seen, coil.defects) == (0.0, 0.0, {}, [])


def test_a_coil_is_continued_the_same_again_and_elsewhere_otherwise(study):
    rules, constants = rules_of("usual", 0), draw(FAMILY, CONSTANTS, 0)
    once, again, elsewhere = (
        floor_module._made_elsewhere(study[1][:3], rules, constants, (seed, 0)) for seed in (9, 9, 10)
    )
    assert np.array_equal(once, again, equal_nan=True)
    assert not np.array_equal(once, elsewhere, equal_nan=True)


def test_continuing_a_coil_leaves_it_as_it_was(study):
    watched = study[1][0]
    before = {key: (coil.mass_t, len(coil.seen), coil.account.cost_eur) for key, coil in watched.left.items()}
    assert tuple(watched.left) == ROUTE[1:]
    assert before["coating"][2] > before["reheating"][2] > 0.0
    floor_module._made_elsewhere([watched], rules_of("usual", 0), draw(FAMILY, CONSTANTS, 0), (9, 0))
    after = {key: (coil.mass_t, len(coil.seen), coil.account.cost_eur) for key, coil in watched.left.items()}
    assert after == before
