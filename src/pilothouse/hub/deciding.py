"""Deciding: propose, check, let a person decide, and account for it; every step an event of the ledger."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from pilothouse.clock import parse_instant
from pilothouse.decision.authority import LADDER, RULE, Evidence, authority, levels, rank
from pilothouse.decision.check import within_range
from pilothouse.decision.event import Event, EventDraft
from pilothouse.decision.proposal import Proposal
from pilothouse.decision.scenario import Question, Scenario
from pilothouse.decision.state import ProposalState, fold, next_status
from pilothouse.decision.view import Snapshot
from pilothouse.errors import (
    DataError,
    ExpiredError,
    IllegalMoveError,
    LimitBreachedError,
    NotApprovedError,
    UnknownParameterError,
    use_known,
)
from pilothouse.hub.hub import Hub

OPEN = ("checked", "violated", "accepted", "edited", "refused", "expired", "dispatched")
"""Statuses after which an outcome may still come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A proposal as the ledger has it.

    Parameters
    ----------
    key
        Its key in the ledger.
    proposal
        What is proposed.
    violations
        What the independent check found; a proposal with any is not advice.
    authority
        The step its scenario stood on when it was asked for.
    """

    key: str
    proposal: Proposal
    violations: tuple[str, ...]
    authority: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a person says of a proposal.

    Parameters
    ----------
    said
        ``accepted``, ``edited`` (with values) or ``refused`` (with a reason).
    actor
        Who.
    reason
        Why; needed for a refusal, and for an edit that leaves the proposed range.
    values
        Edited lever values.
    """

    said: str
    actor: str
    reason: str = ""
    values: Mapping[str, float] = field(default_factory=dict)


def advise(hub: Hub, scenario: Scenario, question: Question, *, as_of_ns: int, seed: int) -> Shown:
    """Propose and check, and write both into the ledger; the same question on the same data is the same proposal.

    Raises
    ------
    NotFittedError
        If nothing was learnt yet.
    UnknownParameterError
        If the question wishes what the scenario does not know.
    """
    unknown = [name for name in question.wishes if name not in scenario.wishes]
    if unknown:
        raise UnknownParameterError(
            f"scenario {scenario.key} knows no wish {unknown[0]!r}", hint=use_known(unknown[0], scenario.wishes)
        )
    snapshot = hub.view(as_of_ns).snapshot(scenario.reads)
    proposal = scenario.propose(snapshot, hub.model(scenario), question, seed)
    text = proposal.as_json()
    key = "p" + hashlib.sha256(text.encode()).hexdigest()[:12]
    violations = scenario.check(proposal, as_of_ns)
    if not hub.ledger.read(subject=key, kind="proposed"):
        asked = {"subject": question.subject, "wishes": dict(question.wishes)}
        proposed = {"scenario": scenario.key, "question": asked, "proposal": text}
        _append(hub, key, "hub", ("proposed", proposed), ("checked", {"violations": list(violations)}))
    return Shown(key=key, proposal=proposal, violations=violations, authority=standing(hub, scenario.key))


def decide(hub: Hub, key: str, verdict: Verdict, *, at_ns: int) -> ProposalState:
    """Write down what a person decided.

    Parameters
    ----------
    hub
        Where.
    key
        The proposal.
    verdict
        What was decided, by whom and why.
    at_ns
        When it was decided.

    Raises
    ------
    IllegalMoveError
        If the proposal is unknown, has no change, or is not open for a decision.
    NotApprovedError
        If the scenario is only observing: its proposals are not advice yet.
    ExpiredError
        If its validity has ended; the ledger then says so.
    LimitBreachedError
        If an edited value leaves its range without a reason, or its hard limit at all.
    """
    proposed = _proposed(hub, key)
    proposal = Proposal.from_json(str(proposed.payload["proposal"]))
    scenario = str(proposed.payload["scenario"])
    state = _state(hub, key)
    next_status(state, key, "decided", {"verdict": verdict.said})
    if verdict.said != "refused" and proposal.change is None:
        raise IllegalMoveError(
            f"proposal {key} ended {proposal.ending}: there is nothing to accept or edit",
            hint="refuse it, or ask again",
        )
    if rank(standing(hub, scenario)) < rank("advise"):
        raise NotApprovedError(
            f"scenario {scenario} stands at observe: its proposals are watched, not advice",
            hint="run `pilothouse prove` so that its evidence is measured",
        )
    if at_ns > proposal.valid_until_ns:
        _append(hub, key, "hub", ("decided", {"verdict": "expired"}), at_ns=at_ns)
        minutes = (at_ns - proposal.valid_until_ns) / 60e9
        raise ExpiredError(f"proposal {key} expired {minutes:.0f} min ago", hint="ask for a new one")
    if verdict.said == "refused" and not verdict.reason:
        raise IllegalMoveError("a refusal needs a reason", hint="say why: --reason '...'")
    if verdict.said == "edited":
        _check_edit(proposal, verdict)
    payload: dict[str, object] = {
        "verdict": verdict.said,
        "reason": verdict.reason,
        "values": dict(verdict.values) or _proposed_values(proposal, verdict),
    }
    _append(hub, key, verdict.actor, ("decided", payload), at_ns=at_ns)
    return _state(hub, key)


def moment(hub: Hub, scenario: Scenario, subject: str, asked: str) -> int:
    """The instant that a person means: ``now``, ``first``, ``last``, the number of a moment, or an instant as text.

    Raises
    ------
    DataError
        If the subject has no such moment, or the text is none of these.
    """
    if asked == "now":
        return hub.clock()
    if not (asked in {"first", "last"} or asked.isdigit()):
        return parse_instant(asked, hub.workspace.plant.time_zone)
    snapshot = hub.view(hub.clock()).snapshot(scenario.learns_from, pieces=[subject])
    moments = scenario.moments(snapshot, subject)
    place = {"first": 1, "last": len(moments)}.get(asked) or int(asked)
    if not 1 <= place <= len(moments):
        raise DataError(
            f"{subject} has {len(moments)} moments at which something could be asked, got number {asked}",
            hint="choose an earlier one, or check the name" if moments else "check the name, or import its data",
        )
    return moments[place - 1]


def settle(hub: Hub) -> int:
    """Write down what came out of every open proposal whose outcome is known by now, with its worth; how many."""
    states = fold(hub.ledger.read())
    snapshots: dict[str, Snapshot] = {}
    settled = 0
    for key, state in states.items():
        if state.status not in OPEN:
            continue
        proposed = _proposed(hub, key)
        scenario = hub.scenario(str(proposed.payload["scenario"]))
        proposal = Proposal.from_json(str(proposed.payload["proposal"]))
        if scenario.key not in snapshots:
            snapshots[scenario.key] = hub.view(hub.clock()).snapshot(scenario.learns_from)
        snapshot = snapshots[scenario.key]
        outcome = scenario.outcome(proposal, snapshot)
        if outcome is None:
            continue
        worth = scenario.worth(proposal)
        came_out: dict[str, object] = {
            "value": outcome.value,
            "unit": outcome.unit,
            "in_tolerance": outcome.in_tolerance,
            "known_ns": outcome.known_ns,
            "done": dict(outcome.done),
        }
        worth_said: dict[str, object] = {
            "value": worth.value,
            "currency": worth.currency,
            "basis": str(worth.basis),
            "formula": worth.formula,
        }
        _append(hub, key, "hub", ("came_out", came_out), ("worth", worth_said))
        settled += 1
    return settled


def replay(hub: Hub, key: str) -> tuple[bool, str, str]:
    """Make an old proposal again from what was stored then: whether it is the same byte for byte, the old, the new."""
    proposed = _proposed(hub, key)
    old = str(proposed.payload["proposal"])
    proposal = Proposal.from_json(old)
    scenario = hub.scenario(str(proposed.payload["scenario"]))
    asked = proposed.payload["question"]
    assert isinstance(asked, dict)
    snapshot = hub.view(proposal.as_of_ns, proposal.upto).snapshot(scenario.reads)
    model = hub.model(scenario, version=proposal.model)
    again = scenario.propose(snapshot, model, Question(subject=asked["subject"], wishes=asked["wishes"]), proposal.seed)
    return again.as_json() == old, old, again.as_json()


def standing(hub: Hub, scenario: str) -> str:
    """The step of authority on which a scenario stands."""
    return levels(hub.ledger.read(subject=scenario, kind="authority")).get(scenario, LADDER[0])


def weigh(hub: Hub, scenario: str, evidence: Evidence) -> str:
    """Move a scenario on the ladder if the evidence asks for it; the step it stands on then."""
    present = standing(hub, scenario)
    move = authority(RULE, evidence, present)
    if move is None:
        return present
    draft = EventDraft(at_ns=hub.clock(), kind="authority", subject=scenario, actor="hub", payload=move.payload())
    hub.ledger.append([draft])
    return move.after


def _proposed_values(proposal: Proposal, verdict: Verdict) -> dict[str, float]:
    """What was agreed to where nothing was edited."""
    if verdict.said != "accepted" or proposal.change is None:
        return {}
    return {point.lever: point.value for point in proposal.change.points}


def _check_edit(proposal: Proposal, verdict: Verdict) -> None:
    values, reason = verdict.values, verdict.reason
    if not values:
        raise LimitBreachedError("an edit needs values", hint="give each as --set LEVER=VALUE")
    assert proposal.change is not None
    points = {point.lever: point for point in proposal.change.points}
    outside = within_range(proposal, values)
    for lever, value in values.items():
        point = points.get(lever)
        if point is None or not (math.isfinite(value) and point.limit_low <= value <= point.limit_high):
            limit = "" if point is None else f"; its limit is {point.limit_low:g} to {point.limit_high:g}"
            raise LimitBreachedError("; ".join(outside) + limit, hint="stay inside the limit")
    if outside and not reason:
        raise LimitBreachedError("; ".join(outside), hint="stay inside the range, or give a reason: --reason '...'")


def _proposed(hub: Hub, key: str) -> Event:
    events = hub.ledger.read(subject=key, kind="proposed")
    if not events:
        raise IllegalMoveError(f"the ledger knows no proposal {key!r}", hint="`pilothouse ledger show` lists them")
    return events[0]


def _state(hub: Hub, key: str) -> ProposalState:
    return fold(hub.ledger.read(subject=key))[key]


def _append(hub: Hub, key: str, actor: str, *moves: tuple[str, Mapping[str, object]], at_ns: int | None = None) -> None:
    """Append events of one proposal, after asking whether each is possible."""
    events = hub.ledger.read(subject=key)
    state = fold(events).get(key)
    drafts = []
    for kind, payload in moves:
        status = next_status(state, key, kind, payload)
        state = ProposalState(key=key, status=status, events=() if state is None else state.events)
        instant = hub.clock() if at_ns is None else at_ns
        drafts.append(EventDraft(at_ns=instant, kind=kind, subject=key, actor=actor, payload=payload))
    hub.ledger.append(drafts)
