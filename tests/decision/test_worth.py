"""Worth says what it rests on, and is nothing where there is nothing to compare."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilothouse.decision.proposal import Ending
from pilothouse.decision.worth import Basis, model_based_worth


def test_known_answer(proposal):
    worth = model_based_worth(proposal, miss_cost=300.0, currency="EUR")
    assert worth.value == pytest.approx((120.0 - 96.0) + 300.0 * (0.85 - 0.6))
    assert (worth.currency, worth.basis) == ("EUR", Basis.MODEL_BASED)
    assert worth.formula == "(120.00 - 96.00) lever cost + 300.00 per miss x (0.850 - 0.600)"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(miss_cost=st.floats(0, 1e6), better=st.floats(0, 0.4))
def test_a_likelier_landing_is_never_worth_less(proposal, miss_cost, better):
    base = model_based_worth(replace(proposal, probability=0.6), miss_cost=miss_cost, currency="EUR").value
    more = model_based_worth(replace(proposal, probability=0.6 + better), miss_cost=miss_cost, currency="EUR").value
    assert more >= base


def test_doing_what_would_be_done_anyway_is_worth_nothing(proposal):
    same = replace(
        proposal,
        change=replace(proposal.change, cost=proposal.baseline.cost),
        probability=proposal.baseline.probability,
    )
    assert model_based_worth(same, miss_cost=300.0, currency="EUR").value == 0.0


@pytest.mark.parametrize(
    "fields", [{"baseline": None}, {"probability": None}, {"ending": Ending.ABSTAIN, "why": ("so",), "change": None}]
)
def test_without_anything_to_compare_it_is_not_measurable(proposal, fields):
    worth = model_based_worth(replace(proposal, **fields), miss_cost=300.0, currency="EUR")
    assert (worth.value, worth.basis) == (None, Basis.NOT_MEASURABLE)
    assert worth.formula
