"""A real Dask cluster: a scheduler and two workers, processes of their own."""

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

BEGIN = "from distributed.cli.dask_{0} import main; main()"


@contextmanager
def dask_cluster():
    """A scheduler and two workers of one thread each, with nannies, as people start them; gives its url."""
    scheduler = _started("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", stderr=subprocess.PIPE)
    address = next(found[0] for line in scheduler.stderr if (found := re.search(r"tcp://127\.0\.0\.1:\d+", line)))
    alone = ("--nthreads", "1", "--nworkers", "2", "--no-dashboard", "--host", "127.0.0.1")
    workers = _started("worker", address, *alone, stderr=subprocess.DEVNULL)
    try:
        yield address.replace("tcp://", "dask://")
    finally:
        for process in (workers, scheduler):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        scheduler.stderr.close()


def _started(what, *arguments, stderr):
    command = [sys.executable, "-c", BEGIN.format(what), *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr, text=True, start_new_session=True)


@pytest.fixture(scope="module")
def cluster():
    with dask_cluster() as url:
        yield url


@pytest.fixture
def cluster_with_kettles(kettles):
    """A cluster whose workers have the stranger's pack too."""
    with dask_cluster() as url:
        yield url
