"""A plant over Sparkplug and into the hub: every value, its piece, its time; commands and refusals."""

import asyncio
from contextlib import suppress

import numpy as np
import pytest

from pilothouse.connect.address import read_addresses
from pilothouse.connect.declaration import read_connections
from pilothouse.connect.sparkplug import KIND
from pilothouse.edge.sparkplug import PlantClock, PlantNode, addresses_of, main, metrics_of, serve, write_addresses
from pilothouse.edge.sparkplug_node import EdgeName, EdgeNode
from pilothouse.errors import PluginError
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.equipment import Equipment
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.plant import Plant
from pilothouse.plants import Refusal, Tick
from pilothouse.wire.mqtt import Broker

S = 10**9
BEGUN_NS = 1_000 * S


def parameter(key, role="measured"):
    return Parameter(key=key, name=key, kind="opaque", unit="-", role=role, equipment="furnace")


PARAMETERS = {p.key: p for p in (parameter("speed"), parameter("aim", "lever"), parameter("carbon", "laboratory"))}
PLANT = Plant(
    key="mill",
    name="Mill",
    time_zone="UTC",
    currency="EUR",
    equipment={"furnace": Equipment(key="furnace", level="work_unit", name="Furnace")},
    parameters=PARAMETERS,
    materials={},
    segments={},
    orders={},
    kpis={},
)


class Furnace:
    """A piece every ten seconds; its carbon is known five seconds after it left; aims over 10 are refused."""

    def __init__(self) -> None:
        self.aim, self.second, self.commands = 5.0, 0, []

    def live(self, seconds):
        for _ in range(seconds):
            second, self.second = self.second, self.second + 1
            at_ns, piece = BEGUN_NS + second * S, f"H{second // 10}"
            result = (second - 15) // 10 if second >= 15 else -1
            left_ns = BEGUN_NS + (result + 1) * 10 * S
            yield Tick(
                at_ns=at_ns,
                parameters=tuple(PARAMETERS),
                values=np.array([float(second), self.aim, result / 2 if result >= 0 else np.nan]),
                statuses=np.array([second % 7 == 0, 0, 0], dtype=np.uint8),
                happened_ns=np.array([at_ns, at_ns, left_ns]),
                known_ns=np.array([at_ns, at_ns, at_ns]),
                pieces=(piece, piece, f"H{result}" if result >= 0 else ""),
            )

    def command(self, piece, key, value):
        self.commands.append((piece, key, value))
        if value > 10.0:
            return Refusal(piece=piece, parameter=key, reason="too much")
        self.aim = value
        return None


@pytest.fixture
def line(mosquitto, tmp_path):
    """The hub's connection to the plant, and the plant's broker."""
    write_addresses(tmp_path / "line.csv", addresses_of(PARAMETERS, group="mill", node="edge"))
    text = (
        f'[[connection]]\nkey = "line"\nkind = "sparkplug"\naddresses = "line.csv"\nhost = "127.0.0.1"\n'
        f'port = {mosquitto.port}\ntimeout_s = 3.0\nhost_id = "hub"\nsettle_s = 0.2\n'
    )
    found, faults = read_connections(tmp_path, Declaration.parse(text), PLANT, {"sparkplug": KIND})
    assert [str(fault) for fault in faults] == []
    return found[0], Broker(host="127.0.0.1", port=mosquitto.port, client_id="edge", timeout_s=3.0)


NAME = EdgeName(group="mill", node="edge", host_id="hub")


def test_a_minute_of_the_plant_arrives_as_it_was(line, sink, running, until):
    connection, broker = line

    async def play():
        async with running(KIND.source(connection), sink) as health:
            await serve(Furnace(), PARAMETERS, broker, NAME, speed=60.0, seconds=60)
            await until(lambda: health.stale == {"mill/edge", "mill/edge/furnace"})
            return health

    health = asyncio.run(play())
    rows = [row for row in sink.rows() if not np.isnan(row[2])]
    seen = {row[2]: row for row in rows if row[0] == "speed"}
    assert sorted(seen) == list(range(60))
    assert {value for value, row in seen.items() if row[3] == 1} == {value for value in seen if value % 7 == 0}
    spans = np.diff([seen[value][1] for value in sorted(seen)])
    assert np.abs(spans - S / 60).max() <= 10**6  # a millisecond
    first_ns = seen[0.0][1]
    carbon = {row[2]: row[1] for row in rows if row[0] == "carbon"}
    assert sorted(carbon) == [0.0, 0.5, 1.0, 1.5, 2.0]
    assert carbon[0.0] - first_ns == pytest.approx(10 * S / 60, abs=10**6)
    pieces = {place: list(dict.fromkeys(p.piece for p in sink.passages if p.place == place and p.piece))
              for place in ("furnace", "carbon")}  # fmt: skip
    assert pieces == {"furnace": [f"H{k}" for k in range(6)], "carbon": [f"H{k}" for k in range(5)]}
    assert "unknown" not in health.counts


def test_levers_are_commanded_for_the_piece_that_is_there(line, sink, running, until):
    connection, broker = line
    plant = Furnace()

    async def play():
        source = KIND.source(connection)
        async with running(source, sink):
            task = asyncio.create_task(serve(plant, PARAMETERS, broker, NAME, speed=10.0, seconds=1_000))
            await until(lambda: sink.values("aim"))
            outlet = KIND.outlet(connection)
            assert outlet.writable == {"aim"}
            assert (await outlet.write("aim", 7.0, timeout_s=3.0)).value == 7.0
            assert (await outlet.write("aim", 12.0, timeout_s=3.0)).value == 7.0
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(play())
    assert [(key, value) for _, key, value in plant.commands] == [("aim", 7.0), ("aim", 12.0)]
    assert all(piece.startswith("H") for piece, _, _ in plant.commands)


def test_the_hub_finds_everything_by_the_list(tmp_path):
    write_addresses(tmp_path / "a.csv", addresses_of(PARAMETERS, group="g", node="n"))
    faults = []
    found = read_addresses(tmp_path / "a.csv", PLANT, faults)
    assert faults == []
    assert {a.parameter: a.address for a in found.parameters} == {
        key: f"g/n/furnace/{key}" for key in PARAMETERS
    }  # fmt: skip
    assert {p.place: p.address for p in found.pieces} == {
        "furnace": "g/n/furnace/PIECE", "carbon": "g/n/furnace/carbon/PIECE",
    }  # fmt: skip
    assert found.writable == {"aim"}
    assert [metric.name for metric in metrics_of(PARAMETERS)["furnace"]] == [
        "PIECE", "speed", "aim", "carbon/PIECE", "carbon",
    ]  # fmt: skip


def test_the_plant_s_time_on_the_wall():
    clock = PlantClock(plant_ns=10 * S, wall_ns=100 * S, speed=4.0)
    assert [clock.wall(at) for at in (10 * S, 14 * S, 6 * S)] == [100 * S, 101 * S, 99 * S]


@pytest.mark.parametrize("speed", [0.0, -1.0, 1_001.0])
def test_a_speed_that_cannot_be_is_refused(speed):
    with pytest.raises(ValueError, match="speed"):
        PlantNode(Furnace(), PARAMETERS, lambda **given: EdgeNode(None, NAME, **given), speed=speed)


def test_a_family_that_cannot_be_watched_is_told():
    with pytest.raises(PluginError, match="second by second"):
        main(["ladle-furnace"])
    with pytest.raises(PluginError, match="silicon-mill"):
        main(["no-such"])


@pytest.mark.slow
def test_an_installed_family_is_played(mosquitto, tmp_path):
    path = tmp_path / "addresses.csv"
    main(["silicon-mill", "--port", str(mosquitto.port), "--seconds", "3", "--speed", "10", "--addresses", str(path)])
    assert path.read_text().count("\n") > 1_080
