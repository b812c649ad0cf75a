"""Header patterns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.connect.files.pattern import Expected, fill, placeholders, regex_of, tidy


@pytest.mark.parametrize("pattern", ["Bulk {n", "Bulk n}", "Bulk {}", "Bulk {1}", "{n} {n}", "{a b}", "}{"])
def test_patterns_that_are_not_well_formed(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"placeholder|twice"):
        placeholders(pattern)


def test_n_is_a_whole_number_and_other_names_are_any_text() -> None:
    assert regex_of("Bulk {n}").fullmatch("Bulk 12")
    assert not regex_of("Bulk {n}").fullmatch("Bulk 1 time")
    found = regex_of("{what} ({unit})").fullmatch("Power, total (kW)")
    assert found is not None
    assert found.groupdict() == {"what": "Power, total", "unit": "kW"}


def test_a_brace_that_is_meant_is_written_twice() -> None:
    assert regex_of("T {{{n}}}").fullmatch("T {7}")
    assert fill("T {{{n}}}", {"n": "7"}) == "T {7}"


@given(st.text(max_size=20))
def test_a_header_without_braces_fits_itself(header: str) -> None:
    literal = header.replace("{", "{{").replace("}", "}}")
    assert regex_of(literal).fullmatch(header)
    assert fill(literal, {}) == header
    assert tidy(header) == tidy(tidy(header))


def test_expected_headers_are_found_by_name_and_by_pattern() -> None:
    expected = Expected.of(["key", "Bulk {n}", "key"])
    assert expected.written == ("key", "Bulk {n}")
    assert expected.found_in(["Bulk 1", "Bulk 2"]) == 1
    assert expected.spoken_in("key;Bulk 3;x") == 2
