"""Windows: what their names mean, and which share of an observation falls into them."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.clock import NS_PER_H, NS_PER_MIN, NS_PER_S
from pilothouse.packs.declared.windows import Window


@pytest.mark.parametrize(
    ("text", "side", "span_ns"),
    [
        ("before", "before", None),
        ("before/15min", "before", 15 * NS_PER_MIN),
        ("ahead/90s", "ahead", 90 * NS_PER_S),
        ("ahead/2h", "ahead", 2 * NS_PER_H),
        ("step", "step", None),
        ("whole", "whole", None),
    ],
)
def test_names(text, side, span_ns):
    assert Window.parse(text) == Window(name=text, side=side, span_ns=span_ns)


@pytest.mark.parametrize(
    "text", ["", "after", "before/", "before/15", "before/15 min", "ahead/-3min", "ahead/1.5h", "step/3min", "whole/1h"]
)
def test_what_is_no_window(text):
    assert Window.parse(text) is None


@pytest.mark.parametrize(("text", "begins"), [("before", False), ("whole", False), ("step", True), ("before/1h", True)])
def test_which_have_a_start(text, begins):
    window = Window.parse(text)
    assert window.begins is begins
    assert (window.start is not None) is begins


ROW = {"previous_ns": -60, "anchor_ns": 0, "target_ns": 100}


def share(text, start_ns, end_ns, known_ns, **row):
    told = ROW | row | {"start_ns": start_ns, "end_ns": end_ns, "known_ns": known_ns}
    schema = dict.fromkeys(told, pl.Int64)
    return pl.DataFrame([told], schema=schema).select(Window.parse(text).share.alias("_"))["_"][0]


@pytest.mark.parametrize(
    ("text", "observed", "expected"),
    [
        ("before", (-10, -10, -10), 1.0),
        ("before", (0, 0, 0), 1.0),  # at the anchor counts as before it
        ("ahead", (0, 0, 0), 0.0),
        ("ahead", (100, 100, 100), 1.0),
        ("ahead", (101, 101, 101), 0.0),
        ("before", (-10, -10, 1), 0.0),  # known too late
        ("ahead", (-10, 10, 10), 0.5),
        ("before", (-10, 10, 0), 0.5),
        ("before", (-10, 10, 10), 0.0),
        ("step", (-60, -60, -60), 0.0),  # the measurement before is the step's open end
        ("step", (-70, -50, -50), 0.5),
        ("whole", (900, 1000, 2000), 1.0),
        ("ahead", (40, 240, 240), 0.3),
    ],
)
def test_known_shares(text, observed, expected):
    assert share(text, *observed) == pytest.approx(expected)


def test_a_step_without_a_measurement_before_is_empty():
    assert share("step", -50, -10, -10, previous_ns=None) == 0.0
    assert share("step", -10, -10, -10, previous_ns=None) == 0.0


@given(start=st.integers(-200, 200), length=st.integers(0, 200), late=st.integers(0, 50))
def test_before_and_ahead_share_an_observation(start, length, late):
    """What lies before the anchor and was known, and what lies ahead up to the target, never add up to more than 1."""
    observed = (start, start + length, start + length + late)
    before, ahead, whole = (share(text, *observed) for text in ("before", "ahead", "whole"))
    assert 0.0 <= before <= 1.0
    assert 0.0 <= ahead <= 1.0
    assert before + ahead <= whole + 1e-12
    assert share("step", *observed) <= before
