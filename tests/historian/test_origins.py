"""The law of origins, against a model that keeps every telling in a list."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.errors import SchemaDriftError
from pilothouse.historian.merge import TOLD
from pilothouse.historian.origins import origins_as_known, origins_in_shape, sift_origins
from pilothouse.plant.lineage import ORIGIN_COLUMNS
from pilothouse.testing.historian import origins

spans = st.sampled_from([(0.0, 1.0), (-0.0, 1.0), (0.0, 1.0 + 2**-52), (-2.0, 0.0)])
row = st.tuples(st.sampled_from("cd"), st.sampled_from(["a", "b", "a b"]), spans, st.integers(0, 12))
tellings = st.lists(st.lists(row, max_size=5), max_size=6)


def frame_of(told):
    return origins(*((child, parent, *span, known_ns) for child, parent, span, known_ns in told))


class Model:
    """By child every telling: set of parents and ranges, known, told."""

    def __init__(self):
        self.kept = {"c": [], "d": []}

    def tell(self, told, received_ns):
        for child, kept in self.kept.items():
            mine = [one for one in told if one[0] == child]
            if not mine:
                continue
            said = {(parent, start + 0.0, end + 0.0) for _, parent, (start, end), _ in mine}
            told_ns = max(one[3] for one in mine)
            if not kept:
                kept.append((said, told_ns, told_ns))
            elif said != kept[-1][0] and (all(said != one[0] for one in kept) or told_ns > max(k[2] for k in kept)):
                kept.append((said, max(told_ns, received_ns), told_ns))

    def known(self, as_of_ns):
        rows = []
        for child, kept in self.kept.items():
            seen = [one for one in kept if one[1] <= as_of_ns]
            rows += [(child, *said, seen[-1][1]) for said in seen[-1][0]] if seen else []
        return sorted(rows)


@settings(deadline=None)
@given(writes=tellings, as_of_ns=st.integers(0, 20))
def test_origins_are_versioned_like_values(writes, as_of_ns):
    model, parts = Model(), []
    schema = {**ORIGIN_COLUMNS, TOLD: pl.Int64, "telling": pl.Int64}
    for number, told in enumerate(writes):
        model.tell(told, received_ns=5 + number)
        stored = pl.concat([pl.DataFrame(schema=schema), *parts])
        shaped = origins_in_shape(frame_of(told))
        sifted = sift_origins(stored, shaped, received_ns=5 + number)
        assert sifted.new + sifted.unchanged + sifted.corrected == shaped.height
        order = pl.col("child").replace_strict({"c": 0, "d": 1}, return_dtype=pl.Int64) + 2 * number
        parts.append(sifted.rows.with_columns(order.alias("telling")))
    stored = pl.concat([pl.DataFrame(schema=schema), *parts])
    assert origins_as_known(stored, as_of_ns).rows() == model.known(as_of_ns)
    assert origins_as_known(stored).rows() == model.known(99)


@pytest.mark.parametrize(
    ("column", "cells"), [("child", [1]), ("start_m", ["0"]), ("known_ns", [0.5]), ("known_ns", [2**63])]
)
def test_another_type_is_refused(column, cells):
    good = origins(("c", "a", 0.0, 1.0, 5))
    dtype = pl.UInt64 if cells == [2**63] else None
    with pytest.raises(SchemaDriftError, match=column):
        origins_in_shape(good.with_columns(pl.Series(column, cells, dtype=dtype)))


def test_whole_numbers_and_categories_fit():
    odd = origins(("c", "a", 0.0, 1.0, 5)).cast({"start_m": pl.Int64, "child": pl.Categorical, "known_ns": pl.Int32})
    assert origins_in_shape(odd).rows() == [("c", "a", 0.0, 1.0, 5)]
