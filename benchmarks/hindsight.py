"""The best that any assignment could have brought with hindsight: an upper bound for the same coils and orders.

All coils of the span and all orders that were open in it are known from the start; coils may be split. Each tonne pays
its order's price less its own lateness, counted as the mill counts it, to the end of the span; an order's tonnes that
nothing serves stay late to the end. Waiting in the hall is counted at no more than the call-off, so the bound is safe.
"""

import numpy as np

from benchmarks.order_replay import Record
from pilothouse.hub.workspace import open_workspace
from pilothouse.methods.plan.transport import pour
from pilothouse.packs.steel.reapplication.dispatching import SteelReapplication
from proving_ground.silicon_mill import family
from proving_ground.silicon_mill.applying import asks_of
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.orders import OrderBook
from proving_ground.silicon_mill.sales import SECONDARY

SPAN_D = 2.0
"""Coils of two days that may serve the same are poured together, as if all had come on the first day."""


def best_eur_per_t(told: Record, usual: OrderBook) -> float:
    """Money per tonne finished; orders and coils as usual practice had them."""
    terms = next(
        o.declared.terms for o in open_workspace(family.folder).reapplications if isinstance(o, SteelReapplication)
    )
    tonnes = sum(made.mass_t for made in told.made.values())
    secondary = sum(
        (made.mass_t - (0.0 if coil not in usual.lots else usual.lots[coil].tonnes))
        * SECONDARY
        * GRADES[made.made_for].price_eur_t
        for coil, made in told.made.items()
    )
    total = secondary
    for thickness in sorted({grade.thickness_mm for grade in GRADES.values()}):
        total += _thickness(told, usual, thickness, terms.late_t_d, terms.holding_t_d)
    return total / tonnes


def _thickness(told: Record, usual: OrderBook, thickness: float, late_t_d: float, holding_t_d: float) -> float:
    grades = [grade for grade in GRADES.values() if grade.thickness_mm == thickness]
    asks = {grade.key: asks_of(grade, told.guaranteed_b50_t) for grade in grades}
    metal: dict[tuple[float, frozenset[str]], float] = {}
    laid: dict[str, float] = {}
    for coil, made in told.made.items():
        lot = usual.lots.get(coil)
        if lot is not None and lot.grade.thickness_mm == thickness:
            fits = (key for key, a in asks.items() if all(low <= lot.tested[k] <= high for k, (low, high) in a.items()))
            at = (SPAN_D * (made.at_h // (24.0 * SPAN_D)), frozenset(fits))
            metal[at] = metal.get(at, 0.0) + lot.tonnes
            if lot.order is not None:
                laid[lot.order.key] = laid.get(lot.order.key, 0.0) + lot.tonnes
    begins_d, ends_d = told.begins_h / 24.0, told.ends_h / 24.0
    wanting = [
        order
        for order in usual.orders()
        if order.grade.thickness_mm == thickness and (laid.get(order.key, 0.0) > 0.0 or order.full_h is None)
    ]
    value = np.full((len(metal), len(wanting)), np.nan)
    penalty = np.zeros(len(wanting))
    for j, order in enumerate(wanting):
        waits_d, due_d = usual.call_off_h(order) / 24.0, max(order.due_h / 24.0, begins_d)
        penalty[j] = late_t_d * max(ends_d - due_d, 0.0)
        for i, (day, fits) in enumerate(metal):
            if order.grade.key in fits:
                leaves_d = min(max(day, order.booked_h / 24.0) + waits_d, ends_d)
                late = late_t_d * max(leaves_d - due_d, 0.0)
                value[i, j] = order.grade.price_eur_t - late - holding_t_d * max(leaves_d - day - SPAN_D, 0.0)
    # What usual practice gave an order in the span, and what it still wants; earlier coils stay where they are.
    wants = np.array([laid.get(o.key, 0.0) + (max(o.open_t, 0.0) if o.full_h is None else 0.0) for o in wanting])
    return pour(value, np.array(list(metal.values())), wants, penalty).value
