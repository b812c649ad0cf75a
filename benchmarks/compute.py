"""Forty models of a ladle furnace learnt here and on a Dask cluster of two workers, of which one is killed with -9.

Beside it what a task costs by itself, and what the engine does with questions beside a scenario that fails.
"""

import asyncio
import os
import shutil
import signal
from contextlib import suppress
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from distributed import LocalCluster

from benchmarks.figure import Figure
from pilothouse.compute.dask import DaskCompute
from pilothouse.compute.local import LocalCompute
from pilothouse.hub.engine import Engine
from pilothouse.hub.happening import SampleKnown
from pilothouse.hub.hub import Hub
from pilothouse.hub.learning import learn_many
from pilothouse.hub.proving_ground import FILES, family, raise_plant
from pilothouse.ports import Compute

SEED = 1
HEATS = 300
MODELS = 40
KILLED_AT = 16
EMPTY_TASKS = {"local": 2_000, "dask": 500}
HAPPENINGS = 20_000
OPEN = 40

SCENARIO = """
[[scenario]]
key = "model-{number:02}"
title = "Final temperature, looked at in one way of forty"
piece = "heat"
result = "temperature"

[[scenario.task]]
key = "at_arrival"
known = "first"

[[scenario.feature]]
of = ["active_energy"]
take = ["{take}"]
over = ["{over}"]
{more}
"""
MORE = """
[[scenario.feature]]
of = ["{of}"]
together = "{name}"
take = ["sum"]
over = ["{over}"]
"""


def run() -> list[Figure]:
    """Measure everything."""
    with TemporaryDirectory() as room:
        here, there = Path(room) / "here", Path(room) / "there"
        _furnace(here)
        shutil.copytree(here, there)
        with LocalCompute(workers=2) as compute:
            local_us, local_s, local_found = _empty_us(compute, "local"), *_learn(here, compute)
        with (
            LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
            DaskCompute(cluster.scheduler_address.replace("tcp://", "dask://")) as compute,
        ):
            compute._client.wait_for_workers(2)  # noqa: SLF001 - to know that there are two, and to kill one
            dask_us, dask_s, dask_found = (
                _empty_us(compute, "dask"),
                *_learn(there, compute, kill=lambda: _kill_one(compute)),
            )
        return [
            Figure.above("models learnt on this machine", local_found, "models", MODELS),
            Figure.above("models learnt on two Dask workers, one killed", dask_found, "models", MODELS),
            Figure.above("of them the same, byte for byte", _same(here, there), "models", MODELS),
            Figure(name="time of the forty on this machine, two processes", value=local_s, unit="s"),
            Figure(name="time of the forty on two Dask workers, one killed", value=dask_s, unit="s"),
            Figure(name="an empty task, local", value=local_us, unit="µs"),
            Figure(name="an empty task, Dask", value=dask_us, unit="µs"),
            *_engine(here),
        ]


def _furnace(root: Path) -> None:
    """A ladle furnace with forty ways to look at the final temperature."""
    raise_plant(family("ladle-furnace"), root, seed=SEED, plant_variation=0, practice="", pieces=HEATS)
    toml = root / "plant.toml"
    words = toml.read_text(encoding="utf-8").split("[[scenario]]")[0]
    others = [("", ""), ("bulk_{n}", "bulk"), ("wire_{n}", "wire"), ("gas", "stirring")]
    ways = product(("sum", "minutes"), ("before", "ahead", "step", "before/5min", "ahead/6min"), others)
    for number, (take, over, (of, name)) in enumerate(ways):
        more = MORE.format(of=of, name=name, over="whole" if of == "gas" else "before") if of else ""
        words += SCENARIO.format(number=number, take=take, over=over, more=more)
    toml.write_text(words, encoding="utf-8")
    with Hub.open(root) as hub:
        hub.import_files(root / FILES)


def _learn(root: Path, compute: Compute, kill: object = None) -> tuple[float, int]:
    """How long it takes to learn all, and how many were learnt; a worker is killed on the way."""
    with Hub.open(root) as hub:
        as_of_ns = hub.historian.info().last_ns or 0
        began, found = perf_counter(), 0
        for place, lesson in enumerate(learn_many(hub, compute, hub.workspace.scenarios, as_of_ns=as_of_ns, seed=SEED)):
            found += lesson.learnt is not None
            if place == KILLED_AT and callable(kill):
                kill()
        return perf_counter() - began, found


def _kill_one(compute: DaskCompute) -> None:
    os.kill(min(compute._client.run(os.getpid).values()), signal.SIGKILL)  # noqa: SLF001


def _same(here: Path, there: Path) -> int:
    """How many models have the same files with the same bytes."""

    def files(root: Path) -> dict[str, bytes]:
        return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}

    models = [Path("store") / "models" / f"model-{number:02}" for number in range(MODELS)]
    return sum(bool(files(here / one)) and files(here / one) == files(there / one) for one in models)


def _empty_us(compute: Compute, where: str) -> float:
    list(compute.map(abs, range(8)))  # the workers are up
    began, count = perf_counter(), EMPTY_TASKS[where]
    assert list(compute.map(abs, range(count))) == list(range(count))
    return (perf_counter() - began) / count * 1e6


def _engine(root: Path) -> list[Figure]:
    """The engine on four of the models; a fifth scenario was never learnt, so it fails each time and pauses."""
    toml = root / "plant.toml"
    words = toml.read_text(encoding="utf-8").split("[[scenario]]")
    unlearnt = words[1].replace("model-00", "unlearnt")
    toml.write_text("[[scenario]]".join([words[0], unlearnt, *words[1:5]]), encoding="utf-8")
    return asyncio.run(_questions(root))


async def _questions(root: Path) -> list[Figure]:
    with Hub.open(root) as hub:
        scenario, now_ns = hub.scenario("model-01"), hub.clock()
        heats = scenario.answered(hub.view(now_ns).snapshot(scenario.learns_from)).tail(OPEN)
        engine = Engine(hub, LocalCompute(workers=4))
        task = asyncio.create_task(engine.run())
        await asyncio.sleep(0)
        for heat, first_ns in heats.select("subject", "first_ns").iter_rows():
            engine.notice(SampleKnown(parameters=("temperature",), piece=heat, at_ns=first_ns))
        gaps, began = [], perf_counter()
        while any(s.waiting + s.running for s in engine.state().scenarios if s.scenario != "unlearnt"):
            beat = perf_counter()
            await asyncio.sleep(0.01)
            gaps.append(perf_counter() - beat - 0.01)
        answered_s = perf_counter() - began
        states = {state.scenario: state for state in engine.state().scenarios}
        noticed = []
        for number in range(HAPPENINGS):
            beat = perf_counter()
            engine.notice(SampleKnown(parameters=("temperature",), piece=f"nobody-{number % 50}", at_ns=now_ns))
            noticed.append(perf_counter() - beat)
        began = perf_counter()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        ended_s = perf_counter() - began
    proposals = sum(state.proposals for key, state in states.items() if key != "unlearnt")
    return [
        Figure.above("engine: proposals on open heats by four scenarios", proposals, "proposals", 4 * heats.height),
        Figure(name="engine: time for them, workers started too", value=answered_s, unit="s"),
        Figure.above("engine: failures of a fifth, which pauses then", states["unlearnt"].failed, "failures", 3),
        Figure.below("engine: to take note of a happening, median", median(noticed) * 1e6, "µs", 200.0),
        Figure.below("engine: longest that the hub's loop was held up", max(gaps), "s", 1.0),
        Figure.below("engine: to end, with questions waiting", ended_s, "s", 2.0),
    ]
