"""A proposal is one text, and that text is the proposal."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.decision.proposal import Baseline, Ending, Forecast, Proposal, Reason, SetPoint, SetPoints

NUMBER = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(max_size=8)
INSTANT = st.integers(0, 2**63 - 1)
FORECAST = st.builds(Forecast, value=NUMBER, low=NUMBER, high=NUMBER, unit=TEXT, coverage=NUMBER)
CHANGE = st.builds(
    SetPoints,
    points=st.lists(
        st.builds(
            SetPoint,
            **dict.fromkeys(("lever", "name", "unit", "limit_source"), TEXT),
            **dict.fromkeys(("value", "low", "high", "cost_low", "cost_high", "limit_low", "limit_high"), NUMBER),
        ),
        max_size=2,
    ).map(tuple),
    cost=NUMBER,
    currency=TEXT,
)
VALUES = st.dictionaries(TEXT, NUMBER, max_size=2)
BASELINE = st.builds(Baseline, values=VALUES, cost=NUMBER, forecast=FORECAST, probability=NUMBER)


@st.composite
def proposals(draw):
    ending = draw(st.sampled_from(Ending))
    actionable = ending in (Ending.OPTIMAL, Ending.FEASIBLE)
    return Proposal(
        scenario=draw(TEXT),
        subject=draw(TEXT),
        ending=ending,
        why=draw(st.lists(TEXT, min_size=0 if actionable else 1, max_size=2).map(tuple)),
        as_of_ns=draw(INSTANT),
        valid_until_ns=draw(INSTANT),
        change=draw(CHANGE) if actionable else None,
        forecast=draw(st.none() | FORECAST),
        probability=draw(st.none() | NUMBER),
        aim=draw(VALUES),
        baseline=draw(st.none() | BASELINE),
        reasons=draw(st.lists(st.builds(Reason, what=TEXT, effect=NUMBER), max_size=2).map(tuple)),
        model=draw(TEXT),
        data=draw(TEXT),
        upto=draw(INSTANT),
        seed=draw(st.integers(0, 2**31)),
    )


@given(made=proposals())
def test_its_text_gives_it_back(made):
    again = Proposal.from_json(made.as_json())
    assert again == made
    assert again.as_json() == made.as_json()


def test_a_number_that_is_none_has_no_text(proposal):
    with pytest.raises(ValueError, match="JSON"):
        replace(proposal, probability=float("nan")).as_json()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"change": None}, "optimal needs a change"),
        ({"ending": Ending.ABSTAIN, "why": ("so",)}, "abstain has no change and needs a why"),
        ({"ending": Ending.INFEASIBLE, "change": None}, "infeasible has no change and needs a why"),
    ],
)
def test_an_ending_and_its_change_go_together(proposal, fields, said):
    with pytest.raises(ValueError, match=said):
        replace(proposal, **fields)
