"""What the moves of each recipe were worth, by the effects that were learnt: a model-based estimate, labelled so.

Costs of a piece without a recipe's moves less its costs with them, in the mean over pieces. Effects are drawn from what
is believed of them, so the interval carries how well they are known; that they were learnt on pieces drawn by chance is
what makes them effects.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.decision.steering import Case
from pilothouse.methods.estimate.posterior import Posterior
from pilothouse.packs.steel.recipes.model import RecipeModel

Array = NDArray[np.float64]

DRAWS: Final = 40


def worth_by_recipe(
    model: RecipeModel, cases: Sequence[Case], rng: np.random.Generator
) -> dict[str, tuple[float, float, float]]:
    """By segment: mean EUR/t, and its 95 % interval."""
    levers = model.book.levers
    done = {
        kind: np.array([[case.done.get(lever.key, 0.0) for lever in levers] for case in cases if case.kind == kind])
        for kind in sorted({case.kind for case in cases} & model.centres.keys())
    }
    drawn = [_drawn(model, rng) for _ in range(DRAWS)]
    told: dict[str, tuple[float, float, float]] = {}
    for segment in model.book.segments:
        own = np.array([lever.segment == segment for lever in levers])
        means = np.array([_saved(one, done, own) for one in drawn])
        low, high = np.quantile(means, [0.025, 0.975])
        told[segment] = (_saved(model, done, own), float(low), float(high))
    return told


def _saved(model: RecipeModel, done: dict[str, Array], own: NDArray[np.bool_]) -> float:
    saved = [
        model.costs(kind).of(np.where(own, 0.0, moved)) - model.costs(kind).of(moved) for kind, moved in done.items()
    ]
    return float(np.mean(np.concatenate(saved))) if saved else 0.0


def _drawn(model: RecipeModel, rng: np.random.Generator) -> RecipeModel:
    """The model with effects that may as well be true."""
    return replace(
        model,
        planned={key: replace(line, posterior=_draw(line.posterior, rng)) for key, line in model.planned.items()},
        odds={key: replace(odds, posterior=_draw(odds.posterior, rng)) for key, odds in model.odds.items()},
    )


def _draw(posterior: Posterior, rng: np.random.Generator) -> Posterior:
    values, vectors = np.linalg.eigh(posterior.covariance)
    off = vectors @ (np.sqrt(np.maximum(values, 0.0)) * rng.standard_normal(len(values)))
    return replace(posterior, mean=posterior.mean + off)
