"""Rows: every question of a snapshot with all its features, ready to learn from, to judge or to ask."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pilothouse.decision.view import Snapshot
from pilothouse.methods.estimate.estimator import Rows
from pilothouse.packs.declared.declaration import ScenarioDeclaration, TaskDeclaration
from pilothouse.packs.declared.features import feature_columns
from pilothouse.packs.declared.mechanism import Mechanism
from pilothouse.packs.declared.questions import (
    PATH,
    STANDING,
    TARGET,
    is_step,
    is_to_last,
    measurements,
    pairs,
    with_target,
)

Mask = NDArray[np.bool_]

LEAST_PIECES: Final = 20
"""A feature that says something on fewer pieces is not learnt from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRows:
    """Questions with their features.

    Parameters
    ----------
    table
        One row a question: ``piece, place, places, target_place, anchor_ns, target_ns, answer, finished_ns`` and all
        features by name.
    features
        Names of the feature columns.
    """

    table: pl.DataFrame
    features: tuple[str, ...]

    def filter(self, mask: Mask) -> "QuestionRows":
        """Some of the questions."""
        return QuestionRows(table=self.table.filter(pl.Series(mask)), features=self.features)

    def where(self, expression: pl.Expr) -> Mask:
        """Which questions an expression holds for."""
        return self.table.select(expression.alias("_"))["_"].to_numpy().astype(bool)

    def column(self, name: str) -> NDArray[np.float64]:
        """A column as float64, NaN where null."""
        return self.table[name].cast(pl.Float64).fill_null(np.nan).to_numpy()

    def instants(self, name: str) -> NDArray[np.int64]:
        """A column of instants."""
        return self.table[name].to_numpy()

    @property
    def change(self) -> NDArray[np.float64]:
        """Answer minus the value at the anchor."""
        return self.column("answer") - self.column("value")

    def matrix(self, names: Sequence[str]) -> NDArray[np.float64]:
        """Features (n, p), NaN where missing."""
        return np.column_stack([self.column(name) for name in names]) if names else np.empty((self.table.height, 0))


def recorded_rows(
    snapshot: Snapshot,
    declaration: ScenarioDeclaration,
    *,
    measured: pl.DataFrame | None = None,
    since_ns: int | None = None,
    only: Collection[str] | None = None,
) -> QuestionRows:
    """All questions whose answers are recorded.

    Parameters
    ----------
    snapshot, declaration
        Where from, and what is asked.
    measured
        The snapshot's :func:`measurements` where they are known already.
    since_ns
        Only of pieces that were finished after this instant.
    only
        Declared features that will be needed; by default all.
    """
    if measured is None:
        measured = measurements(snapshot.frames, declaration.result)
    if since_ns is not None:
        measured = measured.filter(pl.col("finished_ns") > since_ns)
    return _with_features(pairs(measured), snapshot, declaration, only)


def open_row(
    snapshot: Snapshot,
    declaration: ScenarioDeclaration,
    piece: str,
    *,
    measured: pl.DataFrame | None = None,
    only: Collection[str] | None = None,
) -> QuestionRows:
    """The open question of a piece: standing at its latest measurement; no row where it has none.

    ``measured`` and ``only`` are as in :func:`recorded_rows`.
    """
    if measured is None:
        measured = measurements(snapshot.frames, declaration.result)
    latest = measured.filter(pl.col("piece") == piece, pl.col("place") == pl.col("places") - 1)
    asked = latest.with_columns(
        pl.col("at_ns").alias("anchor_ns"),
        pl.col("at_ns").alias("target_ns"),
        pl.col("places").alias("target_place"),
        pl.lit(None, dtype=pl.Float64).alias("answer"),
    ).drop("at_ns")
    return _with_features(with_target(asked), snapshot, declaration, only)


def judged(rows: QuestionRows, task: TaskDeclaration) -> Mask:
    """The questions a task is judged on: from where it stands to the piece's last measurement."""
    stands = pl.col("place") == 0 if task.known == "first" else is_step()
    return rows.where(is_to_last() & stands)


def learnt(rows: QuestionRows, task: TaskDeclaration) -> Mask:
    """The questions a task learns from besides: all that end at the last measurement, or all steps."""
    return rows.where(is_to_last() if task.known == "first" else is_step())


def task_features(rows: QuestionRows, task: TaskDeclaration) -> tuple[str, ...]:
    """What a task may look at: standing at the first measurement there is no way that led there."""
    if task.known != "first":
        return rows.features
    return tuple(name for name in rows.features if name not in PATH and not name.endswith(".step"))


def told_features(rows: QuestionRows) -> tuple[str, ...]:
    """The features that say something on enough pieces to learn from."""
    names = np.array(rows.features)
    spoken = rows.table.group_by("piece").agg(
        ((pl.col(name).is_not_null()) & (pl.col(name) != 0.0)).any().alias(name) for name in rows.features
    )
    counts = np.array([int(spoken[name].sum()) for name in names])
    return tuple(names[counts >= min(LEAST_PIECES, max(spoken.height // 10, 1))].tolist())


def matching(names: Sequence[str], patterns: Sequence[str]) -> frozenset[str]:
    """The names that fit any of the patterns."""
    return frozenset(name for name in names if any(fnmatch(name, pattern) for pattern in patterns))


def usual_values(rows: QuestionRows) -> dict[str, float]:
    """The median of every feature; 0 where nothing is known of it."""
    medians = rows.table.select(pl.col(name).median().fill_null(0.0) for name in rows.features)
    return {name: float(medians[name][0]) for name in rows.features}


def estimator_rows(
    rows: QuestionRows, names: Sequence[str], mechanism: Mechanism | None, usual: Mapping[str, float]
) -> Rows:
    """The questions as an estimator takes them.

    Parameters
    ----------
    rows
        Questions.
    names
        Features to use.
    mechanism
        Known physics, or None.
    usual
        What the mechanism takes where a feature is missing, by name.
    """
    x = rows.matrix(names)
    if mechanism is None:
        return Rows(names=tuple(names), x=x, term_names=(), terms=np.empty((len(x), 0)))
    filled = {name: np.nan_to_num(rows.column(name), nan=usual[name]) for name in usual}
    term_names, terms = mechanism(filled)
    return Rows(names=tuple(names), x=x, term_names=term_names, terms=terms)


def _with_features(
    questions: pl.DataFrame, snapshot: Snapshot, declaration: ScenarioDeclaration, only: Collection[str] | None
) -> QuestionRows:
    wanted = [f for f in declaration.features if only is None or f.name in only]
    declared = feature_columns(questions, snapshot.frames, wanted)
    return QuestionRows(table=questions.hstack(declared), features=(*STANDING, *PATH, *TARGET, *declared.columns))
