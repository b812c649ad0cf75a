"""Cells to numbers: decimal points and commas, grouped thousands, texts that mean nothing, and garbage told apart."""

from collections.abc import Sequence
from typing import Final

import polars as pl

_WITH_COMMA: Final = r"^[+-]?(\d+|\d{1,3}(\.\d{3})+)?,\d+([eE][+-]?\d+)?$"
_WITH_POINT: Final = r"^[+-]?(\d+|\d{1,3}(,\d{3})+)?\.\d*([eE][+-]?\d+)?$"
_GROUPED_BY_COMMA: Final = r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?([eE][+-]?\d+)?$"
_GROUPED_BY_POINT: Final = r"^[+-]?\d{1,3}(\.\d{3})+(,\d*)?([eE][+-]?\d+)?$"
_BLANKS: Final = r"(\d)[ \x{00A0}\x{202F}\x{2009}'](\d{3})"


def to_text(column: pl.Series, missing: Sequence[str]) -> pl.Series:
    """A column as texts without blanks around them; null where nothing is said.

    Examples
    --------
    >>> to_text(pl.Series([" a ", "", "n/a", None]), ["n/a"]).to_list()
    ['a', None, None, None]
    """
    text = column.cast(pl.String) if column.dtype != pl.String else column
    text = text.str.strip_chars().str.strip_chars("\u00a0\ufeff")
    return text.set(text.is_in(["", *missing]), None)


def to_numbers(
    frame: pl.DataFrame, columns: Sequence[str], *, missing: Sequence[str], decimal: str | None
) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """Columns as Float64, and for each column with garbage which of its cells are garbage.

    Parameters
    ----------
    frame
        Holds the columns: text or numbers.
    columns
        Which.
    missing
        Texts that mean: no value.
    decimal
        ``.`` or ``,``; None to take the one that more cells are written with, a point if none tells. With a
        decimal comma ``1.571,5`` is 1571.5, with a decimal point ``1,571.5`` is.

    Returns
    -------
    tuple
        The numbers, null for empty cells and garbage; and by column a Boolean series, True for garbage. Numbers
        that are not finite are garbage.

    Examples
    --------
    >>> frame = pl.DataFrame({"T": ["1571,5", "abc", "-"], "P": ["3", " 1.000,5", "inf"]})
    >>> numbers, garbage = to_numbers(frame, ["T", "P"], missing=["-"], decimal=None)
    >>> numbers.rows(), garbage["T"].to_list(), garbage["P"].to_list()
    ([(1571.5, 3.0), (None, 1000.5), (None, None)], [False, True, False], [False, False, True])
    """
    raw = frame.select(_said(frame[name], missing) for name in columns)
    straight = raw.select(_straight(raw[name], missing) for name in columns)
    doubts = raw.select(pl.col(name).is_not_null() for name in columns).select(
        (pl.col(name) & straight[name].is_null()).alias(name) for name in columns
    )
    doubtful = [name for name, any_ in zip(columns, doubts.select(pl.all().any()).row(0), strict=True) if any_]
    texts = {name: to_text(raw[name], missing).filter(doubts[name]) for name in doubtful}
    mark = decimal or _mark(raw, doubtful, texts)
    if mark == ",":
        straight = straight.with_columns(_regrouped(raw[name], straight[name]) for name in columns)
    found, garbage = [], {}
    for name in doubtful:
        numbers = _second_look(texts[name], mark)
        rows = doubts[name].arg_true()
        found.append(straight[name].scatter(rows, numbers))
        bad = (texts[name].is_not_null() & numbers.is_null()).fill_null(value=False)
        if bad.any():
            garbage[name] = pl.zeros(raw.height, dtype=pl.Boolean, eager=True).scatter(rows.filter(bad), values=True)
    return straight.with_columns(found), garbage


def _said(column: pl.Series, missing: Sequence[str]) -> pl.Expr:
    """A column of numbers without those that mean no value; texts are looked at later."""
    numbers = pl.Series(missing, dtype=pl.String).cast(pl.Float64, strict=False).drop_nulls().to_list()
    expr = pl.col(column.name)
    if not numbers or not column.dtype.is_numeric():
        return expr
    return pl.when(~expr.cast(pl.Float64).is_in(numbers)).then(expr).alias(column.name)


def _straight(column: pl.Series, missing: Sequence[str]) -> pl.Expr:
    """What a plain cast makes of a column; null where it makes no finite number."""
    expr = pl.col(column.name)
    number = expr.cast(pl.Float64, strict=False)
    usable = number.is_finite()
    if missing and column.dtype == pl.String:
        usable &= ~expr.is_in(list(missing))
    return pl.when(usable).then(number).alias(column.name)


def _mark(raw: pl.DataFrame, doubtful: Sequence[str], texts: dict[str, pl.Series]) -> str:
    """The decimal mark of the file: commas only count where more cells have one than have a point."""
    commas = sum(int(texts[name].str.contains(_WITH_COMMA).sum()) for name in doubtful)
    if not commas:
        return "."
    written = [name for name in raw.columns if raw.schema[name] == pl.String]
    points = sum(int((raw[name].str.strip_chars().str.contains(_WITH_POINT)).sum()) for name in written)
    return "," if commas > points else "."


def _second_look(texts: pl.Series, mark: str) -> pl.Series:
    """Numbers of cells that a plain cast did not take; null where they are garbage."""
    text = texts.str.replace_all(_BLANKS, "$1$2").str.replace_all(_BLANKS, "$1$2").str.replace("^\u2212", "-")
    cell = pl.col("text")
    if mark == ",":
        plain = (
            pl.when(cell.str.contains(_GROUPED_BY_POINT))
            .then(cell.str.replace_all(".", "", literal=True))
            .otherwise(cell)
        )
        plain = plain.str.replace(",", ".", literal=True)
    else:
        plain = (
            pl.when(cell.str.contains(_GROUPED_BY_COMMA))
            .then(cell.str.replace_all(",", "", literal=True))
            .otherwise(cell)
        )
    number = plain.cast(pl.Float64, strict=False)
    return pl.DataFrame({"text": text}).select(pl.when(number.is_finite()).then(number)).to_series()


def _regrouped(raw: pl.Series, straight: pl.Series) -> pl.Series:
    """With a decimal comma a point groups thousands: ``1.571`` was taken for 1.571 and is 1571."""
    if raw.dtype != pl.String:
        return straight
    grouped = raw.str.strip_chars().str.contains(_GROUPED_BY_POINT).fill_null(value=False)
    again = raw.str.strip_chars().str.replace_all(".", "", literal=True).cast(pl.Float64, strict=False)
    return pl.select(pl.when(grouped).then(again).otherwise(straight)).to_series().alias(straight.name)
