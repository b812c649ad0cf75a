import pytest
from hypothesis import given
from hypothesis import strategies as st

from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.line import Line, LineRules
from proving_ground.silicon_mill.piece import Coil, Heat, Steel

RULES = LineRules(
    least_t=40.0, most_t=80.0, repair_every_d=14.0, repair_h=12.0, between_stops_h=40.0, stop_h=1.5, rest_h=2.0
)
KEYS = ("M250-35A", "M400-50A", "M800-50A")


def line(rules=RULES):
    return Line(key="APL", rules=rules, group_of=lambda c: c.grade.family, changeover_min=lambda _a, _b: 30.0)


def coil(number, grade="M250-35A", ready_h=0.0):
    made = Coil(
        heat=Heat(number=number, grade=GRADES[grade]),
        position=0,
        grade=GRADES[grade],
        steel=Steel(),
        mass_t=20.0,
        slab_width_mm=1100.0,
        slab_thickness_mm=220.0,
        slab_length_m=9.0,
        cast_h=0.0,
    )
    made.ready_h = ready_h
    return made


def taken(one, at_h=100.0):
    """What a line takes until nothing is before it, each coil passing at once."""
    order = []
    while (nxt := one.take(at_h)) is not None:
        one.last = nxt
        order.append(nxt)
    return order


@given(st.lists(st.sampled_from(KEYS), max_size=25))
def test_every_coil_is_taken_once_and_in_its_group_the_oldest_first(grades):
    one = line()
    coils = [coil(k, grade, ready_h=float(k)) for k, grade in enumerate(grades)]
    for each in coils:
        one.add(each)
    assert sorted(c.number for c in one.queue) == sorted(c.number for c in coils)
    order = taken(one)
    assert sorted(c.number for c in order) == sorted(c.number for c in coils)
    assert one.queue == []
    for grade in KEYS:
        numbers = [c.number for c in order if c.grade.key == grade]
        assert numbers == sorted(numbers)


def test_it_stays_with_a_group_until_the_campaign_is_long_enough():
    one = line()
    for k in range(12):
        one.add(coil(k, KEYS[k % 2], ready_h=float(k)))
    families = [c.grade.family for c in taken(one)]
    assert families[:8] == ["high"] * 4 + ["middle"] * 4
    assert set(families[8:10]) == {"high"}


def test_a_coil_is_taken_when_it_is_ready_and_rested():
    one = line()
    one.add(coil(0, ready_h=10.0))
    assert one.take(11.9) is None
    assert one.take(12.0) is not None


def test_it_waits_for_a_group_that_is_worth_a_campaign_but_does_not_stand_still():
    one = line()
    one.add(coil(0, KEYS[0], ready_h=0.0))
    for k in (1, 2):
        one.add(coil(k, KEYS[1], ready_h=5.0))
    assert one.take(100.0).grade.key == KEYS[1]  # older, but 20 t are no campaign
    alone = line()
    alone.add(coil(0))
    assert alone.take(100.0) is not None


def test_changing_costs_time_from_the_second_coil_on():
    one = line()
    assert one.changeover_h(coil(0)) == 0.0
    one.last = coil(0)
    assert one.changeover_h(coil(1)) == 0.5


def test_planned_repair_comes_by_the_calendar_but_not_on_the_first_day():
    one = line()
    assert one.repaired_h(1.0) == 1.0
    assert one.repaired_h(14 * 24.0 + 3.0) == 14 * 24.0 + 12.0
    assert one.repaired_h(14 * 24.0 + 12.0) == 14 * 24.0 + 12.0
    assert one.repaired_h(28 * 24.0) == 28 * 24.0 + 12.0


def test_breakdowns_are_the_coils_own_dice_and_as_frequent_as_the_rules_say():
    one, draws = line(), Disturbances(seed=5, family="silicon-mill")
    stops = [one.breakdown_h(coil(k), 0.5, draws) for k in range(8000)]
    assert stops[7] == line().breakdown_h(coil(7), 0.5, draws)
    stood = [h for h in stops if h > 0.0]
    assert len(stood) / len(stops) == pytest.approx(0.5 / 40.0, rel=0.3)
    assert sum(stood) / len(stood) == pytest.approx(1.5, rel=0.3)
    assert min(stops) >= 0.0
