"""What a server publishes comes in: every value, its time, status and unit; what is wrong is counted."""

import asyncio
import math
import socket
import time

import pytest
from tests.connect.opcua.conftest import SERVER, Shelf, connection, free_port, run, running, signal_addresses, until

from pilothouse.connect.address import Address
from pilothouse.connect.opcua import OpcUaSource
from pilothouse.errors import SourceError
from pilothouse.ports import Health

ODD = "nsu=urn:test:odd;s="
NUMBERS = (
    *("count", "single", "whole", "large", "flag", "uncertain", "bad", "overflow", "text", "array"),
    *("nan", "ancient", "future", "hour_ahead", "missing"),
)


def odd_connection(url, **settings):
    kelvin = Address(parameter="kelvin", address=f"{ODD}kelvin", offset=-273.15)
    parameters = [*(Address(parameter=key, address=f"{ODD}{key}") for key in NUMBERS), kelvin]
    pieces = [("unit", f"{ODD}piece"), ("kelvin", f"{ODD}piece_number"), ("single", f"{ODD}long_piece")]
    return connection(url, parameters, pieces, **{"every_s": 0.1, **settings})


@pytest.fixture(scope="module")
def taken(odd):
    """What a second and a half of a server with nodes of all kinds gives."""

    async def listen():
        async with running(odd_connection(odd.url)) as (sink, health):
            await until(lambda: len(sink.rows("count")) > 15)
            return sink, health

    return run(listen())


def test_every_value_comes_once_in_order(taken):
    sink, _ = taken
    values = [value for _, value, _ in sink.rows("count")]
    assert values == list(range(int(values[0]), int(values[0]) + len(values)))
    times = [at for at, _, _ in sink.rows("count")]
    assert times == sorted(set(times))
    assert abs(times[-1] - time.time_ns()) < 60e9


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("single", 1.5, 0),
        ("whole", -7.0, 0),
        ("large", float(2**40), 0),
        ("flag", 1.0, 0),
        ("uncertain", 5.0, 1),
        ("bad", math.nan, 2),
        ("overflow", 6.0, 0),
        ("text", math.nan, 2),
        ("array", math.nan, 2),
        ("nan", math.nan, 2),
        ("ancient", 8.0, 0),
        ("future", 9.0, 0),
        ("kelvin", 300.0 - 273.15, 0),
    ],
)
def test_a_value_keeps_its_unit_and_status(taken, key, value, status):
    _, got, of = taken[0].rows(key)[-1]
    assert of == status
    assert got == pytest.approx(value, nan_ok=True)


def test_a_time_that_cannot_be_is_replaced_and_a_step_of_the_clock_believed(taken):
    sink, health = taken
    now = time.time_ns()
    assert abs(sink.rows("ancient")[-1][0] - now) < 60e9
    assert abs(sink.rows("future")[-1][0] - now) < 60e9
    assert 3_500e9 < sink.rows("hour_ahead")[-1][0] - now < 3_700e9
    assert health.counts["misdated"] >= 2


def test_what_is_wrong_is_counted_and_named(taken):
    _, health = taken
    assert health.counts["overflows"] >= 10
    assert health.counts["malformed"] >= 40
    assert health.counts["unknown"] == 1
    assert health.stale == {f"{ODD}missing"}
    assert health.last_ns is not None


def test_pieces_come_as_passages(taken):
    told = [passage for passage in taken[0].passages if passage.place == "unit"]
    assert len(told) >= 3
    assert [p.piece for p in told] == sorted({p.piece for p in told})
    assert {p.piece for p in taken[0].passages if p.place == "kelvin"} == {"4711"}
    assert not [p for p in taken[0].passages if p.place == "single"]  # a hundred thousand characters name no piece


def test_none_of_the_nodes_is_a_loss(odd):
    source = OpcUaSource(connection(odd.url, [Address(parameter="a", address=f"{ODD}nothing")]))
    with pytest.raises(SourceError, match=r"none of the 1 nodes is there \(BadNodeIdUnknown\)"):
        run(source.run(Shelf(), Health(connection="line")))


def test_nobody_there_is_told_with_the_address():
    health, port = Health(connection="line"), free_port()
    source = OpcUaSource(connection(f"opc.tcp://127.0.0.1:{port}", signal_addresses(1)))
    with pytest.raises(SourceError, match=rf"opc\.tcp://127\.0\.0\.1:{port}: .* while connecting"):
        run(source.run(Shelf(), health))
    assert health.state == "waiting"
    assert "while connecting" in health.why


def test_a_host_that_takes_the_connection_and_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"opc.tcp://127.0.0.1:{silent.getsockname()[1]}"
        source = OpcUaSource(connection(url, signal_addresses(1), timeout_s=0.5))
        begun = time.monotonic()
        with pytest.raises(SourceError, match=r"no answer within 0\.5 s while connecting"):
            run(source.run(Shelf(), Health(connection="line")))
        assert time.monotonic() - begun < 5.0


@pytest.mark.parametrize("after_s", [0.0, 0.02, 0.1, 0.5])
def test_a_cancelled_source_leaves_nothing(numbers, after_s):
    async def cancel():
        health = Health(connection="line")
        task = asyncio.create_task(OpcUaSource(connection(numbers.url, signal_addresses(5))).run(Shelf(), health))
        await asyncio.sleep(after_s)
        task.cancel()
        begun = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - begun < 2.0
        assert health.state in ("stopped", "starting")

    run(cancel())  # sees that no task is left; an open socket would warn


def test_a_node_that_comes_late_is_found_and_the_others_do_not_wait(serve, monkeypatch):
    monkeypatch.setattr("pilothouse.connect.opcua.source._LOOK_AGAIN_S", 0.3)
    server = serve(str(SERVER), "late", "--late", "60")

    async def listen():
        both = [Address(parameter=key, address=f"{ODD}{key}") for key in ("count", "late")]
        async with running(connection(server.url, both, every_s=0.1)) as (sink, health):
            await until(lambda: sink.rows("count"))
            assert health.counts["unknown"] == 1
            await until(lambda: sink.rows("late"))
            assert (health.counts["unknown"], health.stale) == (0, set())

    run(listen())


def test_values_that_stand_still_come_all_the_same(odd):
    async def listen():
        async with running(odd_connection(odd.url)) as (sink, _):
            await until(lambda: len(sink.rows("whole")) > 8)
        async with running(odd_connection(odd.url, every_s=None)) as (sink, _):
            await until(lambda: len(sink.rows("count")) > 8)
            assert len(sink.rows("whole")) == 1  # on change only

    run(listen())
