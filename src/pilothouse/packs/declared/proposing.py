"""Proposing: from a piece's latest measurement to the cheapest range of its levers, or why there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.clock import NS_PER_MIN
from pilothouse.decision.proposal import Baseline, Ending, Forecast, Proposal, Reason, SetPoint, SetPoints
from pilothouse.decision.scenario import Question
from pilothouse.decision.view import Snapshot
from pilothouse.methods.estimate.effect import Effect
from pilothouse.methods.estimate.forward import follow, landing_probability
from pilothouse.methods.estimate.reasons import verified_reasons
from pilothouse.methods.estimate.record import standing, watch
from pilothouse.methods.setpoint.lever import Aim, Bound, Lever
from pilothouse.methods.setpoint.search import CheapestRange, cheapest_range
from pilothouse.packs.declared.advice import centre, expected_error, honest_errors, usual_amounts
from pilothouse.packs.declared.declaration import AimDeclaration, LeverDeclaration, ScenarioDeclaration
from pilothouse.packs.declared.learning import ripe
from pilothouse.packs.declared.model import AdviceModel, DeclaredModel
from pilothouse.packs.declared.questions import measurements
from pilothouse.packs.declared.rows import QuestionRows, open_row, recorded_rows
from pilothouse.seeds import stream
from pilothouse.units import difference_unit

Array = NDArray[np.float64]

WISHES: Final = ("target", "tolerance", "probability")
"""What an asker may want different from the declared aim."""
COVERAGE: Final = 0.9
REASONS: Final = 4
REASON_FLOOR: Final = 0.05
"""A reason moves the forecast by more than this share of the tolerance."""
FROM_RECORD: Final = "the record supports no more"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Belief:
    """What is believed of the result at the end, with nothing more done to the levers.

    Parameters
    ----------
    centre
        Corrected forecast.
    spread
        Expected size of the error.
    half_width
        Of the interval, in spreads.
    bank
        Honest errors, in spreads.
    effects
        Of each lever.
    drift
        Whether the forecasts hold as they used to; nothing where they do.
    """

    centre: float
    spread: float
    half_width: float
    bank: Array
    effects: tuple[Effect, ...]
    drift: tuple[str, ...]

    def forecast(self, amounts: Array, unit: str) -> Forecast:
        value = self.centre + float(self._moved(amounts[None, :])[0])
        reach = self.half_width * self.spread
        return Forecast(value=value, low=value - reach, high=value + reach, unit=unit, coverage=COVERAGE)

    def chance(self, amounts: Array, aim: Aim) -> Array:
        """Probability (n,) of landing in the tolerance with lever amounts (n, k)."""
        result = (self.centre + self._moved(amounts)) / self.spread
        return landing_probability(result, self.bank, aim.low / self.spread, aim.high / self.spread)

    def _moved(self, amounts: Array) -> Array:
        moved: Array = amounts @ np.array([effect.per_unit for effect in self.effects])
        return moved


def propose(
    declaration: ScenarioDeclaration,
    currency: str,
    snapshot: Snapshot,
    model: DeclaredModel,
    question: Question,
    seed: int,
) -> Proposal:
    """One proposal for one piece."""
    draft = _Draft(declaration=declaration, snapshot=snapshot, model=model, question=question, seed=seed)
    aim, advice = declaration.aim, model.advice
    if aim is None or advice is None:
        return draft.without(Ending.ABSTAIN, ("the scenario declares no lever: it forecasts, and advises nothing",))
    measured = measurements(snapshot.frames, declaration.result)
    only = {*advice.names, *advice.spread_names, *(lever.feature for lever in declaration.levers)}
    asked = open_row(snapshot, declaration, question.subject, measured=measured, only=only)
    why = _why_abstain(asked, snapshot, aim, advice, declaration.looks_back_days)
    if why:
        return draft.without(Ending.ABSTAIN, why)
    wanted = _wanted(aim, question.wishes)
    since = recorded_rows(snapshot, declaration, measured=measured, since_ns=model.as_of_ns, only=only)
    belief = _believe(declaration, advice, asked, ripe(since, snapshot.as_of_ns))
    if belief is None:
        return draft.without(Ending.ABSTAIN, ("fewer than 30 outcomes are known to calibrate on",))
    if belief.drift:
        return draft.without(Ending.ABSTAIN, (*belief.drift, "learn again, or find out what changed in the plant"))
    levers = _levers(declaration.levers, advice)
    rng = stream(seed, declaration.key, question.subject)
    found = cheapest_range(levers, wanted, lambda amounts: belief.chance(amounts, wanted), rng)
    usual = np.array([float(usual_amounts(advice, asked)[lever.key][0]) for lever in declaration.levers])
    baseline = Baseline(
        values={lever.key: float(amount) for lever, amount in zip(declaration.levers, usual, strict=True)},
        cost=float(usual @ np.array([lever.price for lever in declaration.levers])),
        forecast=belief.forecast(usual, declaration.unit),
        probability=float(belief.chance(usual[None, :], wanted)[0]),
    )
    if not found.feasible:
        return draft.without(Ending.INFEASIBLE, _why_infeasible(found, declaration, wanted), wanted, baseline)
    points = tuple(_point(lever, found, k) for k, lever in enumerate(declaration.levers))
    return draft.with_change(
        SetPoints(points=points, cost=found.cost, currency=currency),
        belief.forecast(found.values, declaration.unit),
        found.probability,
        wanted,
        baseline,
        _reasons(declaration, advice, asked, found, wanted),
    )


def _why_abstain(
    asked: QuestionRows, snapshot: Snapshot, aim: AimDeclaration, advice: AdviceModel, looks_back_days: float
) -> tuple[str, ...]:
    if asked.table.is_empty():
        return (f"nothing usable was measured of the piece in the {looks_back_days:g} days before this instant",)
    age_min = (snapshot.as_of_ns - int(asked.instants("anchor_ns")[0])) / NS_PER_MIN
    if age_min > aim.valid_minutes:
        return (f"the latest measurement is {age_min:.0f} min old, more than {aim.valid_minutes:g} min",)
    return advice.domain.outside(asked.matrix(advice.names))[0]


def _wanted(aim: AimDeclaration, wishes: Mapping[str, float]) -> Aim:
    target = wishes.get("target", aim.target)
    tolerance = wishes.get("tolerance", aim.tolerance)
    return Aim(
        low=target - tolerance,
        high=target + tolerance,
        probability=wishes.get("probability", aim.probability),
        miss_cost=aim.miss_cost,
    )


def _believe(
    declaration: ScenarioDeclaration, advice: AdviceModel, asked: QuestionRows, since: QuestionRows
) -> _Belief | None:
    """The corrected forecast and its honest errors, as they stand at the question's anchor.

    ``since`` are the answered questions that the model had not learnt.
    """
    features = {lever.key: lever.feature for lever in declaration.levers}
    record = advice.record
    if not since.table.is_empty():
        record += honest_errors(advice, since, features)
    record = record.latest()
    anchor = asked.instants("anchor_ns")
    followed = follow(
        np.concatenate([record.anchor_ns, anchor]),
        np.concatenate([record.known_ns, anchor]),
        np.append(record.error, np.nan),
        coverage=COVERAGE,
    )
    if not np.isfinite(followed.half_width[-1]):
        return None
    spread = float(expected_error(advice, asked)[0])
    return _Belief(
        centre=float(centre(advice, asked)[0]) + float(followed.correction[-1]) * spread,
        spread=spread,
        half_width=float(followed.half_width[-1]),
        bank=followed.bank,
        effects=advice.effects,
        drift=standing(watch(record, followed.correction[:-1])),
    )


def _levers(declared: Sequence[LeverDeclaration], advice: AdviceModel) -> list[Lever]:
    """Each lever between the tighter of its limits and what the record supports."""
    levers = []
    for lever, (seen_low, seen_high) in zip(declared, advice.seen, strict=True):
        low = Bound(value=lever.low, source=lever.source)
        high = Bound(value=lever.high, source=lever.source)
        # A piece that needs nothing is the plainest case there is, however rarely it was recorded.
        least = min(seen_low if lever.low > 0 else min(seen_low, 0.0), lever.high)
        most = max(seen_high if lever.high < 0 else max(seen_high, 0.0), lever.low)
        if least > lever.low:
            low = Bound(value=least, source=FROM_RECORD)
        if most < lever.high:
            high = Bound(value=most, source=FROM_RECORD)
        levers.append(Lever(key=lever.key, low=low, high=high, price=lever.price, step=lever.step))
    return levers


def _point(lever: LeverDeclaration, found: CheapestRange, k: int) -> SetPoint:
    return SetPoint(
        lever=lever.key,
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


def _why_infeasible(found: CheapestRange, declaration: ScenarioDeclaration, wanted: Aim) -> tuple[str, ...]:
    names = {lever.key: lever for lever in declaration.levers}
    best = ", ".join(
        f"{lever.name} {value:,.4g} {lever.unit}" for lever, value in zip(declaration.levers, found.values, strict=True)
    )
    said = (f"the best chance is {found.probability:.2f} with {best}, below the asked {wanted.probability:.2f}",)
    if not found.binding:
        return (*said, "no limit binds: the tolerance is narrower than what can be known at this moment")
    return (
        *said,
        *(
            f"{names[b.lever].name}: the limit {b.bound.value:,.4g} {names[b.lever].unit} binds ({b.bound.source})"
            for b in found.binding
        ),
    )


def _reasons(
    declaration: ScenarioDeclaration, advice: AdviceModel, asked: QuestionRows, found: CheapestRange, wanted: Aim
) -> tuple[Reason, ...]:
    """Each lever's own part, then the facts of the piece that were verified by forecasting without them."""
    unit = difference_unit(declaration.unit)
    own = [
        Reason(
            what=f"{lever.name} {value:,.4g} {lever.unit}, at {effect.per_unit:.3g} "
            f"({effect.low:.3g} to {effect.high:.3g}) {unit} per {lever.unit}, from {effect.steps} steps",
            effect=effect.per_unit * float(value),
        )
        for lever, effect, value in zip(declaration.levers, advice.effects, found.values, strict=True)
    ]
    row = asked.matrix(advice.names)[0]
    place = advice.names.index("result.now")

    def result(x: Array) -> Array:
        return x[:, place] + advice.rest.predict(x)

    groups = {name: [k] for k, name in enumerate(advice.names)}
    floor = REASON_FLOOR * (wanted.high - wanted.low)
    explained = verified_reasons(result, row, advice.usual_row, groups, floor=floor, at_most=REASONS)
    facts = []
    for fact in explained.facts:
        k = advice.names.index(fact.name)
        what = f"{declaration.words[fact.name]} {_said(row[k])}, usually {_said(advice.usual_row[k])}"
        facts.append(Reason(what=what, effect=fact.effect))
    return (*own, *facts)


def _said(value: float) -> str:
    return "missing" if np.isnan(value) else f"{value:.4g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """What every proposal to this question says alike."""

    declaration: ScenarioDeclaration
    snapshot: Snapshot
    model: DeclaredModel
    question: Question
    seed: int

    def without(
        self, ending: Ending, why: tuple[str, ...], wanted: Aim | None = None, baseline: Baseline | None = None
    ) -> Proposal:
        return self._proposal(ending, why, None, None, None, wanted, baseline, ())

    def with_change(
        self,
        change: SetPoints,
        forecast: Forecast,
        probability: float,
        wanted: Aim,
        baseline: Baseline,
        reasons: tuple[Reason, ...],
    ) -> Proposal:
        return self._proposal(Ending.OPTIMAL, (), change, forecast, probability, wanted, baseline, reasons)

    def _proposal(  # noqa: PLR0913, PLR0917 - the parts in which proposals differ
        self,
        ending: Ending,
        why: tuple[str, ...],
        change: SetPoints | None,
        forecast: Forecast | None,
        probability: float | None,
        wanted: Aim | None,
        baseline: Baseline | None,
        reasons: tuple[Reason, ...],
    ) -> Proposal:
        aim = self.declaration.aim
        valid_minutes = aim.valid_minutes if aim else 0.0
        asked = {} if wanted is None else {"low": wanted.low, "high": wanted.high, "probability": wanted.probability}
        return Proposal(
            scenario=self.declaration.key,
            subject=self.question.subject,
            ending=ending,
            why=why,
            as_of_ns=self.snapshot.as_of_ns,
            valid_until_ns=self.snapshot.as_of_ns + int(valid_minutes * NS_PER_MIN),
            change=change,
            forecast=forecast,
            probability=probability,
            aim=asked,
            baseline=baseline,
            reasons=reasons,
            model=self.model.version,
            data=self.snapshot.fingerprint(),
            upto=self.snapshot.upto,
            seed=self.seed,
        )
