"""Forty models learnt on a cluster of two workers, of which one is killed, are those learnt here."""

import os
import signal

import pytest

from pilothouse.clock import parse_instant
from pilothouse.compute.setting import compute_of
from pilothouse.hub.hub import Hub
from pilothouse.hub.learning import learn_many

FIRST_NS = parse_instant("2026-03-02T06:00:00Z")
NOW_NS = parse_instant("2026-03-03T06:00:00Z")
MODELS = 40


@pytest.fixture
def kitchen(kettles, tmp_path):
    opened = []

    def make(name):
        root = kettles.write_kitchen(tmp_path / name, *((f"pot-{number:02}", "slow") for number in range(MODELS)))
        hub = Hub.open(root, clock=lambda: NOW_NS)
        opened.append(hub)
        hub.historian.write("hob", kettles.brews(range(12), FIRST_NS, done=True))
        return hub

    yield make
    for hub in opened:
        hub.close()


def kept(hub):
    models = hub.workspace.models
    return {p.relative_to(models).as_posix(): p.read_bytes() for p in sorted(models.rglob("*")) if p.is_file()}


def test_a_killed_worker_of_the_cluster_costs_no_model(kitchen, cluster_with_kettles):
    here, there = kitchen("here"), kitchen("there")
    for scenario in here.workspace.scenarios:
        here.learn(scenario, as_of_ns=NOW_NS, seed=5)
    lessons = []
    with compute_of(cluster_with_kettles) as compute:
        compute._client.wait_for_workers(2, timeout=60)
        for lesson in learn_many(there, compute, there.workspace.scenarios, as_of_ns=NOW_NS, seed=5):
            lessons.append(lesson)
            if len(lessons) == 12:
                os.kill(min(compute._client.run(os.getpid).values()), signal.SIGKILL)
    assert [lesson.error for lesson in lessons] == [None] * MODELS
    assert kept(there) == kept(here)
    assert [e.payload for e in there.ledger.read()] == [e.payload for e in here.ledger.read()]
