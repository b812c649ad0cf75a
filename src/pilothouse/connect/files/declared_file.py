"""The keys that every mapping of ``plant.toml`` has: where its files lie and how they are written."""

import codecs
from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pilothouse.clock import NS_PER_S
from pilothouse.connect.files.mapping import Known
from pilothouse.connect.files.pattern import tidy
from pilothouse.errors import UnitMismatchError
from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table
from pilothouse.units import convert

_DELIMITERS: Final = {
    ",": ",",
    ";": ";",
    "\t": "\t",
    "|": "|",
    "tab": "\t",
    "comma": ",",
    "semicolon": ";",
    "auto": None,
}
_DECIMALS: Final = {".": ".", ",": ",", "auto": None}


def key_of(table: Table) -> str:
    """The name in reports, which is that of the reject file too."""
    key = table.text("key")
    if not all(c.isalnum() or c in "_-." for c in key) or key.startswith("."):
        table.fault(f"key {key!r}: expected letters, digits, '_', '-' and '.'", "it names the reject file", at="key")
    return key


def files_of(table: Table) -> tuple[str, ...]:
    """Names or globs: one text or a list of them."""
    if isinstance(table.value("file"), list):
        return table.texts("file")
    return (table.text("file"),)


def known_of(table: Table) -> Known:
    """When it became known; by default without delay."""
    inside = table.table("known")
    if inside is None:
        return Known()
    column, delay = header_of(inside, "column"), inside.text("delay", default=None)
    if (column is None) == (delay is None):
        inside.fault("expected either a column or a delay", 'write { delay = "30 s" } or { column = "<header>" }')
    return Known(column=column, delay_ns=_delay_ns(inside, delay) if delay is not None else 0)


def _delay_ns(table: Table, written: str) -> int:
    number, _, unit = written.strip().partition(" ")
    try:
        seconds = convert(float(number), "duration", unit.strip(), "s")
        nanoseconds = round(seconds * NS_PER_S)
    except (ValueError, OverflowError, UnitMismatchError):
        table.fault(
            f"delay: expected a duration, got {written!r}", 'write a number and a unit, such as "30 s"', at="delay"
        )
        return 0
    if nanoseconds < 0:
        table.fault(f"delay: {written!r} is negative", "nothing is known before it ended", at="delay")
    return nanoseconds


def header_of(table: Table, key: str) -> str | None:
    """A header as it is compared; None where none is written."""
    written = table.text(key, default=None)
    return None if written is None else tidy(written)


def delimiter_of(table: Table) -> str | None:
    """What stands between cells; None where it is to be found out."""
    return _one_of(table, "delimiter", _DELIMITERS)


def decimal_of(table: Table) -> str | None:
    """The decimal mark; None where it is to be found out."""
    return _one_of(table, "decimal", _DECIMALS)


def _one_of(table: Table, key: str, options: Mapping[str, str | None]) -> str | None:
    return options.get(table.choice(key, options, default="auto"))


def encoding_of(table: Table) -> str | None:
    """The encoding; None where it is to be found out."""
    name = table.text("encoding", default="auto")
    if name == "auto":
        return None
    try:
        is_text = codecs.lookup(name)._is_text_encoding  # noqa: SLF001 - the only way to tell "hex" from "utf-8"
    except LookupError:
        is_text = False
    if not is_text:
        table.fault(f"unknown encoding {name!r}", "use auto, utf-8, utf-16, cp1251 or latin-1", at="encoding")
    return name


def zone_of(table: Table, plant: Plant) -> str:
    """The zone of times without offset: that of the plant where none is written."""
    zone = table.text("time_zone", default=plant.time_zone)
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        table.fault(f"unknown time zone {zone!r}", 'use an IANA name such as "Europe/Berlin"', at="time_zone")
    return zone
