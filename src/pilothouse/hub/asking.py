"""A question on its way: all that an answer depends on, so that it can be worked out here, in a worker, or years later.

Working out is pure: it reads the workspace and writes nothing. What came of it the hub writes into the ledger.
"""

from dataclasses import dataclass
from pathlib import Path

from pilothouse.decision.proposal import Proposal
from pilothouse.decision.scenario import Model, Question, Scenario
from pilothouse.decision.view import Snapshot
from pilothouse.hub.reader import reader_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with all that its answer depends on.

    Parameters
    ----------
    root
        The plant folder.
    scenario
        Key.
    subject, wishes
        What is asked.
    as_of_ns
        As known at this instant.
    upto
        By what was stored up to this sequence number of the historian; None for what is stored now.
    version
        Of the model; None where nothing was learnt.
    seed
        Root seed.
    """

    root: Path
    scenario: str
    subject: str
    wishes: tuple[tuple[str, float], ...] = ()
    as_of_ns: int
    upto: int | None = None
    version: str | None
    seed: int

    @property
    def question(self) -> Question:
        """As the scenario gets it."""
        return Question(subject=self.subject, wishes=dict(self.wishes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What was worked out.

    Parameters
    ----------
    question
        What was asked.
    text
        The proposal, as the ledger keeps it.
    violations
        What the independent check found.
    is_hindsight
        Whether the model learnt from what was known only after the instant asked about.
    """

    question: Question
    text: str
    violations: tuple[str, ...]
    is_hindsight: bool

    @property
    def proposal(self) -> Proposal:
        """As a record."""
        return Proposal.from_json(self.text)


def answer(scenario: Scenario, snapshot: Snapshot, model: Model | None, question: Question, seed: int) -> Answered:
    """Propose and check."""
    proposal = scenario.propose(snapshot, model, question, seed)
    return Answered(
        question=question,
        text=proposal.as_json(),
        violations=scenario.check(proposal, snapshot.as_of_ns),
        is_hindsight=model is not None and model.as_of_ns > snapshot.as_of_ns,
    )


def answer_elsewhere(asked: Asked) -> Answered:
    """Work a question out in a worker: a task for :class:`pilothouse.ports.Compute`."""
    reader = reader_of(asked.root)
    scenario = reader.workspace.scenario(asked.scenario)
    snapshot = reader.snapshot(scenario.reads, asked.as_of_ns, asked.upto)
    return answer(scenario, snapshot, reader.model(scenario, asked.version), asked.question, asked.seed)


def answer_if_due(asked: Asked) -> Answered | tuple[str, ...]:
    """Work a question out in a worker; where its subject needs no decision now, or none is named, which ones do."""
    reader = reader_of(asked.root)
    scenario = reader.workspace.scenario(asked.scenario)
    snapshot = reader.snapshot(scenario.reads, asked.as_of_ns, asked.upto)
    due = tuple(scenario.due(snapshot))
    if asked.subject not in due:
        return () if asked.subject else due
    return answer(scenario, snapshot, reader.model(scenario, asked.version), asked.question, asked.seed)
