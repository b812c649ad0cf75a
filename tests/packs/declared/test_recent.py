"""What the pieces before say, against the same words in plain Python."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.clock import NS_PER_H, NS_PER_MIN
from pilothouse.packs.declared.recent import LONGEST_GAP_MIN, PACE_NS, REACHES, RECALL_NS, RECENT, recent_columns

# A few pieces that come back again and again, at instants from one to very far from the next.
MEASURED = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from([0, 1, 30, 200, 5_000, 11_000]), st.floats(-50, 50)),
    min_size=1,
    max_size=40,
)


def told(measured):
    piece = np.array([name for name, _, _ in measured])
    at_ns = np.cumsum([gap for _, gap, _ in measured]) * NS_PER_MIN
    value = np.array([v for *_, v in measured])
    return piece, at_ns, value, recent_columns(piece, at_ns, value)


def latest_of_others(piece, at_ns, value, row):
    """Of each other piece its latest measurement so far and not too long ago, newest first."""
    found = {}
    for k in range(row):
        if piece[k] != piece[row]:
            found.pop(piece[k], None)
            found[piece[k]] = (int(at_ns[k]), float(value[k]))
    return [entry for entry in reversed(found.values()) if entry[0] >= at_ns[row] - RECALL_NS][: max(REACHES)]


@settings(max_examples=150, deadline=None)
@given(measured=MEASURED)
def test_against_plain_python(measured):
    piece, at_ns, value, columns = told(measured)
    for row, got in enumerate(columns.iter_rows(named=True)):
        others = latest_of_others(piece, at_ns, value, row)
        for reach in REACHES:
            wanted = np.mean([v for _, v in others[:reach]]) if others else None
            assert got[f"recent.result.{reach}"] == (None if wanted is None else pytest.approx(wanted, abs=1e-9))
        wanted = min((at_ns[row] - others[0][0]) / NS_PER_MIN, LONGEST_GAP_MIN) if others else None
        assert got["recent.gap"] == wanted
        assert got["recent.pace"] == sum(at >= at_ns[row] - PACE_NS for at, _ in others)


@settings(deadline=None)
@given(measured=MEASURED, data=st.data())
def test_what_comes_later_changes_nothing(measured, data):
    cut = data.draw(st.integers(1, len(measured)))
    whole, part = told(measured)[3], told(measured[:cut])[3]
    assert part.equals(whole.head(cut))


def test_more_pieces_than_are_remembered():
    n = 200
    columns = recent_columns(np.array([f"p{k}" for k in range(n)]), np.arange(n) * NS_PER_MIN, np.arange(n) * 1.0)
    assert columns.columns == list(RECENT)
    assert columns["recent.result.40"][-1] == pytest.approx(np.mean(np.arange(159, 199)))
    assert columns["recent.pace"][-1] == 40


def test_nobody_before_says_nothing():
    columns = recent_columns(np.array(["a", "a"]), np.array([0, NS_PER_H]), np.array([1.0, 2.0]))
    assert columns["recent.result.1"].to_list() == [None, None]
    assert columns["recent.pace"].to_list() == [0.0, 0.0]
    assert recent_columns(np.array([], dtype=str), np.array([], dtype=np.int64), np.array([])).height == 0
