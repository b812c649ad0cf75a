"""What finished metal is sold for, how late it leaves, and how much of it is not what it was sold as."""

from collections.abc import Sequence
from typing import Final

from pilothouse.plants import Figure
from proving_ground.silicon_mill.flow import Finished, Flow

SECONDARY: Final = 0.7
"""Secondary brings so much of the price of what it was made for (30 % off; from memory 25-40 %)."""


def sales_figures(flow: Flow, done: Sequence[Finished], from_h: float) -> dict[str, Figure]:
    """Figures of the coils finished since an hour, and of the lateness that accrued since.

    ``price_eur_per_t`` is what the order a coil lies in pays, or the grade it waits as; secondary metal of it at 30 %
    off. ``late_d`` is tonne-days of orders past their due date and not yet shipped, per tonne finished: it does not
    wait for an order to leave, so nothing late is hidden at the end. ``misapplied_share`` is prime metal whose true
    loss misses what it is sold as, which a test cannot rule out.
    """
    lots = flow.book.lots
    tonnes = sum(f.coil.mass_t for f in done)
    brought = misapplied_t = prime_t = 0.0
    for finished in done:
        coil, lot = finished.coil, lots.get(finished.coil.key)
        sold_t = 0.0 if lot is None else lot.tonnes
        brought += (coil.mass_t - sold_t) * SECONDARY * coil.grade.price_eur_t
        if lot is not None:
            brought += lot.tonnes * lot.grade.price_eur_t
            prime_t += lot.tonnes
            misapplied_t += lot.tonnes if coil.loss_w_kg > lot.grade.loss_limit_w_kg else 0.0
    return {
        "price_eur_per_t": Figure(value=brought / tonnes, unit="EUR/t"),
        "late_d": Figure(value=_late_td(flow, from_h) / tonnes, unit="d"),
        "misapplied_share": Figure(value=100.0 * misapplied_t / prime_t if prime_t > 0.0 else 0.0, unit="%"),
    }


def _late_td(flow: Flow, from_h: float) -> float:
    """Tonne-days past due since an hour, of orders that have left since or have not left."""
    late_td = 0.0
    for order in flow.book.orders():
        until_h = flow.now_h if order.shipped_h is None else order.shipped_h
        late_td += order.tonnes * max(until_h - max(order.due_h, from_h), 0.0) / 24.0
    return late_td
