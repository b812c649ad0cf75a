"""Tasks for :mod:`pilothouse.testing.compute`, in a module that is quickly loaded, so that workers find them."""

import os
import signal
import sys
import threading
import time


def slept(seconds: float) -> float:
    """Wait so long."""
    time.sleep(seconds)
    return seconds


def squared_slowly(number: int) -> int:
    """Take a moment over a square."""
    time.sleep(0.05)
    return number * number


def raised(why: str) -> str:
    """Raise, where there is a reason."""
    if why == "exit":
        sys.exit(1)
    if why:
        raise ValueError(why)
    return why


def died(how: int) -> int:
    """End the worker, where it is told to."""
    if how:
        os.kill(os.getpid(), signal.SIGKILL)
    return how


def chatty(number: int) -> str:
    """Write to the standard output in two ways, and read what comes in."""
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()
    os.write(1, b"and again\n")
    return sys.stdin.read()


def unsendable(_: int) -> object:
    """Give what cannot be sent."""
    return threading.Lock()


def threads_of_libraries(_: int) -> tuple[int, ...]:
    """How many threads each library of linear algebra may use."""
    import numpy as np  # noqa: PLC0415 - loaded in the worker, as tasks do
    from threadpoolctl import threadpool_info  # noqa: PLC0415

    np.linalg.inv(np.eye(4))
    return tuple(library["num_threads"] for library in threadpool_info())
