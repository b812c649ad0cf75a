"""What every ledger must do: subclass, give the fixture ``open_ledger``, and run pytest.

::

    class TestMine(LedgerConformance):
        @pytest.fixture
        def open_ledger(self, tmp_path):
            return lambda: MyLedger(tmp_path / "ledger")

Each call of the function opens *the same* ledger anew.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Thread

import pytest

from pilothouse.decision.event import GENESIS, EventDraft
from pilothouse.errors import StoreMovedError
from pilothouse.ports import Ledger

Opener = Callable[[], Ledger]


def draft(
    subject: str = "p1", payload: Mapping[str, object] | None = None, *, kind: str = "proposed", actor: str = "hub"
) -> EventDraft:
    """An event to append."""
    return EventDraft(at_ns=1_556_881_334_000_000_001, kind=kind, subject=subject, actor=actor, payload=payload or {})


class LedgerConformance:
    """The laws of :class:`pilothouse.ports.Ledger`."""

    @pytest.fixture
    def open_ledger(self) -> Opener:
        """Give a function that opens the same ledger each time."""
        raise NotImplementedError("a conformance suite needs the fixture open_ledger")

    def test_an_empty_ledger_is_sound(self, open_ledger: Opener) -> None:
        """And says nothing."""
        with _opened(open_ledger) as ledger:
            assert ledger.read() == ()
            assert ledger.verify() == ()

    def test_events_are_numbered_and_chained(self, open_ledger: Opener) -> None:
        """From 1 on, each on the hash of the one before, over several appends."""
        with _opened(open_ledger) as ledger:
            events = (*ledger.append([draft("a"), draft("b")]), *ledger.append([draft("c")]))
            assert [event.seq for event in events] == [1, 2, 3]
            previous = GENESIS
            for event in events:
                assert event.is_sound(previous)
                previous = event.hash
            assert ledger.verify() == ()

    def test_an_event_comes_back_as_it_went_in(self, open_ledger: Opener) -> None:
        """Also in other scripts, with numbers to the last digit, after reopening."""
        payload = {
            "Ziel": 1595.1,
            "причина": "фурма «3»",
            "n": [1, None, True, 0.1 + 0.2],
            "quote": "a'b\"c\n",
            "o": {},
        }
        with _opened(open_ledger) as ledger:
            appended = ledger.append([draft("плавка 1", payload, actor="Ana Ødegård")])
        with _opened(open_ledger) as ledger:
            assert ledger.read() == appended
            assert ledger.read()[0].payload == payload
            assert ledger.verify() == ()

    def test_the_chain_goes_on_after_reopening(self, open_ledger: Opener) -> None:
        """With the next number."""
        with _opened(open_ledger) as ledger:
            (first,) = ledger.append([draft()])
        with _opened(open_ledger) as ledger:
            (second,) = ledger.append([draft(kind="checked")])
            assert (second.seq, second.previous_hash) == (2, first.hash)

    def test_all_are_appended_or_none(self, open_ledger: Opener) -> None:
        """One that is not made of JSON values takes the others with it."""
        with _opened(open_ledger) as ledger:
            ledger.append([draft()])
            for bad in (float("nan"), object()):
                with pytest.raises((ValueError, TypeError)):
                    ledger.append([draft("good"), draft("bad", {"value": bad})])
            assert [event.subject for event in ledger.read()] == ["p1"]
            (event,) = ledger.append([draft("next")])
            assert event.seq == 2
            assert ledger.verify() == ()

    def test_appending_nothing_is_nothing(self, open_ledger: Opener) -> None:
        """No event, no number."""
        with _opened(open_ledger) as ledger:
            assert ledger.append([]) == ()
            assert ledger.read() == ()

    def test_reading_from_a_number_by_subject_and_kind(self, open_ledger: Opener) -> None:
        """In order, all conditions together."""
        with _opened(open_ledger) as ledger:
            ledger.append([draft("a"), draft("b"), draft("a", kind="checked"), draft("a")])
            assert [e.seq for e in ledger.read(3)] == [3, 4]
            assert [e.seq for e in ledger.read(subject="a")] == [1, 3, 4]
            assert [e.seq for e in ledger.read(2, subject="a", kind="proposed")] == [4]
            assert ledger.read(9) == ()

    def test_texts_that_one_database_would_not_hold_are_held_by_none(self, open_ledger: Opener) -> None:
        """So that a ledger can move from one to another."""
        with _opened(open_ledger) as ledger:
            for bad in (draft("p" * 257), draft(kind="k" * 65), draft(actor="a\0b"), draft("\ud800")):
                with pytest.raises(ValueError):  # noqa: PT011 - each says it in its own words
                    ledger.append([draft("good"), bad])
            assert ledger.read() == ()
            payload = {"text": "a\0b", "long": "x" * 100_000}
            assert ledger.append([draft("ф" * 256, payload)])[0].payload == payload
            assert ledger.read()[0].payload == payload

    def test_what_was_read_before_writing_is_still_the_newest(self, open_ledger: Opener) -> None:
        """Of the subjects that are written; what was appended to others does not matter."""
        with _opened(open_ledger) as one, _opened(open_ledger) as other:
            (first,) = one.append([draft("a")], read_upto=0)
            other.append([draft("b")])
            one.append([draft("a", kind="checked")], read_upto=first.seq)
            with pytest.raises(StoreMovedError):
                other.append([draft("c"), draft("a", kind="decided")], read_upto=first.seq)
            assert [event.subject for event in one.read()] == ["a", "b", "a"]

    def test_of_many_that_read_the_same_one_writes(self, open_ledger: Opener) -> None:
        """So nothing is decided or dispatched twice."""
        told: list[str] = []

        def write(name: str) -> None:
            with _opened(open_ledger) as ledger:
                for n in range(10):
                    try:
                        ledger.append([draft(f"p{n}", {"by": name})], read_upto=0)
                    except StoreMovedError:
                        continue
                    told.append(f"p{n}")

        threads = [Thread(target=write, args=(name,)) for name in ("one", "other", "third")]
        with _opened(open_ledger):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert sorted(told) == sorted(f"p{n}" for n in range(10))

    def test_two_writers_do_not_fork_the_chain(self, open_ledger: Opener) -> None:
        """They wait for each other; every event they were told is stored has its place."""
        faults: list[BaseException] = []

        def write(ledger: Ledger, name: str) -> None:
            try:
                for n in range(25):
                    ledger.append([draft(name, {"n": n}), draft(name, {"n": -n})])
            except BaseException as error:  # noqa: BLE001 - the test's own thread hands it to the assertion below
                faults.append(error)

        with _opened(open_ledger) as one, _opened(open_ledger) as other:
            threads = [Thread(target=write, args=(one, "one")), Thread(target=write, args=(other, "other"))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert faults == []
            assert one.verify() == ()
            assert [len(one.read(subject=name)) for name in ("one", "other")] == [50, 50]
            assert one.read() == other.read()


@contextmanager
def _opened(open_ledger: Opener) -> Iterator[Ledger]:
    ledger = open_ledger()
    try:
        yield ledger
    finally:
        ledger.close()
