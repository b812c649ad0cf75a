"""``[[scenario]]`` tables of plant.toml, read into records; every fault with its line.

See `docs/reference/plant-toml.md` for all keys with an example.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from pilothouse.errors import Fault
from pilothouse.packs.declared.features import TAKES, Feature
from pilothouse.packs.declared.questions import TARGET, WORDS
from pilothouse.packs.declared.windows import Window
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table

KNOWN: Final = ("first", "previous")
"""Which measurement a task stands at: the piece's first one, or the last but one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDeclaration:
    """One question of the scenario that `prove` judges: from which measurement on the last one is forecast.

    Parameters
    ----------
    key, title
        Stable name, and what people call it.
    known
        One of :data:`KNOWN`.
    direct_without
        Features, or patterns with ``*``, that the direct view does not look at; the mechanism view does.
    """

    key: str
    title: str
    known: str
    direct_without: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeverDeclaration:
    """What may still be moved ahead of an anchor.

    Parameters
    ----------
    key, name
        Stable name, and what people call it.
    feature
        The feature it sets: the amount ahead.
    given
        Features of what else happens ahead and is not caused by the lever: held fixed where its effect is learnt.
    unit
        Of its value.
    low, high, source
        Hard limits and who says so.
    price
        Money per unit.
    step
        The smallest change people can set.
    """

    key: str
    name: str
    feature: str
    given: tuple[str, ...]
    unit: str
    low: float
    high: float
    source: str
    price: float
    step: float

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        if self.low >= self.high:
            raise ValueError(f"lever {self.key}: low {self.low:g} is not below high {self.high:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AimDeclaration:
    """Where the result shall land unless the asker says otherwise.

    Parameters
    ----------
    target, tolerance
        In the result's unit: target ± tolerance.
    probability
        Least probability asked.
    miss_cost
        Money that a result outside costs; with its source it lets worth be estimated.
    miss_cost_source
        Who says so.
    valid_minutes
        How long a proposal may be decided after the instant it was made for.
    """

    target: float
    tolerance: float
    probability: float
    miss_cost: float
    miss_cost_source: str
    valid_minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioDeclaration:
    """One declared process scenario: forecast the last value of a result on a piece, advise the levers still open.

    Parameters
    ----------
    key, title
        Stable name, and what people call it.
    piece
        Material definition of its subjects.
    result
        Parameter that is measured several times on a piece and whose last value counts.
    unit
        Of the result.
    mechanism
        File of the plant folder with the known physics, or None.
    looks_back_days
        How far back an open question looks.
    tasks, features, levers, aim
        See there.
    words
        Every feature in words, by name.
    """

    key: str
    title: str
    piece: str
    result: str
    unit: str
    mechanism: str | None
    looks_back_days: float
    tasks: tuple[TaskDeclaration, ...]
    features: tuple[Feature, ...]
    levers: tuple[LeverDeclaration, ...]
    aim: AimDeclaration | None
    words: Mapping[str, str]

    @property
    def parameters(self) -> tuple[str, ...]:
        """All parameters it reads, the result first."""
        return tuple(dict.fromkeys((self.result, *(p for f in self.features for p in f.of))))


def read_scenarios(declaration: Declaration, plant: Plant) -> tuple[tuple[ScenarioDeclaration, ...], tuple[Fault, ...]]:
    """All declared scenarios, or every fault in them."""
    faults: list[Fault] = []
    found: dict[str, ScenarioDeclaration] = {}
    for table in declaration.tables("scenario", faults):
        scenario = _scenario(table, plant)
        table.done()
        if scenario is None:
            continue
        if scenario.key in found:
            table.fault(f"key {scenario.key!r} is used twice", "give each scenario its own key", at="key")
        found[scenario.key] = scenario
    return tuple(found.values()), tuple(faults)


def _scenario(table: Table, plant: Plant) -> ScenarioDeclaration | None:
    key = table.text("key")
    title = table.text("title")
    piece = table.choice("piece", plant.materials)
    result = table.choice("result", plant.parameters)
    mechanism = table.text("mechanism", default=None)
    looks_back_days = table.number("looks_back_days", default=14.0, low=0.01)
    features = tuple(f for inner in table.tables("feature") for f in _features(inner, plant))
    names = [f.name for f in features]
    for name in sorted({n for n in names if names.count(n) > 1}):
        table.fault(f"feature {name!r} is declared twice", "remove one of the two", at="feature")
    tasks = tuple(t for inner in table.tables("task") if (t := _task(inner)) is not None)
    levers = tuple(v for inner in table.tables("lever") if (v := _lever(inner, names)) is not None)
    inner_aim = table.table("aim")
    aim = None if inner_aim is None else _aim(inner_aim)
    if not tasks:
        table.fault("no task", 'add [[scenario.task]] with a key and known = "first" or "previous"')
    if levers and aim is None:
        table.fault("levers without an aim", "add [scenario.aim] with target, tolerance and probability")
    return table.make(
        ScenarioDeclaration,
        key=key,
        title=title,
        piece=piece,
        result=result,
        unit=plant.parameters[result].unit if result else "",
        mechanism=mechanism,
        looks_back_days=looks_back_days,
        tasks=tasks,
        features=features,
        levers=levers,
        aim=aim,
        words={**WORDS, **{f.name: _in_words(f, plant) for f in features}},
    )


def _in_words(feature: Feature, plant: Plant) -> str:
    name = plant.parameters[feature.of[0]].name if len(feature.of) == 1 else feature.name.split(".", 1)[0]
    return f"{name}, {feature.take} {feature.over.name}"


def _features(table: Table, plant: Plant) -> tuple[Feature, ...]:
    of = table.texts("of")
    takes = table.choices("take", TAKES)
    overs = table.texts("over")
    together = table.text("together", default=None)
    parameters = _parameters(table, of, plant)
    windows = []
    for text in overs:
        window = Window.parse(text)
        if window is None:
            table.fault(
                f"unknown window {text!r}", "write before, ahead or whole, perhaps with a span: ahead/6min", at="over"
            )
        else:
            windows.append(window)
    if not table.sound:
        return ()
    groups = [(together, tuple(parameters))] if together else [(p, (p,)) for p in parameters]
    return tuple(
        Feature(name=f"{name}.{take}.{window.name}", of=group, take=take, over=window)
        for (name, group), take, window in product(groups, takes, windows)
    )


def _parameters(table: Table, of: Sequence[str], plant: Plant) -> list[str]:
    """Parameter keys of names and of patterns such as ``bulk_{n}``."""
    found: list[str] = []
    for text in of:
        form = re.compile(re.escape(text).replace(re.escape("{n}"), r"\d+"))
        matches = [key for key in plant.parameters if form.fullmatch(key)]
        if not matches:
            table.fault(
                f"of: no parameter is called {text!r}", "use a key of parameters.csv, or a pattern with {n}", at="of"
            )
        found.extend(matches)
    return list(dict.fromkeys(found))


def _task(table: Table) -> TaskDeclaration | None:
    key = table.text("key")
    return table.make(
        TaskDeclaration,
        key=key,
        title=table.text("title", default=key),
        known=table.choice("known", KNOWN),
        direct_without=table.texts("direct_without", default=()),
    )


def _lever(table: Table, features: Sequence[str]) -> LeverDeclaration | None:
    key = table.text("key")
    return table.make(
        LeverDeclaration,
        key=key,
        name=table.text("name", default=key),
        feature=table.choice("feature", features),
        given=table.choices("given", [*features, *TARGET], default=()),
        unit=table.text("unit"),
        low=table.number("low"),
        high=table.number("high"),
        source=table.text("source"),
        price=table.number("price"),
        step=table.number("step", default=0.0, low=0.0),
    )


def _aim(table: Table) -> AimDeclaration | None:
    miss_cost = table.number("miss_cost", default=0.0, low=0.0)
    source = table.text("miss_cost_source", default="")
    if miss_cost and not source:
        table.fault("miss_cost has no source", 'say who states it: miss_cost_source = "..."', at="miss_cost")
    return table.make(
        AimDeclaration,
        target=table.number("target"),
        tolerance=table.number("tolerance", low=1e-9),
        probability=table.number("probability", low=0.01, high=0.99),
        miss_cost=miss_cost,
        miss_cost_source=source,
        valid_minutes=table.number("valid_minutes", default=30.0, low=0.1),
    )
