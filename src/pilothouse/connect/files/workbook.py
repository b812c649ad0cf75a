"""Excel workbooks to a table of texts: a column may hold numbers, dates and garbage side by side."""

import re
from typing import Final

import fastexcel
import polars as pl

from pilothouse.connect.files.pattern import Expected, tidy
from pilothouse.connect.files.table import FILE, LINE, Table, check_unique, listed, nearest, no_rejects
from pilothouse.errors import SourceError

_ERRORS: Final = re.compile(r"^#(N/A|REF!|VALUE!|DIV/0!|NUM!|NAME\?|NULL!)$")


def read_workbook(data: bytes, expected: Expected, *, sheet: str | None, file: str) -> Table:
    """The table on a sheet of a workbook; its first row that holds one of the wanted headers is the header.

    Parameters
    ----------
    data
        The bytes of an .xlsx, .xlsm, .xlsb, .xls or .ods file.
    expected
        Which headers are wanted.
    sheet
        Its name; None for the first one.
    file
        Its name, for messages.

    Raises
    ------
    SourceError
        If it is no workbook, is cut off, or has no such sheet; or if a wanted header stands twice.
    """
    grid = _grid(data, sheet, file)
    rows = grid.height
    head = _header_row(grid, expected)
    headers = tuple(tidy(str(cell)) if cell is not None else "" for cell in grid.row(head)) if rows else ()
    wanted = [name for name in headers if name in expected]
    check_unique(headers, wanted, file)
    names = grid.columns
    lines = pl.int_range(head + 2, head + 2 + pl.len(), dtype=pl.Int64).alias(LINE)
    body = grid.slice(head + 1).with_columns(lines)
    body = body.filter(~pl.all_horizontal(pl.col(name).fill_null("").str.strip_chars() == "" for name in names))
    chosen = [pl.col(names[headers.index(name)]).alias(name) for name in wanted]
    frame = body.select(pl.lit(file).alias(FILE), LINE, *chosen)
    notes = () if frame.height else (f"{file} holds a header and no rows",)
    return Table(file=file, headers=headers, frame=frame, rejects=no_rejects(), rows=frame.height, notes=notes)


def _header_row(grid: pl.DataFrame, expected: Expected) -> int:
    """Workbooks like to begin with a title; the header is the row that holds most of what is expected."""
    scores = [expected.found_in([tidy(str(c)) for c in row if c is not None]) for row in grid.head(30).iter_rows()]
    most = max(scores, default=0)
    if most:
        return scores.index(most)
    filled = [any(cell is not None for cell in row) for row in grid.head(30).iter_rows()]
    return filled.index(True) if True in filled else 0


def _grid(data: bytes, sheet: str | None, file: str) -> pl.DataFrame:
    """All cells of a sheet as texts, from its first row on."""
    try:
        book = fastexcel.read_excel(data)
        names = book.sheet_names
        if sheet is not None and sheet not in names:
            guess = nearest(sheet, names)
            raise SourceError(
                f"there is no sheet {sheet!r}; the workbook has: {listed(names)}",
                hint=f'set sheet = "{guess or names[0]}"' if names else "export it again",
                file=file,
            )
        grid = book.load_sheet(sheet if sheet is not None else 0, header_row=None, skip_rows=0, dtypes="string")
        return grid.to_polars()
    except (fastexcel.FastExcelError, ValueError, pl.exceptions.PolarsError) as error:
        raise SourceError(
            f"the workbook cannot be read: {str(error).splitlines()[0][:200] if str(error) else type(error).__name__}",
            hint="open it in Excel and save it as .xlsx again; if that fails, the file is damaged or cut off",
            file=file,
        ) from error
