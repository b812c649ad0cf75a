"""Deciding: propose, check, let a person decide, and account for it; every step an event of the ledger."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pilothouse.clock import format_instant, parse_instant
from pilothouse.decision.authority import LADDER, RULE, Evidence, authority, levels, rank
from pilothouse.decision.check import within_range
from pilothouse.decision.event import Event, EventDraft
from pilothouse.decision.proposal import Proposal
from pilothouse.decision.scenario import Question, Scenario
from pilothouse.decision.state import ProposalState, fold, next_status
from pilothouse.decision.worth import Basis, Worth
from pilothouse.errors import (
    DataError,
    ExpiredError,
    IllegalMoveError,
    LimitBreachedError,
    NotApprovedError,
    UnknownParameterError,
    use_known,
)
from pilothouse.hub.asking import Answered, Asked, answer
from pilothouse.hub.hub import Hub

NOBODY = "by nobody"
OPEN = (
    "checked",
    "violated",
    "accepted",
    "edited",
    "confirmed",
    "refused",
    "expired",
    "dispatched",
    "dispatch_failed",
    "dispatch_uncertain",
    "fell_back",
    "fall_back_uncertain",
)
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
    is_hindsight
        Whether its model learnt from what was known only after the instant asked about.
    """

    key: str
    proposal: Proposal
    violations: tuple[str, ...]
    authority: str
    is_hindsight: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a person says of a proposal.

    Parameters
    ----------
    said
        ``accepted``, ``edited`` (with values), ``refused`` (with a reason), or ``confirmed`` by a second person.
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

    The model is the newest one that had learnt nothing later than the instant; only where there is none, the live one.

    Raises
    ------
    NotFittedError
        If nothing was learnt yet.
    UnknownParameterError
        If the question wishes what the scenario does not know.
    DataError
        If a wish makes no sense.
    """
    unknown = [name for name in question.wishes if name not in scenario.wishes]
    if unknown:
        raise UnknownParameterError(
            f"scenario {scenario.key} knows no wish {unknown[0]!r}", hint=use_known(unknown[0], scenario.wishes)
        )
    snapshot = hub.view(as_of_ns).snapshot(scenario.reads)
    model = hub.model(scenario, known_ns=as_of_ns)
    try:
        answered = answer(scenario, snapshot, model, question, seed)
    except ValueError as error:
        if not question.wishes:
            raise  # a fault of the scenario, not of the asker
        wished = ", ".join(f"{name}={value:g}" for name, value in question.wishes.items())
        raise DataError(f"the wish {wished} makes no sense: {error}", hint="correct --wish") from error
    return record(hub, scenario.key, answered)


def record(hub: Hub, scenario: str, answered: Answered) -> Shown:
    """Write what was worked out, here or elsewhere, into the ledger; what is there already is not written again."""
    key = "p" + hashlib.sha256(answered.text.encode()).hexdigest()[:12]
    if not hub.ledger.read(subject=key, kind="proposed"):
        asked = {"subject": answered.question.subject, "wishes": dict(answered.question.wishes)}
        proposed = {"scenario": scenario, "question": asked, "proposal": answered.text}
        checked = {"violations": list(answered.violations)}
        append_moves(hub, key, "hub", ("proposed", proposed), ("checked", checked))
    return Shown(
        key=key,
        proposal=answered.proposal,
        violations=answered.violations,
        authority=standing(hub, scenario),
        is_hindsight=answered.is_hindsight,
    )


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
        When it was decided; the ledger also keeps when it was written down.

    Raises
    ------
    IllegalMoveError
        If the proposal is unknown, has no change, is not open for a decision or was not made yet; if nobody is named,
        a refusal has no reason, or values come with anything but an edit.
    NotApprovedError
        If the scenario is only observing: its proposals are not advice yet.
    ExpiredError
        If its validity had ended by then.
    LimitBreachedError
        If an edited value leaves its range without a reason, or its hard limit at all.
    """
    proposed = _proposed(hub, key)
    proposal = Proposal.from_json(str(proposed.payload["proposal"]))
    scenario = str(proposed.payload["scenario"])
    state = _state(hub, key)
    next_status(state, key, "decided", {"verdict": verdict.said})
    _check_verdict(key, proposal, verdict, at_ns)
    if verdict.said == "confirmed":
        _check_second(key, state, verdict)
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
        until = format_instant(proposal.valid_until_ns, hub.workspace.plant.time_zone)
        hint = "ask for a new one, or say when it was decided: --at INSTANT"
        raise ExpiredError(f"proposal {key} was valid until {until}", hint=hint)
    if verdict.said == "edited":
        _check_edit(proposal, verdict)
    payload: dict[str, object] = {
        "verdict": verdict.said,
        "reason": verdict.reason.strip(),
        "values": {**_proposed_values(proposal, verdict), **verdict.values},
        "decided_ns": at_ns,
    }
    append_moves(hub, key, verdict.actor, ("decided", payload))
    return _state(hub, key)


def moment(hub: Hub, scenario: Scenario, subject: str, asked: str) -> int:
    """The instant that a person means: ``now``, ``first``, ``last``, the number of a moment, or an instant as text.

    Raises
    ------
    DataError
        If nothing is recorded of the subject, it has no such moment, or the text is none of these.
    """
    now_ns = hub.clock()
    snapshot = hub.view(now_ns).snapshot(scenario.learns_from, pieces=[subject])
    moments = scenario.moments(snapshot, subject)
    if not moments and all(frame.is_empty() for frame in snapshot.frames.values()):
        raise DataError(f"nothing is recorded of {subject!r}", hint="check the name, or import its data")
    if asked == "now":
        return now_ns
    if not (asked in {"first", "last"} or asked.isdecimal()):
        return parse_instant(asked, hub.workspace.plant.time_zone)
    place = {"first": 1, "last": len(moments)}[asked] if asked in {"first", "last"} else int(asked)
    if not 1 <= place <= len(moments):
        raise DataError(
            f"{subject} has {len(moments)} moments at which something could be asked, got {asked!r}",
            hint=f"choose a number from 1 to {len(moments)}" if moments else "import its measurements first",
        )
    return moments[place - 1]


def settle(hub: Hub, *, undecided: bool = True) -> int:
    """Write down what came out of every open proposal whose outcome is known by now, with its worth; how many.

    Only a proposal that was accepted as it stands has a worth: the model's estimate is of just that. What was edited,
    refused or let pass was not done as proposed, and its worth is not measurable. Proposals nobody decided are let pass
    only where ``undecided`` says so: as long as nothing new came in, they can still be decided.
    """
    known = {scenario.key: scenario for scenario in hub.workspace.scenarios}
    view = hub.view(hub.clock())
    settled = 0
    for key, state in fold(hub.ledger.read()).items():
        proposed = state.latest("proposed")
        if state.status not in OPEN or proposed is None or proposed.payload["scenario"] not in known:
            continue  # a scenario may have been taken out of the folder since; its proposals wait for it
        if state.latest("decided") is None and not undecided:
            continue
        scenario = known[str(proposed.payload["scenario"])]
        proposal = Proposal.from_json(str(proposed.payload["proposal"]))
        outcome = scenario.outcome(proposal, view.snapshot(scenario.learns_from, pieces=[proposal.subject]))
        if outcome is None:
            continue
        verdict = _verdict_of(state)
        worth = _worth_as_decided(scenario.worth(proposal), verdict, _not_carried_out(state))
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
            "decided": verdict,
        }
        append_moves(hub, key, "hub", ("came_out", came_out), ("worth", worth_said))
        settled += 1
    return settled


def _worth_as_decided(worth: Worth, verdict: str, not_done: str) -> Worth:
    if worth.value is None or (verdict == "accepted" and not not_done):
        return worth
    was = not_done or f"decided {verdict}"
    why = f"{was}: what the proposal would have brought ({worth.formula}) was not done"
    return replace(worth, value=None, basis=Basis.NOT_MEASURABLE, formula=why)


def _verdict_of(state: ProposalState) -> str:
    """What was decided; that a second person confirmed it says nothing new."""
    said = [str(event.payload["verdict"]) for event in state.events if event.kind == "decided"]
    return next((verdict for verdict in reversed(said) if verdict != "confirmed"), NOBODY)


def _not_carried_out(state: ProposalState) -> str:
    """How the plant did not get what was decided, although it was sent; empty where it did, or nothing was sent."""
    for event in state.events:
        if event.kind in ("dispatch_failed", "dispatch_uncertain"):
            return event.kind.replace("_", " ")
        reasons = event.payload.get("reasons")
        if event.kind == "fall_back" and isinstance(reasons, list) and any("validity" not in r for r in reasons):
            return "taken back"
    return ""


def replay(hub: Hub, key: str) -> tuple[bool, str, str]:
    """Make an old proposal again from what was stored then: whether it is the same byte for byte, the old, the new."""
    old, asked = question_of(hub, key)
    scenario = hub.scenario(asked.scenario)
    snapshot = hub.view(asked.as_of_ns, asked.upto).snapshot(scenario.reads)
    model = None if asked.version is None else hub.model(scenario, version=asked.version)
    again = answer(scenario, snapshot, model, asked.question, asked.seed).text
    return again == old, old, again


def question_of(hub: Hub, key: str) -> tuple[str, Asked]:
    """The text of a proposal in the ledger, and the question that it answered, with all it depended on.

    Raises
    ------
    IllegalMoveError
        If the ledger knows no such proposal.
    """
    payload = _proposed(hub, key).payload
    proposal = Proposal.from_json(str(payload["proposal"]))
    asked = payload["question"]
    assert isinstance(asked, dict)
    return str(payload["proposal"]), Asked(
        root=hub.workspace.root.resolve(),
        scenario=str(payload["scenario"]),
        subject=str(asked["subject"]),
        wishes=tuple(asked["wishes"].items()),
        as_of_ns=proposal.as_of_ns,
        upto=proposal.upto,
        version=proposal.model or None,
        seed=proposal.seed,
    )


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
    """What is agreed to as far as nothing is edited; a second person agrees to just what the first did."""
    if verdict.said in ("refused", "confirmed") or proposal.change is None:
        return {}
    return {point.lever: point.value for point in proposal.change.points}


def _check_verdict(key: str, proposal: Proposal, verdict: Verdict, at_ns: int) -> None:
    """What a verdict must have, whatever it says."""
    if not verdict.actor.strip():
        raise IllegalMoveError("a decision needs somebody who decides", hint="say who: --by NAME", proposal=key)
    if at_ns < proposal.as_of_ns:
        raise IllegalMoveError(
            "it cannot be decided before the instant it was made for", hint="correct --at", proposal=key
        )
    if verdict.said == "refused" and not verdict.reason.strip():
        raise IllegalMoveError("a refusal needs a reason", hint="say why: --reason '...'", proposal=key)
    if verdict.said != "edited" and verdict.values:
        raise IllegalMoveError("only an edit sets values", hint="answer edit, or leave --set out", proposal=key)


def _check_second(key: str, state: ProposalState, verdict: Verdict) -> None:
    """Who confirms is somebody else than who agreed first."""
    first = {event.actor.strip().casefold() for event in state.events if event.kind == "decided"}
    if verdict.actor.strip().casefold() in first:
        raise NotApprovedError(
            f"{verdict.actor} has agreed to it already: a second person confirms",
            hint="let somebody else look at it",
            proposal=key,
        )


def _check_edit(proposal: Proposal, verdict: Verdict) -> None:
    values, reason = verdict.values, verdict.reason.strip()
    if not values:
        raise LimitBreachedError("an edit needs values", hint="give each as --set LEVER=VALUE")
    assert proposal.change is not None
    points = {point.lever: point for point in proposal.change.points}
    outside = within_range(proposal, values)
    for lever, value in values.items():
        point = points.get(lever)
        if point is None:
            raise LimitBreachedError("; ".join(outside), hint=use_known(lever, points))
        if not (math.isfinite(value) and point.limit_low <= value <= point.limit_high):
            limit = f"{point.limit_low:g} to {point.limit_high:g} {point.unit} ({point.limit_source})"
            raise LimitBreachedError(
                f"{lever}: {value:g} lies outside its hard limit {limit}", hint="no reason opens a hard limit"
            )
    if outside and not reason:
        raise LimitBreachedError("; ".join(outside), hint="stay inside the range, or give a reason: --reason '...'")


def _proposed(hub: Hub, key: str) -> Event:
    events = hub.ledger.read(subject=key, kind="proposed")
    if not events:
        raise IllegalMoveError(f"the ledger knows no proposal {key!r}", hint="`pilothouse ledger show` lists them")
    return events[0]


def _state(hub: Hub, key: str) -> ProposalState:
    return fold(hub.ledger.read(subject=key))[key]


def append_moves(
    hub: Hub,
    key: str,
    actor: str,
    *moves: tuple[str, Mapping[str, object]],
    events: tuple[Event, ...] | None = None,
) -> None:
    """Append events of one proposal, after asking whether each is possible, unless others did meanwhile.

    ``events`` are those of the proposal, where the caller has read them and judged by them already.
    """
    events = hub.ledger.read(subject=key) if events is None else events
    state = fold(events).get(key)
    drafts = []
    for kind, payload in moves:
        status = next_status(state, key, kind, payload)
        state = ProposalState(key=key, status=status, events=() if state is None else state.events)
        drafts.append(EventDraft(at_ns=hub.clock(), kind=kind, subject=key, actor=actor, payload=payload))
    hub.ledger.append(drafts, read_upto=events[-1].seq if events else 0)
