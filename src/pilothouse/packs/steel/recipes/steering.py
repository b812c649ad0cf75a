"""Recipes at work: what to do with each piece before each segment, and what its results teach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.decision.steering import Case, Foretold, Move, Situation, SteeringModel
from pilothouse.methods.setpoint.trial import try_around
from pilothouse.packs.steel.recipes.columns import Columns, excess
from pilothouse.packs.steel.recipes.declaration import Quality, RecipeBook
from pilothouse.packs.steel.recipes.effects import Line, learn_line, learn_odds
from pilothouse.packs.steel.recipes.model import RecipeModel
from pilothouse.packs.steel.recipes.plan import best_interval, cheapest
from pilothouse.packs.steel.recipes.worth import worth_by_recipe

Array = NDArray[np.float64]

MOVED_AT_ONCE: Final = 0.5
"""Steps by which a centre moves at most when new results are learnt."""
BY_PIECE: Final = (-2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0)
"""Steps around the centre that are weighed for a single piece."""
FREE: Final = 0.5
"""Steps to either side inside which a person may edit freely: a piece is tried as far."""
LEAST_CASES: Final = 200
NAIVE: Final = 40
"""Newest pieces of a kind whose mean somebody without a model would say."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecipeSteering:
    """Steering by a declared recipe book; see :class:`pilothouse.decision.steering.Steering`."""

    book: RecipeBook
    key: str = "recipes"
    title: str = "Recipes along the route"
    looks_at: frozenset[str] = field(init=False)
    segments: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """What it needs to know, and where it moves levers."""
        qualities = self.book.qualities
        looked_at = {key for q in qualities for key in (q.result, *q.looks_at) if key}
        object.__setattr__(self, "looks_at", frozenset(looked_at))
        object.__setattr__(self, "segments", frozenset(self.book.segments))

    def learn(self, cases: Sequence[Case], at_ns: int, previous: SteeringModel | None) -> RecipeModel | None:
        """What finished pieces teach, and centres a little nearer to the cheapest."""
        if len(cases) < LEAST_CASES:
            return None
        before = previous if isinstance(previous, RecipeModel) else None
        book, columns = self.book, Columns.of(self.book, cases, at_ns)
        lines: dict[tuple[str, str], Line] = {}
        planned: dict[tuple[str, str], Line] = {}
        for group, kinds in _kinds_of(book, columns).items():
            for quality in (q for q in book.qualities if q.is_measured):
                knowing = learn_line(book, quality, columns, kinds, None)
                planning = None if knowing is None else learn_line(book, quality, columns, kinds, knowing)
                if knowing is not None and planning is not None:
                    lines[group, quality.key], planned[group, quality.key] = knowing, planning
        aged = {s.quality for s in book.services}
        told = [q for q in book.qualities if not q.is_measured or q.key in aged]
        model = RecipeModel(
            book=book,
            lines=lines,
            planned=planned,
            odds={q.key: learn_odds(book, q, columns) for q in told},
            centres={} if before is None else before.centres,
            naive={
                (q.key, kind): _naive(q, kind, columns) for q in book.qualities if q.is_measured for kind in book.groups
            },
        )
        return _with_centres(model)

    def guide(
        self, model: SteeringModel, situation: Situation, rng: np.random.Generator, *, trial: float
    ) -> tuple[Move, ...]:
        """The kind's centre, or for levers chosen by piece the cheapest setting for this one; tried around."""
        own = _own(model)
        levers = self.book.levers_of(situation.segment)
        if situation.kind not in own.centres or not levers:
            return ()
        centre = own.centres[situation.kind]
        if any(lever.by_piece for lever in levers):
            centre = self._for_piece(own, situation, centre)
        moves = []
        for lever in levers:
            at = float(np.clip(centre[self.book.levers.index(lever)], lever.low, lever.high))
            arm = try_around(at, trial, lever.low, lever.high, rng)
            low, high = max(arm.value - FREE, lever.low), min(arm.value + FREE, lever.high)
            moves.append(Move(lever=lever.key, steps=arm.value, low=low, high=high, propensity=arm.propensity))
        return tuple(moves)

    def commands(self, situation: Situation, moves: Mapping[str, float]) -> Mapping[str, float]:
        """Set-points inside their limits, of those that the practice sets too."""
        said: dict[str, float] = {}
        for lever in self.book.levers_of(situation.segment):
            for key in lever.moves:
                if lever.key in moves and key in situation.presets:
                    low, high = self.book.limits[key]
                    said[key] = min(max(lever.moved(situation.presets[key], moves[lever.key]), low), high)
        return said

    def steps_between(
        self, segment: str, usual: Mapping[str, float], preset: Mapping[str, float]
    ) -> Mapping[str, float]:
        """Mean over what a lever moves."""
        said: dict[str, float] = {}
        for lever in self.book.levers_of(segment):
            both = [key for key in lever.moves if key in usual and key in preset]
            if both:
                said[lever.key] = float(np.mean([lever.steps(usual[key], preset[key]) for key in both]))
        return said

    def foretell(self, model: SteeringModel, situation: Situation) -> tuple[Foretold, ...]:
        """Measured qualities of a piece by what is known of it and was done to it."""
        own, said = _own(model), []
        done = np.array([situation.done.get(lever.key, 0.0) for lever in self.book.levers])
        for (group, quality), line in own.lines.items():
            if self.book.groups.get(situation.kind) == group and situation.kind in line.kinds:
                value = line.own(situation.kind, situation.known) + float(done @ line.effects[0])
                naive = own.naive[quality, situation.kind]
                said.append(Foretold(quality=quality, value=value, half_width=line.half_width, naive=naive))
        return tuple(said)

    def result(self, case: Case, quality: str) -> float:
        """What :meth:`foretell` spoke of, once it is known; nan where it is not."""
        found = next(q for q in self.book.qualities if q.key == quality)
        return excess(found, case.known, case.limits)

    def calendars(self, model: SteeringModel) -> Mapping[str, float]:
        """Intervals at which faults and services together cost least."""
        own, chosen = _own(model), {}
        prices = {q.key: q.eur_t for q in self.book.qualities}
        for service in self.book.services:
            odds = own.odds[service.quality]
            aged = [s for s in self.book.services if s.quality == service.quality]
            per_life = float(odds.posterior.mean[len(odds.posterior.mean) - len(aged) + aged.index(service)])
            usual = float(np.mean(1.0 / (1.0 + np.exp(-odds.usual))))
            fresh = usual * float(np.exp(-0.5 * per_life))
            per_unit = service.t_per_day * service.unit_d
            chosen[service.key] = best_interval(
                min(max(fresh, 1e-5), 0.5), per_life, service.every, (prices[service.quality], service.eur, per_unit)
            )
        return chosen

    def worth(self, case: Case) -> float:
        """What faults and moved levers cost, EUR/t, with its sign turned."""
        dearest = max((q.eur_t for q in self.book.qualities if q.key in case.faults), default=0.0)
        return -dearest - sum(lever.eur_t * case.done.get(lever.key, 0.0) for lever in self.book.levers)

    def worth_by_part(
        self, model: SteeringModel, cases: Sequence[Case], rng: np.random.Generator
    ) -> Mapping[str, tuple[float, float, float]]:
        """Costs without a segment's moves less costs with them, by what effects may be (:mod:`.worth`)."""
        return worth_by_recipe(_own(model), cases, rng)

    def _for_piece(self, model: RecipeModel, situation: Situation, centre: Array) -> Array:
        """The cheapest setting of levers chosen by piece, by what is known of it and was done to it."""
        group, kind = self.book.groups[situation.kind], situation.kind
        own = {
            quality: line.own(kind, situation.known)
            for (of, quality), line in model.lines.items()
            if of == group and kind in line.kinds
        }
        here = np.array([situation.done.get(lever.key, centre[k]) for k, lever in enumerate(self.book.levers)])
        by_piece = tuple(lever for lever in self.book.levers_of(situation.segment) if lever.by_piece)
        return cheapest(model.costs(kind, own), by_piece, here, BY_PIECE, max(BY_PIECE))


def _with_centres(model: RecipeModel) -> RecipeModel:
    """Centres moved a little towards the cheapest, of every kind whose results are known."""
    levers = model.book.levers
    known = {kind for line in model.planned.values() for kind in line.kinds}
    centres = {}
    for kind in sorted(known):
        start = model.centres.get(kind, np.zeros(len(levers)))
        centres[kind] = cheapest(model.costs(kind), levers, start, (-MOVED_AT_ONCE, MOVED_AT_ONCE), MOVED_AT_ONCE)
    return replace(model, centres=centres)


def _kinds_of(book: RecipeBook, columns: Columns) -> dict[str, tuple[str, ...]]:
    """Kinds that were made, by group."""
    made = set(columns.kinds.tolist())
    found: dict[str, list[str]] = {}
    for kind, group in book.groups.items():
        if kind in made:
            found.setdefault(group, []).append(kind)
    return {group: tuple(kinds) for group, kinds in found.items()}


def _naive(quality: Quality, kind: str, columns: Columns) -> float:
    values = columns.excess[quality.key][columns.kinds == kind]
    values = values[np.isfinite(values)][-NAIVE:]
    return float(np.mean(values)) if len(values) else 0.0


def _own(model: SteeringModel) -> RecipeModel:
    if not isinstance(model, RecipeModel):
        raise TypeError(f"expected a model of recipes, got {type(model).__name__}")
    return model
