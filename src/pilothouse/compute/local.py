"""Compute on this machine: processes of our own, so that one that dies costs a retry of its task and nothing else."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Self, TypeVar, cast

from pilothouse.compute.seat import GIVEN_UP, Seat, job_of, result_of, work
from pilothouse.ports import TaskFailure

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 4
"""So many tasks a worker are under way beyond the first whose result is waited for; no more results are held."""


class LocalCompute:
    """Worker processes of this machine; see :class:`pilothouse.ports.Compute`.

    They are started when they are first needed. A file that uses it as a script needs no guard: workers import modules,
    never the script.

    Parameters
    ----------
    workers
        How many; by default one a core.

    Examples
    --------
    >>> from math import factorial
    >>> with LocalCompute(workers=1) as compute:
    ...     list(compute.map(factorial, [3, -1, 5]))
    [6, TaskFailure(reason='factorial() not defined for negative values', tries=1), 120]
    """

    def __init__(self, workers: int | None = None) -> None:
        count = (os.cpu_count() or 1) if workers is None else workers
        if count < 1:
            raise ValueError(f"expected at least one worker, got {count}")
        self._seats = [Seat() for _ in range(count)]
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._guard = threading.Lock()
        self._closed = False

    @property
    def workers(self) -> int:
        """How many tasks are worked on at once."""
        return len(self._seats)

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the workers that were started."""
        return tuple(pid for seat in self._seats if (pid := seat.pid) is not None)

    def map(
        self, task: Callable[[T], R], items: Sequence[T], *, retries: int = 2, timeout_s: float | None = None
    ) -> Iterator[R | TaskFailure]:
        """The results in the order of the items; see the port."""
        under_way: deque[Future[bytes | TaskFailure]] = deque()
        ahead = iter(items)
        try:
            while True:
                while len(under_way) < _AHEAD * self.workers and (more := next(ahead, _END)) is not _END:
                    job = _Job(content=job_of(task, cast("T", more)), retries=retries, timeout_s=timeout_s)
                    under_way.append(self._submit(job))
                if not under_way:
                    return
                yield cast("R | TaskFailure", result_of(under_way.popleft().result()))
        finally:
            for future in under_way:
                future.cancel()

    def close(self) -> None:
        """End the workers at once; tasks that are not done are given up."""
        with self._guard:
            self._closed = True
            threads = tuple(self._threads)
        for seat in self._seats:
            seat.close()
        for _ in threads:
            self._jobs.put(None)
        for thread in threads:
            thread.join()

    def __enter__(self) -> Self:
        """Use it for a ``with`` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the workers."""
        self.close()

    def _submit(self, job: "_Job") -> "Future[bytes | TaskFailure]":
        with self._guard:
            if self._closed:
                job.future.set_result(TaskFailure(reason=GIVEN_UP, tries=0))
                return job.future
            if not self._threads:
                # Daemons: a task that hangs does not keep a program from ending.
                self._threads = [threading.Thread(target=self._sit, args=(s,), daemon=True) for s in self._seats]
                for thread in self._threads:
                    thread.start()
            self._jobs.put(job)
        return job.future

    def _sit(self, seat: Seat) -> None:
        """Hand jobs to one worker, until there are no more."""
        while (job := self._jobs.get()) is not None:
            if not job.future.set_running_or_notify_cancel():
                continue
            try:
                job.future.set_result(work(seat, job.content, retries=job.retries, timeout_s=job.timeout_s))
            except OSError as error:  # no process can be started, no memory is left
                job.future.set_result(TaskFailure(reason=f"no worker can be started: {error}", tries=0))
            except BaseException as error:  # noqa: BLE001 - who waits for the future must hear of it
                job.future.set_exception(error)
        seat.release()


class _Job:
    """One task on its way."""

    __slots__ = ("content", "future", "retries", "timeout_s")

    def __init__(self, *, content: bytes, retries: int, timeout_s: float | None) -> None:
        self.content = content
        self.retries = retries
        self.timeout_s = timeout_s
        self.future: Future[bytes | TaskFailure] = Future()


_END = object()
