"""Instants are ``int`` nanoseconds since 1970 UTC; this is the only place that reads the machine's clock.

Time zones belong to the edges: :func:`parse_instant` and :func:`format_instant` are what files and screens use.
"""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pilothouse.errors import DataError

NS_PER_S = 1_000_000_000
NS_PER_MIN = 60 * NS_PER_S
NS_PER_H = 60 * NS_PER_MIN
NS_PER_DAY = 24 * NS_PER_H

END_OF_TIME_NS = 2**63 - 1


def now_ns() -> int:
    """The present instant in nanoseconds since 1970 UTC."""
    return time.time_ns()


def stopwatch_s() -> float:
    """A monotonic reading in seconds, for measuring spans only."""
    return time.perf_counter()


def parse_instant(text: str, time_zone: str = "UTC") -> int:
    """Nanoseconds of an ISO 8601 instant; a text without offset is taken in ``time_zone``.

    Raises
    ------
    DataError
        If the text is not an ISO 8601 date or date-time, or lies outside what 64 bits of nanoseconds hold.

    Examples
    --------
    >>> parse_instant("1970-01-01T00:00:01Z")
    1000000000
    >>> parse_instant("1970-01-01 03:00:00", "Europe/Moscow")
    0
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise DataError(f"expected an instant such as 2026-05-03T11:02:14Z, got {text!r}") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(time_zone))
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    instant_ns = (delta.days * 86_400 + delta.seconds) * NS_PER_S + delta.microseconds * 1_000
    if not -END_OF_TIME_NS <= instant_ns <= END_OF_TIME_NS:
        raise DataError(f"expected an instant between the years 1678 and 2262, got {text!r}")
    return instant_ns


def format_instant(instant_ns: int, time_zone: str = "UTC") -> str:
    """An instant as people read it, in seconds, with its offset.

    Examples
    --------
    >>> format_instant(0, "Europe/Moscow")
    '1970-01-01 03:00:00+03:00'
    """
    moment = datetime.fromtimestamp(instant_ns // NS_PER_S, tz=ZoneInfo(time_zone))
    return moment.isoformat(sep=" ")
