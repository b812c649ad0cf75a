"""Text files: delimiters, quotes, ragged and truncated rows, each with its message."""

import csv
import io
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pilothouse.connect.files.delimited import read_delimited
from pilothouse.connect.files.encoding import Decoded
from pilothouse.connect.files.pattern import Expected, tidy
from pilothouse.connect.files.table import LINE, Table
from pilothouse.errors import SourceError

EXPECTED = Expected.of(["key", "T"])


def read(text: str, expected: Expected = EXPECTED, delimiter: str | None = None) -> Table:
    return read_delimited(Decoded(text=text, encoding="utf-8"), expected, delimiter=delimiter, file="t.csv")


def kept(table: Table) -> list[tuple[Any, ...]]:
    return table.frame.select(LINE, "key", "T").rows()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_that_finds_the_headers(delimiter: str) -> None:
    text = "key,T,a b".replace(",", delimiter) + "\n" + delimiter.join(["1", "2", "x"]) + "\n"
    assert kept(read(text)) == [(2, "1", "2")]


def test_an_unnamed_column_and_strange_headers() -> None:
    table = read('\n,"key"," T\n",\n0,1,2,\n')
    assert table.headers == ("", "key", "T", "")
    assert kept(table) == [(4, "1", "2")]


def test_line_ends_of_every_system_and_blank_lines() -> None:
    for end in ("\n", "\r\n", "\r"):
        assert kept(read(end.join(["key,T", "1,2", "", "  ", "3,4", ""]))) == [(2, "1", "2"), (5, "3", "4")]


def test_quoted_cells_hold_delimiters_quotes_and_line_ends() -> None:
    table = read('key,T\n"a,b",1\n"say ""so""",2\n"two\nlines",3\n"x","4"\n5" pipe,5\n')
    assert kept(table) == [
        (2, "a,b", "1"),
        (3, 'say "so"', "2"),
        (4, "two\nlines", "3"),
        (6, "x", "4"),
        (7, '5" pipe', "5"),
    ]
    assert table.rejects.is_empty()


def test_a_quote_never_closed_costs_its_own_line_only() -> None:
    table = read('key,T\n1,2\n"3,4,5\n5,6\n7,8\n')
    assert kept(table) == [(2, "1", "2"), (4, "5", "6"), (5, "7", "8")]
    assert table.rejects.select("line", "reason", "text").rows() == [
        (3, "a quote is opened and not closed; expected 2 cells as in the header, got 3", '"3,4,5')
    ]


def test_ragged_rows_are_rejected_and_empty_cells_too_many_are_no_harm() -> None:
    table = read("key,T\n1\n1,2,3\n1,2,, \n4,5\n")
    assert kept(table) == [(4, "1", "2"), (5, "4", "5")]
    assert table.rejects["reason"].to_list() == [
        "expected 2 cells as in the header, got 1",
        "expected 2 cells as in the header, got 3",
    ]
    assert table.rows == 4


@pytest.mark.parametrize("tail", ["3", '3,"19', '"3'])
def test_a_truncated_file_is_told_in_its_last_line(tail: str) -> None:
    header = "key,at,T\n1,a,2\n"
    table = read(header + tail)
    assert kept(table) == [(2, "1", "2")]
    got = tail.count(",") + 1
    [reason] = table.rejects["reason"].to_list()
    assert reason == f"the file ends inside this row, in cell {got} of 3: it seems cut off"
    assert table.notes == ("t.csv seems cut off in its last line: export it again and import it again",)


def test_a_last_line_without_end_is_kept_and_noted() -> None:
    table = read("key,T\n1,2\n3,157")
    assert kept(table) == [(2, "1", "2"), (3, "3", "157")]
    assert table.notes == ("the last line of t.csv has no line end; if the file is cut off, its last value may be too",)


def test_a_header_and_no_rows() -> None:
    assert read("key,T\n").notes == ("t.csv holds a header and no rows",)


def test_a_wanted_header_that_stands_twice() -> None:
    with pytest.raises(SourceError, match="the header 'T' stands over columns 2, 3"):
        read("key,T,T\n1,2,3\n")
    assert kept(read("key,T,x,x\n1,2,3,4\n")) == [(2, "1", "2")]


cell = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00", exclude_categories=["Cs"]), max_size=6)


@given(
    rows=st.lists(st.tuples(cell, cell), max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([0, 1]),
)
def test_what_the_standard_writer_writes_is_read(rows: list[tuple[str, str]], delimiter: str, quoting: int) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\n")  # type: ignore[arg-type]
    writer.writerows([("key", "T"), *rows])
    table = read(text.getvalue(), delimiter=delimiter)
    # A line inside a quoted cell that looks like a row of its own is taken for one.
    assume(not any("\n" in part and delimiter in part for row in rows for part in row))
    said = [(key or "", value or "") for _, key, value in kept(table)]
    assert [pair for pair in said if "".join(pair).strip()] == [pair for pair in rows if "".join(pair).strip()]


@given(text=st.text(max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    if not text.strip():
        return
    table = read("key,T\n" + text + "\n9,9\n")
    assert table.rows == table.frame.height + table.rejects.height
    assert tidy(text) == tidy(tidy(text))
