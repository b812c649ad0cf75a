"""What every compute must do: subclass, give the fixtures, and run pytest.

::

    class TestMine(ComputeConformance):
        @pytest.fixture(scope="class")
        @classmethod
        def compute(cls): ...           # with two workers; closed at the end

        @pytest.fixture
        def kill_a_worker(self): ...     # a function that ends one of its worker processes by SIGKILL
"""

import threading
from collections.abc import Callable
from typing import Final

import pytest

from pilothouse.clock import stopwatch_s
from pilothouse.ports import Compute, TaskFailure
from pilothouse.testing.compute_tasks import (
    chatty,
    died,
    raised,
    slept,
    squared_slowly,
    threads_of_libraries,
    unsendable,
)

HANGS_S: Final = 60.0
"""So long a task that hangs would take; no test waits for it."""


class ComputeConformance:
    """The laws of :class:`pilothouse.ports.Compute`."""

    @pytest.fixture
    def compute(self) -> Compute:
        """Give the compute, with two workers."""
        raise NotImplementedError("a conformance suite needs the fixture compute")

    @pytest.fixture
    def kill_a_worker(self) -> Callable[[], None]:
        """Give a function that kills one worker."""
        raise NotImplementedError("a conformance suite needs the fixture kill_a_worker")

    def test_results_come_in_the_order_of_the_items(self, compute: Compute) -> None:
        """Also where the first take longest."""
        waits = [0.3, 0.0, 0.1, 0.0, 0.0, 0.2, 0.0]
        assert list(compute.map(slept, waits)) == waits
        assert list(compute.map(slept, [])) == []
        assert compute.workers == 2

    def test_each_comes_as_soon_as_it_is_there(self, compute: Compute) -> None:
        """The first is not held back by the second."""
        list(compute.map(slept, [0.0, 0.0]))  # the workers are up
        results = compute.map(slept, [0.0, 2.0])
        started_s = stopwatch_s()
        assert next(results) == 0.0
        assert stopwatch_s() - started_s < 1.5
        assert list(results) == [2.0]

    def test_a_task_that_raises_fails_alone_and_once(self, compute: Compute) -> None:
        """In words; ``sys.exit`` is no way out either."""
        first, second, third, fourth = compute.map(raised, ["", "the strip is too thin", "exit", ""])
        assert (first, fourth) == ("", "")
        assert second == TaskFailure(reason="the strip is too thin", tries=1)
        assert isinstance(third, TaskFailure)
        assert "SystemExit" in third.reason

    def test_a_killed_worker_costs_a_retry_and_no_result(
        self, compute: Compute, kill_a_worker: Callable[[], None]
    ) -> None:
        """Forty of forty, the same as without."""
        wanted = [squared_slowly(number) for number in range(40)]
        results = []
        for place, result in enumerate(compute.map(squared_slowly, range(40))):
            results.append(result)
            if place == 10:
                kill_a_worker()
        assert results == wanted

    def test_a_task_that_kills_its_worker_fails_after_its_tries(self, compute: Compute) -> None:
        """And only it."""
        results = list(compute.map(died, [0, 0, 1, 0, 0], retries=1))
        assert [result for place, result in enumerate(results) if place != 2] == [0, 0, 0, 0]
        assert isinstance(results[2], TaskFailure)
        assert results[2].tries >= 2
        assert "died" in results[2].reason

    def test_a_task_that_takes_too_long_is_given_up(self, compute: Compute) -> None:
        """Its worker is ended, and there is another one for what follows."""
        started_s = stopwatch_s()
        hanging, quick = compute.map(slept, [HANGS_S, 0.0], timeout_s=0.5)
        assert isinstance(hanging, TaskFailure)
        assert "time of 0.5 s" in hanging.reason
        assert quick == 0.0
        assert stopwatch_s() - started_s < HANGS_S / 2.0
        assert list(compute.map(slept, [0.0] * 4)) == [0.0] * 4

    def test_what_cannot_be_pickled_is_told(self, compute: Compute) -> None:
        """A task or an item is a misuse; a result is the task's fault."""
        with pytest.raises(TypeError, match="can be pickled"):
            list(compute.map(lambda item: item, [1]))
        with pytest.raises(TypeError, match="can be pickled"):
            list(compute.map(slept, [threading.Lock()]))  # type: ignore[arg-type]
        (failure,) = compute.map(unsendable, [1])
        assert isinstance(failure, TaskFailure)

    def test_what_a_task_prints_disturbs_nothing(self, compute: Compute) -> None:
        """Nor what it reads."""
        assert list(compute.map(chatty, [1, 2])) == ["", ""]

    def test_libraries_have_one_thread(self, compute: Compute) -> None:
        """Those of linear algebra."""
        for counts in compute.map(threads_of_libraries, [0, 1]):
            assert isinstance(counts, tuple)
            assert set(counts) == {1}

    def test_several_may_ask_at_once(self, compute: Compute) -> None:
        """Each gets its own results."""
        found: dict[int, list[object]] = {}

        def ask(number: int) -> None:
            found[number] = list(compute.map(abs, [-number] * 10))

        askers = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
        assert found == {number: [number] * 10 for number in range(4)}

    def test_who_stops_asking_leaves_nothing_behind(self, compute: Compute) -> None:
        """The rest of a map is not worked on."""
        results = compute.map(slept, [0.0, *[0.5] * 200])
        next(results)
        results.close()  # type: ignore[attr-defined]
        started_s = stopwatch_s()
        assert list(compute.map(slept, [0.0])) == [0.0]
        assert stopwatch_s() - started_s < 10.0

    def test_closing_gives_up_what_is_not_done(self, compute: Compute) -> None:
        """Within two seconds; afterwards nothing is worked on. The last test: it closes the compute."""
        list(compute.map(slept, [0.0, 0.0]))
        results = compute.map(slept, [0.0, HANGS_S, HANGS_S, 0.0], timeout_s=20.0)
        assert next(results) == 0.0
        started_s = stopwatch_s()
        compute.close()
        assert stopwatch_s() - started_s < 2.0
        rest = list(results)
        assert len(rest) == 3
        assert all(isinstance(result, TaskFailure) for result in rest)
        assert all(isinstance(result, TaskFailure) for result in compute.map(slept, [0.0]))
        assert stopwatch_s() - started_s < 10.0
