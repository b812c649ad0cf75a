"""The engine: scenarios asked as things happen, in worker processes, each within its budget.

To tell it of a happening costs a look into tables and never waits. What a question needs is worked out in a worker that
opens the workspace to read; only what came of it is written here, into the ledger. So a scenario that is slow, hangs
or crashes stops neither what comes in nor the other scenarios, and :class:`EngineState` tells what it does.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Final

from pilothouse.clock import stopwatch_s
from pilothouse.decision.runs import Runs, runs_of
from pilothouse.errors import NotFittedError, PilothouseError
from pilothouse.hub.agenda import Agenda, Ask, ScenarioState
from pilothouse.hub.asking import Answered, Asked, answer_if_due
from pilothouse.hub.concern import Concern
from pilothouse.hub.deciding import Shown, record
from pilothouse.hub.happening import Happening
from pilothouse.hub.hub import Hub
from pilothouse.ports import Compute, TaskFailure

RETRIES: Final = 1
"""A worker may have been killed by somebody else; a question that kills two has only itself to blame."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineState:
    """What the engine does, as data.

    Parameters
    ----------
    is_running
        Whether questions are worked on.
    workers
        How many at once.
    scenarios
        How it stands with each.
    """

    is_running: bool
    workers: int
    scenarios: tuple[ScenarioState, ...]

    @property
    def waiting(self) -> int:
        """Questions that wait, of all scenarios."""
        return sum(state.waiting for state in self.scenarios)

    @property
    def running(self) -> int:
        """Questions that are worked on, of all scenarios."""
        return sum(state.running for state in self.scenarios)

    def as_json(self) -> dict[str, object]:
        """As JSON values."""
        scenarios = [{**asdict(state), "in_words": state.in_words} for state in self.scenarios]
        return {"is_running": self.is_running, "workers": self.workers, "scenarios": scenarios}


class Engine:
    """Asks the scenarios of a hub as things happen.

    Parameters
    ----------
    hub
        With the plant, its scenarios and the ledger.
    compute
        Where questions are worked out; closed when the engine ends.
    seed
        Root seed of every question.
    on_proposal
        Told of each proposal once it is in the ledger, in a thread of the engine's.
    """

    def __init__(
        self, hub: Hub, compute: Compute, *, seed: int = 1, on_proposal: Callable[[Shown], None] | None = None
    ) -> None:
        scenarios = hub.workspace.scenarios
        self._hub = hub
        self._compute = compute
        self._seed = seed
        self._on_proposal = on_proposal
        self._root = hub.workspace.root.resolve()
        self._runs: dict[str, Runs] = {scenario.key: runs_of(scenario) for scenario in scenarios}
        self._concern = Concern(hub.workspace.plant, scenarios)
        self._agenda = Agenda(self._runs, workers=compute.workers)
        self._guard = threading.Lock()
        self._recording = threading.Lock()
        self._wake: Callable[[], None] | None = None
        self._is_ending = False

    def notice(self, happening: Happening) -> int:
        """Take note of something that happened, from any thread, without waiting; how many questions it raises."""
        asks = self._concern.asks(happening)
        self._add(asks)
        return len(asks)

    def state(self) -> EngineState:
        """What it does at present."""
        with self._guard:
            states = self._agenda.states(stopwatch_s())
        return EngineState(is_running=self._wake is not None, workers=self._compute.workers, scenarios=states)

    async def run(self) -> None:
        """Work on questions until cancelled; then whatever is under way waits again, and the workers are ended."""
        loop, news = asyncio.get_running_loop(), asyncio.Event()
        threads = ThreadPoolExecutor(max_workers=self._compute.workers, thread_name_prefix="engine")
        with self._guard:
            self._wake = lambda: _quietly(loop, news)
        try:
            while True:
                news.clear()
                while (ask := self._start()) is not None:
                    loop.run_in_executor(threads, self._work_on, ask)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._until_wake_s()):  # wait_for may swallow that it is cancelled
                        await news.wait()
        finally:
            self._is_ending = True
            with self._guard:
                self._wake = None
            # Not in the loop's default pool, which whoever closes the loop may have closed already.
            ending = threading.Thread(target=self._end, args=(threads,))
            ending.start()
            while ending.is_alive():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.sleep(0.01)

    def _end(self, threads: ThreadPoolExecutor) -> None:
        self._compute.close()
        threads.shutdown(wait=True)

    def _add(self, asks: tuple[Ask, ...]) -> None:
        with self._guard:
            for ask in asks:
                self._agenda.add(ask)
            wake = self._wake
        if wake is not None and asks:
            wake()

    def _start(self) -> Ask | None:
        with self._guard:
            return self._agenda.start(stopwatch_s())

    def _until_wake_s(self) -> float | None:
        with self._guard:
            now_s = stopwatch_s()
            wakes_s = self._agenda.wakes_s(now_s)
        return None if wakes_s is None else max(wakes_s - now_s, 0.01)

    def _work_on(self, ask: Ask) -> None:
        """Have one question worked out, and see to what came of it; in a thread that does little but wait."""
        started_s = stopwatch_s()
        try:
            found = self._ask(ask)
            if not isinstance(found, TaskFailure):
                self._keep(ask, found, stopwatch_s() - started_s)
                return
            why = found.reason
        except PilothouseError as error:  # the ledger, or what was learnt, cannot be used
            why = str(error)
        except Exception as error:  # noqa: BLE001 - nothing that goes wrong with one question may stop the others
            _log.exception("a question was not worked out", extra={"scenario": ask.scenario, "subject": ask.subject})
            why = f"{type(error).__name__}: {error}"
        with self._guard:
            if self._is_ending:
                self._agenda.give_back(ask)
                return
            now_s = stopwatch_s()
            self._agenda.failed(ask, seconds=now_s - started_s, why=why, now_s=now_s)
            wake = self._wake
        _log.warning("a scenario gave no answer", extra={"scenario": ask.scenario, "subject": ask.subject, "why": why})
        if wake is not None:
            wake()

    def _ask(self, ask: Ask) -> Answered | tuple[str, ...] | TaskFailure:
        scenario = self._hub.scenario(ask.scenario)
        try:
            version: str | None = self._hub.version(scenario, known_ns=ask.at_ns)
        except NotFittedError:
            version = None  # rules and search need none; who needs one says so
        asked = Asked(
            root=self._root,
            scenario=ask.scenario,
            subject=ask.subject,
            as_of_ns=ask.at_ns,
            version=version,
            seed=self._seed,
        )
        timeout_s = self._runs[ask.scenario].seconds
        return next(self._compute.map(answer_if_due, [asked], retries=RETRIES, timeout_s=timeout_s))

    def _keep(self, ask: Ask, found: Answered | tuple[str, ...], seconds: float) -> None:
        """Write a proposal down, or ask about the subjects that were found due."""
        shown: Shown | None = None
        if isinstance(found, Answered):
            with self._recording:
                shown = record(self._hub, ask.scenario, found)
            self._tell(shown)
        else:
            self._add(tuple(Ask(scenario=ask.scenario, subject=subject, at_ns=ask.at_ns) for subject in found))
        with self._guard:
            self._agenda.done(ask, seconds=seconds, is_proposal=shown is not None)
            wake = self._wake
        if wake is not None:
            wake()

    def _tell(self, shown: Shown) -> None:
        """Tell who wants to know; what goes wrong there is no failure of the scenario."""
        if self._on_proposal is None:
            return
        try:
            self._on_proposal(shown)
        except Exception:  # noqa: BLE001 - it is somebody else's code
            _log.exception("a proposal is in the ledger, but could not be told", extra={"proposal": shown.key})


def _quietly(loop: asyncio.AbstractEventLoop, news: asyncio.Event) -> None:
    """Wake the engine up, unless its loop has ended in the same instant."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(news.set)
