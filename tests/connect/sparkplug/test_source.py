"""A host application on a real broker: STATE, births asked for, losses, and nothing left behind."""

import asyncio
import json

import pytest

from pilothouse.connect.sparkplug import KIND
from pilothouse.wire.mqtt import Broker, Session
from pilothouse.wire.sparkplug import Payload

STATE = "spBv1.0/STATE/hub"


@pytest.fixture
def listen(declare, mosquitto):
    def source(lines="", key="line"):
        text = (
            f'host = "127.0.0.1"\nport = {mosquitto.port}\ntimeout_s = 3.0\nhost_id = "hub"\nreorder_s = 0.3\n{lines}'
        )
        return KIND.source(declare("sparkplug", KIND, text, ["g/n/d/speed,speed,,,", "g/n/d/P,,furnace,,"], key=key))

    return source


def line(mosquitto, name="plant"):
    return Session(Broker(host="127.0.0.1", port=mosquitto.port, client_id=name, timeout_s=5.0))


async def say(session, *told):
    for topic, payload in told:
        await session.publish(str(topic), payload.SerializeToString())


async def states(session, count):
    got = []
    while len(got) < count:
        got += [(json.loads(m.payload)["online"], m.is_retained) for m in await session.receive(timeout_s=3.0)]
    return got


def test_values_pieces_and_deaths_come_in(listen, mosquitto, sink, edge, running, until):
    async def play():
        async with running(listen(), sink) as health, line(mosquitto) as plant:
            assert health.stale == {"g/n"}
            await say(plant, edge.nbirth(), edge.dbirth(speed=1.0, P="H1"), edge.ddata(speed=2.0))
            await until(lambda: sink.values("speed") == [1.0, 2.0])
            assert ([p.piece for p in sink.passages], health.stale) == (["H1"], set())
            await say(plant, edge.ndeath())
            await until(lambda: sink.marks("speed") == 1)
            assert health.stale == {"g/n", "g/n/d"}
            assert (health.counts["messages"], health.counts["values"]) == (5, 3)  # its own STATE is one of them

    asyncio.run(play())


def test_its_state_is_told_first_and_at_the_end(listen, mosquitto, sink, running):
    """Subscribed before it is told; retained; the same timestamp as in the will."""

    async def play():
        async with line(mosquitto) as other:
            await other.subscribe(["spBv1.0/#"], qos=1)
            async with running(listen(), sink):
                (first, *_) = await other.receive(timeout_s=3.0)
                assert (first.topic, json.loads(first.payload)["online"], first.qos) == (STATE, True, 1)
            assert await states(other, 1) == [(False, False)]
        async with line(mosquitto) as late:
            await late.subscribe([STATE], qos=1)
            assert await states(late, 1) == [(False, True)]

    asyncio.run(play())


def test_who_says_it_is_not_there_is_contradicted(listen, mosquitto, sink, running):
    async def play():
        async with line(mosquitto) as other, running(listen(), sink):
            await other.subscribe([STATE], qos=1)
            assert await states(other, 1) == [(True, True)]
            await other.publish(STATE, b'{"online": false, "timestamp": 1}', qos=1)
            assert await states(other, 2) == [(False, False), (True, False)]
            await other.publish(STATE, b"nonsense", qos=1)

    asyncio.run(play())


def test_a_node_that_was_there_before_is_asked_for_its_births(listen, mosquitto, sink, edge, running, until):
    async def play():
        async with line(mosquitto) as plant:
            await plant.subscribe(["spBv1.0/g/NCMD/n"], qos=1)
            await say(plant, edge.nbirth(), edge.dbirth(speed=1.0))
            async with running(listen("rebirth_s = 0.5"), sink):
                (asked,) = await plant.receive(timeout_s=5.0)
                (metric,) = Payload.FromString(asked.payload).metrics
                assert (metric.name, metric.boolean_value, metric.datatype, metric.HasField("alias")) == (
                    "Node Control/Rebirth", True, 11, False,
                )  # fmt: skip
                assert (asked.qos, asked.is_retained) == (0, False)
                await say(plant, edge.nbirth(), edge.dbirth(speed=2.0))
                await until(lambda: sink.values("speed") == [2.0])

    asyncio.run(play())


def test_a_broker_that_goes_and_comes(listen, mosquitto, sink, edge, running, until):
    async def play():
        async with running(listen(), sink) as health:
            async with line(mosquitto) as plant:
                await say(plant, edge.nbirth(), edge.dbirth(speed=1.0))
                await until(lambda: sink.values("speed") == [1.0])
            mosquitto.kill()
            await until(lambda: health.state == "waiting")
            assert (sink.marks("speed"), health.stale) == (1, {"g/n", "g/n/d"})
            assert "lost" in health.why
            mosquitto.start()
            await until(lambda: health.state == "running")
            async with line(mosquitto) as plant:
                stored = [edge.ddata(speed=float(k), historical=True, at_ms=k + 1) for k in range(100)]
                born = edge.nbirth(), edge.dbirth(speed=2.0)
                for number, (_, payload) in enumerate(stored):
                    payload.seq = 2 + number
                await say(plant, *born, *stored)
                await until(lambda: len(sink.values("speed", origin="replayed")) == 100)
                assert sink.values("speed", origin="replayed") == list(range(100))
                assert health.stale == set()

    asyncio.run(play())


def test_what_the_sink_drops_is_counted(listen, mosquitto, sink, edge, running, until):
    sink.answer = False

    async def play():
        async with running(listen(), sink) as health, line(mosquitto) as plant:
            await say(plant, edge.nbirth(), edge.dbirth(speed=1.0))
            await until(lambda: health.counts.get("not_taken") == 1)

    asyncio.run(play())


def test_cancelling_leaves_nothing(listen, mosquitto, sink, edge, running, until, open_files):
    async def play():
        before = open_files()
        for _ in range(3):
            async with line(mosquitto) as plant, running(listen(), sink):
                await say(plant, edge.nbirth(), edge.dbirth(speed=1.0))
                await until(lambda: sink.samples)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert open_files() == before

    asyncio.run(play())
