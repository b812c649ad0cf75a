import polars as pl

from pilothouse.decision.view import Snapshot
from pilothouse.packs.steel.unit_table import unit_tables


def frame(rows):
    return pl.DataFrame(rows, orient="row", schema=["piece", "end_ns", "known_ns", "a", "b", "c", "c#"]).with_columns(
        start_ns="end_ns", origin=pl.lit("simulated")
    )


def test_what_is_told_of_heats_stands_apart_from_what_is_told_of_slabs():
    rows = [("H1", 1, 1, 1.0, 2.0, None, None), ("H2", 2, 2, 3.0, 4.0, None, None)]
    rows += [(f"S{k}", 3 + k, 3 + k, None, None, 0.5 * k, 0) for k in range(3)]
    tables = list(unit_tables(Snapshot(as_of_ns=9, upto=1, frames={"caster": frame(rows)})))
    assert [(table.names, table.pieces) for table in tables] == [
        (("c",), ("S0", "S1", "S2")),
        (("a", "b"), ("H1", "H2")),
    ]
    assert tables[1].values.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_a_late_result_joins_its_piece_and_a_bad_one_does_not_count():
    rows = [("P", 1, 1, 1.0, None, 7.0, 2), ("Q", 2, 2, 2.0, None, 8.0, 0), ("P", 1, 5, None, 6.0, None, None)]
    rows += [("Q", 2, 6, None, 7.0, None, None)]
    [table] = unit_tables(Snapshot(as_of_ns=9, upto=1, frames={"line": frame(rows)}))
    assert table.pieces == ("P", "Q")
    assert table.values[:, :2].tolist() == [[1.0, 6.0], [2.0, 7.0]]
    assert table.values[0, 2] != table.values[0, 2]
    assert table.values[1, 2] == 8.0
