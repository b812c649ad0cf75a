"""A Dask cluster of two workers."""

import builtins
import os
import signal

import pytest

from pilothouse.compute.dask import DaskCompute, work_beside
from pilothouse.compute.setting import compute_of
from pilothouse.errors import ComputeError, ConfigError
from pilothouse.ports import TaskFailure
from pilothouse.testing.compute import ComputeConformance


class TestDask(ComputeConformance):
    @pytest.fixture(scope="class")
    @classmethod
    def compute(cls, cluster):
        with DaskCompute(cluster) as compute:
            compute._client.wait_for_workers(2, timeout=60)
            compute._workers = 2
            yield compute

    @pytest.fixture
    def kill_a_worker(self, compute):
        """The Dask worker itself; what runs in the process beside it goes with it."""
        return lambda: os.kill(next(iter(compute._client.run(os.getpid).values())), signal.SIGKILL)


def test_another_version_is_refused():
    answer = work_beside("0.0.0", b"", 0, None)
    assert isinstance(answer, TaskFailure)
    assert "the hub 0.0.0" in answer.reason


def test_nobody_answers():
    with pytest.raises(ComputeError, match="no Dask scheduler answers at dask://") as told:
        DaskCompute("dask://127.0.0.1:9", wait_s=0.5)
    assert "dask scheduler" in told.value.hint


def test_without_dask_it_says_how_to_install_it(monkeypatch):
    honest = builtins.__import__

    def without(name, *rest):
        if name == "distributed":
            raise ImportError(name)
        return honest(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError) as told:
        compute_of("dask://127.0.0.1:8786")
    assert told.value.hint == "pip install 'pilothouse[dask]'"
