"""What is cast does not depend on how it is made."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.grades import FAMILIES, GRADES
from proving_ground.silicon_mill.plan import HEATS, WIDTHS_MM, Plan


def plan(seed=1):
    return Plan(Disturbances(seed=seed, family="silicon-mill"))


@given(st.integers(0, 500))
def test_a_sequence_is_of_one_family_and_width_and_not_too_long(seed):
    planned = plan(seed)
    number = 0
    for k in range(12):
        heats = planned.sequence(k)
        (family,) = {heat.grade.family for heat in heats}
        fewest, most = HEATS[family]
        assert fewest <= len(heats) <= most
        assert {heat.width_mm for heat in heats} <= set(WIDTHS_MM)
        assert len({heat.width_mm for heat in heats}) == 1
        assert [(h.number, h.place, h.of) for h in heats] == [(number + p, p, len(heats)) for p in range(len(heats))]
        assert [heat.grade.si for heat in heats] == sorted((heat.grade.si for heat in heats), reverse=True)
        number += len(heats)


@given(st.integers(0, 500), st.permutations(range(10)))
def test_it_is_the_same_plan_in_whatever_order_it_is_asked(seed, order):
    straight, jumping = plan(seed), plan(seed)
    assert [straight.sequence(k) for k in range(10)] == [
        sequence for _, sequence in sorted((k, jumping.sequence(k)) for k in order)
    ]


def test_another_seed_is_another_plan():
    assert [plan(1).sequence(k) for k in range(10)] != [plan(2).sequence(k) for k in range(10)]


def test_shares_of_the_grades_are_those_that_are_ordered():
    planned = plan()
    heats = [heat for k in range(400) for heat in planned.sequence(k)]
    counted = Counter(heat.grade.key for heat in heats)
    for grade in GRADES.values():
        assert counted[grade.key] / len(heats) == pytest.approx(grade.share, abs=0.008)


def test_no_family_waits_for_months():
    planned = plan()
    families = [planned.sequence(k)[0].grade.family for k in range(200)]
    for family in FAMILIES:
        places = [place for place, cast in enumerate(families) if cast == family]
        assert max(b - a for a, b in pairwise(places)) < 20
