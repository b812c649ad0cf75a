"""Which order a finished coil may serve, by what its test showed; open orders and loose coils as people see them.

A coil may be given to an open order of its thickness whose limits of loss and induction its *test* keeps, whether that
is of the grade it was made for, of a lesser or of a better one. A full order is packed: nothing goes into it, and
nothing out. Orders of this mill leave the width open: a customer takes what width is cast and slits it himself.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from pilothouse.plant.open_order import OpenOrder, StockPiece
from proving_ground.silicon_mill.grades import GRADES, Grade
from proving_ground.silicon_mill.orders import Lot, Order, OrderBook
from proving_ground.silicon_mill.parameters import parameters
from proving_ground.silicon_mill.piece import Coil
from proving_ground.silicon_mill.records import instant_ns
from proving_ground.silicon_mill.sorting import Sorted

LOSS: Final = "TEST.test.P15_50"
B50: Final = "TEST.test.B50"
MOST_T: Final = 2.2
"""No steel magnetises higher, T: the open end of what is asked of B50."""

LEAST_T: Final = 1e-9
"""An order that wants less than this counts as full: sums of tonnes are rounded."""


def asks_of(grade: Grade, guaranteed_b50_t: Callable[[Grade], float]) -> Mapping[str, tuple[float, float]]:
    """What an order of a grade asks of the test."""
    highest = max(parameters()[B50].high, MOST_T)
    return MappingProxyType({LOSS: (0.0, grade.loss_limit_w_kg), B50: (guaranteed_b50_t(grade), highest)})


def lot_of(coil: Coil, sold: Sorted) -> Lot | None:
    """What of a sorted coil can be sold as prime; None where nothing can."""
    if sold.grade is None:
        return None
    tested = {key: coil.seen[key] for key in (LOSS, B50)}
    return Lot(coil=coil.key, grade=sold.grade, tonnes=sold.prime_t, tested=tested)


def why_not(lot: Lot | None, order: Order | None, guaranteed_b50_t: Callable[[Grade], float]) -> str | None:
    """Why a coil cannot be given to an order; None where it can."""
    if order is None:
        return "expected an order that was booked"
    if lot is None:
        return "expected a finished coil with prime metal that lies in no full order"
    if order.full_h is not None:
        return "the order is full" if order.shipped_h is None else "the order has left"
    if order.grade.thickness_mm != lot.grade.thickness_mm:
        return f"expected strip of {order.grade.thickness_mm:g} mm, got {lot.grade.thickness_mm:g} mm"
    for key, (low, high) in asks_of(order.grade, guaranteed_b50_t).items():
        if not low <= lot.tested[key] <= high:
            return f"{key} was tested as {lot.tested[key]:.4g}, the order asks for {low:.4g} to {high:.4g}"
    return None


def open_orders(book: OrderBook, guaranteed_b50_t: Callable[[Grade], float]) -> tuple[OpenOrder, ...]:
    """Orders that are not full, by booking."""
    found = book.open()
    asks = {key: asks_of(GRADES[key], guaranteed_b50_t) for key in {order.grade.key for order in found}}
    return tuple(
        OpenOrder(
            key=order.key,
            kind=order.grade.key,
            open_t=max(order.open_t, LEAST_T),
            booked_ns=instant_ns(order.booked_h),
            due_ns=instant_ns(order.due_h),
            asks=asks[order.grade.key],
            price_per_t=order.grade.price_eur_t,
        )
        for order in found
    )


def stock_pieces(book: OrderBook) -> tuple[StockPiece, ...]:
    """Coils that may still be given to another order, in the order in which they were finished."""
    return tuple(
        StockPiece(
            piece=lot.coil,
            kind=lot.grade.key,
            tonnes=lot.tonnes,
            order="" if lot.order is None else lot.order.key,
        )
        for lot in book.loose.values()
    )
