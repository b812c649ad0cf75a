"""What people see is to the letter, and no digit that matters is lost."""

import pytest

from pilothouse.cli.output import error_json, number, say, say_json, table
from pilothouse.errors import DataError


@pytest.mark.parametrize(
    ("value", "span", "digits", "said"),
    [
        (1592.43, 31.2, 2, "1,592"),
        (118.281, 7.2, 2, "118.3"),
        (0.3517, 0.4, 3, "0.352"),
        (-3.0, 30.0, 3, "-3.0"),
        (1e6, 1e6, 3, "1,000,000"),
        (5.0, 0.0, 3, "5.00000"),
        (0.0, 0.0, 3, "0"),
    ],
)
def test_numbers_have_the_digits_that_matter(value, span, digits, said):
    assert number(value, span, digits) == said


def test_names_with_brackets_are_names(capsys):
    say("piece [/] of [bold]")
    table("title [x]", ("lever [Zn]", "set>"), [("pump [1]", "3 [kg]")])
    out = capsys.readouterr().out
    assert all(text in out for text in ("piece [/] of [bold]", "title [x]", "lever [Zn]", "pump [1]", "3 [kg]"))


def test_a_pipe_gets_whole_lines(capsys):
    say("word " * 60)
    table("wide", tuple(f"column {n}" for n in range(12)), [tuple("0123456789" for _ in range(12))])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines[0]) > 250
    assert sum("0123456789" in line for line in lines) == 1


def test_json_has_no_number_that_is_none():
    with pytest.raises(ValueError, match="not JSON compliant"):
        say_json({"mae": float("nan")})


def test_the_shape_of_an_error():
    assert error_json(DataError("no value", hint="import it", piece="7")) == {
        "ok": False,
        "code": "data",
        "message": "no value",
        "hint": "import it",
        "context": {"piece": "7"},
    }
