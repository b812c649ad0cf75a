"""What is learnt of one standing: a base, what that leaves over, and how far off it was.

Results are foretold in logarithms, for 1 % is 1 % in every grade::

    log(result) = base + rest

The base is :mod:`.basis`'s; the rest is learnt from all that is looked at. Where an analyser on the line tells the
result roughly, the forecast is corrected by it (:mod:`pilothouse.methods.estimate.analyser`). A piece of which much had
to be mended has a wider interval; how much wider, the record of honest errors says.
"""

import json
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pilothouse.errors import NotFittedError
from pilothouse.methods.estimate.alike import Alike
from pilothouse.methods.estimate.analyser import AnalyserLine, Differences
from pilothouse.methods.estimate.domain import Domain
from pilothouse.methods.estimate.estimator import LEAST_ROWS, Estimator
from pilothouse.methods.estimate.record import Record
from pilothouse.methods.estimate.trees import robust_spread
from pilothouse.packs.steel.basis import Base
from pilothouse.packs.steel.declaration import Standing, VirtualTest
from pilothouse.packs.steel.route import Standings

Array = NDArray[np.float64]

BACK_TEST_SHARE: Final = 0.4
BACK_TEST_BLOCKS: Final = 3
MENDED: Final = (0, 1, 3)
"""So many mended values or more: classes of pieces, each with its own size of error."""
LEAST_OF_CLASS: Final = 40
"""Honest errors below which a class is taken to be like the one before."""
MOST_MENDED: Final = 1 / 3
"""Share of the values looked at; where more is missing, there is no forecast."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StandingModel:
    """What was learnt of one standing.

    Parameters
    ----------
    base
        How a piece comes to its base.
    estimator
        Of the rest.
    domain
        What was seen, mended.
    analyser
        The parameter that tells the result on the line; empty where none does.
    line, honest
        How it corrects a forecast, and the honest differences it was learnt from and goes on from; None, and none,
        where there is no analyser, or too little is known of it.
    widths
        Size of the error by class of :data:`MENDED`, in that of the first.
    record
        Honest errors, in those sizes.
    """

    base: Base
    estimator: Estimator
    domain: Domain
    analyser: str
    line: AnalyserLine | None
    honest: Differences
    widths: tuple[float, ...]
    record: Record

    @staticmethod
    def learn(
        test: VirtualTest,
        standing: Standing,
        answered: Standings,
        seed: int,
        earlier: tuple["StandingModel", int] | None,
    ) -> "StandingModel":
        """Learn one standing.

        Parameters
        ----------
        test, standing
            What is foretold, and where.
        answered
            Pieces whose test is known.
        seed
            Root seed.
        earlier
            An earlier model and its instant: what it says of pieces that came there since is its honest record.

        Raises
        ------
        NotFittedError
            If too few pieces are tested.
        """
        if answered.table.height < 2 * LEAST_ROWS:
            raise NotFittedError(
                f"{standing.title}: expected at least {2 * LEAST_ROWS} tested pieces, got {answered.table.height}",
                hint="import more history, or learn up to a later instant",
            )
        fitted = StandingModel._fit(test, standing, answered, seed)
        if earlier is not None:
            model, since_ns = earlier
            later = model.forecast(answered.where(pl.col("anchor_ns") >= since_ns))
            fitted = replace(fitted, widths=model.widths, record=model.record + later.record)
            return _with_line(fitted, model.honest + later.differences)
        told = [
            StandingModel._fit(test, standing, before, seed).forecast(block)
            for before, block in _back_test_blocks(answered)
        ]
        record = sum((one.record for one in told), Record.empty())
        fitted = _with_line(fitted, sum((one.differences for one in told), Differences.empty()))
        error = record.error if fitted.line is None else record.error - fitted.line.correction(fitted.honest)
        classes = np.concatenate([np.empty(0, np.int64), *(one.classes for one in told)])
        widths = _widths(error, classes)
        return replace(fitted, widths=widths, record=replace(record, error=error / np.array(widths)[classes]))

    @staticmethod
    def _fit(test: VirtualTest, standing: Standing, answered: Standings, seed: int) -> "StandingModel":
        base = Base.fit(test, standing, answered)
        based = base.of(answered.values)
        every = np.ones(len(based.base))
        rest = np.log(answered.answer) - based.base
        return StandingModel(
            base=base,
            estimator=Estimator.fit(based.rows, rest, every, every > 0.0, seed=seed),
            domain=Domain.fit(based.mended, base.names),
            analyser=standing.analyser,
            line=None,
            honest=Differences.empty(),
            widths=(1.0,) * len(MENDED),
            record=Record.empty(),
        )

    def forecast(self, standing: Standings) -> "Foretold":
        """What is said of pieces, each from what was known before its anchor."""
        based = self.base.of(standing.values)
        said = based.base + self.estimator.predict(based.rows)
        differences = self._differences(standing, said)
        if self.line is not None:
            said = said + self.line.correction(self.honest + differences)[len(self.honest.error) :]
        classes = _class_of(based.replaced)
        width = np.array(self.widths)[classes]
        p = len(self.base.names)
        why = tuple(
            (f"{mended} of {p} parameters are missing or wild",) if mended > MOST_MENDED * p else words
            for mended, words in zip(based.replaced.tolist(), self.domain.outside(based.mended), strict=True)
        )
        record = Record(
            piece=standing.pieces,
            anchor_ns=standing.anchor_ns,
            known_ns=standing.answered_ns,
            error=(np.log(standing.answer) - said) / width,
        )
        return Foretold(said=said, width=width, why=why, record=record, differences=differences, classes=classes)

    def _differences(self, standing: Standings, said: Array) -> Differences:
        """What the analyser and the test tell beside these forecasts; none where there is no analyser."""
        if not self.analyser:
            return Differences.empty()
        reading = standing.values[:, standing.names.index(self.analyser)]
        return Differences(
            origin=standing.origins,
            anchor_ns=standing.anchor_ns,
            known_ns=standing.answered_ns,
            reading=np.log(np.where(reading > 0.0, reading, np.nan)) - said,
            error=np.log(standing.answer) - said,
        )

    def save(self, folder: Path) -> None:
        """Write it into a new folder: LightGBM text, NumPy arrays and JSON; no pickle."""
        folder.mkdir(parents=True)
        self.estimator.save(folder)
        arrays = {"logged": self.base.logged.astype(np.float64), "told": self.base.told, **self.base.alike.save()}
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", array, allow_pickle=False)
        head = {
            "names": list(self.base.names),
            "strip": dict(self.base.strip),
            "analyser": self.analyser,
            "line": None if self.line is None else self.line.to_json(),
            "honest": self.honest.to_json(),
            "widths": list(self.widths),
            "domain": self.domain.to_dict(),
            "record": self.record.to_json(),
        }
        (folder / "standing.json").write_text(json.dumps(head, allow_nan=False), encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> "StandingModel":
        """What :meth:`save` wrote."""
        head = json.loads((folder / "standing.json").read_text(encoding="utf-8"))
        arrays = {file.stem: np.load(file, allow_pickle=False) for file in folder.glob("*.npy")}
        base = Base(
            names=tuple(head["names"]),
            logged=arrays["logged"] > 0.0,
            strip=head["strip"],
            alike=Alike.load(arrays),
            told=arrays["told"],
        )
        return StandingModel(
            base=base,
            estimator=Estimator.load(folder),
            domain=Domain.from_dict(head["domain"]),
            analyser=head["analyser"],
            line=None if head["line"] is None else AnalyserLine.from_json(head["line"]),
            honest=Differences.from_json(head["honest"]),
            widths=tuple(head["widths"]),
            record=Record.from_json(head["record"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Foretold:
    """What a standing's model says of pieces.

    Parameters
    ----------
    said
        Logarithm of the result (n,).
    width
        Expected size of its error (n,), the unit of the record.
    why
        Why there is no forecast (n,); nothing where there is one.
    record
        What it was off by, in sizes; NaN where no test is known. Honest where the answers were not learnt.
    differences
        What analyser and test tell beside the forecast before the analyser had its say; none without an analyser.
    classes
        Place in :data:`MENDED` of each (n,).
    """

    said: Array
    width: Array
    why: tuple[tuple[str, ...], ...]
    record: Record
    differences: Differences
    classes: NDArray[np.int64]


def _back_test_blocks(answered: Standings) -> list[tuple[Standings, Standings]]:
    """Pairs (tested before, came to stand there after), in order of time."""
    anchors = answered.anchor_ns
    edges = np.quantile(anchors, np.linspace(1.0 - BACK_TEST_SHARE, 1.0, BACK_TEST_BLOCKS + 1), method="lower")
    blocks = []
    for start, end in pairwise(edges.astype(np.int64).tolist()):
        before = answered.where(pl.col("answered_ns") < start)
        block = answered.where((pl.col("anchor_ns") >= start) & (pl.col("anchor_ns") < end))
        if before.table.height >= LEAST_ROWS and block.table.height:
            blocks.append((before, block))
    return blocks


def _with_line(model: StandingModel, honest: Differences) -> StandingModel:
    return replace(model, line=AnalyserLine.fit(honest) if model.analyser else None, honest=honest)


def _class_of(replaced: NDArray[np.int64]) -> NDArray[np.int64]:
    found: NDArray[np.int64] = np.searchsorted(np.array(MENDED), replaced, side="right") - 1
    return found


def _widths(error: Array, classes: NDArray[np.int64]) -> tuple[float, ...]:
    """Size of the error of each class over that of the first, never narrower than the class before."""
    widths = [1.0]
    first = error[classes == 0]
    unit = robust_spread(first) if len(first) >= LEAST_OF_CLASS else np.inf
    for k in range(1, len(MENDED)):
        mine = error[classes == k]
        width = robust_spread(mine) / unit if len(mine) >= LEAST_OF_CLASS else widths[-1]
        widths.append(max(width, widths[-1]))
    return tuple(widths)
