"""Commands as the ledger has them: what was to be written to the plant, and what became of it.

Each command has two events of its proposal. The first (``dispatching``, or ``fall_back`` for the way back to the
baseline) is there before anything is sent and names the command; the second says how it ended. A command without a
second event is *open*: whoever was to write it may have died in between, and nobody may send it again.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from pilothouse.decision.event import Event

DISPATCH: Final = "dispatch"
FALL_BACK: Final = "fall_back"
PURPOSES: Final = (DISPATCH, FALL_BACK)

OPEN: Final = "open"
DONE: Final = "done"
FAILED: Final = "failed"
UNCERTAIN: Final = "uncertain"

INTENTS: Final[Mapping[str, str]] = MappingProxyType({"dispatching": DISPATCH, "fall_back": FALL_BACK})
"""Kind of the event before a command → its purpose."""

ENDINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "dispatched": DONE,
        "dispatch_failed": FAILED,
        "dispatch_uncertain": UNCERTAIN,
        "fell_back": DONE,
        "fall_back_uncertain": UNCERTAIN,
    }
)
"""Kind of the event after a command → how it ended."""

LEFT: Final = "fall_back_left"
"""Kind of the event that leaves a set-point to people: the plant no longer shows what was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commanded:
    """One command.

    Parameters
    ----------
    command
        Its name, the same whenever it would be made of the same decision again: the idempotency key.
    proposal
        Key of the proposal it carries out, or takes back.
    purpose
        One of :data:`PURPOSES`.
    parameter, lever
        What is written, and which lever of the proposal that is.
    value, before
        What is written, and what the plant showed just before, in the unit of the parameter.
    outlet
        Key of the connection it goes over.
    at_ns, deadline_ns
        When it was about to be sent, and until when it may arrive in the plant.
    ending
        One of ``open``, ``done``, ``failed``, ``uncertain``.
    read_back
        What the plant showed afterwards; None where it could not be read.
    is_left
        Whether the set-point was left to people since.
    """

    command: str
    proposal: str
    purpose: str
    parameter: str
    lever: str
    value: float
    before: float
    outlet: str
    at_ns: int
    deadline_ns: int
    ending: str = OPEN
    read_back: float | None = None
    is_left: bool = False

    def payload(self) -> dict[str, object]:
        """The facts of the event before it is sent."""
        return {
            "command": self.command,
            "parameter": self.parameter,
            "lever": self.lever,
            "value": self.value,
            "before": self.before,
            "outlet": self.outlet,
            "deadline_ns": self.deadline_ns,
        }


def command_key(proposal: str, purpose: str, parameter: str) -> str:
    """The name of a command: one proposal is decided once, so it writes a parameter once, and takes it back once.

    Examples
    --------
    >>> command_key("p1", "dispatch", "arc") == command_key("p1", "dispatch", "arc")
    True
    >>> command_key("p1", "fall_back", "arc") == command_key("p1", "dispatch", "arc")
    False
    """
    return "c" + hashlib.sha256(f"{proposal}\n{purpose}\n{parameter}".encode()).hexdigest()[:12]


def commands(events: Iterable[Event], since: Mapping[str, Commanded] = MappingProxyType({})) -> Mapping[str, Commanded]:
    """All commands after these events, by name, in the order in which they were sent.

    Parameters
    ----------
    events
        Of the ledger, in order; those that are about no command are passed over.
    since
        The commands before them.
    """
    known = dict(since)
    for event in events:
        if event.kind in INTENTS:
            made = _of(event)
            known[made.command] = made
        elif event.kind in ENDINGS:
            said = event.payload
            name = str(said["command"])
            known[name] = replace(known[name], ending=ENDINGS[event.kind], read_back=_number(said.get("read_back")))
        elif event.kind == LEFT:
            name = str(event.payload["command"])
            known[name] = replace(known[name], is_left=True)
    return MappingProxyType(known)


def newest(known: Mapping[str, Commanded]) -> Mapping[str, Commanded]:
    """The newest command of each parameter: only that one can still be what the plant stands at."""
    return {command.parameter: command for command in known.values()}


def in_force(known: Mapping[str, Commanded]) -> tuple[Commanded, ...]:
    """The commands whose set-point may stand in the plant and was not taken back or left to people."""
    return tuple(
        command
        for command in newest(known).values()
        if command.purpose == DISPATCH and command.ending != OPEN and not command.is_left
    )


def _of(event: Event) -> Commanded:
    said = event.payload
    return Commanded(
        command=str(said["command"]),
        proposal=event.subject,
        purpose=INTENTS[event.kind],
        parameter=str(said["parameter"]),
        lever=str(said["lever"]),
        value=_number(said["value"]) or 0.0,
        before=_number(said["before"]) or 0.0,
        outlet=str(said["outlet"]),
        at_ns=event.at_ns,
        deadline_ns=int(str(said["deadline_ns"])),
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
