"""What the tests of OPC UA share: servers as processes, a sink that keeps all, a supervisor of three lines."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from pilothouse.connect.address import Address, Addresses, PieceAddress
from pilothouse.connect.declaration import Connection
from pilothouse.connect.opcua import OpcUaSource, Settings
from pilothouse.edge.opcua.signals import URI, signal_keys
from pilothouse.errors import SourceError
from pilothouse.ports import Health

SERVER = Path(__file__).with_name("server.py")
SIGNALS = ("-m", "pilothouse.edge.opcua", "signals")


class Shelf:
    """A sink that keeps everything, durable at once."""

    def __init__(self):
        self.samples, self.passages, self.newest = [], [], {}

    def take(self, connection, samples):
        self.samples.append(samples)
        for place, at_ns in zip(samples.which.tolist(), samples.source_ns.tolist(), strict=True):
            key = samples.parameters[place]
            self.newest[key] = max(at_ns, self.newest.get(key, 0))
        return self._durable()

    def take_passages(self, connection, passages):
        self.passages += passages
        return self._durable()

    def newest_ns(self, parameters):
        return {key: self.newest[key] for key in parameters if key in self.newest}

    def _durable(self):
        durable = asyncio.get_running_loop().create_future()
        durable.set_result(True)
        return durable

    def rows(self, key, origin=None):
        """(instant, value, status) of a parameter in the order they came."""
        found = []
        for batch in self.samples:
            if origin in (None, batch.origin) and key in batch.parameters:
                of_key = batch.which == batch.parameters.index(key)
                columns = (batch.source_ns[of_key], batch.values[of_key], batch.statuses[of_key])
                found += zip(*(column.tolist() for column in columns), strict=True)
        return found

    def count(self, origin=None):
        return sum(len(batch) for batch in self.samples if origin in (None, batch.origin))


class Counting(Shelf):
    """A sink that only counts, by cycle: for rates at which keeping would cost more than taking in."""

    def __init__(self, cycles):
        super().__init__()
        self.seen = np.zeros(cycles, dtype=np.int64)

    def take(self, connection, samples):
        np.add.at(self.seen, np.floor(samples.values + 1e-6).astype(np.int64), 1)
        return self._durable()


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_for_port(port, process=None, host="127.0.0.1", seconds=120.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process is not None and process.poll() is not None:
            raise AssertionError(f"the server ended with {process.returncode}")
        with socket.socket() as found:
            found.settimeout(1.0)
            if found.connect_ex((host, port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens at {host}:{port}")


class Server:
    """A server process that can be killed and started again at the same place."""

    def __init__(self, *arguments, port=None, prefix=()):
        self.port = port or free_port()
        self.url = f"opc.tcp://127.0.0.1:{self.port}"
        self.command = [*prefix, sys.executable, *arguments, "--url", self.url]
        self.process = None

    def start(self):
        self.process = subprocess.Popen(self.command, env={**os.environ, "PYTHONWARNINGS": "default"})
        wait_for_port(self.port, self.process)
        return self

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


@pytest.fixture
def serve():
    """Starts servers and ends them."""
    started = []

    def start(*arguments, **named):
        server = Server(*arguments, **named)
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.kill()


@pytest.fixture
def signals(serve):
    """Starts a server of plain numbers of one's own, to be killed at will."""

    def start(parameters=20, hz=10.0, **named):
        return serve(*SIGNALS, "--parameters", str(parameters), "--hz", str(hz), **named)

    return start


@pytest.fixture(scope="session")
def numbers():
    """A server of twenty plain numbers at 10 Hz, for all."""
    server = Server(*SIGNALS, "--parameters", "20", "--hz", "10").start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def odd():
    """A server with nodes of all kinds, for all; see server.py."""
    server = Server(str(SERVER), "odd").start()
    yield server
    server.kill()


def connection(url, parameters=(), pieces=(), every_s=None, root=Path(), **settings):
    quick = {"publishing_s": 0.1, "keepalive_s": 0.5, "timeout_s": 3.0}
    return Connection(
        key="line",
        kind="opcua",
        addresses=Addresses(
            parameters=tuple(parameters), pieces=tuple(PieceAddress(place=p, address=a) for p, a in pieces)
        ),
        every_ns=None if every_s is None else round(every_s * 1e9),
        settings=Settings(url=url, **{**quick, **settings}),
        root=root,
    )


def signal_addresses(parameters):
    return [Address(parameter=key, address=f"nsu={URI};s={key}") for key in signal_keys(parameters)]


async def supervise(source, sink, health, wait_s=0.3):
    """Call again for ever, as the supervisor does."""
    while True:
        try:
            await source.run(sink, health)
        except SourceError:
            health.count("lost")
            await asyncio.sleep(wait_s)


@asynccontextmanager
async def running(declared, sink=None, health=None):
    """A supervised source; gives its sink and health."""
    sink, health = sink or Shelf(), health or Health(connection=declared.key)
    task = asyncio.create_task(supervise(OpcUaSource(declared), sink, health))
    try:
        yield sink, health
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(holds, seconds=60.0):
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what is waited for is no event
            await asyncio.sleep(0.05)


def run(work):
    """Run a coroutine to its end, and see that it leaves no task behind."""

    async def watched():
        result = await work
        await asyncio.sleep(0.05)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, left
        return result

    return asyncio.run(watched())
