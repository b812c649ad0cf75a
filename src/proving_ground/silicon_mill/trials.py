"""Trials: heats of every grade sent down the route alone, without queues, to see what a table gives.

What works measure when they commission a table or re-centre it: only what the instruments showed is looked at, never
the truth. Heats that are spread over a year meet the slow drifts as they come; within a month two tables are better
compared than measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import Final

from proving_ground.silicon_mill.grades import GRADES, Grade
from proving_ground.silicon_mill.piece import Coil, Heat
from proving_ground.silicon_mill.practice import Practice, Rules
from proving_ground.silicon_mill.route import SEGMENT, SEGMENTS, Route

HEATS: Final = 20
"""Of each grade."""

COILS: Final = 2
"""Followed of each heat."""

TO_ANNEAL: Final = ("reheating", "hot-rolling", "normalising", "cold-rolling", "annealing")
"""The route of a coil as far as its loss is made."""

WAIT_H: Final = 40.0
"""Between two segments of a coil."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What was measured of a grade.

    Parameters
    ----------
    loss
        Mean of the tested P1.5/50 over the grade's limit.
    spread
        Its standard deviation over the coils.
    cost_eur_t
        Mean conversion and alloy cost.
    b50_t
        Mean of the tested B50.
    """

    loss: float
    spread: float
    cost_eur_t: float
    b50_t: float

    @property
    def margin(self) -> float:
        """How many of its spreads the loss lies under the limit."""
        return (1.0 - self.loss) / max(self.spread, 1e-6)


def try_out(
    rules: Rules, constants: Mapping[str, float], plant_variation: int, *, seed: int, days: float
) -> dict[str, Trial]:
    """Send heats of every grade down the route.

    Parameters
    ----------
    rules
        With the table to be tried.
    constants, plant_variation
        Of the plant.
    seed
        Of the trials' disturbances; two tables tried under one seed meet the same.
    days
        Over which the heats are spread.

    Returns
    -------
    By grade.
    """
    route = Route(constants, seed=seed, plant_variation=plant_variation)
    practice = Practice(rules, route)
    coils: dict[str, list[Coil]] = {key: [] for key in GRADES}
    every_h = 24.0 * days / HEATS
    for round_ in range(HEATS):
        for k, grade in enumerate(GRADES.values()):
            at_h = round_ * every_h + k * every_h / len(GRADES)
            coils[grade.key] += _follow(route, practice, grade, round_ * len(GRADES) + k, at_h)
    return {key: _measured(GRADES[key], followed) for key, followed in coils.items()}


def _follow(route: Route, practice: Practice, grade: Grade, number: int, at_h: float) -> list[Coil]:
    """Make a heat, and some of its coils."""
    heat = Heat(number=number, grade=grade)
    slabs: tuple[Coil, ...] = ()
    for segment in (s for s in SEGMENTS if s.material == "heat"):
        route.arrive(segment, heat, at_h)
        set_points = route.standing(segment, at_h) | practice.set_points(segment, heat, at_h)
        slabs = route.pass_heat(segment, heat, set_points, at_h).slabs
    followed = list(slabs[1 :: max(len(slabs) // COILS, 1)][:COILS])
    for place, segment in enumerate(SEGMENT[key] for key in TO_ANNEAL):
        for coil in followed:
            then_h = at_h + (place + 1) * WAIT_H
            set_points = route.standing(segment, then_h) | practice.set_points(segment, coil, then_h)
            route.pass_coil(segment, coil, set_points, then_h)
    for coil in followed:
        route.pass_coil(SEGMENT["testing"], coil, {}, at_h + 300.0)
    return followed


def _measured(grade: Grade, coils: list[Coil]) -> Trial:
    losses = [coil.seen["TEST.test.P15_50"] / grade.loss_limit_w_kg for coil in coils]
    return Trial(
        loss=fmean(losses),
        spread=pstdev(losses),
        b50_t=fmean(coil.seen["TEST.test.B50"] for coil in coils),
        cost_eur_t=fmean(coil.account.cost_eur / coil.mass_t for coil in coils),
    )
