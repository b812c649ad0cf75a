"""Recipes at work, piece by piece."""

import numpy as np
import pytest
from tests.packs.steel.recipes.conftest import tried

from pilothouse.clock import NS_PER_H
from pilothouse.decision.steering import Steering


@pytest.fixture
def model(steering, works):
    return steering.learn(works.cases(3000, tried), 3000 * NS_PER_H, None)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_it_keeps_the_contract(steering):
    assert isinstance(steering, Steering)


def test_moves_stay_in_their_bands_and_say_how_likely_they_were(steering, model, situation):
    for seed in range(60):
        for segment in ("heating", "annealing"):
            for move in steering.guide(model, situation(segment), rng(seed), trial=1.0):
                lever = next(lever for lever in steering.book.levers if lever.key == move.lever)
                assert lever.low <= move.low <= move.steps <= move.high <= lever.high
                assert 0.0 < move.propensity <= 1.0


def test_without_trial_the_same_piece_gets_the_same(steering, model, situation):
    said = {steering.guide(model, situation("annealing"), rng(seed), trial=0.0) for seed in range(5)}
    assert len(said) == 1


def test_a_kind_nobody_learnt_is_left_alone(steering, model, situation):
    assert steering.guide(model, situation(kind="new"), rng(), trial=1.0) == ()
    assert steering.foretell(model, situation(kind="new")) == ()


def test_a_dirty_piece_runs_slower(steering, model, situation):
    clean, dirty = (
        {m.lever: m.steps for m in steering.guide(model, situation("annealing", sulphur=s), rng(), trial=0.0)}["speed"]
        for s in (-2.0, 2.5)
    )
    assert dirty < clean


def test_commands_are_presets_moved_inside_their_limits(steering, situation):
    assert steering.commands(situation(), {"heat": 1.0}) == {"zone_1": 1170.0, "zone_2": 1185.0}
    assert steering.commands(situation(), {"heat": -1.0}) == {"zone_1": 1190.0, "zone_2": 1200.0}
    assert steering.commands(situation(), {}) == {}
    assert steering.commands(situation(presets={"zone_1": 1000.0}), {"heat": 1.0}) == {"zone_1": 990.0}


def test_forecasts_count_what_was_done(steering, model, situation):
    (still,) = steering.foretell(model, situation("annealing"))
    (moved,) = steering.foretell(model, situation("annealing", done={"heat": 2.0}))
    assert moved.value < still.value
    assert still.quality == "loss"
    assert still.half_width > 0.0


def test_what_came_is_what_was_foretold_of(steering, works):
    case = works.cases(10)[0]
    assert steering.result(case, "loss") == pytest.approx(case.known["loss"] / 2.5 - 1.0)


def test_worth_counts_the_dearest_fault_and_moved_levers(steering, works):
    case = works.case(0, 0.0, {"heat": 2.0, "speed": 1.0})
    levers = 0.2 + 3.0
    fault = 400.0 if "loss" in case.faults else 300.0 if "scale" in case.faults else 0.0
    assert steering.worth(case) == pytest.approx(levers - fault)


def test_rolls_are_changed_as_often_as_pays(steering, model):
    assert steering.calendars(model)["rolls"] in {24.0, 48.0, 72.0}


def test_effects_say_whether_trials_told_them(steering, works):
    tried_out = steering.learn(works.cases(3000, tried), 3000 * NS_PER_H, None).effects()
    untried = steering.learn(works.cases(3000), 3000 * NS_PER_H, None).effects()
    assert {(e.lever, e.quality) for e in tried_out} == {("heat", "loss"), ("speed", "loss"), ("heat", "scale")}
    assert all(e.is_identified for e in tried_out if e.quality == "loss")
    assert not any(e.is_identified for e in untried)
    assert all(e.low <= e.value <= e.high for e in tried_out)


def test_too_few_cases_teach_nothing(steering, works):
    assert steering.learn(works.cases(100), 100 * NS_PER_H, None) is None


def test_a_model_of_something_else_is_misuse(steering, situation):
    with pytest.raises(TypeError, match="model of recipes"):
        steering.guide(object(), situation(), rng(), trial=0.0)
