"""Orders: what sales books on the plan, which coil fills which order, what is shipped when.

Sales sells what the plan promises and no more: what is planned of a grade, corrected by what really came of it, less
what is sold already (available to promise). A finished coil goes to the oldest open order of its grade; where none is
open it waits in stock for the next. Until its order is full a coil may be given to another one. An order that is full
is packed; it ships when its customer calls it off.
"""

from collections.abc import Mapping
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

    @property
    def open_t(self) -> float:
        """What it still wants until it counts as full."""
        return FULL * self.tonnes - self.filled_t


@dataclass(slots=True, kw_only=True, eq=False)
class Lot:
    """What of a finished coil can be sold as prime.

    Parameters
    ----------
    coil
        Key of the coil.
    grade
        What it is sold as.
    tonnes
        How much.
    tested
        What its test showed, by parameter.
    order
        Which it lies in; None for none.
    """

    coil: str
    grade: Grade
    tonnes: float
    tested: Mapping[str, float] = field(default_factory=dict)
    order: Order | None = None


@dataclass(slots=True)
class _Book:
    """One grade: its orders, and how much may still be sold."""

    orders: list[Order] = field(default_factory=list)
    first_open: int = 0
    supply_t: float = 0.0
    sold_t: float = 0.0
    stock: list[Lot] = field(default_factory=list)

    def next_open(self) -> Order | None:
        """The oldest order that is not full."""
        while self.first_open < len(self.orders) and self.orders[self.first_open].full_h is not None:
            self.first_open += 1
        return self.orders[self.first_open] if self.first_open < len(self.orders) else None


class OrderBook:
    """All orders and the finished coils that wait for one.

    Attributes
    ----------
    lots
        Of every finished coil that has prime metal, by the key of the coil.
    loose
        Those of them that may still be given to another order.

    Examples
    --------
    >>> book = OrderBook(Disturbances(seed=1, family="silicon-mill"))
    >>> booked = book.promise(GRADES["M400-50A"], 300.0, 0.0)
    >>> lot = Lot(coil="C00001-01", grade=GRADES["M400-50A"], tonnes=16.0)
    >>> book.finish(lot)
    >>> book.fill(lot, 500.0), lot.order is booked[0]
    (None, True)
    """

    def __init__(self, draws: Disturbances) -> None:
        self.lots: dict[str, Lot] = {}
        self.loose: dict[str, Lot] = {}
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

    def finish(self, lot: Lot) -> None:
        """A coil is finished: from now on it may be given to an order."""
        self.lots[lot.coil] = self.loose[lot.coil] = lot

    def fill(self, lot: Lot, at_h: float) -> Order | None:
        """Where the practice puts a finished coil that lies in no order; gives the order that it made full, if any."""
        if lot.order is not None:
            return None
        book = self._books[lot.grade.key]
        book.stock.append(lot)
        return self._serve(book, at_h)

    def move(self, lot: Lot, order: Order, at_h: float) -> Order | None:
        """Give a loose coil to an order that is not full; gives the order, if that made it full."""
        stock = self._books[lot.grade.key].stock
        if lot.order is not None:
            lot.order.filled_t -= lot.tonnes
        elif lot in stock:
            stock.remove(lot)
        lot.grade = order.grade
        return order if self._lay(lot, order, at_h) else None

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
        return sum(lot.tonnes for book in self._books.values() for lot in book.stock)

    def orders(self) -> list[Order]:
        """Every order so far, by booking."""
        every = [order for book in self._books.values() for order in book.orders]
        return sorted(every, key=lambda order: (order.booked_h, order.key))

    def order(self, key: str) -> Order | None:
        """An order by its name."""
        grade, _, number = key.rpartition("/")
        orders = self._books[grade].orders if grade in self._books else []
        k = int(number) - 1 if number.isdecimal() else -1
        return orders[k] if 0 <= k < len(orders) and orders[k].key == key else None

    def open(self) -> list[Order]:
        """Orders that are not full, by booking."""
        found: list[Order] = []
        for book in self._books.values():
            if book.next_open() is not None:
                found += [order for order in book.orders[book.first_open :] if order.full_h is None]
        return sorted(found, key=lambda order: (order.booked_h, order.key))

    def _serve(self, book: _Book, at_h: float) -> Order | None:
        while book.stock and (order := book.next_open()) is not None:
            if self._lay(book.stock.pop(0), order, at_h):
                return order
        return None

    def _lay(self, lot: Lot, order: Order, at_h: float) -> bool:
        """Lay a coil by for an order; whether that is full now."""
        lot.order = order
        order.filled_t += lot.tonnes
        if order.filled_t < FULL * order.tonnes:
            return False
        order.full_h = at_h
        for coil in [key for key, other in self.loose.items() if other.order is order]:
            del self.loose[coil]
        return True

    def _next(self, grade: Grade, number: int, at_h: float) -> Order:
        spread = self._d.normal(f"order-{grade.key}", number)
        tonnes = min(max(MEDIAN_ORDER_T * exp(0.45 * spread), 20.0), 160.0)
        return Order(number=number, grade=grade, tonnes=tonnes, booked_h=at_h, due_h=at_h + 24.0 * QUOTED_D)
