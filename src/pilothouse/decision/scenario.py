"""The scenario contract: one kind of decision in the factory.

Everything around a scenario (ledger, approval, limits, authority, worth, replay, conformance tests) is done once,
by the hub, for all of them. All parts are pure and synchronous; none sees storage, clock or network.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import polars as pl

from pilothouse.decision.judged import Judged
from pilothouse.decision.proposal import Proposal
from pilothouse.decision.view import Read, Snapshot
from pilothouse.decision.worth import Worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: a subject, with what the asker wants different from the declaration.

    Parameters
    ----------
    subject
        The piece, order, joint or machine that needs a decision.
    wishes
        Overrides such as ``{"target": 1600.0}``; a scenario names those it knows.
    """

    subject: str
    wishes: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What would be sent to the plant for one subject: a lever set to a value."""

    subject: str
    lever: str
    value: float
    unit: str


def set_point_commands(proposal: Proposal) -> tuple[Command, ...]:
    """One command for each set-point that a proposal changes; none where it changes nothing."""
    if proposal.change is None:
        return ()
    return tuple(
        Command(subject=proposal.subject, lever=p.lever, value=p.value, unit=p.unit) for p in proposal.change.points
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CameOut:
    """What came out of a decision.

    Parameters
    ----------
    value, unit
        The result.
    in_tolerance
        Whether it met the aim; None where the proposal had none.
    known_ns
        When it was known.
    done
        What was really done, by lever.
    """

    value: float
    unit: str
    in_tolerance: bool | None
    known_ns: int
    done: Mapping[str, float]


class Model(Protocol):
    """What a scenario learnt: saved as a folder with an open format inside, never a pickle."""

    @property
    def version(self) -> str:
        """A text that changes when anything in the model changes."""
        ...

    @property
    def as_of_ns(self) -> int:
        """Nothing known later was learnt."""
        ...

    @property
    def pieces(self) -> int:
        """How many subjects it learnt from."""
        ...

    def save(self, folder: Path) -> None:
        """Write it into a new folder."""
        ...


class Scenario(Protocol):
    """One kind of decision. See `docs/reference/scenario.md` for the contract in prose."""

    @property
    def key(self) -> str:
        """Stable name."""
        ...

    @property
    def title(self) -> str:
        """What people call it."""
        ...

    @property
    def reads(self) -> tuple[Read, ...]:
        """All it needs to propose; it sees nothing else."""
        ...

    @property
    def learns_from(self) -> tuple[Read, ...]:
        """All it needs to learn; it sees nothing else."""
        ...

    @property
    def wishes(self) -> tuple[str, ...]:
        """Names of what an asker may want different."""
        ...

    def moments(self, snapshot: Snapshot, subject: str) -> tuple[int, ...]:
        """The instants at which a question about a subject stood, in order: when something new was known of it."""
        ...

    def due(self, snapshot: Snapshot) -> tuple[str, ...]:
        """The subjects that need a decision now."""
        ...

    def learn(self, snapshot: Snapshot, seed: int, previous: Model | None) -> Model | None:
        """What can be learnt from the snapshot; None where the scenario is rules or search.

        ``previous`` is an earlier model: what it said of what came since is its honest record.
        """
        ...

    def load(self, folder: Path) -> Model:
        """A model that :meth:`Model.save` wrote."""
        ...

    def baseline(self, snapshot: Snapshot, model: Model | None, question: Question) -> Mapping[str, float]:
        """What the plant does without the hub: lever values of its usual practice."""
        ...

    def propose(self, snapshot: Snapshot, model: Model | None, question: Question, seed: int) -> Proposal:
        """The answer; infeasible and abstain are answers too."""
        ...

    def check(self, proposal: Proposal, now_ns: int) -> tuple[str, ...]:
        """Violations in words, found without solver or model; nothing where it may be shown."""
        ...

    def commands(self, proposal: Proposal) -> tuple[Command, ...]:
        """What would be sent to the plant."""
        ...

    def outcome(self, proposal: Proposal, snapshot: Snapshot) -> CameOut | None:
        """What came out, once known."""
        ...

    def worth(self, proposal: Proposal) -> Worth:
        """What the proposal is worth against its baseline, with the basis of that claim."""
        ...


class Forecasting(Scenario, Protocol):
    """A scenario whose forecasts can be judged forward in time on recorded data."""

    def answered(self, snapshot: Snapshot) -> pl.DataFrame:
        """Subjects with a known outcome, in order: ``subject, first_ns`` (first question), ``finished_ns``."""
        ...

    def judge(self, snapshot: Snapshot, model: Model, subjects: Sequence[str]) -> Mapping[str, Judged]:
        """Forecasts of these subjects by task, each with what was known before it, beside the truth."""
        ...
