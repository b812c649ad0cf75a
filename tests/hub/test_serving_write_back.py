"""A serving hub looks after what it wrote: it counts the heartbeat up, and takes back what has no reason any more."""

import asyncio
from pathlib import Path

import pytest

from pilothouse.hub import serving
from pilothouse.hub.hub import Hub
from pilothouse.hub.live_tier import open_series
from pilothouse.hub.outlets import Wires, wired
from pilothouse.hub.serving import Serving

PLANT = """
schema = 1
[plant]
key = "works"
name = "Works"
time_zone = "UTC"
currency = "EUR"
[[equipment]]
key = "lf1"
level = "work_unit"
name = "Ladle furnace"
[[connection]]
key = "files"
kind = "drop"
folder = "in"
[write_back]
enabled = true
heartbeat = "alive"
heartbeat_s = 0.2
timeout_s = 0.5
"""
PARAMETERS = "key,name,kind,unit,role,equipment\nalive,Counter,opaque,count,set_point,lf1\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "works"
    (root / "in").mkdir(parents=True)
    (root / "plant.toml").write_text(PLANT)
    (root / "parameters.csv").write_text(PARAMETERS)
    return root


async def serve(root: Path, seconds: float) -> None:
    stop = asyncio.Event()
    with Hub.open(root) as hub, open_series(hub.workspace) as series:
        task = asyncio.create_task(Serving(hub, series).run(stop))
        await asyncio.sleep(seconds)
        stop.set()
        await task


@pytest.fixture
def quick(monkeypatch) -> None:
    monkeypatch.setattr(serving, "WATCH_S", 0.1)


def test_the_heartbeat_counts_while_it_serves(stove, start, root, quick, monkeypatch) -> None:
    plant = start()
    monkeypatch.setattr(serving, "outlets_of", lambda _: (stove.SocketOutlet(plant.port),))
    asyncio.run(serve(root, 2.5))
    beats = [float(line.split()[1]) for line in plant.written()]
    assert len(beats) >= 3
    assert beats == [8.0 + n for n in range(len(beats))]
    ended = len(plant.written())
    with wired([stove.SocketOutlet(plant.port)]) as wires:
        assert isinstance(wires, Wires)
    assert len(plant.written()) == ended, "a hub that has stopped writes nothing"


def test_a_plant_that_is_gone_does_not_stop_the_hub(stove, root, quick, monkeypatch, caplog) -> None:
    monkeypatch.setattr(serving, "outlets_of", lambda _: (stove.SocketOutlet(1),))
    asyncio.run(serve(root, 1.0))
    assert [r.message.split(":")[0] for r in caplog.records if "heartbeat" in r.message] == ["heartbeat alive is lost"]


def test_a_fault_in_looking_after_is_told_once_and_stops_the_counter_alone(
    stove, start, root, quick, monkeypatch, caplog
) -> None:
    plant = start()
    monkeypatch.setattr(serving, "outlets_of", lambda _: (stove.SocketOutlet(plant.port),))
    monkeypatch.setattr("pilothouse.hub.dispatching.Gate.lapsed", lambda *_: 1 / 0)
    asyncio.run(serve(root, 1.0))
    assert [r.message for r in caplog.records].count("set-points cannot be looked after") == 1
    assert plant.written() == []


def test_a_fault_in_observing_is_told_once_and_stops_nothing(root, monkeypatch, caplog) -> None:
    monkeypatch.setattr(serving, "outlets_of", lambda _: ())
    monkeypatch.setattr("pilothouse.hub.observing.Observer.take", lambda *_: 1 / 0)

    async def story() -> tuple[str, ...]:
        stop = asyncio.Event()
        with Hub.open(root) as hub, open_series(hub.workspace) as series:
            one = Serving(hub, series)
            task = asyncio.create_task(one.run(stop))
            await asyncio.sleep(2.5)
            faults = one.status().faults
            stop.set()
            await task
            return faults

    assert any("division by zero" in fault for fault in asyncio.run(story()))
    assert [r.message for r in caplog.records].count("live values cannot be made observations") == 1
