"""``[[scenario]]`` tables of plant.toml, read into records; every fault with its line.

See `docs/reference/plant-toml.md` for all keys with an example.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import product
from typing import Final

from pilothouse.clock import NS_PER_DAY
from pilothouse.decision.runs import OCCASIONS, Runs
from pilothouse.errors import Fault, use_known
from pilothouse.packs.declared.features import TAKES, Feature
from pilothouse.packs.declared.questions import PATH, STANDING, TARGET, WORDS
from pilothouse.packs.declared.recent import RECALL_NS
from pilothouse.packs.declared.windows import Window
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.keys import Keys
from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table

KNOWN: Final = ("first", "previous")
"""Which measurement a task stands at: the piece's first one, or the last but one."""

ADVICE: Final = "advice"
"""Under this key the advice's own forecasts are judged: from every measurement, knowing only what the levers did."""

AMOUNTS: Final = ("sum", "integral", "minutes", "count")
"""What can be taken of a lever: amounts, which are 0 where nothing is done."""

LEAST_LOOK_BACK_DAYS: Final = RECALL_NS / NS_PER_DAY + 1
"""As far as results of other pieces are recalled, and a day for the piece itself."""


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
    runs
        When the hub asks by itself, and what that may cost. Not in the version of a model: it changes no answer.
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
    runs: Runs = field(default_factory=Runs, repr=False)

    @property
    def parameters(self) -> tuple[str, ...]:
        """All parameters it reads, the result first."""
        return tuple(dict.fromkeys((self.result, *(p for f in self.features for p in f.of))))


def read_scenarios(declaration: Declaration, plant: Plant) -> tuple[tuple[ScenarioDeclaration, ...], tuple[Fault, ...]]:
    """All declared scenarios, or every fault in them."""
    faults: list[Fault] = []
    found: list[ScenarioDeclaration] = []
    keys = Keys("scenario")
    for table in declaration.tables("scenario", faults):
        scenario = _scenario(table, plant, keys)
        table.done()
        if scenario is not None and table.sound:
            found.append(scenario)
    return tuple(found), tuple(faults)


def _scenario(table: Table, plant: Plant, keys: Keys) -> ScenarioDeclaration | None:
    key = keys.read(table)
    title = table.text("title")
    piece = table.choice("piece", plant.materials)
    result = table.choice("result", plant.parameters)
    mechanism = table.text("mechanism", default=None)
    looks_back_days = table.number("looks_back_days", default=14.0, low=LEAST_LOOK_BACK_DAYS)
    features = tuple(f for inner in table.tables("feature") for f in _features(inner, plant))
    names = [f.name for f in features]
    for name in sorted({n for n in names if names.count(n) > 1}):
        table.fault(f"feature {name!r} is declared twice", "remove one of the two", at="feature")
    known = [*STANDING, *PATH, *TARGET, *names]
    task_keys, lever_keys = Keys("task"), Keys("lever")
    tasks = tuple(t for inner in table.tables("task") if (t := _task(inner, task_keys, known)) is not None)
    levers = tuple(v for inner in table.tables("lever") if (v := _lever(inner, lever_keys, features)) is not None)
    inner_aim = table.table("aim")
    aim = None if inner_aim is None else _aim(inner_aim)
    runs = _runs(table)
    if not table.has("task"):
        table.fault("no task", 'add [[scenario.task]] with a key and known = "first" or "previous"')
    if table.has("lever") and not table.has("aim"):
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
        runs=runs,
    )


def _runs(table: Table) -> Runs:
    """The table ``[scenario.runs]``; what is not written, or is at fault, is as by default."""
    inner, usual = table.table("runs"), Runs()
    if inner is None:
        return usual
    read = inner.make(
        Runs,
        on=inner.choices("on", OCCASIONS, default=usual.on),
        seconds=inner.number("seconds", default=usual.seconds, low=0.1),
        backlog=inner.integer("backlog", default=usual.backlog, low=1),
    )
    return usual if read is None else read


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
            remedy = "write before, step, ahead or whole; ahead/6min for a part of it"
            table.fault(f"unknown window {text!r}", remedy, at="over")
            continue
        windows.append(window)
        for take in takes:
            if (take in {"idle", "until"} and not window.begins) or (take == "since" and window.side == "whole"):
                remedy = "take it over a window that has a start and an end"
                table.fault(f"{take} over {text} means nothing", remedy, at="take")
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


def _task(table: Table, keys: Keys, features: Sequence[str]) -> TaskDeclaration | None:
    key = keys.read(table)
    if key == ADVICE:
        table.fault(f"the key {key!r} is taken: the forecasts of the advice go by it", "choose another key", at="key")
    without = table.texts("direct_without", default=())
    for pattern in without:
        if not any(fnmatchcase(name, pattern) for name in features):
            problem = f"direct_without: {pattern!r} fits no feature"
            table.fault(problem, use_known(pattern, features), at="direct_without")
    return table.make(
        TaskDeclaration,
        key=key,
        title=table.text("title", default=key),
        known=table.choice("known", KNOWN),
        direct_without=without,
    )


def _lever(table: Table, keys: Keys, features: Sequence[Feature]) -> LeverDeclaration | None:
    key = keys.read(table)
    names = [f.name for f in features]
    feature = table.choice("feature", names)
    if feature and feature not in {f.name for f in features if f.over.name == "ahead" and f.take in AMOUNTS}:
        remedy = f"name one that takes {', '.join(AMOUNTS)} over ahead"
        table.fault(f"feature {feature!r} is no amount that is still ahead", remedy, at="feature")
    return table.make(
        LeverDeclaration,
        key=key,
        name=table.text("name", default=key),
        feature=feature,
        given=table.choices("given", [*names, *TARGET], default=()),
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
