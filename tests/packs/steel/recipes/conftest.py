"""A works made of numbers: two levers of known effect, a heat that foretells, people who judge by test and by eye."""

from dataclasses import dataclass

import numpy as np
import pytest

from pilothouse.clock import NS_PER_DAY, NS_PER_H
from pilothouse.decision.steering import Case, Situation
from pilothouse.packs.steel.pack import pack
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.parameter import Limit, Parameter
from pilothouse.plant.plant import Plant
from pilothouse.plant.segment import Segment

PLANT_TOML = """\
[[kinds]]
key = "one"
of = ["A", "B"]

[[quality]]
key = "loss"
title = "Loss over its limit"
result = "loss"
eur_t = 400.0
looks_at = ["sulphur"]

[[quality]]
key = "scale"
title = "Scale"
eur_t = 300.0

[[recipe]]
key = "heating"
title = "Heating"
segment = "heating"

[[recipe.lever]]
key = "heat"
title = "Temperature of the slab"
moves = ["zone_*"]
step = -10.0
low = -2.0
high = 4.0
eur_t = -0.1
acts_on = { loss = "falls", scale = "falls much" }

[[recipe]]
key = "annealing"
title = "Anneal"
segment = "annealing"

[[recipe.lever]]
key = "speed"
title = "Speed of the line"
moves = ["speed"]
share = 0.02
low = -2.0
high = 5.0
eur_t = -3.0
acts_on = { loss = "rises" }
by_piece = true

[[calendar]]
key = "rolls"
title = "Change of the rolls"
quality = "scale"
segment = "annealing"
unit = "h"
every = [24.0, 48.0, 72.0]
eur = 900.0
t_per_day = 480.0
"""

LIMIT = 2.5


def parameter(key, **more):
    return Parameter(key=key, name=key, kind="temperature", unit="degC", role="lever", equipment="works", **more)


@dataclass
class Works:
    """What is true, and hidden."""

    seed: int = 1
    heat_on_loss: float = -0.006
    speed_on_loss: float = 0.004
    sulphur_on_loss: float = 0.02
    heat_on_scale: float = -0.5
    aged_on_scale: float = 1.5

    def __post_init__(self):
        self.rng = np.random.default_rng(self.seed)

    def sulphur(self):
        return float(self.rng.normal())

    def case(self, number, sulphur, done, *, age=36.0, **more):
        kind = "AB"[number // 10 % 2]
        heat, speed = done.get("heat", 0.0), done.get("speed", 0.0)
        over = -0.05 + self.heat_on_loss * heat + self.speed_on_loss * speed + self.sulphur_on_loss * sulphur
        over += 0.02 * float(self.rng.normal())
        odds = -3.0 + self.heat_on_scale * heat + self.aged_on_scale * (age / 72.0 - 0.5)
        scaled = self.rng.random() < 1.0 / (1.0 + np.exp(-odds))
        faults = (*(("loss",) if over > 0.0 else ()), *(("scale",) if scaled else ()))
        return Case(
            piece=f"C{number}",
            batch=f"H{number // 10}",
            kind=kind,
            finished_ns=number * NS_PER_H,
            known={"sulphur": float(np.exp(0.3 * sulphur + 2.0)), "loss": LIMIT * (1.0 + over)},
            limits={"loss": (0.0, LIMIT)},
            done=dict(done),
            ages={"annealing": {"rolls": age}},
            faults=faults,
            is_steered=bool(done),
            **more,
        )

    def cases(self, n, done=lambda rng: {}):
        found = []
        for batch in range(n // 10):
            sulphur = self.sulphur()
            for k in range(10):
                age = float(self.rng.uniform(0.0, 72.0))
                found.append(self.case(10 * batch + k, sulphur, done(self.rng), age=age))
        return found


def tried(rng):
    """Both levers by chance around their centre."""
    return {"heat": float(rng.choice([-1.0, 0.0, 0.0, 1.0])), "speed": float(rng.choice([-1.0, 0.0, 0.0, 1.0]))}


@pytest.fixture
def works():
    return Works()


@pytest.fixture
def plant():
    parameters = {p.key: p for p in (
        parameter("zone_1", limit=Limit(low=900.0, high=1200.0, source="furnace")),
        parameter("zone_2", limit=Limit(low=900.0, high=1200.0, source="furnace")),
        parameter("speed"), parameter("sulphur"), parameter("loss"),
    )}  # fmt: skip
    segments = {key: Segment(key=key, name=key, equipment="works") for key in ("heating", "annealing")}
    return Plant(
        key="works",
        name="Works",
        time_zone="UTC",
        currency="EUR",
        equipment={},
        parameters=parameters,
        materials={},
        segments=segments,
        orders={},
        kpis={},
    )


@pytest.fixture
def read(plant):
    def steering_of(text):
        return pack.steering(Declaration.parse(text), plant)

    return steering_of


@pytest.fixture
def steering(read):
    found, faults = read(PLANT_TOML)
    assert not faults
    return found[0]


@pytest.fixture
def situation():
    def of(segment="heating", kind="A", sulphur=0.0, **more):
        given = {
            "piece": "C1",
            "segment": segment,
            "kind": kind,
            "at_ns": 400 * NS_PER_DAY,
            "known": {"sulphur": float(np.exp(0.3 * sulphur + 2.0))},
            "presets": {"zone_1": 1180.0, "zone_2": 1195.0, "speed": 100.0},
            "limits": {"loss": (0.0, LIMIT)},
            "done": {},
            **more,
        }
        return Situation(**given)

    return of
