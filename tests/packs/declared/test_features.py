"""Features against the same words worked out one row and one observation at a time."""

import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.clock import NS_PER_DAY, NS_PER_H
from pilothouse.historian.parquet import ParquetHistorian
from pilothouse.packs.declared.features import TAKES, Feature, feature_columns
from pilothouse.packs.declared.windows import Window
from pilothouse.testing.historian import rows as told

UNIT_NS = 60_000_000_000  # a minute
WINDOWS = ("before", "before/5s", "before/3min", "before/1h", "step", "ahead", "ahead/5s", "ahead/4min", "whole")
PARAMETERS = ("power", "mass")
FEATURES = [
    Feature(name=f"{name}.{take}.{over}", of=of, take=take, over=Window.parse(over))
    for name, of in (("power", ("power",)), ("both", PARAMETERS))
    for take in TAKES
    for over in WINDOWS
]

SPANS = {"before/5s": 5 / 60, "before/3min": 3, "before/1h": 60, "ahead/5s": 5 / 60, "ahead/4min": 4}


# ---- the oracle, in minutes --------------------------------------------------------------------------------------


def bounds(over, row):
    """Start (None where there is none) and end."""
    previous, anchor, target = row
    if over == "step":
        return (anchor if previous is None else previous), anchor
    if over.startswith("before"):
        return (anchor - SPANS[over] if over in SPANS else None), anchor
    if over == "whole":
        return None, target
    return (max(anchor, target - SPANS[over]) if over in SPANS else anchor), target


def share(over, row, begin, end, known):
    low, high = bounds(over, row)
    if over == "whole":
        return 1.0
    if not over.startswith("ahead") and known > high:
        return 0.0
    if begin == end:
        return float(begin <= high and (low is None or begin > low))
    return max(0.0, min(end, high) - (begin if low is None else max(begin, low))) / (end - begin)


def expected(take, over, row, observed):  # noqa: C901, PLR0911 - one line a word
    low, high = bounds(over, row)
    met = [(share(over, row, b, e, k), b, e, v) for b, e, k, v in observed]
    met = [one for one in met if one[0] > 0]
    length = None if low is None else high - low
    minutes = sum(s * (e - b) for s, b, e, _ in met)
    match take:
        case "sum":
            return sum(s * v for s, _, _, v in met)
        case "integral":
            return sum(s * (e - b) * v for s, b, e, v in met) / 60
        case "minutes":
            return minutes
        case "idle":
            return None if length is None else max(length - minutes, 0.0)
        case "count":
            return len(met)
        case "first":
            return met[0][3] if met else None
        case "last":
            return met[-1][3] if met else None
        case "mean":
            return sum(v for *_, v in met) / len(met) if met else None
        case "max":
            return max(v for *_, v in met) if met else None
        case "since":
            return min(high - min(e, high) for _, _, e, _ in met) if met else length
        case "until":
            return length if low is None or not met else min(max(b, low) - low for _, b, _, _ in met)
    raise AssertionError(take)


# ---- random plants -----------------------------------------------------------------------------------------------

OBSERVATION = st.tuples(
    st.sampled_from(PARAMETERS),
    st.sampled_from(["a", "b", None]),
    st.integers(-30, 30),  # start
    st.sampled_from([0, 0, 1, 4, 15, 50]),  # length
    st.sampled_from([0, 0, 0, 2, 40]),  # how late it was known
    st.floats(-100, 100),
    st.sampled_from([0, 0, 0, 1, 2]),  # status
    st.sampled_from(["u1", "u2"]),
)
ROW = st.tuples(
    st.sampled_from(["a", "b", "c"]), st.none() | st.integers(0, 20), st.integers(-20, 20), st.integers(0, 40)
)


def frames_of(observations):
    frames = {}
    for unit in ("u2", "u1"):  # the order in which units come must not matter
        told = [o for o in observations if o[7] == unit]
        parts = [
            pl.DataFrame(
                {
                    "piece": [piece],
                    "start_ns": [start * UNIT_NS],
                    "end_ns": [(start + length) * UNIT_NS],
                    "known_ns": [(start + length + late) * UNIT_NS],
                    "origin": ["live"],
                    **{p: [value if p == name else None] for p in PARAMETERS},
                    **{f"{p}#": [status if p == name else None] for p in PARAMETERS},
                },
                schema={
                    "piece": pl.String,
                    **dict.fromkeys(("start_ns", "end_ns", "known_ns"), pl.Int64),
                    "origin": pl.String,
                    **dict.fromkeys(PARAMETERS, pl.Float64),
                    **{f"{p}#": pl.UInt8 for p in PARAMETERS},
                },
            )
            for name, piece, start, length, late, value, status, _ in told
        ]
        if parts:
            frames[unit] = pl.concat(parts)
    return frames


def rows_of(rows):
    told = [
        {
            "piece": piece,
            "previous_ns": None if back is None else (anchor - back) * UNIT_NS,
            "anchor_ns": anchor * UNIT_NS,
            "target_ns": (anchor + ahead) * UNIT_NS,
        }
        for piece, back, anchor, ahead in rows
    ]
    return pl.DataFrame(told, schema={"piece": pl.String, **dict.fromkeys(list(told[0])[1:], pl.Int64)})


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(ROW, min_size=1, max_size=6), observations=st.lists(OBSERVATION, max_size=12))
def test_every_take_over_every_window(rows, observations):
    columns = feature_columns(rows_of(rows), frames_of(observations), FEATURES)
    assert columns.columns == [f.name for f in FEATURES]
    assert set(columns.dtypes) == {pl.Float64}
    for feature in FEATURES:
        for place, (piece, back, anchor, ahead) in enumerate(rows):
            # Ties in time stand in the order of parameters, then units, then rows.
            order = [o for p in feature.of for unit in ("u1", "u2") for o in observations if (o[0], o[7]) == (p, unit)]
            mine = [(b, b + n, b + n + late, v) for _, q, b, n, late, v, bad, _ in order if q == piece and bad < 2]
            mine.sort(key=lambda o: (o[0], o[1]))
            row = (None if back is None else anchor - back, anchor, anchor + ahead)
            wanted = expected(feature.take, feature.over.name, row, mine)
            got = columns[feature.name][place]
            what = (feature.name, row, mine, wanted, got)
            assert (wanted is None) == (got is None), what
            assert wanted is None or math.isclose(got, wanted, rel_tol=1e-9, abs_tol=1e-6), what


def test_first_and_last_hold_on_a_large_record():
    """Joining many rows at once does not shuffle their observations."""
    n = 4000
    frame = pl.DataFrame(
        {
            "piece": [f"p{i % 400}" for i in range(n)],
            "start_ns": list(range(n)),
            "end_ns": list(range(n)),
            "known_ns": list(range(n)),
            "origin": ["live"] * n,
            "power": [float(i) for i in range(n)],
        }
    )
    rows = pl.DataFrame(
        {"piece": [f"p{i}" for i in range(400)] * 20, "anchor_ns": [n] * 8000, "target_ns": [n] * 8000}
    ).with_columns(previous_ns=pl.lit(None, dtype=pl.Int64))
    over = Window.parse("before")
    wanted = [Feature(name=take, of=("power",), take=take, over=over) for take in ("first", "last")]
    columns = feature_columns(rows, {"u": frame}, wanted)
    assert columns["first"].to_list() == [float(i) for i in range(400)] * 20
    assert columns["last"].to_list() == [float(n - 400 + i) for i in range(400)] * 20


@pytest.mark.parametrize(
    "frames", [{}, {"u": frames_of([("mass", "a", 0, 0, 0, 1.0, 0, "u1")])["u1"].drop("power", "power#")}]
)
def test_a_parameter_nobody_wrote_is_nothing(frames):
    row = rows_of([("a", 3, 0, 5)])
    told = feature_columns(row, frames, [f for f in FEATURES if f.of == ("power",)])
    assert told["power.sum.ahead"].to_list() == [0.0]
    assert told["power.since.ahead"].to_list() == [5.0]
    assert told["power.mean.ahead"].to_list() == [None]


def test_a_value_known_in_time_is_seen_though_the_laboratory_adds_to_its_observation_later(tmp_path):
    with ParquetHistorian(tmp_path) as historian:
        historian.write("u", told({"power": 1571.0}))
        historian.write("u", told({"known_ns": NS_PER_DAY, "mass": 0.4}))
        frames = historian.scan(PARAMETERS, as_of_ns=7 * NS_PER_DAY)
    rows = pl.DataFrame(
        {"piece": ["h1"] * 2, "anchor_ns": [NS_PER_H, NS_PER_DAY], "target_ns": [2 * NS_PER_DAY] * 2}
    ).with_columns(previous_ns=pl.lit(None, dtype=pl.Int64))
    wanted = [
        Feature(name=f"{of}.{over}", of=(of,), take="last", over=Window.parse(over))
        for of in PARAMETERS
        for over in ("before", "before/48h")
    ]
    columns = feature_columns(rows, frames, wanted)
    assert columns["power.before"].to_list() == columns["power.before/48h"].to_list() == [1571.0, 1571.0]
    assert columns["mass.before"].to_list() == columns["mass.before/48h"].to_list() == [None, 0.4]
