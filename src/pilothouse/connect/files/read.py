"""One file to one table, whatever its kind; and the messages about files that do not fit the mapping."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from pilothouse.connect.files.delimited import other_delimiter, read_delimited
from pilothouse.connect.files.encoding import decode
from pilothouse.connect.files.pattern import Expected, tidy
from pilothouse.connect.files.table import FILE, LINE, Table, check_unique, listed, nearest, no_rejects
from pilothouse.connect.files.workbook import read_workbook
from pilothouse.errors import SourceError

_PARQUET: Final = b"PAR1"
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_SUFFIXES: Final = {
    ".parquet": "a Parquet",
    ".pq": "a Parquet",
    ".xlsx": "an Excel",
    ".xlsm": "an Excel",
    ".xls": "an Excel",
    ".xlsb": "an Excel",
    ".ods": "an Excel",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a file is to be read; None where it is to be found out."""

    sheet: str | None = None
    delimiter: str | None = None
    encoding: str | None = None


def read_table(path: Path, expected: Expected, reading: Reading) -> Table:
    """The wanted columns of a CSV, Parquet or Excel file.

    The kind is told by the first bytes, not by the name: a workbook that was saved as ``.csv`` is a workbook.

    Parameters
    ----------
    path
        The file.
    expected
        Which headers are wanted; that they are all there is asked by :func:`require`, after joining.
    reading
        What the mapping says about it.

    Raises
    ------
    SourceError
        If it cannot be read at all.
    """
    file = path.name
    try:
        data = path.read_bytes()
    except OSError as error:
        hint = "check that it is a file and that you may read it"
        raise SourceError(f"the file cannot be read: {error.strerror}", hint=hint, file=file) from error
    if data.startswith(_PARQUET):
        return _read_parquet(path, expected)
    if data.startswith(_WORKBOOKS):
        return read_workbook(data, expected, sheet=reading.sheet, file=file)
    kind = _SUFFIXES.get(path.suffix.lower())
    if kind:
        raise SourceError(
            f"expected {kind} file, got something else" if data else "the file is empty",
            hint="export it again; it may be damaged or of another kind",
            file=file,
        )
    decoded = decode(data, expected, declared=reading.encoding, file=file)
    table = read_delimited(decoded, expected, delimiter=reading.delimiter, file=file)
    if reading.delimiter is not None:
        better = other_delimiter(decoded, expected, reading.delimiter)
        if better:
            raise SourceError(
                f"with the delimiter {reading.delimiter!r} the header has {len(table.headers)} columns, "
                f"{expected.found_in(table.headers)} of those expected; with {better[0]!r} there are {better[1]}",
                hint=f'set delimiter = "{better[0]}", or leave delimiter out to have it found'.replace("\t", "\\t"),
                file=file,
            )
    return table


def require(
    table_headers: Sequence[str], required: Expected, *, mapping: str, file: str, declared: str = "import"
) -> None:
    """See that every required header is there.

    ``declared`` is the table of plant.toml that the mapping stands in.

    Raises
    ------
    SourceError
        Naming the headers that are missing, those the file has, and the nearest to each.
    """
    missing = [name for name in required.written if not Expected.of([name]).found_in(table_headers)]
    if not missing:
        return
    unused = [header for header in table_headers if header and header not in required]
    guesses = [(name, nearest(name, unused)) for name in missing]
    near = ", ".join(f"{guess!r} for {name!r}" for name, guess in guesses if guess)
    which = "column" if len(missing) == 1 else "columns"
    has = listed([header for header in table_headers if header]) or "no header at all"
    raise SourceError(
        f"the {which} {listed(missing)} {'is' if len(missing) == 1 else 'are'} missing; the file has {has}",
        hint=f"correct the header in the file, or [[{declared}]] {mapping} in plant.toml"
        + (f"; perhaps {near}" if near else ""),
        file=file,
    )


def _read_parquet(path: Path, expected: Expected) -> Table:
    try:
        names = list(pl.read_parquet_schema(path))
        headers = tuple(tidy(name) for name in names)
        wanted = [header for header in headers if header in expected]
        check_unique(headers, wanted, path.name)
        chosen = {names[headers.index(header)]: header for header in wanted}
        content = pl.read_parquet(path, columns=list(chosen), use_pyarrow=False, glob=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        said = str(error).splitlines()
        raise SourceError(
            f"the Parquet file cannot be read: {said[0][:200] if said else type(error).__name__}",
            hint="export it again; it is damaged or cut off",
            file=path.name,
        ) from error
    for name, kind in content.schema.items():
        if kind.is_nested() or kind in (pl.Object, pl.Binary):
            hint = "write one plain value in each cell"
            raise SourceError(f"the column {chosen[name]!r} holds {kind}", hint=hint, file=path.name)
    line = pl.int_range(1, content.height + 1, dtype=pl.Int64, eager=True).alias(LINE)
    frame = content.rename(chosen).select(pl.lit(path.name).alias(FILE), line, pl.all())
    notes = () if frame.height else (f"{path.name} holds no rows",)
    return Table(file=path.name, headers=headers, frame=frame, rejects=no_rejects(), rows=frame.height, notes=notes)
