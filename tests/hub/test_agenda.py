"""The agenda's laws, by chance and by example."""

from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pilothouse.decision.runs import Runs
from pilothouse.hub.agenda import FAILURES, LONGEST_PAUSE_S, PAUSE_S, Agenda, Ask

KEYS = ("anneal", "blow", "cast")
BACKLOG = 3
WORKERS = 3


class AnyAgenda(RuleBasedStateMachine):
    """Whatever happens in whatever order, nothing is lost in silence."""

    def __init__(self):
        super().__init__()
        self.agenda = Agenda({key: Runs(backlog=BACKLOG) for key in KEYS}, workers=WORKERS)
        self.now_s = 0.0
        self.running = []
        self.asked = Counter()
        self.newest = {}

    @rule(key=st.sampled_from(KEYS), subject=st.integers(0, 5), at_ns=st.integers(0, 50))
    def add(self, key, subject, at_ns):
        before = {(s.scenario): s for s in self.agenda.states(self.now_s)}[key]
        self.agenda.add(Ask(scenario=key, subject=f"coil-{subject}", at_ns=at_ns))
        after = {(s.scenario): s for s in self.agenda.states(self.now_s)}[key]
        self.asked[key] += 1
        assert after.dropped - before.dropped in {0, 1}
        assert (after.dropped > before.dropped) <= (before.waiting == BACKLOG)

    @rule()
    def start(self):
        ask = self.agenda.start(self.now_s)
        if ask is None:
            return
        assert all((other.scenario, other.subject) != (ask.scenario, ask.subject) for other in self.running)
        self.running.append(ask)

    @precondition(lambda self: self.running)
    @rule(place=st.integers(0, WORKERS - 1), is_proposal=st.booleans(), seconds=st.floats(0.0, 9.0))
    def done(self, place, is_proposal, seconds):
        ask = self.running.pop(place % len(self.running))
        self.agenda.done(ask, seconds=seconds, is_proposal=is_proposal)

    @precondition(lambda self: self.running)
    @rule(place=st.integers(0, WORKERS - 1))
    def failed(self, place):
        ask = self.running.pop(place % len(self.running))
        self.agenda.failed(ask, seconds=1.0, why="burnt", now_s=self.now_s)

    @precondition(lambda self: self.running)
    @rule(place=st.integers(0, WORKERS - 1))
    def give_back(self, place):
        self.agenda.give_back(self.running.pop(place % len(self.running)))

    @rule(seconds=st.floats(0.0, 60.0))
    def time_goes_by(self, seconds):
        self.now_s += seconds

    @invariant()
    def everything_is_accounted_for(self):
        running = Counter(ask.scenario for ask in self.running)
        for state in self.agenda.states(self.now_s):
            ended = state.done + state.failed + state.superseded + state.dropped
            assert state.asked == self.asked[state.scenario] == ended + state.waiting + state.running
            assert state.running == running[state.scenario]
            assert state.proposals <= state.done

    @invariant()
    def bounds_hold(self):
        states = self.agenda.states(self.now_s)
        assert sum(state.running for state in states) <= WORKERS
        # What was given back is not dropped for it: it may wait beyond the backlog.
        assert all(state.waiting <= BACKLOG + WORKERS for state in states)
        assert all(0.0 <= state.pauses_s <= LONGEST_PAUSE_S for state in states)

    def teardown(self):
        """Left alone, it comes to an end: nothing waits for ever."""
        for ask in self.running:
            self.agenda.done(ask, seconds=0.0, is_proposal=False)
        for _ in range(200):
            while (ask := self.agenda.start(self.now_s)) is not None:
                self.agenda.done(ask, seconds=0.0, is_proposal=False)
            wakes_s = self.agenda.wakes_s(self.now_s)
            if wakes_s is None:
                break
            assert wakes_s > self.now_s
            self.now_s = wakes_s
        assert all(state.waiting == 0 for state in self.agenda.states(self.now_s))


TestAnyAgenda = AnyAgenda.TestCase
TestAnyAgenda.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def ask(scenario="anneal", subject="coil-1", at_ns=5):
    return Ask(scenario=scenario, subject=subject, at_ns=at_ns)


@pytest.fixture
def agenda():
    return Agenda({"anneal": Runs(backlog=3), "blow": Runs(), "cast": Runs()}, workers=4)


def state(agenda, now_s=0.0):
    return agenda.states(now_s)[0]


def started(agenda, now_s=0.0):
    found = []
    while (one := agenda.start(now_s)) is not None:
        found.append(one)
    return found


def test_the_newest_question_wins_and_keeps_its_place(agenda):
    for one in (ask(at_ns=5), ask(subject="coil-2"), ask(at_ns=9), ask(at_ns=7)):
        agenda.add(one)
    assert started(agenda) == [ask(at_ns=9), ask(subject="coil-2")]
    assert state(agenda).superseded == 2


def test_what_waited_longest_is_dropped(agenda):
    for number in range(5):
        agenda.add(ask(subject=f"coil-{number}"))
    assert (state(agenda).waiting, state(agenda).dropped) == (3, 2)
    assert agenda.start(0.0).subject == "coil-2"


def test_scenarios_take_turns_and_none_takes_all(agenda):
    for number in range(3):
        agenda.add(ask(subject=f"coil-{number}"))
    agenda.add(ask("cast"))
    agenda.add(ask("blow"))
    assert [one.scenario for one in started(agenda)] == ["anneal", "blow", "cast", "anneal"]
    assert state(agenda).running == 2
    assert state(agenda).waiting == 1


def test_one_subject_is_worked_on_once_at_a_time(agenda):
    agenda.add(ask())
    first = agenda.start(0.0)
    agenda.add(ask(at_ns=9))
    assert agenda.start(0.0) is None
    agenda.done(first, seconds=1.0, is_proposal=True)
    assert agenda.start(0.0) == ask(at_ns=9)


def test_failures_in_a_row_make_it_pause_longer_each_time(agenda):
    now_s = 0.0
    for number in range(1, FAILURES + 3):
        agenda.add(ask(subject=f"coil-{number}"))
        one = agenda.start(now_s)
        assert one.subject == f"coil-{number}"
        agenda.failed(one, seconds=0.5, why="the element is burnt", now_s=now_s)
        paused = state(agenda, now_s).pauses_s
        assert paused == (0.0 if number < FAILURES else PAUSE_S * 2 ** (number - FAILURES))
        now_s += paused
    agenda.add(ask(subject="last"))
    agenda.failed(agenda.start(now_s), seconds=0.5, why="the element is burnt", now_s=now_s)
    for subject in ("one", "two", "three"):
        agenda.add(ask(subject=subject))
    assert agenda.start(now_s) is None
    assert agenda.wakes_s(now_s) == now_s + state(agenda, now_s).pauses_s
    assert state(agenda, now_s).in_words == (
        f"pauses for {PAUSE_S * 8:.0f} s after {FAILURES + 3} failures in a row; the last: last: the element is burnt"
    )
    assert len(started(agenda, agenda.wakes_s(now_s))) == 1, "after a pause a single question is tried"


def test_an_answer_ends_the_row(agenda):
    for number in range(FAILURES * 2):
        agenda.add(ask(subject=f"coil-{number}"))
        one = agenda.start(0.0)
        if number % 2:
            agenda.done(one, seconds=0.1, is_proposal=False)
        else:
            agenda.failed(one, seconds=0.5, why="burnt", now_s=0.0)
    assert state(agenda).pauses_s == 0.0
    assert state(agenda).slowest_s == 0.5
    assert state(agenda).in_words == "waits for something to happen"


def test_what_is_given_back_waits_before_others_unless_a_newer_one_does(agenda):
    agenda.add(ask())
    first = agenda.start(0.0)
    agenda.add(ask(subject="coil-2"))
    agenda.give_back(first)
    assert agenda.start(0.0) == first
    agenda.add(ask(at_ns=9))
    agenda.give_back(first)
    assert state(agenda).superseded == 1
    assert [one.at_ns for one in started(agenda) if one.subject == "coil-1"] == [9]
