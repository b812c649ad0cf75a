"""Carrying out: what people decided goes through the write-back gate by itself, once, while the hub serves.

The gate alone judges and sends. This is who brings it what was decided: each decision once, when it was made or when
the hub starts; one that the gate refuses is told, and left to people.
"""

import logging
from collections.abc import Iterable
from typing import Final

from pilothouse.decision.event import Event
from pilothouse.decision.state import fold
from pilothouse.errors import DecisionError
from pilothouse.hub.dispatching import Dispatched, Gate
from pilothouse.hub.hub import Hub

ACTOR: Final = "hub"
"""Who asks the gate: the decision itself names who made it."""

_TRIED: Final = ("dry_run", "write_refused", "dispatching")
"""Kinds of events that say that a decision was brought to the gate."""

_log = logging.getLogger(__name__)


class CarryingOut:
    """Brings decisions to the gate, from whichever thread.

    Parameters
    ----------
    hub
        Whose ledger.
    gate
        That carries out.
    """

    def __init__(self, hub: Hub, gate: Gate) -> None:
        self._hub = hub
        self._gate = gate
        self._read = 0

    def look(self) -> tuple[Dispatched, ...]:
        """Bring what was decided since the last look, or at the first look what was never brought.

        Raises
        ------
        StoreError
            If the ledger cannot be reached; then nothing is forgotten.
        """
        events = self._hub.ledger.read(self._read + 1)
        done = []
        for key in _decided(events):
            if self._is_due(key):
                try:
                    done.append(self._gate.dispatch(key, by=ACTOR))
                except DecisionError as error:
                    _log.warning("a decision is not carried out", extra={"proposal": key, "reason": str(error)})
        if events:
            self._read = events[-1].seq
        return tuple(done)

    def _is_due(self, key: str) -> bool:
        """Whether somebody agreed, and the gate has not been asked since."""
        state = fold(self._hub.ledger.read(subject=key))[key]
        if state.status not in ("accepted", "edited", "confirmed"):
            return False
        decided = max(event.seq for event in state.events if event.kind == "decided")
        return not any(event.seq > decided and event.kind in _TRIED for event in state.events)


def _decided(events: Iterable[Event]) -> tuple[str, ...]:
    """Proposals that somebody agreed to in these events, in order."""
    agreed = ("accepted", "edited", "confirmed")
    return tuple(dict.fromkeys(e.subject for e in events if e.kind == "decided" and e.payload.get("verdict") in agreed))
