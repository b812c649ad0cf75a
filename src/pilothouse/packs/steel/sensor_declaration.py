"""``[[sensor_watch]]`` tables of plant.toml, read into records; every fault with its line.

::

    [[sensor_watch]]
    key = "soak-pyrometer"
    title = "Soak pyrometer of the final anneal"
    sensor = "FAL.line.soak_temp"
    matters = 6.0                     # the least error worth a word, in the unit of differences of the sensor

    [[sensor_watch.cause]]            # what makes what the sensor measures
    key = "set-points"
    title = "zone set-points"
    looks_at = ["FAL.zone_z*.temp_sp", "FAL.line.speed"]

    [[sensor_watch.effect]]           # what comes of what the sensor measures
    key = "grain"
    title = "grain size"
    result = "FAL.lab.grain"
    given = ["FAL.line.speed"]        # what it depends on besides
"""

from dataclasses import dataclass

from pilothouse.errors import Fault
from pilothouse.packs.steel.declaration import parameters_called
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.keys import Keys
from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table
from pilothouse.units import difference_unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What makes what a sensor measures: parameters that let expect it."""

    key: str
    title: str
    looks_at: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What comes of what a sensor measures: one parameter, and others that it depends on besides."""

    key: str
    title: str
    result: str
    given: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorWatch:
    """A sensor that is watched against what does not pass through it.

    Parameters
    ----------
    key, title
        Stable name, and what people call the sensor.
    sensor, unit
        Parameter that it shows, and the unit in which two of its values differ.
    matters
        The least error that is worth a word, in that unit.
    causes, effects
        What makes what it measures, and what comes of it.
    """

    key: str
    title: str
    sensor: str
    unit: str
    matters: float
    causes: tuple[Cause, ...]
    effects: tuple[Effect, ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """All parameters it reads, the sensor first."""
        looked_at = [p for cause in self.causes for p in cause.looks_at]
        felt = [p for effect in self.effects for p in (effect.result, *effect.given)]
        return tuple(dict.fromkeys((self.sensor, *looked_at, *felt)))


def read_sensor_watches(declaration: Declaration, plant: Plant) -> tuple[tuple[SensorWatch, ...], tuple[Fault, ...]]:
    """All declared watches that hold, and every fault in the others."""
    faults: list[Fault] = []
    found: list[SensorWatch] = []
    keys = Keys("sensor watch")
    for table in declaration.tables("sensor_watch", faults):
        watch = _watch(table, plant, keys)
        table.done()
        if watch is not None and table.sound:
            found.append(watch)
    return tuple(found), tuple(faults)


def _watch(table: Table, plant: Plant, keys: Keys) -> SensorWatch | None:
    key = keys.read(table)
    title = table.text("title")
    sensor = table.choice("sensor", plant.parameters)
    matters = table.number("matters", low=0.0)
    evidence = Keys("evidence")
    causes = tuple(_cause(inner, evidence, plant, sensor) for inner in table.tables("cause"))
    effects = tuple(_effect(inner, evidence, plant, sensor) for inner in table.tables("effect"))
    for side, told in (("cause", causes), ("effect", effects)):
        if not told:
            table.fault(f"no {side}", f"add [[sensor_watch.{side}]]: without it sensor and process look alike")
    return table.make(
        SensorWatch,
        key=key,
        title=title,
        sensor=sensor,
        unit=difference_unit(plant.parameters[sensor].unit) if sensor else "",
        matters=matters,
        causes=causes,
        effects=effects,
    )


def _cause(table: Table, keys: Keys, plant: Plant, sensor: str) -> Cause:
    key = keys.read(table)
    looks_at = _besides(table, "looks_at", table.texts("looks_at"), plant, sensor)
    return Cause(key=key, title=table.text("title", default=key), looks_at=looks_at)


def _effect(table: Table, keys: Keys, plant: Plant, sensor: str) -> Effect:
    key = keys.read(table)
    result = table.choice("result", plant.parameters)
    if result and result == sensor:
        table.fault(f"result: {sensor} is the sensor itself", "name what comes of what it measures", at="result")
    given = _besides(table, "given", table.texts("given", default=()), plant, sensor)
    return Effect(key=key, title=table.text("title", default=key), result=result, given=given)


def _besides(table: Table, key: str, patterns: tuple[str, ...], plant: Plant, sensor: str) -> tuple[str, ...]:
    """Parameters of names and patterns; the sensor is no evidence about itself."""
    found = parameters_called(table, key, patterns, plant)
    if sensor in patterns:
        table.fault(f"{key}: {sensor} is the sensor itself", "leave it out", at=key)
    return tuple(one for one in found if one != sensor)
