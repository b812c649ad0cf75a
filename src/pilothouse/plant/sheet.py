"""A small list kept by people, as .csv or .xlsx, read row by row with the same reader as TOML tables.

Accepted as engineers keep them: commas, semicolons, tabs or bars between cells; UTF-8 with or without a byte order
mark, UTF-16 with one, and the Windows code pages 1251 and 1252; decimal points and decimal commas; headings in any
case and order; empty rows. Whatever cannot be read for certain is a fault, never a guess.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

import fastexcel
import polars as pl

from pilothouse.errors import Fault, use_known
from pilothouse.plant.table import Table

_DELIMITERS: Final = ",;\t|"
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_GROUPED: Final = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


class Row(Table):
    """One row: a table whose keys are the headings of its filled cells."""

    absent: ClassVar[str] = "fill in the column {key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The headings of a list.

    Parameters
    ----------
    thing
        What a row describes, in one word.
    required, optional
        Headings of columns of text.
    numbers
        Which of them hold numbers.
    """

    thing: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    numbers: frozenset[str] = frozenset()

    @property
    def known(self) -> tuple[str, ...]:
        """All of them."""
        return self.required + self.optional


def read_rows(path: Path, columns: Columns, faults: list[Fault]) -> tuple[Row, ...]:
    r"""The rows of a list; what is wrong with the file is noted in ``faults``.

    Parameters
    ----------
    path
        A .csv or .xlsx file; of a workbook the first sheet counts.
    columns
        The headings to expect.
    faults
        Where faults are noted; of a file that cannot be read no row is given.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "spares.csv"
    >>> _ = path.write_text("Key;Mass\nroll;2,5\nfan;heavy\n")
    >>> faults = []
    >>> rows = read_rows(path, Columns(thing="spare", required=("key", "mass"), numbers=frozenset({"mass"})), faults)
    >>> [(row.line(), row.text("key"), row.number("mass")) for row in rows]
    [(2, 'roll', 2.5), (3, 'fan', nan)]
    >>> print(faults[0].problem)
    spare fan: mass: expected a number, got 'heavy'
    """
    try:
        if path.suffix.lower() == ".xlsx":
            table, has_decimal_comma = _workbook_lines(path), False
        else:
            text = decoded(path.read_bytes())
            delimiter = _delimiter(text, columns)
            table, has_decimal_comma = _text_lines(text, delimiter), delimiter != ","
        lines = [(line, cells) for line, cells in table if any(cells)]
    except _UnreadableError as error:
        faults.append(Fault(file=path.name, line=error.line, problem=str(error), remedy=error.remedy))
        return ()
    except OSError as error:
        problem = f"the file cannot be read: {error.strerror}"
        faults.append(Fault(file=path.name, line=1, problem=problem, remedy="close it elsewhere, check its rights"))
        return ()
    if not lines:
        faults.append(Fault(file=path.name, line=1, problem="the file is empty", remedy=_heading_remedy(columns)))
        return ()
    heading = _Heading.read(path.name, lines[0], columns, faults)
    if heading is None:
        return ()
    return tuple(heading.row(line, cells, has_decimal_comma, faults) for line, cells in lines[1:])


def decoded(raw: bytes) -> str:
    """The text of bytes: UTF-8, UTF-16 with its mark, or the Windows code page that its letters show.

    In page 1251 whole words are letters of the upper half (``Температура``), in page 1252 such letters stand
    among plain ones (``Kühlwasser``); where both are found nothing is guessed.

    Examples
    --------
    >>> decoded("Температура".encode("cp1251")), decoded("Kühlwasser °C".encode("cp1252"))
    ('Температура', 'Kühlwasser °C')
    """
    if raw.startswith(b"PK\x03\x04"):
        raise _UnreadableError("this is an Excel workbook, not a text", "give it the ending .xlsx")
    is_wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = raw.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        salvaged = raw.decode("utf-8", errors="replace")
        lost = salvaged.count("\N{REPLACEMENT CHARACTER}")
        if is_wide or sum(not c.isascii() for c in salvaged) > 2 * lost:
            raise _UnreadableError("the text is damaged here", "save it again with the encoding UTF-8", line) from error
        text = _from_code_page(raw, line)
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise _UnreadableError("this is not a text file", "save it as CSV with the encoding UTF-8", line)
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heading:
    """The headings as found, in the order of the cells."""

    file: str
    columns: Columns
    found: tuple[str, ...]

    @staticmethod
    def read(file: str, first: tuple[int, Sequence[str]], columns: Columns, faults: list[Fault]) -> "_Heading | None":
        """The headings, or None where they are not the expected ones."""
        line, cells = first
        found = tuple(cell.casefold().replace(" ", "_") for cell in cells)
        while found and not found[-1]:
            found = found[:-1]
        before = len(faults)
        for name in dict.fromkeys(found):
            if found.count(name) > 1:
                problem, remedy = f"the column {name!r} stands there {found.count(name)} times", "keep one of them"
                faults.append(Fault(file=file, line=line, problem=problem, remedy=remedy))
            if name not in columns.known:
                remedy = use_known(name, [c for c in columns.known if c not in found]) + ", or remove the column"
                faults.append(Fault(file=file, line=line, problem=f"unknown column {name!r}", remedy=remedy))
        faults.extend(
            Fault(file=file, line=line, problem=f"the column {name!r} is missing", remedy=_heading_remedy(columns))
            for name in columns.required
            if name not in found
        )
        return _Heading(file=file, columns=columns, found=found) if len(faults) == before else None

    def row(self, line: int, cells: Sequence[str], has_decimal_comma: bool, faults: list[Fault]) -> Row:
        """One row; a number that is none stays text, so that reading it as a number is a fault."""
        values: dict[str, object] = {name: cell for name, cell in zip(self.found, cells, strict=False) if cell}
        key = values.get("key")
        label = f"{self.columns.thing} {key}" if key else f"{self.columns.thing} without key"
        for name in self.columns.numbers & values.keys():
            values[name] = _number(str(values[name]), has_decimal_comma)
        row = Row(file=self.file, content=values, lines={(): line}, faults=faults, label=label)
        if any(cells[len(self.found) :]):
            problem = f"{len(cells)} cells, but the heading names {len(self.found)} columns"
            row.fault(problem, "put a text that holds the delimiter in quotes")
        return row


def _number(text: str, has_decimal_comma: bool) -> float | str:
    """The number of a cell; the text where it is none, or where its comma may part thousands."""
    plain = re.sub(r"(?<=\d)[\s']+(?=\d{3})", "", text.replace("−", "-"))
    if "." not in plain and (has_decimal_comma or not _GROUPED.fullmatch(plain)):
        plain = plain.replace(",", ".", 1)
    return float(plain) if _NUMBER.fullmatch(plain) else text


def _delimiter(text: str, columns: Columns) -> str:
    """The one that parts the first filled line into most of the expected headings."""
    first = next((line for line in text.splitlines() if line.strip()), "")[:10_000]

    def hits(delimiter: str) -> int:
        cells = next(csv.reader([first], delimiter=delimiter))
        return sum(cell.strip().casefold().replace(" ", "_") in columns.known for cell in cells)

    return max(_DELIMITERS, key=lambda d: (hits(d), first.count(d)))


def _text_lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        raise _UnreadableError(f"the row is cut short or misquoted ({error})", "close the quotes", line) from error


def _workbook_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        frame = pl.read_excel(
            path,
            has_header=False,
            infer_schema_length=0,
            drop_empty_rows=False,
            drop_empty_cols=False,
            raise_if_empty=False,
            read_options={"skip_rows": 0},  # else empty rows at the top are dropped and the lines are wrong
        )
    except (fastexcel.FastExcelError, pl.exceptions.PolarsError) as error:
        reason = str(error).splitlines()[0]
        raise _UnreadableError(f"not a readable workbook ({reason})", "save it again as .xlsx, or as .csv") from error
    for line, cells in enumerate(frame.iter_rows(), start=1):
        yield line, [(cell or "").strip() for cell in cells]


def _from_code_page(raw: bytes, line: int) -> str:
    """Text of a Windows code page; the place of its upper letters tells which."""
    words = re.findall(r"[A-Za-z\xa8\xb8\xc0-\xff]+", raw.decode("latin-1"))
    whole = sum(len(word) > 1 and not re.search("[A-Za-z]", word) for word in words)
    mixed = sum(bool(re.search("[A-Za-z]", word) and re.search("[^A-Za-z]", word)) for word in words)
    if min(whole, mixed) * 4 <= max(whole, mixed):
        try:
            return raw.decode("cp1251" if whole > mixed else "cp1252")
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
    raise _UnreadableError("the encoding of the file is not known", "save it with the encoding UTF-8", line)


def _heading_remedy(columns: Columns) -> str:
    return f"write the columns {', '.join(columns.required)} in the first row"


class _UnreadableError(Exception):
    """A file of which no row can be read; becomes one fault."""

    def __init__(self, problem: str, remedy: str, line: int = 1) -> None:
        super().__init__(problem)
        self.remedy = remedy
        self.line = line
