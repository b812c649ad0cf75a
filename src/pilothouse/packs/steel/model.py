"""What a virtual test learnt: at each standing a base, and what that leaves over.

Results are foretold in logarithms, for 1 % is 1 % in every grade::

    log(result) = base + rest

The base is :mod:`.basis`'s; the rest is learnt from all that is looked at. A piece of which much had to be mended has a
wider interval; how much wider, the record of honest errors says.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pilothouse.errors import NotFittedError, SchemaDriftError
from pilothouse.methods.estimate.alike import Alike
from pilothouse.methods.estimate.domain import Domain
from pilothouse.methods.estimate.estimator import LEAST_ROWS, Estimator
from pilothouse.methods.estimate.record import Record
from pilothouse.methods.estimate.trees import robust_spread
from pilothouse.packs.steel.basis import Base
from pilothouse.packs.steel.declaration import Standing, VirtualTest
from pilothouse.packs.steel.route import Standings

Array = NDArray[np.float64]

SCHEMA: Final = 1
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
    widths
        Size of the error by class of :data:`MENDED`, in that of the first.
    record
        Honest errors, in those sizes.
    """

    base: Base
    estimator: Estimator
    domain: Domain
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
            record = model.record + model.errors(answered.where(pl.col("anchor_ns") >= since_ns))
            return replace(fitted, widths=model.widths, record=record)
        record, classes = Record.empty(), np.empty(0, np.int64)
        for before, block in _back_test_blocks(answered):
            honest = StandingModel._fit(test, standing, before, seed)
            record += honest.errors(block)
            classes = np.append(classes, _class_of(honest.base.of(block.values).replaced))
        widths = _widths(record.error, classes)
        return replace(fitted, widths=widths, record=replace(record, error=record.error / np.array(widths)[classes]))

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
            widths=(1.0,) * len(MENDED),
            record=Record.empty(),
        )

    def forecast(self, standing: Standings) -> tuple[Array, Array, tuple[tuple[str, ...], ...]]:
        """Logarithm of the result (n,), expected size of its error (n,), and why there is no forecast (n,)."""
        based = self.base.of(standing.values)
        said = based.base + self.estimator.predict(based.rows)
        width = np.array(self.widths)[_class_of(based.replaced)]
        p = len(self.base.names)
        outside = self.domain.outside(based.mended)
        why = tuple(
            (f"{mended} of {p} parameters are missing or wild",) if mended > MOST_MENDED * p else words
            for mended, words in zip(based.replaced.tolist(), outside, strict=True)
        )
        return said, width, why

    def errors(self, standing: Standings) -> Record:
        """What this model, which had not learnt these answers, was off by, in sizes; NaN where none is known yet."""
        said, width, _ = self.forecast(standing)
        return Record(
            piece=standing.pieces,
            anchor_ns=standing.anchor_ns,
            known_ns=standing.answered_ns,
            error=(np.log(standing.answer) - said) / width,
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
            widths=tuple(head["widths"]),
            record=Record.from_json(head["record"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VirtualTestModel:
    """A versioned model of a virtual test.

    Parameters
    ----------
    scenario
        Whose.
    version
        Changes when anything in it changes.
    declared
        Fingerprint of what was declared to be learnt.
    as_of_ns
        Nothing known later was learnt.
    pieces
        How many tested pieces it learnt from.
    standings
        By key.
    """

    scenario: str
    version: str
    declared: str
    as_of_ns: int
    pieces: int
    standings: Mapping[str, StandingModel]

    def save(self, folder: Path) -> None:
        """Write it into a new folder."""
        folder.mkdir(parents=True)
        for key, model in self.standings.items():
            model.save(folder / "standings" / key)
        head = {
            "schema": SCHEMA,
            "scenario": self.scenario,
            "version": self.version,
            "declared": self.declared,
            "as_of_ns": self.as_of_ns,
            "pieces": self.pieces,
            "standings": list(self.standings),
        }
        (folder / "model.json").write_text(json.dumps(head), encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> "VirtualTestModel":
        """What :meth:`save` wrote.

        Raises
        ------
        SchemaDriftError
            If it was written by another version.
        """
        head = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        if head["schema"] != SCHEMA:
            raise SchemaDriftError(
                f"model: expected schema {SCHEMA}, got {head['schema']}",
                hint="learn again, or upgrade pilothouse",
                folder=str(folder),
            )
        return VirtualTestModel(
            scenario=head["scenario"],
            version=head["version"],
            declared=head["declared"],
            as_of_ns=head["as_of_ns"],
            pieces=head["pieces"],
            standings={key: StandingModel.load(folder / "standings" / key) for key in head["standings"]},
        )


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
