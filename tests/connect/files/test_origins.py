"""Imports of who came of whom: what is kept and from when it counts, what is rejected and why."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilothouse.clock import NS_PER_S
from pilothouse.plant.lineage import genealogy_of

GENEALOGY = """
[[genealogy]]
key = "descent"
file = "genealogy*.csv"
child_material = ["slab", "coil"]
child = "child"
parent = "parent"
start = "start"
end = "end"
"""
WITH_TIME = GENEALOGY + 'known = { column = "cut" }\n'
VALUES = """
[[import]]
key = "t"
file = "t.csv"
piece = "key"
time = "at"
known = { delay = "10 s" }
columns = { "P" = { parameter = "power" } }
"""
TINY = "child,parent,start,end\ns1,h1,0,9.5\ns2,h1,9.5,20\nc1,s1,0,9.5\n"


def values(*rows):
    """Observations of pieces at so many seconds."""
    return "key,at,P\n" + "".join(f"{piece},1970-01-01 00:{s // 60:02d}:{s % 60:02d},5\n" for piece, s in rows)


def told(works):
    rows = works.historian.genealogy().rows()
    return [(*row[:4], row[4] // NS_PER_S) for row in rows]


def test_a_tiny_world(works):
    """Known from the instant at which the child was first observed; a second observation changes nothing."""
    works.put("t.csv", values(("h1", 1), ("s1", 20), ("s1", 90), ("s2", 30), ("c1", 300)))
    works.put("genealogy.csv", TINY)
    report = works.run(VALUES + GENEALOGY)
    assert told(works) == [("c1", "s1", 0.0, 9.5, 310), ("s1", "h1", 0.0, 9.5, 30), ("s2", "h1", 9.5, 20.0, 40)]
    [one] = report.genealogies
    assert (one.rows, one.new, one.rows_rejected, one.rows_waiting, one.notes) == (3, 3, 0, 0, ())
    assert report.changed
    again = works.run(VALUES + GENEALOGY)
    assert (again.genealogies[0].unchanged, again.changed) == (3, False)


def test_a_column_or_a_delay_says_when_it_was_known(works):
    works.put("genealogy.csv", "child,parent,start,end,cut\ns1,h1,0,9.5,1970-01-01 01:00:05\n")
    works.run(WITH_TIME)
    assert told(works) == [("s1", "h1", 0.0, 9.5, 3605)]
    works.put("t.csv", values(("c1", 60)))
    works.put("genealogy.csv", "child,parent,start,end\nc1,s1,0,9.5\n")
    works.run(VALUES + GENEALOGY + 'known = { delay = "5 min" }\n')
    assert told(works)[0] == ("c1", "s1", 0.0, 9.5, 60 + 10 + 300)


def test_what_was_made_of_a_child_tells_of_it_where_nobody_observed_it(works):
    works.put("t.csv", values(("c1", 300), ("c2", 200)))
    works.put("genealogy.csv", "child,parent,start,end\ns1,h1,0,9\nc1,s1,0,4\nc2,s1,4,9\n")
    works.run(VALUES + GENEALOGY)
    assert told(works)[-1] == ("s1", "h1", 0.0, 9.0, 210)


def test_rows_wait_until_their_child_was_observed(works):
    """Nobody can say when they were known; when somebody can, another import takes them."""
    works.put("t.csv", values(("s1", 20)))
    works.put("genealogy.csv", TINY)
    [one] = works.run(VALUES + GENEALOGY).genealogies
    assert (one.rows, one.new, one.rows_waiting, one.rows_rejected) == (3, 1, 2, 0)
    assert "rows that wait: 2" in one.notes[0]
    works.put("t.csv", values(("s1", 20), ("s2", 50), ("c1", 50)))
    [one] = works.run(VALUES + GENEALOGY).genealogies
    assert (one.new, one.unchanged, one.rows_waiting) == (2, 1, 0)


def test_it_waits_where_the_observations_it_rests_on_failed(works):
    works.put("genealogy.csv", TINY)
    report = works.run(VALUES + GENEALOGY)
    assert report.genealogies == ()
    assert [failure.context["mapping"] for failure in report.failures] == ["t", "descent"]
    works.put("genealogy.csv", "child,parent,start,end,cut\ns1,h1,0,9.5,1970-01-01\n")
    assert works.run(VALUES + WITH_TIME).genealogies[0].new == 1


def test_ranges_are_converted_to_metres(works):
    works.put("genealogy.csv", "child;parent;start;end;cut\ns1;h1;0;9500,5;01.01.1970 00:00:07\n")
    works.run(WITH_TIME + 'unit = "mm"\n')
    assert told(works) == [("s1", "h1", 0.0, pytest.approx(9.5005), 7)]


def test_another_parent_told_later_replaces_the_wrong_one(works):
    header, at = "child,parent,start,end,cut\n", "1970-01-01"
    works.put("genealogy.csv", f"{header}s1,h1,0,9,{at}\ns2,h1,9,12,{at}\n")
    works.run(WITH_TIME)
    works.put("genealogy.csv", f"{header}s1,h2,0,9,{at}\ns2,h1,9,12,{at}\n")
    [one] = works.run(WITH_TIME).genealogies
    assert (one.new, one.corrected, one.unchanged) == (0, 1, 1)
    assert [row[:2] for row in told(works)] == [("s1", "h2"), ("s2", "h1")]
    assert works.historian.genealogy(as_of_ns=0)["parent"].to_list() == ["h1", "h1"]


def test_files_are_put_together_before_anything_is_told(works):
    """A slab of two heats in two files is one telling; the same row in both is one."""
    header, at = "child,parent,start,end,cut\n", "1970-01-01"
    works.put("genealogy_1.csv", f"{header}s1,h1,90,100,{at}\n")
    works.put("genealogy_2.csv", f"{header}s1,h2,0,3,{at}\ns1,h1,90,100,{at}\n")
    [one] = works.run(WITH_TIME).genealogies
    assert (one.rows, one.new, one.unchanged, one.corrected) == (3, 2, 1, 0)
    assert [row[1] for row in told(works)] == ["h1", "h2"]


GOOD = "s1,h1,0,9,1970-01-01 00:00:01"
BAD = [
    (",h1,0,9,1970-01-01", "child", "no child is named"),
    ("s2,,0,9,1970-01-01", "parent", "no parent is named"),
    ("s2,s2,0,9,1970-01-01", "parent", "a piece is not made of itself"),
    ("s2,h1,abc,9,1970-01-01", "start", "expected a finite number"),
    ("s2,h1,0,inf,1970-01-01", "end", "expected a finite number"),
    ("s2,h1,,9,1970-01-01", "start", "the range has no start"),
    ("s2,h1,0,,1970-01-01", "end", "the range has no end"),
    ("s2,h1,9,9,1970-01-01", "end", "the range does not end behind its start"),
    ("s2,h1,9,8.5,1970-01-01", "end", "the range does not end behind its start"),
    ("s2,h1,0,9,soon", "cut", "expected a time such as 2026-05-03 11:02:14, got 'soon'"),
    ("s2,h1,0,9,", "cut", "no instant when it became known is given"),
    ("s2,h1,0", "", "expected 5 cells as in the header, got 3"),
    ("s2,h1,0,9,1970-01-01,7", "", "expected 5 cells as in the header, got 6"),
    ("h1,s1,0,9,1970-01-01", "", "it closes a circle of descent: h1 of s1 of h1; earlier rows count"),
]


@pytest.mark.parametrize(("line", "column", "reason"), BAD)
def test_why_a_row_is_rejected(works, line, column, reason):
    last = "s9,h1,9,12,1970-01-01 00:00:01"
    works.put("genealogy.csv", f"child,parent,start,end,cut\n{GOOD}\n{line}\n{last}\n")
    [one] = works.run(WITH_TIME).genealogies
    assert [(r["line"], r["column"], r["reason"]) for r in works.rejected("descent")] == [(3, column, reason)]
    assert [row[0] for row in told(works)] == ["s1", "s9"]
    assert (one.rows, one.rows_rejected, one.rows_empty, one.new) == (3, 1, 0, 2)
    assert one.reject_file is not None


def test_an_empty_row_is_neither_kept_nor_rejected(works):
    works.put("genealogy.csv", "child,parent,start,end,cut\n" + GOOD + "\n,,,,1970-01-01\n")
    [one] = works.run(WITH_TIME).genealogies
    assert (one.rows, one.rows_empty, one.rows_rejected, one.new) == (2, 1, 0, 1)


def test_a_circle_with_what_is_stored_of_others(works):
    header, at = "child,parent,start,end,cut\n", "1970-01-01"
    works.put("genealogy.csv", f"{header}s1,h1,0,9,{at}\nc1,s1,0,9,{at}\n")
    works.run(WITH_TIME)
    works.put("genealogy.csv", f"{header}h1,c1,0,9,{at}\nc2,s1,0,9,{at}\n")
    works.run(WITH_TIME)
    assert works.rejected("descent")[0]["reason"].startswith("it closes a circle of descent: h1 of c1 of s1 of h1")
    assert [row[:2] for row in told(works)] == [("c1", "s1"), ("c2", "s1"), ("s1", "h1")]


def test_a_missing_column_names_the_table_to_correct(works):
    works.put("genealogy.csv", "child,made_of,start,end\ns1,h1,0,9\n")
    [failure] = works.run(GENEALOGY).failures
    assert "the column 'parent' is missing" in failure.message
    assert "[[genealogy]] descent" in failure.hint


def test_a_missing_file_names_the_table_to_correct(works):
    [failure] = works.run(GENEALOGY).failures
    assert "[[genealogy]]" in failure.hint


def test_headers_with_braces_are_just_headers(works):
    works.put("genealogy.csv", "{c},parent,start,end,cut\n" + GOOD + "\n")
    assert works.run(WITH_TIME.replace('child = "child"', 'child = "{c}"')).genealogies[0].new == 1


def test_progress_is_told(works):
    steps = []
    works.put("genealogy.csv", "child,parent,start,end,cut\n" + GOOD + "\n")
    works.run(WITH_TIME, lambda mapping, done, total: steps.append((mapping, done, total)))
    assert steps == [("descent", 0, 2), ("descent", 1, 2), ("descent", 2, 2)]


cell = st.sampled_from(["", "a", "b", "c", "d", "0", "1", "2.5", "nan", "x;y", "’"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=st.lists(st.lists(cell, min_size=3, max_size=5), max_size=12))
def test_whatever_stands_there_the_counts_add_up_and_no_circle_is_kept(new_works, table):
    works = new_works()
    lines = [",".join(cells) for cells in table]
    works.put("genealogy.csv", "\n".join(["child,parent,start,end", *lines, "e,a,0,1", ""]))
    works.put("t.csv", values(*((piece, 5) for piece in "abce")))
    [one] = works.run(VALUES + GENEALOGY).genealogies
    assert one.rows == one.rows_empty + one.rows_rejected + one.rows_waiting + one.new + one.unchanged + one.corrected
    genealogy = genealogy_of(works.historian.genealogy())
    assert genealogy.loop() == ()
    assert "a" in {origin.parent for origin in genealogy.parents("e")}
    assert {reject["line"] for reject in works.rejected("descent")} <= set(range(2, len(table) + 2))


def test_twenty_thousand_coils(works):
    """With a chain of heats, each poured onto what the one before left: no walk goes up it for every row."""
    heats = [f"h{k},h{k - 1},0,1,1970-01-01" for k in range(1, 2000)]
    coils = [f"c{k},h{k % 2000},0,1,1970-01-01" for k in range(20_000)]
    circle = ["h0,h1999,0,1,1970-01-01", "x,y,0,1,1970-01-01", "y,x,0,1,1970-01-01"]
    works.put("genealogy.csv", "\n".join(["child,parent,start,end,cut", *heats, *coils, *circle, ""]))
    [one] = works.run(WITH_TIME).genealogies
    assert (one.new, one.rows_rejected) == (22_000, 2)
