"""A table as it was read from a file: what is wanted of it, where each row stands, and the rows that cannot be used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

import polars as pl

from pilothouse.errors import SourceError

FILE: Final = "\x00file"
LINE: Final = "\x00line"
"""Columns that say where a row stands; no header of a file can bear their names."""

REJECTS: Final = MappingProxyType(
    {"file": pl.String, "line": pl.Int64, "column": pl.String, "reason": pl.String, "text": pl.String}
)
"""The columns of a reject file: where, why, and what is written there. ``column`` is empty for a whole row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of a file.

    Parameters
    ----------
    file
        Its name.
    headers
        All that it has.
    frame
        ``FILE``, ``LINE`` and the wanted columns by header: text, or what the file's own types are.
    rejects
        Rows that are not in the frame, as :data:`REJECTS`.
    rows
        How many rows the file has, with those that were rejected.
    notes
        What a person should know about it.
    origins
        Header → suffix of the ``FILE`` and ``LINE`` columns of the joined file it came from.
    """

    file: str
    headers: tuple[str, ...]
    frame: pl.DataFrame
    rejects: pl.DataFrame
    rows: int
    notes: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)


def no_rejects() -> pl.DataFrame:
    """An empty list of rejects."""
    return pl.DataFrame(schema=dict(REJECTS))


def as_rejects(frame: pl.DataFrame) -> pl.DataFrame:
    """Columns of these names as rejects, in the right types and order."""
    return frame.select(pl.col(name).cast(kind) for name, kind in REJECTS.items())


def check_unique(headers: Sequence[str], wanted: Sequence[str], file: str) -> None:
    """See that every wanted header stands once.

    Raises
    ------
    SourceError
        If one stands twice: nobody can know which is meant.
    """
    for header in wanted:
        places = [str(place) for place, other in enumerate(headers, start=1) if other == header]
        if len(places) > 1:
            raise SourceError(
                f"the header {header!r} stands over columns {', '.join(places)}",
                hint="give each column a name of its own",
                file=file,
            )


def nearest(name: str, among: Sequence[str]) -> str | None:
    """The name most like this one, or None where none is.

    Examples
    --------
    >>> nearest("Temprature", ["key", "Temperature"])
    'Temperature'
    """
    folded = {other.casefold(): other for other in among if other}
    found = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def listed(names: Sequence[str], most: int = 8) -> str:
    """Names in quotes, not more than a person reads.

    Examples
    --------
    >>> listed(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    shown = ", ".join(repr(name) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
