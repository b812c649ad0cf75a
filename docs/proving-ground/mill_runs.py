"""Runs of the silicon mill that its pictures and tables are made of, kept for as long as the script runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from pilothouse.plants import Figure
from proving_ground.constant import draw
from proving_ground.silicon_mill.constants import CONSTANTS
from proving_ground.silicon_mill.events import Stop
from proving_ground.silicon_mill.floor import Floor, noise_floor
from proving_ground.silicon_mill.flow import Flow
from proving_ground.silicon_mill.instrument_floor import Left, instrument_floor
from proving_ground.silicon_mill.instruments import FAMILY
from proving_ground.silicon_mill.piece import Coil
from proving_ground.silicon_mill.plant import RUN_IN_H
from proving_ground.silicon_mill.practice import Practice
from proving_ground.silicon_mill.recentring import rules_of
from proving_ground.silicon_mill.records import Records
from proving_ground.silicon_mill.route import Route
from proving_ground.silicon_mill.score import figures_of
from proving_ground.silicon_mill.stocks import PLACES

SEED: Final = 1
DAYS: Final = 90.0
DRIFT: Final = "fal-soak-pyrometer-drift"
DRIFT_DAYS: Final = (91.0, 110.0)
"""When the drift is switched on, and when the pyrometer is calibrated by the calendar; days after the run-in."""
DRIFT_LASTS: Final = 130.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Annealed:
    """A coil on leaving the mill: when it was annealed, what was true and what was shown."""

    day: float
    grade: str
    soak_degc: float
    shown_degc: float
    loss_w_kg: float
    tested_w_kg: float


@dataclass(slots=True, kw_only=True)
class Ran:
    """What was noted of a run after its run-in."""

    flow: Flow
    coils: list[Annealed] = field(default_factory=list)
    stocks: list[tuple[float, dict[str, float]]] = field(default_factory=list)
    figures: Mapping[str, Figure] = field(default_factory=dict)


@cache
def ran(practice: str) -> Ran:
    """The nominal plant under a practice."""
    return _run(practice, DAYS, {})


@cache
def drifted() -> Ran:
    """The nominal plant under usual practice, its soak pyrometer drifting until it is calibrated and repaired."""
    return _run("usual", DRIFT_LASTS, dict(zip(DRIFT_DAYS, (True, False), strict=True)))


@cache
def floor() -> Floor:
    """The noise floor of the nominal plant under usual practice."""
    return noise_floor(seed=SEED)


@cache
def read_floor() -> tuple[Left, ...]:
    """The instrument floor of the same plant."""
    return instrument_floor(seed=SEED)


def _run(practice: str, days: float, switches: Mapping[float, bool]) -> Ran:
    route = Route(draw(FAMILY, CONSTANTS, 0), seed=SEED, plant_variation=0)
    flow = Flow(route, Practice(rules_of(practice, 0), route), Records())
    noted, annealed_h = Ran(flow=flow), {}
    waiting = sorted(switches)
    has_run_in = False
    for stop in flow.run():
        day = (flow.now_h - RUN_IN_H) / 24.0
        if day >= 0.0 and not has_run_in:
            flow.forget(RUN_IN_H)
            has_run_in = True
        while waiting and day >= waiting[0]:
            route.disturb(DRIFT, flow.now_h, on=switches[waiting.pop(0)])
        if day >= days:
            break
        if has_run_in and (not noted.stocks or day >= noted.stocks[-1][0] + 0.5):
            noted.stocks.append((day, {place: flow.stocks.now_t(place) for place in PLACES}))
        if stop is not None and isinstance(stop.piece, Coil) and stop.is_open:
            if stop.segment.key == "annealing":
                annealed_h[stop.piece.key] = stop.at_h
            elif stop.segment.key == "slitting" and has_run_in:
                noted.coils.append(_annealed(stop, annealed_h[stop.piece.key]))
    noted.figures = figures_of(flow, RUN_IN_H)
    return noted


def _annealed(stop: Stop, annealed_h: float) -> Annealed:
    coil = stop.piece
    assert isinstance(coil, Coil)
    return Annealed(
        day=(annealed_h - RUN_IN_H) / 24.0,
        grade=coil.grade.key,
        soak_degc=coil.soak_degc,
        shown_degc=coil.seen["FAL.line.soak_temp"],
        loss_w_kg=coil.loss_w_kg,
        tested_w_kg=coil.seen["TEST.test.P15_50"],
    )
