"""What all tests share: where the real data is, a real broker, and a sink that keeps what it is given."""

import asyncio
import gc
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from pilothouse.errors import SourceError
from pilothouse.plant.sample import Passage, Samples
from pilothouse.ports import Health

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data: ``PILOTHOUSE_DATA``, else ``../shared/data`` beside the repository.

    Where it is not to be had a test is skipped, but never in CI (``PILOTHOUSE_CI=1``): there it fails.
    """
    named = os.environ.get("PILOTHOUSE_DATA")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        reason = f"no real data: {folder} is no folder; set PILOTHOUSE_DATA to where it is"
        if os.environ.get("PILOTHOUSE_CI") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


class Mosquitto:
    """A real broker in a process of its own; its port stays when it is killed and started again."""

    def __init__(self, program: str, folder: Path, settings: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder = folder
        self._program = program
        self._configuration = folder / "mosquitto.conf"
        lines = [
            f"listener {self.port} 127.0.0.1",
            "persistence true",
            f"persistence_location {folder}/",
            "max_queued_messages 0",
            "user root",
        ]
        if "allow_anonymous" not in settings:
            lines.append("allow_anonymous true")
        self._configuration.write_text("\n".join([*lines, settings, ""]))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        log = (self.folder / "mosquitto.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [self._program, "-c", str(self._configuration)], stdout=log, stderr=subprocess.STDOUT
            )
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
            except OSError:
                assert self._process.poll() is None, (self.folder / "mosquitto.log").read_text()
                time.sleep(0.02)
            else:
                return
        raise AssertionError((self.folder / "mosquitto.log").read_text())

    def stop(self) -> None:
        """As a service is stopped: what it keeps is written."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None


def _mosquitto() -> str:
    program = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if program is None:
        reason = "no mosquitto: install Debian's package mosquitto, or put the broker on the PATH"
        if os.environ.get("PILOTHOUSE_CI") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return program


@pytest.fixture
def make_mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    """Start brokers with settings of one's own; they end with the test."""
    program, made = _mosquitto(), []

    def make(settings: str = "") -> Mosquitto:
        broker = Mosquitto(program, tmp_path_factory.mktemp("mosquitto"), settings)
        made.append(broker)
        broker.start()
        return broker

    yield make
    for broker in made:
        broker.kill()


@pytest.fixture
def mosquitto(make_mosquitto) -> Mosquitto:
    """A broker that anyone may use."""
    return make_mosquitto()


class KeepingSink:
    """A sink that keeps all it is given, and says when it is durable at once, after a while, or never."""

    def __init__(self) -> None:
        self.samples: list[Samples] = []
        self.passages: list[Passage] = []
        self.durable_after_s: float | None = 0.0
        self.answer = True

    def take(self, connection: str, samples: Samples) -> asyncio.Future[bool]:
        self.samples.append(samples)
        return self._future()

    def take_passages(self, connection: str, passages) -> asyncio.Future[bool]:
        self.passages += passages
        return self._future()

    def newest_ns(self, parameters):
        return {}

    def rows(self, *, origin: str | None = None) -> list[tuple[str, int, float, int]]:
        """Parameter, instant, value and status of each, in the order they came."""
        return [
            (batch.parameters[which], at, value, status)
            for batch in self.samples
            if origin in {None, batch.origin}
            for which, at, value, status in zip(
                batch.which.tolist(),
                batch.source_ns.tolist(),
                batch.values.tolist(),
                batch.statuses.tolist(),
                strict=True,
            )
        ]

    def values(self, parameter: str, *, origin: str | None = None) -> list[float]:
        """The values of one parameter that are not bad."""
        return [value for key, _, value, status in self.rows(origin=origin) if key == parameter and status < 2]

    def marks(self, parameter: str) -> int:
        """How often one parameter was told to be bad and without value."""
        return sum(key == parameter and bool(np.isnan(value)) for key, _, value, _ in self.rows())

    def _future(self) -> asyncio.Future[bool]:
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        if self.durable_after_s == 0.0:
            future.set_result(self.answer)
        elif self.durable_after_s is not None:
            loop.call_later(self.durable_after_s, lambda: future.done() or future.set_result(self.answer))
        return future


@pytest.fixture
def sink() -> KeepingSink:
    """A sink that keeps all it is given."""
    return KeepingSink()


@pytest.fixture
def open_files():
    """How many files and sockets are open now."""

    def count() -> int:
        gc.collect()
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    return count


@pytest.fixture
def until():
    """Wait until something is so."""
    return _until


@pytest.fixture
def running():
    """Run a source while something is done, as its supervisor would."""
    return _running


async def _until(condition, seconds: float = 10.0) -> None:
    for _ in range(int(seconds / 0.01)):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen in time")


@asynccontextmanager
async def _running(source, sink, health=None):
    health = health or Health(connection=source.key)

    async def supervise():
        while True:
            try:
                await source.run(sink, health)
            except SourceError as error:
                health.state, health.why = "waiting", str(error)
                health.count("reconnects")
                await asyncio.sleep(0.05)

    task = asyncio.create_task(supervise())
    try:
        await _until(lambda: health.state == "running" or task.done())
        yield health
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
