"""What live values of a stay come to."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.hub.stay import Stay, runs, summaries


def stay(piece: str, start: int, end: int, place: str = "line") -> Stay:
    return Stay(place=place, piece=piece, start_ns=start, end_ns=end)


def frame(**columns: list) -> pl.DataFrame:
    n = len(next(iter(columns.values())))
    schema = {key: pl.UInt8 if key.endswith("#") else pl.Float64 for key in columns}
    return pl.DataFrame({"time_ns": range(n), **columns}, schema={"time_ns": pl.Int64, **schema})


def test_each_stay_has_its_own_span_half_open() -> None:
    values = frame(speed=[1.0, 2.0, 3.0, 4.0], aim=[5.0, 6.0, 7.0, 8.0])
    told = summaries(values, [stay("a", 0, 2), stay("b", 2, 4), stay("c", 9, 12)], ["speed", "aim", "none"], {"aim"})
    assert told == [{"speed": (1.5, 0), "aim": (6.0, 0)}, {"speed": (3.5, 0), "aim": (8.0, 0)}, {}]


def test_bad_values_do_not_count_and_many_make_it_uncertain() -> None:
    values = frame(
        **{"t": [1.0, 90.0, None, None], "t#": [0, 2, 2, None], "u": [None] * 4, "u#": [2, None, None, None]}
    )
    assert summaries(values, [stay("a", 0, 4)], ["t", "u"], set()) == [{"t": (1.0, 1), "u": (None, 2)}]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 50), st.integers(1, 20)), max_size=30))
def test_runs_hold_every_stay_once_without_a_hole(drawn: list[tuple[int, int, int]]) -> None:
    stays = {stay(str(k), start, start + length, str(place)) for k, (place, start, length) in enumerate(drawn)}
    made = list(runs(stays))
    assert sorted(one for run in made for one in run) == sorted(stays)
    for run in made:
        assert len({one.place for one in run}) == 1
        covered = np.zeros(100, dtype=bool)
        for one in run:
            covered[one.start_ns : one.end_ns + 1] = True
        assert covered[min(o.start_ns for o in run) : max(o.end_ns for o in run)].all()
