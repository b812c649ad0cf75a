"""The gate's checks, alone: no value that breaks a limit, and no value from which there is no way back, passes."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.clock import NS_PER_S
from pilothouse.connect.gate import (
    PlannedWrite,
    shows,
    unwell,
    why_not_back,
    why_not_so_far,
    why_not_so_soon,
    why_not_written,
)
from pilothouse.connect.write_back import SetPointRule
from pilothouse.decision.proposal import SetPoint
from pilothouse.plant.parameter import Limit, Parameter
from pilothouse.ports import Health

LOW, HIGH, STEP = 0.0, 50.0, 20.0
RULE = SetPointRule(parameter="arc", lever="arc", least_ns=10 * NS_PER_S, greatest_step=STEP)


def write(value: float, baseline: float = 10.0, lever_value: float | None = None) -> PlannedWrite:
    parameter = Parameter(
        key="arc",
        name="Arc",
        kind="power",
        unit="kW",
        role="lever",
        equipment="lf",
        low=-5.0,
        high=60.0,
        limit=Limit(low=LOW, high=HIGH, source="plate"),
    )
    point = SetPoint(
        lever="arc",
        name="Arc",
        unit="kW",
        value=value,
        low=value,
        high=value,
        cost_low=0.0,
        cost_high=0.0,
        limit_low=5.0,
        limit_high=40.0,
        limit_source="works",
    )
    agreed = value if lever_value is None else lever_value
    return PlannedWrite(rule=RULE, parameter=parameter, value=value, baseline=baseline, point=point, lever_value=agreed)


numbers = st.floats(allow_nan=True, allow_infinity=True, width=32) | st.floats(-10.0, 70.0)


@given(numbers, numbers)
def test_what_passes_keeps_every_limit_and_has_a_way_back(value: float, baseline: float) -> None:
    planned = write(value, baseline)
    if why_not_written(planned) == ():
        assert max(LOW, 5.0) <= value <= min(HIGH, 40.0)
        assert LOW <= baseline <= HIGH
        assert abs(value - baseline) <= STEP
        assert why_not_back(planned) == ()
        assert why_not_so_far(RULE, baseline, value) == (), "from there the baseline can be written"


@pytest.mark.parametrize(
    ("planned", "reason"),
    [
        (write(45.0, 30.0), "arc: 45 lies outside the proposal's own limits 5 to 40 kW (works)"),
        (write(51.0, 40.0), "arc: 51 is above 50 (plate)"),
        (write(nan), "arc: nan is no number"),
        (write(inf), "arc: inf is no number"),
        (write(10.0, -1.0), "arc: the way back is closed: baseline -1 is below 0 (plate)"),
        (write(35.0, 10.0), "arc: the way back is closed: from 35 to the baseline 10 kW is more than the greatest"),
        (write(20.0, lever_value=4.0), "arc: 4 lies outside the proposal's own limits"),
    ],
)
def test_reasons_are_in_words(planned: PlannedWrite, reason: str) -> None:
    assert any(why.startswith(reason) for why in why_not_written(planned)), why_not_written(planned)


@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12))
def test_two_writes_never_lie_nearer_than_declared(last_ns: int, now_ns: int) -> None:
    """Also where the clock was set back."""
    assert (why_not_so_soon(RULE, last_ns, now_ns) == ()) == (now_ns - last_ns >= RULE.least_ns)


def test_the_first_write_is_not_too_soon() -> None:
    assert why_not_so_soon(RULE, None, 0) == ()


@pytest.mark.parametrize("before", [None, nan, inf])
def test_a_step_from_nowhere_is_none(before: float | None) -> None:
    assert why_not_so_far(RULE, 10.0, before) == ("arc: the plant does not show what it is set to",)


@given(st.floats(-1e6, 1e6))
def test_single_precision_still_shows_the_value(value: float) -> None:
    import struct  # noqa: PLC0415

    (single,) = struct.unpack("f", struct.pack("f", value))
    assert shows(RULE, value, single)
    assert not shows(RULE, value, value + max(abs(value), 1.0) * 1e-3)


def test_a_connection_that_runs_and_brings_values_is_well() -> None:
    line = Health(connection="l2", state="running", since_ns=0, last_ns=90)
    assert unwell([line], 100, 20) == ()
    assert unwell([line], 200, 20) != ()
    assert unwell([], 0, 20) == ()
