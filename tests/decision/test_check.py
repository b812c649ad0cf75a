"""The check finds whatever was tampered with, and nothing in a sound proposal."""

import ast
import inspect
import math
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilothouse.decision import check
from pilothouse.decision.check import LeverLimits, check_set_points, within_range
from pilothouse.decision.proposal import Ending

LIMITS = {"arc": LeverLimits(low=0.0, high=8000.0, source="transformer")}
NOW_NS = 1_500


def moved(proposal, **fields):
    point = replace(proposal.change.points[0], **fields)
    return replace(proposal, change=replace(proposal.change, points=(point,)))


def test_a_sound_proposal_has_no_violation(proposal):
    assert check_set_points(proposal, LIMITS, now_ns=NOW_NS) == ()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"value": 650.0}, "650 lies outside its own range 700 to 900"),
        ({"value": 9000.0, "high": 9000.0}, "9000 is above 8000 (transformer)"),
        ({"value": -5.0, "low": -5.0}, "-5 is below 0 (transformer)"),
        ({"value": math.nan}, "a value is not a finite number"),
        ({"high": math.inf}, "a value is not a finite number"),
        ({"lever": "gas"}, "gas is not a lever of this plant"),
        ({"limit_high": 9000.0}, "it says the limits are 0 to 9000, they are 0 to 8000"),
    ],
)
def test_a_point_moved_where_it_must_not_be_is_found(proposal, fields, said):
    found = check_set_points(moved(proposal, **fields), LIMITS, now_ns=NOW_NS)
    assert any(said in violation for violation in found)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"probability": 0.79}, "probability 0.790 is below the asked 0.800"),
        ({"probability": math.nan}, "probability nan is not between 0 and 1"),
        ({"probability": 1.2}, "probability 1.2 is not between 0 and 1"),
        ({"probability": None}, "it forecasts no result"),
        ({"forecast": None}, "it forecasts no result"),
        ({"baseline": None}, "it does not say what would be done anyway"),
        ({"valid_until_ns": NOW_NS - 1}, "its validity has ended"),
    ],
)
def test_a_claim_that_does_not_hold_is_found(proposal, fields, said):
    assert check_set_points(replace(proposal, **fields), LIMITS, now_ns=NOW_NS) == (said,)


@pytest.mark.parametrize("value", [1500.0, 1700.0, math.nan])
def test_a_forecast_outside_its_interval_is_found(proposal, value):
    tampered = replace(proposal, forecast=replace(proposal.forecast, value=value))
    assert "outside its interval" in check_set_points(tampered, LIMITS, now_ns=NOW_NS)[0]


def test_a_lever_moved_twice_or_none_is_found(proposal):
    point = proposal.change.points[0]
    twice = replace(proposal, change=replace(proposal.change, points=(point, point)))
    assert check_set_points(twice, LIMITS, now_ns=NOW_NS) == ("arc is moved twice",)
    none = replace(proposal, change=replace(proposal.change, points=()))
    assert check_set_points(none, LIMITS, now_ns=NOW_NS) == ("it moves no lever",)


def test_the_last_instant_of_validity_counts(proposal):
    assert check_set_points(proposal, LIMITS, now_ns=proposal.valid_until_ns) == ()


@pytest.mark.parametrize("ending", [Ending.INFEASIBLE, Ending.ABSTAIN])
def test_an_answer_without_change_breaks_nothing(proposal, ending):
    silent = replace(proposal, ending=ending, why=("so",), change=None)
    assert check_set_points(silent, LIMITS, now_ns=10**18) == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.floats(allow_nan=True, allow_infinity=True))
def test_edits_are_free_inside_the_range_only(proposal, value):
    assert (within_range(proposal, {"arc": value}) == ()) == (700.0 <= value <= 900.0)


def test_edits_of_what_is_no_lever_are_told(proposal):
    assert within_range(proposal, {"gas": 1.0}) == ("gas is not a lever of this proposal; its levers are arc",)
    silent = replace(proposal, ending=Ending.ABSTAIN, why=("so",), change=None)
    assert within_range(silent, {"arc": 1.0}) == ("the proposal ended abstain: there is nothing to edit",)


def test_the_check_knows_no_solver_and_no_model():
    imported = {
        node.module if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(ast.parse(inspect.getsource(check)))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imported == {"collections.abc", "dataclasses", "math", "pilothouse.decision.proposal"}
