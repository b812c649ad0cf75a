"""``[[quality]]``, ``[[recipe]]``, ``[[calendar]]`` and ``[[kinds]]`` of plant.toml, read into records.

::

    [[quality]]                       # what finished pieces are judged by
    key = "loss"
    title = "Loss over its limit"
    result = "TEST.test.P15_50"       # measured against the limit of the order; without it inspection tells
    eur_t = 300.0                     # what a fault costs
    looks_at = ["RH.final.Si", ...]   # what foretells it before the last levers

    [[recipe]]
    key = "reheating"
    title = "Reheating of slabs"
    segment = "reheating"

    [[recipe.lever]]
    key = "slab-temperature"
    title = "Temperature of the slab"
    moves = ["REHEAT.zone_*.temp_sp"]
    step = -8.0                       # added to what the practice sets; or share = 0.02 of it
    low = -1.0                        # band the works accepts, in steps
    high = 4.0
    eur_t = -0.2                      # what a step costs
    acts_on = { loss = "falls", scale = "falls much" }    # what its engineers expect of a step

    [[calendar]]
    key = "coater-rolls"              # as the plant calls it
    title = "Change of the coater rolls"
    quality = "coating"
    segment = "coating"
    unit = "h"                        # h or d, as the plant counts it
    every = [36.0, 48.0, 60.0, 72.0]
    eur = 1500.0                      # what a service costs

    [[kinds]]                         # what is made alike
    key = "high"
    of = ["M250-35A", ...]
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from math import inf, isnan, log, nan
from typing import Final

from pilothouse.errors import Fault, use_known
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.keys import Keys
from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table

TABLES: Final = ("quality", "recipe", "calendar", "kinds")

DAYS: Final = {"h": 1.0 / 24.0, "d": 1.0}
"""Units of intervals, in days."""

EXPECTED: Final[Mapping[str, float]] = {
    "falls much": -2.0,
    "falls": -1.0,
    "falls a little": -0.4,
    "moves": 0.0,
    "rises a little": 0.4,
    "rises": 1.0,
    "rises much": 2.0,
}
"""What engineers say of a step, in units of a usual effect; what they say is believed within its own size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What finished pieces are judged by.

    Parameters
    ----------
    key, title
        Stable name, by which inspection names the fault, and what people call it.
    result
        Parameter measured against the order's limit; empty where inspection tells.
    eur_t
        What a fault costs per tonne.
    looks_at
        Parameters that foretell it; none where inspection tells.
    """

    key: str
    title: str
    result: str
    eur_t: float
    looks_at: tuple[str, ...]

    @property
    def is_measured(self) -> bool:
        """Whether there is a result to compare with a limit."""
        return bool(self.result)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """Set-points that are moved together.

    Parameters
    ----------
    key, title
        Stable name, and what people call it.
    segment
        Before which it is moved.
    moves
        Parameters.
    step
        Added to what the practice sets, in their unit; nan where ``share`` says it.
    share
        By which a step multiplies what the practice sets, less 1; nan where ``step`` says it.
    low, high
        The accepted band, in steps around 0.
    eur_t
        What a step costs per tonne; negative where it brings something.
    acts_on
        What is expected of a step, in usual effects, by quality.
    by_piece
        Whether it is chosen for each piece by what foretells its qualities, not for its kinds alone.
    """

    key: str
    title: str
    segment: str
    moves: tuple[str, ...]
    step: float
    share: float
    low: float
    high: float
    eur_t: float
    acts_on: Mapping[str, float]
    by_piece: bool

    def steps(self, usual: float, preset: float) -> float:
        """By how many steps a set-point lies from another."""
        if not isnan(self.step):
            return (preset - usual) / self.step
        return log(preset / usual) / log(1.0 + self.share) if preset > 0.0 and usual > 0.0 else 0.0

    def moved(self, preset: float, steps: float) -> float:
        """A set-point so many steps from what the practice sets."""
        return preset * (1.0 + self.share) ** steps if isnan(self.step) else preset + self.step * steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A calendar that can be set: what is serviced how often.

    Parameters
    ----------
    key, title
        As the plant calls it, and as people do.
    quality
        What suffers with age.
    segment
        Where it is used: the age counts when a piece passes it.
    unit_d
        The plant's unit of its interval, in days.
    every
        Choices, in that unit, the usual one last.
    eur
        What a service costs.
    """

    key: str
    title: str
    quality: str
    segment: str
    unit_d: float
    every: tuple[float, ...]
    eur: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeBook:
    """All that is declared for steering pieces.

    Parameters
    ----------
    qualities, levers, services
        In the order declared.
    segments
        Titles of the recipes by segment.
    groups
        Group by kind.
    limits
        Between which each set-point must stay, by parameter.
    """

    qualities: tuple[Quality, ...]
    levers: tuple[Lever, ...]
    services: tuple[Service, ...]
    segments: Mapping[str, str]
    groups: Mapping[str, str]
    limits: Mapping[str, tuple[float, float]]

    def levers_of(self, segment: str) -> tuple[Lever, ...]:
        """Levers that are moved before a segment."""
        return tuple(lever for lever in self.levers if lever.segment == segment)


def read_recipes(declaration: Declaration, plant: Plant) -> tuple[RecipeBook | None, tuple[Fault, ...]]:
    """The declared recipes, None where there are none or anything is wrong with them; and every fault."""
    faults: list[Fault] = []
    quality_keys, recipe_keys, lever_keys = Keys("quality"), Keys("recipe"), Keys("lever")
    qualities = [_quality(t, quality_keys, plant) for t in declaration.tables("quality", faults)]
    known = tuple(q.key for q in qualities if q is not None)
    levers: list[Lever] = []
    segments: dict[str, str] = {}
    for table in declaration.tables("recipe", faults):
        recipe_keys.read(table)
        segment = table.choice("segment", plant.segments)
        segments[segment] = table.text("title")
        for inner in table.tables("lever"):
            lever = _lever(inner, lever_keys, (plant, segment, known))
            if lever is not None:
                levers.append(lever)
        table.done()
    services = [_service(t, plant, known) for t in declaration.tables("calendar", faults)]
    groups = _groups(declaration, faults)
    if faults or not levers:
        return None, tuple(faults)
    moved = {key for lever in levers for key in lever.moves}
    book = RecipeBook(
        qualities=tuple(q for q in qualities if q is not None),
        levers=tuple(levers),
        services=tuple(s for s in services if s is not None),
        segments=segments,
        groups=groups,
        limits={key: _limits(plant, key) for key in moved},
    )
    return book, ()


def _quality(table: Table, keys: Keys, plant: Plant) -> Quality | None:
    result = table.choice("result", plant.parameters, default="")
    quality = table.make(
        Quality,
        key=keys.read(table),
        title=table.text("title"),
        result=result,
        eur_t=table.number("eur_t", low=0.0),
        looks_at=table.choices("looks_at", plant.parameters) if table.has("looks_at") else (),
    )
    table.done()
    return quality


def _lever(table: Table, keys: Keys, given: tuple[Plant, str, tuple[str, ...]]) -> Lever | None:
    plant, segment, qualities = given
    key = keys.read(table)
    moves = []
    for pattern in table.texts("moves"):
        matches = [p for p in plant.parameters if fnmatchcase(p, pattern)]
        if not matches:
            table.fault(f"moves: no parameter is called {pattern!r}", use_known(pattern, plant.parameters), at="moves")
        moves += matches
    if table.has("step") == table.has("share"):
        table.fault("expected one of step and share", "say by how much a step moves what the practice sets")
    inner = table.table("acts_on")
    acts_on: dict[str, float] = {}
    if inner is None:
        table.fault("acts_on is missing", "name the qualities a step acts on, and what is expected of it")
    else:
        named = inner.keys()
        acts_on = {quality: EXPECTED.get(inner.choice(quality, EXPECTED), 0.0) for quality in named}
        for quality in acts_on:
            if quality not in qualities:
                table.fault(f"acts_on: unknown quality {quality!r}", use_known(quality, qualities))
    return table.make(
        Lever,
        key=key,
        title=table.text("title"),
        segment=segment,
        moves=tuple(dict.fromkeys(moves)),
        step=table.number("step", default=nan),
        share=table.number("share", default=nan),
        low=table.number("low", high=0.0),
        high=table.number("high", low=0.0),
        eur_t=table.number("eur_t"),
        acts_on=acts_on,
        by_piece=table.flag("by_piece", default=False),
    )


def _service(table: Table, plant: Plant, qualities: tuple[str, ...]) -> Service | None:
    service = table.make(
        Service,
        key=table.text("key"),
        title=table.text("title"),
        quality=table.choice("quality", qualities),
        segment=table.choice("segment", plant.segments),
        unit_d=DAYS[table.choice("unit", DAYS) or "d"],
        every=table.numbers("every"),
        eur=table.number("eur", low=0.0),
    )
    table.done()
    return service


def _groups(declaration: Declaration, faults: list[Fault]) -> dict[str, str]:
    groups: dict[str, str] = {}
    for table in declaration.tables("kinds", faults):
        key = table.text("key")
        groups.update((kind, key) for kind in table.texts("of"))
        table.done()
    return groups


def _limits(plant: Plant, key: str) -> tuple[float, float]:
    limit = plant.parameters[key].limit
    return (-inf if limit.low is None else limit.low, inf if limit.high is None else limit.high)
