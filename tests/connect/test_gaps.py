"""Gaps are counted by the source's clock, and filled by what comes later."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.connect.gaps import AHEAD_NS, GapCounter
from pilothouse.plant.sample import Samples

S = 10**9
NOW = 10**18


def ticks(at_s: list[float], keys: tuple[str, ...] = ("a",), received_ns: int = NOW) -> Samples:
    """Each parameter told at each instant."""
    at_ns = np.repeat(np.array([round(s * S) for s in at_s], dtype=np.int64), len(keys))
    return Samples(
        parameters=keys,
        which=np.tile(np.arange(len(keys), dtype=np.int32), len(at_s)),
        source_ns=at_ns,
        values=np.ones(len(at_ns)),
        statuses=np.zeros(len(at_ns), np.uint8),
        received_ns=received_ns,
    )


def told(gaps: tuple[object, ...]) -> list[tuple[float, float, int, int, int]]:
    return [(g.start_ns / S, g.end_ns / S, g.parameters, g.missing, g.filled) for g in gaps]


def test_parameters_that_fall_silent_together_have_one_gap() -> None:
    counter = GapCounter("c", every_ns=S)
    counter.see(ticks([1, 2], ("a", "b")))
    assert told(counter.see(ticks([12, 13], ("a", "b")))) == [(2, 12, 2, 18, 0)]


def test_gaps_apart_in_time_are_two() -> None:
    counter = GapCounter("c", every_ns=S)
    assert told(counter.see(ticks([1, 2, 8, 9, 20]))) == [(2, 8, 1, 5, 0), (9, 20, 1, 10, 0)]


def test_a_little_jitter_is_no_gap() -> None:
    counter = GapCounter("c", every_ns=S)
    assert counter.see(ticks([1, 3, 5.4, 6, 8.5])) == ()


def test_what_was_known_before_the_hub_started_counts() -> None:
    counter = GapCounter("c", every_ns=S, newest_ns={"a": 100 * S})
    assert told(counter.see(ticks([110]))) == [(100, 110, 1, 9, 0)]


def test_late_values_fill_a_gap_and_never_more_than_was_missing() -> None:
    counter = GapCounter("c", every_ns=S)
    counter.see(ticks([1, 6]))
    assert told(counter.see(ticks([2, 3]))) == [(1, 6, 1, 4, 2)]
    assert told(counter.see(ticks([2, 3, 4, 5]))) == [(1, 6, 1, 4, 4)]
    assert counter.see(ticks([2])) == ()


def test_a_clock_far_ahead_does_not_hide_later_gaps() -> None:
    counter = GapCounter("c", every_ns=S)
    counter.see(ticks([1], received_ns=1 * S))
    ahead_s = AHEAD_NS / S + 100
    counter.see(ticks([ahead_s], received_ns=2 * S))
    assert told(counter.see(ticks([20], received_ns=20 * S))) == [(1, 20, 1, 18, 0)]


def test_a_clock_set_back_opens_no_gap() -> None:
    counter = GapCounter("c", every_ns=S)
    counter.see(ticks([100, 101]))
    assert counter.see(ticks([50, 51, 52])) == ()


@given(st.sets(st.integers(0, 60), min_size=2), st.randoms(use_true_random=False))
def test_missing_is_what_did_not_come_however_it_is_cut(present: set[int], chance: object) -> None:
    """Values in order, in any batches: missing counts exactly the instants left out of gaps."""
    instants = sorted(present)
    counter = GapCounter("c", every_ns=S)
    missing = 0
    while instants:
        n = chance.randint(1, len(instants))
        missing += sum(gap.missing for gap in counter.see(ticks([float(s) for s in instants[:n]])))
        instants = instants[n:]
    steps = np.diff(sorted(present))
    assert missing == int((steps[steps > 2] - 1).sum())
