"""Values from JSON topics of a real broker: none lost, whatever falls over."""

import asyncio
import json

import pytest

from pilothouse.connect.mqtt import KIND
from pilothouse.errors import ConfigError, SourceError
from pilothouse.wire.mqtt import Broker, Session

ROWS = ["line/furnace#/speed,speed,,,", "line/furnace#/force,force,,,", "line/furnace#/heat,,furnace,,"]


def publisher(mosquitto):
    return Session(Broker(host="127.0.0.1", port=mosquitto.port, client_id="plant", timeout_s=5.0))


@pytest.fixture
def listen(declare, mosquitto):
    def source(lines="", rows=ROWS, key="line"):
        text = f'host = "127.0.0.1"\nport = {mosquitto.port}\ntimeout_s = 3.0\ntime_format = "epoch_ns"\n{lines}'
        return KIND.source(declare("mqtt", KIND, text, rows, key=key))

    return source


def document(at_ns, **values):
    return json.dumps({"timestamp": at_ns, **values}).encode()


def test_values_and_pieces_come_in(listen, mosquitto, sink, running, until):
    async def play():
        async with running(listen(), sink) as health, publisher(mosquitto) as plant:
            await plant.publish("line/furnace", document(7, speed=1.5, force={"value": None}, heat=" H1 "), qos=1)
            await plant.publish("line/furnace", document(8, speed="2.5", heat=17), qos=1)
            await plant.publish("line/furnace", document(9, speed="fast", heat=None), qos=1)
            await plant.publish("line/furnace", b"{", qos=1)
            await until(lambda: health.counts.get("messages") == 4)
            assert sink.rows()[:1] + sink.rows()[2:] == [("speed", 7, 1.5, 0), ("speed", 8, 2.5, 0)]
            assert sink.marks("force") == 1
            assert [(p.place, p.piece, p.since_ns) for p in sink.passages] == [
                ("furnace", "H1", 7),
                ("furnace", "17", 8),
                ("furnace", "", 9),
            ]
            assert health.counts == {
                "messages": 4, "values": 3, "passages": 3, "absent": 2, "malformed": 2,
            }  # fmt: skip

    asyncio.run(play())


def test_a_topic_without_time_has_that_of_receipt_and_a_retained_one_is_uncertain(
    listen, mosquitto, sink, running, until
):
    async def play():
        async with publisher(mosquitto) as plant:
            await plant.publish("t/old", b"1", qos=1, is_retained=True)
            async with running(listen(rows=["t/old,speed,,,", "t/new,force,,,"]), sink) as health:
                await plant.publish("t/new", b"2", qos=1)
                await until(lambda: health.counts.get("values") == 2)
        assert [(key, value, status) for key, _, value, status in sink.rows()] == [("speed", 1, 1), ("force", 2, 0)]

    asyncio.run(play())


def test_wildcards_are_for_subscribing(listen, mosquitto, sink, running, until):
    async def play():
        source = listen('topics = ["line/+"]')
        assert source.filters == ("line/+",)
        async with running(source, sink) as health, publisher(mosquitto) as plant:
            await plant.publish("line/furnace", document(7, speed=1.5), qos=1)
            await plant.publish("line/mixer", document(7, speed=1.5), qos=1)
            await until(lambda: health.counts.get("messages") == 2)
            assert (sink.values("speed"), health.counts["unknown"]) == ([1.5], 1)

    asyncio.run(play())


def test_a_message_is_acknowledged_only_when_durable(listen, mosquitto, sink, running, until):
    """The hub vanishes while its store was not done: all of it comes again."""
    sink.durable_after_s = None

    async def play():
        async with publisher(mosquitto) as plant:
            async with running(listen(), sink):
                for place in range(100):
                    await plant.publish("line/furnace", document(place + 1, speed=place), qos=1)
                await until(lambda: len(sink.values("speed")) == 100)
            sink.samples.clear()
            sink.durable_after_s = 0.1
            async with running(listen(), sink) as health:
                await until(lambda: len(sink.values("speed")) == 100)
                assert sink.values("speed", origin="replayed") == list(range(100))
                await asyncio.sleep(0.3)
                assert health.counts.get("reconnects") is None
            sink.samples.clear()
            async with running(listen(), sink):
                await asyncio.sleep(0.3)
                assert sink.samples == []  # all were acknowledged

    asyncio.run(play())


def test_a_store_that_drops_is_told_and_the_broker_keeps_them(listen, mosquitto, sink, running, until):
    sink.answer = False

    async def play():
        async with running(listen(), sink) as health, publisher(mosquitto) as plant:
            await plant.publish("line/furnace", document(1, speed=1), qos=1)
            await until(lambda: health.counts.get("reconnects", 0) >= 2)
            assert "did not take" in health.why or health.state == "running"
            sink.answer = True
            sink.samples.clear()
            await until(lambda: sink.values("speed") == [1.0])

    asyncio.run(play())


def test_nothing_is_lost_while_the_broker_goes_and_comes(listen, mosquitto, sink, running, until):
    """Stopped and started twice, once while we listen, once while the hub is away; the plant says everything once."""

    async def publish(first, last):
        for place in range(first, last):
            while True:
                try:
                    async with publisher(mosquitto) as plant:
                        await plant.publish("line/furnace", document(place + 1, speed=place), qos=1)
                    break
                except SourceError:
                    await asyncio.sleep(0.05)

    async def play():
        source = listen()
        async with running(source, sink) as health:
            await publish(0, 50)
            mosquitto.stop()
            telling = asyncio.create_task(publish(50, 100))
            await asyncio.sleep(0.3)
            mosquitto.start()
            await telling
            await until(lambda: len(set(sink.values("speed"))) == 100)
            assert health.counts["reconnects"] >= 1
            await asyncio.sleep(0.2)
        await publish(100, 150)  # nobody listens
        mosquitto.stop()
        mosquitto.start()
        async with running(source, sink):
            await until(lambda: len(set(sink.values("speed"))) == 150)
        assert set(sink.values("speed", origin="replayed")) >= set(range(100, 150))

    asyncio.run(play())


def test_workers_share_the_topics_of_a_group(listen, mosquitto, sink, running, until):
    async def play():
        rows = [f"line/{k}#/x,{key},,," for k, key in enumerate(("speed", "force", "power"))]
        first = listen('shared = "hub"\ntopics = ["line/+"]', rows, key="one")
        second = listen('shared = "hub"\ntopics = ["line/+"]', rows, key="two")
        assert first.filters == ("$share/hub/line/+",)
        async with running(first, sink) as one, running(second, sink) as two, publisher(mosquitto) as plant:
            for place in range(300):
                await plant.publish(f"line/{place % 3}", document(place + 1, x=place), qos=1)
            await until(lambda: len(sink.rows()) == 300)
            assert {value for _, _, value, _ in sink.rows()} == set(range(300))
            assert min(one.counts["values"], two.counts["values"]) > 50

    asyncio.run(play())


def test_an_address_that_is_none_is_refused(listen):
    with pytest.raises(ConfigError, match="wildcards"):
        listen(rows=["line/+#/speed,speed,,,"])


def test_there_is_no_outlet(declare):
    assert KIND.outlet(declare("mqtt", KIND, 'host = "b"', ["a,aim,,,yes"])) is None


def test_cancelling_leaves_nothing(listen, mosquitto, sink, open_files, running, until):
    async def play():
        before = open_files()
        sink.durable_after_s = None
        async with publisher(mosquitto) as plant, running(listen(), sink):
            await plant.publish("line/furnace", document(1, speed=1), qos=1)
            await until(lambda: sink.samples)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert open_files() == before

    asyncio.run(play())
