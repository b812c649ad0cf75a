"""Outages: a server killed and back, packets dropped without a word, a storm of nonsense; no loss is silent."""

import asyncio
import os
import shutil
import signal
import subprocess
from uuid import uuid4

import numpy as np
import pytest
from tests.connect.opcua.conftest import (
    SERVER,
    SIGNALS,
    Server,
    Shelf,
    connection,
    run,
    running,
    signal_addresses,
    until,
    wait_for_port,
)

from pilothouse.connect.address import Address
from pilothouse.errors import SourceError


def cycles_of(sink, key):
    """The cycles a variable of the signal server was seen in, once each."""
    values = [value for _, value, _ in sink.rows(key)]
    return [int(np.floor(value + 1e-6)) for value in values]


def test_a_hanging_and_a_killed_server_come_back_by_themselves(signals):
    server = signals(parameters=5)

    async def watch():
        async with running(connection(server.url, signal_addresses(5), every_s=0.1)) as (sink, health):
            await until(lambda: len(sink.rows("S0000")) > 5)

            server.process.send_signal(signal.SIGSTOP)  # its sockets live, and nothing answers
            await until(lambda: health.counts.get("lost", 0) > 0)
            server.process.send_signal(signal.SIGCONT)
            await until(lambda: sink.rows("S0000", "replayed"))
            await until(lambda: health.state == "running")

            lost = health.counts["lost"]
            server.kill()
            await until(lambda: health.counts["lost"] > lost)
            assert health.state in ("waiting", "starting")
            assert server.url in health.why
            before = sink.newest["S0000"]
            server.start()
            await until(lambda: sink.newest["S0000"] > before + 1_000_000_000)
            assert health.state == "running"
            after = min(at for at, _, _ in sink.rows("S0000") if at > before)
            assert after > before + 500_000_000  # the new server remembers nothing of the old: the gap stays

    run(watch())


def test_what_a_server_kept_while_nobody_listened_comes_as_replayed(numbers):
    declared = connection(numbers.url, signal_addresses(5), every_s=0.1)

    async def away():
        async with running(declared) as (sink, _):
            await until(lambda: len(sink.rows("S0003")) > 5)
        live = len(sink.rows("S0003"))
        await asyncio.sleep(1.0)
        async with running(declared, sink):  # as after the hub was away
            await until(lambda: len(sink.rows("S0003", "live")) > live + 5)
            await until(lambda: sink.rows("S0003", "replayed"))
        for key in ("S0000", "S0003"):
            cycles = cycles_of(sink, key)
            assert len(cycles) == len(set(cycles)), "nothing comes twice"
            assert sorted(cycles) == list(range(min(cycles), max(cycles) + 1)), "nothing is missing"
        assert sink.count("replayed") >= 40

    run(away())


def test_a_long_history_comes_in_parts_by_continuation_points(numbers, monkeypatch):
    monkeypatch.setattr("pilothouse.connect.opcua.history._VALUES_AT_ONCE", 7)
    monkeypatch.setattr("pilothouse.connect.opcua.history._NODES_AT_ONCE", 2)
    declared = connection(numbers.url, signal_addresses(5), every_s=0.1)

    async def watch():
        async with running(declared) as (sink, _):
            await until(lambda: len(sink.rows("S0004")) > 25)
        held = sink.newest["S0004"] - 2_000_000_000
        kept = [batch for batch in sink.samples if batch.source_ns.max() <= held]
        sink.samples[:], sink.newest = kept, {f"S000{k}": held for k in range(5)}
        async with running(declared, sink) as (_, health):
            await until(lambda: "without_history" in health.counts)
        replayed = cycles_of(sink, "S0004")
        assert len(replayed) >= 15  # more than two answers hold
        assert len(replayed) == len(set(replayed))
        assert sorted(replayed) == list(range(min(replayed), max(replayed) + 1))
        assert health.counts["without_history"] == 0

    run(watch())


def test_a_history_that_does_not_answer_costs_no_live_value(numbers, monkeypatch):
    async def silent(session, spans):
        raise SourceError("no answer")
        yield

    monkeypatch.setattr("pilothouse.connect.opcua.source.read_history", silent)

    async def watch():
        sink = Shelf()
        sink.newest["S0000"] = 1
        async with running(connection(numbers.url, signal_addresses(2), every_s=0.1), sink) as (_, health):
            await until(lambda: "history_failed" in health.counts)
            before = sink.count()
            await until(lambda: sink.count() > before + 20)
            assert "lost" not in health.counts

    run(watch())


@pytest.mark.slow
def test_a_storm_of_nonsense_costs_no_good_value(serve):
    server = serve(str(SERVER), "junk", "--nodes", "120", "--hz", "50")
    odd = [Address(parameter=f"junk{k}", address=f"nsu=urn:test:odd;s=junk{k}") for k in range(100)]
    pieces = [(f"unit{k}", f"nsu=urn:test:odd;s=junk{k}") for k in range(100, 120)]
    good = Address(parameter="count", address="nsu=urn:test:odd;s=count")

    async def watch():
        async with running(connection(server.url, [good, *odd], pieces, every_s=0.02)) as (sink, health):
            await until(lambda: sink.count() > 12_000)
            assert health.counts.get("lost", 0) == 0
            return sink, health

    sink, health = run(watch())
    values = [value for _, value, _ in sink.rows("count")]
    assert values == list(range(int(values[0]), int(values[0]) + len(values)))
    assert health.counts["malformed"] > 3_000
    assert all(len(passage.piece) <= 200 for passage in sink.passages)


# ---- packets dropped without a FIN ----------------------------------------------------------


class Wire:
    """A server behind a virtual cable in a network of its own; the cable can swallow every packet."""

    def __init__(self):
        self.name = f"ph{uuid4().hex[:6]}"
        self.space, self.here, self.there = self.name, f"{self.name}a", f"{self.name}b"
        self.host = "10.213.77.2"

    def lay(self):
        self._ip("netns", "add", self.space)
        self._ip("link", "add", self.here, "type", "veth", "peer", "name", self.there, "netns", self.space)
        self._ip("addr", "add", "10.213.77.1/24", "dev", self.here)
        self._ip("link", "set", self.here, "up")
        for arguments in (("addr", "add", f"{self.host}/24", "dev", self.there), ("link", "set", self.there, "up")):
            self._ip("-n", self.space, *arguments)
        self._ip("-n", self.space, "link", "set", "lo", "up")

    def cut(self):
        self._ip("-n", self.space, "route", "add", "blackhole", "10.213.77.1/32")
        self._ip("route", "add", "blackhole", f"{self.host}/32")

    def mend(self):
        self._ip("route", "del", "blackhole", f"{self.host}/32")
        self._ip("-n", self.space, "route", "del", "blackhole", "10.213.77.1/32")

    def remove(self):
        subprocess.run(["ip", "route", "del", "blackhole", f"{self.host}/32"], capture_output=True, check=False)
        subprocess.run(["ip", "netns", "del", self.space], capture_output=True, check=False)

    def _ip(self, *arguments):
        done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            raise OSError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


@pytest.fixture
def wire():
    if shutil.which("ip") is None:
        pytest.skip("needs iproute2 to cut a network")
    made = Wire()
    try:
        made.lay()
    except OSError as error:
        made.remove()
        pytest.skip(f"needs the right to make a network namespace: {error}")
    yield made
    made.remove()


def test_a_network_that_drops_packets_is_noticed_and_recovered_from(wire):
    server = Server(*SIGNALS, "--parameters", "5", "--hz", "10", prefix=("ip", "netns", "exec", wire.space))
    server.url = f"opc.tcp://{wire.host}:{server.port}"
    server.command[-1] = server.url
    server.process = subprocess.Popen(server.command, env=dict(os.environ))
    try:
        wait_for_port(server.port, server.process, host=wire.host)
        declared = connection(server.url, signal_addresses(5), every_s=0.1, timeout_s=1.0, keepalive_s=0.5)

        async def watch():
            async with running(declared) as (sink, health):
                await until(lambda: len(sink.rows("S0002")) > 5)
                wire.cut()
                await until(lambda: health.counts.get("lost", 0) >= 1)
                await until(lambda: health.counts.get("lost", 0) >= 2)  # further tries end too
                wire.mend()
                before = sink.rows("S0002", "live")[-1][0]
                await until(lambda: sink.rows("S0002", "live")[-1][0] > before + 1_000_000_000)
                await until(lambda: sink.rows("S0002", "replayed"))
                await until(lambda: health.counts["replayed"] >= 100)
                return sink

        cycles = cycles_of(run(watch()), "S0002")
        assert len(cycles) == len(set(cycles))
        assert sorted(cycles) == list(range(min(cycles), max(cycles) + 1)), "the gap was filled whole"
    finally:
        server.kill()
