"""Cells to instants: ISO 8601, ``day.month.year``, numbers since 1970, formats of one's own; zones and clock changes.

A time without offset is taken in the zone of the mapping. Where clocks are put back, a time that comes twice is taken
for the earlier instant; where they are put forward, a time that never was is rejected.
"""

from typing import Final

import polars as pl

from pilothouse.connect.files.mapping import EPOCHS
from pilothouse.connect.files.number import to_text

_OFFSET: Final = r"(?:[Zz]|[+-]\d{2}:?\d{2}|[+-]\d{2})$"
_FORMATS: Final = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%d.%m.%Y %H:%M:%S%.f",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%Y/%m/%d %H:%M:%S%.f",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y.%m.%d %H:%M:%S%.f",
)
_NS_PER_US: Final = 1_000
_FIRST_US: Final = -(2**63) // _NS_PER_US + 1
_LAST_US: Final = (2**63 - 1) // _NS_PER_US - 1
_DECIMALS: Final = r"^([+-]?)(\d{1,19})(?:[.,](\d{1,9})\d*)?$"


def to_instants(
    column: pl.Series, *, time_format: str | None, time_zone: str, missing: tuple[str, ...] = ()
) -> tuple[pl.Series, pl.Series]:
    """A column as instants, and why a cell is none.

    Parameters
    ----------
    column
        Text, dates, date-times or numbers.
    time_format
        As :func:`time.strftime` writes it, or one of :data:`~pilothouse.connect.files.mapping.EPOCHS`; None for ISO
        8601 (blank or ``T`` before the time, with or without offset), ``day.month.year`` and ``year/month/day``.
    time_zone
        IANA zone of times without offset.
    missing
        Texts that mean: no value.

    Returns
    -------
    tuple
        Int64 nanoseconds since 1970 UTC, null where there is no instant; and the reason as text where a cell holds
        something that is none.

    Examples
    --------
    >>> cells = pl.Series(["1970-01-01T03:00:00", "01.01.1970 03:00", "1970-01-01 00:00:01Z", "soon", ""])
    >>> instants, reasons = to_instants(cells, time_format=None, time_zone="Europe/Moscow")
    >>> instants.to_list()
    [0, 0, 1000000000, None, None]
    >>> reasons.to_list()[3:]
    ["expected a time such as 2026-05-03 11:02:14, got 'soon'", None]
    """
    if isinstance(column.dtype, pl.Datetime | pl.Date):
        return _of_dates(column, time_zone)
    if time_format is not None and time_format in EPOCHS:
        return _of_numbers(column, EPOCHS[time_format], missing)
    text = to_text(column, missing)
    if column.dtype.is_numeric():
        hint = ", ".join(EPOCHS)
        reason = pl.lit(f"expected a time, got a number; if it counts from 1970 set time_format to one of {hint}")
        none = pl.zeros(len(text), dtype=pl.Int64, eager=True).set(
            pl.ones(len(text), dtype=pl.Boolean, eager=True), None
        )
        return none, pl.select(pl.when(text.is_not_null()).then(reason)).to_series()
    return _of_texts(text, time_format, time_zone)


def _of_texts(text: pl.Series, time_format: str | None, time_zone: str) -> tuple[pl.Series, pl.Series]:
    one_form = text if time_format else text.str.replace(r"^(\d{4}-\d{2}-\d{2})[Tt]", "$1 ")
    local, absolute = (_by_format if time_format else _by_iso)(one_form, time_format or "")
    instants, was_never = _settled(local, absolute, time_zone)
    below_us = one_form.str.extract(r"\.\d{6}(\d{1,3})").str.pad_end(3, "0").cast(pl.Int64, strict=False)
    instants = instants + below_us.fill_null(0) if below_us.null_count() < len(below_us) else instants
    example = f"a time as {time_format}" if time_format else "a time such as 2026-05-03 11:02:14"
    got = pl.lit(f"expected {example}, got '") + pl.lit(text.str.slice(0, 60)) + pl.lit("'")
    reasons = _reasons(text.is_not_null(), local.is_null() & absolute.is_null(), was_never, instants, time_zone)
    return instants, pl.select(pl.when(reasons == "").then(got).otherwise(reasons)).to_series()


def _by_iso(text: pl.Series, _: str) -> tuple[pl.Series, pl.Series]:
    """Local and absolute times of the formats that can be told apart; each only tried where the others failed."""
    local = _parsed(text, _FORMATS[0])
    if local.null_count() == text.null_count():
        return local, _no_times(len(text), "UTC")
    with_offset = text.str.contains(_OFFSET) & local.is_null()
    for form in _FORMATS[1:]:
        rest = (local.is_null() & text.is_not_null()).fill_null(value=False)
        if not rest.any():
            break
        local = local.scatter(rest.arg_true(), _parsed(text.filter(rest), form))
    absolute = _no_times(len(text), "UTC")
    rows = (with_offset & local.is_null()).fill_null(value=False).arg_true()
    if len(rows):
        zoned = (
            text.gather(rows).str.replace(r"\s*[Zz]$", "+00:00").str.replace(r"\s*([+-]\d{2}):?(\d{2})?$", "${1}:${2}")
        )
        zoned = zoned.str.replace(r"([+-]\d{2}):$", "${1}:00")
        found = _zoned(zoned, "%Y-%m-%d %H:%M:%S%.f%:z")
        found = found.zip_with(found.is_not_null(), _zoned(zoned, "%Y-%m-%d %H:%M%:z"))
        absolute = absolute.scatter(rows, found)
    return local, absolute


def _by_format(text: pl.Series, time_format: str) -> tuple[pl.Series, pl.Series]:
    if "%z" in time_format or "%:z" in time_format or "%#z" in time_format:
        return _no_times(len(text), None), _zoned(text, time_format)
    return _parsed(text, time_format), _no_times(len(text), "UTC")


def _parsed(text: pl.Series, form: str) -> pl.Series:
    if not any(part in form for part in ("%H", "%I", "%T", "%R", "%X", "%c", "%s")):
        return text.str.to_date(form, strict=False).cast(pl.Datetime("us"))
    return text.str.to_datetime(form, strict=False, time_unit="us")


def _zoned(text: pl.Series, form: str) -> pl.Series:
    return text.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC")


def _no_times(count: int, zone: str | None) -> pl.Series:
    return pl.Series([None], dtype=pl.Datetime("us", zone)).new_from_index(0, count)


def _settled(local: pl.Series, absolute: pl.Series, time_zone: str) -> tuple[pl.Series, pl.Series]:
    """Instants of both, and which local times never were."""
    here = local.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
    was_never = here.is_null() & local.is_not_null()
    micros = here.dt.convert_time_zone("UTC").to_physical()
    micros = micros.zip_with(micros.is_not_null(), absolute.to_physical())
    fits = micros.is_between(_FIRST_US, _LAST_US)
    return micros.set(~fits, None) * _NS_PER_US, was_never


def _reasons(there: pl.Series, unread: pl.Series, was_never: pl.Series, instants: pl.Series, zone: str) -> pl.Series:
    """Null where all is well or nothing was said; the empty text where the cell could not be read."""
    never = f"this local time never was in {zone}: clocks were put forward"
    return pl.select(
        pl.when(~there | instants.is_not_null())
        .then(None)
        .when(unread)
        .then(pl.lit(""))
        .when(was_never)
        .then(pl.lit(never))
        .otherwise(pl.lit("expected a year from 1678 to 2261"))
    ).to_series()


def _of_dates(column: pl.Series, time_zone: str) -> tuple[pl.Series, pl.Series]:
    """Columns that are dates already, as Parquet has them; nanoseconds are kept."""
    zone = column.dtype.time_zone if isinstance(column.dtype, pl.Datetime) else None
    is_ns = isinstance(column.dtype, pl.Datetime) and column.dtype.time_unit == "ns"
    below_us = column.to_physical() % _NS_PER_US if is_ns else pl.zeros(len(column), dtype=pl.Int64, eager=True)
    micros = column.cast(pl.Datetime("us", zone))
    if is_ns:  # the cast cuts towards zero, the rest counts from below
        micros = (
            (column.to_physical() // _NS_PER_US).cast(pl.Datetime("us")).dt.replace_time_zone("UTC" if zone else None)
        )
    none = _no_times(len(column), None if zone else "UTC")
    absolute = micros.dt.convert_time_zone("UTC") if zone else none
    instants, was_never = _settled(none if zone else micros, absolute, time_zone)
    reasons = _reasons(
        column.is_not_null(), pl.zeros(len(column), dtype=pl.Boolean, eager=True), was_never, instants, time_zone
    )
    return instants + below_us, reasons


def _of_numbers(column: pl.Series, unit_ns: int, missing: tuple[str, ...]) -> tuple[pl.Series, pl.Series]:
    """Numbers since 1970, to the digit: a binary fraction would lose nanoseconds."""
    text = to_text(column, missing)
    parts = pl.DataFrame({"text": text}).with_columns(pl.col("text").str.extract_groups(_DECIMALS).alias("part"))
    part = pl.col("part").struct
    digits = len(str(unit_ns)) - 1
    whole = part.field("2").cast(pl.Int64, strict=False)
    rest = part.field("3").fill_null("").str.pad_end(9, "0").str.slice(0, digits).replace("", "0").cast(pl.Int64)
    sign = pl.when(part.field("1") == "-").then(-1).otherwise(1)
    fits = whole <= (2**63 - 1) // unit_ns - 1
    found = parts.select(pl.when(fits).then(sign * (whole * unit_ns + rest)).alias("ns"), pl.col("text"))
    bad = found["text"].is_not_null() & found["ns"].is_null()
    got = pl.lit("expected a number since 1970, got '") + pl.lit(text.str.slice(0, 60)) + pl.lit("'")
    return found["ns"], pl.select(pl.when(bad).then(got)).to_series()
