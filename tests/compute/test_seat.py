"""One worker process, asked job by job."""

import os
import signal
import time

import pytest

from pilothouse.compute.seat import Seat, TimeOverError, WorkerDiedError, job_of, result_of, work
from pilothouse.ports import TaskFailure
from pilothouse.testing.compute_tasks import died, raised, slept


@pytest.fixture
def seat():
    seat = Seat()
    yield seat
    seat.close()
    seat.release()


def test_one_process_for_all_jobs(seat):
    assert seat.pid is None
    assert result_of(seat.ask(job_of(abs, -3), None)) == 3
    pid = seat.pid
    assert result_of(seat.ask(job_of(abs, -4), 5.0)) == 4
    assert seat.pid == pid


def test_a_new_one_where_it_died_or_was_too_slow(seat):
    with pytest.raises(WorkerDiedError, match="killed by SIGKILL"):
        seat.ask(job_of(died, 1), None)
    assert result_of(seat.ask(job_of(abs, -3), None)) == 3
    with pytest.raises(TimeOverError):
        seat.ask(job_of(slept, 60.0), 0.3)
    assert result_of(seat.ask(job_of(abs, -3), None)) == 3
    os.kill(seat.pid, signal.SIGKILL)
    time.sleep(0.2)
    assert result_of(seat.ask(job_of(abs, -3), None)) == 3


def test_a_module_that_a_worker_has_not_is_a_failure(seat):
    job = job_of(raised, "").replace(b"pilothouse.testing.compute_tasks", b"pilothouse.testing.nowhere_there")
    failure = result_of(seat.ask(job, None))
    assert isinstance(failure, TaskFailure)
    assert "ModuleNotFoundError" in failure.reason


def test_a_closed_seat_gives_up(seat):
    seat.close()
    assert isinstance(work(seat, job_of(abs, 1), retries=3, timeout_s=None), TaskFailure)
