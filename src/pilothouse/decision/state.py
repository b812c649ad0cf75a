"""States of proposals: a fold over events, never stored.

::

    proposed → checked ─┬→ accepted ─┬→ dispatched → came_out → worth
             ↘ violated ├→ edited   ─┘              ↗
                        ├→ refused  ────────────────   what the plant did instead came out too
                        └→ expired  ────────────────

The moves are data, :data:`MOVES`. A correction is a new event: ``came_out`` and ``worth`` may be said again, and
limits are checked again before dispatch, so an accepted proposal can still turn out ``violated``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pilothouse.decision.event import Event
from pilothouse.errors import IllegalMoveError

VERDICTS: Final = ("accepted", "edited", "refused", "expired")
"""What a ``decided`` event may say in ``payload["verdict"]``."""

_CAME_OUT: Final = {"came_out": "came_out"}
_WORTH: Final = {**_CAME_OUT, "worth": "worth"}
_AGREED: Final = {"violated": "violated", "expired": "expired", "dispatched": "dispatched", **_CAME_OUT}

MOVES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "": {"proposed": "proposed"},
        "proposed": {"checked": "checked", "violated": "violated", "expired": "expired"},
        "checked": {**{verdict: verdict for verdict in VERDICTS}, "violated": "violated", **_CAME_OUT},
        "violated": _CAME_OUT,
        "accepted": {**_AGREED, "checked": "accepted"},
        "edited": {**_AGREED, "checked": "edited"},
        "refused": _CAME_OUT,
        "expired": _CAME_OUT,
        "dispatched": _CAME_OUT,
        "came_out": _WORTH,
        "worth": _WORTH,
    }
)
"""Status → move → next status. The status before everything is the empty text."""

KINDS: Final = ("proposed", "checked", "decided", "dispatched", "came_out", "worth")
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
