"""The declared scenario: the contract, filled from plant.toml."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from pilothouse import __version__
from pilothouse.clock import NS_PER_DAY
from pilothouse.decision.check import LeverLimits, check_set_points
from pilothouse.decision.judged import Judged
from pilothouse.decision.proposal import Proposal
from pilothouse.decision.runs import Runs
from pilothouse.decision.scenario import CameOut, Command, Model, Question, set_point_commands
from pilothouse.decision.view import Read, Snapshot
from pilothouse.decision.worth import Basis, Worth, model_based_worth
from pilothouse.errors import NotFittedError
from pilothouse.methods.estimate.record import Record
from pilothouse.packs.declared.advice import honest_errors, learn_advice
from pilothouse.packs.declared.declaration import ScenarioDeclaration
from pilothouse.packs.declared.judging import judge
from pilothouse.packs.declared.learning import finished_since, forecast, learn_task, pieces_of, record_of, ripe
from pilothouse.packs.declared.mechanism import Mechanism
from pilothouse.packs.declared.model import SCHEMA, AdviceModel, DeclaredModel
from pilothouse.packs.declared.proposing import WISHES, propose
from pilothouse.packs.declared.questions import is_to_last, measurements
from pilothouse.packs.declared.rows import QuestionRows, judged, recorded_rows, usual_values


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredScenario:
    """A process scenario that was declared, not programmed.

    Parameters
    ----------
    declaration
        What plant.toml says.
    mechanism
        The plant's known physics, or None.
    currency
        Of the plant's money.
    """

    declaration: ScenarioDeclaration
    mechanism: Mechanism | None
    currency: str

    @property
    def key(self) -> str:
        """Stable name."""
        return self.declaration.key

    @property
    def title(self) -> str:
        """What people call it."""
        return self.declaration.title

    @property
    def reads(self) -> tuple[Read, ...]:
        """Everything declared, some days back."""
        span_ns = int(self.declaration.looks_back_days * NS_PER_DAY)
        return (Read(parameters=self.declaration.parameters, span_ns=span_ns),)

    @property
    def learns_from(self) -> tuple[Read, ...]:
        """Everything declared, all that is recorded."""
        return (Read(parameters=self.declaration.parameters),)

    @property
    def runs(self) -> Runs:
        """As declared, or the usual."""
        return self.declaration.runs

    @property
    def wishes(self) -> tuple[str, ...]:
        """Another aim than the declared one."""
        return WISHES if self.declaration.aim else ()

    def moments(self, snapshot: Snapshot, subject: str) -> tuple[int, ...]:
        """When each measurement of the piece was known."""
        measured = measurements(snapshot.frames, self.declaration.result)
        return tuple(measured.filter(pl.col("piece") == subject)["at_ns"].to_list())

    def due(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Pieces that were measured and are not finished."""
        measured = measurements(snapshot.frames, self.declaration.result)
        still = measured.filter(pl.col("finished_ns") > snapshot.as_of_ns)
        return tuple(still["piece"].unique(maintain_order=True).to_list())

    def learn(self, snapshot: Snapshot, seed: int, previous: Model | None) -> DeclaredModel:
        """Learn every task and the advice from the pieces that are finished.

        Raises
        ------
        NotFittedError
            If too few pieces are finished.
        """
        earlier = previous if isinstance(previous, DeclaredModel) and previous.declared == self._declared else None
        rows = ripe(recorded_rows(snapshot, self.declaration), snapshot.as_of_ns)
        since = None if earlier is None else finished_since(rows, earlier.as_of_ns)
        tasks = {}
        for task in self.declaration.tasks:
            record = None if earlier is None or since is None else self._record(earlier, since, task.key)
            tasks[task.key] = learn_task(rows, task, self.mechanism, seed, record)
        return DeclaredModel(
            scenario=self.key,
            version=self._version(snapshot, seed, earlier),
            declared=self._declared,
            as_of_ns=snapshot.as_of_ns,
            pieces=rows.table["piece"].n_unique(),
            usual=usual_values(rows),
            tasks=tasks,
            advice=self._learn_advice(rows, seed, earlier, since),
        )

    def load(self, folder: Path) -> DeclaredModel:
        """A model that was saved."""
        return DeclaredModel.load(folder)

    def baseline(self, snapshot: Snapshot, model: Model | None, question: Question) -> Mapping[str, float]:
        """What the usual practice, learnt from the record, would still do to the levers."""
        proposal = self.propose(snapshot, model, question, seed=0)
        return {} if proposal.baseline is None else proposal.baseline.values

    def propose(self, snapshot: Snapshot, model: Model | None, question: Question, seed: int) -> Proposal:
        """The cheapest range of the levers from the piece's latest measurement on; or why there is none.

        Raises
        ------
        NotFittedError
            If nothing was learnt yet, or something else than is declared now.
        """
        return propose(self.declaration, self.currency, snapshot, self._own(model), question, seed)

    def check(self, proposal: Proposal, now_ns: int) -> tuple[str, ...]:
        """Violations of limits, range, validity and asked probability."""
        limits = {
            lever.key: LeverLimits(low=lever.low, high=lever.high, source=lever.source)
            for lever in self.declaration.levers
        }
        return check_set_points(proposal, limits, now_ns=now_ns)

    def commands(self, proposal: Proposal) -> tuple[Command, ...]:
        """One command a lever."""
        return set_point_commands(proposal)

    def outcome(self, proposal: Proposal, snapshot: Snapshot) -> CameOut | None:
        """The piece's last measurement and what the levers did since the proposal; None while it is not finished."""
        rows = ripe(recorded_rows(snapshot, self.declaration), snapshot.as_of_ns)
        mine = rows.filter(rows.where(is_to_last() & (pl.col("piece") == proposal.subject)))
        # A piece that was not measured again after the proposal does not tell what came of it.
        since = (mine.instants("anchor_ns") <= proposal.as_of_ns) & (mine.instants("target_ns") > proposal.as_of_ns)
        mine = mine.filter(since)
        if mine.table.is_empty():
            return None
        latest = mine.table.row(int(np.argmax(mine.instants("anchor_ns"))), named=True)
        value = float(latest["answer"])
        return CameOut(
            value=value,
            unit=self.declaration.unit,
            in_tolerance=bool(proposal.aim["low"] <= value <= proposal.aim["high"]) if proposal.aim else None,
            known_ns=int(latest["target_ns"]),
            done={lever.key: float(latest[lever.feature]) for lever in self.declaration.levers},
        )

    def worth(self, proposal: Proposal) -> Worth:
        """The model's own estimate, labelled so: a record cannot show what was not done."""
        aim = self.declaration.aim
        if aim is None or not aim.miss_cost_source:
            why = "no cost of a miss is declared, so a saving cannot be set against the misses it may bring"
            return Worth(value=None, currency=self.currency, basis=Basis.NOT_MEASURABLE, formula=why)
        return model_based_worth(proposal, miss_cost=aim.miss_cost, currency=self.currency)

    def answered(self, snapshot: Snapshot) -> pl.DataFrame:
        """Finished pieces with at least two measurements, in order."""
        measured = measurements(snapshot.frames, self.declaration.result)
        ends = measured.filter(pl.col("places") >= 2, pl.col("finished_ns") <= snapshot.as_of_ns)
        return (
            ends.group_by(pl.col("piece").alias("subject"))
            .agg(pl.col("at_ns").min().alias("first_ns"), pl.col("finished_ns").first())
            .sort("finished_ns", "subject")
        )

    def judge(self, snapshot: Snapshot, model: Model, subjects: Sequence[str]) -> Mapping[str, Judged]:
        """Forecasts of these pieces by task, and under ``advice`` those of the advice from every measurement."""
        rows = pieces_of(recorded_rows(snapshot, self.declaration), subjects)
        return judge(self._own(model), rows, self.declaration, self.mechanism)

    @property
    def _declared(self) -> str:
        """Fingerprint of what is declared to be learnt; limits, prices and aims may change without learning again."""
        said = self.declaration
        parts = (
            said.result,
            said.features,
            [(task.key, task.known, task.direct_without) for task in said.tasks],
            [(lever.key, lever.feature, lever.given) for lever in said.levers],
            self.mechanism.digest if self.mechanism else "",
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def _own(self, model: Model | None) -> DeclaredModel:
        if not isinstance(model, DeclaredModel):
            raise NotFittedError("nothing was learnt yet", hint="run `pilothouse learn`")
        if model.declared != self._declared:
            raise NotFittedError(
                f"model {model.version} was learnt when features, tasks, levers or mechanism were declared otherwise",
                hint="run `pilothouse learn`",
            )
        return model

    def _record(self, earlier: DeclaredModel, since: QuestionRows, key: str) -> Record:
        task = next(task for task in self.declaration.tasks if task.key == key)
        learnt = earlier.tasks[key]
        asked = since.filter(judged(since, task))
        if asked.table.is_empty():
            return learnt.record
        said = forecast(learnt.estimator, asked, self.mechanism, earlier.usual)
        return learnt.record + record_of(asked, asked.column("answer") - said)

    def _learn_advice(
        self, rows: QuestionRows, seed: int, earlier: DeclaredModel | None, since: QuestionRows | None
    ) -> AdviceModel | None:
        if not self.declaration.levers:
            return None
        if earlier is None or earlier.advice is None or since is None:
            return learn_advice(rows, self.declaration, seed, None, None)
        features = {lever.key: lever.feature for lever in self.declaration.levers}
        return learn_advice(
            rows, self.declaration, seed, earlier.advice, honest_errors(earlier.advice, since, features)
        )

    def _version(self, snapshot: Snapshot, seed: int, earlier: DeclaredModel | None) -> str:
        parts = (
            f"pilothouse {__version__}, schema {SCHEMA}",
            repr(self.declaration),
            self.mechanism.digest if self.mechanism else "",
            snapshot.fingerprint(),
            str(seed),
            earlier.version if earlier else "",
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
