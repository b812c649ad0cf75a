"""The error tree: every error says what, where and what to do, and ends with its family's exit code."""

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse import errors
from pilothouse.errors import DataError, Fault, PilothouseError, StaleDataError, about, use_known

TREE = [thing for _, thing in inspect.getmembers(errors, inspect.isclass) if issubclass(thing, PilothouseError)]
FAMILIES = [error for error in TREE if error.__base__ is PilothouseError]


def test_the_drawing_at_the_top_of_the_file_is_the_tree() -> None:
    assert errors.__doc__ is not None
    assert all(error.__name__ in errors.__doc__ for error in TREE)


def test_codes_are_unique_and_exit_codes_go_by_family() -> None:
    assert len({error.code for error in TREE}) == len(TREE)
    assert len({family.exit_code for family in FAMILIES}) == len(FAMILIES)
    for family in FAMILIES:
        for error in (error for error in TREE if issubclass(error, family)):
            assert error.exit_code == family.exit_code > 2
            assert error.code.split(".")[0] == family.code


def test_an_error_reads_as_a_sentence() -> None:
    assert str(DataError("no value")) == "no value"
    assert str(DataError("no value", line="3")) == "no value (line 3)"
    assert str(DataError("no value", hint="fill it in", file="a", line="3")) == "no value (file a, line 3). Fill it in."


def test_context_is_added_from_outside_and_what_is_known_stays() -> None:
    with pytest.raises(StaleDataError) as caught, about(piece="outer", unit="lf1"), about(piece="inner"):
        raise StaleDataError("too old")
    assert caught.value.context == {"piece": "inner", "unit": "lf1"}


def test_other_errors_pass_untouched() -> None:
    with pytest.raises(KeyError, match="x"), about(piece="1"):
        raise KeyError("x")


def test_faults_print_as_compilers_do_and_sort_by_file_and_line() -> None:
    one = Fault(file="plant.toml", line=7, problem="equipment lf1: unknown level 'cell'", remedy="use work_unit")
    two = Fault(file="plant.toml", line=10, problem="a", remedy="b")
    assert str(one) == "plant.toml:7: equipment lf1: unknown level 'cell'. Use work_unit."
    assert sorted([two, one]) == [one, two]


@pytest.mark.parametrize(
    ("given", "known", "remedy"),
    [
        ("work-unit", ["site", "work_unit"], "use work_unit"),
        ("MASS", ["mass", "power"], "use mass"),
        ("zzz", ["site", "area"], "use one of: site, area"),
        ("zzz", [str(i) for i in range(20)], "use one of: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 8 more"),
        ("zzz", [], "declare it first"),
    ],
)
def test_the_remedy_for_an_unknown_name(given: str, known: list[str], remedy: str) -> None:
    assert use_known(given, known) == remedy


@given(st.sampled_from("abcdef"), st.integers(0, 8), st.sampled_from(["temperature", "work_center", "laboratory"]))
def test_one_slip_of_the_pen_is_always_recognised(letter: str, place: int, name: str) -> None:
    assert use_known(name[:place] + letter + name[place + 1 :], ["lever", name, "soft"]) == f"use {name}"
