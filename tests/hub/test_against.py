"""Draws run in worker processes are those run here, to the byte; and a try that was cut short leaves nothing behind."""

import json
from dataclasses import asdict, replace

import pytest

from pilothouse.compute.local import LocalCompute
from pilothouse.errors import ComputeError, ConfigError
from pilothouse.hub.against import Course, Draw, run_all, run_one, run_task
from pilothouse.ledger.sql import SqlLedger
from pilothouse.ports import TaskFailure

DRAWS = (Draw(seed=7, plant_variation=0), Draw(seed=8, plant_variation=1))
MEASURED = ("advise_ms_median", "learn_s_longest")
"""How long something took is no result."""


@pytest.fixture
def course(tmp_path):
    return Course(
        family="silicon-mill",
        pack="steel",
        practices=("usual",),
        months=0.1,
        warm_up_d=5.0,
        ledgers=tmp_path / "ledgers",
    )


def as_bytes(ran):
    said = {key: value for key, value in ran.said.items() if key not in MEASURED}
    return json.dumps(asdict(replace(ran, said=said)), sort_keys=True).encode()


@pytest.mark.slow
def test_they_are_the_same_to_the_byte(course, tmp_path):
    half = tmp_path / "ledgers" / "seed-7-plant-0.half"
    half.parent.mkdir()
    half.write_bytes(b"what a killed worker left")
    with LocalCompute(workers=2) as compute:
        found = list(run_all(course, DRAWS, compute))
    assert [(draw, practice) for draw, practice, _ in found] == [(d, p) for d in DRAWS for p in ("", "usual")]
    here = replace(course, ledgers=None)
    for draw, practice, ran in found:
        assert as_bytes(ran) == as_bytes(run_one(here, draw, practice))
    assert sorted(path.name for path in course.ledgers.iterdir()) == ["seed-7-plant-0.db", "seed-8-plant-1.db"]
    with SqlLedger(f"sqlite:///{course.ledgers / 'seed-7-plant-0.db'}") as ledger:
        assert ledger.verify() == ()
    with LocalCompute(workers=1) as compute, pytest.raises(ConfigError, match="is there already"):
        next(run_all(course, DRAWS, compute))


class Giving:
    """A compute that gives what it is told to."""

    def __init__(self, what):
        self.what = what

    def map(self, task, items, **_):
        return iter([self.what] * len(items))


def test_a_run_that_is_not_made_is_told(course):
    failing = Giving(TaskFailure(reason="its worker died each of 3 times", tries=3))
    with pytest.raises(ComputeError, match="the run of seed 7, plant 0, under steel was not made: its worker died"):
        next(run_all(course, DRAWS, failing))


def test_a_refusal_keeps_its_family(course):
    told = run_task((replace(course, pack="steal"), DRAWS[0], "usual"))
    assert isinstance(told, ConfigError)
    with pytest.raises(ConfigError, match="'steal' steers nothing"):
        next(run_all(course, DRAWS, Giving(told)))
