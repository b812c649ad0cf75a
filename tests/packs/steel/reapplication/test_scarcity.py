"""What an order is worth to the metal that is to come."""

from dataclasses import replace

import pytest

from pilothouse.packs.steel.reapplication.outlook import Expected
from pilothouse.packs.steel.reapplication.scarcity import asks_by_kind, scarcity

from .conftest import ASKS, NOW_NS

FIT_FOR_BOTH, PLAIN_ONLY = {"loss": (2.2, 0.001)}, {"loss": (2.8, 0.001)}


@pytest.fixture
def told(brought):
    def of(metal, orders, **changed):
        declared = replace(brought.declared, **changed)
        asks_of = {kind: asks_by_kind(declared, ASKS, kind, None) for kind in declared.prices}
        expected = [Expected(kind="plain", ready_d=day, tonnes=t, forecasts=f) for day, t, f in metal]
        return scarcity(declared, asks_of, expected, orders, NOW_NS)

    return of


def test_an_order_that_plenty_comes_for_in_time_is_worth_nothing_more(told, order):
    scarce = told([(2.0, 500.0, PLAIN_ONLY)], [order("plain/1", "plain", due_d=30.0)])
    assert scarce.by_order["plain/1"] == pytest.approx(0.0)


def test_an_order_that_nothing_comes_for_costs_its_lateness(told, order):
    wanting = order("plain/1", "plain", due_d=10.0)
    scarce = told([(2.0, 1.0, PLAIN_ONLY)], [wanting])
    assert scarce.of(wanting) == pytest.approx(-1.0 * (45.0 + 5.0 - 10.0))


def test_metal_that_comes_late_makes_an_order_worth_serving_now(told, order):
    scarce = told([(21.0, 500.0, PLAIN_ONLY)], [order("plain/1", "plain", due_d=10.0)])
    assert scarce.by_order["plain/1"] == pytest.approx(-1.0 * (21.0 + 5.0 - 10.0))


def test_a_better_order_is_contested_where_sales_sells_no_more_of_it(told, order):
    metal, orders = [(2.0, 500.0, FIT_FOR_BOTH)], [order("fine/1", "fine", due_d=40.0), order("plain/1", "plain")]
    assert told(metal, orders, sales_follow=False).by_order["fine/1"] == pytest.approx(100.0)
    assert told(metal, orders, sales_follow=True).by_order["fine/1"] == pytest.approx(0.0)


def test_an_order_booked_since_is_worth_what_the_youngest_is(told, order):
    scarce = told([(2.0, 1.0, PLAIN_ONLY)], [order("plain/1", "plain", due_d=10.0)])
    assert scarce.of(order("plain/2", "plain")) == scarce.by_order["plain/1"]


def test_without_metal_or_orders_nothing_is_known(told, order):
    assert told([], [order("plain/1", "plain")]).of(order("plain/1", "plain")) == 0.0
    assert told([(2.0, 5.0, PLAIN_ONLY)], []).by_order == {}
