"""What a run came to, judged by the hidden truth; each figure over the same span of time."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from pilothouse.plants import Figure
from proving_ground.silicon_mill.flow import Finished, Flow
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.orders import Order
from proving_ground.silicon_mill.parameters import parameters
from proving_ground.silicon_mill.piece import DEFECTS
from proving_ground.silicon_mill.sales import SECONDARY, sales_figures
from proving_ground.silicon_mill.sorting import MAGNETIC

LINE: Final = "FAL"
"""The annealing line: the mill's bottleneck, by whose hours output is counted."""


def figures_of(flow: Flow, from_h: float) -> dict[str, Figure]:
    """The scoring figures since an hour; none where nothing was finished since.

    ``defect_share`` counts coils with at least one defect, ``off_grade_share`` tonnes of which loss or induction miss
    the grade; ``prime_t_per_h`` is what was sold as the grade it was made for, per hour that the annealing line was
    manned; energy and cost are per tonne finished, hot metal and scrap not counted; ``stock_days`` is metal on the
    floor over what leaves it in a day; lead times run from booking to shipping; :mod:`.sales` says what was sold.
    """
    done = [f for f in flow.tally.finished if f.at_h > from_h]
    if not done:
        return {}
    hours = flow.now_h - from_h
    tonnes = sum(f.coil.mass_t for f in done)
    return {
        "parameters": Figure(value=float(len(parameters())), unit="-"),
        "coils": Figure(value=float(len(done)), unit="pieces"),
        "defect_share": _defects(done),
        "off_grade_share": _off_grade(done),
        **_losses(done),
        "prime_t_per_h": Figure(value=_prime_t(done) / manned_h(flow, hours), unit="t/h"),
        "energy_kwh_per_t": Figure(value=sum(f.coil.account.energy_kwh for f in done) / tonnes, unit="kWh/t"),
        "cost_eur_per_t": Figure(value=sum(f.coil.account.cost_eur for f in done) / tonnes, unit="EUR/t"),
        "downgrade_eur_per_t": Figure(value=sum(map(_downgrade_eur, done)) / tonnes, unit="EUR/t"),
        "metal_yield": Figure(value=100.0 * _yield(done), unit="%"),
        "stock_days": _stock_days(flow, tonnes / max(hours, 1.0) * 24.0),
        **sales_figures(flow, done, from_h),
        **_lead_times([order for order in flow.tally.shipped if (order.shipped_h or 0.0) > from_h]),
    }


def manned_h(flow: Flow, hours: float) -> float:
    """Hours that the annealing line was manned: all but planned repair."""
    rules = flow.lines[LINE].rules
    return max(hours * (1.0 - rules.repair_h / (24.0 * rules.repair_every_d)), 1e-9)


def _defects(done: Sequence[Finished]) -> Figure:
    with_one = sum(bool(f.coil.defects) for f in done)
    causes = {cause: _percent(sum(cause in f.coil.defects for f in done), len(done)) for cause in DEFECTS}
    return Figure(value=_percent(with_one, len(done)), unit="%", by={"cause": causes})


def _off_grade(done: Sequence[Finished]) -> Figure:
    def share(coils: Iterable[Finished]) -> float:
        listed = list(coils)
        missed = sum(f.coil.mass_t for f in listed if any(cause in MAGNETIC for cause in f.coil.defects))
        return _percent(missed, sum(f.coil.mass_t for f in listed))

    families = sorted({f.coil.grade.family for f in done})
    by = {family: share(f for f in done if f.coil.grade.family == family) for family in families}
    return Figure(value=share(done), unit="%", by={"family": by, "grade": {g: share(c) for g, c in _by_grade(done)}})


def _losses(done: Sequence[Finished]) -> dict[str, Figure]:
    """Mean and spread of the true P1.5/50 by grade, the limit beside them."""
    losses = {grade: np.array([f.coil.loss_w_kg for f in coils]) for grade, coils in _by_grade(done)}
    means = {grade: float(values.mean()) for grade, values in losses.items()}
    spreads = {grade: float(values.std()) for grade, values in losses.items()}
    limits = {grade: GRADES[grade].loss_limit_w_kg for grade in losses}
    every = np.concatenate(list(losses.values()))
    within = np.concatenate([values - values.mean() for values in losses.values()])
    return {
        "p1550": Figure(value=float(every.mean()), unit="W/kg", by={"grade": means, "grade_limit": limits}),
        "p1550_sd": Figure(value=float(within.std()), unit="W/kg", by={"grade": spreads}),
    }


def _by_grade(done: Sequence[Finished]) -> list[tuple[str, list[Finished]]]:
    return [(g, coils) for g in GRADES if (coils := [f for f in done if f.coil.grade.key == g])]


def _prime_t(done: Sequence[Finished]) -> float:
    return sum(f.sold.prime_t for f in done if f.sold.grade is f.coil.grade)


def _downgrade_eur(finished: Finished) -> float:
    """What a coil was sorted as for less than what it was made for."""
    price = finished.coil.grade.price_eur_t
    sold_for = 0.0 if finished.sold.grade is None else finished.sold.prime_t * finished.sold.grade.price_eur_t
    secondary_t = finished.coil.mass_t - finished.sold.prime_t
    return finished.coil.mass_t * price - sold_for - secondary_t * SECONDARY * price


def _yield(done: Sequence[Finished]) -> float:
    """Tonnes finished over tonnes of liquid steel they came from."""
    tonnes = sum(f.coil.mass_t for f in done)
    return tonnes / (tonnes + sum(f.coil.account.scrapped_t for f in done))


def _stock_days(flow: Flow, daily_t: float) -> Figure:
    mean_t = flow.stocks.mean_t(flow.now_h)
    by = {place: tonnes / daily_t for place, tonnes in mean_t.items()}
    return Figure(value=sum(by.values()), unit="d", by={"place": by})


def _lead_times(shipped: Sequence[Order]) -> dict[str, Figure]:
    days = [(o.shipped_h - o.booked_h) / 24.0 for o in shipped if o.shipped_h is not None]
    if not days:
        return {}
    late = sum(o.shipped_h > o.due_h for o in shipped if o.shipped_h is not None)
    return {
        "lead_time_p50_d": Figure(value=float(np.quantile(days, 0.5)), unit="d"),
        "lead_time_p90_d": Figure(value=float(np.quantile(days, 0.9)), unit="d"),
        "on_time_share": Figure(value=100.0 - _percent(late, len(days)), unit="%"),
        "orders_shipped": Figure(value=float(len(days)), unit="pieces"),
    }


def _percent(part: float, whole: float) -> float:
    return 100.0 * part / whole if whole > 0.0 else 0.0
