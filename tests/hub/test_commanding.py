"""Exactly once, or reported: hubs killed between saying, sending and knowing; and what the next one makes of it."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from pilothouse.decision.state import ProposalState, fold
from pilothouse.errors import IllegalMoveError
from pilothouse.hub.commanding import Commanding, Purpose, Sent
from pilothouse.hub.dispatching import Gate
from pilothouse.hub.outlets import wired

KILLS = 20
EACH = 30
"""Decisions that a hub has before it; it is killed before it is through."""


class Killed(BaseException):
    """Stands for SIGKILL inside a test: nothing catches it."""


def killed_at(works, monkeypatch, moment: str) -> None:
    """Dispatch, and die before sending, after it, or before the ending is written down."""
    real_write, real_append = works.wires.write, works.hub.ledger.append

    def write(*given, **named):
        if moment == "before it was sent":
            raise Killed
        shown = real_write(*given, **named)
        if moment == "after it was sent":
            raise Killed
        return shown

    def append(drafts, **named):
        if moment == "before it was written down" and drafts[0].kind == "dispatched":
            raise Killed
        return real_append(drafts, **named)

    with monkeypatch.context() as patch:
        patch.setattr(works.wires, "write", write)
        patch.setattr(works.hub.ledger, "append", append)
        with pytest.raises(Killed):
            works.gate.dispatch("p1", by="bob")
    assert works.kinds() == ["dispatching"]


@pytest.mark.parametrize(
    ("moment", "status", "written"),
    [
        ("before it was sent", "dispatch_uncertain", []),
        ("after it was sent", "dispatched", ["arc 5.0"]),
        ("before it was written down", "dispatched", ["arc 5.0"]),
    ],
)
def test_the_next_hub_finds_out_by_reading(works, monkeypatch, moment: str, status: str, written: list[str]) -> None:
    works.propose()
    killed_at(works, monkeypatch, moment)
    works.wait(1)
    gate = Gate(works.hub, works.wires)
    (found,) = gate.reconcile()
    assert works.status() == status
    assert (found.ending == "done") == (status == "dispatched")
    if status == "dispatched":
        assert works.payload("dispatched")["found"] is True
    else:
        assert "whether 5 was ever written is not known" in found.why
    assert gate.reconcile() == ()
    with pytest.raises(IllegalMoveError):
        gate.dispatch("p1", by="bob")
    assert works.plant.written() == written


def test_while_it_may_still_arrive_the_next_hub_waits(works, monkeypatch) -> None:
    works.propose()
    works.plant.mode("slow", 0.3)
    killed_at(works, monkeypatch, "after it was sent")
    gate = Gate(works.hub, works.wires)
    assert gate.reconcile()[0].ending == "done"
    assert works.plant.written() == ["arc 5.0"]


def test_while_the_plant_does_not_answer_it_stays_open_and_stops_others(works, monkeypatch) -> None:
    works.propose()
    killed_at(works, monkeypatch, "after it was sent")
    works.wait(10)
    works.propose("p2", arc=6.0)
    works.plant.mode("mute")
    gate = Gate(works.hub, works.wires)
    (found,) = gate.reconcile()
    assert (found.ending, works.status()) == ("open", "dispatching")
    report = gate.dispatch("p2", by="bob")
    assert report.ending == "refused"
    assert "arc: what became of the command before is not known yet" in report.reasons


def test_one_command_is_sent_once_whoever_asks(works) -> None:
    works.propose()
    rule, planned = works.stove.RULES[0], Sent(proposal="p1", parameter="arc", unit="kW", value=5.0, before=3.0)
    commanding = Commanding(works.hub, works.wires)
    assert commanding.send(rule, planned, Purpose(name="dispatch", by="bob")).ending == "done"
    with pytest.raises(IllegalMoveError, match="was sent before"):
        Commanding(works.hub, works.wires).send(rule, planned, Purpose(name="dispatch", by="bob"))
    assert works.plant.written() == ["arc 5.0"]


class Hubs:
    """Hubs before one stove, each with decisions to carry out, each killed at some moment."""

    def __init__(self, stove, plant, root: Path) -> None:
        self.stove, self.plant, self.root = stove, plant, root
        self.values: dict[str, float] = {}
        self.killed = 0
        command = [sys.executable, str(Path(stove.__file__)), "hub", str(root), str(plant.port)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        with stove.open_hub(root) as hub:
            stove.raise_authority(hub)

    def kill_one(self, round_: int, delay_s: float, moment_s: float) -> set[str]:
        """One hub's life; the keys of which it said that they are done."""
        self.plant.mode("delay", delay_s)
        keys = [f"p{round_}-{n}" for n in range(EACH)]
        with self.stove.open_hub(self.root) as hub:
            for n, key in enumerate(keys):
                # Its own value each, so that the plant's log tells how often each decision was applied.
                self.values[key] = 4.0 + (round_ * EACH + n) / 1000.0
                self.stove.propose(hub, key, {"arc": self.values[key]})
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(" ".join(keys) + "\n")
        process = int(self.process.stdout.readline().split()[1])
        told = [self.process.stdout.readline()]  # one is through, so it is at work
        time.sleep(moment_s)
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        while (line := self.process.stdout.readline()) != "ended\n":
            told.append(line)
        self.killed += len(told) < EACH
        return {line.split()[0] for line in told if line.endswith(" done\n")}

    def reconcile(self) -> Mapping[str, ProposalState]:
        """What the next hub makes of it."""
        outlet = self.stove.SocketOutlet(self.plant.port)
        with self.stove.open_hub(self.root) as hub, wired([outlet]) as wires:
            Gate(hub, wires).reconcile()
            assert hub.ledger.verify() == ()
            return fold(hub.ledger.read())

    def close(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        self.process.kill()
        self.process.wait()


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL, fork")
def test_killed_20_times_nothing_is_sent_twice_or_lost_unreported(stove, start, tmp_path: Path) -> None:
    rng = np.random.default_rng(20_190_503)
    hubs = Hubs(stove, start(), tmp_path)
    try:
        for round_ in range(KILLS):
            done = hubs.kill_one(round_, float(rng.choice([0.0, 0.02, 0.05])), float(rng.uniform(0.0, 0.3)))
            states = hubs.reconcile()
            assert all(states[key].status == "dispatched" for key in done)
    finally:
        hubs.close()
    applied = Counter(float(line.split()[1]) for line in hubs.plant.written())
    assert max(applied.values()) == 1, "a decision was sent twice"
    assert hubs.killed >= KILLS // 2, "they were killed too late to show anything"
    statuses = {key: states[key].status for key in hubs.values}
    assert set(statuses.values()) <= {"accepted", "dispatched", "dispatch_uncertain"}, "none is left open"
    for key, value in hubs.values.items():
        if applied[value]:
            assert statuses[key] != "accepted", f"{key} was sent and nobody knows"
        if statuses[key] == "dispatched":
            assert applied[value] == 1, f"{key} is said to be sent and was not"
    assert Counter(statuses.values())["dispatched"] > KILLS
