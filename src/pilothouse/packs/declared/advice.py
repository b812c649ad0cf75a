"""Advice: how far the levers still have to go, from a measurement to the end of the piece.

``result = now + effect x levers + rest``. The effects are learnt on steps, where nobody could react; the rest (losses,
additions, waiting) from what is known at the anchor; its size of error from honest errors. So the advice does not
learn that heating is useless because operators heat what is cold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.methods.estimate.domain import Domain
from pilothouse.methods.estimate.effect import Effect, lever_effect
from pilothouse.methods.estimate.estimator import column_medians
from pilothouse.methods.estimate.record import Record
from pilothouse.methods.estimate.trees import Trees
from pilothouse.packs.declared.declaration import ScenarioDeclaration
from pilothouse.packs.declared.learning import back_test_blocks, record_of
from pilothouse.packs.declared.model import AdviceModel
from pilothouse.packs.declared.questions import PATH, STANDING, is_step, is_to_last
from pilothouse.packs.declared.rows import QuestionRows, told_features

Array = NDArray[np.float64]

REST_ROUNDS: Final = 300
SPREAD_ROUNDS: Final = 80
USUAL_ROUNDS: Final = 200
SPREAD_FOLDS: Final = 3
SUPPORTED: Final = (0.01, 0.99)
"""Quantiles of the recorded amounts between which the record supports a lever."""
LEAST_SPREAD: Final = 0.3
"""The expected error is held above this share of its median, so that no error is divided by next to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fitted:
    levers: tuple[str, ...]
    names: tuple[str, ...]
    effects: tuple[Effect, ...]
    rest: Trees

    def forecast(self, rows: QuestionRows) -> Array:
        return (
            rows.column("value")
            + _lever_part(rows, self.levers, self.effects)
            + self.rest.predict(rows.matrix(self.names))
        )


def learn_advice(
    rows: QuestionRows, declaration: ScenarioDeclaration, seed: int, previous: AdviceModel | None, since: Record | None
) -> AdviceModel:
    """Learn the advice.

    Parameters
    ----------
    rows
        All answered questions of finished pieces.
    declaration
        With at least one lever.
    seed
        Root seed.
    previous, since
        An earlier model and its honest errors on the pieces finished since; both None the first time.
    """
    fitted = _fit(rows, declaration, seed)
    to_last = rows.filter(rows.where(is_to_last()))
    known = to_last.matrix(fitted.names)
    amounts = [to_last.column(lever.feature) for lever in declaration.levers]
    ones = np.ones(len(known))
    if previous is None or since is None:
        spread_names = fitted.names
        spread, least, record = _back_test(rows, declaration, spread_names, seed)
    else:
        spread, spread_names, least = previous.spread, previous.spread_names, previous.least_spread
        record = previous.record + since
    return AdviceModel(
        names=fitted.names,
        levers=tuple(lever.key for lever in declaration.levers),
        effects=fitted.effects,
        rest=fitted.rest,
        spread=spread,
        spread_names=spread_names,
        least_spread=least,
        usual=tuple(Trees.fit(known, amount, ones, rounds=USUAL_ROUNDS, seed=seed) for amount in amounts),
        usual_row=column_medians(known),
        seen=tuple((float(low), float(high)) for low, high in (np.quantile(a, SUPPORTED) for a in amounts)),
        domain=Domain.fit(known, fitted.names),
        record=record,
    )


def centre(advice: AdviceModel, rows: QuestionRows) -> Array:
    """Uncorrected forecast of the result with nothing done to the levers (n,)."""
    return rows.column("value") + advice.rest.predict(rows.matrix(advice.names))


def expected_error(advice: AdviceModel, rows: QuestionRows) -> Array:
    """The expected size of the error (n,)."""
    return np.maximum(advice.spread.predict(rows.matrix(advice.spread_names)), advice.least_spread)


def usual_amounts(advice: AdviceModel, rows: QuestionRows) -> dict[str, Array]:
    """What the plant's usual practice would still do, by lever (n,)."""
    known = rows.matrix(advice.names)
    return {
        lever: np.clip(usual.predict(known), low, high)
        for lever, usual, (low, high) in zip(advice.levers, advice.usual, advice.seen, strict=True)
    }


def honest_errors(advice: AdviceModel, rows: QuestionRows, features: Mapping[str, str]) -> Record:
    """Errors of the forecasts of all questions that end at the last measurement, with the levers as they were moved.

    Parameters
    ----------
    advice
        A model that has not learnt these questions.
    rows
        Answered questions.
    features
        The feature of each lever.
    """
    to_last = rows.filter(rows.where(is_to_last()))
    levers = [features[lever] for lever in advice.levers]
    said = centre(advice, to_last) + _lever_part(to_last, levers, advice.effects)
    return record_of(to_last, (to_last.column("answer") - said) / expected_error(advice, to_last))


def _fit(
    rows: QuestionRows, declaration: ScenarioDeclaration, seed: int, effects: tuple[Effect, ...] | None = None
) -> _Fitted:
    """Fit effects and rest; with effects that were learnt before, the rest alone."""
    told = set(told_features(rows))
    seen_before = {f.name for f in declaration.features if f.over.side in {"before", "step"}} | {*STANDING, *PATH}
    names = tuple(name for name in rows.features if name in told and name in seen_before)
    if effects is None:
        effects = _effects(rows, declaration, names, seed)
    features = tuple(lever.feature for lever in declaration.levers)
    to_last = rows.filter(rows.where(is_to_last()))
    left = to_last.change - _lever_part(to_last, features, effects)
    rest = Trees.fit(to_last.matrix(names), left, np.ones(len(left)), rounds=REST_ROUNDS, seed=seed)
    return _Fitted(levers=features, names=names, effects=effects, rest=rest)


def _effects(
    rows: QuestionRows, declaration: ScenarioDeclaration, names: Sequence[str], seed: int
) -> tuple[Effect, ...]:
    steps = rows.filter(rows.where(is_step()))
    number = np.unique(steps.table["piece"].to_numpy(), return_inverse=True)[1]
    rng = np.random.default_rng(seed)
    return tuple(
        lever_effect(steps.column(lever.feature), steps.matrix([*names, *lever.given]), steps.change, number, rng)
        for lever in declaration.levers
    )


def _back_test(
    rows: QuestionRows, declaration: ScenarioDeclaration, names: Sequence[str], seed: int
) -> tuple[Trees, float, Record]:
    """The expected size of the error, the least of it, and honest errors in units of it.

    No piece's own error sets its unit.
    """
    known, sizes, records = [], [], Record.empty()
    effects: tuple[Effect, ...] | None = None
    for before, block in back_test_blocks(rows):
        to_last = block.filter(block.where(is_to_last()))
        # The effects of the first block serve all: they knew none of them, and learning them is the dear part.
        fitted = _fit(before, declaration, seed, effects)
        effects = fitted.effects
        error = to_last.column("answer") - fitted.forecast(to_last)
        known.append(to_last.matrix(names))
        sizes.append(np.abs(error))
        records += record_of(to_last, error)
    x, size = np.vstack(known), np.concatenate(sizes)
    numbers = np.unique(np.array(records.piece), return_inverse=True)[1]
    fold = np.random.default_rng(seed).integers(0, SPREAD_FOLDS, numbers.max() + 1)[numbers]
    expected = np.empty(len(size))
    for k in range(SPREAD_FOLDS):
        expected[fold == k] = _spread(x[fold != k], size[fold != k], seed).predict(x[fold == k])
    least = LEAST_SPREAD * max(float(np.median(expected)), 1e-9)
    return _spread(x, size, seed), least, replace(records, error=records.error / np.maximum(expected, least))


def _spread(x: Array, size: Array, seed: int) -> Trees:
    return Trees.fit(x, size, np.ones(len(size)), rounds=SPREAD_ROUNDS, seed=seed)


def _lever_part(rows: QuestionRows, features: Sequence[str], effects: Sequence[Effect]) -> Array:
    part = np.zeros(rows.table.height)
    for feature, effect in zip(features, effects, strict=True):
        part += effect.per_unit * rows.column(feature)
    return part
