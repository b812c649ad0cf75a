"""A proposal without fault, to be tampered with."""

import pytest

from pilothouse.decision.proposal import Baseline, Ending, Forecast, Proposal, Reason, SetPoint, SetPoints


@pytest.fixture
def proposal() -> Proposal:
    """800 kWh for a heat, freely between 700 and 900."""
    point = SetPoint(
        lever="arc",
        name="Arc heating",
        unit="kWh",
        value=800.0,
        low=700.0,
        high=900.0,
        cost_low=84.0,
        cost_high=108.0,
        limit_low=0.0,
        limit_high=8000.0,
        limit_source="transformer",
    )
    return Proposal(
        scenario="final",
        subject="h1",
        ending=Ending.OPTIMAL,
        why=(),
        as_of_ns=1_000,
        valid_until_ns=2_000,
        change=SetPoints(points=(point,), cost=96.0, currency="EUR"),
        forecast=Forecast(value=1592.0, low=1585.0, high=1599.0, unit="degC", coverage=0.9),
        probability=0.85,
        aim={"low": 1582.0, "high": 1602.0, "probability": 0.8},
        baseline=Baseline(
            values={"arc": 1000.0},
            cost=120.0,
            forecast=Forecast(value=1600.0, low=1593.0, high=1607.0, unit="degC", coverage=0.9),
            probability=0.6,
        ),
        reasons=(Reason(what="Arc heating 800 kWh", effect=8.0),),
        model="m1",
        data="d1",
        upto=7,
        seed=3,
    )
