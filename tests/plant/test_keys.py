"""Keys: well formed, and each given once."""

import pytest

from pilothouse.errors import Fault
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.keys import Keys, is_key


@pytest.mark.parametrize("text", ["a", "LF-1", "stage.group.7", "печь_1", "1"])
def test_keys(text: str) -> None:
    assert is_key(text)


@pytest.mark.parametrize("text", ["", " ", "a b", "a/b", "t#", "a,b", "a\n"])
def test_what_is_no_key(text: str) -> None:
    assert not is_key(text)


def test_a_second_use_names_the_line_of_the_first_even_on_one_line() -> None:
    faults: list[Fault] = []
    tables = Declaration.parse('kpi = [{ key = "a" }, { key = "b" }, { key = "a" }]').tables("kpi", faults)
    keys = Keys("kpi")
    assert [keys.read(table) for table in tables] == ["a", "b", "a"]
    assert [fault.problem for fault in faults] == ["kpi a: the key 'a' stands on line 1 already"]
