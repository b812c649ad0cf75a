"""Which names tables speak of."""

import re

from hypothesis import given
from hypothesis import strategies as st

from pilothouse.plant.named import names_in


def test_only_the_tables_asked_for_are_looked_at() -> None:
    content = {"plant": {"key": "mill"}, "import": [{"columns": {"T": {"parameter": "temp"}}}], "scenario": "odd"}
    assert names_in(content, ("import", "kiln")) == ("temp",)


def test_numbers_and_flags_are_no_names() -> None:
    assert names_in({"scenario": [{"low": 1.0, "open": True, "of": ["gas", 3]}]}, ("scenario",)) == ("gas",)


@given(st.from_regex(r"[a-z_]{1,6}(\.[a-z]{1,3}){0,3}", fullmatch=True))
def test_every_beginning_of_a_text_that_ends_at_a_dot_is_named(text: str) -> None:
    named = names_in({"scenario": [{"feature": text}]}, ("scenario",))
    assert {text[: dot.start()] for dot in re.finditer(r"\.", text)} | {text} == set(named)


def test_a_pattern_stands_for_one_that_fits_it() -> None:
    assert "zone_1_power_1" in names_in({"import": [{"parameter": "zone_{n}_power_{side}"}]}, ("import",))
