"""Files of every kind to the same content, and files that do not fit, each with its message."""

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from pilothouse.connect.files.pattern import Expected
from pilothouse.connect.files.read import Reading, read_table, require
from pilothouse.errors import SourceError

EXPECTED = Expected.of(["key", "at", "T"])

TOML = """
[[import]]
key = "t"
file = "{file}"
piece = "Плавка"
time = "Время"
columns = {{ "Температура" = {{ parameter = "temperature" }} }}
"""


def workbook(*rows: list[Any], sheets: tuple[str, ...] = ("Лист1",), before: int = 0) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = sheets[0]
    for _ in range(before):
        sheet.append(["Протокол", None, None])
    for row in rows:
        sheet.append(row)
    for name in sheets[1:]:
        book.create_sheet(name)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def parquet(frame: pl.DataFrame) -> bytes:
    data = io.BytesIO()
    frame.write_parquet(data)
    return data.getvalue()


MOMENTS = [datetime(2019, 5, 3, 11, 16, 18), datetime(2019, 5, 3, 11, 25, 53, 500_000)]  # noqa: DTZ001
HEADER = ["Плавка", "Время", "Температура"]
CSV = "Плавка;Время;Температура\n1;2019-05-03 11:16:18;1571\n2;2019-05-03 11:25:53.5;1604,5\n"


def test_csv_parquet_and_excel_tell_the_same(new_works: Any) -> None:
    contents = {
        "utf8.csv": CSV.encode(),
        "russian.csv": CSV.encode("cp1251"),
        "wide.txt": CSV.replace(";", "\t").encode("utf-16"),
        "t.xlsx": workbook(HEADER, [1, MOMENTS[0], 1571], [2, MOMENTS[1], 1604.5]),
        "texts.xlsx": workbook(HEADER, ["1", "2019-05-03 11:16:18", "1571"], [2.0, MOMENTS[1], "1604,5"], before=3),
        "named.csv": workbook(HEADER, [1, MOMENTS[0], 1571], [2, MOMENTS[1], 1604.5]),
        "t.parquet": parquet(pl.DataFrame({"Плавка": [1, 2], "Время": MOMENTS, "Температура": [1571.0, 1604.5]})),
        "f.parquet": parquet(pl.DataFrame({"Плавка": [1.0, 2.0], "Время": MOMENTS, "Температура": ["1571", "1604.5"]})),
    }
    told = {}
    for name, content in contents.items():
        works = new_works()
        works.put(name, content)
        report = works.run(TOML.format(file=name))
        assert (report.failures, report.rejects) == ((), 0)
        told[name] = works.content()
    assert len(told["utf8.csv"]["temperature"]) == 2
    assert all(content == told["utf8.csv"] for content in told.values()), told


def test_garbage_in_a_workbook_costs_its_cell_and_names_its_row(works: Any) -> None:
    rows = [
        HEADER,
        [1, MOMENTS[0], "=1/0"],
        [None, None, None],
        [2, MOMENTS[1], 1604.5],
        [3, "bald", 1600],
        [4, MOMENTS[0], "x"],
    ]
    works.put("t.xlsx", workbook(*rows))
    report = works.run(TOML.format(file="t.xlsx"))
    assert works.values("temperature") == [1604.5]
    assert [(r["line"], r["text"]) for r in works.rejected("t")] == [(5, "bald"), (6, "x")]
    assert (report.mappings[0].rows, report.mappings[0].rows_empty, report.mappings[0].rows_rejected) == (4, 1, 2)


def test_a_sheet_by_name(works: Any) -> None:
    works.put("t.xlsx", workbook(HEADER, [1, MOMENTS[0], 1571], sheets=("Плавки", "Прочее")))
    works.run(TOML.format(file="t.xlsx") + 'sheet = "Плавки"\n')
    assert works.values("temperature") == [1571.0]
    [failure] = works.run(TOML.format(file="t.xlsx") + 'sheet = "Плавка"\n').failures
    assert "there is no sheet 'Плавка'; the workbook has: 'Плавки', 'Прочее'" in str(failure)
    assert 'Set sheet = "Плавки".' in str(failure)


def read(tmp_path: Path, name: str, data: bytes, **reading: Any) -> Any:
    path = tmp_path / name
    path.write_bytes(data)
    return read_table(path, EXPECTED, Reading(**reading))


@pytest.mark.parametrize(
    ("name", "data", "reading", "message"),
    [
        ("t.csv", b"", {}, "the file is empty"),
        ("t.xlsx", b"", {}, "the file is empty"),
        ("t.parquet", b"key,at,T\n", {}, "expected a Parquet file, got something else"),
        ("t.xlsx", b"key,at,T\n", {}, "expected an Excel file, got something else"),
        ("t.xlsx", workbook(["key"])[:500], {}, "the workbook cannot be read"),
        ("t.parquet", parquet(pl.DataFrame({"key": [1]}))[:-9], {}, "the Parquet file cannot be read"),
        ("t.parquet", parquet(pl.DataFrame({"key": [[1]]})), {}, r"the column 'key' holds List\(Int64\)"),
        (
            "t.csv",
            b"key,at,T\n1,2,3\n",
            {"delimiter": ";"},
            "with the delimiter ';' the header has 1 columns, 0 of those expected; with ',' there are 3",
        ),
        ("t.csv", b"key,at,T,T\n1,2,3\n", {}, "the header 'T' stands over columns 3, 4"),
    ],
)
def test_files_that_cannot_be_read(
    tmp_path: Path, name: str, data: bytes, reading: dict[str, str], message: str
) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        read(tmp_path, name, data, **reading)
    assert caught.value.context["file"] == name
    assert caught.value.hint


def test_a_folder_in_the_place_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="the file cannot be read"):
        read_table(tmp_path, EXPECTED, Reading())


def test_missing_columns_are_named_with_the_nearest() -> None:
    with pytest.raises(SourceError) as caught:
        require(
            ["", "key", "time", "Temprature"],
            Expected.of(["key", "Time of day", "Temperature"]),
            mapping="t",
            file="t.csv",
        )
    assert str(caught.value) == (
        "the columns 'Time of day', 'Temperature' are missing; the file has 'key', 'time', 'Temprature' (file t.csv). "
        "Correct the header in the file, or [[import]] t in plant.toml; perhaps 'Temprature' for 'Temperature'."
    )
    require(["key", "Bulk 3"], Expected.of(["key", "Bulk {n}"]), mapping="t", file="t.csv")
    with pytest.raises(SourceError, match=r"the column 'Bulk \{n\}' is missing"):
        require(["key", "Bulk"], Expected.of(["key", "Bulk {n}"]), mapping="t", file="t.csv")
