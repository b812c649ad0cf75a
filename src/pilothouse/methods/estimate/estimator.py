"""The estimator: mechanism + learnt residual, averaged with a direct learner.

Two views of the same rows err differently: one learns the change of the result directly, the other learns what a
robustly fitted mechanism leaves over. Their mean is steadier than either. Without a mechanism the direct view stands
alone.

Notation: X (n, p) features with NaN where missing, M (n, m) mechanism terms, y (n,) change of the result.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import NotFittedError
from pilothouse.methods.estimate.terms import TermStrengths
from pilothouse.methods.estimate.trees import Trees, robust_spread

Array = NDArray[np.float64]

DIRECT_ROUNDS: Final = 500
RESIDUAL_ROUNDS: Final = 300
LEAST_ROWS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows to learn from or to predict.

    Parameters
    ----------
    names
        p feature names.
    x
        Features (n, p), NaN where missing.
    term_names
        m names of mechanism terms; empty where there is no mechanism.
    terms
        Mechanism terms (n, m), finite.
    """

    names: tuple[str, ...]
    x: Array
    term_names: tuple[str, ...]
    terms: Array

    def take(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> "Rows":
        """Some of the rows."""
        return Rows(names=self.names, x=self.x[which], term_names=self.term_names, terms=self.terms[which])


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimator:
    """A fitted estimator of the change of the result.

    Parameters
    ----------
    names, term_names
        The columns it was learnt on.
    direct, direct_columns
        The direct view, and which columns it looks at.
    strengths, residual
        The mechanism view; None where there is no mechanism.
    """

    names: tuple[str, ...]
    term_names: tuple[str, ...]
    direct: Trees
    direct_columns: NDArray[np.int64]
    strengths: TermStrengths | None
    residual: Trees | None

    @staticmethod
    def fit(
        rows: Rows,
        y: Array,
        weight: Array,
        judged: NDArray[np.bool_],
        *,
        seed: int,
        direct_without: Collection[str] = (),
    ) -> "Estimator":
        """Learn from rows.

        Parameters
        ----------
        rows
            Features and terms.
        y
            Change of the result (n,).
        weight
            Of each row (n,).
        judged
            Rows of the kind that will be asked (n,); the mechanism's strengths are fitted on them alone.
        seed
            Root seed of the learners.
        direct_without
            Features that the direct view does not look at.

        Raises
        ------
        NotFittedError
            If fewer than 40 rows of the kind that will be asked are given.
        """
        if judged.sum() < LEAST_ROWS:
            raise NotFittedError(
                f"expected at least {LEAST_ROWS} answered questions to learn from, got {int(judged.sum())}",
                hint="import more history, or learn up to a later instant",
            )
        columns = np.array([k for k, name in enumerate(rows.names) if name not in direct_without], dtype=np.int64)
        spread = robust_spread(y[judged])
        direct = Trees.fit(rows.x[:, columns], y, weight, rounds=DIRECT_ROUNDS, seed=seed, scale=spread)
        strengths, residual = None, None
        if rows.term_names:
            strengths = TermStrengths.fit(rows.term_names, rows.terms[judged], y[judged], weight[judged])
            known = strengths.predict(rows.terms)
            x = np.column_stack([rows.x, known])
            residual = Trees.fit(x, y - known, weight, rounds=RESIDUAL_ROUNDS, seed=seed + 1, scale=spread)
        return Estimator(
            names=rows.names,
            term_names=rows.term_names,
            direct=direct,
            direct_columns=columns,
            strengths=strengths,
            residual=residual,
        )

    def predict(self, rows: Rows) -> Array:
        """Change of the result (n,).

        Raises
        ------
        ValueError
            If the rows' columns are not those it was learnt on.
        """
        if rows.names != self.names or rows.term_names != self.term_names:
            raise ValueError("estimator: the rows' columns are not those it was learnt on")
        change = self.direct.predict(rows.x[:, self.direct_columns])
        if self.strengths is None or self.residual is None:
            return change
        known = self.strengths.predict(rows.terms)
        return (change + known + self.residual.predict(np.column_stack([rows.x, known]))) / 2.0

    def save(self, folder: Path) -> None:
        """Write it into a folder: trees as LightGBM text, the rest as JSON."""
        self.direct.save(folder, "direct")
        if self.residual is not None:
            self.residual.save(folder, "residual")
        description = {
            "names": list(self.names),
            "term_names": list(self.term_names),
            "direct_columns": self.direct_columns.tolist(),
            "strengths": None if self.strengths is None else self.strengths.to_json(),
        }
        (folder / "estimator.json").write_text(json.dumps(description), encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> "Estimator":
        """What :meth:`save` wrote."""
        description = json.loads((folder / "estimator.json").read_text(encoding="utf-8"))
        strengths = description["strengths"]
        return Estimator(
            names=tuple(description["names"]),
            term_names=tuple(description["term_names"]),
            direct=Trees.load(folder, "direct"),
            direct_columns=np.array(description["direct_columns"], dtype=np.int64),
            strengths=None if strengths is None else TermStrengths.from_json(strengths),
            residual=None if strengths is None else Trees.load(folder, "residual"),
        )


def column_medians(x: Array) -> Array:
    """Median of each column (p,) of what is not missing; NaN where more than half is missing."""
    medians = np.full(x.shape[1], np.nan)
    for k, column in enumerate(x.T):
        present = column[np.isfinite(column)]
        if 2 * len(present) > len(column):
            medians[k] = np.median(present)
    return medians
