"""Boosted trees: the default learner of what no mechanism explains. The only importer of LightGBM for learning.

The Fair loss (c²·(|x|/c - ln(1 + |x|/c))) weighs large errors almost linearly and boosting starts at the median, so
faulty readings do not bend the model; c is a fifth of the robust spread of what is learnt, whatever its unit. Small
leaves and many shrunken rounds keep it calm on a few thousand rows; a few seeds are averaged.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEARNER: Final[Mapping[str, object]] = {
    "objective": "fair",
    "fair_c": 3.0,
    "boost_from_average": False,
    "learning_rate": 0.04,
    "num_leaves": 8,
    "min_child_samples": 15,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "verbosity": -1,
    "deterministic": True,
    "force_col_wise": True,
}
FAIR: Final = 0.2  # c in robust spreads of y
THREADS: Final = 1
SEEDS: Final = 2


@dataclass(frozen=True, slots=True)
class Trees:
    """A fitted average of boosted tree ensembles.

    Parameters
    ----------
    boosters
        One a seed.
    scale
        What one unit of their predictions is worth in units of y.
    centre
        Where boosting started: the median of y.
    """

    boosters: tuple[lgb.Booster, ...]
    scale: float
    centre: float

    @staticmethod
    def fit(  # noqa: PLR0913 - the rows, and how to learn them
        x: Array,
        y: Array,
        weight: Array,
        *,
        rounds: int,
        seed: int,
        scale: float | None = None,
        ensembles: int = SEEDS,
    ) -> "Trees":
        """Learn y (n,) from x (n, p; NaN = missing) with row weights (n,).

        Parameters
        ----------
        x, y, weight
            The rows.
        rounds
            Trees per ensemble.
        seed
            Root of the ensembles' seeds.
        scale
            Robust spread that the loss goes by; by default that of y.
        ensembles
            How many are averaged, each with a seed of its own.
        """
        scale = (robust_spread(y) if scale is None else scale) * FAIR / float(str(LEARNER["fair_c"]))
        centre = float(np.median(y))
        data = lgb.Dataset(_with_a_column(x), (y - centre) / scale, weight=weight, free_raw_data=False)
        settings = {**LEARNER, "num_threads": THREADS}
        seeds = [(seed * SEEDS + k) % 2**31 for k in range(ensembles)]
        boosters = tuple(lgb.train({**settings, "seed": s}, data, rounds) for s in seeds)
        return Trees(boosters, scale, centre)

    def predict(self, x: Array) -> Array:
        """The average prediction (n,)."""
        total = np.zeros(len(x))
        for booster in self.boosters if len(x) else ():  # LightGBM takes no empty table
            total += booster.predict(_with_a_column(x), num_threads=1)
        return self.centre + total * (self.scale / len(self.boosters))

    def save(self, folder: Path, name: str) -> None:
        """Write each ensemble as LightGBM's text format, and the scale."""
        head = {"scale": self.scale, "centre": self.centre, "boosters": len(self.boosters)}
        (folder / f"{name}.json").write_text(json.dumps(head), encoding="utf-8")
        for k, booster in enumerate(self.boosters):
            booster.save_model(folder / f"{name}-{k}.txt")

    @staticmethod
    def load(folder: Path, name: str) -> "Trees":
        """What :meth:`save` wrote."""
        head = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        files = [folder / f"{name}-{k}.txt" for k in range(head["boosters"])]
        return Trees(tuple(lgb.Booster(model_file=file) for file in files), head["scale"], head["centre"])


def _with_a_column(x: Array) -> Array:
    """The rows; where there is nothing to look at, a column that says nothing, for LightGBM takes no less."""
    return x if x.shape[1] else np.zeros((len(x), 1))


def robust_spread(values: Array) -> float:
    """1.4826 times the median distance to the median: the standard deviation of normal values; never 0."""
    distance = np.abs(values - np.median(values))
    return float(1.4826 * np.median(distance)) or float(distance.mean()) or 1.0
