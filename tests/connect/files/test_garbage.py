"""Garbage never costs good data: a tenth of it with exact counts, any of it cell by cell, and files of mere noise."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pilothouse.seeds import stream

WIDE = """
[[import]]
key = "t"
file = "t.*"
piece = "Плавка"
time = "Время"
columns = { "Т {n}" = { parameter = "tag_{n}" } }
"""
HEADER = ["Плавка", "Время", *(f"Т {n}" for n in range(1, 6))]

SPOILT: dict[str, Callable[[list[str]], str]] = {
    "no number": lambda cells: ",".join([*cells[:2], *["Ошибка"] * 5]),
    "no time": lambda cells: ",".join([cells[0], "32.13.2019 25:61", *cells[2:]]),
    "no piece": lambda cells: ",".join(["", *cells[1:]]),
    "too few cells": lambda cells: ",".join(cells[:4]),
    "too many cells": lambda cells: ",".join([*cells, "7", "8"]),
    "an open quote": lambda cells: '"' + ",".join(cells[:5]),
    "binary": lambda cells: "\x00\x1b\x7f" + cells[0],
    "not finite": lambda cells: ",".join([*cells[:2], *["inf"] * 5]),
}


@pytest.mark.parametrize(("rows", "spoilt"), [(2_000, 200), pytest.param(200_000, 100_000, marks=pytest.mark.slow)])
def test_garbage_among_good_rows_with_exact_counts(works: Any, rows: int, spoilt: int) -> None:
    rng = stream(11, "garbage")
    kinds = list(SPOILT)
    bad = set(rng.choice(rows, spoilt, replace=False).tolist())
    lines, good = [], {}
    for row in range(rows):
        cells = [
            f"heat-{row}",
            f"2019-05-03 11:{row // 60 % 60:02d}:{row % 60:02d}",
            *(f"{row + n / 10}" for n in range(5)),
        ]
        if row in bad:
            lines.append(SPOILT[kinds[row % len(kinds)]](cells).encode() + (b"\xff\xfe" if row % 3 == 0 else b""))
        else:
            lines.append(",".join(cells).encode())
            good[cells[0]] = [row + n / 10 for n in range(5)]
    works.put("t.csv", b"\n".join([",".join(HEADER).encode(), *lines, b""]))
    report = works.run(WIDE)
    counts = report.mappings[0]
    told = {f"tag_{n}": {row[0]: row[4] for row in works.told(f"tag_{n}")} for n in range(1, 6)}
    for n in range(5):
        assert told[f"tag_{n + 1}"] == {piece: values[n] for piece, values in good.items()}
    assert (counts.rows, counts.rows_rejected, counts.new, counts.rows_empty) == (rows, spoilt, rows - spoilt, 0)
    assert {reject["line"] for reject in works.rejected("t")} == {row + 2 for row in bad}
    assert any("places cannot be read in utf-8" in note for note in counts.notes)


garbage = st.one_of(
    st.sampled_from(["", "abc", '"', '""', '"x', "nan", "-", "1;2", "1,5", "1.2.3", "\u2028", "NULL", "=SUM(A1)", "’"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=8),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spoilt=st.dictionaries(st.tuples(st.integers(0, 7), st.integers(0, 4)), garbage, max_size=12))
@example(spoilt={(0, 0): '"', (3, 2): '"'})
@example(spoilt={(0, 1): '"', (1, 1): '"'})
@example(spoilt={(6, 0): '"', (6, 1): "1;2", (7, 0): '"'})
@example(spoilt={(0, 4): '"a', (1, 0): 'b"'})
def test_garbage_cells_never_cost_the_good_ones(
    new_works: Callable[..., Any], spoilt: dict[tuple[int, int], str]
) -> None:
    works = new_works()
    table = [[str(100 * row + n) for n in range(5)] for row in range(8)]
    for (row, n), text in spoilt.items():
        table[row][n] = text
    cut = {row for (row, _), text in spoilt.items() if ";" in text}  # makes one cell two: such a row has no columns
    lines = [";".join([f"h{row}", f"2019-05-03 11:00:0{row}", *cells]) for row, cells in enumerate(table)]
    works.put("t.csv", "\n".join([";".join(HEADER), *lines, ""]))
    report = works.run(WIDE)
    assert report.failures == ()
    for n in range(5):
        told = {row[0]: row[4] for row in works.told(f"tag_{n + 1}")}
        for row in set(range(8)) - cut:
            if (row, n) not in spoilt:
                assert told.get(f"h{row}") == 100 * row + n, (works.rejected("t"), lines[row])
    counts = report.mappings[0]
    assert counts.rows == 8
    assert 0 <= counts.rows_rejected <= len({row for row, _ in spoilt})


def noise() -> list[bytes]:
    """Real files of each kind, cut short or with bytes changed, and bytes that mean nothing."""
    rng = stream(3, "noise")
    frame = pl.DataFrame({"Плавка": ["1", "2"], "Время": ["2019-05-03", "x"], "Т 1": [1.0, None]})
    book, parquet = io.BytesIO(), io.BytesIO()
    frame.write_parquet(parquet)
    sheets = openpyxl.Workbook()
    assert sheets.active is not None
    for row in (frame.columns, *frame.rows()):
        sheets.active.append(row)
    sheets.save(book)
    sound = [parquet.getvalue(), book.getvalue(), frame.write_csv().encode(), frame.write_csv().encode("utf-16")]
    files = []
    for data in sound:
        for _ in range(25):
            spoilt = np.frombuffer(data, dtype=np.uint8).copy()
            spoilt[rng.integers(len(spoilt), size=int(rng.integers(1, 12)))] = rng.integers(256)
            files.append(spoilt.tobytes()[: int(rng.integers(4, len(spoilt) + 1))])
            files.append(spoilt.tobytes())
    return files


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_damaged_files_never_end_in_a_traceback(new_works: Callable[..., Any], suffix: str) -> None:
    works = new_works()
    for data in noise():
        works.put("t" + suffix, data)
        report = works.run(WIDE)
        assert len(report.failures) + len(report.mappings) == 1
        assert all(str(failure) and failure.context["file"] for failure in report.failures)


HEADS = [b"", b"PAR1", b"PK\x03\x04", "Плавка,Время,Т 1\n".encode()]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=200),
    suffix=st.sampled_from([".csv", ".xlsx", ".parquet"]),
    head=st.sampled_from(HEADS),
)
def test_noise_never_ends_in_a_traceback(works: Any, data: bytes, suffix: str, head: bytes) -> None:
    for old in Path(works.source).iterdir():
        old.unlink()
    works.put("t" + suffix, head + data)
    report = works.run(WIDE)
    assert len(report.failures) + len(report.mappings) == 1
