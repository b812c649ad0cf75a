"""Long tables: names, units and statuses of their own on every row; and the same content as wide ones."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

LONG = """
[[import]]
key = "long"
file = "long.csv"
layout = "long"
piece = "key"
time = "at"
name = "tag"
value = "value"
"""
TAGS = 'tags = { "T101" = { parameter = "temperature", unit = "K" }, "W1" = { parameter = "mass_1", unit = "t" } }\n'


def put(works: Any, *lines: str, header: str = "key,at,tag,value") -> None:
    works.put("long.csv", "\n".join([header, *lines]) + "\n")


def test_names_are_parameters_or_tags(new_works: Callable[..., Any]) -> None:
    works = new_works()
    put(works, "1,1970-01-01 00:00:10,temperature,1571", "1,1970-01-01 00:00:10,carbon,0.2")
    works.run(LONG)
    assert (works.values("temperature"), works.values("carbon")) == ([1571.0], [0.2])
    assert works.historian.info().units == ("furnace", "laboratory")
    works = new_works()
    put(works, "1,1970-01-01 00:00:10,T101,1873.15", "1,1970-01-01 00:00:20,W1,0.5")
    works.run(LONG + TAGS)
    assert (works.values("temperature"), works.values("mass_1")) == ([pytest.approx(1600)], [500.0])


def test_a_unit_on_each_row(works: Any) -> None:
    lines = [
        "1,1970-01-01 00:00:10,power,2500,kW",
        "1,1970-01-01 00:00:20,power,3,",
        "1,1970-01-01 00:00:30,power,4,kg",
    ]
    put(works, *lines, header="key,at,tag,value,uom")
    works.run(LONG + 'unit = "uom"\n')
    assert works.values("power") == [2.5, 3.0]
    [reject] = works.rejected("long")
    assert (reject["line"], reject["column"], reject["text"]) == (4, "uom", "kg")
    assert "'kg' is not a unit of power" in reject["reason"]


def test_a_status_on_each_row(works: Any) -> None:
    statuses = ["Good", "", "Uncertain, last known", "BAD", "2", str(0x80340000), str(0x40000000), "192", "dunno"]
    put(
        works,
        *(f"1,1970-01-01 00:00:1{n},power,{n},{s}" for n, s in enumerate(statuses) if "," not in s),
        header="key,at,tag,value,q",
    )
    works.run(LONG + 'status = "q"\n')
    assert [row[5] for row in works.told("power")] == [0, 0, 2, 2, 2, 1, 1, 1]
    assert [(r["column"], r["reason"]) for r in works.rejected("long")] == [
        ("q", "unknown status '192': the value is kept as uncertain"),
        ("q", "unknown status 'dunno': the value is kept as uncertain"),
    ]


def test_names_nobody_maps(works: Any) -> None:
    put(works, "1,1970-01-01,T1O1,1600", "1,1970-01-01,,1600", "1,1970-01-01,,", "1,1970-01-02,T101,1873.15")
    report = works.run(LONG + TAGS)
    assert [r["reason"] for r in works.rejected("long")] == [
        "no parameter is mapped to the name 'T1O1'; the nearest name is 'T101'",
        "no name is given",
    ]
    assert (report.mappings[0].rows_rejected, report.mappings[0].rows_empty, report.mappings[0].new) == (2, 1, 1)
    report = works.run(LONG + TAGS + 'others = "ignore"\n')
    assert (report.rejects, report.mappings[0].rows_empty, report.mappings[0].unchanged) == (0, 3, 1)


def test_long_intervals_and_garbage(works: Any) -> None:
    lines = [
        "1,1970-01-01 00:00:10,1970-01-01 00:00:20,power,3",
        "1,1970-01-01 00:00:30,x,power,4",
        "1,1970-01-01 00:00:40,,power,y",
    ]
    put(works, *lines, header="key,at,end,tag,value")
    works.run(LONG + 'end = "end"\n')
    assert works.told("power") == [("1", 10, 20, 20, 3.0, 0)]
    assert [(r["line"], r["column"]) for r in works.rejected("long")] == [(3, "end"), (4, "value")]


def test_contradictions_and_ranges(works: Any) -> None:
    put(works, *(f"1,1970-01-01,temperature,{value}" for value in (1191, 1191, 1571)))
    report = works.run(LONG)
    assert works.told("temperature") == [("1", 0, 0, 0, 1191.0, 2)]
    assert [(r["line"], r["text"]) for r in works.rejected("long")] == [(4, "1571")]
    assert report.mappings[0].rows_rejected == 1


cells = st.dictionaries(
    st.tuples(st.sampled_from(["1", "2"]), st.integers(0, 5)),
    st.lists(st.one_of(st.none(), st.integers(1000, 2000)), min_size=3, max_size=3),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=cells)
def test_long_and_wide_tell_the_same(
    new_works: Callable[..., Any], rows: dict[tuple[str, int], list[int | None]]
) -> None:
    keys = ["temperature", "mass_1", "carbon"]
    wide, long = new_works(), new_works()
    at = "1970-01-01 00:00:0{}".format
    wide_lines = [
        f"{k},{at(t)}," + ",".join("" if v is None else str(v) for v in values) for (k, t), values in rows.items()
    ]
    wide.put("wide.csv", "\n".join(["key,at,A,B,C", *wide_lines]) + "\n")
    put(
        long,
        *(
            f"{k},{at(t)},{n},{v}"
            for (k, t), vs in rows.items()
            for n, v in zip("ABC", vs, strict=True)
            if v is not None
        ),
    )
    columns = ", ".join(f'"{name}" = {{ parameter = "{key}" }}' for name, key in zip("ABC", keys, strict=True))
    wide.run(f'[[import]]\nkey = "w"\nfile = "wide.csv"\npiece = "key"\ntime = "at"\ncolumns = {{ {columns} }}')
    long.run(LONG + f"tags = {{ {columns} }}")
    assert wide.content() == long.content()
    assert sum(map(len, wide.content().values())) == sum(v is not None for values in rows.values() for v in values)
