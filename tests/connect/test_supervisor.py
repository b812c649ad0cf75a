"""The supervisor brings every connection back, and none stops another."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from pilothouse.connect import supervisor
from pilothouse.connect.declaration import Connection
from pilothouse.connect.intake import Intake
from pilothouse.connect.supervisor import Supervised, Supervisor
from pilothouse.errors import SourceError
from pilothouse.ports import Health, Sink

from .conftest import Shelf, Told, samples_of


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same waits, a hundred times shorter."""
    for name, value in {
        "FIRST_S": 0.005,
        "LONGEST_S": 0.04,
        "LOOK_S": 0.005,
        "SILENT_S": 0.1,
        "CLEAN_UP_S": 0.1,
    }.items():
        monkeypatch.setattr(supervisor, name, value)


def fails(_: Sink, __: Health) -> None:
    raise SourceError("nobody answers")


def has_a_fault(_: Sink, __: Health) -> None:
    raise ZeroDivisionError("a bug")


def brings(*at_s: float) -> Callable[[Sink, Health], Coroutine[object, object, None]]:
    """Values, and then the connection is lost."""

    async def run(sink: Sink, health: Health) -> None:
        health.state = "running"
        sink.take(health.connection, samples_of(at_s))
        health.count("values", len(at_s))
        await asyncio.sleep(0.02)
        raise SourceError("cut")

    return run


async def is_mute(_: Sink, health: Health) -> None:
    """Says it runs, and brings nothing."""
    health.state = "running"
    await asyncio.Event().wait()


async def will_not_end(_: Sink, health: Health) -> None:
    health.state = "running"
    while True:
        try:
            await asyncio.sleep(0.3)
        except asyncio.CancelledError:
            await asyncio.sleep(0.3)
            raise


def supervise(
    shelf: Shelf,
    told: dict[str, Told],
    connection: Callable[..., Connection],
    *,
    for_s: float,
    every_s: float | None = None,
) -> dict[str, Health]:
    health = {key: Health(connection=key) for key in told}

    async def story() -> None:
        supervised = [
            Supervised(connection=connection(key, every_s), source=source, health=health[key])
            for key, source in told.items()
        ]
        sink = Intake(shelf, connections=[one.connection for one in supervised], health=health)
        task = asyncio.create_task(Supervisor(supervised, sink).run())
        await asyncio.sleep(for_s)
        states = {key: one.state for key, one in health.items()}
        task.cancel()
        await asyncio.wait({task})
        await sink.flush()
        for key, state in states.items():
            assert health[key].state == "stopped"
            health[key].state = state

    asyncio.run(story())
    return health


def test_a_lost_connection_comes_back_by_itself_with_a_line_each(
    shelf: Shelf, connection: Callable[..., Connection], caplog: pytest.LogCaptureFixture
) -> None:
    source = Told("a", brings(1), fails, fails, fails, brings(9))
    health = supervise(shelf, {"a": source}, connection, for_s=0.5)["a"]
    assert (source.runs, shelf.values, health.state) == (6, 2, "running")
    assert health.counts["reconnects"] == 5
    told = [record.message for record in caplog.records]
    assert told == ["connection lost", "connection is back", "connection lost", "connection is back"]


def test_one_that_never_connects_logs_once_and_says_why(
    shelf: Shelf, connection: Callable[..., Connection], caplog: pytest.LogCaptureFixture
) -> None:
    health = supervise(shelf, {"a": Told("a", *[fails] * 100)}, connection, for_s=0.2)["a"]
    assert health.counts["reconnects"] > 2
    assert health.why == "nobody answers"
    assert [record.message for record in caplog.records] == ["connection lost"]


def test_a_fault_of_one_source_stops_no_other(shelf: Shelf, connection: Callable[..., Connection]) -> None:
    bad, good = Told("bad", *[has_a_fault] * 50), Told("good", brings(1), brings(2))
    health = supervise(shelf, {"bad": bad, "good": good}, connection, for_s=0.3)
    assert "ZeroDivisionError" in health["bad"].why
    assert (shelf.values, health["good"].state) == (2, "running")


def test_one_that_runs_and_brings_nothing_is_started_anew(shelf: Shelf, connection: Callable[..., Connection]) -> None:
    source = Told("a", is_mute, brings(1))
    health = supervise(shelf, {"a": source}, connection, for_s=0.3, every_s=0.001)["a"]
    assert health.counts["silent"] >= 1
    assert shelf.values == 1


def test_values_that_come_on_change_may_be_silent(shelf: Shelf, connection: Callable[..., Connection]) -> None:
    source = Told("a", is_mute)
    health = supervise(shelf, {"a": source}, connection, for_s=0.3)["a"]
    assert (source.runs, health.state) == (1, "running")


def test_one_that_does_not_end_is_left_behind_and_counted(shelf: Shelf, connection: Callable[..., Connection]) -> None:
    source = Told("a", will_not_end, brings(1))
    health = supervise(shelf, {"a": source}, connection, for_s=0.5, every_s=0.001)["a"]
    assert health.counts["abandoned"] == 1
    assert shelf.values == 1
