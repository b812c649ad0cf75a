"""A seat: one worker process at a time, and a new one where the last died."""

import json
import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, TypeVar

from pilothouse.compute.worker import BEGUN, ONE_THREAD, receive, send
from pilothouse.ports import TaskFailure

T = TypeVar("T")
R = TypeVar("R")

GIVEN_UP: Final = "the workers were ended before it was done"

_START_S: Final = 120.0
"""For so long a worker may import what a task needs, before its time begins."""

_BEGIN: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from pilothouse.compute.worker import serve; serve()"
)
"""A fresh interpreter, not a fork: no thread, lock or file of the hub is in it."""

_log = logging.getLogger(__name__)


class WorkerDiedError(Exception):
    """The worker ended in the middle of a job; says how."""


class TimeOverError(Exception):
    """The job took longer than it may; its worker was ended."""


class Seat:
    """Asks one worker process, job by job; only :meth:`close` may be called from another thread."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._guard = threading.Lock()
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Of the worker; None before the first job."""
        return None if self._process is None else self._process.pid

    @property
    def is_closed(self) -> bool:
        """Whether it is not used again."""
        return self._closed

    def ask(self, job: bytes, timeout_s: float | None) -> bytes:
        """The answer to a job.

        Raises
        ------
        WorkerDiedError
            If the worker died of it, or was killed.
        TimeOverError
            If it took too long.
        """
        process = self._ready()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            send(process.stdin, job)
            with _killed_after(process, _START_S):
                begun = receive(process.stdout)
            assert begun == BEGUN
            with _killed_after(process, timeout_s):
                return receive(process.stdout)
        except (EOFError, OSError) as error:
            self._process = None
            raise WorkerDiedError(_how_it_ended(_end(process))) from error
        except TimeOverError:
            self._process = None
            _end(process)
            raise

    def close(self) -> None:
        """End the worker, whatever it does."""
        with self._guard:
            self._closed = True
            process = self._process
        if process is not None:
            _kill(process)

    def release(self) -> None:
        """Let go of the ended worker, in the thread that asks."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)

    def _ready(self) -> "subprocess.Popen[bytes]":
        """A living worker."""
        with self._guard:
            if self._closed:
                raise WorkerDiedError(GIVEN_UP)
            if self._process is not None and self._process.poll() is not None:
                _end(self._process)
                self._process = None
            if self._process is None:
                self._process = _begin()
            return self._process


def work(seat: Seat, job: bytes, *, retries: int, timeout_s: float | None) -> bytes | TaskFailure:
    """The answer to a job, tried again where its worker dies."""
    how = ""
    for tries in range(1, retries + 2):
        try:
            return seat.ask(job, timeout_s)
        except TimeOverError:
            return TaskFailure(reason=f"its time of {timeout_s:g} s was over", tries=tries)
        except WorkerDiedError as error:
            how = str(error)
            if seat.is_closed:
                return TaskFailure(reason=GIVEN_UP, tries=tries)
            _log.warning("a worker died", extra={"how": how, "tries": tries})
    times = "" if retries == 0 else f" each of {retries + 1} times"
    return TaskFailure(reason=f"its worker died{times}: {how}", tries=retries + 1)


def job_of(task: Callable[[T], R], item: T) -> bytes:
    """What a worker gets.

    Raises
    ------
    TypeError
        If it cannot be pickled.
    """
    try:
        return pickle.dumps((task, item), protocol=pickle.HIGHEST_PROTOCOL)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise TypeError(f"expected a function of a module and an item that can be pickled: {error}") from error


def result_of(answer: bytes | TaskFailure) -> object:
    """What a task gave, or why it gave nothing."""
    if isinstance(answer, TaskFailure):
        return answer
    try:
        is_result, said = pickle.loads(answer)  # noqa: S301 - from a worker that was started by us
    except Exception as error:  # noqa: BLE001 - a result may fail in any way when it is unpickled
        return TaskFailure(reason=f"its result cannot be read: {type(error).__name__}: {error}", tries=1)
    if is_result:
        return said
    words, trace = said
    _log.info("a task raised", extra={"trace": trace})
    return TaskFailure(reason=words, tries=1)


def _begin() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", _BEGIN, json.dumps(sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **ONE_THREAD},
        start_new_session=True,  # Ctrl-C at the screen is for the hub, which ends its workers
    )


@contextmanager
def _killed_after(process: "subprocess.Popen[bytes]", seconds: float | None) -> Iterator[None]:
    """Kill a worker that has not answered within a time.

    Raises
    ------
    TimeOverError
        If that was so.
    """
    if seconds is None:
        yield
        return
    fired = threading.Event()

    def fire() -> None:
        fired.set()
        _kill(process)

    timer = threading.Timer(seconds, fire)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (EOFError, OSError) as error:
        if fired.is_set():
            raise TimeOverError from error
        raise
    finally:
        timer.cancel()
        timer.join()
    if fired.is_set():  # it answered in the same instant; its worker is gone all the same
        raise TimeOverError


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill a worker and whatever it started."""
    if process.returncode is not None:
        return
    with suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


def _end(process: "subprocess.Popen[bytes]") -> int:
    """Kill a worker, close what led to it, and say its exit code."""
    _kill(process)
    for stream in (process.stdin, process.stdout):
        assert stream is not None
        with suppress(OSError):
            stream.close()
    return process.wait()


def _how_it_ended(code: int) -> str:
    """An exit code in words.

    Examples
    --------
    >>> _how_it_ended(-9), _how_it_ended(3)
    ('killed by SIGKILL', 'it ended with exit code 3')
    """
    if code < 0:
        with suppress(ValueError):
            return f"killed by {signal.Signals(-code).name}"
    return f"it ended with exit code {code}"
