"""Live intake with real parts: 1,080 signals ten times a second over Sparkplug B (mosquitto) and over OPC UA.

The plant's side and the hub are processes of their own; the hub is ``pilothouse serve``, as a plant would run it. What
was said is compared with what lies in the live tier afterwards, parameter by parameter. Then a burst of a hundred times
the rate for ten seconds, which must be absorbed or counted; and an hour of that load through intake and live tier as
fast as it goes, for the memory it takes.
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.figure import Figure
from pilothouse.clock import NS_PER_MIN, NS_PER_S
from pilothouse.connect.address import Address, Addresses
from pilothouse.connect.declaration import Connection
from pilothouse.connect.intake import Intake
from pilothouse.edge.sparkplug_signals import Signals
from pilothouse.historian.series.store import SeriesStore
from pilothouse.plant.frame import BAD
from pilothouse.plant.sample import Samples
from pilothouse.ports import Health
from pilothouse.wire.mqtt import Broker

SECONDS = float(os.environ.get("PILOTHOUSE_INTAKE_S", "300"))
"""For how long each protocol runs."""
PARAMETERS, HZ = 1_080, 10.0
DEVICES = 12
BURST, BURST_S = 100.0, 10.0
MOST_OF_A_CORE = 0.5
START_S, DRAIN_S = 60.0, 120.0
LAID_OPEN_S = 5.0


def run() -> list[Figure]:
    """Both protocols, the burst, the hour."""
    return [*_sparkplug(), *_opcua(), *_hour()]


# ---- Sparkplug ----


def _sparkplug() -> list[Figure]:
    with TemporaryDirectory() as room, _mosquitto(Path(room)) as port:
        signals = Signals(
            Broker(host="127.0.0.1", port=port, client_id="plant"), devices=DEVICES, per_device=PARAMETERS // DEVICES
        )
        works = Path(room) / "works"
        keys = [key for _, key in signals.addresses]
        _write_plant(
            works, keys, signals.addresses, f'kind = "sparkplug"\nhost = "127.0.0.1"\nport = {port}\nhost_id = "bench"'
        )
        with _hub(works) as hub:
            _until(lambda: _status(works)["connections"][0]["state"] == "running", START_S)
            said, cpu = _said(port, [(SECONDS, HZ)], hub)
            _drained(works, said)
            taken = _stored(works, keys)
            burst, burst_cpu = _said(port, [(2.0, HZ), (BURST_S, HZ * BURST), (2.0, HZ)], hub)
            _drained(works, said + burst)
            counts = _status(works)["connections"][0]["counts"]
        after = _stored(works, keys)
    name = f"Sparkplug, {PARAMETERS} x {HZ:g} Hz, {SECONDS:g} s"
    dropped = counts.get("dropped", 0)
    return [
        Figure(name=f"{name}: values said", value=said, unit="values"),
        Figure.below(f"{name}: values lost", said - taken, "values", 0),
        Figure.below(f"{name}: hub", cpu, "of a core", MOST_OF_A_CORE),
        Figure(name="Sparkplug, burst of 100x for 10 s: values said", value=burst, unit="values"),
        Figure(name="Sparkplug, burst: taken in", value=after - taken, unit="values"),
        Figure(name="Sparkplug, burst: dropped and counted", value=dropped, unit="values"),
        Figure.below("Sparkplug, burst: neither stored nor counted", burst - (after - taken) - dropped, "values", 0),
        Figure(name="Sparkplug, burst: hub", value=burst_cpu, unit="of a core"),
    ]


def _said(port: int, phases: list[tuple[float, float]], hub: "subprocess.Popen[bytes]") -> tuple[int, float]:
    """Let a process of its own say signals; gives how many values, and what the hub took of a core meanwhile."""
    context = get_context("spawn")
    told: Queue[int] = context.Queue()
    speaker = context.Process(target=_speak, args=(port, phases, told))
    began_s, began_cpu_s = time.perf_counter(), _cpu_s(hub.pid)
    speaker.start()
    said = told.get(timeout=10 * sum(seconds for seconds, _ in phases) + 120)
    share = (_cpu_s(hub.pid) - began_cpu_s) / (time.perf_counter() - began_s)
    speaker.join()
    return said, share


def _speak(port: int, phases: list[tuple[float, float]], told: "Queue[int]") -> None:
    signals = Signals(
        Broker(host="127.0.0.1", port=port, client_id="plant"), devices=DEVICES, per_device=PARAMETERS // DEVICES
    )
    asyncio.run(signals.run(phases))
    told.put(signals.said)


@contextmanager
def _mosquitto(room: Path) -> Iterator[int]:
    program = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if program is None:
        raise SystemExit("intake: no mosquitto; install Debian's package mosquitto")
    port = _free_port()
    settings = room / "mosquitto.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nuser root\n")
    broker = subprocess.Popen([program, "-c", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _until(lambda: _is_open(port), START_S)
        yield port
    finally:
        broker.terminate()
        broker.wait()


# ---- OPC UA ----


def _opcua() -> list[Figure]:
    keys = [f"S{place:04d}" for place in range(PARAMETERS)]
    with TemporaryDirectory() as room:
        works, url = Path(room) / "works", f"opc.tcp://127.0.0.1:{_free_port()}"
        rows = [(f"nsu=urn:pilothouse:edge:signals;s={key}", key) for key in keys]
        _write_plant(works, keys, rows, f'kind = "opcua"\nurl = "{url}"\nsampling_s = {1 / HZ}\npublishing_s = 1.0')
        command = [sys.executable, "-m", "pilothouse.edge.opcua", "signals", "--url", url]
        command += ["--parameters", str(PARAMETERS), "--hz", str(HZ)]
        server = subprocess.Popen(command)
        try:
            with _hub(works) as hub:
                _until(lambda: _status(works)["intake"]["new"] > 0, START_S)
                began_s, began_cpu_s = time.perf_counter(), _cpu_s(hub.pid)
                time.sleep(SECONDS)
                share = (_cpu_s(hub.pid) - began_cpu_s) / (time.perf_counter() - began_s)
                server.terminate()
                server.wait()
                time.sleep(LAID_OPEN_S)
        finally:
            server.kill()
        stored, due = _contiguous(works, keys)
    name = f"OPC UA, {PARAMETERS} x {HZ:g} Hz, {SECONDS:g} s"
    return [
        Figure(name=f"{name}: values", value=due, unit="values"),
        Figure.below(f"{name}: values lost", due - stored, "values", 0),
        Figure.below(f"{name}: hub", share, "of a core", MOST_OF_A_CORE),
    ]


def _contiguous(works: Path, keys: list[str]) -> tuple[int, int]:
    """Values that are there, and that should be: every cycle from a parameter's first to its last."""
    stored = due = 0
    with _series(works, keys) as series:
        info = series.info()
        assert info.first_ns is not None and info.last_ns is not None  # noqa: PT018 - both or none
        for first in range(0, len(keys), 90):
            part = keys[first : first + 90]
            frame = series.read(part, start_ns=info.first_ns, end_ns=info.last_ns + 1)
            for key in part:
                cycles = np.floor(frame[key].drop_nulls().to_numpy() + 1e-6)
                stored += len(np.unique(cycles))
                due += int(cycles.max() - cycles.min()) + 1
    return stored, due


# ---- An hour ----


def _hour() -> list[Figure]:
    """An hour of load as fast as it goes, in a process of its own; its memory every five minutes of the plant."""
    context = get_context("spawn")
    told: Queue[list[float]] = context.Queue()
    process = context.Process(target=_load, args=(told,))
    began_s = time.perf_counter()
    process.start()
    mib = told.get(timeout=3_600)
    process.join()
    settled, last = mib[len(mib) // 3 :], mib[-1]
    return [
        Figure(name="an hour of 10,800 values/s, simulated: took", value=time.perf_counter() - began_s, unit="s"),
        Figure(name="memory at its end", value=last, unit="MiB"),
        Figure.below("memory, growth over its last two thirds", last - settled[0], "MiB", 64.0),
    ]


def _load(told: "Queue[list[float]]") -> None:
    asyncio.run(_loaded(told))


async def _loaded(told: "Queue[list[float]]") -> None:
    keys = tuple(f"S{place:04d}" for place in range(PARAMETERS))
    connection = Connection(
        key="bench",
        kind="opcua",
        addresses=Addresses(parameters=tuple(Address(parameter=key, address=key) for key in keys)),
        every_ns=round(NS_PER_S / HZ),
        settings=None,
        root=Path(),
    )
    begin_ns = 1_800_000_000 * NS_PER_S
    now = [begin_ns]
    mib = []
    rng = np.random.default_rng(1)
    with TemporaryDirectory() as room:
        columns = {key: f"unit{k // 90:02d}" for k, key in enumerate(keys)}
        with SeriesStore(Path(room), columns, clock=lambda: now[0]) as series:
            health = Health(connection="bench")
            intake = Intake(series, connections=[connection], health={"bench": health}, clock=lambda: now[0])
            which = np.tile(np.arange(PARAMETERS, dtype=np.int32), round(HZ))
            for second in range(3_600):
                at_ns = begin_ns + second * NS_PER_S + (np.arange(round(HZ)) * round(NS_PER_S / HZ))
                now[0] = int(at_ns[-1]) + NS_PER_S // 10
                batch = Samples(
                    parameters=keys,
                    which=which,
                    source_ns=np.repeat(at_ns, PARAMETERS),
                    values=np.round(rng.standard_normal(len(which)), 2),
                    statuses=np.zeros(len(which), np.uint8),
                    received_ns=now[0],
                )
                intake.take("bench", batch)
                await intake.flush()
                if (now[0] - begin_ns) // (5 * NS_PER_MIN) > len(mib):
                    series.tend()
                    mib.append(_resident_mib())
    told.put(mib)


# ---- The hub, and what is in it ----


def _write_plant(works: Path, keys: list[str], rows: list[tuple[str, str]], kind: str) -> None:
    works.mkdir()
    units = sorted({f"u{k // 90:02d}" for k in range(len(keys))})
    equipment = "".join(f'[[equipment]]\nkey = "{unit}"\nlevel = "work_unit"\nname = "{unit}"\n' for unit in units)
    (works / "plant.toml").write_text(
        f'schema = 1\n[plant]\nkey = "bench"\nname = "Bench"\ntime_zone = "UTC"\ncurrency = "EUR"\n{equipment}'
        f'[[connection]]\nkey = "line"\n{kind}\naddresses = "addresses.csv"\nevery_s = {1 / HZ}\n'
    )
    parameters = [f"{key},{key},opaque,1,measured,u{k // 90:02d}" for k, key in enumerate(keys)]
    (works / "parameters.csv").write_text("\n".join(["key,name,kind,unit,role,equipment", *parameters]) + "\n")
    (works / "addresses.csv").write_text("\n".join(["address,parameter", *(f"{a},{k}" for a, k in rows)]) + "\n")


@contextmanager
def _hub(works: Path) -> Iterator["subprocess.Popen[bytes]"]:
    hub = subprocess.Popen([sys.executable, "-m", "pilothouse", "serve", str(works)])
    try:
        _until((works / "store" / "status.json").is_file, START_S)
        yield hub
        hub.send_signal(signal.SIGTERM)
        if hub.wait(60) != 0:
            raise SystemExit("intake: the hub did not end well")
    finally:
        hub.kill()


def _status(works: Path) -> dict:
    return json.loads((works / "store" / "status.json").read_text())


def _drained(works: Path, expected: int) -> None:
    """Wait until so many values were made durable, or nothing more comes."""
    last, since_s = -1, time.perf_counter()
    while time.perf_counter() - since_s < DRAIN_S:
        status = _status(works)
        new, waiting = status["intake"]["new"], status["intake"]["waiting"]
        if new >= expected and waiting == 0:
            return
        if (new, waiting) != (last, 0):
            last, since_s = new, time.perf_counter()
        elif time.perf_counter() - since_s > 20.0:
            return
        time.sleep(0.5)


def _stored(works: Path, keys: list[str]) -> int:
    """Values in the live tier, without those that a birth tells: they have no number, and bad status."""
    bad = 0
    with _series(works, keys) as series:
        info = series.info()
        assert info.first_ns is not None and info.last_ns is not None  # noqa: PT018 - both or none
        for first in range(0, len(keys), 90):
            part = keys[first : first + 90]
            frame = series.read(part, start_ns=info.first_ns, end_ns=info.last_ns + 1)
            bad += sum(int((frame[key + "#"] == BAD).sum()) for key in part if key + "#" in frame.columns)
    return info.values - bad


def _series(works: Path, keys: list[str]) -> SeriesStore:
    columns = {key: f"u{k // 90:02d}" for k, key in enumerate(keys)}
    return SeriesStore(works / "store" / "series", columns, read_only=True)


def _cpu_s(process: int) -> float:
    """Seconds of processor time of a process."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mib() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
    except OSError:
        return False
    return True


def _until(so: Callable[[], object], seconds: float) -> None:
    began_s = time.perf_counter()
    while not so():
        if time.perf_counter() - began_s > seconds:
            raise SystemExit("intake: the hub or the plant's side did not come up")
        time.sleep(0.1)
