"""Proofs that are made up, but counted by the same functions as real ones; and a hub on a kettle, plain to follow."""

import hashlib
import importlib.util
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest

from pilothouse.clock import NS_PER_MIN, NS_PER_S, now_ns, parse_instant
from pilothouse.decision.check import LeverLimits, check_set_points
from pilothouse.decision.judged import Judged
from pilothouse.decision.proposal import Baseline, Ending, Forecast, Proposal, SetPoint, SetPoints
from pilothouse.decision.scenario import CameOut, Question
from pilothouse.decision.state import fold
from pilothouse.decision.view import Read, Snapshot
from pilothouse.decision.worth import model_based_worth
from pilothouse.errors import NotFittedError
from pilothouse.historian.parquet import ParquetHistorian
from pilothouse.hub.dispatching import Gate
from pilothouse.hub.hub import Hub
from pilothouse.hub.outlets import Wires, wired
from pilothouse.hub.proving import PeerProof, Proof, TaskProof
from pilothouse.hub.workspace import Workspace
from pilothouse.ledger.sql import SqlLedger
from pilothouse.methods.estimate.score import coverage_in_time, mae_difference, reliability, score
from pilothouse.plant.equipment import Equipment
from pilothouse.plant.parameter import Limit, Parameter
from pilothouse.plant.plant import Plant
from pilothouse.seeds import stream

FIRST_NS = parse_instant("2026-03-02T06:00:00Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUp:
    """What a made-up task looks like."""

    n: int = 120
    abstained: int = 4
    bias: float = 0.0
    unit: str = "degC"
    tolerance: float | None = 10.0
    peers: tuple[str, ...] = ("plain LightGBM", "mean")
    subject: str = "heat-"
    questions: int = 1
    reason: str = "bulk_5.sum.before {} is above 0, the most seen"
    endless: bool = False
    drift: tuple[str, ...] = ()


def _judged(made: MadeUp) -> Judged:
    rng = stream(5, made.subject)
    truth = 1590.0 + rng.normal(scale=12.0, size=made.n)
    value = truth - made.bias + rng.normal(scale=5.0, size=made.n)
    value[: made.abstained] = np.nan
    half_width = {level: np.full(made.n, 5.0 * z) for level, z in ((0.5, 0.674), (0.8, 1.282), (0.9, 1.645))}
    if made.endless and made.n:
        half_width[0.9][-1] = np.inf
    subject = tuple(f"{made.subject}{place // made.questions}" for place in range(made.n))
    # Not in time order, as blocks may come.
    order = rng.permutation(made.n)
    return Judged(
        subject=tuple(subject[row] for row in order),
        anchor_ns=(FIRST_NS + 45 * NS_PER_MIN * np.arange(made.n))[order],
        truth=truth[order],
        value=value[order],
        half_width={level: width[order] for level, width in half_width.items()},
        why_abstained={subject[row]: (made.reason.format(row),) for row in range(made.abstained)},
        drift=made.drift,
        unit=made.unit,
        tolerance=made.tolerance,
        features=np.empty((0, 0)),
        names=(),
    )


def _task(made: MadeUp) -> TaskProof:
    judged = _judged(made)
    order = np.argsort(judged.anchor_ns, kind="stable")
    truth, value = judged.truth[order], judged.value[order]
    ends = {level: (value - width[order], value + width[order]) for level, width in judged.half_width.items()}
    tolerance = np.nan if made.tolerance is None else made.tolerance
    rng = stream(5, "peers")
    peers = {}
    for place, name in enumerate(made.peers if made.abstained < made.n else ()):
        theirs = truth + rng.normal(scale=8.0 + 4.0 * place, size=made.n)
        peers[name] = PeerProof(
            mae=float(np.abs(theirs - truth).mean()), difference=mae_difference(truth, value, theirs, rng)
        )
    return TaskProof(
        score=score(truth, value, ends[0.9], tolerance=tolerance, nominal=0.9),
        reliability=reliability(truth, ends),
        in_time=coverage_in_time(truth, ends[0.9], nominal=0.9),
        peers=peers,
        lightgbm_width=25.0 if peers else None,
        change_width=24.0 if peers else None,
        chance=None,
        judged=judged,
    )


@pytest.fixture(scope="session")
def made_up_proof() -> Callable[..., Proof]:
    """From descriptions of tasks by key to a proof of them."""

    def make(title: str = "Final temperature", scenario: str = "final-temperature", **tasks: MadeUp) -> Proof:
        return Proof(
            scenario=scenario,
            title=title,
            subjects=120,
            first_ns=FIRST_NS,
            last_ns=FIRST_NS + 120 * 45 * NS_PER_MIN,
            models=("0123456789abcdef", "fedcba9876543210"),
            tasks={key: _task(made) for key, made in tasks.items()},
            seconds=12.3,
        )

    return make


@pytest.fixture(scope="session")
def made_up() -> type[MadeUp]:
    """The description of a made-up task."""
    return MadeUp


# ---- A kettle: a scenario that was programmed, not declared; the hub knows no other way to treat it ------------------

PER_WATT = 2.0


@dataclass(frozen=True, kw_only=True)
class KettleModel:
    """The mean change that was seen."""

    version: str
    as_of_ns: int
    pieces: int
    change: float

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        said = {"version": self.version, "as_of_ns": self.as_of_ns, "pieces": self.pieces, "change": self.change}
        (folder / "kettle.json").write_text(json.dumps(said))


@dataclass(frozen=True, kw_only=True)
class KettleScenario:
    """A brew is measured twice; what it comes to is its first reading and the mean change before it.

    ``learnt`` keeps what it was given to learn from; ``abstains`` and ``breaks`` make it do so.
    """

    key: str = "kettle"
    title: str = "How hot a brew gets"
    wishes: tuple[str, ...] = ("target",)
    abstains: bool = False
    breaks: bool = False
    names: tuple[str, ...] = ()
    learnt: list[Snapshot] = field(default_factory=list)

    @property
    def reads(self) -> tuple[Read, ...]:
        return (Read(parameters=("level",)),)

    @property
    def learns_from(self) -> tuple[Read, ...]:
        return self.reads

    def brews(self, snapshot: Snapshot) -> pl.DataFrame:
        """Each brew with its first and, if it is known, its second reading."""
        seen = snapshot.observations("level").group_by("piece", maintain_order=True)
        return seen.agg(
            pl.col("value").first().alias("first"),
            pl.col("known_ns").first().alias("first_ns"),
            pl.col("value").get(1, null_on_oob=True).alias("second"),
            pl.col("known_ns").get(1, null_on_oob=True).alias("finished_ns"),
        )

    def moments(self, snapshot: Snapshot, subject: str) -> tuple[int, ...]:
        seen = snapshot.observations("level").filter(pl.col("piece") == subject)
        return tuple(seen["known_ns"].to_list())

    def due(self, snapshot: Snapshot) -> tuple[str, ...]:
        return tuple(self.brews(snapshot).filter(pl.col("second").is_null())["piece"].to_list())

    def learn(self, snapshot: Snapshot, seed: int, previous: KettleModel | None) -> KettleModel:
        self.learnt.append(snapshot)
        done = self.brews(snapshot).drop_nulls()
        if done.height < 3:
            raise NotFittedError(f"{done.height} brews are too few", hint="brew more")
        change = float((done["second"] - done["first"]).mean())
        text = f"{snapshot.fingerprint()} {seed} {previous.version if previous else ''}"
        version = hashlib.sha256(text.encode()).hexdigest()[:12]
        return KettleModel(version=version, as_of_ns=snapshot.as_of_ns, pieces=done.height, change=change)

    def load(self, folder: Path) -> KettleModel:
        return KettleModel(**json.loads((folder / "kettle.json").read_text()))

    def baseline(self, snapshot: Snapshot, model: KettleModel | None, question: Question) -> dict[str, float]:
        return {"power": 0.0}

    def propose(self, snapshot: Snapshot, model: KettleModel, question: Question, seed: int) -> Proposal:
        if self.breaks:
            raise ValueError("a fault of the scenario")
        target = question.wishes.get("target", 90.0)
        if target < 0.0:
            raise ValueError(f"target {target:g} is below zero")
        brew = self.brews(snapshot).filter(pl.col("piece") == question.subject)
        start = None if brew.is_empty() else float(brew["first"][0]) + model.change
        power = None if start is None else (target - start) / PER_WATT
        why = "it was not measured" if power is None else f"{power:.0f} W is more than the kettle has"
        ending = Ending.ABSTAIN if power is None else Ending.OPTIMAL if 0.0 <= power <= 10.0 else Ending.INFEASIBLE
        settled = ending is Ending.OPTIMAL

        def forecast(watts: float) -> Forecast:
            value = (start or 0.0) + PER_WATT * watts
            return Forecast(value=value, low=value - 2.0, high=value + 2.0, unit="degC", coverage=0.9)

        point = SetPoint(
            lever="power",
            name="Power",
            unit="W",
            value=power or 0.0,
            low=max((power or 0.0) - 0.5, 0.0),
            high=min((power or 0.0) + 0.5, 10.0),
            cost_low=0.0,
            cost_high=1.0,
            limit_low=0.0,
            limit_high=10.0,
            limit_source="plate",
        )
        return Proposal(
            scenario=self.key,
            subject=question.subject,
            ending=ending,
            why=() if settled else (why,),
            as_of_ns=snapshot.as_of_ns,
            valid_until_ns=snapshot.as_of_ns + 10 * NS_PER_MIN,
            change=SetPoints(points=(point,), cost=power or 0.0, currency="EUR") if settled else None,
            forecast=forecast(power or 0.0) if settled else None,
            probability=0.9 if settled else None,
            aim={"low": target - 2.0, "high": target + 2.0, "probability": 0.8} if settled else {},
            baseline=Baseline(values={"power": 0.0}, cost=0.0, forecast=forecast(0.0), probability=0.1)
            if settled
            else None,
            reasons=(),
            model=model.version,
            data=snapshot.fingerprint(),
            upto=snapshot.upto,
            seed=seed,
        )

    def check(self, proposal: Proposal, now_ns: int) -> tuple[str, ...]:
        return check_set_points(proposal, {"power": LeverLimits(low=0.0, high=10.0, source="plate")}, now_ns=now_ns)

    def commands(self, proposal: Proposal) -> tuple[object, ...]:
        return ()

    def outcome(self, proposal: Proposal, snapshot: Snapshot) -> CameOut | None:
        brew = self.brews(snapshot).filter(pl.col("piece") == proposal.subject).drop_nulls()
        if brew.is_empty():
            return None
        value, known_ns = float(brew["second"][0]), int(brew["finished_ns"][0])
        low, high = proposal.aim.get("low", -np.inf), proposal.aim.get("high", np.inf)
        return CameOut(
            value=value, unit="degC", in_tolerance=low <= value <= high, known_ns=known_ns, done={"power": 3.0}
        )

    def worth(self, proposal: Proposal):
        return model_based_worth(proposal, miss_cost=10.0, currency="EUR")

    def answered(self, snapshot: Snapshot) -> pl.DataFrame:
        done = self.brews(snapshot).drop_nulls()
        return done.select(pl.col("piece").alias("subject"), "first_ns", "finished_ns").sort("finished_ns", "subject")

    def judge(self, snapshot: Snapshot, model: KettleModel, subjects: Sequence[str]) -> dict[str, Judged]:
        done = self.brews(snapshot).drop_nulls().filter(pl.col("piece").is_in(list(subjects)))
        n = done.height
        value = np.full(n, np.nan) if self.abstains else done["first"].to_numpy() + model.change
        judged = Judged(
            subject=tuple(done["piece"].to_list()),
            anchor_ns=done["first_ns"].to_numpy(),
            truth=done["second"].to_numpy(),
            value=value,
            half_width={level: np.full(n, width) for level, width in ((0.5, 0.7), (0.9, 1.7))},
            why_abstained=dict.fromkeys(done["piece"].to_list(), ("it is asked to",)) if self.abstains else {},
            drift=(),
            unit="degC",
            tolerance=2.0,
            features=done.select("first").to_numpy(),
            names=self.names,
        )
        return {"end": judged}


@dataclass(kw_only=True)
class Kettle:
    """An open hub on a kettle, whose clock is set by hand."""

    hub: Hub
    scenario: KettleScenario
    now_ns: int = FIRST_NS

    def brew(self, number: int, first: float, second: float | None = None, *, per: int = 30) -> str:
        """Readings of a brew, at so many minutes a brew; its second one five minutes after its first."""
        key, start_ns = f"brew-{number}", FIRST_NS + number * per * NS_PER_MIN
        told = [(start_ns, first)] + ([] if second is None else [(start_ns + 5 * NS_PER_MIN, second)])
        at = [at_ns for at_ns, _ in told]
        frame = pl.DataFrame(
            {
                "piece": [key] * len(told),
                "start_ns": at,
                "end_ns": at,
                "known_ns": at,
                "origin": ["live"] * len(told),
                "level": [value for _, value in told],
            }
        )
        self.hub.historian.write("hob", frame)
        return key

    def run(self, brews: int, seed: int = 1) -> None:
        """So many whole brews, each about twenty degrees up; the clock then stands behind them."""
        rng = stream(seed, "kettle")
        for number in range(brews):
            first = float(rng.normal(60.0, 3.0))
            self.brew(number, first, first + 20.0 + float(rng.normal()))
        self.now_ns = FIRST_NS + brews * 30 * NS_PER_MIN

    def at(self, number: int) -> int:
        """When a brew is first measured."""
        return FIRST_NS + number * 30 * NS_PER_MIN


@pytest.fixture
def open_kettle(tmp_path) -> Iterator[Callable[..., Kettle]]:
    """Opens hubs on kettles; as many as are needed."""
    opened: list[Hub] = []

    def make(**scenario) -> Kettle:
        mine = KettleScenario(**scenario)
        root = tmp_path / f"kettle-{len(opened)}"
        root.mkdir()
        parameter = Parameter(
            key="level", name="Level", kind="temperature", unit="degC", role="measured", equipment="hob", limit=Limit()
        )
        plant = Plant(
            key="kitchen",
            name="Kitchen",
            time_zone="UTC",
            currency="EUR",
            equipment={"hob": Equipment(key="hob", level="work_unit", name="Hob")},
            parameters={"level": parameter},
            materials={},
            segments={},
            orders={},
            kpis={},
        )
        workspace = Workspace(root=root, plant=plant, mappings=(), scenarios=(mine,))
        kettle: Kettle
        historian = ParquetHistorian(workspace.historian, clock=lambda: kettle.now_ns)
        hub = Hub(workspace, historian, SqlLedger(f"sqlite:///{workspace.ledger}"), lambda: kettle.now_ns)
        opened.append(hub)
        kettle = Kettle(hub=hub, scenario=mine)
        return kettle

    yield make
    for hub in opened:
        hub.close()


@pytest.fixture
def kettle(open_kettle) -> Kettle:
    """A kettle with twelve brews, learnt."""
    kettle = open_kettle()
    kettle.run(12)
    kettle.hub.learn(kettle.scenario, as_of_ns=kettle.now_ns, seed=1)
    return kettle


# ---- A stove: a plant in a process of its own, to be written to; see stove.py ----------------------------------------

STOVE = Path(__file__).with_name("stove.py")


@pytest.fixture(scope="module")
def stove() -> ModuleType:
    spec = importlib.util.spec_from_file_location("stove", STOVE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass(kw_only=True)
class Process:
    """The stove's process."""

    process: subprocess.Popen
    port: int
    log: Path

    def says(self, line: str) -> float:
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line_to, line_to.makefile("rw") as file:
            file.write(line + "\n")
            file.flush()
            return float(file.readline().split()[1])

    def mode(self, name: str, seconds: float = 0.0) -> None:
        self.says(f"M {name} {seconds}")

    def written(self) -> list[str]:
        return self.log.read_text().splitlines()


@pytest.fixture
def start(tmp_path):
    """Starts stoves; each ends with the test."""
    running = []

    def begin() -> Process:
        port_file, log = tmp_path / f"port-{len(running)}", tmp_path / f"log-{len(running)}"
        process = subprocess.Popen([sys.executable, "-S", str(STOVE), "plant", str(port_file), str(log)])
        running.append(process)
        until = time.monotonic() + 20
        while not port_file.exists():
            assert time.monotonic() < until
            time.sleep(0.01)
        return Process(process=process, port=int(port_file.read_text()), log=log)

    yield begin
    for process in running:
        process.kill()
        process.wait()


@dataclass(kw_only=True)
class Works:
    """A hub before a stove, with a clock set by hand."""

    stove: ModuleType
    plant: Process
    hub: Hub
    wires: Wires
    gate: Gate
    time: list[int]

    def wait(self, seconds: float) -> None:
        self.time[0] += round(seconds * NS_PER_S)

    def propose(self, key: str = "p1", **values: float) -> str:
        valid_s = values.pop("valid_s", 60.0)
        return self.stove.propose(self.hub, key, values or {"arc": 5.0}, valid_s=valid_s)

    def kinds(self, key: str = "p1") -> list[str]:
        return [event.kind for event in self.hub.ledger.read(subject=key)][3:]

    def status(self, key: str = "p1") -> str:
        return fold(self.hub.ledger.read(subject=key))[key].status

    def payload(self, kind: str, key: str = "p1") -> dict:
        return self.hub.ledger.read(subject=key, kind=kind)[-1].payload

    def allow(self, **changed) -> None:
        """Another [write_back]; the gate is opened anew."""
        self.hub.workspace = replace(self.hub.workspace, write_back=replace(self.hub.workspace.write_back, **changed))
        self.gate = Gate(self.hub, self.wires)


@pytest.fixture
def works(stove, start, tmp_path):
    plant, clock = start(), [now_ns()]
    with stove.open_hub(tmp_path, clock=lambda: clock[0]) as hub, wired([stove.SocketOutlet(plant.port)]) as wires:
        stove.raise_authority(hub)
        yield Works(stove=stove, plant=plant, hub=hub, wires=wires, gate=Gate(hub, wires), time=clock)
