"""The agenda: which questions wait for which scenario, and what became of the others.

A pure machine of states: no clock, thread or process is in it, so that its laws can be tested by chance. What was asked
is accounted for: ``asked = done + failed + superseded + dropped + waiting + running``, for each scenario at any time.

- The newest question about a subject wins: it takes the place of the one that waits.
- Where more subjects wait than a scenario's backlog, the one that has waited longest is dropped.
- One subject is worked on once at a time, and no scenario takes more than half of the workers.
- A scenario that fails several times in a row pauses, longer each time, and is then tried with a single question.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pilothouse.decision.runs import Runs

FAILURES: Final = 3
"""In a row, after which a scenario pauses."""
PAUSE_S: Final = 15.0
"""The first pause; each one that follows without an answer in between is twice as long."""
LONGEST_PAUSE_S: Final = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question that waits.

    Parameters
    ----------
    scenario
        Who is asked.
    subject
        About what; empty to ask which subjects need a decision now.
    at_ns
        As known at this instant.
    """

    scenario: str
    subject: str
    at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioState:
    """How it stands with one scenario; counts are since the hub began.

    Parameters
    ----------
    scenario
        Key.
    asked
        Questions that came.
    waiting, running
        Of them, those that are still to be answered.
    done, failed, superseded, dropped
        What became of the others: answered (a subject that needed no decision too); given no answer; replaced by a
        newer question; left out because too many waited.
    proposals
        How many answers were proposals.
    slowest_s
        The longest that an answer, or the failure to give one, took.
    failures_in_a_row
        Since the last answer.
    last_error
        The last failure in words, with its subject; empty where there was none.
    pauses_s
        For how long it still pauses; 0 where it does not.
    """

    scenario: str
    asked: int
    waiting: int
    running: int
    done: int
    failed: int
    superseded: int
    dropped: int
    proposals: int
    slowest_s: float
    failures_in_a_row: int
    last_error: str
    pauses_s: float

    @property
    def in_words(self) -> str:
        """One line for people."""
        if self.pauses_s > 0.0:
            why = f"after {self.failures_in_a_row} failures in a row"
            return f"pauses for {self.pauses_s:.0f} s {why}; the last: {self.last_error}"
        if self.failures_in_a_row:
            return f"failed last time: {self.last_error}"
        return "works" if self.running or self.waiting else "waits for something to happen"


@dataclass(slots=True, kw_only=True)
class _Line:
    """One scenario's part of the agenda."""

    runs: Runs
    waiting: "OrderedDict[str, Ask]" = field(default_factory=OrderedDict)
    running: dict[str, Ask] = field(default_factory=dict)
    asked: int = 0
    done: int = 0
    failed: int = 0
    superseded: int = 0
    dropped: int = 0
    proposals: int = 0
    slowest_s: float = 0.0
    in_a_row: int = 0
    last_error: str = ""
    paused_until_s: float = 0.0
    started: int = 0

    def add(self, ask: Ask) -> None:
        """Let a question wait; the newest about a subject keeps the place of the one before."""
        self.asked += 1
        before = self.waiting.get(ask.subject)
        if before is not None:
            self.superseded += 1
            if ask.at_ns >= before.at_ns:
                self.waiting[ask.subject] = ask
            return
        if len(self.waiting) >= self.runs.backlog:
            self.waiting.popitem(last=False)
            self.dropped += 1
        self.waiting[ask.subject] = ask

    def first(self, at_most: int, now_s: float) -> Ask | None:
        """The question that may be worked on next."""
        if now_s < self.paused_until_s or len(self.running) >= (1 if self.in_a_row >= FAILURES else at_most):
            return None
        return next((ask for subject, ask in self.waiting.items() if subject not in self.running), None)


class Agenda:
    """All scenarios' questions.

    Parameters
    ----------
    runs
        Of each scenario, by key; their order decides where nothing else does.
    workers
        How many questions are worked on at once.

    Examples
    --------
    >>> agenda = Agenda({"anneal": Runs(backlog=1)}, workers=2)
    >>> for subject in ("coil-1", "coil-1", "coil-2"):
    ...     agenda.add(Ask(scenario="anneal", subject=subject, at_ns=5))
    >>> ask = agenda.start(now_s=0.0)
    >>> ask.subject
    'coil-2'
    >>> agenda.done(ask, seconds=0.2, is_proposal=True)
    >>> (state,) = agenda.states(now_s=1.0)
    >>> state.asked, state.done, state.superseded, state.dropped, state.in_words
    (3, 1, 1, 1, 'waits for something to happen')
    """

    def __init__(self, runs: Mapping[str, Runs], *, workers: int) -> None:
        self._lines = {key: _Line(runs=each) for key, each in runs.items()}
        self._workers = workers
        self._share = max(workers // 2, 1)
        self._starts = 0

    def add(self, ask: Ask) -> None:
        """Let a question wait."""
        self._lines[ask.scenario].add(ask)

    def start(self, now_s: float) -> Ask | None:
        """The next question, that of the scenario whose turn was longest ago; None where none may be worked on now."""
        if sum(len(line.running) for line in self._lines.values()) >= self._workers:
            return None
        for line in sorted(self._lines.values(), key=lambda line: line.started):  # stable: else as declared
            ask = line.first(self._share, now_s)
            if ask is not None:
                self._starts += 1
                line.started = self._starts
                line.running[ask.subject] = line.waiting.pop(ask.subject)
                return ask
        return None

    def done(self, ask: Ask, *, seconds: float, is_proposal: bool) -> None:
        """A question was answered."""
        line = self._ended(ask, seconds)
        line.done += 1
        line.proposals += is_proposal
        line.in_a_row = 0

    def failed(self, ask: Ask, *, seconds: float, why: str, now_s: float) -> None:
        """A question was given no answer; several in a row make its scenario pause."""
        line = self._ended(ask, seconds)
        line.failed += 1
        line.in_a_row += 1
        line.last_error = f"{ask.subject}: {why}" if ask.subject else why
        if line.in_a_row >= FAILURES:
            pause_s = min(PAUSE_S * 2.0 ** min(line.in_a_row - FAILURES, 30), LONGEST_PAUSE_S)
            line.paused_until_s = now_s + pause_s

    def give_back(self, ask: Ask) -> None:
        """A question was not worked on to its end, through no fault of its scenario: it waits again, before others."""
        line = self._lines[ask.scenario]
        del line.running[ask.subject]
        if ask.subject in line.waiting:
            line.superseded += 1
        else:
            line.waiting[ask.subject] = ask
            line.waiting.move_to_end(ask.subject, last=False)

    def wakes_s(self, now_s: float) -> float | None:
        """When a scenario that pauses with questions waiting may be asked again; None where none does."""
        paused = [line.paused_until_s for line in self._lines.values() if line.waiting and line.paused_until_s > now_s]
        return min(paused, default=None)

    def states(self, now_s: float) -> tuple[ScenarioState, ...]:
        """How it stands with every scenario."""
        return tuple(
            ScenarioState(
                scenario=key,
                asked=line.asked,
                waiting=len(line.waiting),
                running=len(line.running),
                done=line.done,
                failed=line.failed,
                superseded=line.superseded,
                dropped=line.dropped,
                proposals=line.proposals,
                slowest_s=line.slowest_s,
                failures_in_a_row=line.in_a_row,
                last_error=line.last_error,
                pauses_s=max(line.paused_until_s - now_s, 0.0),
            )
            for key, line in self._lines.items()
        )

    def _ended(self, ask: Ask, seconds: float) -> _Line:
        line = self._lines[ask.scenario]
        del line.running[ask.subject]
        line.slowest_s = max(line.slowest_s, seconds)
        return line
