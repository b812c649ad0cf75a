"""Learning many scenarios at once, wherever compute is; models and events are kept by the hub, in order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pilothouse.decision.scenario import Scenario
from pilothouse.errors import ComputeError, PilothouseError
from pilothouse.hub.hub import Hub, Learnt
from pilothouse.hub.models import SavedModel
from pilothouse.hub.proving import instant_of
from pilothouse.hub.reader import reader_of
from pilothouse.ports import Compute, TaskFailure


@dataclass(frozen=True, slots=True, kw_only=True)
class ToLearn:
    """What a worker is to learn.

    Parameters
    ----------
    root
        The plant folder.
    scenario
        Key.
    as_of_ns
        What was known at this instant.
    fraction
        Where it is given, only what was known before the first question after this share of the subjects.
    upto
        Sequence number of the historian.
    seed
        Root seed.
    """

    root: Path
    scenario: str
    as_of_ns: int
    fraction: float | None
    upto: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What came of learning one scenario.

    Parameters
    ----------
    scenario
        Key.
    learnt
        What was kept; None where it is rules or search, or was not learnt.
    error
        Why it was not learnt.
    """

    scenario: str
    learnt: Learnt | None = None
    error: PilothouseError | None = None


def learn_many(
    hub: Hub,
    compute: Compute,
    scenarios: Sequence[Scenario],
    *,
    as_of_ns: int,
    fraction: float | None = None,
    seed: int,
) -> Iterator[Lesson]:
    """Learn scenarios from what was known at an instant; each is kept and live as soon as it is told.

    One that cannot be learnt keeps no other from it. The models are those that :meth:`Hub.learn` would have learnt.
    """
    upto = hub.historian.info().sequence
    tasks = [
        ToLearn(
            root=hub.workspace.root.resolve(),
            scenario=scenario.key,
            as_of_ns=as_of_ns,
            fraction=fraction,
            upto=upto,
            seed=seed,
        )
        for scenario in scenarios
    ]
    results = compute.map(learn_elsewhere, tasks)
    for scenario, result in zip(scenarios, results, strict=True):
        if isinstance(result, TaskFailure):
            error: PilothouseError = ComputeError(f"scenario {scenario.key} was not learnt: {result.reason}")
            yield Lesson(scenario=scenario.key, error=error)
        elif isinstance(result, PilothouseError):
            yield Lesson(scenario=scenario.key, error=result)
        elif result is None:
            yield Lesson(scenario=scenario.key)
        else:
            kept = hub.keep(scenario, result.model, as_of_ns=result.as_of_ns, seed=seed, data=result.data)
            yield Lesson(scenario=scenario.key, learnt=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class LearntElsewhere:
    """What a worker learnt: the model as its files, from what was known at an instant, and the data's fingerprint."""

    model: SavedModel
    as_of_ns: int
    data: str


def learn_elsewhere(wanted: ToLearn) -> LearntElsewhere | PilothouseError | None:
    """Learn in a worker: a task for :class:`pilothouse.ports.Compute`. A refusal is told with all it says."""
    try:
        reader = reader_of(wanted.root)
        scenario = reader.workspace.scenario(wanted.scenario)
        as_of_ns = wanted.as_of_ns
        if wanted.fraction is not None:
            now = reader.snapshot(scenario.learns_from, as_of_ns, wanted.upto)
            as_of_ns = instant_of(scenario, now, wanted.fraction)
        snapshot = reader.snapshot(scenario.learns_from, as_of_ns, wanted.upto)
        model = scenario.learn(snapshot, wanted.seed, None)
    except PilothouseError as error:
        return error
    if model is None:
        return None
    return LearntElsewhere(model=SavedModel.of(model), as_of_ns=as_of_ns, data=snapshot.fingerprint())
