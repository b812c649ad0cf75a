"""Many old proposals made again, wherever compute is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pilothouse.hub.asking import answer_elsewhere
from pilothouse.hub.deciding import question_of
from pilothouse.hub.hub import Hub
from pilothouse.ports import Compute, TaskFailure


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """An old proposal made again.

    Parameters
    ----------
    key
        Of the proposal.
    old
        Its text.
    new
        The text now; empty where it could not be made again.
    why
        Why it could not.
    """

    key: str
    old: str
    new: str = ""
    why: str = ""

    @property
    def is_same(self) -> bool:
        """Byte for byte."""
        return self.old == self.new


def proposals_in(hub: Hub) -> tuple[str, ...]:
    """Keys of all proposals in the ledger, in order."""
    return tuple(dict.fromkeys(event.subject for event in hub.ledger.read(kind="proposed")))


def replay_many(hub: Hub, compute: Compute, keys: Sequence[str]) -> Iterator[Replayed]:
    """Make old proposals again from what was stored then, each as :func:`pilothouse.hub.deciding.replay` does."""
    questions = [question_of(hub, key) for key in keys]
    results = compute.map(answer_elsewhere, [asked for _, asked in questions])
    for key, (old, _), result in zip(keys, questions, results, strict=True):
        if isinstance(result, TaskFailure):
            yield Replayed(key=key, old=old, why=result.reason)
        else:
            yield Replayed(key=key, old=old, new=result.text)
