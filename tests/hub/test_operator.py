"""The modelled operator."""

import numpy as np
import pytest

from pilothouse.clock import NS_PER_MIN
from pilothouse.decision.steering import Move
from pilothouse.hub.operator import EDITS, REFUSES, SLIPS, Shift

MOVES = (Move(lever="soak", steps=1.0, low=0.5, high=1.5), Move(lever="speed", steps=2.0, low=1.5, high=2.5))


def worked(asked=8000):
    shift, rng = Shift(), np.random.default_rng(6)
    return shift, [shift.ask(MOVES, 5 * k * NS_PER_MIN, rng) for k in range(asked)]


def test_answers_come_as_often_as_they_should():
    told = worked()[0].told()
    assert told["edited"] == pytest.approx(EDITS, abs=0.01)
    assert told["refused"] == pytest.approx(REFUSES, abs=0.01)
    assert told["slipped"] == pytest.approx(SLIPS, abs=0.004)
    assert told["adoption"] == pytest.approx(1.0 - REFUSES - SLIPS, abs=0.01)
    assert told["proposals"] == 8000


def test_edits_stay_inside_the_range_and_are_measured():
    shift, answers = worked()
    edited = [answer for answer in answers if answer.said == "edited"]
    assert all(0.5 <= answer.steps["soak"] <= 1.5 and 1.5 <= answer.steps["speed"] <= 2.5 for answer in edited)
    assert all(sum(answer.steps[m.lever] != m.steps for m in MOVES) == 1 for answer in edited)
    assert 0.0 < shift.told()["edit_steps"] < 0.5


def test_a_refusal_has_a_reason_and_sets_nothing():
    refused = [answer for answer in worked()[1] if answer.said == "refused"]
    assert all(answer.reason and not answer.steps for answer in refused)


def test_a_slip_sets_something_wrong():
    slipped = [answer for answer in worked()[1] if answer.said == "slipped"]
    assert slipped
    assert all(answer.steps in ({"soak": -1.0, "speed": 2.0}, {"soak": 1.0, "speed": -2.0}) for answer in slipped)


def test_minutes_between_interventions_are_those_of_the_plant():
    shift, _ = worked()
    by_hand = sum(shift.answers.values()) - shift.answers["accepted"]
    assert shift.told()["minutes_between_interventions"] == pytest.approx(5.0 * 8000 / by_hand, rel=0.05)


def test_nobody_asked_tells_nothing():
    told = Shift().told()
    assert told["adoption"] is None
    assert told["minutes_between_interventions"] is None
