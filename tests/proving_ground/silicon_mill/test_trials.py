"""What a works sees when it tries a table out: measured values alone, the same dice for two tables."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from proving_ground.constant import draw
from proving_ground.silicon_mill import trials
from proving_ground.silicon_mill.constants import CONSTANTS
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.instruments import FAMILY
from proving_ground.silicon_mill.practice import Rules
from proving_ground.silicon_mill.recipes import usual_table
from proving_ground.silicon_mill.trials import Trial, try_out


def tried(soak_k=0.0):
    table = {
        key: replace(row, annealing=replace(row.annealing, soak_degc=row.annealing.soak_degc + soak_k))
        for key, row in usual_table().items()
    }
    rules = Rules(table=MappingProxyType(table), pyrometer_days=90.0, gauge_days=30.0)
    return try_out(rules, draw(FAMILY, CONSTANTS, 0), 0, seed=5, days=90.0)


@pytest.fixture(scope="module", autouse=True)
def _few_heats():
    """Four of a grade instead of twelve."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trials, "HEATS", 4)
        yield


@pytest.fixture(scope="module")
def usual(_few_heats):
    return tried()


def test_every_grade_is_tried_and_lies_near_its_limit(usual):
    assert usual.keys() == GRADES.keys()
    for trial in usual.values():
        assert 0.85 < trial.loss < 1.08
        assert 0.002 < trial.spread < 0.08
        assert 100.0 < trial.cost_eur_t < 700.0


def test_the_same_trials_tell_the_same(usual):
    assert tried() == usual


def test_two_tables_meet_the_same_dice(usual):
    """So a kelvin more of soak shows in a trial of a dozen coils, where grains are small."""
    hotter = tried(8.0)
    for key, grade in GRADES.items():
        if grade.grain_um < 60.0:
            assert hotter[key].loss < usual[key].loss - 0.003
            assert hotter[key].spread == pytest.approx(usual[key].spread, rel=0.3)


def test_the_margin_is_counted_in_spreads():
    trial = Trial(loss=0.95, spread=0.02, cost_eur_t=400.0, b50_t=1.7)
    assert trial.margin == pytest.approx(2.5)
