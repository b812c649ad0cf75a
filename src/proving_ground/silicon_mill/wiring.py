"""Which of the 1,080 parameters matter: causal, correlated, nuisance.

*Causal* parameters move the loss: levers, and measured values on whose truth it depends (``CAUSAL`` of each stage).
*Correlated* ones the physics determines too, or the practice works them out for each piece: followers and symptoms.
The rest is *nuisance*: it counts, wanders and stands by itself (:mod:`.instruments`).
"""

from collections.abc import Iterator
from functools import cache
from re import sub
from types import MappingProxyType
from typing import Final

from proving_ground.constant import draw
from proving_ground.silicon_mill.constants import CONSTANTS
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.instruments import FAMILY
from proving_ground.silicon_mill.parameters import parameters
from proving_ground.silicon_mill.piece import Coil, Heat
from proving_ground.silicon_mill.practice import Practice, Rules
from proving_ground.silicon_mill.recentring import GAUGE_DAYS, PYROMETER_DAYS
from proving_ground.silicon_mill.recipes import usual_table
from proving_ground.silicon_mill.route import SEGMENT, SEGMENTS, Route

PARTS: Final = ("causal", "correlated", "nuisance")


@cache
def wiring() -> MappingProxyType[str, str]:
    """Which part each parameter plays, in the order of the route.

    Examples
    --------
    >>> [wiring()[key] for key in ("FAL.line.speed", "FAL.line.soak_time", "HMD.state.dust_suction")]
    ['causal', 'correlated', 'nuisance']
    """
    route = Route(draw(FAMILY, CONSTANTS, 0), seed=0, plant_variation=0)
    rules = Rules(table=usual_table(), pyrometer_days=PYROMETER_DAYS, gauge_days=GAUGE_DAYS)
    causal = {key for stage in route.stages for key in stage.CAUSAL}
    determined = set(_determined(route, Practice(rules, route)))
    return MappingProxyType(
        {key: "causal" if key in causal else "correlated" if key in determined else "nuisance" for key in parameters()}
    )


def counted() -> dict[str, int]:
    """How many parameters play each part.

    Examples
    --------
    >>> sum(counted().values())
    1080
    """
    played = list(wiring().values())
    return {part: played.count(part) for part in PARTS}


def causal_quantities() -> tuple[str, ...]:
    """What the causal parameters are about: a zone's temperature counts once, however many zones there are.

    Examples
    --------
    >>> "FAL.zone_z.temp_sp" in causal_quantities(), len(causal_quantities())
    (True, 54)
    """
    return tuple(sorted({sub(r"[0-9]+(?=[.])", "", key) for key, part in wiring().items() if part == "causal"}))


def _determined(route: Route, practice: Practice) -> Iterator[str]:
    """Keys that the physics or the practice determines, from one coil of each grade."""
    for number, grade in enumerate(GRADES.values()):
        heat = Heat(number=number, grade=grade)
        yield from _of_heat(route, practice, heat)
        cast = practice.set_points(SEGMENT["casting"], heat, 0.0)
        run, coils, truths = route.caster.process(heat, None, _standing(route, "casting") | cast, 0.0)
        yield from (*cast, *run.truth, *truths[0])
        yield from _of_coil(route, practice, coils[1])


def _of_heat(route: Route, practice: Practice, heat: Heat) -> Iterator[str]:
    for segment in (s for s in SEGMENTS if s.material == "heat" and s.key != "casting"):
        if segment.key == "desulphurising":
            yield from route.desulphurisation.receive(heat, 0.0).truth
        if segment.key == "decarburising":
            yield from route.degasser.arrive(heat).truth
        worked_out = practice.set_points(segment, heat, 0.0)
        yield from worked_out
        yield from route.pass_heat(segment, heat, _standing(route, segment.key) | worked_out, 0.0).run.truth


def _of_coil(route: Route, practice: Practice, coil: Coil) -> Iterator[str]:
    for segment in (s for s in SEGMENTS if s.material != "heat"):
        worked_out = {} if segment.key == "testing" else practice.set_points(segment, coil, 30.0)
        yield from worked_out
        set_points = _standing(route, segment.key) | worked_out
        if segment.key == "slitting":
            run, truths = route.slitting.process(coil, set_points, 30.0)
            yield from (*run.truth, *truths[0])
        else:
            yield from route.pass_coil(segment, coil, set_points, 30.0).run.truth


def _standing(route: Route, key: str) -> dict[str, float]:
    return route.standing(SEGMENT[key], 0.0)
