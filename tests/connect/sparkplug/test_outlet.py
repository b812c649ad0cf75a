"""Set-points out over a real broker: sent, shown, refused, or not known."""

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest

from pilothouse.connect.sparkplug import KIND
from pilothouse.errors import NotWrittenError, SourceError
from pilothouse.wire.mqtt import Broker, Session
from pilothouse.wire.sparkplug import Datatype, Payload

ROWS = ["g/n/d/aim,aim,,,yes", "g/n/d/speed,speed,,,"]


@pytest.fixture
def connection(declare, mosquitto):
    text = f'host = "127.0.0.1"\nport = {mosquitto.port}\ntimeout_s = 3.0\nhost_id = "hub"\nsettle_s = 0.3'
    return declare("sparkplug", KIND, text, ROWS)


@asynccontextmanager
async def device(mosquitto, edge, obeys=lambda value: value, *, is_born=True, chatter_s=None):
    """A device that answers each command with what it makes of it, and tells births when asked."""

    async def live(plant, got):
        await plant.subscribe(["spBv1.0/g/NCMD/n", "spBv1.0/g/DCMD/n/d"], qos=1)
        shown = 5.0

        async def say(*told):
            for topic, payload in told:
                await plant.publish(str(topic), payload.SerializeToString())

        if is_born:
            await say(edge.nbirth(), edge.dbirth({"aim": Datatype.FLOAT}, aim=shown, speed=1.0))
        while True:
            messages = await plant.receive(timeout_s=chatter_s or 1.0)
            if chatter_s and not messages:
                await say(edge.ddata(aim=shown))
            for message in messages:
                (metric,) = Payload.FromString(message.payload).metrics
                if "NCMD" in message.topic:
                    await say(edge.nbirth(), edge.dbirth(aim=shown, speed=1.0))
                    continue
                got.append(metric)
                answer = obeys(metric.float_value)
                if answer is not None:
                    shown = answer
                    await say(edge.ddata(aim=shown))

    got: list[Payload.Metric] = []
    async with Session(Broker(host="127.0.0.1", port=mosquitto.port, client_id="plant", timeout_s=5.0)) as plant:
        task = asyncio.create_task(live(plant, got))
        yield got
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture(params=["with its source", "alone"])
def outlet(request, connection, sink, running, until):
    """The outlet, beside a running source or by itself."""

    @asynccontextmanager
    async def made():
        if request.param == "alone":
            yield KIND.outlet(connection)
            return
        source = KIND.source(connection)
        async with running(source, sink):
            await until(lambda: source.host.born(0) is not None)
            yield KIND.outlet(connection)

    return made


def test_a_command_is_sent_by_alias_and_shown(outlet, mosquitto, edge):
    async def play():
        async with device(mosquitto, edge) as got, outlet() as out:
            assert (out.key, out.writable) == ("line", {"aim"})
            told = await out.write("aim", 7.1, timeout_s=5.0)
            assert told.value == pytest.approx(7.1, rel=1e-6)
            assert (got[0].alias, got[0].name, got[0].datatype) == (edge.aliases["aim"], "", Datatype.FLOAT)
            assert (await out.read("aim", timeout_s=5.0)).value == pytest.approx(7.1, rel=1e-6)

    asyncio.run(play())


def test_a_refusal_shows_the_old_value(outlet, mosquitto, edge):
    async def play():
        async with device(mosquitto, edge, lambda _: 5.0), outlet() as out:
            assert (await out.write("aim", 7.0, timeout_s=5.0)).value == 5.0

    asyncio.run(play())


def test_what_was_on_its_way_does_not_count(outlet, mosquitto, edge):
    """A device that chatters tells the old value after the command was sent, and obeys a little later."""

    async def play():
        async with device(mosquitto, edge, chatter_s=0.01), outlet() as out:
            for wanted in (7.0, 8.0, 9.0):
                assert (await out.write("aim", wanted, timeout_s=5.0)).value == wanted

    asyncio.run(play())


def test_silence_is_not_known(outlet, mosquitto, edge):
    async def play():
        async with device(mosquitto, edge, lambda _: None), outlet() as out:
            with pytest.raises(SourceError, match="not known whether written") as told:
                await out.write("aim", 7.0, timeout_s=1.0)
            assert not isinstance(told.value, NotWrittenError)

    asyncio.run(play())


def test_a_device_that_is_not_there_gets_nothing(connection, mosquitto, edge):
    async def play():
        async with device(mosquitto, edge, is_born=False) as got:
            edge.device = "other"
            with pytest.raises(NotWrittenError, match="nothing was sent"):
                await KIND.outlet(connection).write("aim", 7.0, timeout_s=0.5)
            assert got == []

    asyncio.run(play())


def test_no_broker_is_told(connection, mosquitto):
    mosquitto.kill()

    async def play():
        with pytest.raises(NotWrittenError, match="expected a connection"):
            await KIND.outlet(connection).read("aim", timeout_s=1.0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(play())


def test_only_what_is_declared_writable(connection, declare):
    async def play():
        with pytest.raises(ValueError, match="writable"):
            await KIND.outlet(connection).write("speed", 1.0, timeout_s=1.0)

    asyncio.run(play())
    assert KIND.outlet(declare("sparkplug", KIND, 'host = "b"', ["g/n/d/speed,speed,,,"])) is None


def test_of_several_connections_just_one_writes_to_a_node(declare):
    made = [KIND.outlet(declare("sparkplug", KIND, f'host = "b"\nshare = "{k}/3"', ROWS)) for k in (1, 2, 3)]
    assert sorted(len(out.writable) for out in made) == [0, 0, 1]
