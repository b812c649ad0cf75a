"""A stove to write to: a plant in a process of its own, an outlet that reaches it over a socket, and a hub before it.

``python stove.py plant PORT_FILE LOG`` is the plant. It speaks lines: ``R arc`` and ``W arc 5.0`` are answered with
``V <value>``; every value it applies is a line of the log. ``M mode seconds`` makes it difficult:

========  ========================================================================================
delay     it answers each write only after so many seconds
drop      it applies the next write and closes the line without an answer
lose      it closes the line on the next write and applies nothing
refuse    it answers, and keeps its own value
slow      it answers at once with the old value, and applies after so many seconds
mute      it answers nothing at all
========  ========================================================================================

``python stove.py hub ROOT PORT`` waits for keys of proposals, line by line. For each line it forks a hub that
dispatches them one after the other; so that a hub that is killed need not be paid for with all its imports.
"""

import asyncio
import os
import socketserver
import sys
import threading
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

MODES = ("delay", "drop", "lose", "refuse", "slow", "mute")


class Plant(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, log: Path) -> None:
        super().__init__(("127.0.0.1", 0), Line)
        self.log = log.open("a")
        self.values = {"arc": 3.0, "lime": 10.0, "alive": 7.0}
        self.mode, self.seconds = "", 0.0
        self.guard = threading.Lock()

    def apply(self, parameter: str, value: float) -> None:
        with self.guard:
            self.values[parameter] = value
            self.log.write(f"{parameter} {value}\n")
            self.log.flush()


class Line(socketserver.StreamRequestHandler):
    server: Plant

    def handle(self) -> None:
        with suppress(ConnectionError):  # who asked was killed
            self.answer_lines()

    def answer_lines(self) -> None:
        for line in self.rfile:
            word, *rest = line.decode().split()
            mode, seconds = self.server.mode, self.server.seconds
            if word == "M":
                self.server.mode, self.server.seconds = rest[0], float(rest[1])
                self.answer(0.0)
                continue
            if mode == "mute":
                time.sleep(60)
            if word == "R":
                self.answer(self.server.values[rest[0]])
                continue
            parameter, value = rest[0], float(rest[1])
            before = self.server.values[parameter]
            if mode in ("drop", "lose"):
                self.server.mode = ""
                if mode == "drop":
                    self.server.apply(parameter, value)
                return
            if mode == "slow":
                threading.Timer(seconds, self.server.apply, (parameter, value)).start()
                self.answer(before)
                continue
            if mode != "refuse":
                self.server.apply(parameter, value)
            if mode == "delay":
                time.sleep(seconds)
            self.answer(self.server.values[parameter])

    def answer(self, value: float) -> None:
        self.wfile.write(f"V {value}\n".encode())


def run_plant(port_file: Path, log: Path) -> None:
    with Plant(log) as plant:
        half = port_file.with_suffix(".tmp")
        half.write_text(str(plant.server_address[1]))
        half.rename(port_file)
        plant.serve_forever()


if __name__ == "__main__" and sys.argv[1] == "plant":
    run_plant(Path(sys.argv[2]), Path(sys.argv[3]))
    sys.exit()


from pilothouse.clock import NS_PER_S, now_ns  # noqa: E402 - the plant above needs none of it, and starts fast
from pilothouse.connect.write_back import SetPointRule, WriteBack  # noqa: E402
from pilothouse.decision.check import LeverLimits, check_set_points  # noqa: E402
from pilothouse.decision.event import EventDraft  # noqa: E402
from pilothouse.decision.proposal import Baseline, Ending, Forecast, Proposal, SetPoint, SetPoints  # noqa: E402
from pilothouse.decision.scenario import set_point_commands  # noqa: E402
from pilothouse.decision.view import Read  # noqa: E402
from pilothouse.errors import SourceError  # noqa: E402
from pilothouse.historian.parquet import ParquetHistorian  # noqa: E402
from pilothouse.hub.dispatching import Gate  # noqa: E402
from pilothouse.hub.hub import Hub  # noqa: E402
from pilothouse.hub.outlets import wired  # noqa: E402
from pilothouse.hub.workspace import Workspace  # noqa: E402
from pilothouse.ledger.sql import SqlLedger  # noqa: E402
from pilothouse.plant.equipment import Equipment  # noqa: E402
from pilothouse.plant.parameter import Limit, Parameter  # noqa: E402
from pilothouse.plant.plant import Plant as PlantWords  # noqa: E402
from pilothouse.ports import ReadBack  # noqa: E402


class SocketOutlet:
    """The stove's line, a connection for each question."""

    key = "stove-line"
    writable = frozenset({"arc", "lime", "alive"})

    def __init__(self, port: int) -> None:
        self.port = port

    async def write(self, parameter: str, value: float, *, timeout_s: float) -> ReadBack:
        return await self.ask(f"W {parameter} {value}", timeout_s)

    async def read(self, parameter: str, *, timeout_s: float) -> ReadBack:
        return await self.ask(f"R {parameter}", timeout_s)

    async def ask(self, line: str, timeout_s: float) -> ReadBack:
        try:
            async with asyncio.timeout(timeout_s):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                try:
                    writer.write(line.encode() + b"\n")
                    await writer.drain()
                    told = (await reader.readline()).decode().split()
                finally:
                    writer.close()
        except (OSError, TimeoutError) as error:
            raise SourceError(f"the stove does not answer: {error!r}") from error
        if not told:
            raise SourceError("the stove closed the line without an answer")
        return ReadBack(value=float(told[1]), at_ns=now_ns())


class StoveScenario:
    """Decisions on the stove; what it reads, and its limits, can be changed from outside."""

    key, title, wishes = "stove", "The stove", ()
    learns_from = ()

    def __init__(self) -> None:
        self.reads = (Read(parameters=("level",)),)
        self.limits = {lever: LeverLimits(low=0.0, high=100.0, source="plate") for lever in ("arc", "lime")}

    def check(self, proposal: Proposal, now: int) -> tuple[str, ...]:
        return check_set_points(proposal, self.limits, now_ns=now)

    def commands(self, proposal: Proposal):
        return set_point_commands(proposal)


RULES = (
    SetPointRule(parameter="arc", lever="arc", least_ns=0, greatest_step=20.0),
    SetPointRule(parameter="lime", lever="lime", least_ns=0, greatest_step=20.0),
)
ENABLED = WriteBack(enabled=True, timeout_s=0.5, set_points=RULES)


def words(parameters: dict[str, Limit] | None = None) -> PlantWords:
    def parameter(key: str, role: str) -> Parameter:
        limit = (parameters or {}).get(key, Limit())
        return Parameter(
            key=key, name=key, kind="power", unit="kW", role=role, equipment="hob", low=-1e6, high=1e6, limit=limit
        )

    roles = {"level": "measured", "arc": "lever", "lime": "set_point", "alive": "set_point"}
    return PlantWords(
        key="kitchen",
        name="Kitchen",
        time_zone="UTC",
        currency="EUR",
        equipment={"hob": Equipment(key="hob", level="work_unit", name="Hob")},
        parameters={key: parameter(key, role) for key, role in roles.items()},
        materials={},
        segments={},
        orders={},
        kpis={},
    )


def open_hub(root: Path, *, clock=now_ns, write_back: WriteBack = ENABLED, plant: PlantWords | None = None) -> Hub:
    workspace = Workspace(
        root=root,
        plant=plant or words(),
        mappings=(),
        scenarios=(StoveScenario(),),
        write_back=write_back,
    )
    historian = ParquetHistorian(workspace.historian, clock=clock)
    return Hub(workspace, historian, SqlLedger(f"sqlite:///{workspace.ledger}"), clock)


def raise_authority(hub: Hub, to: str = "confirm") -> None:
    ladder = ("observe", "advise", "confirm", "auto")
    for before, after in pairwise(ladder):
        payload = {"rule": 2, "before": before, "after": after, "reasons": []}
        hub.ledger.append(
            [EventDraft(at_ns=hub.clock(), kind="authority", subject="stove", actor="hub", payload=payload)]
        )
        if after == to:
            return


def propose(hub: Hub, key: str, values: dict[str, float], *, valid_s: float = 60.0, verdict: str = "accepted") -> str:
    """A proposal that was checked, and decided by Ana unless the verdict is empty."""
    at_ns = hub.clock()
    forecast = Forecast(value=5.0, low=4.0, high=6.0, unit="kW", coverage=0.9)
    points = tuple(
        SetPoint(
            lever=lever,
            name=lever,
            unit="kW",
            value=value,
            low=value,
            high=value,
            cost_low=0.0,
            cost_high=0.0,
            limit_low=0.0,
            limit_high=100.0,
            limit_source="plate",
        )
        for lever, value in values.items()
    )
    usual = {"arc": 3.0, "lime": 10.0}
    proposal = Proposal(
        scenario="stove",
        subject=key,
        ending=Ending.OPTIMAL,
        why=(),
        as_of_ns=at_ns,
        valid_until_ns=at_ns + round(valid_s * NS_PER_S),
        change=SetPoints(points=points, cost=0.0, currency="EUR"),
        forecast=forecast,
        probability=0.9,
        aim={"probability": 0.8},
        baseline=Baseline(
            values={lever: usual[lever] for lever in values}, cost=0.0, forecast=forecast, probability=0.5
        ),
        reasons=(),
        model="m",
        data="d",
        upto=0,
        seed=1,
    )
    told = [
        ("proposed", "hub", {"scenario": "stove", "question": {}, "proposal": proposal.as_json()}),
        ("checked", "hub", {"violations": []}),
    ]
    if verdict:
        told.append(("decided", "ana", {"verdict": verdict, "reason": "", "values": values, "decided_ns": at_ns}))
    hub.ledger.append(
        [EventDraft(at_ns=at_ns, kind=k, subject=key, actor=a, payload=payload) for k, a, payload in told]
    )
    return key


def run_hubs(root: Path, port: int) -> None:
    """Fork a hub for each line of keys; says its process, and the hub says each key that it is done with."""
    for line in sys.stdin:
        child = os.fork()
        if child:
            sys.stdout.write(f"process {child}\n")
            sys.stdout.flush()
            os.waitpid(child, 0)
            sys.stdout.write("ended\n")
            sys.stdout.flush()
            continue
        with open_hub(root) as hub, wired([SocketOutlet(port)]) as wires:
            gate = Gate(hub, wires)
            for key in line.split():
                sys.stdout.write(f"{key} {gate.dispatch(key, by='bob').ending}\n")
                sys.stdout.flush()
        os._exit(0)


if __name__ == "__main__":
    run_hubs(Path(sys.argv[2]), int(sys.argv[3]))
