"""The engine with real workers, and scenarios that are slow, hang and crash."""

import asyncio
import json
import threading

import pytest

from pilothouse.clock import NS_PER_MIN, parse_instant, stopwatch_s
from pilothouse.compute.local import LocalCompute
from pilothouse.decision.scenario import Question
from pilothouse.hub.deciding import advise
from pilothouse.hub.engine import Engine
from pilothouse.hub.happening import OrderArrived, SampleKnown, StageFinished, Tick
from pilothouse.hub.hub import Hub
from pilothouse.ports import TaskFailure

FIRST_NS = parse_instant("2026-03-02T06:00:00Z")
NOW_NS = parse_instant("2026-03-03T06:00:00Z")
PATIENCE_S = 90.0


@pytest.fixture
def kitchen(kettles, tmp_path):
    """Opens a kitchen with twelve brews that are done and eight that stand open."""
    opened = []

    def make(*pots, extra=""):
        hub = Hub.open(kettles.write_kitchen(tmp_path / "kitchen", *pots, extra=extra), clock=lambda: NOW_NS)
        opened.append(hub)
        hub.historian.write("hob", kettles.brews(range(12), FIRST_NS, done=True))
        hub.historian.write("hob", kettles.brews(range(12, 20), FIRST_NS, done=False))
        return hub

    yield make
    for hub in opened:
        hub.close()


def known(number, at_ns=NOW_NS):
    return SampleKnown(parameters=("level",), piece=f"brew-{number}", at_ns=at_ns)


def states(engine):
    return {state.scenario: state for state in engine.state().scenarios}


async def until(condition):
    begun_s = stopwatch_s()
    while not condition():
        assert stopwatch_s() - begun_s < PATIENCE_S, "it takes too long"
        await asyncio.sleep(0.05)


async def ended(task):
    """Cancel the engine; how long it took to end."""
    begun_s = stopwatch_s()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return stopwatch_s() - begun_s


def test_bad_scenarios_stop_neither_intake_nor_others(kitchen):
    """One answers; beside it one hangs, one raises and one kills its worker each time."""
    hub = kitchen(("mild", "answers"), ("hung", "hangs", 1.0, 50), ("burnt", "raises"), ("short", "dies", 20.0, 50))
    told, gaps = [], []
    engine = Engine(hub, LocalCompute(workers=4), on_proposal=told.append)

    async def intake():
        """What the hub's loop does besides: it must not be held up."""
        while True:
            begun_s = stopwatch_s()
            await asyncio.sleep(0.02)
            gaps.append(stopwatch_s() - begun_s)

    async def main():
        task, beat = asyncio.create_task(engine.run()), asyncio.create_task(intake())
        await asyncio.sleep(0)
        begun_s = stopwatch_s()
        for number in range(12, 20):
            assert engine.notice(known(number)) == 4
        assert stopwatch_s() - begun_s < 0.5, "to tell of a happening waits for nothing"
        await until(lambda: states(engine)["mild"].proposals == 8)
        await until(lambda: all(states(engine)[key].failed >= 3 for key in ("hung", "burnt", "short")))
        found = states(engine)
        beat.cancel()
        assert await ended(task) < 2.0
        return found

    found = asyncio.run(main())
    assert max(gaps) < 1.0
    assert found["mild"].in_words == "waits for something to happen"
    for key, why in (("hung", "its time of 1 s was over"), ("burnt", "the element is burnt"), ("short", "SIGKILL")):
        assert why in found[key].last_error
        assert found[key].pauses_s > 0.0
        assert "failures in a row" in found[key].in_words
    assert found["hung"].slowest_s >= 1.0
    proposed = hub.ledger.read(kind="proposed")
    assert {event.payload["scenario"] for event in proposed} == {"mild"}
    assert sorted(shown.proposal.subject for shown in told) == sorted(f"brew-{number}" for number in range(12, 20))
    assert {event.subject for event in proposed} == {shown.key for shown in told}
    assert hub.ledger.verify() == ()
    for state in engine.state().scenarios:
        ends = state.done + state.failed + state.superseded + state.dropped
        assert state.asked == 8 == ends + state.waiting
        assert state.running == 0
    assert json.loads(json.dumps(engine.state().as_json()))["is_running"] is False


def test_it_asks_about_what_is_due_and_writes_what_a_person_would_have_been_told(kitchen):
    """A tick finds the open brews; the answers are those of `advise`, and asking again writes nothing twice."""
    hub = kitchen(("mild", "answers"), ("twice", "dies-once"))
    mild = hub.scenario("mild")
    hub.learn(mild, as_of_ns=NOW_NS, seed=1)
    engine = Engine(hub, LocalCompute(workers=2))

    async def main():
        task = asyncio.create_task(engine.run())
        engine.notice(Tick(at_ns=NOW_NS))
        await until(lambda: all(state.proposals == 8 for state in states(engine).values()))
        count = len(hub.ledger.read())
        engine.notice(Tick(at_ns=NOW_NS))
        engine.notice(known(3))  # done long ago: it needs no decision
        await until(lambda: engine.state().waiting + engine.state().running == 0)
        assert len(hub.ledger.read()) == count
        await ended(task)

    asyncio.run(main())
    found = states(engine)
    assert found["twice"].failed == 0, "a worker that is killed once costs a retry"
    assert found["mild"].done == 1 + 8 + 1 + 8 + 1
    count = len(hub.ledger.read())
    for number in range(12, 20):
        shown = advise(hub, mild, Question(subject=f"brew-{number}"), as_of_ns=NOW_NS, seed=1)
        assert shown.proposal.model == hub.version(mild)
    assert len(hub.ledger.read()) == count, "they were there already, to the byte"


def test_ending_in_the_middle_gives_back_what_is_under_way(kitchen):
    hub = kitchen(("hung", "hangs", 60.0, 50))
    engine = Engine(hub, LocalCompute(workers=2))

    async def main():
        task = asyncio.create_task(engine.run())
        engine.notice(known(12))
        engine.notice(known(13))
        await until(lambda: engine.state().running == 1)
        assert engine.state().is_running
        await asyncio.sleep(1.0)
        return await ended(task)

    before = threading.active_count()
    assert asyncio.run(main()) < 2.0
    assert threading.active_count() <= before
    (state,) = engine.state().scenarios
    assert (state.asked, state.waiting, state.running, state.failed) == (2, 2, 0, 0)


class Failing:
    """A compute that gets nothing done, at once."""

    workers = 1

    def map(self, task, items, **_):
        return iter([TaskFailure(reason="burnt", tries=1)] * len(items))

    def close(self):
        pass


def test_it_ends_also_where_something_happens_in_the_same_instant(kitchen):
    """While it waited for a pause to end, `asyncio.wait_for` lost a cancellation that came with news."""
    hub = kitchen(("burnt", "raises"))

    async def main():
        for steps in range(6):
            engine = Engine(hub, Failing())
            task = asyncio.create_task(engine.run())
            for number in range(12, 20):
                engine.notice(known(number))
            await until(lambda engine=engine: states(engine)["burnt"].pauses_s > 0.0)
            await asyncio.sleep(0.1)
            engine.notice(known(12))
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            done, _ = await asyncio.wait([task], timeout=3.0)
            assert done, steps

    asyncio.run(main())


def test_before_it_runs_questions_wait_within_their_bounds(kitchen):
    hub = kitchen(("mild", "answers", 10.0, 5))
    engine = Engine(hub, LocalCompute(workers=1))
    askers = [
        threading.Thread(target=lambda: [engine.notice(known(n, NOW_NS + n)) for n in range(50)]) for _ in range(4)
    ]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    (state,) = engine.state().scenarios
    assert state.waiting == 5
    assert state.asked == 200 == state.superseded + state.dropped + state.waiting


def test_whom_a_happening_concerns(kitchen):
    hub = kitchen(("mild", "answers"))
    engine = Engine(hub, LocalCompute(workers=1))
    at_ns = NOW_NS + NS_PER_MIN
    assert engine.notice(StageFinished(piece="brew-12", equipment="hob", at_ns=at_ns)) == 1
    assert engine.notice(StageFinished(piece="brew-12", equipment="sink", at_ns=at_ns)) == 0
    assert engine.notice(SampleKnown(parameters=("level", "other"), piece="brew-12", at_ns=at_ns)) == 1
    assert engine.notice(SampleKnown(parameters=("other",), piece="brew-12", at_ns=at_ns)) == 0
    assert engine.notice(OrderArrived(order="o-1", at_ns=at_ns)) == 0, "orders concern who says so"
    assert engine.notice(Tick(at_ns=at_ns)) == 1
