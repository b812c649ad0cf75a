"""How the crews work: tables, corrections, calendars."""

import pytest

from proving_ground.silicon_mill.corrections import MEETING_H, TESTS_LOOKED_AT
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.piece import Coil, Heat, Steel
from proving_ground.silicon_mill.practice import LINES
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


def test_corrections_reach_the_set_points(works):
    """What the tests of a grade ask for, the furnace and the ladle get."""
    usual, corrected = works(), works()
    for number in range(2 * TESTS_LOOKED_AT):
        told = coil("M250-35A", number)
        told.seen["TEST.test.P15_50"] = 1.03 * told.grade.loss_limit_w_kg
        corrected.practice.told(told, MEETING_H + number)
    corrections = corrected.practice.corrections
    said = preset(corrected.practice.rules.table["M250-35A"].annealing, coil("M250-35A"))
    given = corrected.practice.set_points(ANNEALING, coil("M250-35A"), 0.0)
    hotter_k = corrections.hotter_k(GRADES["M250-35A"])
    assert hotter_k > 0.0
    assert given[SET[6]] - said[SET[6]] == pytest.approx(hotter_k, abs=0.01)
    al = [shop.heat(0, "M250-35A")[1][3].steel.al for shop in (usual, corrected)]
    assert al[1] - al[0] == pytest.approx(corrections.more_al(GRADES["M250-35A"]), abs=0.02)


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
