"""How the crews work: tables, corrections, calendars."""

import pytest

from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.piece import Coil, Heat, Steel
from proving_ground.silicon_mill.practice import LIKED, LINES, MEETING_D, MOST_STEPS, STEP_K, TESTS_LOOKED_AT
from proving_ground.silicon_mill.route import SEGMENT
from proving_ground.silicon_mill.stages.annealing import SET, preset

ANNEALING = SEGMENT["annealing"]


@pytest.fixture
def crews(works):
    return works().practice


def coil(grade="M400-50A", number=0, width_mm=1100.0):
    made = Coil(
        heat=Heat(number=number, grade=GRADES[grade]),
        position=0,
        grade=GRADES[grade],
        steel=Steel(),
        mass_t=18.0,
        slab_width_mm=width_mm,
        slab_thickness_mm=220.0,
        slab_length_m=9.0,
        cast_h=0.0,
    )
    made.strip_width_mm = width_mm
    return made


def after_tests(crews, over_limit, grade="M400-50A", tests=TESTS_LOOKED_AT, at_h=0.0):
    for _ in range(tests):
        told = coil(grade)
        told.seen["TEST.test.P15_50"] = over_limit * told.grade.loss_limit_w_kg
        crews.told(told, at_h)


def hotter_k(crews, grade="M400-50A"):
    """What the crew adds to the table."""
    said = preset(crews.rules.table[grade].annealing, coil(grade))
    return crews.set_points(ANNEALING, coil(grade), 0.0)[SET[6]] - said[SET[6]]


def test_the_annealing_crew_goes_hotter_where_tests_come_close_and_back_where_they_do_not(crews):
    assert hotter_k(crews) == 0.0
    after_tests(crews, LIKED["middle"] + 0.05, tests=TESTS_LOOKED_AT - 1)
    assert hotter_k(crews) == 0.0
    after_tests(crews, LIKED["middle"] + 0.05, tests=1)
    assert hotter_k(crews) == pytest.approx(STEP_K)
    after_tests(crews, LIKED["middle"])
    assert hotter_k(crews) == pytest.approx(STEP_K)
    after_tests(crews, LIKED["middle"] - 0.05, tests=2 * TESTS_LOOKED_AT)
    assert hotter_k(crews) <= 0.0


def test_it_goes_no_further_than_it_dares(crews):
    after_tests(crews, 1.2, tests=40 * TESTS_LOOKED_AT)
    assert hotter_k(crews) == pytest.approx(MOST_STEPS * STEP_K)


def test_a_grade_is_corrected_by_its_own_tests(crews):
    after_tests(crews, 1.2, grade="M470-50A")
    assert hotter_k(crews) == 0.0
    assert hotter_k(crews, "M470-50A") == pytest.approx(STEP_K)


@pytest.mark.parametrize(("over_limit", "more"), [(1.03, True), (0.88, False)])
def test_the_meeting_agrees_on_aluminium_where_grains_are_large(works, over_limit, more):
    usual, corrected = works(), works()
    for at_h in (0.0, 24.0 * MEETING_D + 1.0):
        after_tests(corrected.practice, over_limit, grade="M250-35A", tests=3, at_h=at_h)
    al = [shop.heat(0, "M250-35A")[1][3].steel.al for shop in (usual, corrected)]
    assert (al[1] > al[0]) == more
    assert al[1] != al[0]
    small = [shop.heat(1, "M800-50A")[1][3].steel.al for shop in (works(), corrected)]
    assert small[1] == pytest.approx(small[0], abs=0.02)


def test_the_rules_calendars_are_kept(works):
    shop = works(days=17.0)
    assert shop.route.annealing.calibration_days == 17.0
    assert shop.route.cold_mill.calibration_days == shop.practice.rules.gauge_days
    row = next(iter(shop.practice.rules.table.values()))
    assert shop.route.coating.roll_change_h == row.coating.roll_change_h
    assert shop.route.slitting.knife_change_km == row.slitting.knife_change_km


def test_alike_is_rolled_together_and_wide_before_narrow(crews):
    slabs = [coil("M800-50A", 1, 1260.0), coil("M250-35A", 2, 1100.0), coil("M250-35A", 3, 1200.0)]
    slabs = sorted(slabs, key=crews.rolling_order)
    assert [s.heat.number for s in slabs] == [3, 2, 1]


def test_every_line_has_its_groups_and_what_a_change_costs(crews):
    lines = crews.lines()
    assert lines.keys() == LINES.keys()
    low, high = coil("M800-50A"), coil("M250-35A")
    for key in ("APL", "CRM", "FAL"):
        one = lines[key]
        assert one.group_of(low) != one.group_of(high)
        one.last = low
        assert one.changeover_h(high) > 0.0
        one.last = high
        assert one.changeover_h(coil("M250-35A", 5)) == 0.0
    lines["SLIT"].last = low
    assert lines["SLIT"].changeover_h(high) == 0.0
    assert all(one.queue == [] for one in lines.values())
