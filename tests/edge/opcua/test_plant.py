"""A plant behind a server: its values, pieces and results come out, commands go in, refusals come back."""

import argparse
import asyncio
from pathlib import Path

import numpy as np
import pytest
from tests.connect.opcua.conftest import connection, free_port, run, running, until

from pilothouse.clock import NS_PER_S, now_ns
from pilothouse.connect.address import read_addresses
from pilothouse.connect.declaration import Connection
from pilothouse.connect.opcua import OpcUaOutlet, Settings
from pilothouse.edge.opcua import addresses_of, find_places, write_addresses
from pilothouse.edge.opcua.command import plant_edge
from pilothouse.errors import NotWrittenError
from pilothouse.plant.equipment import Equipment
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.plant import Plant
from pilothouse.plants import Refusal, Tick

KEYS = ("kiln.temp", "kiln.speed", "kiln.strength")
BEGUN_NS = 1_700_000_000 * NS_PER_S


def parameter(key, role):
    return Parameter(key=key, name=key, kind="opaque", unit="x", role=role, equipment="kiln")


PLANT = Plant(
    key="tiles",
    name="Tiles",
    time_zone="UTC",
    currency="EUR",
    equipment={
        "works": Equipment(key="works", level="site", name="Works"),
        "kiln": Equipment(key="kiln", level="work_unit", name="Kiln", parent="works"),
    },
    parameters={key: parameter(key, role) for key, role in zip(KEYS, ("measured", "lever", "laboratory"), strict=True)},
    materials={},
    segments={},
    orders={},
    kpis={},
)


class Kiln:
    """A tile every three seconds; its strength is known five seconds later; the speed is set for the next tile."""

    def __init__(self):
        self.second, self.speed, self.commands = 0, {}, []

    def live(self, seconds):
        for _ in range(seconds):
            at_ns = BEGUN_NS + self.second * NS_PER_S
            tile = self.second // 3
            tested = max(tile - 2, 0)
            tested_ns = BEGUN_NS + tested * 3 * NS_PER_S
            speed = self.speed.get(f"T{tile}", 5.0)
            yield Tick(
                at_ns=at_ns,
                parameters=KEYS,
                values=np.array([900.0 + self.second, speed, 50.0 + tested]),
                statuses=np.array([0, 0, 1], dtype=np.uint8),
                happened_ns=np.array([at_ns, at_ns, tested_ns]),
                known_ns=np.array([at_ns, at_ns, tested_ns + 5 * NS_PER_S]),
                pieces=(f"T{tile}", f"T{tile}", f"T{tested}"),
            )
            self.second += 1

    def command(self, piece, parameter, value):
        self.commands.append((piece, parameter, value))
        if value > 9.0:
            return Refusal(piece=piece, parameter=parameter, reason="too fast")
        self.speed[f"T{int(piece[1:]) + 1}"] = value
        return None


@pytest.fixture
def given(tmp_path):
    return argparse.Namespace(
        url=f"opc.tcp://127.0.0.1:{free_port()}",
        addresses=tmp_path / "addresses.csv",
        keep_s=600.0,
        speed=10.0,
        clock="wall",
        certificate=None,
        private_key=None,
    )


def declared(given):
    faults = []
    addresses = read_addresses(given.addresses, PLANT, faults)
    assert faults == []
    plain = connection(given.url)
    settings = Settings(url=given.url, publishing_s=0.1, keepalive_s=0.5, timeout_s=5.0)
    return Connection(key="line", kind="opcua", addresses=addresses, every_ns=None, settings=settings, root=plain.root)


async def served(given, work):
    kiln = Kiln()
    space, edge = plant_edge(PLANT, kiln, given)
    await space.start()
    show = asyncio.create_task(edge.run())
    try:
        return await work(kiln, declared(given))
    finally:
        show.cancel()
        await asyncio.gather(show, return_exceptions=True)
        await space.stop()


def test_values_pieces_and_results_come_with_fresh_times_and_are_kept_for_a_while(given):
    async def work(_kiln, line):
        async with running(line) as (sink, _):
            await until(lambda: len(sink.rows("kiln.temp")) > 30)
            await until(lambda: len(sink.rows("kiln.strength")) > 2)
        temperatures = sink.rows("kiln.temp")
        assert [value - temperatures[0][1] for _, value, _ in temperatures] == list(range(len(temperatures)))
        assert abs(temperatures[-1][0] - now_ns()) < 5 * NS_PER_S
        spans = np.diff([at for at, _, _ in temperatures]) / NS_PER_S
        assert np.allclose(spans, 0.1, atol=1e-3)  # ten plant seconds a second
        at_ns, strength, status = sink.rows("kiln.strength")[-1]
        assert status == 1
        of = [p for p in sink.passages if p.place == "kiln.strength" and p.since_ns <= at_ns][-1]
        assert of.piece == f"T{int(strength) - 50}"
        tiles = [int(p.piece[1:]) for p in sink.passages if p.place == "kiln"]
        assert tiles == list(range(tiles[0], tiles[0] + len(tiles)))

        await asyncio.sleep(1.0)  # nobody listens; the server keeps what it shows
        async with running(line, sink) as (_, health):
            await until(lambda: health.counts.get("replayed", 0) >= 8)
        seen = {int(p.piece[1:]) for p in sink.passages if p.place == "kiln"}
        assert seen == set(range(tiles[0], max(seen) + 1))  # also those that passed unseen

    run(served(given, work))


def test_a_command_reaches_the_plant_and_shows_until_its_piece_comes(given):
    async def work(kiln, line):
        outlet = OpcUaOutlet(line)
        back = await outlet.write("kiln.speed", 7.0, timeout_s=60.0)
        assert back.value == 7.0
        assert kiln.commands[-1][1:] == ("kiln.speed", 7.0)
        with pytest.raises(NotWrittenError, match="BadRequestNotAllowed"):
            await outlet.write("kiln.speed", 99.0, timeout_s=60.0)
        until_s = kiln.second + 12
        await until(lambda: kiln.second > until_s)
        assert (await outlet.read("kiln.speed", timeout_s=60.0)).value == 5.0

    run(served(given, work))


def test_the_plants_own_clock_can_be_shown(given):
    given.clock = "plant"

    async def work(_kiln, line):
        async with running(line) as (sink, _):
            await until(lambda: len(sink.rows("kiln.temp")) > 3)
        assert BEGUN_NS < sink.rows("kiln.temp")[-1][0] < BEGUN_NS + 86_400 * NS_PER_S

    run(served(given, work))


def test_the_list_of_addresses_fits_the_plant(tmp_path: Path):
    places = find_places(PLANT, Kiln().live(60))
    assert places.equipment == {"kiln": 0}
    assert set(places.own) == {"kiln.strength"}
    rows = addresses_of(PLANT, places)
    assert [(row["parameter"], row["piece_of"]) for row in rows] == [
        ("kiln.temp", ""),
        ("kiln.speed", ""),
        ("kiln.strength", ""),
        ("", "kiln"),
        ("", "kiln.strength"),
    ]
    write_addresses(tmp_path / "a.csv", rows)
    faults = []
    read = read_addresses(tmp_path / "a.csv", PLANT, faults)
    assert faults == []
    assert read.writable == {"kiln.speed"}
