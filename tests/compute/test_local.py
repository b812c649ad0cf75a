"""Processes of this machine."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from pilothouse.clock import stopwatch_s
from pilothouse.compute.local import LocalCompute
from pilothouse.ports import TaskFailure
from pilothouse.testing.compute import ComputeConformance
from pilothouse.testing.compute_tasks import died, slept


class TestLocal(ComputeConformance):
    @pytest.fixture(scope="class")
    @classmethod
    def compute(cls):
        with LocalCompute(workers=2) as compute:
            yield compute

    @pytest.fixture
    def kill_a_worker(self, compute):
        return lambda: os.kill(compute.pids[0], signal.SIGKILL)


@pytest.fixture(scope="module")
def two():
    with LocalCompute(workers=2) as compute:
        yield compute


def is_there(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_tries_are_counted_to_the_letter(two):
    for retries in (0, 2):
        (failure,) = two.map(died, [1], retries=retries)
        assert isinstance(failure, TaskFailure)
        assert failure.tries == retries + 1
        assert "SIGKILL" in failure.reason


def test_a_worker_that_was_killed_while_it_waited_costs_nothing(two):
    list(two.map(slept, [0.0] * 4))
    before = two.pids
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert list(two.map(slept, [0.0] * 4, retries=0)) == [0.0] * 4 or set(two.pids) != set(before)


def test_results_are_held_for_few_tasks_only(two):
    """A million items are not taken in at once."""
    taken = []

    class Items(list):
        def __iter__(self):
            for item in super().__iter__():
                taken.append(item)
                yield item

    results = two.map(abs, Items(range(1000)))
    assert next(results) == 0
    assert len(taken) <= 10
    assert list(results) == list(range(1, 1000))


def test_no_worker_outlives_its_program():
    """Killed with -9 while a task hangs, and another worker waits."""
    code = """
import sys, threading, time
from pilothouse.compute.local import LocalCompute
compute = LocalCompute(workers=2)
threading.Thread(target=lambda: list(compute.map(time.sleep, [0.0, 60.0])), daemon=True).start()
while len(compute.pids) < 2: time.sleep(0.05)
print(*compute.pids, flush=True)
time.sleep(60.0)
"""
    program = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    pids = [int(pid) for pid in program.stdout.readline().split()]
    assert len(pids) == 2
    program.kill()
    program.wait()
    program.stdout.close()
    waited = threading.Event()
    for _ in range(100):
        if not any(is_there(pid) for pid in pids):
            break
        waited.wait(0.1)
    assert not any(is_there(pid) for pid in pids)


def test_a_program_that_forgets_to_close_ends_all_the_same():
    code = """
import threading, time
from pilothouse.compute.local import LocalCompute
compute = LocalCompute(workers=1)
threading.Thread(target=lambda: list(compute.map(time.sleep, [60.0])), daemon=True).start()
while not compute.pids: time.sleep(0.05)
"""
    started_s = stopwatch_s()
    subprocess.run([sys.executable, "-c", code], check=True, timeout=40)
    assert stopwatch_s() - started_s < 30.0


def test_closed_before_anything_was_asked():
    compute = LocalCompute(workers=1)
    compute.close()
    compute.close()
    assert all(isinstance(result, TaskFailure) for result in compute.map(abs, [1]))


def test_it_needs_a_worker():
    with pytest.raises(ValueError, match="at least one worker, got 0"):
        LocalCompute(workers=0)
