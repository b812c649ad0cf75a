"""Delimited text (CSV and its kin) to a table of texts, so that garbage is seen cell by cell.

Lines without quotes are cut by polars at full speed. Lines with quotes are put together and cut one by one, and a
quote that is never closed costs its own line only, never those that follow.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from pilothouse.connect.files.encoding import UNREADABLE, Decoded
from pilothouse.connect.files.pattern import Expected, tidy
from pilothouse.connect.files.table import FILE, LINE, Table, as_rejects, check_unique, no_rejects

DELIMITERS: Final = (",", ";", "\t", "|")
_LONGEST_CELL: Final = 50
"""Lines a quoted cell may run over."""
_LONGEST_TEXT: Final = 300
"""Characters of a rejected line that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    """The lines of a text below its header, and how they are cut."""

    file: str
    texts: pl.Series
    first: int
    delimiter: str
    width: int
    is_cut_off: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """What one or several lines came to: cells, or the reason why not."""

    line: int
    cells: tuple[str, ...] = ()
    reason: str = ""
    text: str = ""


def read_delimited(decoded: Decoded, expected: Expected, *, delimiter: str | None, file: str) -> Table:
    r"""The table of a delimited text; rows that cannot be cut into the header's columns are rejects.

    Parameters
    ----------
    decoded
        The text; its first line that is not blank is the header.
    expected
        Which headers are wanted.
    delimiter
        Between cells; None to find out by the headers.
    file
        Its name, for messages.

    Raises
    ------
    SourceError
        If a wanted header stands twice.

    Examples
    --------
    >>> decoded = Decoded(text="key;T\n1;1571\n2;1\n;5;6\n", encoding="utf-8")
    >>> table = read_delimited(decoded, Expected.of(["key", "T"]), delimiter=None, file="t.csv")
    >>> table.frame["T"].to_list(), table.rejects["reason"].to_list()
    (['1571', '1'], ['expected 2 cells as in the header, got 3'])
    """
    text = decoded.text.replace("\r\n", "\n")
    text = text.replace("\r", " ") if "\n" in text else text.replace("\r", "\n")
    header, start, first = _header_of(text)
    chosen = delimiter or _sniffed(header, expected)
    headers = tuple(tidy(cell) for cell in _cut(header, chosen))
    wanted = [name for name in headers if name in expected]
    check_unique(headers, wanted, file)
    body = text[start:]
    lines = _Lines(
        file=file,
        texts=pl.Series(body.split("\n"), dtype=pl.String),
        first=first,
        delimiter=chosen,
        width=len(headers),
        is_cut_off=bool(body) and not body.endswith("\n"),
    )
    frame, rejects = _rows(lines, headers, wanted)
    notes = _notes(lines, frame, rejects, decoded)
    rows = frame.height + rejects.height
    return Table(file=file, headers=headers, frame=frame, rejects=rejects, rows=rows, notes=notes)


def other_delimiter(decoded: Decoded, expected: Expected, delimiter: str) -> tuple[str, int] | None:
    """A delimiter that finds more of the expected headers, and how many; None where there is none."""
    header, _, _ = _header_of(decoded.text.replace("\r\n", "\n"))
    better = _sniffed(header, expected)
    found = expected.found_in([tidy(cell) for cell in _cut(header, better)])
    now = expected.found_in([tidy(cell) for cell in _cut(header, delimiter)])
    return (better, found) if found > now else None


def _header_of(text: str) -> tuple[str, int, int]:
    """The header, where the text behind it starts, and the number of the line there; cells may run over lines."""
    at, number = 0, 1
    while at < len(text):
        end = text.find("\n", at)
        line = text[at:] if end < 0 else text[at:end]
        if line.strip():
            break
        at, number = at + len(line) + 1, number + 1
    header = line
    for _ in range(_LONGEST_CELL):
        if header.count('"') % 2 == 0:
            return header, at + len(header) + 1, number + header.count("\n") + 1
        end = text.find("\n", at + len(header) + 1)
        header = text[at:] if end < 0 else text[at:end]
    return line, at + len(line) + 1, number + 1


def _sniffed(header: str, expected: Expected) -> str:
    """The delimiter that finds most of the expected headers; of equals the one that makes most columns."""
    cuts = {delimiter: [tidy(cell) for cell in _cut(header, delimiter)] for delimiter in DELIMITERS}
    return max(DELIMITERS, key=lambda delimiter: (expected.found_in(cuts[delimiter]), len(cuts[delimiter])))


def _cut(line: str, delimiter: str) -> list[str]:
    """The cells of one record; where its quotes make no sense they are characters like others."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except csv.Error:
        return line.split(delimiter)


def _rows(lines: _Lines, headers: Sequence[str], wanted: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All rows: the plain ones cut by polars, the others one by one."""
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    text = pl.col("text")
    frame = pl.DataFrame({"text": lines.texts}).select(place.alias("place"), _without_plain_quotes(lines.delimiter))
    frame = frame.filter(text.str.contains(r"\S")).with_columns(
        (~text.str.contains('"', literal=True) & (_cells(lines.delimiter) == lines.width)).alias("plain")
    )
    plain = frame.filter("plain")
    kept = _plain_rows(plain, lines, headers, wanted)
    records = list(_put_together(lines, frame.filter(~pl.col("plain"))["place"].to_list(), set(plain["place"])))
    others = _odd_rows([record for record in records if not record.reason], headers, wanted)
    rows = pl.concat([kept, others]).sort(LINE) if others.height else kept
    return rows.select(pl.lit(lines.file).alias(FILE), pl.all()), _rejected(lines, records)


def _without_plain_quotes(delimiter: str) -> pl.Expr:
    """Lines whose quotes hold no delimiter and no quote say the same without them."""
    d = "\\" + delimiter if delimiter != "\t" else "\\t"
    cell = f'("[^"{d}]*"|[^"{d}]*)'
    text = pl.col("text")
    is_plain = text.str.contains(f"^{cell}({d}{cell})*$")
    return pl.when(text.str.contains('"', literal=True) & is_plain).then(text.str.replace_all('"', "")).otherwise(text)


def _cells(delimiter: str) -> pl.Expr:
    return pl.col("text").str.count_matches(delimiter, literal=True) + 1


def _plain_rows(plain: pl.DataFrame, lines: _Lines, headers: Sequence[str], wanted: Sequence[str]) -> pl.DataFrame:
    """Rows without quotes, each with the right number of cells."""
    at = (plain["place"] + lines.first).alias(LINE)
    names = [f"c{place}" for place in range(len(headers))]
    chosen = {names[headers.index(name)]: name for name in wanted}
    if plain.is_empty():
        return pl.DataFrame(
            {LINE: at, **{name: [] for name in wanted}}, schema_overrides=dict.fromkeys(wanted, pl.String)
        )
    if lines.width == 1:
        cells = plain.select(pl.col("text").alias("c0"))
    else:
        cells = pl.read_csv(
            plain["text"].str.join("\n").item().encode(errors="replace"),
            separator=lines.delimiter,
            has_header=False,
            new_columns=names,
            columns=sorted(headers.index(name) for name in wanted) if wanted else [0],
            quote_char=None,
            infer_schema=False,
        )
    return cells.select(at, *(pl.col(name).alias(header) for name, header in chosen.items()))


def _odd_rows(records: Sequence[_Record], headers: Sequence[str], wanted: Sequence[str]) -> pl.DataFrame:
    places = [headers.index(name) for name in wanted]
    content = {name: [r.cells[place] for r in records] for name, place in zip(wanted, places, strict=True)}
    columns = {LINE: [record.line for record in records], **content}
    return pl.DataFrame(columns, schema={LINE: pl.Int64, **dict.fromkeys(wanted, pl.String)})


def _put_together(lines: _Lines, places: Sequence[int], plain: set[int]) -> Iterator[_Record]:
    """Each line that is not plain, alone or with those its quotes run over, as a record."""
    used = -1
    last = len(lines.texts) - 1
    for place in places:
        if place <= used:
            continue
        found = None
        text = str(lines.texts[place])
        if text.count('"') % 2:
            used, found = _over_lines(lines, place, plain)
        found = found or _alone(lines, place, text)
        if found.reason and place == last and lines.is_cut_off:
            got = len(_cut(text, lines.delimiter))
            found = _Record(
                line=found.line,
                reason=f"the file ends inside this row, in cell {got} of {lines.width}: it seems cut off",
                text=text,
            )
        yield found


def _over_lines(lines: _Lines, place: int, plain: set[int]) -> tuple[int, _Record | None]:
    """A cell that runs over several lines; or None where the quote was just never closed.

    That shows by a plain line in between, or by first and last line each having all cells by themselves (where the
    cell is a row's first that is nothing strange: its last line has all others).
    """
    text = str(lines.texts[place])
    is_whole = lines.delimiter in text.partition('"')[0] and text.count(lines.delimiter) + 1 >= lines.width
    for end in range(place + 1, min(place + _LONGEST_CELL, len(lines.texts))):
        if end in plain:
            break
        line = str(lines.texts[end])
        text += "\n" + line
        if text.count('"') % 2 == 0:
            cells = _cut(text, lines.delimiter)
            if len(cells) == lines.width and not (is_whole and line.count(lines.delimiter) + 1 >= lines.width):
                return end, _Record(line=place + lines.first, cells=tuple(cells))
            break
    return place, None


def _alone(lines: _Lines, place: int, text: str) -> _Record:
    """A line on its own: cut with quotes, else with quotes as mere characters; empty cells too many are no harm."""
    line = place + lines.first
    is_open = bool(text.count('"') % 2)
    cuts = [text.split(lines.delimiter)] if is_open else [_cut(text, lines.delimiter), text.split(lines.delimiter)]
    for cells in cuts:
        if len(cells) >= lines.width and not any(cell.strip() for cell in cells[lines.width :]):
            return _Record(line=line, cells=tuple(cells[: lines.width]))
    got = len(cuts[0])
    reason = f"expected {lines.width} cells as in the header, got {got}"
    return _Record(line=line, reason="a quote is opened and not closed; " + reason if is_open else reason, text=text)


def _rejected(lines: _Lines, records: Sequence[_Record]) -> pl.DataFrame:
    bad = [record for record in records if record.reason]
    if not bad:
        return no_rejects()
    columns = {
        "line": [record.line for record in bad],
        "reason": [record.reason for record in bad],
        "text": [record.text[:_LONGEST_TEXT] for record in bad],
    }
    return as_rejects(pl.DataFrame(columns).with_columns(pl.lit(lines.file).alias("file"), pl.lit("").alias("column")))


def _notes(lines: _Lines, frame: pl.DataFrame, rejects: pl.DataFrame, decoded: Decoded) -> tuple[str, ...]:
    notes = []
    if not frame.height and not rejects.height:
        notes.append(f"{lines.file} holds a header and no rows")
    if rejects.height and rejects["reason"].str.contains("cut off").any():
        notes.append(f"{lines.file} seems cut off in its last line: export it again and import it again")
    elif lines.is_cut_off:
        notes.append(
            f"the last line of {lines.file} has no line end; if the file is cut off, its last value may be too"
        )
    if decoded.damaged:
        notes.append(
            f"{lines.file}: {decoded.damaged} places cannot be read in {decoded.encoding}; they show as {UNREADABLE}"
        )
    return tuple(notes)
