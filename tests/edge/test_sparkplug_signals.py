"""Signals into the hub: as many as were said arrive."""

import asyncio

from pilothouse.connect.address import Address, Addresses
from pilothouse.connect.batch import Batch
from pilothouse.connect.sparkplug.host import Host
from pilothouse.edge.sparkplug_signals import Signals
from pilothouse.ports import Health
from pilothouse.wire.mqtt import Broker, Session
from pilothouse.wire.sparkplug import Topic


def test_as_many_arrive_as_were_said(mosquitto):
    broker = Broker(host="127.0.0.1", port=mosquitto.port, client_id="edge")
    signals = Signals(broker, devices=3, per_device=20)
    addresses = Addresses(parameters=tuple(Address(parameter=key, address=at) for at, key in signals.addresses))
    host, health = Host(addresses, reorder_ns=10**9, rebirth_ns=10**9), Health(connection="line")
    host.begin(health, 0)
    assert isinstance(host.batch, Batch)

    async def play():
        here = Broker(host="127.0.0.1", port=mosquitto.port, client_id="hub")
        async with Session(here) as session:
            await session.subscribe(host.filters, qos=0)
            saying = asyncio.create_task(signals.run([(0.3, 50.0), (0.2, 500.0)]))
            while "deaths" not in health.counts:
                for message in await session.receive(timeout_s=0.2):
                    host.take(Topic.read(message.topic), message.payload, message.received_ns)
            await saying

    asyncio.run(play())
    (samples,) = host.batch.samples(received_ns=1)
    deaths_and_births = 2 * 60
    assert signals.said == (15 + 100) * 60
    assert len(samples) == signals.said + deaths_and_births
    assert health.counts == {"births": 4, "deaths": 1}
