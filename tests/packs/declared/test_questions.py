"""Questions against plain Python: places, differences, when a piece is finished, and the pairs."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.clock import NS_PER_MIN
from pilothouse.packs.declared.questions import (
    PATH,
    SILENCE_NS,
    STANDING,
    TARGET,
    WORDS,
    is_step,
    is_to_last,
    measurements,
    pairs,
)

KEYS = {"piece": pl.String, "start_ns": pl.Int64, "end_ns": pl.Int64, "known_ns": pl.Int64, "origin": pl.String}
# Pieces that overlap, values that are known late, several known at once.
SEEN = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.integers(0, 300),  # minute it happened
        st.sampled_from([0, 0, 1, 30, 200]),  # minutes until it was known
        st.one_of(st.none(), st.floats(-50, 50)),  # the result, or something else that was seen
    ),
    max_size=14,
    unique_by=lambda seen: seen[:2],
)


def frame_of(seen):
    table = [
        {
            "piece": piece,
            "start_ns": at * NS_PER_MIN,
            "end_ns": at * NS_PER_MIN,
            "known_ns": (at + late) * NS_PER_MIN,
            "origin": "live",
            "t": value,
            "other": 1.0 if value is None else None,
        }
        for piece, at, late, value in seen
    ]
    return {"u": pl.DataFrame(table, schema={**KEYS, "t": pl.Float64, "other": pl.Float64})}


def told(seen):
    """Minutes known, place within its piece and value of each measurement, by piece, in the order of knowing."""
    pieces = {}
    for piece, at, late, value in sorted(seen, key=lambda s: (s[1] + s[2], s[0], s[1])):
        if value is not None:
            pieces.setdefault(piece, []).append((at + late, value))
    return pieces


@settings(max_examples=100, deadline=None)
@given(seen=SEEN)
def test_measurements_against_plain_python(seen):
    table = measurements(frame_of(seen), "t")
    pieces = told(seen)
    assert table.height == sum(map(len, pieces.values()))
    firsts = sorted(measured[0][0] for measured in pieces.values())
    for row in table.iter_rows(named=True):
        mine = pieces[row["piece"]]
        k, now = row["place"], mine[row["place"]][1]
        at = mine[k][0]
        assert (row["places"], row["at_ns"], row["value"]) == (len(mine), at * NS_PER_MIN, now)
        assert row["previous_ns"] == (mine[k - 1][0] * NS_PER_MIN if k else None)
        assert (row["result.now"], row["result.place"], row["result.is_first"]) == (now, k, float(k == 0))
        assert row["result.before"] == (mine[k - 1][1] - now if k else None)
        assert row["result.before2"] == (mine[k - 2][1] - now if k > 1 else None)
        assert row["result.first"] == mine[0][1] - now
        assert row["result.minutes_before"] == (at - mine[k - 1][0] if k else None)
        begun = min(a for p, a, late, _ in seen if p == row["piece"] and a + late <= at)
        assert row["piece.minutes"] == pytest.approx(at - begun)
        ends = [f for f in firsts if f > mine[-1][0]] + [mine[-1][0] + SILENCE_NS // NS_PER_MIN]
        assert row["finished_ns"] == min(ends) * NS_PER_MIN


@settings(max_examples=60, deadline=None)
@given(seen=SEEN)
def test_pairs_are_all_earlier_and_later_ones(seen):
    table = pairs(measurements(frame_of(seen), "t"))
    wanted = {
        (piece, k, j)
        for piece, mine in told(seen).items()
        for k in range(len(mine))
        for j in range(k + 1, len(mine))
        if mine[j][0] > mine[k][0]
    }
    got = table.select("piece", "place", "target_place").rows()
    assert len(got) == len(wanted)
    assert set(got) == wanted
    for row in table.with_columns(last=is_to_last(), step=is_step()).iter_rows(named=True):
        mine = told(seen)[row["piece"]]
        assert row["answer"] == mine[row["target_place"]][1]
        assert row["result.minutes_ahead"] == mine[row["target_place"]][0] - mine[row["place"]][0]
        assert row["last"] == bool(row["result.is_last"]) == (row["target_place"] == len(mine) - 1)
        assert row["step"] == (row["target_place"] == row["place"] + 1)


@pytest.mark.parametrize("frames", [{}, frame_of([]), frame_of([("a", 1, 0, None)])])
def test_no_measurement_is_no_question(frames):
    table = measurements(frames, "t")
    assert table.height == pairs(table).height == 0
    assert {*STANDING, *PATH, "finished_ns"} <= set(table.columns)


def test_values_of_no_piece_and_bad_ones_ask_nothing():
    frame = frame_of([("a", 1, 0, 5.0), ("a", 2, 0, 6.0), ("b", 3, 0, 7.0)])["u"]
    frame = frame.with_columns(
        pl.when(pl.col("piece") == "b").then(None).otherwise("piece").alias("piece"),
        pl.Series("t#", [0, 2, 0], dtype=pl.UInt8),
    )
    assert measurements({"u": frame}, "t")["value"].to_list() == [5.0]


def test_the_order_of_units_does_not_matter():
    one, other = (frame_of([("a", 1, 0, v)])["u"] for v in (5.0, 6.0))
    assert measurements({"u1": one, "u2": other}, "t").equals(measurements({"u2": other, "u1": one}, "t"))


def test_every_feature_of_the_result_has_words():
    assert set(WORDS) == {*STANDING, *PATH, *TARGET}
