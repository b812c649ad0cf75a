"""A pack at the helm against practices: paired runs of drawn plants, figures as changes with intervals.

Every run of a draw meets the same disturbances, because those are drawn by the piece from the seed alone. All run for
the same span of warming up, in which the hub watches, earns its authority and tries its levers; then the figures are
counted anew, under every practice from the same instant on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Final

from pilothouse.clock import NS_PER_DAY
from pilothouse.decision.steering import Case, Steering
from pilothouse.errors import ComputeError, ConfigError, PilothouseError
from pilothouse.hub.helm import Helm, batch_of
from pilothouse.hub.helm_report import told_of
from pilothouse.hub.proving_ground import DAYS_OF_MONTH, build_plant, family
from pilothouse.hub.workspace import open_workspace
from pilothouse.ledger.sql import SqlLedger
from pilothouse.plants import Figure, LivePlant, Moment, ProvingPlant
from pilothouse.ports import Compute, TaskFailure

WARM_UP_D: Final = 150.0
"""For so long the hub watches, earns authority and tries levers before anything is counted, unless told otherwise."""

FIGURES: Final = (
    "defect_share",
    "prime_t_per_h",
    "energy_kwh_per_t",
    "cost_eur_per_t",
    "stock_days",
    "lead_time_p50_d",
    "lead_time_p90_d",
)
"""What runs are compared by, of those that the plant tells."""

AT_MOST: Final = 1_000_000_000
STEERED, HELD_OUT, UNTOUCHED = "steered", "held out", "untouched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Which plant of a family."""

    seed: int
    plant_variation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What is run on every draw.

    Parameters
    ----------
    family, pack
        Keys.
    practices
        Against which.
    months
        That are counted.
    warm_up_d
        Days before, in which the hub watches, earns authority and tries levers.
    shuffled
        Whether the pack's models are fed shuffled results.
    disturbances
        Switched on when the counting begins, in every run.
    learns_from_trials
        Whether the pack tries levers, or rests on what the history says.
    ledgers
        Folder in which each draw keeps its ledger; None to keep none.
    """

    family: str
    pack: str
    practices: tuple[str, ...]
    months: float
    warm_up_d: float = WARM_UP_D
    shuffled: bool = False
    disturbances: tuple[str, ...] = ()
    learns_from_trials: bool = True
    ledgers: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What one run came to.

    Parameters
    ----------
    figures
        By the plant's hidden truth.
    by_batch
        What each batch was worth by what its people could see, EUR/t.
    said
        Of the helm; empty under a practice.
    groups
        Of each batch under the helm: steered, held out by chance, or untouched.
    """

    figures: Mapping[str, Figure]
    by_batch: Mapping[str, float]
    said: Mapping[str, object] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)


def steering_of(key: str, pack: str) -> Steering:
    """What a pack brings to steer the plants of a family.

    Raises
    ------
    ConfigError
        If it brings nothing for them.
    """
    workspace = open_workspace(family(key).folder)
    if not workspace.steering.get(pack):
        known = ", ".join(name for name, found in workspace.steering.items() if found) or "none"
        raise ConfigError(f"pack {pack!r} steers nothing in plants of {key}", hint=f"packs that do: {known}")
    return workspace.steering[pack][0]


def run_all(course: Course, draws: Sequence[Draw], compute: Compute) -> Iterator[tuple[Draw, str, Ran]]:
    """Every draw under the pack (the empty practice) and under every practice, in this order, wherever compute is.

    Raises
    ------
    ConfigError
        If the ledger of a draw is there already: another run's decisions are not written over.
    ComputeError
        If a run could not be made.
    """
    for draw in draws:
        kept = _ledger_file(course, draw)
        if kept is not None and kept.exists():
            raise ConfigError(f"the ledger {kept} is there already", hint="choose a new folder with --ledgers")
    tasks = [(course, draw, practice) for draw in draws for practice in ("", *course.practices)]
    for (_, draw, practice), ran in zip(tasks, compute.map(run_task, tasks), strict=True):
        if isinstance(ran, PilothouseError):
            raise ran
        if isinstance(ran, TaskFailure):
            which = f"seed {draw.seed}, plant {draw.plant_variation}, under {practice or course.pack}"
            raise ComputeError(f"the run of {which} was not made: {ran.reason}")
        yield draw, practice, ran


def run_task(task: tuple[Course, Draw, str]) -> Ran | PilothouseError:
    """One run in a worker: a task for :class:`pilothouse.ports.Compute`. A refusal is told with all it says."""
    try:
        return run_one(*task)
    except PilothouseError as error:
        return error


def run_one(course: Course, draw: Draw, practice: str) -> Ran:
    """One draw under a practice, or under the pack where none is named."""
    steering = steering_of(course.family, course.pack)
    chosen = family(course.family)
    plant = build_plant(chosen, seed=draw.seed, plant_variation=draw.plant_variation, practice=practice)
    helm = None
    kept = _ledger_file(course, draw)
    half = None if kept is None else kept.with_suffix(".half")
    if not practice:
        helm = Helm(
            steering=steering,
            plant=plant,
            seed=draw.seed,
            shuffled=course.shuffled,
            learns_from_trials=course.learns_from_trials,
            ledger=None if half is None else _new_ledger(half),
        )
    start_ns = plant.now_ns + round(course.warm_up_d * NS_PER_DAY)
    for moment in _until(plant, start_ns):
        if helm is not None:
            helm.at(moment)
    plant.count_anew()
    _disturb(plant, course.disturbances)
    worths: dict[str, list[float]] = {}
    for moment in _until(plant, start_ns + round(course.months * DAYS_OF_MONTH * NS_PER_DAY)):
        case = _untouched(moment) if helm is None else helm.at(moment)
        if case is not None:
            worths.setdefault(case.batch, []).append(steering.worth(case))
    if helm is not None:
        helm.end()
        if kept is not None and half is not None:
            half.replace(kept)
    return Ran(
        figures=dict(plant.figures()),
        by_batch={batch: fmean(found) for batch, found in worths.items()},
        said={} if helm is None else told_of(helm, start_ns),
        groups={} if helm is None else _groups(helm.cases),
    )


def _ledger_file(course: Course, draw: Draw) -> Path | None:
    if course.ledgers is None:
        return None
    return course.ledgers / f"seed-{draw.seed}-plant-{draw.plant_variation}.db"


def _new_ledger(half: Path) -> SqlLedger:
    """An empty ledger, whatever a try whose worker died has left; it takes its name when the run is whole."""
    half.parent.mkdir(parents=True, exist_ok=True)
    for rest in half.parent.glob(half.name + "*"):
        rest.unlink()
    return SqlLedger(f"sqlite:///{half}")


def _until(plant: ProvingPlant, end_ns: int) -> Iterator[Moment]:
    for moment in plant.moments(AT_MOST):
        yield moment
        if moment.at_ns >= end_ns:
            return


def _disturb(plant: ProvingPlant, names: Sequence[str]) -> None:
    if not names:
        return
    if not isinstance(plant, LivePlant):
        raise ConfigError("this family has no disturbances that could be switched on", hint="leave --disturb out")
    for name in names:
        plant.disturb(name)


def _untouched(moment: Moment) -> Case | None:
    """A piece that the practice alone finished."""
    if moment.sorting is None:
        return None
    return Case(
        piece=moment.piece,
        batch=batch_of(moment),
        kind=moment.kind,
        finished_ns=moment.at_ns,
        known={},
        limits={},
        done={},
        ages={},
        faults=moment.sorting.faults,
    )


def _groups(cases: Sequence[Case]) -> dict[str, str]:
    """Of each batch: held out by chance, steered in any of its pieces, or untouched."""
    groups: dict[str, str] = {}
    for case in cases:
        if case.is_held_out:
            groups[case.batch] = HELD_OUT
        elif case.is_steered or case.batch not in groups:
            groups[case.batch] = STEERED if case.is_steered else UNTOUCHED
    return groups
