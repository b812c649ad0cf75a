"""Sending one command: said in the ledger before, read back after, found out about by reading alone.

A command has a name that only its decision can give it, and one name is sent once, whoever asks and however often. Who
finds a command without an ending, after a kill or a lost connection, looks at what the plant shows; nothing is ever
sent again to find out.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pilothouse.clock import NS_PER_S, stopwatch_s
from pilothouse.connect.gate import shows
from pilothouse.connect.write_back import SetPointRule
from pilothouse.decision.commanded import (
    DISPATCH,
    DONE,
    FAILED,
    FALL_BACK,
    OPEN,
    UNCERTAIN,
    Commanded,
    command_key,
    commands,
)
from pilothouse.errors import IllegalMoveError, NotWrittenError, SourceError
from pilothouse.hub.deciding import append_moves
from pilothouse.hub.hub import Hub
from pilothouse.hub.outlets import Wires

PLANNED: Final = "planned"
LEFT_TO_PEOPLE: Final = "left"

_KINDS: Final[Mapping[tuple[str, str], str]] = {
    (DISPATCH, OPEN): "dispatching",
    (DISPATCH, DONE): "dispatched",
    (DISPATCH, FAILED): "dispatch_failed",
    (DISPATCH, UNCERTAIN): "dispatch_uncertain",
    (FALL_BACK, OPEN): "fall_back",
    (FALL_BACK, DONE): "fell_back",
    (FALL_BACK, FAILED): "fall_back_uncertain",
    (FALL_BACK, UNCERTAIN): "fall_back_uncertain",
}
_LOOK_EVERY_S: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of one value.

    Parameters
    ----------
    proposal, parameter, unit
        Whose, which, in what.
    value, before, read_back
        What was to be written; what the plant showed before and after, None where it did not.
    ending
        ``planned``, ``done``, ``failed``, ``uncertain``, ``open`` (the plant does not answer yet), ``refused`` or
        ``left`` to people.
    why
        In words, where it is not as it should be.
    """

    proposal: str
    parameter: str
    unit: str
    value: float
    before: float | None
    read_back: float | None = None
    ending: str = PLANNED
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What a value is sent for: to carry a decision out or to fall back, asked by whom, and why."""

    name: str
    by: str
    reasons: tuple[str, ...] = ()


class Commanding:
    """What was commanded so far, and how one more command is sent. Not for several threads: its owner sees to that.

    Parameters
    ----------
    hub
        Whose ledger.
    wires
        The plant's outlets.
    sleep
        How to wait between two looks at the plant.
    """

    def __init__(self, hub: Hub, wires: Wires, sleep: Callable[[float], None] = time.sleep) -> None:
        self._hub = hub
        self._wires = wires
        self._sleep = sleep
        self._timeout_s = hub.workspace.write_back.timeout_s
        self._read_to = 0
        self.known: Mapping[str, Commanded] = {}

    def catch_up(self) -> None:
        """Take in what the ledger says since the last time."""
        events = self._hub.ledger.read(self._read_to + 1)
        if events:
            self.known = commands(events, self.known)
            self._read_to = events[-1].seq

    def shown(self, parameter: str) -> tuple[float | None, str]:
        """What the plant shows, or why it does not."""
        try:
            shown = self._wires.read(parameter, timeout_s=self._timeout_s).value
        except SourceError as error:
            return None, str(error)
        return shown, "" if shown is not None else f"{parameter}: the plant does not show what it is set to"

    def rule(self, command: Commanded) -> SetPointRule:
        """How a command's parameter is written; where the folder no longer says so, what it shows must just agree."""
        rule = self._hub.workspace.write_back.rule(command.lever)
        if rule is not None and rule.parameter == command.parameter:
            return rule
        return SetPointRule(parameter=command.parameter, lever=command.lever, least_ns=0, greatest_step=0.0)

    def send(self, rule: SetPointRule, planned: Sent, purpose: Purpose) -> Sent:
        """Say it, send it, say what became of it.

        Raises
        ------
        IllegalMoveError
            If this command was ever sent before.
        """
        now_ns = self._hub.clock()
        command = Commanded(
            command=command_key(planned.proposal, purpose.name, planned.parameter),
            proposal=planned.proposal,
            purpose=purpose.name,
            parameter=planned.parameter,
            lever=rule.lever,
            value=planned.value,
            before=planned.before or 0.0,
            outlet=self._wires.outlet(planned.parameter) or "",
            at_ns=now_ns,
            deadline_ns=now_ns + round(self._timeout_s * NS_PER_S),
        )
        self._intend(command, planned.unit, purpose)
        try:
            shown = self._wires.write(planned.parameter, planned.value, timeout_s=self._timeout_s).value
            fault = ""
        except NotWrittenError as error:
            return self._end(command, replace(planned, ending=FAILED, why=str(error)), purpose.by)
        except SourceError as error:
            shown, fault = None, str(error)
        if not shows(rule, planned.value, shown):
            shown, answer = self._look(command, rule, self._timeout_s)
            fault = fault or answer
        if shows(rule, planned.value, shown):
            return self._end(command, replace(planned, read_back=shown, ending=DONE, why=fault), purpose.by)
        if shown is None or fault:
            return self._end(command, replace(planned, read_back=shown, ending=UNCERTAIN, why=fault), purpose.by)
        why = f"{planned.parameter}: the plant shows {shown:g}, not the {planned.value:g} that was written"
        return self._end(command, replace(planned, read_back=shown, ending=FAILED, why=why), purpose.by)

    def settle(self, command: Commanded) -> Sent:
        """How a command ended that was begun by somebody who did not end it."""
        rule, sent = self.rule(command), self.as_sent(command)
        left_ns = max(command.deadline_ns - self._hub.clock(), 0)
        shown, why = self._look(command, rule, min(left_ns / NS_PER_S, self._timeout_s))
        if shown is None:
            return replace(sent, ending=OPEN, why=why)
        if shows(rule, command.value, shown):
            found = f"{command.parameter}: found to show it"
            return self._end(command, replace(sent, read_back=shown, ending=DONE, why=found), "hub")
        why = f"{command.parameter}: the plant shows {shown:g}; whether {command.value:g} was ever written is not known"
        return self._end(command, replace(sent, read_back=shown, ending=UNCERTAIN, why=why), "hub")

    def refuse(self, key: str, purpose: Purpose) -> None:
        """Write down why something is not written, unless that was the last thing said; numbers may differ."""
        events = self._hub.ledger.read(subject=key, kind="write_refused")
        said = events[-1].payload if events else {}
        last = said.get("reasons")
        if said.get("purpose") == purpose.name and isinstance(last, list) and _gist(last) == _gist(purpose.reasons):
            return
        payload = {"purpose": purpose.name, "reasons": list(purpose.reasons)}
        append_moves(self._hub, key, purpose.by, ("write_refused", payload))

    def as_sent(self, command: Commanded) -> Sent:
        """A command of the ledger, before it is known what became of it."""
        parameter = self._hub.workspace.plant.parameters.get(command.parameter)
        return Sent(
            proposal=command.proposal,
            parameter=command.parameter,
            unit="" if parameter is None else parameter.unit,
            value=command.value,
            before=command.before,
        )

    def _intend(self, command: Commanded, unit: str, purpose: Purpose) -> None:
        events = self._hub.ledger.read(subject=command.proposal)
        if command.command in commands(events):
            raise IllegalMoveError(
                f"command {command.command} was sent before", hint="nothing is sent twice", proposal=command.proposal
            )
        facts = {**command.payload(), "unit": unit, "reasons": list(purpose.reasons)}
        # What was just read is what is built upon: another process that wrote since keeps this one from sending.
        append_moves(self._hub, command.proposal, purpose.by, (_KINDS[purpose.name, OPEN], facts), events=events)
        self.catch_up()

    def _look(self, command: Commanded, rule: SetPointRule, wait_s: float) -> tuple[float | None, str]:
        """What the plant shows: the value as soon as it does, or whatever it shows when the time is over."""
        until_s = stopwatch_s() + wait_s
        while True:
            shown, why = self.shown(command.parameter)
            if shows(rule, command.value, shown) or stopwatch_s() >= until_s:
                return shown, why
            self._sleep(_LOOK_EVERY_S)

    def _end(self, command: Commanded, sent: Sent, by: str) -> Sent:
        """Write down how a command ended; one that is done although something went wrong was found by reading."""
        said = {
            "command": command.command,
            "parameter": command.parameter,
            "read_back": sent.read_back,
            "found": sent.ending == DONE and bool(sent.why),
            "why": sent.why,
        }
        append_moves(self._hub, command.proposal, by, (_KINDS[command.purpose, sent.ending], said))
        self.catch_up()
        return sent


def _gist(reasons: Sequence[object]) -> list[str]:
    """Reasons without their numbers, which change from one second to the next."""
    return [re.sub(r"[\d.]+", "#", str(reason)) for reason in reasons]
