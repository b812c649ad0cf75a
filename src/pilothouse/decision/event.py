"""Events: what the ledger keeps. State is a fold over them; a correction is a new event."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

GENESIS: Final = "0" * 64
"""The hash before the first event."""


def canonical_json(value: object) -> str:
    """The one JSON text of a value: keys sorted, no spaces, no NaN.

    Examples
    --------
    >>> canonical_json({"b": 1.5, "a": [None, True]})
    '{"a":[null,true],"b":1.5}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDraft:
    """Something that happened in the hub, before the ledger numbered it.

    Parameters
    ----------
    at_ns
        When, ns since 1970 UTC.
    kind
        What: ``learnt``, ``proposed``, ``checked``, ``decided``, ``dispatching``, ``dispatched``, ``came_out``,
        ``worth``, ``authority``, ...
    subject
        What it is about: a proposal's key, or a scenario's key.
    actor
        Who: a person, or ``hub``.
    payload
        The facts, in JSON values only.
    """

    at_ns: int
    kind: str
    subject: str
    actor: str
    payload: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A numbered event of the chain.

    ``hash`` is SHA-256 over the previous hash and the canonical JSON of the event, so no earlier event can be
    changed, removed or slipped in without breaking every later one.

    Examples
    --------
    >>> draft = EventDraft(at_ns=5, kind="decided", subject="p1", actor="ana", payload={"verdict": "accepted"})
    >>> event = Event.chain(1, GENESIS, draft)
    >>> event.is_sound(GENESIS), event.is_sound("1" * 64)
    (True, False)
    """

    seq: int
    at_ns: int
    kind: str
    subject: str
    actor: str
    payload_json: str
    previous_hash: str
    hash: str

    @staticmethod
    def chain(seq: int, previous_hash: str, draft: EventDraft) -> "Event":
        """Number a draft and bind it to the event before it."""
        payload_json = canonical_json(draft.payload)
        return Event(
            seq=seq,
            at_ns=draft.at_ns,
            kind=draft.kind,
            subject=draft.subject,
            actor=draft.actor,
            payload_json=payload_json,
            previous_hash=previous_hash,
            hash=_digest(seq, previous_hash, draft, payload_json),
        )

    @property
    def payload(self) -> dict[str, object]:
        """The facts as they were given."""
        facts: dict[str, object] = json.loads(self.payload_json)
        return facts

    def is_sound(self, previous_hash: str) -> bool:
        """Whether content and chain agree with the hash."""
        draft = EventDraft(at_ns=self.at_ns, kind=self.kind, subject=self.subject, actor=self.actor, payload={})
        return (
            self.previous_hash == previous_hash
            and _digest(self.seq, previous_hash, draft, self.payload_json) == self.hash
        )


def _digest(seq: int, previous_hash: str, draft: EventDraft, payload_json: str) -> str:
    content = canonical_json([seq, draft.at_ns, draft.kind, draft.subject, draft.actor, payload_json])
    return hashlib.sha256((previous_hash + content).encode()).hexdigest()
