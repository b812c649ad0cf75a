"""An edge node on a real broker: births, commands, and nothing lost while nobody listens."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress

import pytest

from pilothouse.connect.address import Address, Addresses
from pilothouse.connect.declaration import Connection
from pilothouse.connect.mqtt.broker_table import BrokerSettings
from pilothouse.connect.sparkplug import KIND, SparkplugSettings
from pilothouse.edge.sparkplug_node import EdgeMetric, EdgeName, EdgeNode, Keeping, Reading
from pilothouse.wire.mqtt import Broker, Session
from pilothouse.wire.sparkplug import Datatype, Payload

DEVICES = {"d": (EdgeMetric("speed"), EdgeMetric("PIECE", Datatype.STRING)), "e": (EdgeMetric("aim", Datatype.FLOAT),)}


@asynccontextmanager
async def speaking(node):
    task = asyncio.create_task(node.run())
    try:
        yield node
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
def make_node(mosquitto):
    def node(host_id="", messages=100_000, **given):
        name, keeping = EdgeName(group="g", node="n", host_id=host_id), Keeping(messages=messages, retry_s=0.05)
        broker = Broker(host="127.0.0.1", port=mosquitto.port, client_id="edge", timeout_s=3.0)
        return EdgeNode(broker, name, devices=DEVICES, keeping=keeping, **given)

    return node


@pytest.fixture
def hub(mosquitto, tmp_path):
    """The hub's own source, as the other end."""
    settings = SparkplugSettings(
        broker=BrokerSettings(
            host="127.0.0.1", port=mosquitto.port, client_id="", user="", password_env="", is_secured=False, ca="",
            certificate="", private_key="", key_password_env="", keepalive_s=20, timeout_s=3.0, version="5",
        ),
        plant="mill", host_id="hub", share=(1, 1), reorder_ns=3 * 10**8, rebirth_ns=5 * 10**8, settle_ns=3 * 10**8,
    )  # fmt: skip
    parameters = (
        Address(parameter="speed", address="g/n/d/speed"),
        Address(parameter="aim", address="g/n/e/aim", writable=True),
    )
    return Connection(
        key="line", kind="sparkplug", addresses=Addresses(parameters=parameters), every_ns=None, settings=settings,
        root=tmp_path,
    )  # fmt: skip


def speed(value, at_ms):
    return [Reading(0, value, at_ms)]


def test_births_have_names_aliases_types_and_the_number_of_their_death(make_node, mosquitto, until):
    async def play():
        async with Session(Broker(host="127.0.0.1", port=mosquitto.port, client_id="other")) as other:
            await other.subscribe(["spBv1.0/#"], qos=1)
            node = make_node()
            node.tell("d", [Reading(0, 2.5, 7), Reading(1, "H1", 7)])
            async with speaking(node):
                await until(lambda: other.waiting >= 4)
                told = await other.receive(timeout_s=3.0)
            await until(lambda: other.waiting)
            (death,) = await other.receive(timeout_s=3.0)
        assert [m.topic for m in (*told, death)] == [
            "spBv1.0/g/NBIRTH/n", "spBv1.0/g/DBIRTH/n/d", "spBv1.0/g/DBIRTH/n/e", "spBv1.0/g/DDATA/n/d",
            "spBv1.0/g/NDEATH/n",
        ]  # fmt: skip
        nbirth, d, e, data = (Payload.FromString(m.payload) for m in told)
        assert [one.seq for one in (nbirth, d, e, data)] == [0, 1, 2, 3]
        assert {m.name: m.HasField("alias") for m in nbirth.metrics} == {"bdSeq": False, "Node Control/Rebirth": False}
        assert [(m.name, m.alias, m.datatype) for m in (*d.metrics, *e.metrics)] == [
            ("speed", 1, 10), ("PIECE", 2, 12), ("aim", 3, 9),
        ]  # fmt: skip
        assert (d.metrics[0].double_value, d.metrics[0].timestamp, e.metrics[0].is_null) == (2.5, 7, True)
        assert [(m.name, m.alias, m.is_historical) for m in data.metrics] == [("", 1, True), ("", 2, True)]
        assert Payload.FromString(death.payload).metrics[0].long_value == nbirth.metrics[0].long_value

    asyncio.run(play())


def test_nothing_is_lost_while_the_broker_goes_and_comes(make_node, hub, mosquitto, sink, running, until):
    """Values every 10 ms with a broker killed twice: every one arrives, those of the outage as history."""

    async def play():
        node = make_node(host_id="hub")
        source = KIND.source(hub)
        async with speaking(node), running(source, sink) as health:
            await until(lambda: node.is_heard)
            for at_ms in range(1, 301):
                node.tell("d", speed(float(at_ms), at_ms))
                if at_ms in {100, 200}:
                    mosquitto.kill()
                if at_ms in {140, 230}:
                    mosquitto.start()
                await asyncio.sleep(0.01)
            await until(lambda: set(sink.values("speed")) == set(map(float, range(1, 301))))
            replayed = set(sink.values("speed", origin="replayed"))
            assert replayed >= set(map(float, range(101, 140)))
            assert health.counts.get("gaps") is None
            assert (node.counts["losses"] >= 2, node.counts["lost"]) == (True, 0)
            assert health.stale == set()

    asyncio.run(play())


def test_it_waits_for_its_primary_host_and_keeps_what_happens_meanwhile(make_node, hub, sink, running, until):
    async def play():
        node = make_node(host_id="hub")
        async with speaking(node):
            for at_ms in range(1, 51):
                node.tell("d", speed(float(at_ms), at_ms))
            await asyncio.sleep(0.3)
            assert not node.is_heard
            async with running(KIND.source(hub), sink) as health:
                await until(lambda: len(set(sink.values("speed"))) == 50)
                assert (health.counts["births"], health.counts.get("rebirths")) == (3, None)
            await until(lambda: not node.is_heard)
            node.tell("d", speed(99.0, 99))
            async with running(KIND.source(hub), sink):
                await until(lambda: 99.0 in sink.values("speed", origin="replayed"))

    asyncio.run(play())


def test_what_is_kept_is_bounded_and_counted(make_node):
    async def play():
        node = make_node(messages=10)
        for at_ms in range(25):
            node.tell("d", speed(1.0, at_ms))
        assert (node.counts["kept"], node.counts["lost"]) == (25, 15)

    asyncio.run(play())


def test_a_rebirth_is_told_when_asked(make_node, hub, sink, running, until):
    async def play():
        async with speaking(make_node()) as node:
            await until(lambda: node.is_heard)
            node.tell("d", speed(3.0, 5))
            await asyncio.sleep(0.2)
            async with running(KIND.source(hub), sink) as health:
                await until(lambda: sink.values("speed") == [3.0])
                assert (health.counts["rebirths"], node.counts["births"]) == (1, 2)

    asyncio.run(play())


def test_commands_are_carried_out_or_refused(make_node, hub, sink, running, until):
    told = []

    def commanded(device, wanted):
        told.append((device, dict(wanted)))
        return {name: value for name, value in wanted.items() if value <= 10.0}

    async def play():
        async with speaking(make_node(commanded=commanded)) as node:
            node.tell("e", [Reading(0, 5.0, 1)])
            source = KIND.source(hub)
            async with running(source, sink):
                await until(lambda: source.host.born(1) is not None)
                outlet = KIND.outlet(hub)
                assert (await outlet.write("aim", 7.0, timeout_s=3.0)).value == 7.0
                assert (await outlet.write("aim", 11.0, timeout_s=3.0)).value == 7.0
        assert told == [("e", {"aim": 7.0}), ("e", {"aim": 11.0})]

    asyncio.run(play())


def test_commands_that_are_none_are_left(make_node, mosquitto, until):
    async def play():
        other = Broker(host="127.0.0.1", port=mosquitto.port, client_id="other")
        async with Session(other) as session, speaking(make_node()) as node:
            await until(lambda: node.is_heard)
            for payload in (b"\xff", json.dumps({}).encode(), Payload().SerializeToString()):
                await session.publish("spBv1.0/g/DCMD/n/e", payload)
                await session.publish("spBv1.0/g/NCMD/n", payload)
            await until(lambda: node.counts["commands"] == 1)
            assert node.is_heard

    asyncio.run(play())
