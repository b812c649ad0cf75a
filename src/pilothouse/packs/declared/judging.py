"""Judging: the model's forecasts beside the truth, each with what was known before it and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.decision.judged import Judged
from pilothouse.methods.estimate.domain import Domain
from pilothouse.methods.estimate.forward import LEAST, follow, landing_probability
from pilothouse.methods.estimate.record import Record, corrected
from pilothouse.packs.declared.advice import centre, expected_error, honest_errors
from pilothouse.packs.declared.declaration import ADVICE, ScenarioDeclaration
from pilothouse.packs.declared.learning import forecast, record_of
from pilothouse.packs.declared.mechanism import Mechanism
from pilothouse.packs.declared.model import AdviceModel, DeclaredModel
from pilothouse.packs.declared.questions import is_to_last
from pilothouse.packs.declared.rows import QuestionRows, judged

Array = NDArray[np.float64]

COVERAGES: Final = (0.5, 0.8, 0.9, 0.95)
"""Nominal coverages that are judged."""


def judge(
    model: DeclaredModel, rows: QuestionRows, declaration: ScenarioDeclaration, mechanism: Mechanism | None
) -> dict[str, Judged]:
    """Judge a model on questions it has not learnt."""
    found = {}
    for task in declaration.tasks:
        learnt = model.tasks[task.key]
        asked = rows.filter(judged(rows, task))
        said = forecast(learnt.estimator, asked, mechanism, model.usual)
        now = record_of(asked, asked.column("answer") - said)
        names = learnt.estimator.names
        ones = np.ones(len(said))
        found[task.key] = _judged(asked, said, now, learnt.record, ones, learnt.domain, names, declaration)
    if model.advice is not None:
        found[ADVICE] = _judge_advice(model.advice, rows, declaration)
    return found


def _judge_advice(advice: AdviceModel, rows: QuestionRows, declaration: ScenarioDeclaration) -> Judged:
    features = {lever.key: lever.feature for lever in declaration.levers}
    asked = rows.filter(rows.where(is_to_last()))
    said = centre(advice, asked)
    for lever, effect in zip(advice.levers, advice.effects, strict=True):
        said = said + effect.per_unit * asked.column(features[lever])
    now = honest_errors(advice, rows, features)
    spread = expected_error(advice, asked)
    judged = _judged(asked, said, now, advice.record, spread, advice.domain, advice.names, declaration)
    # It answers what a lever does, not what usually comes: peers that forecast the usual answer another question.
    judged = replace(judged, features=np.empty((len(said), 0)), names=(), now=None)
    return _with_chance(judged, advice, spread, declaration)


def _with_chance(judged: Judged, advice: AdviceModel, spread: Array, declaration: ScenarioDeclaration) -> Judged:
    """The chances that would have been stated for the levers as they were moved, with the errors known when learnt."""
    record, aim = advice.record.latest(), declaration.aim
    if aim is None or not len(record.error):
        return judged
    bank = follow(record.anchor_ns, record.known_ns, record.error).bank
    if len(bank) < LEAST:
        return judged
    low, high = aim.target - aim.tolerance, aim.target + aim.tolerance
    chance = landing_probability(judged.value / spread, bank, low / spread, high / spread)
    return replace(judged, chance=chance, landed=(low <= judged.truth) & (judged.truth <= high))


def _judged(  # noqa: PLR0913, PLR0917 - what was said, what is known of such sayings, and where it stands
    asked: QuestionRows,
    said: Array,
    now: Record,
    record: Record,
    spread: Array,
    domain: Domain,
    names: Sequence[str],
    declaration: ScenarioDeclaration,
) -> Judged:
    x = asked.matrix(names)
    outside = domain.outside(x)
    inside = np.array([not why for why in outside], dtype=np.bool_)
    followed = corrected(said, spread, record, now, COVERAGES)
    calibrated = np.isfinite(followed.half_width[COVERAGES[0]])
    pieces = tuple(asked.table["piece"].to_list())
    return Judged(
        subject=pieces,
        anchor_ns=asked.instants("anchor_ns"),
        truth=asked.column("answer"),
        value=np.where(inside & calibrated, followed.value, np.nan),
        half_width=followed.half_width,
        why_abstained=_reasons(pieces, outside, calibrated),
        drift=followed.drift,
        unit=declaration.unit,
        tolerance=None if declaration.aim is None else declaration.aim.tolerance,
        features=x,
        names=tuple(names),
        now=asked.column("value"),
    )


def _reasons(
    pieces: Sequence[str], outside: Sequence[tuple[str, ...]], calibrated: NDArray[np.bool_]
) -> Mapping[str, tuple[str, ...]]:
    uncalibrated = ("fewer than 30 outcomes are known to calibrate on",)
    return {
        piece: why or uncalibrated
        for piece, why, known in zip(pieces, outside, calibrated, strict=True)
        if why or not known
    }
