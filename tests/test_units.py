"""Units: conversion within a kind and never between kinds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.errors import UnitMismatchError
from pilothouse.units import KINDS, OPAQUE, convert, is_unit_of, kind_of, scale_and_offset

PAIRS = [(kind, a, b) for kind, units in KINDS.items() for a in units for b in units]
VALUES = st.floats(-1e6, 1e6)


@given(st.sampled_from(PAIRS), VALUES)
def test_there_and_back_is_the_same_value(pair: tuple[str, str, str], value: float) -> None:
    kind, source, target = pair
    there = convert(value, kind, source, target)
    assert convert(there, kind, target, source) == pytest.approx(value, rel=1e-9, abs=1e-6)


@given(st.sampled_from(PAIRS), st.data(), VALUES)
def test_a_detour_changes_nothing(pair: tuple[str, str, str], data: st.DataObject, value: float) -> None:
    kind, source, target = pair
    over = data.draw(st.sampled_from(KINDS[kind]))
    direct = convert(value, kind, source, target)
    scale, _ = scale_and_offset(kind, source, target)
    detour = convert(convert(value, kind, source, over), kind, over, target)
    assert detour == pytest.approx(direct, rel=1e-9, abs=1e-6 * max(scale, 1.0))


@given(st.sampled_from(PAIRS), VALUES, st.floats(1e-3, 1e3))
def test_order_is_kept(pair: tuple[str, str, str], value: float, step: float) -> None:
    assert convert(value + step, *pair) > convert(value, *pair)


@pytest.mark.parametrize(
    ("value", "kind", "source", "target", "expected"),
    [
        (0.0, "temperature", "degC", "K", 273.15),
        (212.0, "temperature", "degF", "degC", 100.0),
        (-40.0, "temperature", "degC", "degF", -40.0),
        (10.0, "temperature_difference", "degC", "K", 10.0),
        (1.0, "energy", "MWh", "GJ", 3.6),
        (1.0, "energy", "kWh", "MJ", 3.6),
        (36.0, "speed", "m/min", "m/s", 0.6),
        (1.0, "mass", "lb", "kg", 0.45359237),
        (60.0, "temperature_rate", "K/h", "K/min", 1.0),
        (0.5, "fraction", "%", "ppm", 5_000.0),
        (1.0, "pressure", "psi", "kPa", 6.89475729),
        (6.0, "mass_flow", "t/h", "kg/min", 100.0),
        (1.0, "duration", "d", "h", 24.0),
    ],
)
def test_known_values(value: float, kind: str, source: str, target: str, expected: float) -> None:
    assert convert(value, kind, source, target) == pytest.approx(expected, rel=1e-12)


@given(st.sampled_from(sorted(KINDS)), st.sampled_from(sorted({u for units in KINDS.values() for u in units})))
def test_nothing_converts_between_kinds(kind: str, unit: str) -> None:
    canonical = KINDS[kind][0]
    if unit in KINDS[kind]:
        assert math.isfinite(convert(1.0, kind, unit, canonical))
    else:
        with pytest.raises(UnitMismatchError, match=f"is not a unit of {kind}") as caught:
            convert(1.0, kind, unit, canonical)
        assert canonical in caught.value.hint


@pytest.mark.parametrize(
    ("kind", "unit"),
    [("pressure", "barg"), ("gauge_pressure", "bar"), ("power", "kWh"), ("energy", "kW"), ("flow", "Nm3/h")],
)
def test_kinds_that_are_easily_confused_are_kept_apart(kind: str, unit: str) -> None:
    assert not is_unit_of(unit, kind)


def test_an_opaque_unit_is_kept_to_the_letter() -> None:
    assert is_unit_of("mgKOH/g", OPAQUE)
    assert convert(2.5, OPAQUE, "mgKOH/g", "mgKOH/g") == 2.5
    with pytest.raises(UnitMismatchError, match="not a unit of opaque") as caught:
        convert(2.5, OPAQUE, "mgKOH/g", "mgKOH/l")
    assert caught.value.hint == "use one of: none but itself"


def test_the_usual_kind_of_a_unit() -> None:
    assert [kind_of(unit) for unit in ("degC", "K", "%", "kg/t", "heats", "bar", "Kg", "")] == [
        "temperature",
        "temperature",
        "fraction",
        "specific_mass",
        "count",
        "pressure",
        None,
        None,
    ]


@given(st.sampled_from(sorted(KINDS)))
def test_every_unit_is_a_unit_of_its_kind_and_has_a_usual_kind(kind: str) -> None:
    assert all(is_unit_of(unit, kind) and kind_of(unit) in KINDS for unit in KINDS[kind])
    assert scale_and_offset(kind, KINDS[kind][0], KINDS[kind][-1])[0] > 0
