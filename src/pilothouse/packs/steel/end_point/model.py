"""What is learnt of the end point: the plant's constants of the known physics, and what that leaves over.

Both results are foretold where the known physics is straight: ``ln(C - C_inf)`` and degC. The rest is learnt from what
is known at the shot and not from the levers: crews choose those by the shot, so the record alone cannot tell their
effect from the shot's. It is learnt by robust regression; a works makes too few heats a year for trees.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pilothouse.decision.model_head import load_head, save_head
from pilothouse.errors import NotFittedError
from pilothouse.methods.estimate.domain import Domain
from pilothouse.methods.estimate.estimator import LEAST_ROWS
from pilothouse.methods.estimate.record import Record
from pilothouse.methods.estimate.terms import TermStrengths
from pilothouse.methods.estimate.trees import Trees
from pilothouse.packs.steel.end_point.blow import Blow
from pilothouse.packs.steel.end_point.heats import Heats

Array = NDArray[np.float64]

SCHEMA: Final = 1
BACK_TEST_SHARE: Final = 0.5
BACK_TEST_BLOCKS: Final = 3
PRACTICE_ROUNDS: Final = 200
SUPPORTED: Final = (0.005, 0.995)
"""Quantiles of what was done between which the record supports a lever."""
RESULTS: Final = ("carbon", "temperature")
START: Final = "carbon of the shot by the known physics"


_EMPTY: Final = np.empty(0)
_NOTHING: Final = TermStrengths(names=(), strength=_EMPTY, offset=0.0, mean=_EMPTY, low=_EMPTY, high=_EMPTY)
"""No rest."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """How heats are foretold.

    Parameters
    ----------
    blow
        The known physics with the plant's constants.
    usual
        Medians of the facts (p,), taken where one is missing.
    rests
        Of each result, what the physics leaves over.
    """

    blow: Blow
    usual: Array
    rests: tuple[TermStrengths, TermStrengths]

    @staticmethod
    def fit(ended: Heats) -> "Fitted":
        """Learn from heats that ended."""
        facts = ended.facts
        told = np.flatnonzero(np.isfinite(facts).any(axis=0))
        usual = np.zeros(facts.shape[1])
        usual[told] = np.nanmedian(facts[:, told], axis=0)
        oxygen, coolant = amounts(ended, ended.levers).T
        carbon, temperature = (ended.column(name) for name in RESULTS)
        blow = Blow.fit(ended.shots(_charge(ended, usual)), oxygen, coolant, carbon, temperature)
        start = Fitted(blow=blow, usual=usual, rests=(_NOTHING, _NOTHING))
        off = start.truth(ended) - start.foretell(ended, ended.levers)
        names, terms = start._terms(ended)
        every = np.ones(len(off))
        left, heat = (TermStrengths.fit(names, terms, off[:, k], every) for k in range(2))
        return replace(start, rests=(left, heat))

    def foretell(self, heats: Heats, levers: Array) -> Array:
        """Both results (n, 2) with these levers (n, 2), uncorrected: ln(C - C_inf) and degC."""
        oxygen, coolant = amounts(heats, levers).T
        known = self.blow.end(heats.shots(_charge(heats, self.usual)), oxygen, coolant)
        if not self.rests[0].names:
            return np.column_stack(known)
        _, terms = self._terms(heats)
        return np.column_stack([one + rest.predict(terms) for one, rest in zip(known, self.rests, strict=True)])

    def effects(self, heats: Heats) -> Array:
        """Change of both results per unit of each lever (n, 2 levers, 2 results)."""
        oxygen, coolant = self.blow.effects(heats.shots(_charge(heats, self.usual)).charge)
        point = heats.point
        return np.stack([point.oxygen.amount * oxygen, point.coolant.amount * coolant], axis=1)

    def truth(self, heats: Heats) -> Array:
        """Both results as they came (n, 2); NaN where they are not known."""
        return np.column_stack([self.blow.left(heats.column("carbon")), heats.column("temperature")])

    def mended(self, heats: Heats) -> Array:
        """Facts (n, p), the usual where one is missing."""
        facts = heats.facts
        return np.where(np.isfinite(facts), facts, self.usual)

    def _terms(self, heats: Heats) -> tuple[tuple[str, ...], Array]:
        start, _ = self.blow.start(heats.shots(_charge(heats, self.usual)))
        return (*heats.point.facts, START), np.column_stack([self.mended(heats), start])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EndPointModel:
    """A versioned model of an end point.

    Parameters
    ----------
    scenario, version
        Whose, and a text that changes with anything in it.
    declared
        Fingerprint of what was declared to be learnt.
    as_of_ns, pieces
        Nothing known later was learnt; how many heats were.
    fitted
        How heats are foretold.
    domain
        What was seen at the shot.
    practice
        What crews do, by lever, from the facts.
    seen
        Least and most of each lever that the record supports.
    records
        Honest errors of each result, of the same heats in the same order.
    """

    scenario: str
    version: str
    declared: str
    as_of_ns: int
    pieces: int
    fitted: Fitted
    domain: Domain
    practice: tuple[Trees, Trees]
    seen: tuple[tuple[float, float], tuple[float, float]]
    records: tuple[Record, Record]

    def errors(self, heats: Heats) -> tuple[Record, Record]:
        """What this model was off by in heats it had not learnt; NaN where the end is not known."""
        return errors_of(self.fitted, heats)

    def usual_levers(self, heats: Heats) -> Array:
        """What the crews' practice would do (n, 2), within the hard limits."""
        said = np.column_stack([trees.predict(heats.facts) for trees in self.practice])
        limits = [(lever.low, lever.high) for lever in heats.point.levers]
        clipped: Array = np.clip(said, *np.array(limits).T)
        return clipped

    def save(self, folder: Path) -> None:
        """Write it into a new folder: LightGBM text and JSON; no pickle."""
        folder.mkdir(parents=True)
        for name, trees in zip(("oxygen", "coolant"), self.practice, strict=True):
            trees.save(folder, name)
        own = {
            "blow": self.fitted.blow.to_json(),
            "usual": self.fitted.usual.tolist(),
            "rests": [rest.to_json() for rest in self.fitted.rests],
            "domain": self.domain.to_dict(),
            "seen": self.seen,
            "records": [record.to_json() for record in self.records],
        }
        save_head(folder, SCHEMA, self, own)

    @staticmethod
    def load(folder: Path) -> "EndPointModel":
        """What :meth:`save` wrote.

        Raises
        ------
        SchemaDriftError
            If it was written by another version.
        """
        head, own = load_head(folder, SCHEMA)
        left, heat = (TermStrengths.from_json(rest) for rest in own["rests"])
        of_left, of_heat = (Record.from_json(record) for record in own["records"])
        oxygen, coolant = own["seen"]
        fitted = Fitted(blow=Blow(**own["blow"]), usual=np.array(own["usual"]), rests=(left, heat))
        return EndPointModel(
            **head,
            fitted=fitted,
            domain=Domain.from_dict(own["domain"]),
            practice=(Trees.load(folder, "oxygen"), Trees.load(folder, "coolant")),
            seen=((oxygen[0], oxygen[1]), (coolant[0], coolant[1])),
            records=(of_left, of_heat),
        )


def learn(
    ended: Heats, head: Mapping[str, str], as_of_ns: int, seed: int, earlier: EndPointModel | None
) -> EndPointModel:
    """Learn from heats that ended.

    Parameters
    ----------
    ended
        In the order of their shots.
    head
        ``scenario``, ``version`` and ``declared`` of the model.
    as_of_ns
        The instant.
    seed
        Root seed.
    earlier
        An earlier model: what it says of heats that came since is its honest record.

    Raises
    ------
    NotFittedError
        If too few heats ended.
    """
    n = ended.table.height
    if n < 2 * LEAST_ROWS:
        raise NotFittedError(
            f"end point: expected at least {2 * LEAST_ROWS} heats with shot, levers and end, got {n}",
            hint="import more history, or learn up to a later instant",
        )
    fitted = Fitted.fit(ended)
    if earlier is None:
        records = _back_test(ended)
    else:
        since = earlier.errors(ended.where(pl.col("anchor_ns") >= earlier.as_of_ns))
        records = (earlier.records[0] + since[0], earlier.records[1] + since[1])
    levers, every = ended.levers, np.ones(n)
    oxygen, coolant = (Trees.fit(ended.facts, levers[:, k], every, rounds=PRACTICE_ROUNDS, seed=seed) for k in range(2))
    low, high = np.quantile(levers, SUPPORTED, axis=0).tolist()
    return EndPointModel(
        scenario=head["scenario"],
        version=head["version"],
        declared=head["declared"],
        as_of_ns=as_of_ns,
        pieces=n,
        fitted=fitted,
        domain=Domain.fit(fitted.mended(ended), ended.point.facts),
        practice=(oxygen, coolant),
        seen=((low[0], high[0]), (low[1], high[1])),
        records=records,
    )


def errors_of(fitted: Fitted, heats: Heats) -> tuple[Record, Record]:
    """What a forecast was off by in each result, of heats whose levers are known."""
    off = fitted.truth(heats) - fitted.foretell(heats, heats.levers)
    left, heat = (
        Record(piece=heats.pieces, anchor_ns=heats.instants("anchor_ns"), known_ns=heats.instants("known_ns"), error=e)
        for e in off.T
    )
    return left, heat


def amounts(heats: Heats, levers: Array) -> Array:
    """Nm3 of oxygen and t of coolant (n, 2) that levers (n, 2) in their units mean."""
    found: Array = levers * np.array([lever.amount for lever in heats.point.levers])
    return found


def _back_test(ended: Heats) -> tuple[Record, Record]:
    """Errors of the later heats, each foretold by what had ended before its block."""
    anchors = ended.instants("anchor_ns")
    edges = np.quantile(anchors, np.linspace(1.0 - BACK_TEST_SHARE, 1.0, BACK_TEST_BLOCKS + 1), method="lower")
    left, heat = Record.empty(), Record.empty()
    for start, end in pairwise([*edges[:-1].tolist(), int(edges[-1]) + 1]):
        before = ended.where(pl.col("known_ns") < start)
        block = ended.where((pl.col("anchor_ns") >= start) & (pl.col("anchor_ns") < end))
        if before.table.height >= LEAST_ROWS and block.table.height:
            more = errors_of(Fitted.fit(before), block)
            left, heat = left + more[0], heat + more[1]
    return left, heat


def _charge(heats: Heats, usual: Array) -> float:
    """The usual metal charged, t."""
    facts = heats.point.facts
    return float(sum(usual[facts.index(mass)] for mass in heats.point.bath))
