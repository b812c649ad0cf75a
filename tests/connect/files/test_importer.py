"""Whole imports: what is kept, what is rejected and why, and what is told about it."""

from typing import Any

import pytest

from pilothouse.errors import SourceError

TEMPERATURE = """
[[import]]
key = "t"
file = "t.csv"
piece = "key"
material = "heat"
time = "at"
columns = { "T" = { parameter = "temperature" } }
"""


def rows(*lines: str, header: str = "key,at,T") -> str:
    return "\n".join([header, *lines]) + "\n"


def test_values_go_to_the_unit_of_their_parameter_with_piece_and_times(works: Any) -> None:
    works.put("t.csv", rows("1,1970-01-01 00:00:10,1571", "2,1970-01-01 00:01:00,1604.5"))
    report = works.run(TEMPERATURE)
    assert works.told("temperature") == [("1", 10.0, 10.0, 10.0, 1571.0, 0), ("2", 60.0, 60.0, 60.0, 1604.5, 0)]
    assert works.historian.info().units == ("furnace",)
    assert works.historian.scan(["temperature"])["furnace"]["origin"].unique().to_list() == ["backfilled"]
    [counts] = report.mappings
    assert (counts.rows, counts.new, counts.rejects, counts.rows_empty) == (2, 2, 0, 0)
    assert (report.failures, report.new) == ((), 2)


def test_the_same_file_twice_changes_nothing(works: Any) -> None:
    works.put("t.csv", rows("1,1970-01-01 00:00:10,1571", "1,1970-01-01 00:00:20,1580", "2,bad,1600"))
    works.run(TEMPERATURE)
    before, content = works.historian.info(), works.content()
    report = works.run(TEMPERATURE)
    assert (report.mappings[0].new, report.mappings[0].unchanged, report.mappings[0].corrected) == (0, 2, 0)
    assert (works.historian.info(), works.content()) == (before, content)
    assert len(works.rejected("t")) == 1


def test_a_grown_file_adds_only_what_is_new(works: Any) -> None:
    works.put("t.csv", rows("1,1970-01-01 00:00:10,1571"))
    works.run(TEMPERATURE)
    works.put("t.csv", rows("1,1970-01-01 00:00:10,1571", "1,1970-01-01 00:00:20,1580"))
    report = works.run(TEMPERATURE)
    assert (report.mappings[0].new, report.mappings[0].unchanged) == (1, 1)
    assert works.values("temperature") == [1571.0, 1580.0]


def test_a_later_import_that_says_otherwise_is_a_correction(works: Any) -> None:
    works.put("t.csv", rows("1,1970-01-01 00:00:10,1571"))
    works.run(TEMPERATURE)
    works.put("t.csv", rows("1,1970-01-01 00:00:10,1572"))
    assert works.run(TEMPERATURE).mappings[0].corrected == 1
    assert works.values("temperature") == [1572.0]


def test_rows_of_one_import_that_contradict_each_other(works: Any) -> None:
    at = "1970-01-01 00:00:10"
    works.put("t.csv", rows(f"1,{at},1571", f"2,{at},1600", f"1,{at},1580", f"2,{at},1600.0"))
    report = works.run(TEMPERATURE)
    assert works.values("temperature") == [1571.0, 1600.0]
    assert works.rejected("t") == [
        {
            "file": "t.csv",
            "line": 4,
            "column": "T",
            "reason": "contradicts line 2 of t.csv, which says 1571.0 degC for the same piece, time and temperature; "
            "the earlier row counts",
            "text": "1580",
        }
    ]
    assert (report.mappings[0].rows_rejected, report.mappings[0].new) == (1, 2)


def test_contradictions_are_seen_across_files_and_columns_of_their_own_times(works: Any) -> None:
    works.put("a.csv", rows("1,1970-01-01 00:00:10,5,1970-01-01 00:00:11,7", header="key,a1,m1,a2,m2"))
    works.put("b.csv", rows("1,1970-01-01 00:00:10,6,1970-01-01 00:00:12,8", header="key,a1,m1,a2,m2"))
    toml = """
    [[import]]
    key = "m"
    file = ["a.csv", "b.csv"]
    piece = "key"
    columns = { "m{n}" = { parameter = "mass_{n}", time = "a{n}" } }
    """
    report = works.run(toml)
    assert (works.values("mass_1"), works.values("mass_2")) == ([5.0], [7.0, 8.0])
    [reject] = works.rejected("m")
    assert (reject["file"], reject["line"], reject["column"], reject["text"]) == ("b.csv", 2, "m1", "6")
    assert "contradicts line 2 of a.csv, which says 5.0 kg" in reject["reason"]
    assert (report.mappings[0].rows, report.mappings[0].rows_rejected) == (2, 0)


def test_a_bad_cell_costs_itself_only(works: Any) -> None:
    works.put("t.csv", rows("1,1970-01-01 00:00:10,abc,5", "1,1970-01-01 00:00:20,1580,x", header="key,at,T,P"))
    toml = TEMPERATURE.replace('"temperature" }', '"temperature" }, "P" = { parameter = "power" }')
    report = works.run(toml)
    assert (works.values("temperature"), works.values("power")) == ([1580.0], [5.0])
    assert [(r["line"], r["column"], r["reason"]) for r in works.rejected("t")] == [
        (2, "T", "expected a number, got 'abc'"),
        (3, "P", "expected a number, got 'x'"),
    ]
    assert (report.mappings[0].rows_rejected, report.mappings[0].rejects) == (0, 2)


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        (",1970-01-01,1571", "key", "no piece is named"),
        ("1,,1571", "at", "no time is given"),
        ("1,soon,1571", "at", "expected a time such as 2026-05-03 11:02:14, got 'soon'"),
        ("1,0219-01-01,1571", "at", "expected a year from 1678 to 2261"),
        ("1,1970-01-01,nan", "T", "expected a finite number, got 'nan'"),
        ("1,1970-01-01,-inf", "T", "expected a finite number, got '-inf'"),
        ("1,1970-01-01", "", "expected 3 cells as in the header, got 2"),
        ("1,1970-01-01,1,2", "", "expected 3 cells as in the header, got 4"),
    ],
)
def test_why_a_row_is_rejected(works: Any, line: str, column: str, reason: str) -> None:
    works.put("t.csv", rows("1,1970-01-01 00:00:10,1571", line, "2,1970-01-01 00:00:20,1580"))
    report = works.run(TEMPERATURE)
    assert works.values("temperature") == [1571.0, 1580.0]
    assert [(r["line"], r["column"], r["reason"]) for r in works.rejected("t")] == [(3, column, reason)]
    assert (report.mappings[0].rows, report.mappings[0].rows_rejected) == (3, 1)


def test_values_that_are_not_credible_are_kept_with_bad_status(works: Any) -> None:
    works.put("t.csv", rows("1,1970-01-01 00:00:10,1191", "1,1970-01-01 00:00:20,1450", "1,1970-01-01 00:00:30,1751"))
    report = works.run(TEMPERATURE)
    assert [(row[4], row[5]) for row in works.told("temperature")] == [(1191.0, 2), (1450.0, 0), (1751.0, 2)]
    assert (report.mappings[0].values_out_of_range, report.mappings[0].rejects) == (2, 0)


def test_a_value_on_the_edge_of_its_range_survives_conversion(works: Any) -> None:
    works.put("t.csv", rows("1,1970-01-01 00:00:10,1723.15", "1,1970-01-01 00:00:20,2023.15"))
    works.run(TEMPERATURE.replace('"temperature" }', '"temperature", unit = "K" }'))
    assert [row[5] for row in works.told("temperature")] == [0, 0]


def test_units_are_converted_and_differences_have_no_offset(works: Any) -> None:
    works.put("t.csv", rows("1,1970-01-01,2912,18,2500", header="key,at,T,dT,P"))
    works.run(
        TEMPERATURE.replace(
            '{ "T" = { parameter = "temperature" } }',
            '{ "T" = { parameter = "temperature", unit = "degF" }, "dT" = { parameter = "rise", unit = "degF" }, '
            '"P" = { parameter = "power", unit = "kW" } }',
        )
    )
    assert works.values("temperature") == [pytest.approx(1600.0)]
    assert works.values("rise") == [pytest.approx(10.0)]
    assert works.values("power") == [pytest.approx(2.5)]


def test_empty_rows_are_counted_and_not_rejected(works: Any) -> None:
    works.put("t.csv", rows("1,1970-01-01,", "1,,", ",,", "", "1,1970-01-02,n/a", "1,1970-01-03,1571"))
    report = works.run(TEMPERATURE + 'missing = ["n/a"]\n')
    counts = report.mappings[0]
    assert (counts.rows, counts.rows_empty, counts.rows_rejected, counts.new) == (5, 4, 0, 1)
    assert counts.reject_file is None


def test_a_reject_file_tells_of_the_last_import_only(works: Any) -> None:
    works.put("t.csv", rows("1,1970-01-01,abc"))
    assert works.run(TEMPERATURE).mappings[0].reject_file == works.root / "rejects" / "t.csv"
    works.put("t.csv", rows("1,1970-01-01,1571"))
    assert works.run(TEMPERATURE).mappings[0].reject_file is None
    assert list((works.root / "rejects").iterdir()) == []


INTERVAL = """
[[import]]
key = "arc"
file = "arc.csv"
piece = "key"
time = "begin"
columns = { "P" = { parameter = "power" } }
"""


def test_intervals_end_after_they_begin(works: Any) -> None:
    lines = ["1,1970-01-01 00:00:10,1970-01-01 00:00:40,2", "1,1970-01-01 00:01:00,1970-01-01 00:00:59,3"]
    works.put("arc.csv", rows(*lines, header="key,begin,stop,P"))
    works.run(INTERVAL + 'end = "stop"\n')
    assert works.told("power") == [("1", 10.0, 40.0, 40.0, 2.0, 0)]
    [reject] = works.rejected("arc")
    assert (reject["column"], reject["reason"]) == ("stop", "it ends before it begins, at 1970-01-01 00:01:00 UTC")


def test_a_duration_in_any_unit_gives_the_end(works: Any) -> None:
    lines = ["1,1970-01-01 00:00:00,1.5,2", "1,1970-01-01 00:05:00,-1,3", "1,1970-01-01 00:06:00,x,3"]
    works.put("arc.csv", rows(*lines, header="key,begin,minutes,P"))
    works.run(INTERVAL + 'duration = { column = "minutes", unit = "min" }\n')
    assert works.told("power") == [("1", 0.0, 90.0, 90.0, 2.0, 0)]
    reasons = [reject["reason"] for reject in works.rejected("arc")]
    assert reasons == ["a duration cannot be negative", "expected a duration as a number"]


def test_when_a_value_became_known(new_works: Any) -> None:
    lab = rows("1,1970-01-01 00:00:10,0.2,1970-01-01 02:00:00", header="key,at,C,released")
    toml = TEMPERATURE.replace('"T" = { parameter = "temperature" }', '"C" = { parameter = "carbon" }')
    for known, expected in (("", 10), ('known = { column = "released" }', 7200), ('known = { delay = "1 h" }', 3610)):
        works = new_works()
        works.put("t.csv", lab)
        works.run(toml + known + "\n")
        assert works.told("carbon")[0][3] == expected
        assert works.historian.info().units == ("laboratory",)


def test_time_zones_of_the_plant_of_an_import_and_of_a_text(new_works: Any) -> None:
    for zone, own, text, expected in (
        ("Europe/Moscow", "", "1970-01-01 03:00:10", 10),
        ("Europe/Moscow", 'time_zone = "Asia/Tokyo"', "1970-01-01 09:00:10", 10),
        ("Europe/Moscow", "", "1970-01-01T00:00:10Z", 10),
        ("Europe/Berlin", "", "2024-10-27 02:30:00", 1729989000),  # comes twice: the earlier instant
    ):
        works = new_works(zone)
        works.put("t.csv", rows(f"1,{text},1571"))
        works.run(TEMPERATURE + own + "\n")
        assert works.told("temperature")[0][1] == expected


def test_a_local_time_that_never_was_is_rejected(new_works: Any) -> None:
    works = new_works("Europe/Berlin")
    works.put("t.csv", rows("1,2024-03-31 02:30:00,1571", "1,2024-03-31 03:30:00,1580"))
    works.run(TEMPERATURE)
    assert works.values("temperature") == [1580.0]
    [reject] = works.rejected("t")
    assert reject["reason"] == "this local time never was in Europe/Berlin: clocks were put forward"


def test_times_still_to_come_are_kept_and_noted(works: Any) -> None:
    works.put("t.csv", rows("1,2030-01-01,1571"))
    assert works.run(TEMPERATURE).mappings[0].notes == (
        "1 observations lie in the future of this import; see whether the time zone is right",
    )
    assert works.values("temperature") == [1571.0]


def test_several_measurements_of_a_piece_in_one_row(works: Any) -> None:
    works.put(
        "t.csv",
        rows(
            "1,1970-01-01 00:00:10,1571,1970-01-01 00:00:20,1580",
            "2,,,1970-01-01 00:00:05,1600",
            header="key,a1,T1,a2,T2",
        ),
    )
    columns = '{ "T1" = { parameter = "temperature", time = "a1" }, "T2" = { parameter = "temperature", time = "a2" } }'
    works.run(TEMPERATURE.replace('time = "at"\n', "").replace('{ "T" = { parameter = "temperature" } }', columns))
    assert [(row[0], row[1], row[4]) for row in works.told("temperature")] == [
        ("2", 5.0, 1600.0),
        ("1", 10.0, 1571.0),
        ("1", 20.0, 1580.0),
    ]


MASSES = """
[[import]]
key = "m"
file = "m.csv"
piece = "key"
join = [{ file = "m_time.csv", on = "key", suffix = " time" }]
columns = { "M {n}" = { parameter = "mass_{n}", unit = "t", time = "M {n} time" } }
"""


def test_masses_and_their_times_in_two_files(works: Any) -> None:
    works.put("m.csv", rows("1,0.5,,", "2,,0.25,0.1", "3,0.1,,", header="key,M 1,M 2,M 9"))
    works.put(
        "m_time.csv",
        rows("2,x,1970-01-01 00:00:20,1970-01-01", "1,1970-01-01 00:00:10,,", header="key,M 1,M 2,M 9"),
    )
    report = works.run(MASSES)
    assert [(r[0], r[1], r[4]) for r in works.told("mass_1")] == [("1", 10.0, 500.0)]
    assert [(r[0], r[1], r[4]) for r in works.told("mass_2")] == [("2", 20.0, 250.0)]
    [reject] = works.rejected("m")
    assert (reject["line"], reject["reason"]) == (4, "no time is given: the joined file has no such row")
    assert report.mappings[0].notes == (
        "1 rows of m.csv have no partner in m_time.csv",
        "m.csv: the column 'M 9' is passed over: parameter 'mass_9' is not declared",
    )


def test_a_bad_cell_of_a_joined_file_is_named_there(works: Any) -> None:
    works.put("m.csv", rows("1,0.5", header="key,M 1"))
    works.put("m_time.csv", rows("7,1970-01-01", "1,never", "1,1970-01-02", header="key,M 1"))
    works.run(MASSES)
    assert [(r["file"], r["line"], r["column"], r["text"]) for r in works.rejected("m")] == [
        ("m_time.csv", 3, "M 1 time", "never"),
        ("m_time.csv", 4, "key", "1"),
    ]


GAS = """
[[import]]
key = "gas"
file = "gas.csv"
piece = "key"
time = "@piece_end"
columns = { "G" = { parameter = "gas" } }
"""


def test_a_total_takes_the_time_of_its_piece(works: Any) -> None:
    works.put("gas.csv", rows("1,29.5", "2,12", "9,7", header="key,G"))
    works.put("t.csv", rows("1,1970-01-01 00:00:10,1571", "1,1970-01-01 00:00:30,1580", "2,1970-01-01 00:00:05,1600"))
    report = works.run(GAS + TEMPERATURE)  # declared first, imported last
    assert [(r[0], r[1], r[3], r[4]) for r in works.told("gas")] == [("2", 5.0, 5.0, 12.0), ("1", 30.0, 30.0, 29.5)]
    assert [one.mapping for one in report.mappings] == ["gas", "t"]
    [reject] = works.rejected("gas")
    assert reject["reason"] == "the plant has no other observation on this piece to take its time from"


def test_a_total_that_did_not_change_keeps_its_time_when_the_piece_goes_on(works: Any) -> None:
    works.put("gas.csv", rows("1,29.5", "2,12", header="key,G"))
    works.put("t.csv", rows("1,1970-01-01 00:00:10,1571", "2,1970-01-01 00:00:20,1580"))
    works.run(GAS + TEMPERATURE)
    works.put("gas.csv", rows("1,29.5", "2,14", header="key,G"))
    works.put(
        "t.csv",
        rows(*(f"{piece},1970-01-01 00:00:{at},1571" for piece, at in ((1, 10), (1, 40), (2, 50))))
        + "2,1970-01-01 00:00:20,1580\n",
    )
    report = works.run(GAS + TEMPERATURE)
    assert [(r[0], r[1], r[4]) for r in works.told("gas")] == [("1", 10.0, 29.5), ("2", 20.0, 12.0), ("2", 50.0, 14.0)]
    assert (report.mappings[0].new, report.mappings[0].unchanged) == (1, 1)


def test_a_total_waits_for_the_imports_its_time_rests_on(works: Any) -> None:
    works.put("gas.csv", rows("1,29.5", header="key,G"))
    report = works.run(GAS + TEMPERATURE)
    assert report.mappings == ()
    assert [error.context["mapping"] for error in report.failures] == ["t", "gas"]
    assert "its times are those of the pieces, and these imports failed: t" in str(report.failures[1])


def test_a_missing_file_is_told_and_the_others_are_imported(works: Any) -> None:
    works.put("temp.csv", rows("1,1970-01-01,1571"))
    works.put("arc.csv", rows("1,1970-01-01,2", header="key,begin,P"))
    report = works.run(TEMPERATURE.replace("t.csv", "tmp.csv") + INTERVAL)
    assert works.values("power") == [2.0]
    [failure] = report.failures
    assert isinstance(failure, SourceError)
    assert str(failure) == (
        "no file 'tmp.csv' in source; it holds 'arc.csv', 'temp.csv'; the nearest name is 'temp.csv' "
        "(mapping t, file tmp.csv). Put the file there, or correct file = in this [[import]] of plant.toml."
    )


def test_one_bad_file_of_a_glob_does_not_cost_the_others(works: Any) -> None:
    works.put("t_1.csv", rows("1,1970-01-01,1571"))
    works.put("t_2.csv", rows("1,5", header="key,X"))
    works.put("t_3.csv", rows("3,1970-01-03,1573"))
    report = works.run(TEMPERATURE.replace("t.csv", "t_*.csv"))
    assert works.values("temperature") == [1571.0, 1573.0]
    assert report.mappings[0].files == ("t_1.csv", "t_3.csv")
    assert [error.context["file"] for error in report.failures] == ["t_2.csv"]


def test_a_folder_that_is_not_there(works: Any) -> None:
    (works.source).rmdir()
    with pytest.raises(SourceError, match="is no folder"):
        works.run(TEMPERATURE)


def test_progress_is_told_step_by_step(works: Any) -> None:
    works.put("t_1.csv", rows("1,1970-01-01,1571"))
    works.put("t_2.csv", rows("2,1970-01-01,1571"))
    steps: list[tuple[str, int, int]] = []
    works.run(TEMPERATURE.replace("t.csv", "t_*.csv"), progress=lambda *step: steps.append(step))
    assert steps[0][1] == 0
    assert steps[1:] == [("t", 1, 3), ("t", 2, 3), ("t", 3, 3)]


def test_values_of_no_piece(works: Any) -> None:
    works.put("t.csv", rows("1,1970-01-01 00:00:10,1571", "2,1970-01-01 00:00:20,1580"))
    works.run(TEMPERATURE.replace('piece = "key"\n', ""))
    assert [(row[0], row[4]) for row in works.told("temperature")] == [(None, 1571.0), (None, 1580.0)]


def test_a_wide_table_with_times_of_its_own_and_one_time_tell_the_same(new_works: Any) -> None:
    keys = [f"tag_{n}" for n in range(1, 21)]
    one, many = new_works(), new_works()
    lines = [f"1,1970-01-01 00:00:{at:02d}," + ",".join(str(at * 100 + n) for n in range(20)) for at in range(30)]
    for works in (one, many):
        works.put("t.csv", rows(*lines, header="key,at," + ",".join(keys)))
    columns = ", ".join(f'"{key}" = {{ parameter = "{key}" }}' for key in keys)
    own = ", ".join(f'"{key}" = {{ parameter = "{key}", time = "at", end = "at" }}' for key in keys[:10])
    rest = ", ".join(f'"{key}" = {{ parameter = "{key}" }}' for key in keys[10:])
    one.run(TEMPERATURE.replace('"T" = { parameter = "temperature" }', columns))
    many.run(TEMPERATURE.replace('"T" = { parameter = "temperature" }', f"{own}, {rest}"))
    assert one.content() == many.content()
    assert sum(map(len, one.content().values())) == 600
