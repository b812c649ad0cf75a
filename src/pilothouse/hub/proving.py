"""Proving: learn on the past, judge on the next block, roll on; our figures beside the peers' on the same questions.

Nothing is judged by a model that knew its answer: each block is forecast by a model of what was known before its
first question, and the peers are fitted on the same past and look at the same features.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pilothouse.clock import stopwatch_s
from pilothouse.decision.authority import Evidence
from pilothouse.decision.judged import Judged
from pilothouse.decision.scenario import Forecasting, Model, Scenario
from pilothouse.decision.view import Snapshot
from pilothouse.errors import ConfigError, DataError
from pilothouse.hub.hub import Hub
from pilothouse.hub.models import LEARNT
from pilothouse.methods.estimate.peers import fit_peers, last_piece
from pilothouse.methods.estimate.score import (
    Coverage,
    Score,
    Span,
    coverage_in_time,
    mae_difference,
    reliability,
    score,
)
from pilothouse.seeds import stream
from pilothouse.units import difference_unit

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]
"""Told how many blocks are done, of how many."""

NOMINAL: Final = 0.9
BLOCK: Final = 100
NEEDED_COVERAGE: Final = 0.85
LEAST_COVERAGE: Final = 0.82
"""The coverage guard fails where the nominal 90 % interval surely holds less over the whole span, or a fifth of it."""
LIGHTGBM: Final = "plain LightGBM"
CHANGE: Final = "LightGBM on the change"
LAST_PIECE: Final = "last piece"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerProof:
    """How a peer did on the same questions.

    Parameters
    ----------
    mae
        Mean absolute error on the questions that both answered.
    difference
        Our MAE less its, on the same questions, with a 95 % interval over resampled questions.
    """

    mae: float
    difference: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskProof:
    """How the forecasts of one task did.

    Parameters
    ----------
    score
        Figures over the whole span.
    reliability
        Empirical coverage by nominal coverage.
    in_time
        Coverage of the nominal 90 % interval in each fifth of the span.
    peers
        By name.
    chance
        Mean chance that was said for landing in the aim with the levers as they were moved, and the share that did
        land; None where no chance is stated. What is said is the chance if nobody corrects later, so it understates
        where people measure again and do.
    lightgbm_width, change_width
        Width of one interval for all around the forecasts of plain LightGBM, and of LightGBM on the change, that in
        hindsight would just have had our coverage: the least that split conformal needs for it. None where that peer
        does not answer such questions.
    judged
        Every question with its forecast.
    """

    score: Score
    reliability: tuple[Coverage, ...]
    in_time: tuple[Coverage, ...]
    peers: Mapping[str, PeerProof]
    lightgbm_width: float | None
    change_width: float | None
    chance: tuple[float, float] | None
    judged: Judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What proving a scenario gave.

    Parameters
    ----------
    scenario, title
        Which scenario.
    subjects
        How many subjects were judged.
    first_ns, last_ns
        The span of the questions.
    models
        Versions of the models that judged, in order.
    tasks
        By key.
    seconds
        How long it took.
    """

    scenario: str
    title: str
    subjects: int
    first_ns: int
    last_ns: int
    models: tuple[str, ...]
    tasks: Mapping[str, TaskProof]
    seconds: float


def until_fraction(hub: Hub, scenario: Scenario, fraction: float) -> int:
    """The instant before which a share of the subjects with a known outcome, in time order, was asked about."""
    now_ns = hub.clock()
    return instant_of(scenario, hub.view(now_ns).snapshot(scenario.learns_from), fraction)


def instant_of(scenario: Scenario, snapshot: Snapshot, fraction: float) -> int:
    """The same of a snapshot of all it learns from; that of the snapshot where the share is all.

    Raises
    ------
    ConfigError
        If the scenario forecasts nothing.
    """
    answered = _forecasting(scenario).answered(snapshot)
    place = min(int(fraction * answered.height), answered.height)
    return snapshot.as_of_ns if place == answered.height else _before(answered[place : place + BLOCK])


def prove(
    hub: Hub,
    scenario: Scenario,
    *,
    from_fraction: float,
    seed: int,
    every: int = BLOCK,
    progress: Progress | None = None,
) -> Proof:
    """Judge a scenario forward in time on what is recorded.

    Parameters
    ----------
    hub
        With the record.
    scenario
        One that forecasts.
    from_fraction
        The subjects after this share of them, in time order, are judged.
    seed
        Root seed of learning.
    every
        How many subjects a block has before the model is learnt again.
    progress
        Is told of each block.

    Raises
    ------
    ConfigError
        If the scenario forecasts nothing.
    DataError
        If no subject is left to judge.
    """
    started_s = stopwatch_s()
    forecasting = _forecasting(scenario)
    answered = _answered(hub, forecasting)
    start = int(from_fraction * answered.height)
    blocks = [answered[place : place + every] for place in range(start, answered.height, every)]
    if not blocks or start == 0:
        after = answered.height - start
        raise DataError(
            f"expected subjects on both sides of {from_fraction:g}, got {start} before and {after} after",
            hint="choose --from-fraction between 0 and 1, or import more history",
        )
    parts: list[_Block] = []
    model: Model | None = None
    for number, block in enumerate(blocks):
        if progress is not None:
            progress(number, len(blocks))
        model = _model_before(hub, forecasting, block, seed, model)
        parts.append(_judge(hub, forecasting, model, block, answered, seed))
    if progress is not None:
        progress(len(blocks), len(blocks))
    return Proof(
        scenario=scenario.key,
        title=scenario.title,
        subjects=answered.height - start,
        first_ns=int(answered["first_ns"][start]),
        last_ns=int(answered["finished_ns"][-1]),
        models=tuple(part.version for part in parts),
        tasks={key: _task_proof(key, parts, seed) for key in parts[0].ours},
        seconds=stopwatch_s() - started_s,
    )


def evidence(proof: Proof) -> Evidence:
    """What a proof shows for the authority of its scenario: its least covered task counts, and guards that fail.

    Coverage fails only where chance cannot be the reason: where the 95 % interval of what was measured, over the whole
    span or a fifth of it, ends below what is needed.
    """
    scores = [task.score for task in proof.tasks.values()]
    coverages = [s.coverage for s in scores if s.coverage is not None]
    whole = [row for task in proof.tasks.values() for row in task.reliability if row.nominal == NOMINAL]
    fifths = [part for task in proof.tasks.values() for part in task.in_time]
    uncovered = _surely_below(whole, NEEDED_COVERAGE) or _surely_below(fifths, LEAST_COVERAGE)
    drifting = any(task.judged.drift for task in proof.tasks.values())
    return Evidence(
        n=min(s.judged for s in scores),
        coverage=min(coverages, default=None),
        failing=(*(("coverage",) if uncovered else ()), *(("drift",) if drifting else ())),
    )


def _surely_below(rows: Sequence[Coverage], bar: float) -> bool:
    return any(row.empirical is not None and row.empirical.high < bar for row in rows)


def figures(proof: Proof) -> dict[str, object]:
    """The figures of a proof as JSON values: by task, and ``seconds``."""
    return {**{key: _task_figures(task) for key, task in proof.tasks.items()}, "seconds": round(proof.seconds, 2)}


def _task_figures(task: TaskProof) -> dict[str, object]:
    score_, unit = task.score, difference_unit(task.judged.unit)
    said: dict[str, object] = {"n": score_.n, "unit": unit, "mae": score_.mae}
    if task.judged.tolerance is not None:
        said[f"hit_rate_{task.judged.tolerance:g}{unit.lower()}"] = score_.hit_rate
    return said | {
        "coverage": score_.coverage,
        "coverage_nominal": score_.nominal,
        "coverage_fifths": [part.empirical.value if part.empirical else None for part in task.in_time],
        "mean_width": score_.mean_width,
        "lightgbm_width_at_same_coverage": task.lightgbm_width,
        "lightgbm_on_the_change_width_at_same_coverage": task.change_width,
        "abstained": score_.abstained,
        **({} if task.chance is None else {"chance_said": task.chance[0], "chance_came": task.chance[1]}),
        "drift": list(task.judged.drift),
        "reliability": [
            {"nominal": c.nominal, "empirical": c.empirical.value, "low": c.empirical.low, "high": c.empirical.high}
            for c in task.reliability
            if c.empirical
        ],
        "peers": {
            name: {
                "mae": peer.mae,
                "our_mae_less_theirs": peer.difference.value,
                "low": peer.difference.low,
                "high": peer.difference.high,
            }
            for name, peer in task.peers.items()
        },
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """One block, judged by us and by the peers; arrays by task."""

    version: str
    ours: Mapping[str, Judged]
    peers: Mapping[str, Mapping[str, Array]]


def _forecasting(scenario: Scenario) -> Forecasting:
    if not (hasattr(scenario, "answered") and hasattr(scenario, "judge")):
        raise ConfigError(f"scenario {scenario.key} forecasts nothing that could be judged on recorded data")
    return scenario  # type: ignore[return-value]  # a Forecasting by what it offers


def _answered(hub: Hub, scenario: Forecasting) -> pl.DataFrame:
    return scenario.answered(hub.view(hub.clock()).snapshot(scenario.learns_from))


def _before(block: pl.DataFrame) -> int:
    """The last instant before the first question of a block."""
    return int(block["first_ns"].to_numpy().min()) - 1


def _model_before(hub: Hub, scenario: Forecasting, block: pl.DataFrame, seed: int, previous: Model | None) -> Model:
    """A model of what was known before the block's first question; the live one where it is just that."""
    as_of_ns = _before(block)
    snapshot = hub.view(as_of_ns).snapshot(scenario.learns_from)
    events = hub.ledger.read(subject=scenario.key, kind=LEARNT)
    wanted = {"as_of_ns": as_of_ns, "seed": seed, "data": snapshot.fingerprint()}
    if previous is None and events and wanted.items() <= events[-1].payload.items():
        return hub.model(scenario)
    learnt = scenario.learn(snapshot, seed, previous)
    assert learnt is not None  # a scenario that forecasts learns
    return learnt


def _judge(
    hub: Hub, scenario: Forecasting, model: Model, block: pl.DataFrame, answered: pl.DataFrame, seed: int
) -> _Block:
    snapshot = hub.view(int(block["finished_ns"].to_numpy().max())).snapshot(scenario.learns_from)
    ours = scenario.judge(snapshot, model, block["subject"].to_list())
    before = answered.filter(pl.col("finished_ns") <= model.as_of_ns)["subject"].to_list()
    past = scenario.judge(snapshot, model, before)
    peers = {key: _peers(past[key], judged, seed) for key, judged in ours.items()}
    return _Block(version=model.version, ours=ours, peers=peers)


def _peers(past: Judged, block: Judged, seed: int) -> dict[str, Array]:
    """What the peers say of a block after seeing the past; nothing where no peer answers such questions."""
    if not past.names:
        return {}
    fitted = fit_peers(past.features, past.truth, past.names, seed)
    said = {name: peer(block.features) for name, peer in fitted.items()}
    if past.now is not None and block.now is not None:
        changed = fit_peers(past.features, past.truth - past.now, past.names, seed)[LIGHTGBM]
        said[CHANGE] = block.now + changed(block.features)
    if len(set(block.subject)) == len(block.subject):
        order = np.argsort(block.anchor_ns, kind="stable")
        said[LAST_PIECE] = np.empty(len(order))
        said[LAST_PIECE][order] = last_piece(past.truth[np.argsort(past.anchor_ns, kind="stable")], block.truth[order])
    return said


def _task_proof(key: str, parts: Sequence[_Block], seed: int) -> TaskProof:
    whole = _joined([part.ours[key] for part in parts])
    order = np.argsort(whole.anchor_ns, kind="stable")
    truth, value = whole.truth[order], whole.value[order]
    ends = {
        level: (value - half_width[order], value + half_width[order]) for level, half_width in whole.half_width.items()
    }
    tolerance = np.nan if whole.tolerance is None else whole.tolerance
    figures = score(truth, value, ends[NOMINAL], tolerance=tolerance, nominal=NOMINAL)
    said = {name: np.concatenate([part.peers[key][name] for part in parts])[order] for name in parts[0].peers[key]}
    answered = np.isfinite(value)
    peers = {}
    for name, theirs in said.items():
        known = np.isfinite(theirs) & answered
        if not (known & answered).any():
            continue  # there is nothing to compare
        rng = stream(seed, "proof", key, name)
        peers[name] = PeerProof(
            mae=float(np.abs(theirs - truth)[known].mean()), difference=mae_difference(truth, value, theirs, rng)
        )
    widths = {
        name: 2.0 * float(np.quantile(np.abs(said[name] - truth)[answered], figures.coverage or 0.0))
        for name in (LIGHTGBM, CHANGE)
        if name in said and answered.any()
    }
    return TaskProof(
        score=figures,
        reliability=reliability(truth, ends),
        in_time=coverage_in_time(truth, ends[NOMINAL], nominal=NOMINAL),
        peers=peers,
        lightgbm_width=widths.get(LIGHTGBM),
        change_width=widths.get(CHANGE),
        chance=_chance(whole),
        judged=whole,
    )


def _chance(whole: Judged) -> tuple[float, float] | None:
    if whole.chance is None or whole.landed is None:
        return None
    known = np.isfinite(whole.chance)
    return float(whole.chance[known].mean()), float(whole.landed[known].mean())


def _concatenated(arrays: Sequence[NDArray[Any] | None]) -> NDArray[Any] | None:
    """All of them as one; None where any is missing."""
    known = [array for array in arrays if array is not None]
    return np.concatenate(known) if len(known) == len(arrays) else None


def _joined(parts: Sequence[Judged]) -> Judged:
    return Judged(
        subject=tuple(subject for part in parts for subject in part.subject),
        anchor_ns=np.concatenate([part.anchor_ns for part in parts]),
        truth=np.concatenate([part.truth for part in parts]),
        value=np.concatenate([part.value for part in parts]),
        half_width={level: np.concatenate([part.half_width[level] for part in parts]) for level in parts[0].half_width},
        why_abstained={subject: why for part in parts for subject, why in part.why_abstained.items()},
        drift=parts[-1].drift,
        unit=parts[0].unit,
        tolerance=parts[0].tolerance,
        features=np.empty((0, 0)),  # each block's model looks at its own
        names=(),
        chance=_concatenated([part.chance for part in parts]),
        landed=_concatenated([part.landed for part in parts]),
    )
