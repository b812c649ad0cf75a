"""What a silicon mill finished and sold, recorded once and replayed under any assignment of coils to orders.

What is cast, rolled and annealed does not depend on which order a finished coil is given to. So one run of the mill,
recorded, serves every assignment, and runs are paired coil by coil. A replay asks the mill's own order book the same at
the same instants, and keeps the mill's own rules of what may be given to which; left alone it ends where the mill did.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace

import numpy as np

from pilothouse.decision.reapplication import Reapplication
from pilothouse.hub.reapplying import Reapplying
from pilothouse.plant.open_order import OpenOrder, StockPiece
from pilothouse.plants import Moment, Refusal
from proving_ground.silicon_mill import family
from proving_ground.silicon_mill.applying import B50, LOSS, open_orders, stock_pieces, why_not
from proving_ground.silicon_mill.grades import GRADES, Grade
from proving_ground.silicon_mill.orders import Lot, Order, OrderBook
from proving_ground.silicon_mill.plant import SiliconMill
from proving_ground.silicon_mill.sales import SECONDARY

LOOKED_AT = (LOSS, B50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What happened at an hour: a promise of sales, coils served from stock, a coil laid by, or a moment."""

    at_h: float
    grade: str = ""
    tonnes: float = 0.0
    coil: str = ""
    moment: Moment | None = None
    lot: Lot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A finished coil: when, what for, how much, and its true loss."""

    at_h: float
    made_for: str
    mass_t: float
    loss_w_kg: float


@dataclass(slots=True, kw_only=True)
class Record:
    """One run under usual practice; counting begins and ends at two of its hours."""

    book: OrderBook
    guaranteed_t: Mapping[str, float]
    calls: list[Call] = field(default_factory=list)
    made: dict[str, Made] = field(default_factory=dict)
    begins_h: float = 0.0
    ends_h: float = 0.0

    def guaranteed_b50_t(self, grade: Grade) -> float:
        """Least B50 that the mill guarantees."""
        return self.guaranteed_t[grade.key]


class _Recording(OrderBook):
    """The book of a running mill that writes down what it is asked."""

    def __init__(self, book: OrderBook, calls: list[Call]) -> None:
        self.__dict__.update(book.__dict__)
        self._calls = calls

    def promise(self, grade: Grade, tonnes: float, at_h: float) -> list[Order]:
        self._calls.append(Call(at_h=at_h, grade=grade.key, tonnes=tonnes))
        return super().promise(grade, tonnes, at_h)

    def serve(self, at_h: float) -> list[Order]:
        self._calls.append(Call(at_h=at_h))
        return super().serve(at_h)

    def fill(self, lot: Lot, at_h: float) -> Order | None:
        self._calls.append(Call(at_h=at_h, coil=lot.coil))
        return super().fill(lot, at_h)


def record(*, seed: int, plant_variation: int, warm_up_d: float, counted_d: float) -> tuple[Record, SiliconMill]:
    """Run a mill under usual practice; the record, and the mill where it ended."""
    mill = family.build(seed=seed, plant_variation=plant_variation)
    flow = mill.flow
    orders = {grade.key: asked for grade in GRADES.values() for asked in [mill.guaranteed_b50_t(grade)]}
    told = Record(book=deepcopy(flow.book), guaranteed_t=orders)
    flow.book = _Recording(flow.book, told.calls)
    until_h = flow.now_h + 24.0 * warm_up_d
    for moment in mill.moments(1_000_000_000):
        lot = None if moment.sorting is None else flow.book.lots.get(moment.piece)
        told.calls.append(Call(at_h=flow.now_h, moment=_slim(moment), lot=deepcopy(lot)))
        if not told.begins_h and flow.now_h >= until_h:
            mill.count_anew()
            told.begins_h, until_h = flow.now_h, flow.now_h + 24.0 * counted_d
        elif flow.now_h >= until_h:
            break
    told.ends_h = flow.now_h
    told.made = {
        f.coil.key: Made(at_h=f.at_h, made_for=f.coil.grade.key, mass_t=f.coil.mass_t, loss_w_kg=f.coil.loss_w_kg)
        for f in flow.tally.finished
        if f.at_h > told.begins_h
    }
    return told, mill


def _slim(moment: Moment) -> Moment:
    """A moment without what re-application does not look at."""
    kept = tuple(reading for reading in moment.readings if reading.parameter in LOOKED_AT)
    return replace(moment, readings=kept, presets={}, levers=())


class Replay:
    """The dispatch hall of a recorded mill; what of :class:`pilothouse.plants.ProvingPlant` re-application needs."""

    def __init__(self, told: Record, *, sales_follow: bool) -> None:
        self.book = deepcopy(told.book)
        self._told = told
        self._follow = sales_follow
        self._at_h = 0.0
        self._orders: tuple[OpenOrder, ...] = ()
        self._changed = True

    def orders(self) -> tuple[OpenOrder, ...]:
        """Open orders."""
        if self._changed:
            self._orders = open_orders(self.book, self._told.guaranteed_b50_t)
            self._changed = False
        return self._orders

    def stock(self) -> tuple[StockPiece, ...]:
        """Coils in no full order."""
        return stock_pieces(self.book)

    def assign(self, piece: str, order: str) -> Refusal | None:
        """As the mill does."""
        lot, found = self.book.loose.get(piece), self.book.order(order)
        reason = why_not(lot, found, self._told.guaranteed_b50_t)
        if reason is not None or lot is None or found is None:
            return Refusal(piece=piece, parameter=order, reason=reason or "")
        if lot.order is not found:
            self._changed = True
            before = lot.grade
            self.book.move(lot, found, self._at_h)
            if before != found.grade and self._follow:
                self.book.promise(before, -lot.tonnes, self._at_h)
                self.book.promise(found.grade, lot.tonnes, self._at_h)
        return None

    def run(self, brought: tuple[Reapplication, ...] = ()) -> Reapplying:
        """Everything that happened, with re-application where any is brought."""
        at_work = Reapplying(plant=self, brought=brought)
        for call in self._told.calls:
            self._at_h = call.at_h
            self._changed = self._changed or call.moment is None
            if call.moment is not None:
                if call.lot is not None:
                    self.book.finish(deepcopy(call.lot))
                if brought:
                    at_work.at(call.moment)
            elif call.coil:
                self.book.fill(self.book.lots[call.coil], call.at_h)
            elif call.grade:
                self.book.promise(GRADES[call.grade], call.tonnes, call.at_h)
            else:
                self.book.serve(call.at_h)
        return at_work

    def figures(self) -> dict[str, float]:
        """What the counted span came to, as the mill's own figures say it."""
        told, lots = self._told, self.book.lots
        tonnes = sum(made.mass_t for made in told.made.values())
        brought = misapplied_t = prime_t = 0.0
        for coil, made in told.made.items():
            lot = lots.get(coil)
            sold_t = 0.0 if lot is None else lot.tonnes
            brought += (made.mass_t - sold_t) * SECONDARY * GRADES[made.made_for].price_eur_t
            if lot is not None:
                brought += sold_t * lot.grade.price_eur_t
                prime_t += sold_t
                misapplied_t += sold_t if made.loss_w_kg > lot.grade.loss_limit_w_kg else 0.0
        shipped = [(order, at_h) for order in self.book.orders() if (at_h := self._shipped_h(order)) is not None]
        left = [(order, at_h) for order, at_h in shipped if told.begins_h < at_h <= told.ends_h]
        days = [(at_h - order.booked_h) / 24.0 for order, at_h in left]
        late_td = sum(self._late_td(order) for order in self.book.orders())
        return {
            "price_eur_per_t": brought / tonnes,
            "late_d": late_td / tonnes,
            "finished_d": self._finished_td() / tonnes,
            "misapplied_share": 100.0 * misapplied_t / prime_t,
            "claimed_share": 100.0 * misapplied_t / tonnes,
            "on_time_share": 100.0 * sum(at_h <= order.due_h for order, at_h in left) / len(left),
            "lead_time_p50_d": float(np.quantile(days, 0.5)),
            "lead_time_p90_d": float(np.quantile(days, 0.9)),
            "orders_shipped": float(len(left)),
        }

    def _shipped_h(self, order: Order) -> float | None:
        """When an order left or leaves; its customer calls it off after his own time."""
        if order.shipped_h is not None:
            return order.shipped_h
        return None if order.full_h is None else order.full_h + self.book.call_off_h(order)

    def _late_td(self, order: Order) -> float:
        shipped_h = self._shipped_h(order)
        until_h = self._told.ends_h if shipped_h is None else min(shipped_h, self._told.ends_h)
        return order.tonnes * max(until_h - max(order.due_h, self._told.begins_h), 0.0) / 24.0

    def _finished_td(self) -> float:
        """Tonne-days that coils finished in the span lay in the hall within it."""
        lain = 0.0
        for coil, made in self._told.made.items():
            lot = self.book.lots.get(coil)
            if lot is not None:
                shipped_h = None if lot.order is None else self._shipped_h(lot.order)
                until_h = self._told.ends_h if shipped_h is None else min(shipped_h, self._told.ends_h)
                lain += lot.tonnes * (until_h - made.at_h) / 24.0
        return lain
