"""A decision through the gate to a real OPC UA server: written once, read back, taken back when its reason lapses."""

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread
from types import ModuleType

import numpy as np
import pytest

from pilothouse.clock import NS_PER_S, now_ns
from pilothouse.connect.address import Address, Addresses
from pilothouse.connect.declaration import Connection
from pilothouse.connect.opcua import KIND, Settings
from pilothouse.edge.opcua.space import Space, Variable
from pilothouse.hub.dispatching import Gate
from pilothouse.hub.outlets import wired

URI = "urn:test:stove"
KEYS = ("arc", "lime", "alive")


class Stove:
    """A server in a thread of its own, with what was written to it."""

    def __init__(self, port: int) -> None:
        self.url = f"opc.tcp://127.0.0.1:{port}"
        self.written: list[tuple[str, float]] = []
        self.refuses = False
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        variables = [Variable(key=key, name=key, folder="line", is_writable=True) for key in KEYS]
        self._space = Space(self.url, URI, {"line": None}, variables, keep_s=60.0)
        self._space.command = self._command

    def start(self) -> None:
        self._thread.start()
        self._run(self._space.start())
        self._run(self._space.show(list(KEYS), np.array([2.0, 12.0, 7.0]), np.zeros(3, np.uint8), now_ns()))

    def stop(self) -> None:
        self._run(self._space.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _command(self, key: str, value: float) -> bool:
        if self.refuses:
            return False
        self.written.append((key, value))
        await self._space.show_one(key, value, 0, now_ns())
        return True

    def _run(self, work) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)


@pytest.fixture
def server() -> Iterator[Stove]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = Stove(port)
    made.start()
    yield made
    made.stop()


def outlet_of(server: Stove, root: Path):
    addresses = Addresses(
        parameters=tuple(Address(parameter=key, address=f"nsu={URI};s={key}", writable=True) for key in KEYS)
    )
    settings = Settings(url=server.url)
    connection = Connection(key="stove", kind="opcua", addresses=addresses, every_ns=None, settings=settings, root=root)
    outlet = KIND.outlet(connection)
    assert outlet is not None
    return outlet


def test_a_decision_is_written_once_read_back_and_taken_back(stove: ModuleType, server: Stove, tmp_path: Path) -> None:
    time = [now_ns()]
    write_back = replace(stove.ENABLED, timeout_s=10.0)
    with (
        stove.open_hub(tmp_path, clock=lambda: time[0], write_back=write_back) as hub,
        wired([outlet_of(server, tmp_path)]) as wires,
    ):
        stove.raise_authority(hub)
        stove.propose(hub, "p1", {"arc": 5.0}, valid_s=60.0)
        gate = Gate(hub, wires)
        done = gate.dispatch("p1", by="bob")
        assert (done.ending, done.writes[0].before, done.writes[0].read_back) == ("done", 2.0, 5.0)
        assert server.written == [("arc", 5.0)]
        time[0] += 61 * NS_PER_S
        (key,) = gate.lapsed()
        (back,) = gate.fall_back(key, ("its validity has ended",))
        assert (back.ending, server.written) == ("done", [("arc", 5.0), ("arc", back.value)])


def test_what_the_server_refuses_is_failed_and_was_not_written(
    stove: ModuleType, server: Stove, tmp_path: Path
) -> None:
    server.refuses = True
    write_back = replace(stove.ENABLED, timeout_s=10.0)
    with (
        stove.open_hub(tmp_path, write_back=write_back) as hub,
        wired([outlet_of(server, tmp_path)]) as wires,
    ):
        stove.raise_authority(hub)
        stove.propose(hub, "p1", {"arc": 5.0}, valid_s=60.0)
        assert Gate(hub, wires).dispatch("p1", by="bob").ending == "failed"
    assert server.written == []
