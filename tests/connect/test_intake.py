"""Intake: durable before it says so, dropped only with a count, and nothing lost to a full disk."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from pilothouse.connect import intake as module
from pilothouse.connect.declaration import Connection
from pilothouse.connect.intake import Durable, Intake
from pilothouse.plant.sample import Passage
from pilothouse.ports import Health

from .conftest import Shelf, samples_of

S = 10**9


def intake_of(shelf: Shelf, connection: Connection, health: Health, **more: object) -> Intake:
    return Intake(shelf, connections=[connection], health={connection.key: health}, **more)


@pytest.fixture
def health() -> Health:
    return Health(connection="level-2")


def test_a_value_is_told_durable_only_when_it_is(shelf: Shelf, connection: Callable[..., Connection], health: Health):
    async def story() -> None:
        intake = intake_of(shelf, connection(), health)
        future = intake.take("level-2", samples_of([1, 2]))
        assert not future.done()
        assert (shelf.values, intake.waiting) == (0, 2)
        await intake.flush()
        assert future.result() is True
        assert (shelf.values, intake.waiting) == (2, 0)
        assert intake.newest_ns(["speed", "other"]) == {"speed": 2 * S}

    asyncio.run(story())


def test_what_finds_no_room_is_dropped_and_counted(
    shelf: Shelf, connection: Callable[..., Connection], health: Health, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "BOUND", 3)

    async def story() -> None:
        intake = intake_of(shelf, connection(), health)
        kept = intake.take("level-2", samples_of([1, 2]))
        dropped = intake.take("level-2", samples_of([3, 4]))
        await intake.flush()
        assert (kept.result(), dropped.result()) == (True, False)
        assert health.counts["dropped"] == 2
        assert shelf.values == 2

    asyncio.run(story())


def test_a_full_disk_costs_nothing_and_says_so_once(
    shelf: Shelf, connection: Callable[..., Connection], health: Health, caplog: pytest.LogCaptureFixture
):
    async def story() -> None:
        intake = intake_of(shelf, connection(), health)
        shelf.is_full = True
        first = intake.take("level-2", samples_of([1]))
        await intake.flush()
        second = intake.take("level-2", samples_of([2]))
        await intake.flush()
        assert "full" in intake.refused
        assert not first.done()
        shelf.is_full = False
        await intake.flush()
        assert first.result()
        assert second.result()
        assert intake.refused == ""
        assert [int(b.source_ns[0] / S) for b in shelf.batches] == [1, 2]

    asyncio.run(story())
    assert len([r for r in caplog.records if "refuses" in r.message]) == 1
    assert len([r for r in caplog.records if "again" in r.message]) == 1


def test_gaps_are_counted_stored_and_seen_across_a_restart(
    shelf: Shelf, connection: Callable[..., Connection], health: Health
):
    async def story() -> None:
        intake = intake_of(shelf, connection(), health)
        intake.take("level-2", samples_of([1, 2]))
        await intake.flush()
        again = intake_of(shelf, connection(), health)
        again.take("level-2", samples_of([10]))
        again.take("level-2", samples_of([3, 4], origin="replayed"))
        await again.flush()

    asyncio.run(story())
    assert [(g.missing, g.filled) for g in shelf.told_gaps] == [(7, 0), (7, 2)]
    assert health.counts["gaps"] == 1


def test_who_acts_on_values_is_told_when_they_are_durable(
    shelf: Shelf, connection: Callable[..., Connection], health: Health
):
    told: list[Durable] = []

    async def story() -> None:
        intake = intake_of(shelf, connection(), health, then=told.append)
        intake.take_passages("level-2", [Passage(place="line", piece="17", since_ns=1, received_ns=2)])
        intake.take("level-2", samples_of([1]))
        assert told == []
        await intake.flush()

    asyncio.run(story())
    assert (len(told[0].batches), told[0].passages[0].piece) == (1, "17")
    assert shelf.told_passages[0].piece == "17"


def test_ending_writes_what_is_left(shelf: Shelf, connection: Callable[..., Connection], health: Health):
    async def story() -> None:
        intake = intake_of(shelf, connection(), health)
        task = asyncio.create_task(intake.run())
        await asyncio.sleep(0)
        future = intake.take("level-2", samples_of([1]))
        task.cancel()
        await asyncio.wait({task})
        assert future.result() is True

    asyncio.run(story())
    assert shelf.values == 1


def test_a_write_that_has_begun_is_brought_to_its_end(
    shelf: Shelf, connection: Callable[..., Connection], health: Health, monkeypatch: pytest.MonkeyPatch
):
    begun, go_on = threading.Event(), threading.Event()
    write = shelf.write

    def slow(batches: object) -> object:
        if batches and not begun.is_set():
            begun.set()
            assert go_on.wait(10)
            shelf.is_full = True  # this write is refused, and has to be told as such
        told = None
        try:
            told = write(batches)
        finally:
            shelf.is_full = False
        return told

    monkeypatch.setattr(shelf, "write", slow)
    monkeypatch.setattr(module, "FLUSH_S", 0.01)

    async def story() -> None:
        intake = intake_of(shelf, connection(), health)
        task = asyncio.create_task(intake.run())
        future = intake.take("level-2", samples_of([1]))
        assert await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        await asyncio.sleep(0.05)
        go_on.set()
        await asyncio.wait({task})
        assert future.result() is True

    asyncio.run(story())
    assert shelf.values == 1
