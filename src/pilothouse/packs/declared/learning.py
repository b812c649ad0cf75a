"""Learning of a declared scenario: estimators for its tasks, and the record of honest errors.

Calibration needs errors of forecasts by models that had not learnt the answer. The first time they come from a
back-test: the last third of the record is forecast in blocks, each by a model of what was known before it. From then
on they come free: what the previous model said of the pieces finished since.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pilothouse.methods.estimate.domain import Domain
from pilothouse.methods.estimate.estimator import Estimator
from pilothouse.methods.estimate.record import Record
from pilothouse.packs.declared.declaration import TaskDeclaration
from pilothouse.packs.declared.mechanism import Mechanism
from pilothouse.packs.declared.model import TaskModel
from pilothouse.packs.declared.rows import (
    QuestionRows,
    estimator_rows,
    judged,
    learnt,
    matching,
    task_features,
    told_features,
    usual_values,
)

OTHER_WEIGHT: Final = 0.15
"""Weight of questions that are not of the kind a task is judged on."""
BACK_TEST_SHARE: Final = 0.35
BACK_TEST_BLOCKS: Final = 3
STRAGGLERS: Final = 0.2
"""Greatest share of a block's pieces that may have begun before it."""


def fit_task(
    rows: QuestionRows, task: TaskDeclaration, mechanism: Mechanism | None, seed: int
) -> tuple[Estimator, Domain]:
    """Fit one task's estimator, and what it has seen, on answered questions."""
    asked = judged(rows, task)
    used = asked | learnt(rows, task)
    told = set(told_features(rows))
    names = [name for name in task_features(rows, task) if name in told]
    usual = usual_values(rows)
    columns = estimator_rows(rows.filter(used), names, mechanism, usual)
    asked = asked[used]
    estimator = Estimator.fit(
        columns,
        rows.change[used],
        np.where(asked, 1.0, OTHER_WEIGHT),
        asked,
        seed=seed,
        direct_without=matching(names, task.direct_without),
    )
    return estimator, Domain.fit(columns.x[asked], names)


def forecast(
    estimator: Estimator, rows: QuestionRows, mechanism: Mechanism | None, usual: Mapping[str, float]
) -> NDArray[np.float64]:
    """Uncorrected forecasts of the answers (n,)."""
    return rows.column("value") + estimator.predict(estimator_rows(rows, estimator.names, mechanism, usual))


def record_of(rows: QuestionRows, error: NDArray[np.float64]) -> Record:
    """Errors of forecasts of these questions, as a record."""
    return Record(
        piece=tuple(rows.table["piece"].to_list()),
        anchor_ns=rows.instants("anchor_ns"),
        known_ns=rows.instants("finished_ns"),
        error=error,
    )


def learn_task(
    rows: QuestionRows, task: TaskDeclaration, mechanism: Mechanism | None, seed: int, record: Record | None
) -> TaskModel:
    """Learn one task; with the record of an earlier model, or by back-test where there is none."""
    if record is None:
        record = Record.empty()
        for before, block in back_test_blocks(rows):
            asked = block.filter(judged(block, task))
            estimator, _ = fit_task(before, task, mechanism, seed)
            said = forecast(estimator, asked, mechanism, usual_values(before))
            record += record_of(asked, asked.column("answer") - said)
    estimator, domain = fit_task(rows, task, mechanism, seed)
    return TaskModel(estimator=estimator, domain=domain, record=record)


def back_test_blocks(rows: QuestionRows) -> list[tuple[QuestionRows, QuestionRows]]:
    """Pairs (what was known before, the block to forecast), in order of time.

    A piece that ran on beside many others is asked about only from where the block begins, so that one straggler does
    not take from its block everything there was to learn from.
    """
    pieces = rows.table.group_by("piece").agg(pl.col("finished_ns").min(), pl.col("anchor_ns").min().alias("first_ns"))
    pieces = pieces.sort("finished_ns", "piece")
    edges = np.linspace(int(pieces.height * (1 - BACK_TEST_SHARE)), pieces.height, BACK_TEST_BLOCKS + 1).astype(int)
    blocks = []
    for start, end in pairwise(edges.tolist()):
        block = pieces[start:end]
        if not start or block.is_empty():
            continue
        latest_ns = np.quantile(block["first_ns"].to_numpy(), STRAGGLERS, method="lower")
        cut_ns = min(pieces["finished_ns"][start - 1], int(latest_ns))
        before = rows.filter(rows.instants("finished_ns") <= cut_ns)
        asked = rows.filter(rows.table["piece"].is_in(block["piece"].implode()).to_numpy())
        blocks.append((before, asked.filter(asked.instants("anchor_ns") >= cut_ns)))
    return blocks


def ripe(rows: QuestionRows, as_of_ns: int) -> QuestionRows:
    """The questions of pieces that were clearly finished at an instant."""
    return rows.filter(rows.instants("finished_ns") <= as_of_ns)


def finished_since(rows: QuestionRows, since_ns: int) -> QuestionRows:
    """The questions asked from an instant on, of pieces that a model of that instant had not learnt.

    What was asked before it is left out: of a piece that went on after it had seemed finished, or whose value was
    corrected later, the model may have learnt an answer.
    """
    return rows.filter((rows.instants("finished_ns") > since_ns) & (rows.instants("anchor_ns") >= since_ns))


def pieces_of(rows: QuestionRows, pieces: Sequence[str]) -> QuestionRows:
    """The questions of some pieces."""
    return rows.filter(rows.table["piece"].is_in(list(pieces)).to_numpy())
