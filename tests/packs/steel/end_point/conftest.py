"""A small melt shop made of numbers: heats have their shot, get oxygen and ore by a crew's rule, and end."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pilothouse.clock import NS_PER_H, NS_PER_MIN
from pilothouse.decision.view import View
from pilothouse.packs.steel.pack import pack
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.material import MaterialDefinition
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.plant import Plant

HEATS, EVERY_H = 420, 4
UNITS = {"hm": "t", "scrap": "t", "idle": "min", "shot_c": "%", "shot_t": "degC", "o2": "Nm3", "ore": "t"}
UNITS |= {"end_c": "%", "end_t": "degC", "second_c": "%", "second_t": "degC", "ppm": "ppm"}
CRITICAL, CRITICAL_SD, FLOOR, NM3_PER_PCT = 0.27, 0.025, 0.012, 2900.0
HEAT_SD_K, IDLE_K_MIN = 5.0, 0.2
AGAIN_ABOVE = 0.065

PLANT_TOML = """\
[[end_point]]
key = "bof"
title = "End point"
piece = "heat"
bath = ["hm", "scrap"]
looks_at = ["idle"]

[end_point.shot]
carbon = "shot_c"
temperature = "shot_t"

[end_point.end]
carbon = "end_c"
temperature = "end_t"

[end_point.again]
after_minutes = 12.0
carbon = "second_c"
temperature = "second_t"
carbon_above = 0.065

[end_point.aim]
carbon = 0.045
carbon_tolerance = 0.02
temperature = 1680.0
temperature_tolerance = 12.0
probability = 0.6
miss_cost = 3000.0
miss_cost_source = "assumed"
valid_minutes = 5.0

[end_point.oxygen]
parameter = "o2"
name = "Oxygen"
low = 900.0
high = 2200.0
source = "lance"
price = 0.5
step = 10.0

[end_point.coolant]
parameter = "ore"
name = "Ore"
low = 0.0
high = 3.0
source = "hopper"
price = 100.0
step = 0.05
"""


def plant_of(text: str = PLANT_TOML) -> tuple[Plant, Declaration]:
    parameters = {
        key: Parameter(key=key, name=f"the {key}", kind="opaque", unit=unit, role="measured", equipment="bof")
        for key, unit in UNITS.items()
    }
    plant = Plant(
        key="small",
        name="Small shop",
        time_zone="UTC",
        currency="EUR",
        equipment={},
        parameters=parameters,
        materials={"heat": MaterialDefinition(key="heat", name="Heat")},
        segments={},
        orders={},
        kpis={},
    )
    return plant, Declaration.parse(text)


def blown(carbon: float, nm3: float, critical: float) -> float:
    """Carbon after so much oxygen: the three-period rule in steps of 1 Nm3."""
    for _ in range(round(nm3)):
        share = 1.0 if carbon > critical else (carbon - FLOOR) / (critical - FLOOR)
        carbon -= share / NM3_PER_PCT
    return carbon


def crew(shot_c: float, shot_t: float) -> tuple[float, float]:
    """Oxygen by carbon, ore by heat, as a table would have it: near the middle good, at the ends not."""
    ore = float(np.clip((shot_t - 1632.0) / 16.0 + 1.0, 0.0, 3.0))
    return float(np.clip(1500.0 + 2900.0 * (shot_c - 0.30) - 150.0 * ore, 900.0, 2200.0)), ore


def ends(shot_c: float, shot_t: float, oxygen: float, ore: float, luck: np.ndarray, idle: float) -> tuple[float, float]:
    """True carbon and temperature."""
    reached = oxygen * (1.0 + 0.03 * luck[1]) + 196.0 * ore
    carbon = blown(shot_c, reached, CRITICAL + CRITICAL_SD * luck[0])
    return carbon, shot_t + 0.038 * reached - 18.0 * ore - IDLE_K_MIN * (idle - 15.0) + HEAT_SD_K * luck[2]


@dataclass(frozen=True)
class World:
    """What was recorded, and the scenario over it."""

    scenario: object
    frame: pl.DataFrame
    plant: Plant

    def scan(self, parameters, *, start_ns=None, end_ns=None, as_of_ns=None, pieces=None, upto=None):
        keys = ["piece", "start_ns", "end_ns", "known_ns", "origin"]
        kept = self.frame.select(*keys, *(c for c in self.frame.columns if c in parameters))
        return {
            "bof": kept.filter(
                (pl.col("known_ns") <= (2**62 if as_of_ns is None else as_of_ns))
                & (pl.col("start_ns") >= (start_ns or 0))
            )
        }

    def genealogy(self, *, as_of_ns=None, upto=None):
        raise AssertionError("nobody asked for it")

    def live(self, at_ns: int):
        return View(plant=self.plant, recorded=self, as_of_ns=at_ns, upto=1).snapshot(self.scenario.reads)

    def whole(self, at_ns: int = 2**61):
        return View(plant=self.plant, recorded=self, as_of_ns=at_ns, upto=1).snapshot(self.scenario.learns_from)


def shot_ns(n: int) -> int:
    """When the shot of a heat is known."""
    return n * EVERY_H * NS_PER_H + NS_PER_H


def build() -> World:
    rng = np.random.default_rng(7)
    rows = []
    for n in range(HEATS):
        luck, noise = rng.standard_normal(3), rng.standard_normal(6)
        true_c, true_t, idle = rng.normal(0.30, 0.05), rng.normal(1632.0, 12.0), rng.exponential(15.0)
        seen_c, seen_t = true_c + 0.008 * noise[0], true_t + 1.8 * noise[1]
        oxygen, ore = crew(seen_c, seen_t)
        carbon, degc = ends(true_c, true_t, oxygen, ore, luck, idle)
        at, minutes = shot_ns(n), 8
        second = {"second_c": carbon + 0.004 * noise[2], "second_t": degc + 1.8 * noise[3]}
        if carbon > AGAIN_ABOVE:
            carbon, degc, minutes = blown(carbon, 300.0, CRITICAL), degc + 11.0, 14
        over = at + minutes * NS_PER_MIN
        base = {"piece": f"H{n}", "origin": "simulated"}
        before = {"hm": 258.0, "scrap": 38.0 + noise[5], "idle": idle, "shot_c": seen_c, "shot_t": seen_t}
        rows.append({**base, "start_ns": at - NS_PER_H, "end_ns": at, "known_ns": at, **before})
        done = {"o2": oxygen, "ore": ore, "end_t": degc + 0.8 * noise[4], **second}
        rows.append({**base, "start_ns": at, "end_ns": over, "known_ns": over, **done})
        rows.append({**base, "start_ns": at, "end_ns": over, "known_ns": over + 4 * NS_PER_MIN, "end_c": carbon})
    plant, declaration = plant_of()
    [scenario], faults = pack.scenarios(Path(), declaration, plant)
    assert faults == ()
    return World(scenario=scenario, frame=pl.DataFrame(rows, infer_schema_length=None), plant=plant)


@pytest.fixture(scope="session")
def world() -> World:
    return build()


@pytest.fixture(scope="session")
def early(world):
    """A model of the first two thirds."""
    return world.scenario.learn(world.whole(shot_ns(280)), 1, None)
