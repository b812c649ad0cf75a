"""A stranger's pack, found by its entry point like any other: kettles that answer, are slow, hang or crash.

::

    [[kettle]]
    key = "mild"
    behaves = "answers"     # slow, hangs, raises, dies, dies-once
    seconds = 0.5           # of wall time an answer may take
    backlog = 20

Workers load it, so it stands in a file of its own and imports what it needs.
"""

import hashlib
import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pilothouse.clock import NS_PER_MIN
from pilothouse.decision.check import LeverLimits, check_set_points
from pilothouse.decision.pack import Pack
from pilothouse.decision.proposal import Baseline, Ending, Forecast, Proposal, SetPoint, SetPoints
from pilothouse.decision.runs import Runs
from pilothouse.decision.view import Read
from pilothouse.decision.worth import model_based_worth
from pilothouse.errors import NotFittedError

BEHAVES = ("answers", "slow", "hangs", "raises", "dies", "dies-once", "learns-nothing")
PLANT_TOML = """
schema = 1

[plant]
key = "kitchen"
name = "Kitchen"
time_zone = "UTC"
currency = "EUR"

[[equipment]]
key = "hob"
level = "work_unit"
name = "Hob"

[[equipment]]
key = "sink"
level = "work_unit"
name = "Sink"
"""
PARAMETERS = "key,name,kind,unit,role,equipment,low,high\nlevel,Level,temperature,degC,measured,hob,0,200\n"


def write_kitchen(root, *kettles, extra=""):
    """A plant folder with such kettles: (key, behaves) or (key, behaves, seconds, backlog)."""
    root.mkdir(parents=True)
    tables = [extra]
    for key, behaves, *runs in kettles:
        seconds, backlog = runs or (20.0, 50)
        tables.append(
            f'[[kettle]]\nkey = "{key}"\nbehaves = "{behaves}"\nseconds = {float(seconds)}\nbacklog = {backlog}\n'
        )
    (root / "plant.toml").write_text(PLANT_TOML + "\n".join(tables), encoding="utf-8")
    (root / "parameters.csv").write_text(PARAMETERS, encoding="utf-8")
    return root


def brews(numbers, first_ns, *, done):
    """Readings of brews half an hour apart; of the ones that are done a second one, some twenty degrees up."""
    rows = []
    for number in numbers:
        at_ns, first = first_ns + number * 30 * NS_PER_MIN, 60.0 + number % 7
        rows.append((f"brew-{number}", at_ns, first))
        if done:
            rows.append((f"brew-{number}", at_ns + 5 * NS_PER_MIN, first + 20.0 + (number * 7919 % 11) / 10.0))
    return pl.DataFrame(
        {
            "piece": [piece for piece, _, _ in rows],
            "start_ns": [at for _, at, _ in rows],
            "end_ns": [at for _, at, _ in rows],
            "known_ns": [at for _, at, _ in rows],
            "origin": ["live"] * len(rows),
            "level": [value for _, _, value in rows],
        }
    )


@dataclass(frozen=True, kw_only=True)
class KettleModel:
    """The mean change that was seen."""

    version: str
    as_of_ns: int
    pieces: int
    change: float

    def save(self, folder):
        folder.mkdir(parents=True)
        (folder / "kettle.json").write_text(json.dumps(vars(self)))


@dataclass(frozen=True, kw_only=True)
class Kettle:
    """A brew is measured twice; what it comes to is its first reading and the mean change."""

    key: str
    behaves: str
    runs: Runs
    root: Path
    title: str = "How hot a brew gets"
    wishes: tuple[str, ...] = ()

    @property
    def reads(self):
        return (Read(parameters=("level",)),)

    @property
    def learns_from(self):
        return self.reads

    def brews(self, snapshot):
        seen = snapshot.observations("level").group_by("piece", maintain_order=True)
        return seen.agg(
            pl.col("value").first().alias("first"),
            pl.col("known_ns").first().alias("first_ns"),
            pl.col("value").get(1, null_on_oob=True).alias("second"),
            pl.col("known_ns").get(1, null_on_oob=True).alias("finished_ns"),
        )

    def moments(self, snapshot, subject):
        return tuple(snapshot.observations("level").filter(pl.col("piece") == subject)["known_ns"].to_list())

    def due(self, snapshot):
        return tuple(self.brews(snapshot).filter(pl.col("second").is_null())["piece"].to_list())

    def answered(self, snapshot):
        done = self.brews(snapshot).drop_nulls()
        return done.select(pl.col("piece").alias("subject"), "first_ns", "finished_ns").sort("finished_ns", "subject")

    def judge(self, snapshot, model, subjects):
        raise NotImplementedError

    def learn(self, snapshot, seed, previous):
        self.behave()
        if self.behaves == "learns-nothing":
            return None
        done = self.brews(snapshot).drop_nulls()
        if done.height < 3:
            raise NotFittedError(f"{done.height} brews are too few", hint="brew more")
        version = hashlib.sha256(f"{self.key} {snapshot.fingerprint()} {seed}".encode()).hexdigest()[:12]
        change = float((done["second"] - done["first"]).mean())
        return KettleModel(version=version, as_of_ns=snapshot.as_of_ns, pieces=done.height, change=change)

    def load(self, folder):
        return KettleModel(**json.loads((folder / "kettle.json").read_text()))

    def baseline(self, snapshot, model, question):
        return {"power": 0.0}

    def propose(self, snapshot, model, question, seed):
        self.behave()
        start = float(self.brews(snapshot).filter(pl.col("piece") == question.subject)["first"][0])
        start += 20.0 if model is None else model.change

        def forecast(watts):
            value = start + 2.0 * watts
            return Forecast(value=value, low=value - 2.0, high=value + 2.0, unit="degC", coverage=0.9)

        power = min(max((90.0 - start) / 2.0, 0.0), 10.0)
        point = SetPoint(
            lever="power",
            name="Power",
            unit="W",
            value=power,
            low=power,
            high=power,
            cost_low=0.0,
            cost_high=1.0,
            limit_low=0.0,
            limit_high=10.0,
            limit_source="plate",
        )
        return Proposal(
            scenario=self.key,
            subject=question.subject,
            ending=Ending.OPTIMAL,
            why=(),
            as_of_ns=snapshot.as_of_ns,
            valid_until_ns=snapshot.as_of_ns + 10 * NS_PER_MIN,
            change=SetPoints(points=(point,), cost=power, currency="EUR"),
            forecast=forecast(power),
            probability=0.9,
            aim={"low": 88.0, "high": 92.0, "probability": 0.8},
            baseline=Baseline(values={"power": 0.0}, cost=0.0, forecast=forecast(0.0), probability=0.1),
            reasons=(),
            model="" if model is None else model.version,
            data=snapshot.fingerprint(),
            upto=snapshot.upto,
            seed=seed,
        )

    def behave(self):
        """Do what it is told to, before it answers or learns."""
        if self.behaves == "slow":
            time.sleep(0.1)
        elif self.behaves == "hangs":
            time.sleep(120.0)
        elif self.behaves == "raises":
            raise RuntimeError("the element is burnt")
        elif self.behaves == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.behaves == "dies-once":
            mark = self.root / f"{self.key}.died"
            if not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)

    def check(self, proposal, now_ns):
        return check_set_points(proposal, {"power": LeverLimits(low=0.0, high=10.0, source="plate")}, now_ns=now_ns)

    def commands(self, proposal):
        return ()

    def outcome(self, proposal, snapshot):
        return None

    def worth(self, proposal):
        return model_based_worth(proposal, miss_cost=10.0, currency="EUR")


class KettlePack(Pack):
    """Reads ``[[kettle]]``."""

    key = "kettles"
    tables = ("kettle",)

    def scenarios(self, root, declaration, plant):
        faults, found = [], []
        for table in declaration.tables("kettle", faults):
            found.append(
                table.make(
                    Kettle,
                    key=table.text("key"),
                    behaves=table.choice("behaves", BEHAVES),
                    runs=Runs(seconds=table.number("seconds"), backlog=table.integer("backlog")),
                    root=root,
                )
            )
            table.done()
        return tuple(one for one in found if one is not None), tuple(faults)


pack = KettlePack()
