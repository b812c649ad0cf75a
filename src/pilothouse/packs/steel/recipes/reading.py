"""Recipes read from plant.toml: every fault with its line, and nothing half-read."""

from fnmatch import fnmatchcase
from math import inf
from typing import Final

from pilothouse.errors import Fault, use_known
from pilothouse.packs.steel.recipes.declaration import EXPECTED, Lever, Quality, RecipeBook, Service
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.keys import Keys
from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table

TABLES: Final = ("quality", "recipe", "calendar", "kinds")

DAYS: Final = {"h": 1.0 / 24.0, "d": 1.0}
"""Units of intervals, in days."""


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
    is_share = table.has("share")
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
        step=table.number("share" if is_share else "step", default=0.0),
        is_share=is_share,
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
        t_per_day=table.number("t_per_day", low=1.0),
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
