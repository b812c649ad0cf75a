import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.interlocks import INTERLOCKS, why_not
from proving_ground.silicon_mill.parameters import parameters
from proving_ground.silicon_mill.piece import Heat

HIGH, LOW = (Heat(number=0, grade=GRADES[key]) for key in ("M250-35A", "M800-50A"))
SET = sorted(p.key for p in parameters().values() if p.is_set)


@pytest.mark.parametrize(
    ("parameter", "value", "said"),
    [
        ("REHEAT.zone_z08.temp_sp", 1240.0, "1235 degC"),
        ("CRM.pass_p02.reduction", 35.0, "34 % in a pass, got 35"),
        ("CC.mould.speed", 1.3, "1.2 m/min at most, got 1.3"),
    ],
)
def test_what_is_too_much_for_rich_steel_is_taken_for_poor(parameter, value, said):
    declared = parameters()[parameter]
    assert declared.low <= value <= declared.high
    assert said in why_not(HIGH, parameter, value)
    assert why_not(LOW, parameter, value) is None


def test_the_annealing_furnace_heats_so_much_strip_and_no_more():
    thin, thick = (Heat(number=0, grade=GRADES[key]) for key in ("M250-35A", "M270-50A"))
    assert why_not(thin, "FAL.line.speed", 180.0) is None
    assert "80 mm m/min" in why_not(thick, "FAL.line.speed", 180.0)
    assert "got 90" in why_not(thick, "FAL.line.speed", 180.0)


@given(st.sampled_from(SET), st.floats(-0.5, 1.5))
def test_the_range_of_the_plant_folder_is_kept(key, share):
    p = parameters()[key]
    value = p.low + share * (p.high - p.low)
    reason = why_not(LOW, key, value)
    if p.low <= value <= p.high:
        assert reason is None or not reason.startswith("the unit takes")
    else:
        assert reason == f"the unit takes {p.low:g} to {p.high:g}, got {value:g}"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_never_taken(value):
    assert all(why_not(HIGH, key, value) == f"expected a number, got {value}" for key in SET)


def test_every_interlock_watches_set_points_that_are_there():
    for interlock in INTERLOCKS:
        for start in interlock.parameters:
            assert any(key.startswith(start) for key in SET), start


def test_an_interlock_watches_no_more_than_what_it_is_about():
    watched = {key for key in SET for lock in INTERLOCKS if key.startswith(lock.parameters)}
    outside = [key for key in watched if why_not(HIGH, key, parameters()[key].low) is not None]
    assert outside == []
