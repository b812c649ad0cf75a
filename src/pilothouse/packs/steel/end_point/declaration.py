"""``[[end_point]]`` tables of plant.toml, read into records; every fault with its line.

::

    [[end_point]]
    key = "bof-end-point"
    title = "End point of the converter"
    piece = "heat"
    bath = ["BOF.charge.hm_mass", "BOF.charge.scrap_heavy"]        # metal charged, t
    looks_at = ["BOF.sublance_shot01.oxygen", "BOF.state.idle"]    # what else is known at the shot

    [end_point.shot]                  # measured in the blow, before the last oxygen
    carbon = "BOF.sublance_shot01.carbon"
    temperature = "BOF.sublance_shot01.temperature"

    [end_point.end]                   # what came out
    [end_point.again]                 # how a heat is known that was blown again
    [end_point.aim]
    [end_point.oxygen]                # the two levers
    [end_point.coolant]
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pilothouse.errors import Fault
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.keys import Keys
from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table

CARBON_UNIT: Final = "%"
TEMPERATURE_UNIT: Final = "degC"
MASS_UNIT: Final = "t"
NEEDED: Final = ("shot", "end", "aim", "oxygen", "coolant")
"""Tables without which there is no end point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Parameters that tell carbon (mass %) and temperature (degC) at one time of the blow."""

    carbon: str
    temperature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """How a heat is known that was blown again, and what was measured of it before.

    Parameters
    ----------
    after_minutes
        An end that came longer after the shot was reached in two blows.
    before
        What was measured before the second blow: the end that the last oxygen brought.
    carbon_above, temperature_below
        The works blows again beyond these, so landing means to stay on this side; infinite where not told.
    """

    after_minutes: float
    before: Pair
    carbon_above: float
    temperature_below: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPointAim:
    """Where the heat shall end, unless the asker says otherwise.

    Parameters
    ----------
    carbon, carbon_tolerance
        Mass %.
    temperature, temperature_tolerance
        degC, and K.
    probability
        Least chance of both that a proposal must keep.
    miss_cost, miss_cost_source
        Money that a miss costs, and who says so.
    valid_minutes
        How long after the shot there is something to decide.
    """

    carbon: float
    carbon_tolerance: float
    temperature: float
    temperature_tolerance: float
    probability: float
    miss_cost: float
    miss_cost_source: str
    valid_minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EndLever:
    """The last oxygen, or the last coolant.

    Parameters
    ----------
    parameter, name, unit
        What is set, and how people call and measure it.
    amount
        Of one unit: Nm3 of oxygen, or t of coolant.
    low, high, source
        Hard limits, and who sets them.
    price
        Money per unit.
    step
        The smallest change people can set.
    """

    parameter: str
    name: str
    unit: str
    amount: float
    low: float
    high: float
    source: str
    price: float
    step: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPoint:
    """A declared end point of a converter.

    Parameters
    ----------
    key, title
        Stable name, and what people call it.
    piece
        Material definition of a heat.
    bath
        Parameters that tell the metal charged, t; their sum is the charge.
    looks_at
        What else the forecast looks at.
    words
        How people call what is known at the shot, by parameter.
    shot, end
        Measured before the last oxygen, and what came out.
    again
        How a heat is known that was blown again; None where nothing tells.
    aim, oxygen, coolant
        What is wanted, and the levers.
    """

    key: str
    title: str
    piece: str
    bath: tuple[str, ...]
    looks_at: tuple[str, ...]
    words: Mapping[str, str]
    shot: Pair
    end: Pair
    again: Again | None
    aim: EndPointAim
    oxygen: EndLever
    coolant: EndLever

    @property
    def levers(self) -> tuple[EndLever, EndLever]:
        """Oxygen, then coolant."""
        return self.oxygen, self.coolant

    @property
    def facts(self) -> tuple[str, ...]:
        """Parameters known at the shot."""
        return tuple(dict.fromkeys((self.shot.carbon, self.shot.temperature, *self.bath, *self.looks_at)))

    @property
    def parameters(self) -> tuple[str, ...]:
        """All it reads."""
        before = () if self.again is None else (self.again.before.carbon, self.again.before.temperature)
        later = (self.end.carbon, self.end.temperature, *before, self.oxygen.parameter, self.coolant.parameter)
        return tuple(dict.fromkeys((*self.facts, *later)))


def read_end_points(declaration: Declaration, plant: Plant) -> tuple[tuple[EndPoint, ...], tuple[Fault, ...]]:
    """All declared end points that hold, and every fault in the others."""
    faults: list[Fault] = []
    found: list[EndPoint] = []
    keys = Keys("end point")
    for table in declaration.tables("end_point", faults):
        point = _end_point(table, plant, keys)
        table.done()
        if point is not None and table.sound:
            found.append(point)
    return tuple(found), tuple(faults)


def _end_point(table: Table, plant: Plant, keys: Keys) -> EndPoint | None:
    key = keys.read(table)
    title = table.text("title")
    piece = table.choice("piece", plant.materials)
    bath = table.choices("bath", plant.parameters)
    for parameter in bath:
        _in_unit(table, "bath", parameter, MASS_UNIT, plant)
    looks_at = table.choices("looks_at", plant.parameters, default=())
    parts = {name: table.table(name) for name in NEEDED}
    for name in NEEDED:
        if not table.has(name):
            table.fault(f"no [end_point.{name}]", f"add a table [end_point.{name}]; the reference lists its keys")
    again = table.table("again")
    shot, end, aim, oxygen, coolant = (parts[name] for name in NEEDED)
    if shot is None or end is None or aim is None or oxygen is None or coolant is None:
        return None
    at_shot, at_end = _pair(shot, plant), _pair(end, plant)
    levers = _lever(oxygen, plant, "nm3"), _lever(coolant, plant, "t")
    late = {at_end.carbon, at_end.temperature, *(lever.parameter for lever in levers)}
    facts = (at_shot.carbon, at_shot.temperature, *bath, *looks_at)
    for parameter in sorted(late.intersection(facts)):
        table.fault(f"{parameter} is known only after the shot", "take it out of what is known at the shot")
    return table.make(
        EndPoint,
        key=key,
        title=title,
        piece=piece,
        bath=bath,
        looks_at=looks_at,
        words={fact: plant.parameters[fact].name for fact in facts if fact in plant.parameters},
        shot=at_shot,
        end=at_end,
        again=None if again is None else _again(again, plant),
        aim=_aim(aim),
        oxygen=levers[0],
        coolant=levers[1],
    )


def _pair(table: Table, plant: Plant) -> Pair:
    carbon = table.choice("carbon", plant.parameters)
    temperature = table.choice("temperature", plant.parameters)
    _in_unit(table, "carbon", carbon, CARBON_UNIT, plant)
    _in_unit(table, "temperature", temperature, TEMPERATURE_UNIT, plant)
    return Pair(carbon=carbon, temperature=temperature)


def _again(table: Table, plant: Plant) -> Again:
    return Again(
        after_minutes=table.number("after_minutes", low=0.0),
        before=_pair(table, plant),
        carbon_above=table.number("carbon_above", default=float("inf")),
        temperature_below=table.number("temperature_below", default=float("-inf")),
    )


def _aim(table: Table) -> EndPointAim:
    miss_cost = table.number("miss_cost", default=0.0, low=0.0)
    source = table.text("miss_cost_source", default="")
    if miss_cost and not source:
        table.fault("miss_cost has no source", 'say who states it: miss_cost_source = "..."', at="miss_cost")
    return EndPointAim(
        carbon=table.number("carbon", low=1e-3),
        carbon_tolerance=table.number("carbon_tolerance", low=1e-6),
        temperature=table.number("temperature"),
        temperature_tolerance=table.number("temperature_tolerance", low=1e-3),
        probability=table.number("probability", low=0.01, high=0.99),
        miss_cost=miss_cost,
        miss_cost_source=source,
        valid_minutes=table.number("valid_minutes", default=5.0, low=0.1),
    )


def _lever(table: Table, plant: Plant, amount: str) -> EndLever:
    parameter = table.choice("parameter", plant.parameters)
    low, high = table.number("low"), table.number("high")
    if table.sound and not low < high:
        table.fault(f"low {low:g} is not below high {high:g}", "swap them, or give the unit's real limits", at="low")
    known = plant.parameters.get(parameter)
    return EndLever(
        parameter=parameter,
        name=table.text("name", default=parameter if known is None else known.name),
        unit="" if known is None else known.unit,
        amount=table.number(amount, default=1.0, low=1e-9),
        low=low,
        high=high,
        source=table.text("source"),
        price=table.number("price"),
        step=table.number("step", default=0.0, low=0.0),
    )


def _in_unit(table: Table, key: str, parameter: str, unit: str, plant: Plant) -> None:
    """The known physics counts in these units."""
    known = plant.parameters.get(parameter)
    if known is not None and known.unit != unit:
        problem = f"{key}: expected a parameter in {unit}, got {parameter} in {known.unit}"
        table.fault(problem, f"declare the parameter in {unit}; what is imported in other units is converted", at=key)
