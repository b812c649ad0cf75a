"""A small plant made of numbers: it loses heat, is measured, is heated by people who watch, and is measured again."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pytest

from pilothouse.clock import NS_PER_MIN
from pilothouse.decision.view import Snapshot, View
from pilothouse.packs.declared.pack import pack
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.material import MaterialDefinition
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.plant import Plant

PIECES = 300
GAIN = 0.01  # K per kWh: the truth that is to be found
AIM = 1590.0
NOISE = 1.5
KW = 100.0  # kWh a minute

PLANT_TOML = """\
[[scenario]]
key = "final"
title = "Final temperature"
piece = "heat"
result = "temperature"

[scenario.aim]
target = 1590.0
tolerance = 12.0
probability = 0.6
miss_cost = 300.0
miss_cost_source = "assumed"

[[scenario.lever]]
key = "arc"
name = "Arc heating"
feature = "energy.sum.ahead"
given = ["result.minutes_ahead"]
unit = "kWh"
low = 0.0
high = 6000.0
source = "transformer"
price = 0.1
step = 10.0

[[scenario.task]]
key = "arrival"
known = "first"

[[scenario.task]]
key = "last"
known = "previous"

[[scenario.feature]]
of = ["energy"]
take = ["sum"]
over = ["before", "step", "ahead"]
"""


def parameter(key: str, unit: str, kind: str, role: str = "measured") -> Parameter:
    return Parameter(key=key, name=key.title(), kind=kind, unit=unit, role=role, equipment="lf")


PLANT = Plant(
    key="works",
    name="Works",
    time_zone="UTC",
    currency="EUR",
    equipment={},
    parameters={
        "temperature": parameter("temperature", "degC", "temperature"),
        "energy": parameter("energy", "kWh", "energy", "lever"),
    },
    materials={"heat": MaterialDefinition(key="heat", name="Heat")},
    segments={},
    orders={},
    kpis={},
)


@dataclass(frozen=True)
class World:
    """What happened, and the truth behind it."""

    plant: Plant
    scenario: object
    frames: Mapping[str, pl.DataFrame]
    times_ns: Mapping[str, tuple[int, ...]]  # of each piece's measurements
    loss: Mapping[str, float]  # K a minute, hidden
    true: Mapping[tuple[str, int], float]  # at each measurement, without its noise
    pieces: tuple[str, ...] = field(default=())

    def scan(self, parameters, *, start_ns=None, end_ns=None, as_of_ns=None, pieces=None, upto=None):
        wanted = pl.col("start_ns") >= (-(2**62) if start_ns is None else start_ns)
        wanted &= pl.col("known_ns") <= (2**62 if as_of_ns is None else as_of_ns)
        return {unit: frame.filter(wanted) for unit, frame in self.frames.items()}

    def view(self, as_of_ns: int) -> View:
        return View(plant=self.plant, recorded=self, as_of_ns=as_of_ns, upto=7)

    def live(self, as_of_ns: int) -> Snapshot:
        return self.view(as_of_ns).snapshot(self.scenario.reads)

    def whole(self, as_of_ns: int) -> Snapshot:
        return self.view(as_of_ns).snapshot(self.scenario.learns_from)

    def after(self, count: int) -> int:
        """The instant at which so many pieces have gone."""
        return self.times_ns[self.pieces[count]][0]

    def final(self, piece: str, at_ns: int, energy: float, noise: float) -> float:
        """What the last measurement would read, were so much energy put in after a measurement."""
        minutes = (self.times_ns[piece][-1] - at_ns) / NS_PER_MIN
        return self.true[piece, at_ns] + GAIN * energy - self.loss[piece] * minutes + noise


def make_world() -> World:
    """Starts differ little and losses much: who loses much is heated much, so the record hides what heat does."""
    rng = np.random.default_rng(11)
    temperature, energy, times, loss, true = [], [], {}, {}, {}
    at_min = 0.0
    for number in range(PIECES):
        piece = f"h{number}"
        loss[piece] = max(rng.normal(1.0, 0.3), 0.2)
        steel = rng.normal(1575.0, 3.0)
        instants = []
        for place in range(int(rng.choice([2, 3, 3, 3]))):
            at_ns = int(at_min * NS_PER_MIN)
            read = steel + rng.normal(0, NOISE)
            temperature.append((piece, at_ns, at_ns, read))
            instants.append(at_ns)
            true[piece, at_ns] = steel
            minutes = rng.uniform(10.0, 14.0)
            kwh = float(np.clip((AIM - read + 14.0) / GAIN * rng.uniform(0.5, 1.5), 0.0, 6000.0)) if place else 0.0
            if rng.random() < 0.9 and place == 0:
                kwh = float(rng.uniform(500.0, 2500.0))
            spent = min(kwh / KW / 6.0, minutes - 2.0)
            if kwh > 0:
                start_ns = int((at_min + 1.0) * NS_PER_MIN)
                energy.append((piece, start_ns, start_ns + int(spent * NS_PER_MIN), kwh))
            steel += GAIN * kwh - loss[piece] * minutes
            at_min += minutes
        # What was begun after the last measurement belongs to nobody's question.
        energy = [e for e in energy if e[0] != piece or e[1] < instants[-1]]
        times[piece] = tuple(instants)
        at_min += rng.uniform(5.0, 25.0)
    declared, faults = pack.scenarios(None, Declaration.parse(PLANT_TOML), PLANT)
    assert not faults, faults
    frames = {"lf": frame(temperature, "temperature"), "supply": frame(energy, "energy")}
    return World(PLANT, declared[0], frames, times, loss, true, tuple(times))


def frame(rows: list[tuple[str, int, int, float]], name: str) -> pl.DataFrame:
    piece, start, end, value = zip(*rows, strict=True)
    table = {"piece": piece, "start_ns": start, "end_ns": end, "known_ns": end, "origin": ["live"] * len(piece)}
    return pl.DataFrame({**table, name: value})


@pytest.fixture(scope="session")
def world() -> World:
    return make_world()


@pytest.fixture(scope="session")
def plant() -> Plant:
    return PLANT


@pytest.fixture(scope="session")
def plant_toml() -> str:
    return PLANT_TOML


@pytest.fixture(scope="session")
def early(world: World):
    """What is learnt after 200 pieces."""
    return world.scenario.learn(world.whole(world.after(200)), 3, None)


@pytest.fixture(scope="session")
def late(world: World, early):
    """What is learnt after 260, going on from there."""
    return world.scenario.learn(world.whole(world.after(260)), 3, early)
