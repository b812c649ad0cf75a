"""Prices and flows prove each other; prices say what another tonne would bring."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.methods.plan.transport import duality_gap, pour


@st.composite
def cases(draw):
    n, m = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    money = st.one_of(st.just(float("nan")), st.integers(-20, 90).map(float))
    value = np.array(draw(st.lists(st.lists(money, min_size=m, max_size=m), min_size=n, max_size=n)))
    tonnes = st.integers(0, 40).map(float)
    supply_t = np.array(draw(st.lists(tonnes, min_size=n, max_size=n)))
    open_t = np.array(draw(st.lists(tonnes, min_size=m, max_size=m)))
    penalty = np.array(draw(st.lists(st.integers(0, 30).map(float), min_size=m, max_size=m)))
    return value, supply_t, open_t, penalty


@settings(max_examples=150, deadline=None)
@given(cases())
def test_flows_and_prices_prove_each_other(case):
    assert duality_gap(pour(*case), *case) == pytest.approx(0.0, abs=1e-3)


CASE = (np.array([[50.0, 90.0], [np.nan, 70.0]]), np.array([10.0, 4.0]), np.array([8.0, 8.0]), np.array([5.0, 0.0]))


def test_a_price_is_what_another_tonne_brings():
    value, supply_t, open_t, penalty = CASE
    told = pour(*CASE)
    for i in range(2):
        more = pour(value, supply_t + np.eye(2)[i], open_t, penalty).value - told.value
        assert more == pytest.approx(told.source_price[i])
    for j in range(2):
        more = pour(value, supply_t, open_t + np.eye(2)[j], penalty).value - told.value
        assert more == pytest.approx(told.order_price[j])


@pytest.mark.parametrize(
    "spoilt",
    [
        {"tonnes": 2.0},
        {"source_price": 0.5},
        {"order_price": 0.5},
        {"short_t": 2.0},
    ],
)
def test_what_is_not_proven_is_seen(spoilt):
    told = pour(*CASE)
    wrong = replace(told, **{name: getattr(told, name) * factor + 1.0 for name, factor in spoilt.items()})
    assert duality_gap(wrong, *CASE) > 1.0


def test_misuse_is_told():
    with pytest.raises(ValueError, match="2 sources x 2 orders"):
        pour(np.ones((2, 2)), np.ones(3), np.ones(2), np.ones(2))
    with pytest.raises(ValueError, match="0 or more"):
        pour(np.ones((1, 1)), -np.ones(1), np.ones(1), np.ones(1))
