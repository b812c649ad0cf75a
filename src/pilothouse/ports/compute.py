"""Where heavy work is done: processes of this machine, or a cluster."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFailure:
    """Why a task has no result.

    Parameters
    ----------
    reason
        In words: what it raised, that its worker died each time, or that its time was over.
    tries
        How often it was tried.
    """

    reason: str
    tries: int


class Compute(Protocol):
    """Runs pure functions of records elsewhere. A task is a function of a module, it and its item can be pickled.

    A task that raises fails at once, for it would raise again; one whose worker died is tried again, and whoever gives
    a task bears that it may have run before. In a worker every library of linear algebra has one thread. Several
    threads may ask for maps at once.
    """

    @property
    def workers(self) -> int:
        """How many tasks are worked on at once."""
        ...

    def map(
        self, task: Callable[[T], R], items: Sequence[T], *, retries: int = 2, timeout_s: float | None = None
    ) -> Iterator[R | TaskFailure]:
        """The results in the order of the items, each as soon as it and those before it are there.

        Parameters
        ----------
        task, items
            What is worked out of each.
        retries
            How often a task is tried again whose worker died.
        timeout_s
            After which a task is given up and its worker ended; None for no limit. Counted from when the worker
            has taken the task in.

        Raises
        ------
        TypeError
            If the task or an item cannot be pickled.
        """
        ...

    def close(self) -> None:
        """End the workers; tasks that are not done are given up."""
        ...
