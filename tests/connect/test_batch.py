"""Values are gathered as they come and handed over in the units of their parameters."""

import asyncio

import numpy as np

from pilothouse.connect.address import Address, Addresses
from pilothouse.connect.batch import Batch
from pilothouse.ports import Health

ADDRESSES = Addresses(
    parameters=(
        Address(parameter="speed", address="a", scale=60.0),
        Address(parameter="temperature", address="b", offset=-273.15),
    )
)


def test_values_come_in_the_unit_of_their_parameter():
    batch = Batch(ADDRESSES)
    batch.add(0, 5, 0.5, 0)
    batch.add(1, 6, 273.15, 1)
    (samples,) = batch.samples(received_ns=9)
    assert samples.values.tolist() == [30.0, 0.0]
    assert samples.statuses.tolist() == [0, 1]
    assert len(batch) == 0


def test_what_was_replayed_stands_by_itself():
    batch = Batch(ADDRESSES)
    batch.add(0, 5, 1.0, 0)
    batch.add(0, 2, 2.0, 0, is_replayed=True)
    assert [(one.origin, one.source_ns.tolist()) for one in batch.samples(received_ns=9)] == [
        ("live", [5]),
        ("replayed", [2]),
    ]


def test_what_is_no_finite_number_is_bad():
    batch = Batch(ADDRESSES)
    for value in (float("nan"), float("inf"), -1.0):
        batch.add(0, 5, value, 0)
    (samples,) = batch.samples(received_ns=9)
    assert samples.statuses.tolist() == [2, 2, 0]
    assert np.isnan(samples.values[:2]).all()


def test_everything_is_counted(sink):
    async def play():
        batch, health = Batch(ADDRESSES), Health(connection="line")
        batch.add(0, 5, 1.0, 0)
        batch.add(1, 5, 1.0, 0, is_replayed=True)
        told = batch.hand_over("line", sink, health, received_ns=9)
        assert [future.result() for future in told] == [True, True]
        assert (health.counts, health.last_ns) == ({"values": 2, "replayed": 1}, 9)
        assert batch.hand_over("line", sink, health, received_ns=10) == []

    asyncio.run(play())
