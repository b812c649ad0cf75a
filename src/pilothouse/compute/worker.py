"""The process in which tasks run: it reads jobs from its standard input, and says on its standard output what came.

A job is a pickled ``(task, item)``. The worker says :data:`BEGUN` once it has taken a job in, then a pickled answer:
``(True, result)``, or ``(False, (words, traceback))`` where the task raised. It ends when its input does, also in the
middle of a job, so that no worker outlives who started it.
"""

import os
import pickle
import struct
import sys
import threading
import traceback
from queue import SimpleQueue
from typing import IO, Final

from pilothouse.errors import PilothouseError

BEGUN: Final = b"begun"

ONE_THREAD: Final = dict.fromkeys(
    (
        "BLIS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "POLARS_MAX_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)
"""Of the environment: workers share the cores, and threads of several would only wait for each other."""

_LENGTH: Final = struct.Struct("<Q")


def send(stream: IO[bytes], content: bytes) -> None:
    """Write one message."""
    stream.write(_LENGTH.pack(len(content)))
    stream.write(content)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes:
    """Read one message.

    Raises
    ------
    EOFError
        If the stream ends before it is whole.
    """
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    return _exactly(stream, length)


def serve() -> None:
    """Work on jobs until the input ends."""
    jobs, answers = _own_streams()
    waiting: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(jobs, waiting), daemon=True).start()
    while True:
        job = waiting.get()
        try:
            task, item = pickle.loads(job)  # noqa: S301 - from the process that started this one
        except BaseException as error:  # noqa: BLE001 - a module that is not there, or that fails when it is imported
            send(answers, BEGUN)
            send(answers, _failed(error))
            continue
        send(answers, BEGUN)
        try:
            answer = pickle.dumps((True, task(item)), protocol=pickle.HIGHEST_PROTOCOL)
        except BaseException as error:  # noqa: BLE001 - whatever a task raises is its answer, sys.exit too
            answer = _failed(error)
        send(answers, answer)


def in_words(error: BaseException) -> str:
    """What was raised, for people.

    Examples
    --------
    >>> in_words(ValueError("the strip is too thin")), in_words(KeyError("fal"))
    ('the strip is too thin', "KeyError: 'fal'")
    """
    said = str(error)
    return (
        said
        if said and isinstance(error, ValueError | PilothouseError)
        else f"{type(error).__name__}: {said}".removesuffix(": ")
    )


def _failed(error: BaseException) -> bytes:
    return pickle.dumps((False, (in_words(error), "".join(traceback.format_exception(error)))))


def _own_streams() -> tuple[IO[bytes], IO[bytes]]:
    """The streams to who started this; what a task itself prints goes to the standard error."""
    jobs, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return jobs, answers


def _listen(jobs: IO[bytes], waiting: "SimpleQueue[bytes]") -> None:
    try:
        while True:
            waiting.put(receive(jobs))
    except (EOFError, OSError):
        os._exit(0)  # nobody is there to answer


def _exactly(stream: IO[bytes], length: int) -> bytes:
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return content
