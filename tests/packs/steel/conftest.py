"""A small mill made of numbers: heats become slabs and coils, are annealed weeks later, and tested a day after that."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

from pilothouse.clock import NS_PER_DAY, NS_PER_H
from pilothouse.decision.view import View
from pilothouse.packs.steel.pack import pack
from pilothouse.packs.steel.strip import QUANTITIES, loss_parts_w_kg
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.lineage import ORIGIN_COLUMNS
from pilothouse.plant.material import MaterialDefinition
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.plant import Plant

HEATS, COILS = 90, 6
NOISE = 0.01
OWN = 0.05
"""How far the mill's hysteresis lies off the known physics: what is to be learnt."""
GRADES = (
    {"si": 3.1, "al": 0.9, "grain_um": 120.0, "thickness_mm": 0.35},
    {"si": 1.0, "al": 0.2, "grain_um": 35.0, "thickness_mm": 0.5},
)
STEEL = ("si", "al", "mn", "p", "s_ppm", "ti_ppm")
STRIP = ("n_ppm", "o_ppm", "c_ppm", "grain_um", "thickness_mm")
PARAMETERS = (*STEEL, *STRIP, "band", "tester", "loss")

PLANT_TOML = """\
[[virtual_test]]
key = "loss-test"
title = "Virtual test of the loss"
piece = "coil"
result = "loss"

[virtual_test.strip]
si = "si"
al = "al"
mn = "mn"
p = "p"
s_ppm = "s_ppm"
n_ppm = "n_ppm"
o_ppm = "o_ppm"
ti_ppm = "ti_ppm"
c_ppm = "c_ppm"
grain_um = "grain_um"
thickness_mm = "thickness_mm"

[[virtual_test.standing]]
key = "rolled"
title = "After hot rolling"
closes = "band"
looks_at = ["si", "al", "mn", "p", "s_ppm", "ti_ppm", "band"]
alike = ["si", "al"]

[[virtual_test.standing]]
key = "annealed"
title = "After the final anneal"
closes = "grain_um"
looks_at = ["si", "al", "mn", "p", "*_ppm", "band", "grain_um", "thickness_mm", "tester"]
alike = ["si", "al", "thickness_mm"]
analyser = "tester"
"""


def plant_of(text: str = PLANT_TOML) -> tuple[Plant, Declaration]:
    parameters = {
        key: Parameter(key=key, name=key, kind="opaque", unit="1", role="measured", equipment="mill")
        for key in PARAMETERS
    }
    materials = {key: MaterialDefinition(key=key, name=key) for key in ("heat", "coil")}
    plant = Plant(
        key="small",
        name="Small mill",
        time_zone="UTC",
        currency="EUR",
        equipment={},
        parameters=parameters,
        materials=materials,
        segments={},
        orders={},
        kpis={},
    )
    return plant, Declaration.parse(text)


@dataclass(frozen=True)
class World:
    """What was recorded, and the scenario over it."""

    scenario: object
    frames: dict[str, pl.DataFrame]
    origins: pl.DataFrame
    truth: dict[str, float]
    rolled_ns: dict[str, int]
    annealed_ns: dict[str, int]
    tested_ns: dict[str, int]
    plant: Plant

    def scan(self, parameters, *, start_ns=None, end_ns=None, as_of_ns=None, pieces=None, upto=None):
        found = {}
        for unit, frame in self.frames.items():
            chosen = frame.filter(pl.col("known_ns") <= (2**62 if as_of_ns is None else as_of_ns))
            if pieces is not None:
                chosen = chosen.filter(pl.col("piece").is_in(list(pieces)))
            keep = [c for c in frame.columns if c.removesuffix("#") in parameters]
            if keep:
                found[unit] = chosen.select("piece", "start_ns", "end_ns", "known_ns", "origin", *keep)
        return found

    def genealogy(self, *, as_of_ns=None, upto=None):
        return self.origins.filter(pl.col("known_ns") <= (2**62 if as_of_ns is None else as_of_ns))

    def live(self, at_ns: int):
        """What the scenario reads at an instant."""
        return View(plant=self.plant, recorded=self, as_of_ns=at_ns, upto=1).snapshot(self.scenario.reads)

    def whole(self, at_ns: int = 2**61):
        return View(plant=self.plant, recorded=self, as_of_ns=at_ns, upto=1).snapshot(self.scenario.learns_from)


def _frame(rows: list[dict]) -> pl.DataFrame:
    frame = pl.DataFrame(rows).with_columns(origin=pl.lit("simulated"), end_ns="start_ns")
    keys = ["piece", "start_ns", "end_ns", "known_ns", "origin"]
    return frame.select(*keys, *(c for c in frame.columns if c not in keys)).sort("start_ns", "piece")


def build() -> World:
    rng = np.random.default_rng(11)
    units: dict[str, list[dict]] = {"steel": [], "hot": [], "line": [], "test": []}
    origins, truth, times = [], {}, {"rolled": {}, "annealed": {}, "tested": {}}
    for n in range(HEATS):
        grade = GRADES[n % 2]
        at = n * NS_PER_DAY
        steel = {"si": grade["si"] + rng.normal(0, 0.03), "al": grade["al"] + rng.normal(0, 0.02)}
        steel |= {"mn": 0.25 + rng.normal(0, 0.01), "p": 0.012 + rng.normal(0, 0.001)}
        steel |= {"s_ppm": 18.0 * np.exp(rng.normal(0, 0.35)), "ti_ppm": 12.0 + rng.normal(0, 1.5)}
        units["steel"].append({"piece": f"H{n}", "start_ns": at, "known_ns": at + NS_PER_H, **steel})
        for k in range(COILS):
            coil, slab = f"C{n}-{k}", f"S{n}-{k}"
            origins += [(slab, f"H{n}", 0.0, 10.0, at + NS_PER_H), (coil, slab, 0.0, 1.0, at + NS_PER_DAY)]
            rolled, annealed = at + NS_PER_DAY + k * NS_PER_H, at + 6 * NS_PER_DAY + k * NS_PER_H
            strip = {
                "n_ppm": 18.0 + rng.normal(0, 1.5),
                "o_ppm": 19.0 + rng.normal(0, 1.5),
                "c_ppm": 18.0 + rng.normal(0, 2.0),
                "grain_um": grade["grain_um"] * np.exp(rng.normal(0, 0.08)),
                "thickness_mm": grade["thickness_mm"] * (1 + rng.normal(0, 0.004)),
            }
            told = {key: np.array([(steel | strip)[key]]) for key in QUANTITIES}
            hysteresis, classical, excess = (float(part[0]) for part in loss_parts_w_kg(told))
            loss = ((1 + OWN) * hysteresis + classical + excess) * np.exp(rng.normal(0, NOISE))
            units["hot"].append(
                {"piece": coil, "start_ns": rolled, "known_ns": rolled, "band": 30.0 + rng.normal(0, 3.0)}
            )
            units["line"].append(
                {
                    "piece": coil,
                    "start_ns": annealed,
                    "known_ns": annealed + NS_PER_H,
                    "tester": loss * np.exp(rng.normal(0, 0.03)),
                    **strip,
                }
            )
            units["test"].append(
                {"piece": coil, "start_ns": annealed, "known_ns": annealed + 20 * NS_PER_H, "loss": loss}
            )
            truth[coil] = loss
            times["rolled"][coil], times["annealed"][coil] = rolled, annealed + NS_PER_H
            times["tested"][coil] = annealed + 20 * NS_PER_H
    plant, declaration = plant_of()
    [scenario], faults = pack.scenarios(None, declaration, plant)
    assert faults == ()
    return World(
        scenario=scenario,
        frames={unit: _frame(rows) for unit, rows in units.items()},
        origins=pl.DataFrame(origins, schema=ORIGIN_COLUMNS, orient="row"),
        truth=truth,
        rolled_ns=times["rolled"],
        annealed_ns=times["annealed"],
        tested_ns=times["tested"],
        plant=plant,
    )


@pytest.fixture(scope="session")
def world() -> World:
    return build()


@pytest.fixture(scope="session")
def early(world):
    """A model of the first two thirds."""
    return world.scenario.learn(world.whole(60 * NS_PER_DAY), 1, None)
