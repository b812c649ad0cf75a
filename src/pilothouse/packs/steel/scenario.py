"""The virtual test: the result of a test that comes a day late, foretold at each standing on a piece's route.

It decides nothing: other scenarios, and people, decide by what it says. So its proposals abstain and carry the
forecast.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pilothouse import __version__
from pilothouse.clock import NS_PER_DAY
from pilothouse.decision.judged import Judged
from pilothouse.decision.proposal import Ending, Forecast, Proposal
from pilothouse.decision.scenario import CameOut, Command, Model, Question
from pilothouse.decision.view import Read, Snapshot
from pilothouse.decision.worth import Basis, Worth
from pilothouse.errors import NotFittedError
from pilothouse.methods.estimate.record import corrected
from pilothouse.packs.steel.declaration import Standing, VirtualTest
from pilothouse.packs.steel.model import SCHEMA, VirtualTestModel
from pilothouse.packs.steel.route import NOT_YET, Standings, standings, tested
from pilothouse.packs.steel.standing import StandingModel

COVERAGES: Final = (0.5, 0.8, 0.95, 0.9)
"""Nominal coverages that are judged; the last is the one that is shown."""
COVERAGE: Final = COVERAGES[-1]
LOOKS_BACK_NS: Final = 150 * NS_PER_DAY
"""A heat may be cast a season before its last coil is annealed."""
WAITS_NS: Final = 60 * NS_PER_DAY
"""A test that has not come after so long was lost."""
DECIDES_NOTHING: Final = "a virtual test foretells and decides nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualTestScenario:
    """One declared virtual test; see :class:`pilothouse.decision.scenario.Forecasting`.

    Parameters
    ----------
    test
        As declared.
    currency
        The plant's money.
    """

    test: VirtualTest
    currency: str

    @property
    def key(self) -> str:
        """Stable name."""
        return self.test.key

    @property
    def title(self) -> str:
        """What people call it."""
        return self.test.title

    @property
    def reads(self) -> tuple[Read, ...]:
        """Everything declared, a season back, and who came of whom."""
        return (Read(parameters=self.test.parameters, span_ns=LOOKS_BACK_NS, genealogy=True),)

    @property
    def learns_from(self) -> tuple[Read, ...]:
        """Everything declared, all that is recorded."""
        return (Read(parameters=self.test.parameters, genealogy=True),)

    @property
    def wishes(self) -> tuple[str, ...]:
        """Nothing can be wished of a test."""
        return ()

    def moments(self, snapshot: Snapshot, subject: str) -> tuple[int, ...]:
        """When the piece came to each standing."""
        found = [standings(snapshot, self.test, one, pieces=[subject]).anchor_ns for one in self.test.standings]
        return tuple(sorted({int(ns) for anchors in found for ns in anchors}))

    def due(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Pieces that came to stand somewhere not too long ago and are not tested yet."""
        found: dict[str, None] = {}
        for one in self.test.standings:
            waiting = (pl.col("answered_ns") == NOT_YET) & (pl.col("anchor_ns") > snapshot.as_of_ns - WAITS_NS)
            found |= dict.fromkeys(standings(snapshot, self.test, one).where(waiting).pieces)
        return tuple(found)

    def learn(self, snapshot: Snapshot, seed: int, previous: Model | None) -> VirtualTestModel:
        """Learn every standing from the pieces that are tested.

        Raises
        ------
        NotFittedError
            If too few pieces are tested.
        """
        earlier = previous if isinstance(previous, VirtualTestModel) and previous.declared == self._declared else None
        learnt = {}
        for one in self.test.standings:
            answered = standings(snapshot, self.test, one).where(pl.col("answered_ns") <= snapshot.as_of_ns)
            before = None if earlier is None else (earlier.standings[one.key], earlier.as_of_ns)
            learnt[one.key] = StandingModel.learn(self.test, one, answered, seed, before)
        return VirtualTestModel(
            scenario=self.key,
            version=self._version(snapshot, seed, earlier),
            declared=self._declared,
            as_of_ns=snapshot.as_of_ns,
            pieces=tested(snapshot, self.test).height,
            standings=learnt,
        )

    def load(self, folder: Path) -> VirtualTestModel:
        """A model that was saved."""
        return VirtualTestModel.load(folder)

    def baseline(self, snapshot: Snapshot, model: Model | None, question: Question) -> Mapping[str, float]:
        """There is nothing to be done."""
        del snapshot, model, question
        return {}

    def propose(self, snapshot: Snapshot, model: Model | None, question: Question, seed: int) -> Proposal:
        """No change, with the forecast from where the piece stands; without one where it cannot be foretold.

        Raises
        ------
        NotFittedError
            If nothing was learnt yet, or something else than is declared now.
        """
        own = self._own(model)
        forecast, why = self._foretold(snapshot, own, question.subject)
        return Proposal(
            scenario=self.key,
            subject=question.subject,
            ending=Ending.ABSTAIN,
            why=(*why, DECIDES_NOTHING),
            as_of_ns=snapshot.as_of_ns,
            valid_until_ns=snapshot.as_of_ns + NS_PER_DAY,
            change=None,
            forecast=forecast,
            probability=None,
            aim={},
            baseline=None,
            reasons=(),
            model=own.version,
            data=snapshot.fingerprint(),
            upto=snapshot.upto,
            seed=seed,
        )

    def check(self, proposal: Proposal, now_ns: int) -> tuple[str, ...]:
        """A test changes nothing, and is told while it is valid."""
        changes = ("a virtual test changes nothing",) if proposal.change is not None else ()
        late = ("the forecast is out of date; ask again",) if now_ns > proposal.valid_until_ns else ()
        return (*changes, *late)

    def commands(self, proposal: Proposal) -> tuple[Command, ...]:
        """None."""
        del proposal
        return ()

    def outcome(self, proposal: Proposal, snapshot: Snapshot) -> CameOut | None:
        """What the test told, once known."""
        row = tested(snapshot, self.test).filter(pl.col("piece") == proposal.subject)
        if row.is_empty() or row["answered_ns"][0] <= proposal.as_of_ns:
            return None
        value, known_ns = float(row["answer"][0]), int(row["answered_ns"][0])
        return CameOut(value=value, unit=self.test.unit, in_tolerance=None, known_ns=known_ns, done={})

    def worth(self, proposal: Proposal) -> Worth:
        """Not measurable: it is worth what others decide by it."""
        del proposal
        why = "a forecast changes nothing; its worth is that of the decisions made by it"
        return Worth(value=None, currency=self.currency, basis=Basis.NOT_MEASURABLE, formula=why)

    def answered(self, snapshot: Snapshot) -> pl.DataFrame:
        """Tested pieces that stood at every standing before their test, by when that was known."""
        told = [standings(snapshot, self.test, one).table.select("piece", "anchor_ns") for one in self.test.standings]
        first = pl.concat(told).group_by("piece").agg(pl.col("anchor_ns").min().alias("first_ns"), pl.len())
        everywhere = first.filter(pl.col("len") == len(self.test.standings))
        known = tested(snapshot, self.test).filter(pl.col("answered_ns") <= snapshot.as_of_ns)
        found = everywhere.join(known, on="piece").select(
            pl.col("piece").alias("subject"), "first_ns", pl.col("answered_ns").alias("finished_ns")
        )
        return found.sort("first_ns", "subject")

    def judge(self, snapshot: Snapshot, model: Model, subjects: Sequence[str]) -> Mapping[str, Judged]:
        """Forecasts of these pieces at each standing."""
        own = self._own(model)
        wanted = set(subjects)
        return {
            one.key: self._judged(own, one, standings(snapshot, self.test, one), wanted) for one in self.test.standings
        }

    def _judged(self, model: VirtualTestModel, one: Standing, everybody: Standings, wanted: Collection[str]) -> Judged:
        """Forecasts of the wanted, each with all that was known before it of the others since the model was learnt."""
        learnt = model.standings[one.key]
        is_wanted = pl.col("piece").is_in(list(wanted))
        asked = everybody.where(is_wanted | (pl.col("anchor_ns") >= model.as_of_ns))
        told = learnt.forecast(asked)
        followed = corrected(told.said, told.width, learnt.record, told.record, COVERAGES)
        value = np.exp(followed.value)
        chosen = asked.table.select(is_wanted).to_series().to_numpy()
        calibrated = np.isfinite(followed.half_width[COVERAGE])
        inside = np.array([not why for why in told.why], dtype=np.bool_)
        own = asked.where(is_wanted)
        return Judged(
            subject=own.pieces,
            anchor_ns=own.anchor_ns,
            truth=own.answer,
            value=np.where(inside & calibrated, value, np.nan)[chosen],
            half_width={c: (value * np.sinh(half))[chosen] for c, half in followed.half_width.items()},
            why_abstained=_reasons(own.pieces, [told.why[k] for k in np.flatnonzero(chosen)], calibrated[chosen]),
            drift=followed.drift,
            unit=self.test.unit,
            tolerance=None,
            features=own.values,
            names=own.names,
        )

    def _foretold(
        self, snapshot: Snapshot, model: VirtualTestModel, subject: str
    ) -> tuple[Forecast | None, tuple[str, ...]]:
        """The forecast from the piece's last standing, or why there is none."""
        found = [(one, standings(snapshot, self.test, one, pieces=[subject])) for one in self.test.standings]
        reached = [(one, asked) for one, asked in found if asked.table.height and asked.answered_ns[0] == NOT_YET]
        if not reached:
            return None, (f"piece {subject} stands nowhere where its test could be foretold, or is tested",)
        one, asked = max(reached, key=lambda pair: int(pair[1].anchor_ns[0]))
        learnt = model.standings[one.key]
        since = self._since(snapshot, model, one, subject)
        # It is asked now: tests that came since the piece came there have their say.
        now = asked.table.with_columns(pl.lit(snapshot.as_of_ns, dtype=pl.Int64).alias("anchor_ns"))
        both = Standings(table=pl.concat([since.table, now]), names=asked.names)
        told = learnt.forecast(both)
        followed = corrected(told.said, told.width, learnt.record, told.record, (COVERAGE,))
        half = float(followed.half_width[COVERAGE][-1])
        if told.why[-1]:
            return None, told.why[-1]
        if not np.isfinite(half):
            return None, ("fewer than 30 tests are known to calibrate on",)
        value = float(np.exp(followed.value[-1]))
        reach = value * float(np.sinh(half))
        forecast = Forecast(value=value, low=value - reach, high=value + reach, unit=self.test.unit, coverage=COVERAGE)
        return forecast, (f"foretold {one.title.lower()}", *followed.drift)

    def _since(self, snapshot: Snapshot, model: VirtualTestModel, one: Standing, subject: str) -> Standings:
        """Other pieces that came there since the model was learnt, tested by now or not: the newest of its record."""
        others = standings(snapshot, self.test, one)
        return others.where((pl.col("anchor_ns") >= model.as_of_ns) & (pl.col("piece") != subject))

    @property
    def _declared(self) -> str:
        """Fingerprint of what is declared to be learnt."""
        said = self.test
        parts = (
            said.result,
            sorted(said.strip.items()),
            [(s.key, s.closes, s.looks_at, s.alike, s.analyser) for s in said.standings],
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def _own(self, model: Model | None) -> VirtualTestModel:
        if not isinstance(model, VirtualTestModel):
            raise NotFittedError("nothing was learnt yet", hint="run `pilothouse learn`")
        if model.declared != self._declared:
            raise NotFittedError(
                f"model {model.version} was learnt when standings, strip or result were declared otherwise",
                hint="run `pilothouse learn`",
            )
        return model

    def _version(self, snapshot: Snapshot, seed: int, earlier: VirtualTestModel | None) -> str:
        parts = (
            f"pilothouse {__version__}, schema {SCHEMA}",
            self._declared,
            snapshot.fingerprint(),
            str(seed),
            earlier.version if earlier else "",
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _reasons(
    pieces: Sequence[str], outside: Sequence[tuple[str, ...]], calibrated: NDArray[np.bool_]
) -> dict[str, tuple[str, ...]]:
    uncalibrated = ("fewer than 30 tests are known to calibrate on",)
    return {
        piece: why or uncalibrated
        for piece, why, known in zip(pieces, outside, calibrated, strict=True)
        if why or not known
    }
