"""How a works comes to its table; what a month of a process engineer changes about it, and what it does not."""

import pytest

from proving_ground.constant import draw
from proving_ground.silicon_mill.constants import CONSTANTS
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.instruments import FAMILY
from proving_ground.silicon_mill.interlocks import MOST_HEATED
from proving_ground.silicon_mill.recentring import FASTEST, rules_of
from proving_ground.silicon_mill.recipes import usual_table
from proving_ground.silicon_mill.trials import try_out

SEED = 77
"""Not that of the trials by which the works set its table."""


@pytest.fixture(scope="module")
def usual():
    return rules_of("usual", 0)


@pytest.fixture(scope="module")
def recentred():
    return rules_of("recentred", 0)


def test_commissioning_moves_the_soak_of_small_grains_and_the_aluminium_of_large(usual):
    wall = usual_table()
    for key, grade in GRADES.items():
        soak_k = usual.table[key].annealing.soak_degc - wall[key].annealing.soak_degc
        al = usual.table[key].vacuum.al_over - wall[key].vacuum.al_over
        assert (soak_k == 0.0) == (grade.grain_um >= 100.0), key
        assert (al == 0.0) == (grade.grain_um < 100.0), key
        assert abs(soak_k) <= 30.0
        assert -0.15 <= usual.table[key].vacuum.al_over <= 0.30


def test_nothing_else_is_commissioned(usual):
    wall = usual_table()
    for key, row in usual.table.items():
        assert row.reheating == wall[key].reheating
        assert row.coating == wall[key].coating
        assert row.caster == wall[key].caster
        assert row.annealing.speed_m_min == wall[key].annealing.speed_m_min


def test_other_trials_find_the_loss_where_works_like_it(usual):
    found = try_out(usual, draw(FAMILY, CONSTANTS, 0), 0, seed=SEED, days=365.0)
    for key, trial in found.items():
        assert trial.loss == pytest.approx(usual.liked[GRADES[key].family], abs=0.025), key


def test_the_engineer_reheats_no_hotter_runs_no_slower_and_calibrates_more_often(usual, recentred):
    for key, row in recentred.table.items():
        before = usual.table[key]
        assert row.reheating.discharge_degc <= before.reheating.discharge_degc
        assert row.annealing.speed_m_min >= before.annealing.speed_m_min
        assert row.annealing.speed_m_min <= FASTEST * before.annealing.speed_m_min + 1e-9
        assert row.coating.weight_g_m2 < before.coating.weight_g_m2
        assert row.annealing.tension_mpa < before.annealing.tension_mpa
        assert row.annealing.speed_m_min * GRADES[key].thickness_mm <= MOST_HEATED
    assert recentred.pyrometer_days < usual.pyrometer_days
    assert recentred.gauge_days < usual.gauge_days
    assert any(recentred.table[k].reheating != usual.table[k].reheating for k in GRADES)


def test_the_organisation_stays(usual, recentred):
    """What is re-centred is a table; campaigns, lines and releases are another matter."""
    assert recentred.campaign == usual.campaign
    assert recentred.release_below_t == usual.release_below_t


def test_a_plants_rules_are_worked_out_once(usual, recentred):
    assert rules_of("usual", 0) is usual
    assert rules_of("recentred", 0) is recentred


def test_another_plant_comes_to_another_table(usual):
    other = rules_of("usual", 2)
    assert any(other.table[k].annealing != usual.table[k].annealing for k in GRADES)
