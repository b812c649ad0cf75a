"""Proposing: from a heat's shot to the last oxygen and coolant that land it at least cost, or why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pilothouse.clock import NS_PER_MIN
from pilothouse.decision.proposal import Baseline, Ending, Forecast, Proposal, Reason, SetPoint, SetPoints
from pilothouse.decision.scenario import Question
from pilothouse.decision.view import Snapshot
from pilothouse.methods.estimate.reasons import verified_reasons
from pilothouse.methods.setpoint.lever import Aim, Bound, Lever
from pilothouse.methods.setpoint.search import Chance, CheapestRange, cheapest_range
from pilothouse.packs.steel.end_point.belief import Believed, Box, believe
from pilothouse.packs.steel.end_point.declaration import CARBON_UNIT, TEMPERATURE_UNIT, EndLever, EndPoint
from pilothouse.packs.steel.end_point.heats import ENDED, Heats, heats
from pilothouse.packs.steel.end_point.model import EndPointModel
from pilothouse.seeds import stream

Array = NDArray[np.float64]

WISHES: Final = ("carbon", "temperature", "probability")
"""What an asker may want different from the declared aim: heats of one grade are tapped hotter than of another."""
COVERAGE: Final = 0.9
REASONS: Final = 4
REASON_FLOOR: Final = 0.05
"""A reason moves the forecast by more than this share of the tolerance."""
FINENESS: Final = 41
"""Places at which a range is looked at."""
FROM_RECORD: Final = "the record supports no more"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Asked:
    """One heat at its shot, what is believed of it without oxygen and coolant, and what each lever does."""

    model: EndPointModel
    heat: Heats
    believed: Believed
    effects: Array

    def chance(self, levers: Array, box: Box) -> Array:
        """Of landing in the box, with levers (k, 2)."""
        return self.believed.chance(self.model, box, len(self.heat.pieces) - 1, levers @ self.effects)

    def forecasts(self, levers: Array) -> tuple[Forecast, Forecast]:
        """Carbon and temperature with levers (2,)."""
        left, degc = self.believed.value[-1] + levers @ self.effects
        reach = self.believed.half_width[COVERAGE][-1]
        carbon = self.model.fitted.blow.carbon(left + reach[0] * np.array([0.0, -1.0, 1.0])).tolist()
        return (
            Forecast(value=carbon[0], low=carbon[1], high=carbon[2], unit=CARBON_UNIT, coverage=COVERAGE),
            Forecast(
                value=float(degc),
                low=float(degc - reach[1]),
                high=float(degc + reach[1]),
                unit=TEMPERATURE_UNIT,
                coverage=COVERAGE,
            ),
        )


def propose(
    point: EndPoint, currency: str, snapshot: Snapshot, model: EndPointModel, question: Question, seed: int
) -> Proposal:
    """One proposal for one heat."""
    wishes = question.wishes
    carbon, temperature = wishes.get("carbon", point.aim.carbon), wishes.get("temperature", point.aim.temperature)
    box = Box.around(point, carbon, temperature)
    probability = wishes.get("probability", point.aim.probability)
    blank = Proposal(
        scenario=point.key,
        subject=question.subject,
        ending=Ending.ABSTAIN,
        why=("nothing was asked",),
        as_of_ns=snapshot.as_of_ns,
        valid_until_ns=snapshot.as_of_ns + int(point.aim.valid_minutes * NS_PER_MIN),
        change=None,
        forecast=None,
        probability=None,
        aim={
            "low": box.temperature[0],
            "high": box.temperature[1],
            "carbon_low": box.carbon[0],
            "carbon_high": box.carbon[1],
            "probability": probability,
        },
        baseline=None,
        reasons=(),
        model=model.version,
        data=snapshot.fingerprint(),
        upto=snapshot.upto,
        seed=seed,
    )
    asked = _asked(point, snapshot, model, question.subject)
    if not isinstance(asked, _Asked):
        return replace(blank, why=asked)
    landing = box.without_again(point)
    if landing.is_empty:
        return replace(blank, ending=Ending.INFEASIBLE, why=("the works would blow again anywhere in this tolerance",))
    aim = Aim(
        low=landing.temperature[0], high=landing.temperature[1], probability=probability, miss_cost=point.aim.miss_cost
    )
    rng = stream(seed, point.key, question.subject)
    levers = [_freedom(*one) for one in zip(point.levers, model.seen, strict=True)]
    found = cheapest_range(levers, aim, lambda amounts: asked.chance(amounts, landing), rng)
    baseline = _baseline(point, asked, landing)
    if not found.feasible:
        return replace(
            blank, ending=Ending.INFEASIBLE, why=_why_infeasible(found, point, probability), baseline=baseline
        )
    found = _on_steps(found, levers, lambda amounts: asked.chance(amounts, landing), probability)
    of_carbon, of_temperature = asked.forecasts(found.values)
    return replace(
        blank,
        ending=Ending.OPTIMAL,
        why=(_in_words(of_carbon),),
        change=SetPoints(
            points=tuple(_point(lever, found, k) for k, lever in enumerate(point.levers)),
            cost=found.cost,
            currency=currency,
        ),
        forecast=of_temperature,
        probability=found.probability,
        baseline=baseline,
        reasons=_reasons(point, asked, found.values),
    )


def _asked(point: EndPoint, snapshot: Snapshot, model: EndPointModel, piece: str) -> _Asked | tuple[str, ...]:
    """The heat as it stands now, or why nothing can be said of it."""
    known = heats(snapshot, point)
    heat = known.where((pl.col("piece") == piece) & ~ENDED)
    if heat.table.is_empty():
        return (f"no shot is known of heat {piece}, or it has ended",)
    age_min = (snapshot.as_of_ns - int(heat.instants("anchor_ns")[0])) / NS_PER_MIN
    if age_min > point.aim.valid_minutes:
        return (f"the shot is {age_min:.0f} min old, more than {point.aim.valid_minutes:g} min",)
    outside = model.domain.outside(model.fitted.mended(heat))[0]
    if outside:
        return outside
    since = known.where(ENDED & (pl.col("anchor_ns") >= model.as_of_ns) & (pl.col("piece") != piece))
    both = Heats(table=pl.concat([since.table, heat.table]), point=point)
    done = both.levers
    done[-1] = 0.0  # the physics is straight: what the levers add is added later
    now = model.errors(since), model.errors(heat)
    believed = believe(model, both, done, (COVERAGE,), (now[0][0] + now[1][0], now[0][1] + now[1][1]))
    if not np.isfinite(believed.half_width[COVERAGE][-1]).all():
        return ("fewer than 30 ends are known to calibrate on",)
    drift = tuple(
        f"{name}: {words}"
        for name, said in zip(("carbon", "temperature"), believed.drift, strict=True)
        for words in said
    )
    if drift:
        return (*drift, "learn again, or find out what changed at the converter")
    return _Asked(model=model, heat=both, believed=believed, effects=model.fitted.effects(heat)[0])


def _baseline(point: EndPoint, asked: _Asked, landing: Box) -> Baseline:
    """What the crews' practice would do."""
    usual = asked.model.usual_levers(asked.heat)[-1]
    return Baseline(
        values={lever.parameter: float(value) for lever, value in zip(point.levers, usual, strict=True)},
        cost=float(usual @ np.array([lever.price for lever in point.levers])),
        forecast=asked.forecasts(usual)[1],
        probability=float(asked.chance(usual[None, :], landing)[0]),
    )


def _freedom(declared: EndLever, seen: tuple[float, float]) -> Lever:
    """A lever between the tighter of its limits and what the record supports."""
    low, high = (Bound(value=value, source=declared.source) for value in (declared.low, declared.high))
    least, most = (float(np.clip(value, declared.low, declared.high)) for value in seen)
    if least > declared.low:
        low = Bound(value=least, source=FROM_RECORD)
    if most < declared.high:
        high = Bound(value=most, source=FROM_RECORD)
    return Lever(key=declared.parameter, low=low, high=high, price=declared.price, step=declared.step)


def _on_steps(found: CheapestRange, levers: Sequence[Lever], chance: Chance, probability: float) -> CheapestRange:
    """The point on steps people can set, in a box that leaves both levers room.

    Oxygen heats and coolant cools, so the whole room of one leaves the other none. Each gets the same share of what it
    has alone, as much as holds at the corners; where the chance is kept is convex, so it holds inside.
    """
    bounds = np.array([(lever.low.value, lever.high.value) for lever in levers]).T
    steps = np.array([lever.step or 1e-9 for lever in levers])
    on_steps = np.clip(np.round(found.values / steps) * steps, *bounds)
    point = on_steps if chance(on_steps[None, :])[0] >= probability else found.values
    alone = np.stack([point, point])
    for k in range(len(levers)):
        for side in range(2):
            tried = np.tile(point, (FINENESS, 1))
            tried[:, k] = np.linspace(point[k], bounds[side, k], FINENESS)
            alone[side, k] = tried[_first_run(chance(tried) >= probability) - 1, k]
    shares = np.linspace(0.0, 1.0, FINENESS)[:, None]
    corners = [point + shares * (np.array([a, b]) - point) for a in alone[:, 0] for b in alone[:, 1]]
    kept = np.all([chance(corner) >= probability for corner in corners], axis=0)
    low, high = point + float(shares[_first_run(kept) - 1, 0]) * (alone - point)
    low = np.minimum(np.ceil(low / steps - 1e-9) * steps, point)
    high = np.maximum(np.floor(high / steps + 1e-9) * steps, point)
    prices = np.array([lever.price for lever in levers])
    cost = float(prices @ point)
    return replace(
        found,
        values=point,
        low=low,
        high=high,
        probability=float(chance(point[None, :])[0]),
        cost=cost,
        cost_low=cost + prices * (low - point),
        cost_high=cost + prices * (high - point),
    )


def _first_run(holds: NDArray[np.bool_]) -> int:
    """How many hold before the first that does not; the first, where one stands, always counts."""
    return max(len(holds) if holds.all() else int(np.argmin(holds)), 1)


def _point(lever: EndLever, found: CheapestRange, k: int) -> SetPoint:
    return SetPoint(
        lever=lever.parameter,
        name=lever.name,
        unit=lever.unit,
        value=float(found.values[k]),
        low=float(found.low[k]),
        high=float(found.high[k]),
        cost_low=float(found.cost_low[k]),
        cost_high=float(found.cost_high[k]),
        limit_low=lever.low,
        limit_high=lever.high,
        limit_source=lever.source,
    )


def _why_infeasible(found: CheapestRange, point: EndPoint, probability: float) -> tuple[str, ...]:
    named = {lever.parameter: lever for lever in point.levers}
    best = ", ".join(
        f"{lever.name} {value:,.4g} {lever.unit}" for lever, value in zip(point.levers, found.values, strict=True)
    )
    said = f"the best chance of both is {found.probability:.2f} with {best}, below the asked {probability:.2f}"
    if not found.binding:
        return (
            said,
            "no limit binds: carbon and temperature cannot both be reached from here, or are not known well enough",
        )
    bound = (
        f"{named[b.lever].name}: the limit {b.bound.value:,.4g} {named[b.lever].unit} binds ({b.bound.source})"
        for b in found.binding
    )
    return (said, *bound)


def _reasons(point: EndPoint, asked: _Asked, levers: Array) -> tuple[Reason, ...]:
    """What each lever does, then the facts of the heat that were verified by forecasting without them; in K."""
    own = [
        Reason(
            what=f"{lever.name} {value:,.4g} {lever.unit}: carbon left x {np.exp(effect[0] * value):.2f}",
            effect=float(effect[1] * value),
        )
        for lever, effect, value in zip(point.levers, asked.effects, levers, strict=True)
    ]
    fitted, one = asked.model.fitted, asked.heat.table[-1:]
    row = asked.heat.facts[-1]

    def degc(rows: Array) -> Array:
        """Temperature (n,) of the heat with other facts (n, p) and these levers."""
        facts = pl.DataFrame(rows, schema=list(point.facts), nan_to_null=True)
        same = pl.concat([one.drop(point.facts)] * len(rows))
        others = Heats(table=pl.concat([same, facts], how="horizontal"), point=point)
        return fitted.foretell(others, np.tile(levers, (len(rows), 1)))[:, 1]

    explained = verified_reasons(
        degc,
        row,
        fitted.usual,
        {fact: [k] for k, fact in enumerate(point.facts)},
        floor=REASON_FLOOR * 2.0 * point.aim.temperature_tolerance,
        at_most=REASONS,
    )
    usual = dict(zip(point.facts, zip(row.tolist(), fitted.usual.tolist(), strict=True), strict=True))
    facts = (
        Reason(what=f"{point.words[f.name]} {usual[f.name][0]:.4g}, usually {usual[f.name][1]:.4g}", effect=f.effect)
        for f in explained.facts
    )
    return (*own, *facts)


def _in_words(carbon: Forecast) -> str:
    return f"carbon {carbon.value:.3f} % ({carbon.low:.3f} to {carbon.high:.3f}, {carbon.coverage:.0%})"
