"""Parameters and limits check themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.plant.parameter import Limit, Parameter

GOOD = {"key": "t", "name": "T", "kind": "temperature", "unit": "degC", "role": "measured", "equipment": "lf1"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"key": ""}, "parameter key ''"),
        ({"key": "a#"}, "parameter key 'a#'"),
        ({"role": "boss"}, "role must be one of lever"),
        ({"unit": "kg"}, "'kg' is not a unit of temperature"),
        ({"kind": "furlong"}, "'degC' is not a unit of furlong"),
        ({"low": 2.0, "high": 2.0}, "range low 2 is not below high 2"),
    ],
)
def test_a_parameter_refuses_what_cannot_be(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Parameter(**{**GOOD, **change})  # type: ignore[arg-type]


def test_an_opaque_parameter_keeps_any_unit() -> None:
    assert Parameter(**{**GOOD, "kind": "opaque", "unit": "mgKOH/g"}).unit == "mgKOH/g"  # type: ignore[arg-type]


@given(st.floats(allow_nan=False), st.none() | st.floats(-5, 5), st.none() | st.floats(6, 9))
def test_a_limit_is_breached_outside_and_only_there(value: float, low: float | None, high: float | None) -> None:
    limit = Limit(low=low, high=high, source="maker")
    inside = (low is None or value >= low) and (high is None or value <= high)
    assert (limit.breach(value) is None) == inside
    credible = Parameter(**GOOD, low=low, high=high)
    assert credible.is_credible(value) == inside


def test_a_limit_needs_order_and_source() -> None:
    with pytest.raises(ValueError, match="low 2 is above high 1"):
        Limit(low=2.0, high=1.0, source="maker")
    with pytest.raises(ValueError, match="a limit needs its source"):
        Limit(low=2.0)
    assert Limit().breach(1e9) is None


def test_a_breach_is_told_in_words() -> None:
    limit = Limit(low=1.0, high=2.0, source="maker")
    assert limit.breach(0.5) == "0.5 is below 1 (maker)"
    assert limit.breach(2.5) == "2.5 is above 2 (maker)"
