"""Rows of a database as samples: one row a value, or one column a parameter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from math import isfinite, nan
from zoneinfo import ZoneInfo

import numpy as np

from pilothouse.clock import NS_PER_S, parse_instant
from pilothouse.connect.address import Address
from pilothouse.connect.sql.settings import SqlSettings
from pilothouse.errors import DataError
from pilothouse.plant.frame import BAD, GOOD
from pilothouse.plant.sample import NO_PIECE, Samples

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What rows gave.

    Parameters
    ----------
    samples
        Their values.
    malformed
        Cells that are neither empty nor a number, and rows without a time.
    unknown
        Rows whose name no address knows.
    """

    samples: Samples
    malformed: int
    unknown: int


def as_samples(
    rows: Sequence[Mapping[str, object]], settings: SqlSettings, addresses: Sequence[Address], received_ns: int
) -> Read:
    """The values of rows; what cannot be used is counted and costs nothing else.

    Parameters
    ----------
    rows
        Cells by heading.
    settings
        What the headings mean.
    addresses
        Of the parameters: names in the column of names, or headings.
    received_ns
        When they were read.
    """
    places = {address.address: place for place, address in enumerate(addresses)}
    zone = ZoneInfo(settings.time_zone)
    pieces: dict[str, int] = {}
    told: list[tuple[int, int, float, int, int]] = []
    malformed = unknown = 0
    for row in rows:
        at_ns = _instant(row.get(settings.time), zone)
        if at_ns is None:
            malformed += 1
            continue
        piece = row.get(settings.piece) if settings.piece else None
        of = NO_PIECE if piece is None else pieces.setdefault(str(piece), len(pieces))
        for name, cell in _cells(row, settings, addresses):
            place = places.get(name)
            if place is None:
                unknown += 1
            elif cell is not None:
                value = _number(cell)
                malformed += value is None
                address = addresses[place]
                shown = nan if value is None else address.scale * value + address.offset
                told.append((place, at_ns, shown, BAD if value is None else GOOD, of))
    which, at, values, statuses, of_piece = zip(*told, strict=True) if told else ((), (), (), (), ())
    samples = Samples(
        parameters=tuple(address.parameter for address in addresses),
        which=np.array(which, dtype=np.int32),
        source_ns=np.array(at, dtype=np.int64),
        values=np.array(values, dtype=np.float64),
        statuses=np.array(statuses, dtype=np.uint8),
        received_ns=received_ns,
        pieces=tuple(pieces),
        of=np.array(of_piece, dtype=np.int32) if pieces else None,
    )
    return Read(samples=samples, malformed=malformed, unknown=unknown)


def _cells(row: Mapping[str, object], settings: SqlSettings, addresses: Sequence[Address]) -> list[tuple[str, object]]:
    """Names and cells of a row."""
    if settings.is_long:
        return [(str(row.get(settings.name)), row.get(settings.value))]
    return [(address.address, row.get(address.address)) for address in addresses]


def _number(cell: object) -> float | None:
    """A cell as a finite number; a decimal comma is taken, any other text is not."""
    if isinstance(cell, bool):
        return float(cell)
    if isinstance(cell, str):
        cell = cell.strip().replace(",", ".") if cell.count(",") == 1 and "." not in cell else cell.strip()
    if not isinstance(cell, int | float | Decimal | str):
        return None
    try:
        value = float(cell)
    except (ValueError, OverflowError):
        return None
    return value if isfinite(value) else None


def _instant(cell: object, zone: ZoneInfo) -> int | None:
    """A cell as an instant, ns since 1970 UTC; a number counts seconds."""
    if isinstance(cell, str):
        try:
            return parse_instant(cell, zone.key)
        except DataError:
            return None
    if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
        seconds = float(cell)
        return round(seconds * NS_PER_S) if isfinite(seconds) and abs(seconds) < 2**33 else None
    if isinstance(cell, date) and not isinstance(cell, datetime):
        cell = datetime.combine(cell, time())
    if not isinstance(cell, datetime):
        return None
    aware = cell.replace(tzinfo=zone) if cell.tzinfo is None else cell
    delta = aware - _EPOCH
    at_ns = (delta.days * 86_400 + delta.seconds) * NS_PER_S + delta.microseconds * 1_000
    return at_ns if abs(at_ns) < 2**63 else None
