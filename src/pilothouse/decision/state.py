"""States of proposals: a fold over events, never stored.

::

    proposed → checked ─┬→ accepted ─┬→ (confirmed) → dispatching ─┬→ dispatched ─────────┬→ came_out → worth
             ↘ violated ├→ edited   ─┘                             ├→ dispatch_failed     ┤
                        ├→ refused  ──────────┐                    └→ dispatch_uncertain  ┤
                        └→ expired  ──────────┴ what the plant did instead came out too ──┘

    dispatched, dispatch_failed, dispatch_uncertain, came_out, worth → falling_back → fell_back, fall_back_uncertain

The moves are data, :data:`MOVES`. A correction is a new event: ``came_out`` and ``worth`` may be said again, and
limits are checked again before dispatch, so an accepted proposal can still turn out ``violated``. A proposal with
several commands is ``dispatching`` once for each; which one stands where is told by
:mod:`pilothouse.decision.commanded`. What came out is not said while a command is under way.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pilothouse.decision.event import Event
from pilothouse.errors import IllegalMoveError

VERDICTS: Final = ("accepted", "edited", "refused", "expired", "confirmed")
"""What a ``decided`` event may say in ``payload["verdict"]``; ``confirmed`` is a second person's yes."""

_CAME_OUT: Final = {"came_out": "came_out"}
_ANSWERS: Final = {verdict: verdict for verdict in VERDICTS if verdict != "confirmed"}
_FALL_BACK: Final = {"fall_back": "falling_back", "fall_back_left": "fell_back"}


def _agreed(status: str) -> dict[str, str]:
    """From where a person has said yes: back, on, or nothing changes."""
    stays = dict.fromkeys(("checked", "dry_run", "write_refused"), status)
    back = {"violated": "violated", "expired": "expired", "refused": "refused"}
    return {**back, **stays, "dispatching": "dispatching", **_CAME_OUT}


def _sent(status: str) -> dict[str, str]:
    """From where something was sent."""
    return {**_FALL_BACK, "write_refused": status, **_CAME_OUT}


MOVES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "": {"proposed": "proposed"},
        "proposed": {"checked": "checked", "violated": "violated", "expired": "expired"},
        "checked": {**_ANSWERS, "violated": "violated", "dry_run": "checked", **_CAME_OUT},
        "violated": _CAME_OUT,
        "accepted": {"confirmed": "confirmed", **_agreed("accepted")},
        "edited": {"confirmed": "confirmed", **_agreed("edited")},
        "confirmed": _agreed("confirmed"),
        "refused": _CAME_OUT,
        "expired": _CAME_OUT,
        "dispatching": {
            "dispatched": "dispatched",
            "dispatch_failed": "dispatch_failed",
            "dispatch_uncertain": "dispatch_uncertain",
        },
        "dispatched": {"dispatching": "dispatching", **_sent("dispatched")},
        "dispatch_failed": _sent("dispatch_failed"),
        "dispatch_uncertain": _sent("dispatch_uncertain"),
        "falling_back": {"fell_back": "fell_back", "fall_back_uncertain": "fall_back_uncertain"},
        "fell_back": _sent("fell_back"),
        "fall_back_uncertain": _sent("fall_back_uncertain"),
        "came_out": {"worth": "worth", **_sent("came_out")},
        "worth": {"worth": "worth", **_sent("worth")},
    }
)
"""Status → move → next status. The status before everything is the empty text."""

KINDS: Final = (
    "proposed",
    "checked",
    "decided",
    "dry_run",
    "write_refused",
    "dispatching",
    "dispatched",
    "dispatch_failed",
    "dispatch_uncertain",
    "fall_back",
    "fell_back",
    "fall_back_uncertain",
    "fall_back_left",
    "came_out",
    "worth",
)
"""Kinds of events that are about a proposal; all others are not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalState:
    """Where a proposal stands, and all that was said of it.

    Parameters
    ----------
    key
        The proposal's key: the ``subject`` of its events.
    status
        A key of :data:`MOVES`.
    events
        In order.
    """

    key: str
    status: str
    events: tuple[Event, ...]

    @property
    def possible(self) -> tuple[str, ...]:
        """The moves that are possible from here."""
        return tuple(MOVES[self.status])

    def latest(self, kind: str) -> Event | None:
        """The last event of a kind, which is the one that counts."""
        return next((event for event in reversed(self.events) if event.kind == kind), None)


def fold(
    events: Iterable[Event], since: Mapping[str, ProposalState] = MappingProxyType({})
) -> Mapping[str, ProposalState]:
    """The state of each proposal after these events.

    Parameters
    ----------
    events
        In the order of the ledger.
    since
        The states after all earlier events, to go on from.

    Raises
    ------
    IllegalMoveError
        If an event is not possible in the state its proposal is in.

    Examples
    --------
    >>> from pilothouse.decision.event import GENESIS, EventDraft
    >>> event = Event.chain(1, GENESIS, EventDraft(at_ns=0, kind="proposed", subject="p1", actor="hub", payload={}))
    >>> fold([event])["p1"].possible
    ('checked', 'violated', 'expired')
    """
    states = dict(since)
    for event in events:
        if event.kind in KINDS:
            state = states.get(event.subject)
            status = next_status(state, event.subject, event.kind, event.payload)
            earlier = () if state is None else state.events
            states[event.subject] = ProposalState(key=event.subject, status=status, events=(*earlier, event))
    return MappingProxyType(states)


def next_status(state: ProposalState | None, key: str, kind: str, payload: Mapping[str, object]) -> str:
    """The status a proposal would have after an event; ask before appending it.

    Parameters
    ----------
    state
        Where the proposal stands; None if it was not proposed yet.
    key
        The proposal's key.
    kind, payload
        Of the event.

    Raises
    ------
    IllegalMoveError
        If the event is not possible, with what is.

    Examples
    --------
    >>> try:
    ...     next_status(None, "p1", "decided", {"verdict": "accepted"})
    ... except IllegalMoveError as error:
    ...     print(error)
    'accepted' is not possible (proposal p1). It is not known yet; possible: proposed.
    """
    status = "" if state is None else state.status
    move = _move(kind, payload)
    if move not in MOVES[status]:
        stands = f"it is {status}" if status else "it is not known yet"
        raise IllegalMoveError(
            f"{move!r} is not possible", hint=f"{stands}; possible: {', '.join(MOVES[status])}", proposal=key
        )
    return MOVES[status][move]


def _move(kind: str, payload: Mapping[str, object]) -> str:
    """What an event says: its kind, or the verdict in it."""
    if kind == "checked":
        return "violated" if payload.get("violations") else "checked"
    if kind == "decided":
        verdict = str(payload.get("verdict"))
        # A verdict that names another kind of event must not pass for that event.
        return verdict if verdict in VERDICTS else f"decided: {verdict}"
    return kind
