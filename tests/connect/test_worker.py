"""Workers bring what their sources bring, acknowledge no sooner, and are started anew when they die."""

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pilothouse.connect.address import Address, Addresses
from pilothouse.connect.declaration import Connection, by_addresses
from pilothouse.connect.intake import Intake
from pilothouse.connect.worker import WorkerSource
from pilothouse.errors import SourceError
from pilothouse.plant.sample import Passage, Samples
from pilothouse.ports import Health, Sink


class Counting:
    """Brings a value for each of its parameters, waits until it is durable, and then says in a value that it was."""

    def __init__(self, connection: Connection) -> None:
        self.key = connection.key
        self.parameters = tuple(a.parameter for a in connection.addresses.parameters)

    async def run(self, sink: Sink, health: Health) -> None:
        health.state = "running"
        health.count("seen")
        first = await sink.take(self.key, self.values(1, 1.0))
        health.count("durable", int(first))
        await sink.take_passages(self.key, [Passage(place="line", piece="17", since_ns=1, received_ns=2)])
        newest = sink.newest_ns(self.parameters)
        await sink.take(self.key, self.values(2, float(os.getpid())))
        assert set(newest.values()) == {10**9}
        await asyncio.sleep(3600 if "stay" in self.key else 0.1)
        raise SourceError("cut")

    def values(self, at_s: int, value: float) -> Samples:
        n = len(self.parameters)
        return Samples(
            parameters=self.parameters,
            which=np.arange(n, dtype=np.int32),
            source_ns=np.full(n, at_s * 10**9),
            values=np.full(n, value),
            statuses=np.zeros(n, np.uint8),
            received_ns=5,
        )


def connection_of(tmp_path: Any, key: str, names: str = "abcde") -> Connection:
    addresses = Addresses(parameters=tuple(Address(parameter=name, address=name.upper()) for name in names))
    return Connection(key=key, kind="told", addresses=addresses, every_ns=None, settings=None, root=tmp_path)


async def run(
    shelf: Any, source: WorkerSource, health: Health, until: Callable[[], bool] = lambda: False, act: Any = None
) -> BaseException | None:
    """Run a source with an intake beside it, until it ends or something is so."""
    intake = Intake(shelf, connections=[], health={source.key: health})
    task = asyncio.create_task(source.run(intake, health))
    for _ in range(1_500):
        await asyncio.sleep(0.02)
        await intake.flush()
        if task.done() or until():
            break
    if act is not None:
        act()
        await asyncio.wait({task}, timeout=10)
    task.cancel()
    await asyncio.wait({task})
    return None if task.cancelled() else task.exception()


def test_a_share_of_addresses_for_each_and_none_left_out(tmp_path: Any) -> None:
    whole = connection_of(tmp_path, "a")
    shares = [by_addresses(whole, k, 2) for k in range(2)]
    keys = [a.parameter for one in shares for a in one.addresses.parameters]
    assert sorted(keys) == list("abcde")


def test_a_worker_brings_values_from_a_process_of_its_own(tmp_path: Any, shelf: Any) -> None:
    health = Health(connection="a")
    error = asyncio.run(run(shelf, WorkerSource(connection_of(tmp_path, "a"), Counting), health))
    assert isinstance(error, SourceError)
    assert "cut" in str(error)
    assert shelf.values == 10
    assert int(shelf.batches[-1].values[0]) != os.getpid()
    assert shelf.told_passages[0].piece == "17"
    assert health.counts["durable"] == health.counts["seen"] == 1


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_worker_that_is_killed_is_a_lost_connection(tmp_path: Any, shelf: Any) -> None:
    health = Health(connection="stay")

    def kill() -> None:
        os.kill(int(shelf.batches[-1].values[0]), signal.SIGKILL)

    source = WorkerSource(connection_of(tmp_path, "stay"), Counting)
    error = asyncio.run(run(shelf, source, health, lambda: shelf.values == 10, kill))
    assert isinstance(error, SourceError)
    assert "died" in str(error)


def test_ending_a_worker_leaves_no_process(tmp_path: Any, shelf: Any) -> None:
    health = Health(connection="stay")
    source = WorkerSource(connection_of(tmp_path, "stay"), Counting)
    assert asyncio.run(run(shelf, source, health, lambda: shelf.values == 10)) is None
    pid = int(shelf.batches[-1].values[0])
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
