"""What people correct by hand: the crew what moves a family, the meeting what sets a grade apart."""

import pytest

from proving_ground.silicon_mill.corrections import (
    MEETING_H,
    MOST_AL,
    MOST_K,
    MOST_MEETING_K,
    MOST_STEP_K,
    TESTS_LOOKED_AT,
    TOO_FAR,
    Corrections,
)
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.piece import Coil, Heat, Steel

LIKED = {"high": 0.95, "middle": 0.94, "low": 0.94}


@pytest.fixture
def people():
    return Corrections(LIKED)


def tell(people, grade, above, *, tests=TESTS_LOOKED_AT, heat=0, at_h=0.0):
    """Tests that lie so much above what is liked."""
    chosen = GRADES[grade]
    for _ in range(tests):
        told = Coil(
            heat=Heat(number=heat, grade=chosen),
            position=0,
            grade=chosen,
            steel=Steel(),
            mass_t=18.0,
            slab_width_mm=1100.0,
            slab_thickness_mm=220.0,
            slab_length_m=9.0,
            cast_h=0.0,
        )
        told.seen["TEST.test.P15_50"] = (LIKED[chosen.family] + above) * chosen.loss_limit_w_kg
        people.told(told, at_h)


def hotter_k(people, grade="M400-50A"):
    return people.hotter_k(GRADES[grade])


def test_the_crew_waits_for_enough_tests_then_goes_hotter(people):
    tell(people, "M400-50A", 0.02, tests=TESTS_LOOKED_AT - 1)
    assert hotter_k(people) == 0.0
    tell(people, "M400-50A", 0.02, tests=1)
    assert 0.0 < hotter_k(people) <= MOST_STEP_K


def test_and_colder_where_the_tests_lie_well_inside(people):
    tell(people, "M400-50A", -0.02)
    assert -MOST_STEP_K <= hotter_k(people) < 0.0


def test_what_is_near_enough_is_left_alone(people):
    tell(people, "M400-50A", 0.9 * TOO_FAR, tests=5 * TESTS_LOOKED_AT)
    assert hotter_k(people) == 0.0


def test_it_goes_no_further_than_it_dares(people):
    tell(people, "M400-50A", 0.2, tests=20 * TESTS_LOOKED_AT)
    assert hotter_k(people) == pytest.approx(MOST_K)


def test_a_step_moves_a_family_and_no_other(people):
    tell(people, "M400-50A", 0.02)
    assert hotter_k(people, "M470-50A") == hotter_k(people)
    assert hotter_k(people, "M250-35A") == hotter_k(people, "M600-50A") == 0.0


def meet(people):
    tell(people, "M800-50A", 0.0, tests=1, at_h=MEETING_H + 1.0)


def test_the_meeting_moves_aluminium_where_grains_are_large(people):
    tell(people, "M250-35A", 0.03, tests=10)
    tell(people, "M270-35A", -0.03, tests=10, heat=1)
    meet(people)
    assert 0.0 < people.more_al(GRADES["M250-35A"]) <= MOST_AL
    assert -MOST_AL <= people.more_al(GRADES["M270-35A"]) < 0.0
    assert people.more_al(GRADES["M400-50A"]) == 0.0


def test_and_the_soak_where_they_are_small(people):
    tell(people, "M400-50A", 0.03, tests=10)
    tell(people, "M470-50A", -0.03, tests=10, heat=1)
    meet(people)
    assert 0.0 < hotter_k(people) <= MOST_MEETING_K
    assert hotter_k(people, "M470-50A") == pytest.approx(-hotter_k(people))
    assert people.more_al(GRADES["M400-50A"]) == 0.0


def test_few_heats_are_believed_less(people):
    few, many = people, Corrections(LIKED)
    for told, heats in ((few, 1), (many, 12)):
        for heat in range(heats):
            tell(told, "M400-50A", 0.008, tests=2, heat=heat)
            tell(told, "M470-50A", -0.008, tests=2, heat=100 + heat)
        meet(told)
    assert 0.0 < hotter_k(few) < hotter_k(many)
