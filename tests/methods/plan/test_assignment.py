"""Nothing brings more: every assignment of small cases is tried."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.methods.plan.assignment import assign
from pilothouse.methods.plan.assignment_check import violations, worth


@st.composite
def cases(draw, most_pieces=4, most_orders=3):
    n, m = draw(st.integers(1, most_pieces)), draw(st.integers(1, most_orders))
    money = st.one_of(st.just(float("nan")), st.integers(-50, 100).map(float))
    value = np.array(draw(st.lists(st.lists(money, min_size=m, max_size=m), min_size=n, max_size=n)))
    tonnes = np.array(draw(st.lists(st.integers(5, 20).map(float), min_size=n, max_size=n)))
    open_t = np.array(draw(st.lists(st.sampled_from([0.0, 3.5, 12.5, 30.5]), min_size=m, max_size=m)))
    left = np.array(draw(st.lists(st.integers(0, 30).map(float), min_size=n, max_size=n)))
    return value, tonnes, open_t, left


def best(value, tonnes, open_t, left):
    n, m = value.shape
    every = product(range(-1, m), repeat=n)
    return max(worth(value, left, o) for o in every if not violations(value, tonnes, open_t, o))


@settings(max_examples=150, deadline=None)
@given(cases())
def test_nothing_brings_more(case):
    found = assign(*case)
    assert violations(*case[:3], found.order_of) == ()
    assert found.value == pytest.approx(worth(case[0], case[3], found.order_of))
    assert found.value == pytest.approx(best(*case))


@settings(max_examples=60, deadline=None)
@given(cases(most_pieces=4, most_orders=4))
def test_one_piece_an_order_is_the_linear_assignment(case):
    value, tonnes, open_t, left = case
    open_t = np.minimum(open_t, tonnes.min())
    found = assign(value, tonnes, open_t, left)
    served = found.order_of[found.order_of >= 0]
    assert len(set(served.tolist())) == served.size
    assert found.value == pytest.approx(best(value, tonnes, open_t, left))


def test_the_last_piece_may_go_over_but_no_more():
    value, tonnes = np.array([[10.0], [9.0], [8.0]]), np.array([16.0, 16.0, 16.0])
    assert assign(value, tonnes, np.array([17.0]), np.zeros(3)).order_of.tolist() == [0, 0, -1]
    assert assign(value, tonnes, np.array([16.0]), np.zeros(3)).order_of.tolist() == [0, -1, -1]


def test_what_may_serve_nothing_is_left_alone():
    found = assign(np.full((2, 2), np.nan), np.ones(2), np.ones(2), np.array([3.0, 4.0]))
    assert found.order_of.tolist() == [-1, -1]
    assert found.value == 7.0


@pytest.mark.parametrize(
    ("tonnes", "open_t", "left"), [(np.ones(3), np.ones(2), np.ones(2)), (np.zeros(2), np.ones(2), np.ones(2))]
)
def test_misuse_is_told(tonnes, open_t, left):
    with pytest.raises(ValueError, match="assign"):
        assign(np.ones((2, 2)), tonnes, open_t, left)
