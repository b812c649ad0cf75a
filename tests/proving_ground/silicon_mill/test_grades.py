"""The grades that the mill sells form a ladder, and its loss model climbs it."""

import pytest

from proving_ground.silicon_mill.grades import FAMILIES, GRADES
from proving_ground.silicon_mill.stages.loss import b50_t, specific_loss, target_w_kg, typical_strip


@pytest.mark.parametrize("grade", GRADES.values(), ids=lambda grade: grade.key)
def test_the_loss_of_a_grade_as_it_is_meant_is_its_target(grade):
    made = specific_loss(typical_strip(grade), 1.5, 50.0).total
    assert made == pytest.approx(target_w_kg(grade), abs=0.16)
    assert made < 0.97 * grade.loss_limit_w_kg


def test_the_ladder_is_met_on_the_whole():
    off = [specific_loss(typical_strip(g), 1.5, 50.0).total - target_w_kg(g) for g in GRADES.values()]
    assert (sum(d * d for d in off) / len(off)) ** 0.5 < 0.11


@pytest.mark.parametrize("grade", GRADES.values(), ids=lambda grade: grade.key)
def test_the_induction_lies_above_the_standards_least(grade):
    assert 0.02 < b50_t(typical_strip(grade)) - grade.b50_least_t < 0.11


def test_the_mill_aims_below_the_limit():
    assert target_w_kg(GRADES["M250-35A"]) == pytest.approx(2.3625)


def test_a_better_grade_is_dearer_and_richer():
    for mm in (0.35, 0.50):
        ladder = [grade for grade in GRADES.values() if grade.thickness_mm == mm]
        assert [g.loss_limit_w_kg for g in ladder] == sorted(g.loss_limit_w_kg for g in ladder)
        assert [g.price_eur_t for g in ladder] == sorted((g.price_eur_t for g in ladder), reverse=True)
        assert [g.grain_um for g in ladder] == sorted((g.grain_um for g in ladder), reverse=True)


def test_shares_are_of_the_whole_and_families_are_known():
    assert sum(grade.share for grade in GRADES.values()) == pytest.approx(1.0)
    assert {grade.family for grade in GRADES.values()} == set(FAMILIES)
    assert all((grade.si > 2.8) == (grade.family == "high") for grade in GRADES.values())
    assert len(GRADES) == 11
