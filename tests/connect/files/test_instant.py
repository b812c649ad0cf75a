"""Times as files write them, on both nights of the clock change and to the nanosecond."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.clock import parse_instant
from pilothouse.connect.files.instant import to_instants

S = 1_000_000_000
NOON = parse_instant("2026-05-03T12:00:00Z")


def one(cell: Any, time_format: str | None = None, time_zone: str = "UTC", dtype: Any = None) -> int | str | None:
    """The instant, or the reason why there is none."""
    instants, reasons = to_instants(pl.Series([cell], dtype=dtype), time_format=time_format, time_zone=time_zone)
    assert instants.dtype == pl.Int64
    return instants[0] if reasons[0] is None else str(reasons[0])


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-03 12:00:00",
        "2026-05-03T12:00:00",
        "2026-05-03 12:00",
        "2026-05-03T12:00:00.000",
        "2026-05-03T12:00:00Z",
        "2026-05-03 12:00Z",
        "2026-05-03 15:00:00+03:00",
        "2026-05-03T15:00:00+0300",
        "2026-05-03T15:00:00.0 +03",
        "2026-05-03T07:00-05:00",
        "03.05.2026 12:00:00",
        "3.5.2026 12:00",
        "2026/05/03 12:00:00",
        "  2026-05-03 12:00:00  ",
    ],
)
def test_forms_that_can_be_told_apart(text: str) -> None:
    assert one(text) == NOON


def test_a_date_is_its_midnight() -> None:
    for text in ("2026-05-03", "03.05.2026", "2026/05/03"):
        assert one(text, time_zone="Europe/Moscow") == NOON - 15 * 3600 * S


def test_fractions_to_the_nanosecond() -> None:
    assert one("2026-05-03 12:00:00.123456789") == NOON + 123_456_789
    assert one("2026-05-03T12:00:00.1") == NOON + 100_000_000
    assert one("2026-05-03T12:00:00.1234567Z") == NOON + 123_456_700


@pytest.mark.parametrize(
    "text", ["soon", "2026-13-01", "2026-02-30 10:00:00", "05/03/2026 12:00", "12:00:00", "25:61", "0"]
)
def test_what_is_no_time_or_could_be_two(text: str) -> None:
    assert one(text) == f"expected a time such as 2026-05-03 11:02:14, got '{text}'"


@pytest.mark.parametrize("year", ["0219", "1600", "2300", "9999"])
def test_years_beyond_nanoseconds(year: str) -> None:
    assert one(f"{year}-05-03 12:00:00") == "expected a year from 1678 to 2261"


def test_a_format_of_ones_own() -> None:
    assert one("05/03/26 12:00 PM", "%m/%d/%y %I:%M %p") == NOON
    assert one("03052026", "%d%m%Y") == NOON - 12 * 3600 * S
    assert one("20260503150000+0300", "%Y%m%d%H%M%S%z") == NOON
    assert one("2026-05-03", "%d%m%Y") == "expected a time as %d%m%Y, got '2026-05-03'"


def test_numbers_since_1970() -> None:
    seconds = NOON // S
    for cell in (str(seconds), seconds, float(seconds), f"{seconds}.0"):
        assert one(cell, "epoch_s") == NOON
    assert one(f"{seconds}.123456789", "epoch_s") == NOON + 123_456_789
    assert one(seconds + 0.5, "epoch_s") == NOON + S // 2
    assert one(seconds * 1000 + 7, "epoch_ms") == NOON + 7_000_000
    assert one(float(seconds * 1000 + 7), "epoch_ms") == NOON + 7_000_000
    assert one(str(NOON // 1000 + 1), "epoch_us") == NOON + 1000
    assert one(NOON + 1, "epoch_ns") == NOON + 1
    assert one("-1.5", "epoch_s") == -1_500_000_000
    assert one("9" * 19, "epoch_s") == f"expected a number since 1970, got '{'9' * 19}'"
    assert one("x", "epoch_s") == "expected a number since 1970, got 'x'"
    assert one("", "epoch_s") is None


def test_a_number_is_no_time_unless_the_mapping_says_so() -> None:
    assert str(one(1571)).startswith(
        "expected a time, got a number; if it counts from 1970 set time_format to one of epoch_s"
    )


def test_the_two_nights_of_the_clock_change() -> None:
    zone = "Europe/Berlin"
    assert one("2024-10-27 02:30:00", time_zone=zone) == parse_instant("2024-10-27T02:30:00+02:00")
    assert one("2024-10-27 02:30:00+01:00", time_zone=zone) == parse_instant("2024-10-27T02:30:00+01:00")
    assert one("2024-03-31 02:30:00", time_zone=zone) == f"this local time never was in {zone}: clocks were put forward"
    assert one("2024-03-31 03:00:00", time_zone=zone) == parse_instant("2024-03-31T03:00:00+02:00")


def test_columns_that_hold_dates_already() -> None:
    noon = datetime(2026, 5, 3, 12, tzinfo=UTC)
    naive = noon.replace(tzinfo=None)
    assert one(naive) == NOON
    assert one(naive, time_zone="Europe/Moscow") == NOON - 3 * 3600 * S
    assert one(noon, time_zone="Europe/Moscow", dtype=pl.Datetime("ms", "UTC")) == NOON
    assert one(noon.astimezone(ZoneInfo("Asia/Tokyo")), dtype=pl.Datetime("us", "Asia/Tokyo")) == NOON
    assert one(NOON + 1, dtype=pl.Datetime("ns")) == NOON + 1
    assert one(date(2026, 5, 3)) == NOON - 12 * 3600 * S
    assert one(datetime(1500, 1, 1)) == "expected a year from 1678 to 2261"  # noqa: DTZ001
    before = pl.Series([-1_500_000_001], dtype=pl.Datetime("ns", "UTC"))
    assert to_instants(before, time_format=None, time_zone="UTC")[0].to_list() == [-1_500_000_001]


@given(
    moment=st.datetimes(min_value=datetime(1975, 1, 1), max_value=datetime(2090, 1, 1)),  # noqa: DTZ001
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns"]),
)
def test_the_same_instant_as_the_standard_library(moment: datetime, zone: str) -> None:
    found = one(moment.isoformat(sep=" "), time_zone=zone)
    local = moment.replace(tzinfo=ZoneInfo(zone), fold=0)
    if local.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != moment:
        assert "never was" in str(found)
    else:
        assert found == (local - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000
