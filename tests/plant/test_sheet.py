"""Lists as engineers keep them: delimiters, encodings, decimal commas, workbooks; or one clear fault."""

import datetime as dt
import math
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.errors import Fault
from pilothouse.plant.sheet import Columns, Row, decoded, read_rows

COLUMNS = Columns(
    thing="spare", required=("key", "name", "mass"), optional=("limit_low",), numbers=frozenset({"mass", "limit_low"})
)


def read(path: Path, content: str | bytes) -> tuple[tuple[Row, ...], list[Fault]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    faults: list[Fault] = []
    return read_rows(path, COLUMNS, faults), faults


def values(rows: tuple[Row, ...]) -> list[tuple[str, str, float]]:
    return [(row.text("key"), row.text("name"), row.number("mass")) for row in rows]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_usual_delimiter(tmp_path: Path, delimiter: str) -> None:
    text = "key,name,mass\nroll,Work roll,2.5\nfan,Fan,1e-3\n".replace(",", delimiter)
    rows, faults = read(tmp_path / "spares.csv", text)
    assert faults == []
    assert values(rows) == [("roll", "Work roll", 2.5), ("fan", "Fan", 0.001)]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"], ids=["utf-8", "with mark", "utf-16", "cp1251"]
)
def test_cyrillic_in_any_usual_encoding(tmp_path: Path, encoding: str) -> None:
    text = "key;name;mass\nроль_1;Рабочий валок, т;2,5\nв2;Ёмкость °C;1\n"
    rows, faults = read(tmp_path / "spares.csv", text.encode(encoding))
    assert faults == []
    assert values(rows) == [("роль_1", "Рабочий валок, т", 2.5), ("в2", "Ёмкость °C", 1.0)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252", "latin-1"])
def test_western_letters_in_any_usual_encoding(tmp_path: Path, encoding: str) -> None:
    text = "key;name;mass\nkw;Kühlwasser, Größe;2,5\nt;Température d'entrée °C;1\n"
    rows, faults = read(tmp_path / "spares.csv", text.encode(encoding))
    assert faults == []
    assert [row.text("name") for row in rows] == ["Kühlwasser, Größe", "Température d'entrée °C"]


@given(st.lists(st.sampled_from(["Температура стали", "Расход газа", "Давление №1", "Время"]), min_size=1))
def test_cyrillic_words_are_always_read_from_their_code_page(words: list[str]) -> None:
    text = "key;" + " ".join(words)
    assert decoded(text.encode("cp1251")) == text


def test_letters_of_two_code_pages_are_not_guessed(tmp_path: Path) -> None:
    content = b"key,name,mass\n" + "a,Kühlwasser Größe,1\n".encode("cp1252") + "б,Валок прокатный,2\n".encode("cp1251")
    rows, faults = read(tmp_path / "spares.csv", content)
    assert rows == ()
    assert [str(f) for f in faults] == [
        "spares.csv:2: the encoding of the file is not known. Save it with the encoding UTF-8."
    ]


@pytest.mark.parametrize(
    ("cell", "delimiter", "number"),
    [
        ("2,5", ";", 2.5),
        ("2.5", ";", 2.5),
        ("-0,015", ";", -0.015),
        ("1,450", ";", 1.45),  # with semicolons between cells a comma is the decimal sign
        ('"2,5"', ",", 2.5),
        ('"0,015"', ",", 0.015),
        ("1 450,5", ";", 1450.5),
        ("1\N{NO-BREAK SPACE}450", ",", 1450.0),
        ("1'450.5", ",", 1450.5),
        ("\N{MINUS SIGN}3", ",", -3.0),
        ("+.5E2", ",", 50.0),
    ],
)
def test_numbers_as_people_write_them(tmp_path: Path, cell: str, delimiter: str, number: float) -> None:
    text = delimiter.join(("key", "name", "mass\na", "b", cell)) + "\n"
    rows, faults = read(tmp_path / "spares.csv", text)
    assert [row.number("mass") for row in rows] == [number]
    assert faults == []


@pytest.mark.parametrize("cell", ["ten", "nan", "inf", "1_000", "0x10", "1.450,5", "5 kg", "1e", "--1", "1 2"])
def test_what_may_not_be_a_number_is_a_fault(tmp_path: Path, cell: str) -> None:
    rows, faults = read(tmp_path / "spares.csv", f"key;name;mass\na;b;{cell}\n")
    assert math.isnan(rows[0].number("mass"))
    assert [(fault.line, fault.problem) for fault in faults] == [(2, f"spare a: mass: expected a number, got {cell!r}")]
    assert "plain digits" in faults[0].remedy


def test_a_comma_that_may_part_thousands_is_not_guessed(tmp_path: Path) -> None:
    rows, faults = read(tmp_path / "spares.csv", 'key,name,mass\na,b,"1,450"\n')
    assert math.isnan(rows[0].number("mass"))
    assert "got '1,450'" in faults[0].problem


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_comes_back_from_text_exactly(tmp_path_factory: pytest.TempPathFactory, number: float) -> None:
    path = tmp_path_factory.getbasetemp() / "numbers.csv"
    for text in (f"key,name,mass\na,b,{number!r}\n", f"key;name;mass\na;b;{str(number).replace('.', ',')}\n"):
        rows, _ = read(path, text)
        assert rows[0].number("mass") == number


def test_headings_in_any_case_and_order_and_empty_rows_keep_their_lines(tmp_path: Path) -> None:
    text = '\n Mass , NAME,Key,limit low,\n\n2.5,Fan,f,1\n,,,\n3,"two\nlines",g\n4,Last,h\n'
    rows, faults = read(tmp_path / "spares.csv", text)
    assert faults == []
    assert [row.line() for row in rows] == [4, 6, 8]
    assert [row.number("limit_low", default=None) for row in rows] == [1.0, None, None]


@pytest.mark.parametrize(
    ("content", "line", "problem", "remedy"),
    [
        (b"", 1, "the file is empty", "write the columns key, name, mass in the first row"),
        (b"\n \n,,\n", 1, "the file is empty", "write the columns"),
        (b"key;nam;mass\n", 1, "unknown column 'nam'", "use name, or remove the column"),
        (b"a,b\n1,2\n", 1, "the column 'key' is missing", "write the columns key, name, mass"),
        (b"key,name,mass,name\n", 1, "the column 'name' stands there 2 times", "keep one of them"),
        (b'key,name,mass\na,b,1\nc,"d,2\ne,f,3\n', 3, "the row is cut short or misquoted", "close the quotes"),
        (b"key,name,mass\na,b,1,2\n", 2, "spare a: 4 cells, but the heading names 3 columns", "in quotes"),
        (b"key,name,mass\na,b\0,1\n", 2, "this is not a text file", "save it as CSV"),
        (b"PK\x03\x04...", 1, "this is an Excel workbook, not a text", "give it the ending .xlsx"),
        (b"\xff\xfek", 1, "the text is damaged here", "save it again with the encoding UTF-8"),
        ("key,name,mass\nв,Валок,1\nд,Дверь,".encode() + b"\xff\n", 3, "the text is damaged here", "save it again"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_clear_fault(
    tmp_path: Path, content: bytes, line: int, problem: str, remedy: str
) -> None:
    _, faults = read(tmp_path / "spares.csv", content)
    found = [f for f in faults if f.line == line and problem in f.problem and remedy in f.remedy]
    assert len(found) == 1, faults


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    faults: list[Fault] = []
    assert read_rows(tmp_path, COLUMNS, faults) == ()
    assert "cannot be read" in faults[0].problem


def test_a_workbook_is_read_with_its_row_numbers(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A2"], sheet["B2"], sheet["C2"] = "Key", "Name", "Mass"
    sheet["A3"], sheet["B3"], sheet["C3"] = "roll", "Валок", 1450
    sheet["A5"], sheet["B5"], sheet["C5"] = "fan", dt.datetime(2026, 5, 3), 0.1  # noqa: DTZ001
    sheet["A6"], sheet["B6"], sheet["C6"] = "cap", "Cap", "2,5"
    sheet["A7"], sheet["B7"], sheet["C7"] = "bad", "Bad", "heavy"
    book.save(tmp_path / "spares.xlsx")
    faults: list[Fault] = []
    rows = read_rows(tmp_path / "spares.xlsx", COLUMNS, faults)
    assert faults == []
    assert [row.line() for row in rows] == [3, 5, 6, 7]
    assert values(rows[:3]) == [("roll", "Валок", 1450.0), ("fan", "2026-05-03 00:00:00", 0.1), ("cap", "Cap", 2.5)]
    assert math.isnan(rows[3].number("mass"))
    assert faults[0].line == 7


def test_an_empty_and_a_damaged_workbook(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "empty.xlsx")
    whole = (tmp_path / "empty.xlsx").read_bytes()
    (tmp_path / "cut.xlsx").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "none.xlsx").write_bytes(b"")
    for name, problem in (("empty", "the file is empty"), ("cut", "not a readable"), ("none", "not a readable")):
        faults: list[Fault] = []
        assert read_rows(tmp_path / f"{name}.xlsx", COLUMNS, faults) == ()
        assert [problem in fault.problem for fault in faults] == [True], faults
