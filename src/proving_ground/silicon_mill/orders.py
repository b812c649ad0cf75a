"""Orders: what sales books on the plan, which coil fills which order, what is shipped when.

Sales sells what the plan promises and no more: what is planned of a grade, corrected by what really came of it, less
what is sold already (available to promise). A finished coil goes to the oldest open order of its grade; where none is
open it waits in stock for the next. An order that is full ships when its customer calls it off.
"""

from dataclasses import dataclass, field
from math import exp
from typing import Final

from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.grades import GRADES, Grade

MEDIAN_ORDER_T: Final = 58.0
"""Median of an order, t (guessed); its logarithm has sd 0.45."""

FULL: Final = 0.93
"""An order counts as full from this share of its tonnage: customers accept 10 % less or more (usual)."""

CALL_OFF_D: Final = 6.0
"""Median days until a full order is called off (guessed); its logarithm has sd 0.6."""

QUOTED_D: Final = 45.0
"""Lead time that sales quotes (usual, from memory)."""

SLABS_PLANNED: Final = 14
"""Slabs that sales counts on from a heat."""

PRIME_T: Final = {"high": 15.2, "middle": 15.8, "low": 16.2}
"""Prime metal that sales counts on from a slab, t, by family: after yield and usual rejects (guessed)."""


def prime_t_per_coil(grade: Grade) -> float:
    """Prime metal that sales counts on from a coil of a grade.

    Examples
    --------
    >>> prime_t_per_coil(GRADES["M250-35A"])
    15.2
    """
    return PRIME_T[grade.family]


@dataclass(slots=True, kw_only=True)
class Order:
    """One order.

    Parameters
    ----------
    number
        From 0, in the order of booking within its grade.
    grade
        What is ordered.
    tonnes
        How much.
    booked_h, due_h
        Hours since the run began.
    filled_t
        Finished for it so far.
    full_h, shipped_h
        When it was full, and when it left; None before.
    """

    number: int
    grade: Grade
    tonnes: float
    booked_h: float
    due_h: float
    filled_t: float = 0.0
    full_h: float | None = None
    shipped_h: float | None = None

    @property
    def key(self) -> str:
        """Its name at the works."""
        return f"{self.grade.key}/{self.number + 1:04d}"


@dataclass(slots=True)
class _Book:
    """One grade: its orders, and how much may still be sold."""

    orders: list[Order] = field(default_factory=list)
    first_open: int = 0
    supply_t: float = 0.0
    sold_t: float = 0.0
    stock: list[float] = field(default_factory=list)


class OrderBook:
    """All orders and the finished coils that wait for one.

    Examples
    --------
    >>> book = OrderBook(Disturbances(seed=1, family="silicon-mill"))
    >>> booked = book.promise(GRADES["M400-50A"], 300.0, 0.0)
    >>> len(booked) > 0, book.fill(GRADES["M400-50A"], 20.0, 500.0)
    (True, None)
    """

    def __init__(self, draws: Disturbances) -> None:
        self._d = draws
        self._books = {key: _Book() for key in GRADES}

    def promise(self, grade: Grade, tonnes: float, at_h: float) -> list[Order]:
        """So much more of a grade may be sold (less, where negative): the orders that sales books on it."""
        book = self._books[grade.key]
        book.supply_t += tonnes
        booked: list[Order] = []
        while True:
            order = self._next(grade, len(book.orders), at_h)
            if book.supply_t - book.sold_t < order.tonnes:
                break
            book.orders.append(order)
            book.sold_t += order.tonnes
            booked.append(order)
        return booked

    def fill(self, grade: Grade, tonnes: float, at_h: float) -> Order | None:
        """A finished coil of a grade; gives the order that it made full, if it did."""
        book = self._books[grade.key]
        book.stock.append(tonnes)
        return self._serve(book, at_h)

    def serve(self, at_h: float) -> list[Order]:
        """Give coils in stock to orders booked meanwhile; gives the orders that are full now."""
        full = []
        for book in self._books.values():
            while book.stock and (order := self._serve(book, at_h)) is not None:
                full.append(order)
        return full

    def call_off_h(self, order: Order) -> float:
        """Hours until the customer of a full order calls it off."""
        return 24.0 * CALL_OFF_D * exp(0.6 * self._d.normal(f"call-off-{order.grade.key}", order.number))

    def stock_t(self) -> float:
        """Finished coils that no order wants yet."""
        return sum(sum(book.stock) for book in self._books.values())

    def orders(self) -> list[Order]:
        """Every order so far, by booking."""
        every = [order for book in self._books.values() for order in book.orders]
        return sorted(every, key=lambda order: (order.booked_h, order.key))

    def _serve(self, book: _Book, at_h: float) -> Order | None:
        while book.stock and book.first_open < len(book.orders):
            order = book.orders[book.first_open]
            order.filled_t += book.stock.pop(0)
            if order.filled_t >= FULL * order.tonnes:
                order.full_h = at_h
                book.first_open += 1
                return order
        return None

    def _next(self, grade: Grade, number: int, at_h: float) -> Order:
        spread = self._d.normal(f"order-{grade.key}", number)
        tonnes = min(max(MEDIAN_ORDER_T * exp(0.45 * spread), 20.0), 160.0)
        return Order(number=number, grade=grade, tonnes=tonnes, booked_h=at_h, due_h=at_h + 24.0 * QUOTED_D)
