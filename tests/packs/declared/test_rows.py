"""The law: a row made from the whole record is the row that could have been made at its anchor."""

import math

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.clock import NS_PER_DAY, NS_PER_MIN
from pilothouse.decision.view import Read, Snapshot, View
from pilothouse.packs.declared.declaration import ScenarioDeclaration, TaskDeclaration
from pilothouse.packs.declared.features import TAKES, Feature
from pilothouse.packs.declared.questions import PATH, STANDING, TARGET
from pilothouse.packs.declared.rows import (
    judged,
    learnt,
    matching,
    open_row,
    recorded_rows,
    task_features,
    told_features,
    usual_values,
)
from pilothouse.packs.declared.windows import Window
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.plant import Plant

PARAMETERS = ("t", "power", "mass")
WINDOWS = ("before", "before/3min", "before/1h", "step", "ahead", "ahead/4min", "whole")
FIRST = TaskDeclaration(key="first", title="first", known="first", direct_without=())
PREVIOUS = TaskDeclaration(key="previous", title="previous", known="previous", direct_without=())
DECLARED = ScenarioDeclaration(
    key="s",
    title="s",
    piece="heat",
    result="t",
    unit="degC",
    mechanism=None,
    looks_back_days=14.0,
    tasks=(FIRST, PREVIOUS),
    features=tuple(
        Feature(name=f"{'_'.join(of)}.{take}.{over}", of=of, take=take, over=Window.parse(over))
        for of in (("power",), ("power", "mass"))
        for take in TAKES
        for over in WINDOWS
    ),
    levers=(),
    aim=None,
    words={},
)
PLANT = Plant(
    key="p",
    name="p",
    time_zone="UTC",
    currency="EUR",
    equipment={},
    parameters={
        p: Parameter(key=p, name=p, kind="opaque", unit="-", role="measured", equipment="u") for p in PARAMETERS
    },
    materials={},
    segments={},
    orders={},
    kpis={},
)
NOT_AHEAD = [f.name for f in DECLARED.features if f.over.side in {"before", "step"}]

# What is seen of four pieces that overlap: instants and intervals, known at once or late, sometimes days later.
SEEN = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d"]),
        st.sampled_from(PARAMETERS),
        st.integers(0, 90) | st.integers(12_000, 12_060) | st.integers(21_000, 21_060),  # minute: days 0, 8 and 14
        st.sampled_from([0, 0, 5, 30]),  # length; measurements of the result are instants
        st.sampled_from([0, 0, 0, 3, 60, 9_000]),  # late
        st.floats(-50, 50),
        st.sampled_from(["u1", "u2"]),
    ),
    min_size=2,
    max_size=18,
    unique_by=lambda seen: (seen[0], seen[2]),
)


class Record:
    """Observations by unit, each with one value, asked for like a historian."""

    def __init__(self, seen):
        schema = {
            "piece": pl.String,
            **dict.fromkeys(("start_ns", "end_ns", "known_ns"), pl.Int64),
            "origin": pl.String,
        }
        table = [
            {
                "unit": unit,
                "piece": piece,
                "start_ns": start * NS_PER_MIN,
                "end_ns": (start + (0 if name == "t" else length)) * NS_PER_MIN,
                "known_ns": (start + (0 if name == "t" else length) + late) * NS_PER_MIN,
                "origin": "live",
                **{p: value if p == name else None for p in PARAMETERS},
            }
            for piece, name, start, length, late, value, unit in seen
        ]
        whole = pl.DataFrame(table, schema={"unit": pl.String, **schema, **dict.fromkeys(PARAMETERS, pl.Float64)})
        self.frames = {
            unit: whole.filter(pl.col("unit") == unit).drop("unit").sort("start_ns", "end_ns", "piece")
            for unit in whole["unit"].unique().sort()
        }

    def scan(self, parameters, *, start_ns=None, end_ns=None, as_of_ns=None, pieces=None, upto=None):
        wanted = pl.col("start_ns") >= (-(2**62) if start_ns is None else start_ns)
        wanted &= pl.col("known_ns") <= (2**62 if as_of_ns is None else as_of_ns)
        return {unit: frame.filter(wanted) for unit, frame in self.frames.items()}


def snapshot(record, as_of_ns, span_ns=None):
    view = View(plant=PLANT, recorded=record, as_of_ns=as_of_ns, upto=1)
    return view.snapshot([Read(parameters=PARAMETERS, span_ns=span_ns)])


def differing(whole, live, names):
    return [
        (name, whole[name], live[name])
        for name in names
        if (whole[name] is None) != (live[name] is None)
        or (whole[name] is not None and not math.isclose(whole[name], live[name], rel_tol=1e-9, abs_tol=1e-9))
    ]


@settings(max_examples=60, deadline=None)
@given(seen=SEEN)
def test_a_recorded_row_is_the_row_that_stood_open_then(seen):
    record = Record(seen)
    rows = recorded_rows(snapshot(record, 2**62), DECLARED).table
    assert set(NOT_AHEAD) <= set(rows.columns)
    for whole in rows.iter_rows(named=True):
        for span_ns in (None, int(DECLARED.looks_back_days * NS_PER_DAY)):
            live = open_row(snapshot(record, whole["anchor_ns"], span_ns), DECLARED, whole["piece"]).table
            assert live.height == 1
            now = live.row(0, named=True)
            if now["place"] != whole["place"] and span_ns is None:
                continue  # several were known at one instant: the open row stands at the last of them
            own = [s for s in seen if s[0] == whole["piece"] and s[2] * NS_PER_MIN <= whole["anchor_ns"]]
            if span_ns is not None and any(s[2] * NS_PER_MIN < whole["anchor_ns"] - span_ns for s in own):
                continue  # a piece begun longer ago than the declaration looks back
            if now["place"] != whole["place"]:
                continue
            assert now["anchor_ns"] == whole["anchor_ns"]
            assert differing(whole, now, [*STANDING, *PATH, *NOT_AHEAD]) == []


@settings(max_examples=40, deadline=None)
@given(seen=SEEN, data=st.data())
def test_nothing_known_later_changes_a_row(seen, data):
    """Whatever is known after an anchor may be anything: no feature that stands at the anchor moves."""
    cut = data.draw(st.integers(0, 21_100)) * NS_PER_MIN
    other = [
        s if (s[2] + (0 if s[1] == "t" else s[3]) + s[4]) * NS_PER_MIN <= cut else (*s[:5], -s[5] - 1.0, s[6])
        for s in seen
    ]
    names = ["piece", "place", "target_place", "anchor_ns", *STANDING, *PATH, *NOT_AHEAD]
    first, second = (
        recorded_rows(snapshot(Record(s), 2**62), DECLARED).table.filter(pl.col("anchor_ns") <= cut).select(names)
        for s in (seen, other)
    )
    assert first.equals(second)


def small():
    """Three pieces: two measured three times, one once."""
    seen = [
        (piece, "t", base + 10 * k, 0, 0, 1500.0 + k, "u1") for piece, base in (("a", 0), ("b", 100)) for k in range(3)
    ]
    seen += [
        ("c", "t", 200, 0, 0, 1490.0, "u1"),
        ("a", "power", 5, 4, 0, 3.0, "u2"),
        ("b", "mass", 112, 0, 0, 80.0, "u2"),
    ]
    return recorded_rows(snapshot(Record(seen), 2**62), DECLARED)


def test_tasks_pick_their_questions():
    rows = small()
    picked = {
        task.known: [
            set(rows.filter(pick(rows, task)).table.select("piece", "place", "target_place").rows())
            for pick in (judged, learnt)
        ]
        for task in (FIRST, PREVIOUS)
    }
    both = [(p, k, j) for p in "ab" for k, j in ((0, 1), (0, 2), (1, 2))]
    assert picked["first"] == [{t for t in both if t[1:] == (0, 2)}, {t for t in both if t[2] == 2}]
    assert picked["previous"] == [{t for t in both if t[1:] == (1, 2)}, {t for t in both if t[2] == t[1] + 1}]


def test_standing_at_the_first_there_is_no_way_that_led_there():
    rows = small()
    assert task_features(rows, PREVIOUS) == rows.features
    left = set(rows.features) - set(task_features(rows, FIRST))
    assert left == {*PATH, *(f.name for f in DECLARED.features if f.over.name == "step")}


def test_only_pieces_finished_since_are_asked_for():
    view = snapshot(
        Record(
            [
                ("a", "t", 0, 0, 0, 1.0, "u1"),
                ("a", "t", 5, 0, 0, 1.0, "u1"),
                ("b", "t", 9, 0, 0, 2.0, "u1"),
                ("b", "t", 12, 0, 0, 2.0, "u1"),
            ]
        ),
        2**62,
    )
    assert set(recorded_rows(view, DECLARED).table["piece"]) == {"a", "b"}
    assert set(recorded_rows(view, DECLARED, since_ns=9 * NS_PER_MIN).table["piece"]) == {"b"}


def test_an_unknown_piece_has_no_open_row():
    view = Snapshot(as_of_ns=0, upto=0, frames={})
    assert open_row(view, DECLARED, "x").table.is_empty()
    assert recorded_rows(view, DECLARED).table.is_empty()


def test_columns_and_names():
    rows = small()
    assert rows.matrix([]).shape == (rows.table.height, 0)
    assert np.isnan(rows.column("result.before")).sum() == rows.table["result.before"].null_count()
    assert rows.change.tolist() == (rows.column("answer") - rows.column("result.now")).tolist()
    assert "power.sum.before" in told_features(rows)
    assert "power.sum.before" in matching(rows.features, ["*.before"])
    assert matching(rows.features, []) == frozenset()
    assert usual_values(rows)["result.minutes_ahead"] == 10.0
    assert set(usual_values(rows)) == set(rows.features)
    assert set(TARGET) <= set(rows.features)
