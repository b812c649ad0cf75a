"""Files that belong together: rows of one looked up in another by a key, each value keeping its own place."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from pilothouse.connect.files.mapping import Join
from pilothouse.connect.files.number import to_text
from pilothouse.connect.files.table import FILE, LINE, Table, as_rejects

_KEY: Final = "\x00on"


def join_tables(table: Table, others: Sequence[Table], join: Join, number: int) -> Table:
    """The table with the columns of the others beside its own, where the key columns agree.

    Rows without a partner stay, with nothing in those columns. Where a key stands twice in the joined files and the
    rows differ, the first counts and the later one is rejected.

    Parameters
    ----------
    table
        The rows.
    others
        The joined files, as one.
    join
        On which columns, and what is put behind the headers of the others.
    number
        Of this join within its mapping; tells its places from those of other joins.
    """
    where = str(number)
    names = {header: header + join.suffix for other in others for header in other.headers if header not in join.on}
    right = pl.concat([_texts(other.frame) for other in others], how="diagonal")
    right = right.with_columns(_key(right, join)).filter(pl.col(_KEY).is_not_null())
    content = [name for name in right.columns if name not in (FILE, LINE, _KEY, *join.on)]
    first = right.unique([_KEY, *content], keep="first", maintain_order=True)
    again = first.filter(~pl.col(_KEY).is_first_distinct())
    renamed = {name: names[name] for name in content} | {FILE: FILE + where, LINE: LINE + where}
    partner = first.unique(_KEY, keep="first").drop(list(join.on)).rename(renamed)
    frame = table.frame.with_columns(_key(table.frame, join)).join(partner, on=_KEY, how="left", maintain_order="left")
    notes = [note for other in others for note in other.notes]
    files = ", ".join(other.file for other in others)
    if (widowed := frame[LINE + where].null_count()) > 0:
        notes.append(f"{widowed} rows of {table.file} have no partner in {files}")
    return replace(
        table,
        headers=(*table.headers, *dict.fromkeys(names.values())),
        frame=frame.drop(_KEY),
        rejects=pl.concat([table.rejects, *(other.rejects for other in others), _twice(again, join)]),
        notes=(*table.notes, *notes),
        origins={**table.origins, **{renamed[name]: where for name in content}},
    )


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Columns that several files type differently meet as texts."""
    return frame.with_columns(pl.col(c).cast(pl.String) for c in frame.columns if frame.schema[c] == pl.Null)


def _key(frame: pl.DataFrame, join: Join) -> pl.Series:
    """The key as one text; null where a part of it is empty."""
    parts = [key_text(frame[column]).alias(str(place)) for place, column in enumerate(join.on)]
    key = pl.concat_str([pl.col(part.name) for part in parts], separator="\x1f")
    return pl.DataFrame(parts).select(key.alias(_KEY)).to_series()


def key_text(column: pl.Series) -> pl.Series:
    """A column of keys as texts: 17 and 17.0 are one piece where the file holds numbers.

    Examples
    --------
    >>> key_text(pl.Series([17.0, None, 2.5])).to_list(), key_text(pl.Series([" A1 ", ""])).to_list()
    (['17', None, '2.5'], ['A1', None])
    """
    text = to_text(column, ())
    return text.str.replace(r"\.0$", "") if column.dtype.is_float() or column.dtype.is_decimal() else text


def _twice(again: pl.DataFrame, join: Join) -> pl.DataFrame:
    reason = pl.lit("the key stands in an earlier row with another content; that row counts")
    key = pl.col(_KEY).str.replace_all("\x1f", ", ")
    return as_rejects(
        again.select(
            pl.col(FILE).alias("file"),
            pl.col(LINE).alias("line"),
            pl.lit(", ".join(join.on)).alias("column"),
            reason.alias("reason"),
            key.alias("text"),
        )
    )
