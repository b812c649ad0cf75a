"""Sales sells what comes and no more; a coil goes to the oldest open order of its grade."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.orders import (
    CALL_OFF_D,
    FULL,
    MEDIAN_ORDER_T,
    PRIME_T,
    QUOTED_D,
    Lot,
    OrderBook,
    prime_t_per_coil,
)

GRADE, OTHER = GRADES["M400-50A"], GRADES["M250-35A"]


def book(seed=1):
    return OrderBook(Disturbances(seed=seed, family="silicon-mill"))


def lot(kept, grade, tonnes):
    made = Lot(coil=f"C{len(kept.lots)}", grade=grade, tonnes=tonnes)
    kept.finish(made)
    return made


def fill(kept, grade, tonnes, at_h):
    return kept.fill(lot(kept, grade, tonnes), at_h)


@given(st.integers(0, 200), st.lists(st.floats(-100.0, 400.0), max_size=15))
def test_no_more_is_sold_than_is_promised(seed, promises):
    kept, promised, most = book(seed), 0.0, 0.0
    for tonnes in promises:
        kept.promise(GRADE, tonnes, 0.0)
        promised += tonnes
        most = max(most, promised)
        assert sum(order.tonnes for order in kept.orders()) <= most + 1e-9


@given(st.integers(0, 200), st.lists(st.floats(10.0, 20.0), min_size=1, max_size=60))
def test_a_coil_is_in_an_order_or_in_stock_and_the_oldest_order_is_filled_first(seed, coils):
    kept = book(seed)
    kept.promise(GRADE, 600.0, 0.0)
    made_full = [order for k, tonnes in enumerate(coils) if (order := fill(kept, GRADE, tonnes, float(k))) is not None]
    orders = kept.orders()
    assert sum(order.filled_t for order in orders) + kept.stock_t() == pytest.approx(sum(coils))
    assert [order.number for order in made_full] == list(range(len(made_full)))
    for order in orders:
        assert (order.full_h is not None) == (order.filled_t >= FULL * order.tonnes)
        assert order.filled_t < FULL * order.tonnes + 20.0
    assert sum(0.0 < order.filled_t < FULL * order.tonnes for order in orders) <= 1


def test_a_coil_without_an_order_waits_for_the_next():
    kept = book()
    assert fill(kept, GRADE, 200.0, 1.0) is None
    assert kept.stock_t() == 200.0
    assert kept.serve(2.0) == []
    kept.promise(GRADE, 200.0, 3.0)
    (full,) = kept.serve(4.0)
    assert full.full_h == 4.0
    assert kept.stock_t() == 0.0


def test_grades_are_not_mixed():
    kept = book()
    kept.promise(OTHER, 500.0, 0.0)
    assert fill(kept, GRADE, 300.0, 1.0) is None
    assert all(order.filled_t == 0.0 for order in kept.orders())


def test_orders_are_of_usual_size_and_quoted_the_usual_time():
    kept = book()
    orders = [order for grade in GRADES.values() for order in kept.promise(grade, 5000.0, 100.0)]
    sizes = sorted(order.tonnes for order in orders)
    assert sizes[0] >= 20.0
    assert sizes[-1] <= 160.0
    assert sizes[len(sizes) // 2] == pytest.approx(MEDIAN_ORDER_T, rel=0.08)
    assert {order.due_h for order in orders} == {100.0 + 24.0 * QUOTED_D}
    assert len({order.key for order in orders}) == len(orders)


def test_an_order_is_called_off_after_days_of_its_own():
    kept = book()
    orders = kept.promise(GRADE, 20_000.0, 0.0)
    days = sorted(kept.call_off_h(order) / 24.0 for order in orders)
    assert kept.call_off_h(orders[0]) == book().call_off_h(orders[0])
    assert days[0] > 0.0
    assert days[len(days) // 2] == pytest.approx(CALL_OFF_D, rel=0.15)


def test_the_same_orders_come_under_whatever_practice():
    small, large = book(), book()
    for _ in range(20):
        small.promise(GRADE, 30.0, 0.0)
    large.promise(GRADE, 600.0, 0.0)
    assert [o.tonnes for o in small.orders()] == [o.tonnes for o in large.orders()]


def test_every_family_has_its_usual_coil():
    assert all(prime_t_per_coil(grade) == PRIME_T[grade.family] for grade in GRADES.values())
