"""What orders are worth to the metal that is to come: expected metal poured into open orders.

Expected metal is split by the best kind it will meet, because where it goes is decided after its test, not before. It
is gathered by day, the finer the nearer, and by what it may serve; then the transportation problem says what a tonne of
each order would still bring (:mod:`pilothouse.methods.plan.transport`). Metal that no open order wants goes to orders
that are still to be booked, of its own kind, or of any that it meets where sales follows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from pilothouse.clock import NS_PER_DAY
from pilothouse.methods.plan.transport import pour
from pilothouse.packs.steel.reapplication.chances import Forecasts, Limits, best_of, chance, guarded
from pilothouse.packs.steel.reapplication.declaration import Declared
from pilothouse.packs.steel.reapplication.outlook import HORIZON_D, Expected
from pilothouse.plant.open_order import OpenOrder

DAYS: Final = (1.0, 2.0, 4.0, 6.0, 9.0, 12.0, 16.0, 21.0, 27.0, 35.0, HORIZON_D)
"""Ends of the spans in which metal is gathered."""

LIKELY: Final = 0.5
"""Metal counts as fit for a cheaper kind than its best where it is more likely to meet it than not."""

LEAST_SHARE: Final = 0.005
"""Chances below this are left out."""

AMPLE_T: Final = 1e6
"""More than any mill makes in a lead time: as much of a kind as sales could book."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scarcity:
    """What another tonne of each order would bring.

    Parameters
    ----------
    by_order
        Money per tonne, by order, beyond what the metal would bring elsewhere.
    by_kind
        Of the youngest order of each kind: what one that is booked since is worth.
    """

    by_order: Mapping[str, float]
    by_kind: Mapping[str, float]

    def of(self, order: OpenOrder) -> float:
        """Of an order; 0 where nothing is known of its kind."""
        return self.by_order.get(order.key, self.by_kind.get(order.kind, 0.0))


def asks_by_kind(
    declared: Declared, asks: Mapping[str, Limits], made_for: str, usual: Forecasts | None
) -> dict[str, Limits]:
    """What the test of a piece made for a kind has to keep to serve each kind; of a better one it has to be sure."""
    own = declared.prices.get(made_for, 0.0)
    return {
        kind: guarded(asks[kind], usual or {}, declared.repeatability, declared.sure) if price > own else asks[kind]
        for kind, price in declared.prices.items()
        if kind in asks
    }


def scarcity(
    declared: Declared,
    asks_of: Mapping[str, Mapping[str, Limits]],
    expected: Iterable[Expected],
    orders: Sequence[OpenOrder],
    at_ns: int,
) -> Scarcity:
    """What orders are worth to the metal that is to come.

    Parameters
    ----------
    declared
        Kinds and terms.
    asks_of
        What a test has to keep, by what the piece was made for and the kind it would serve (:func:`asks_by_kind`).
    expected
        Metal that is to come.
    orders
        Open orders of these kinds.
    at_ns
        Now.
    """
    kinds = list(declared.prices)
    metal = _gathered(declared, expected, asks_of)
    if not (metal and orders):
        return Scarcity(by_order={}, by_kind={})
    terms = declared.terms
    due_d = [(order.due_ns - at_ns) / NS_PER_DAY for order in orders]
    worth = {
        day: [o.price_per_t + terms.lateness(day, due) for o, due in zip(orders, due_d, strict=True)] for day in DAYS
    }
    value = np.array(
        [
            [w if order.kind in serves else np.nan for order, w in zip(orders, worth[day], strict=True)]
            + [price if kind in books else np.nan for kind, price in declared.prices.items()]
            for day, serves, books in metal
        ]
    )
    told = pour(
        value,
        np.array(list(metal.values())),
        np.array([order.open_t for order in orders] + [AMPLE_T] * len(kinds)),
        np.array([-terms.lateness(HORIZON_D, due) for due in due_d] + [0.0] * len(kinds)),
    )
    by_order = {order.key: float(price) for order, price in zip(orders, told.order_price, strict=False)}
    youngest = sorted(orders, key=lambda order: order.booked_ns)
    return Scarcity(by_order=by_order, by_kind={order.kind: by_order[order.key] for order in youngest})


Metal = tuple[float, frozenset[str], frozenset[str]]
"""Day, kinds whose open orders it may serve, kinds of which it may serve orders still to be booked."""


def _gathered(
    declared: Declared, expected: Iterable[Expected], asks_of: Mapping[str, Mapping[str, Limits]]
) -> dict[Metal, float]:
    """Tonnes of metal by day and what it may serve."""
    tonnes: dict[Metal, float] = {}
    classes: dict[tuple[str, tuple[tuple[str, tuple[float, float]], ...]], list[tuple[float, Metal]]] = {}
    for one in expected:
        known = (one.kind, tuple(sorted(one.forecasts.items())))
        if known not in classes:
            classes[known] = _classes(declared, one.kind, one.forecasts, asks_of.get(one.kind, {}))
        day = next((end for end in DAYS if one.ready_d <= end), HORIZON_D)
        for share, (_, serves, books) in classes[known]:
            at = (day, serves, books)
            tonnes[at] = tonnes.get(at, 0.0) + share * one.tonnes
    return tonnes


def _classes(
    declared: Declared, made_for: str, forecasts: Forecasts, asks: Mapping[str, Limits]
) -> list[tuple[float, Metal]]:
    found = []
    for best, share in best_of(forecasts, asks, tuple(declared.prices)).items():
        if share >= LEAST_SHARE:
            cheaper = [kind for kind in asks if declared.prices[kind] < declared.prices[best]]
            serves = frozenset((best, *(kind for kind in cheaper if chance(forecasts, asks[kind]) >= LIKELY)))
            own = {made_for} & serves or {best}
            found.append((share, (0.0, serves, serves if declared.sales_follow else frozenset(own))))
    return found
