"""Instants: nanoseconds from text and back, zones and both change-over nights."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.clock import NS_PER_DAY, NS_PER_H, NS_PER_S, format_instant, now_ns, parse_instant, stopwatch_s
from pilothouse.errors import DataError

ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Shanghai", "America/St_Johns", "Asia/Kathmandu"])


@given(st.integers(-4 * 10**9, 9 * 10**9), ZONES)
def test_an_instant_written_and_read_back_is_the_same(second: int, zone: str) -> None:
    instant_ns = second * NS_PER_S
    assert parse_instant(format_instant(instant_ns, zone)) == instant_ns


@given(st.integers(0, 10**15))
def test_microseconds_are_exact(microsecond: int) -> None:
    text = format_instant(microsecond // 1_000_000 * NS_PER_S)[:19] + f".{microsecond % 1_000_000:06}"
    assert parse_instant(text) == microsecond * 1_000


@pytest.mark.parametrize(
    ("text", "zone", "expected_ns"),
    [
        ("1970-01-01", "UTC", 0),
        ("1970-01-02T00:00:00+00:00", "Asia/Shanghai", NS_PER_DAY),
        ("1970-01-01 08:00", "Asia/Shanghai", 0),
        ("19700101T010000Z", "UTC", NS_PER_H),
        ("1969-12-31T23:00:00Z", "UTC", -NS_PER_H),
    ],
)
def test_known_instants(text: str, zone: str, expected_ns: int) -> None:
    assert parse_instant(text, zone) == expected_ns


def test_the_change_over_nights_of_berlin() -> None:
    before, after = (parse_instant(f"2026-03-29 0{h}:30", "Europe/Berlin") for h in (1, 3))
    assert after - before == NS_PER_H  # 02:30 does not exist
    before, after = (parse_instant(f"2026-10-25 0{h}:30", "Europe/Berlin") for h in (1, 3))
    assert after - before == 3 * NS_PER_H  # 02:30 comes twice


@pytest.mark.parametrize("text", ["", "yesterday", "03.05.2026", "2026-13-01", "2026-05-03 25:00", "1", "2026-02-30"])
def test_what_is_no_instant_is_named(text: str) -> None:
    with pytest.raises(DataError, match="expected an instant such as") as caught:
        parse_instant(text)
    assert repr(text) in caught.value.message


@pytest.mark.parametrize("text", ["1500-01-01", "2300-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_instants_beyond_64_bits_are_refused(text: str) -> None:
    with pytest.raises(DataError, match="between the years 1678 and 2262"):
        parse_instant(text, "Asia/Shanghai")


def test_the_clock_goes_on() -> None:
    assert parse_instant("2024-01-01") < now_ns() <= now_ns()
    assert stopwatch_s() <= stopwatch_s()
