"""Reasons: the facts that moved one prediction most, verified by predicting again without them.

The effect of a fact is the prediction less the prediction with that fact replaced by what is usual. Effects of single
facts need not add up, so the kept ones are replaced together as well: their joint effect must be near the sum of the
single ones and point the same way. Facts that only act with or against each other are kept apart and named.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from pilothouse.methods.estimate.coordinate import Vector

Predict = Callable[[Vector], Vector]
"""From rows (n, p) to predictions (n,)."""

SLACK: Final = 0.5  # how far the joint effect may be from the sum, in shares of the single effects without their signs


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedFact:
    """One fact and what it does to the prediction.

    Parameters
    ----------
    name
        Name of its group of features.
    effect
        Prediction less prediction with this fact as usual, in the result's unit.
    """

    name: str
    effect: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a prediction is what it is.

    Parameters
    ----------
    prediction
        Of the row as it is.
    facts
        Verified, strongest first.
    joint
        Prediction less prediction with all of ``facts`` as usual at once.
    entangled
        Facts above the floor that were not kept, strongest first: together with the kept ones they do something else
        than their single effects say.
    """

    prediction: float
    facts: tuple[VerifiedFact, ...]
    joint: float
    entangled: tuple[VerifiedFact, ...]

    @property
    def additive(self) -> bool:
        """Whether the single effects tell the whole story."""
        return not self.entangled


def verified_reasons(
    predict: Predict,
    row: Vector,
    usual: Vector,
    groups: Mapping[str, Sequence[int]],
    *,
    floor: float,
    at_most: int = 5,
) -> Explanation:
    """The strongest facts behind one prediction.

    Parameters
    ----------
    predict
        The model; called twice, with all single replacements and with all joint ones.
    row
        What is known (p,); NaN is missing.
    usual
        What each feature usually is (p,), such as the medians of training; NaN where it usually is missing.
    groups
        Features (column indices) of one fact, by its name.
    floor
        An effect must be above it, in the result's unit.
    at_most
        How many facts a person will read.

    Raises
    ------
    ValueError
        If ``row`` and ``usual`` are not of one length, a group has an index outside, or the floor is negative.

    Examples
    --------
    >>> explained = verified_reasons(lambda x: 3 * x[:, 0] - x[:, 1] + 0 * x[:, 2], np.array([2.0, 1.0, 9.0]),
    ...                              np.zeros(3), {"energy": [0], "lime": [1], "shift": [2]}, floor=0.1)
    >>> [(fact.name, fact.effect) for fact in explained.facts], explained.joint
    ([('energy', 6.0), ('lime', -1.0)], 5.0)
    """
    _check(row, usual, groups, floor)
    columns = {name: np.asarray(group, dtype=np.intp) for name, group in groups.items()}
    names = [name for name, chosen in columns.items() if not np.array_equal(row[chosen], usual[chosen], equal_nan=True)]
    predictions = predict(_with_usual(row, usual, [[], *(columns[name] for name in names)]))
    prediction = float(predictions[0])
    effects = [VerifiedFact(name=n, effect=prediction - float(p)) for n, p in zip(names, predictions[1:], strict=True)]
    # Sorted by name after strength, so that equal effects always come in one order.
    strong = sorted((fact for fact in effects if abs(fact.effect) > floor), key=lambda f: (-abs(f.effect), f.name))
    found = tuple(strong[:at_most])
    if not found:
        return Explanation(prediction=prediction, facts=(), joint=0.0, entangled=())
    prefixes = [np.concatenate([columns[fact.name] for fact in found[: k + 1]]) for k in range(len(found))]
    joints = prediction - predict(_with_usual(row, usual, prefixes))
    # One fact alone always agrees with itself, so there is a longest run that holds.
    kept = max(k for k in range(1, len(found) + 1) if _agrees(found[:k], float(joints[k - 1]), floor))
    return Explanation(prediction=prediction, facts=found[:kept], joint=float(joints[kept - 1]), entangled=found[kept:])


def _with_usual(row: Vector, usual: Vector, replaced: Sequence[Sequence[int] | np.ndarray]) -> Vector:
    """The row once for each set of columns (k, p), with those as usual."""
    rows = np.tile(row, (len(replaced), 1))
    for place, columns in enumerate(replaced):
        chosen = np.asarray(columns, dtype=np.intp)
        rows[place, chosen] = usual[chosen]
    return rows


def _agrees(facts: Sequence[VerifiedFact], joint: float, floor: float) -> bool:
    """Whether the joint effect is near the sum of the single ones and points the same way."""
    total = sum(fact.effect for fact in facts)
    near = abs(joint - total) <= SLACK * sum(abs(fact.effect) for fact in facts)
    # Effects that cancel out have no direction to keep.
    return near and (abs(total) <= floor or joint * total > 0.0)


def _check(row: Vector, usual: Vector, groups: Mapping[str, Sequence[int]], floor: float) -> None:
    """Misuse is told at once."""
    if row.ndim != 1 or row.shape != usual.shape:
        raise ValueError(f"reasons: expected row and usual of one shape (p,), got {row.shape} and {usual.shape}")
    for name, columns in groups.items():
        if any(not 0 <= column < row.size for column in columns):
            raise ValueError(f"reasons: group {name!r} has columns {list(columns)}, expected 0 to {row.size - 1}")
    if floor < 0.0:
        raise ValueError(f"reasons: expected a floor of 0 or more, got {floor:g}")
