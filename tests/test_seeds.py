"""Random streams: the same names give the same numbers, other names give others."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.seeds import stream

NAMES = st.lists(st.text(max_size=8), max_size=3)


@given(st.integers(0, 2**32), NAMES)
def test_a_stream_depends_on_seed_and_names_alone(seed: int, names: list[str]) -> None:
    stream(seed, "another", "consumer").normal(size=10)
    assert np.array_equal(stream(seed, *names).normal(size=3), stream(seed, *names).normal(size=3))


@given(st.integers(0, 2**32), NAMES, NAMES)
def test_other_names_or_seeds_give_other_numbers(seed: int, one: list[str], two: list[str]) -> None:
    numbers = stream(seed, *one).normal(size=3)
    assert np.array_equal(numbers, stream(seed, *two).normal(size=3)) == (one == two)
    assert not np.array_equal(numbers, stream(seed + 1, *one).normal(size=3))


def test_streams_are_the_same_on_every_machine_and_version() -> None:
    raw = stream(7, "ladle-furnace", "noise").bit_generator.random_raw(2)
    assert raw.tolist() == [7329593614952160687, 12617602543608526934]


def test_sibling_streams_are_uncorrelated() -> None:
    siblings = np.array([stream(1, "plant", f"noise-{i}").normal(size=4_000) for i in range(6)])
    correlations = np.corrcoef(siblings)[np.triu_indices(6, k=1)]
    assert np.abs(correlations).max() < 0.08  # five standard errors of 1/sqrt(4000)
