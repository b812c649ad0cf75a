"""Compute on a Dask cluster: Dask hands tasks out, and each thread of its workers runs them in a process of its own.

A task that hangs or crashes ends that process and not the Dask worker with all it does besides; whether a task may be
tried again, and how long it may take, is the same as on one machine. Where a Dask worker dies, its scheduler gives the
task to another one.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final, Self, TypeVar, cast
from uuid import uuid4

from pilothouse import __version__
from pilothouse.compute.seat import GIVEN_UP, Seat, job_of, result_of, work
from pilothouse.errors import ComputeError, ConfigError
from pilothouse.ports import TaskFailure

T = TypeVar("T")
R = TypeVar("R")

_AHEAD: Final = 2
"""So many tasks a thread of the cluster are under way at once."""


class DaskCompute:
    """A cluster that is there already; see :class:`pilothouse.ports.Compute`.

    Its workers have the same version of Pilothouse installed, and the plant folder under the same path.

    Parameters
    ----------
    address
        Of its scheduler: ``dask://host:port``.
    wait_s
        For so long it may take to answer.

    Raises
    ------
    ConfigError
        If Dask is not installed here.
    ComputeError
        If the scheduler does not answer, or has no worker.
    """

    def __init__(self, address: str, *, wait_s: float = 15.0) -> None:
        self._dask = _distributed()
        self._address = address
        where = address.replace("dask://", "tcp://", 1)
        try:
            self._client = self._dask.Client(where, timeout=wait_s, set_as_default=False, name="pilothouse")
        except (OSError, TimeoutError) as error:
            raise ComputeError(
                f"no Dask scheduler answers at {address}", hint="start one with `dask scheduler`, or correct compute"
            ) from error
        try:
            self._client.wait_for_workers(1, timeout=wait_s)
        except TimeoutError as error:
            self._client.close()
            raise ComputeError(
                f"the Dask scheduler at {address} has no worker", hint=f"start one with `dask worker {where}`"
            ) from error
        self._workers: int = max(sum(self._client.nthreads().values()), 1)
        self._closed = False

    @property
    def workers(self) -> int:
        """How many tasks are worked on at once: threads of the cluster when it was opened."""
        return self._workers

    def map(
        self, task: Callable[[T], R], items: Sequence[T], *, retries: int = 2, timeout_s: float | None = None
    ) -> Iterator[R | TaskFailure]:
        """The results in the order of the items; see the port."""
        under_way: deque[Any] = deque()
        ahead = iter(items)
        try:
            while True:
                while len(under_way) < _AHEAD * self._workers and (more := next(ahead, _END)) is not _END:
                    job = job_of(task, cast("T", more))
                    under_way.append(self._submit(job, retries, timeout_s))
                if not under_way:
                    return
                yield cast("R | TaskFailure", result_of(self._answer(under_way.popleft())))
        finally:
            for future in under_way:
                with suppress(Exception):  # the cluster may be gone
                    future.cancel()

    def close(self) -> None:
        """Leave the cluster; tasks that wait are given up. One that runs goes on until it ends, or its time is over."""
        self._closed = True
        self._client.close()

    def __enter__(self) -> Self:
        """Use it for a ``with`` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the cluster."""
        self.close()

    def _submit(self, job: bytes, retries: int, timeout_s: float | None) -> Any:  # noqa: ANN401 - a future of Dask
        if self._closed:
            return None
        key = f"pilothouse-{uuid4().hex}"
        return self._client.submit(work_beside, __version__, job, retries, timeout_s, key=key, pure=False)

    def _answer(self, future: Any) -> bytes | TaskFailure:  # noqa: ANN401 - a future of Dask
        if future is None:
            return TaskFailure(reason=GIVEN_UP, tries=0)
        try:
            return cast("bytes | TaskFailure", future.result())
        except self._dask.KilledWorker as error:
            tries = error.allowed_failures + 1
            return TaskFailure(reason=f"the cluster's worker died each of {tries} times it was tried", tries=tries)
        except self._dask.CancelledError:
            why = GIVEN_UP if self._closed else f"the scheduler at {self._address} is gone"
            return TaskFailure(reason=why, tries=1)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong out there costs this task and no other
            return TaskFailure(reason=f"the cluster failed: {type(error).__name__}: {error}", tries=1)


def work_beside(version: str, job: bytes, retries: int, timeout_s: float | None) -> bytes | TaskFailure:
    """Run a job in a process beside a Dask worker; the same one for all jobs of a thread."""
    if version != __version__:
        return TaskFailure(reason=f"a worker has Pilothouse {__version__}, the hub {version}", tries=1)
    if not hasattr(_MINE, "seat"):
        _MINE.seat = Seat()
    return work(_MINE.seat, job, retries=retries, timeout_s=timeout_s)


def _distributed() -> Any:  # noqa: ANN401 - a module that may not be there
    try:
        import distributed  # noqa: PLC0415 - only who has a cluster needs it
    except ImportError as error:
        raise ConfigError(
            "a cluster needs Dask, which is not installed", hint="pip install 'pilothouse[dask]'"
        ) from error
    return distributed


_MINE = threading.local()

_END: Final = object()
