"""The write-back gate: the only way from a decision to the plant, and back to the baseline.

Everything is judged at the moment of sending, by the plant folder as it is now. How one command is sent, so that it is
sent once and never lost unreported, is in :mod:`pilothouse.hub.commanding`.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import RLock
from typing import Final

from pilothouse.clock import NS_PER_S
from pilothouse.connect.gate import (
    PlannedWrite,
    plan,
    shows,
    why_not_back,
    why_not_now,
    why_not_so_far,
    why_not_so_soon,
    why_not_written,
)
from pilothouse.connect.write_back import SetPointRule
from pilothouse.decision.authority import rank
from pilothouse.decision.commanded import (
    DISPATCH,
    DONE,
    FALL_BACK,
    LEFT,
    OPEN,
    Commanded,
    command_key,
    in_force,
    newest,
)
from pilothouse.decision.proposal import Proposal
from pilothouse.decision.scenario import Scenario
from pilothouse.decision.state import ProposalState, fold, next_status
from pilothouse.errors import IllegalMoveError
from pilothouse.hub.commanding import LEFT_TO_PEOPLE, PLANNED, Commanding, Purpose, Sent
from pilothouse.hub.deciding import append_moves, standing
from pilothouse.hub.hub import Hub
from pilothouse.hub.outlets import Wires

DRY_RUN: Final = "dry run"
REFUSED: Final = "refused"

LEAST_AUTHORITY: Final = "confirm"
"""The step of the ladder from which on a scenario's decisions are carried out."""

STALE_EVERY_NS: Final = 5 * NS_PER_S
"""How often the historian is asked whether what a standing set-point was decided by is still fresh."""

PARTLY: Final = "only part of it was carried out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """What became of a decision at the gate.

    Parameters
    ----------
    proposal
        Its key.
    ending
        ``dry run``, ``refused``, ``done``, ``failed`` or ``uncertain``.
    reasons
        Why it was refused, or would be.
    writes
        Each value, in order.
    taken_back
        What was written back to the baseline because only part of it was carried out.
    """

    proposal: str
    ending: str
    reasons: tuple[str, ...]
    writes: tuple[Sent, ...]
    taken_back: tuple[Sent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A decision as the ledger has it, with the scenario as the plant folder has it now."""

    key: str
    state: ProposalState
    proposal: Proposal
    scenario: Scenario | None
    scenario_key: str
    values: Mapping[str, float]


class Gate:
    """Carries decisions out; one at a time, from whichever thread.

    Parameters
    ----------
    hub
        Whose decisions.
    wires
        The plant's outlets.
    sleep
        How to wait between two looks at the plant.
    """

    def __init__(self, hub: Hub, wires: Wires, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._hub = hub
        self._commanding = Commanding(hub, wires, sleep)
        self._allowed = hub.workspace.write_back
        self._busy = RLock()
        self._asked: dict[str, tuple[int, tuple[str, ...]]] = {}

    def dispatch(self, key: str, *, by: str, dry_run: bool = False) -> Dispatched:
        """Send what was decided, if everything still holds; by default, or where asked, only say what would be sent.

        Parameters
        ----------
        key
            The proposal.
        by
            Who asks for it.
        dry_run
            Send nothing in any case.

        Raises
        ------
        IllegalMoveError
            If the proposal is unknown, nobody agreed to it, or all it sends was sent already.
        """
        with self._busy:
            self.reconcile()
            case = self._case(key)
            is_dry = dry_run or not self._allowed.enabled
            next_status(case.state, key, "dry_run" if is_dry else "dispatching", {})
            writes, unplanned = self._planned(case)
            reasons = (*self._why_not_now(case), *self._stale(case), *unplanned)
            due = [write for write in writes if not self._was_sent(key, write)]
            if writes and not due:
                raise IllegalMoveError(f"all that proposal {key} sends was sent", hint="nothing is sent twice")
            sent = [self._would_send(key, write) for write in due]
            for write, one in zip(due, sent, strict=True):
                reasons += self._why_not(write, one)
            if is_dry:
                return self._say(case, by, tuple(sent), reasons)
            if reasons:
                self._commanding.refuse(key, Purpose(name=DISPATCH, by=by, reasons=reasons))
                return Dispatched(proposal=key, ending=REFUSED, reasons=reasons, writes=tuple(sent))
            return self._carry_out(case, due, sent, by)

    def reconcile(self) -> tuple[Sent, ...]:
        """Find out, by reading alone, what became of commands without an ending; call it when the hub starts.

        A command whose value the plant shows is done. Any other is uncertain once it can no longer arrive. While the
        plant does not answer it stays open.
        """
        with self._busy:
            self._commanding.catch_up()
            known = self._commanding.known.values()
            return tuple(self._commanding.settle(command) for command in known if command.ending == OPEN)

    def lapsed(self, unwell: tuple[str, ...] = ()) -> Mapping[str, tuple[str, ...]]:
        """The proposals whose set-points stand in the plant without a reason any more, with why.

        Parameters
        ----------
        unwell
            Why the hub does not see the plant; then no set-point has a reason.
        """
        with self._busy:
            self._commanding.catch_up()
            standing_in = dict.fromkeys(command.proposal for command in in_force(self._commanding.known))
            reasons = {key: (*unwell, *self._why_lapsed(key)) for key in standing_in}
            return {key: why for key, why in reasons.items() if why}

    def fall_back(self, key: str, reasons: tuple[str, ...]) -> tuple[Sent, ...]:
        """Write the baseline back, once, where the plant still shows what this proposal sent.

        Where it shows something else somebody has changed it, and it is left to people.
        """
        with self._busy:
            self._commanding.catch_up()
            due = [command for command in in_force(self._commanding.known) if command.proposal == key]
            return tuple(self._take_back(command, reasons) for command in due)

    # ---- Whether -----------------------------------------------------------------------------------------------------

    def _planned(self, case: _Case) -> tuple[tuple[PlannedWrite, ...], tuple[str, ...]]:
        """What a decision would write, and what of it cannot be planned, by the plant folder as it is now."""
        if case.scenario is None:
            return (), (f"scenario {case.scenario_key} is no longer in the plant folder",)
        asked = case.scenario.commands(case.proposal)
        return plan(case.proposal, asked, case.values, self._allowed, self._hub.workspace.plant)

    def _why_not_now(self, case: _Case) -> tuple[str, ...]:
        """Why a decision must not be carried out now, as far as the plant need not be asked."""
        now_ns = self._hub.clock()
        reasons = [*self._why_not_allowed(case), *why_not_now(case.proposal, now_ns, self._allowed.greatest_age_ns)]
        if case.scenario is not None:
            # The end of validity is told above, with its figure.
            reasons += [said for said in case.scenario.check(case.proposal, now_ns) if "validity" not in said]
        return tuple(reasons)

    def _stale(self, case: _Case) -> tuple[str, ...]:
        """What its scenario reads and is too old; asks the historian."""
        if case.scenario is None:
            return ()
        snapshot = self._hub.view(self._hub.clock()).snapshot(case.scenario.reads)
        return tuple(f"{key} is older than its scenario allows" for key in snapshot.stale(case.scenario.reads))

    def _stale_of_late(self, case: _Case) -> tuple[str, ...]:
        """The same, asked every few seconds only: it may have much to read."""
        now_ns = self._hub.clock()
        asked_ns, reasons = self._asked.get(case.key, (now_ns - STALE_EVERY_NS, ()))
        if not 0 <= now_ns - asked_ns < STALE_EVERY_NS:
            reasons = self._stale(case)
            self._asked[case.key] = now_ns, reasons
        return reasons

    def _why_not_allowed(self, case: _Case) -> list[str]:
        reasons = []
        if case.state.latest("decided") is None:
            reasons.append("nobody has decided it")
        elif self._allowed.two_people and not _is_confirmed(case.state):
            reasons.append(f"a second person must confirm it: pilothouse decide DIR {case.key} confirm --by NAME")
        level = standing(self._hub, case.scenario_key)
        if rank(level) < rank(LEAST_AUTHORITY):
            reasons.append(f"its scenario stands at {level}, nothing is carried out below {LEAST_AUTHORITY}")
        return reasons

    def _why_not(self, write: PlannedWrite, sent: Sent) -> tuple[str, ...]:
        far = (sent.why,) if sent.before is None else why_not_so_far(write.rule, write.value, sent.before)
        last = newest(self._commanding.known).get(write.parameter.key)
        is_open = last is not None and last.ending == OPEN
        before = (f"{write.parameter.key}: what became of the command before is not known yet",) if is_open else ()
        return (*why_not_written(write), *far, *before, *self._why_not_so_soon(write.rule))

    def _why_not_so_soon(self, rule: SetPointRule) -> tuple[str, ...]:
        last = newest(self._commanding.known).get(rule.parameter)
        return why_not_so_soon(rule, None if last is None else last.at_ns, self._hub.clock())

    def _why_lapsed(self, key: str) -> tuple[str, ...]:
        case = self._case(key)
        writes, unplanned = self._planned(case)
        # The age of what it was made of counts when it is sent; from then on it holds as long as it is valid.
        lasting = [why for why in self._why_not_now(case) if not why.startswith(("its data is", "a second person"))]
        unsent = [write.parameter.key for write in writes if not self._was_sent(key, write)]
        partly = (f"{PARTLY}: {', '.join(unsent)} was not written",) if unsent else ()
        return (*lasting, *self._stale_of_late(case), *unplanned, *partly)

    # ---- Out and back ------------------------------------------------------------------------------------------------

    def _would_send(self, key: str, write: PlannedWrite) -> Sent:
        before, why = self._commanding.shown(write.parameter.key)
        parameter = write.parameter
        return Sent(
            proposal=key, parameter=parameter.key, unit=parameter.unit, value=write.value, before=before, why=why
        )

    def _say(self, case: _Case, by: str, sent: tuple[Sent, ...], reasons: tuple[str, ...]) -> Dispatched:
        """Write down what would be sent, and why it would not."""
        told = [{"parameter": s.parameter, "value": s.value, "before": s.before, "unit": s.unit} for s in sent]
        append_moves(self._hub, case.key, by, ("dry_run", {"writes": told, "reasons": list(reasons)}))
        return Dispatched(proposal=case.key, ending=DRY_RUN, reasons=reasons, writes=sent)

    def _carry_out(self, case: _Case, due: list[PlannedWrite], sent: list[Sent], by: str) -> Dispatched:
        done: list[Sent] = []
        for write, one in zip(due, sent, strict=True):
            late = why_not_now(case.proposal, self._hub.clock(), self._allowed.greatest_age_ns)
            if late:
                self._commanding.refuse(case.key, Purpose(name=DISPATCH, by=by, reasons=late))
                done.append(replace(one, ending=REFUSED, why=late[0]))
                break
            done.append(self._commanding.send(write.rule, one, Purpose(name=DISPATCH, by=by)))
            if done[-1].ending != DONE:
                break
        taken_back: tuple[Sent, ...] = ()
        if done[-1].ending != DONE and len(due) > 1:
            taken_back = self.fall_back(case.key, (PARTLY,))
        return Dispatched(
            proposal=case.key,
            ending=done[-1].ending,
            reasons=tuple(one.why for one in done if one.why and one.ending != DONE),
            writes=(*done, *sent[len(done) :]),
            taken_back=taken_back,
        )

    def _take_back(self, command: Commanded, reasons: tuple[str, ...]) -> Sent:
        rule, sent = self._commanding.rule(command), self._commanding.as_sent(command)
        shown, why = self._commanding.shown(command.parameter)
        sent = replace(sent, read_back=shown)
        if shown is not None and not shows(rule, command.value, shown):
            why = f"{command.parameter}: the plant shows {shown:g}, not the {command.value:g} sent: left to people"
            facts = {"command": command.command, "parameter": command.parameter, "shown": shown}
            append_moves(self._hub, command.proposal, "hub", (LEFT, {**facts, "reasons": list(reasons)}))
            self._commanding.catch_up()
            return replace(sent, ending=LEFT_TO_PEOPLE, why=why)
        planned = self._planned(self._case(command.proposal))[0]
        write = next((one for one in planned if one.parameter.key == command.parameter), None)
        against = self._why_not_taken_back(command, write, shown, why)
        if against or write is None:
            self._commanding.refuse(command.proposal, Purpose(name=FALL_BACK, by="hub", reasons=(*against, *reasons)))
            return replace(sent, ending=REFUSED, why="; ".join(against))
        back = replace(sent, value=write.baseline, before=shown, read_back=None, ending=PLANNED)
        return self._commanding.send(write.rule, back, Purpose(name=FALL_BACK, by="hub", reasons=reasons))

    def _why_not_taken_back(
        self, command: Commanded, write: PlannedWrite | None, shown: float | None, why: str
    ) -> tuple[str, ...]:
        switched = () if self._allowed.enabled else ("write-back is switched off",)
        if shown is None:
            return (*switched, why)
        if write is None:
            return (*switched, f"{command.parameter}: the plant folder no longer lets it be written")
        far = why_not_so_far(write.rule, write.baseline, shown)
        return (*switched, *why_not_back(write), *far, *self._why_not_so_soon(write.rule))

    # ---- What is known -----------------------------------------------------------------------------------------------

    def _was_sent(self, key: str, write: PlannedWrite) -> bool:
        return command_key(key, DISPATCH, write.parameter.key) in self._commanding.known

    def _case(self, key: str) -> _Case:
        states = fold(self._hub.ledger.read(subject=key))
        if key not in states:
            raise IllegalMoveError(f"the ledger knows no proposal {key!r}", hint="`pilothouse ledger show` lists them")
        state = states[key]
        said = state.events[0].payload
        proposal = Proposal.from_json(str(said["proposal"]))
        agreed = [e for e in state.events if e.kind == "decided" and e.payload.get("verdict") in ("accepted", "edited")]
        # Where nobody has decided, a dry run shows what is proposed.
        points = () if proposal.change is None else proposal.change.points
        values = agreed[-1].payload["values"] if agreed else {point.lever: point.value for point in points}
        assert isinstance(values, dict)
        scenarios = {scenario.key: scenario for scenario in self._hub.workspace.scenarios}
        return _Case(
            key=key,
            state=state,
            proposal=proposal,
            scenario=scenarios.get(str(said["scenario"])),
            scenario_key=str(said["scenario"]),
            values=values,
        )


def _is_confirmed(state: ProposalState) -> bool:
    return any(event.kind == "decided" and event.payload.get("verdict") == "confirmed" for event in state.events)
