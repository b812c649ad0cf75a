"""Equipment, KPIs and orders check what each alone can know."""

from collections.abc import Callable

import pytest

from pilothouse.plant.equipment import Equipment
from pilothouse.plant.kpi import Kpi
from pilothouse.plant.order import Order

KPI = {"key": "yield", "name": "Yield", "scope": "coil", "formula": "out / in", "unit": "%"}


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Equipment(key="lf1", level="cell", name="LF"), "equipment lf1: level must be one of enterprise, site"),
        (lambda: Kpi(**KPI, trend="up"), "kpi yield: trend must be one of higher, lower, got 'up'"),
        (lambda: Kpi(**KPI, trend="lower", timing="daily"), "kpi yield: timing must be one of real_time, periodic"),
        (lambda: order(0.0), "order A: quantity must be above 0, got 0"),
        (lambda: order(float("nan")), "order A: quantity must be above 0, got nan"),
    ],
)
def test_a_record_refuses_what_cannot_be(build: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()


def test_an_order_asks_for_something() -> None:
    assert order(0.5).quantity == 0.5


def order(quantity: float) -> Order:
    return Order(key="A", product="coil", quantity=quantity, unit="t", due_ns=0)
