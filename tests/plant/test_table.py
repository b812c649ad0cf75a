"""Typed reading of a table: values, placeholders, faults; nothing is raised."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from pilothouse.errors import Fault
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.table import Table


def root_of(text: str) -> tuple[Table, list[Fault]]:
    faults: list[Fault] = []
    return Declaration.parse(text).root(faults), faults


def test_values_come_with_their_types() -> None:
    table, faults = root_of('t = "a"\nn = 2\ni = 3\nf = true\nts = ["x"]\nns = [1, 2.5]\nempty = []')
    assert (table.text("t"), table.number("n"), table.integer("i"), table.flag("f")) == ("a", 2.0, 3, True)
    assert isinstance(table.number("n"), float)
    assert (table.texts("ts"), table.numbers("ns"), table.texts("empty", default=())) == (("x",), (1.0, 2.5), ())
    assert table.value("i") == 3
    assert faults == []
    assert table.sound


def test_defaults_stand_in_for_keys_that_are_not_written() -> None:
    table, faults = root_of("")
    assert table.text("a", default=None) is None
    assert table.number("a", default=1.5) == 1.5
    assert table.integer("a", default=None) is None
    assert table.flag("a", default=True) is True
    assert table.texts("a", default=("x",)) == ("x",)
    assert table.numbers("a", default=None) is None
    assert table.choice("a", ["x"], default="neither") == "neither"
    assert table.choices("a", ["x"], default=None) is None
    assert table.value("a") is None
    assert faults == []


Reading = Callable[[Table], object]
WRONG: list[tuple[str, Reading, object, str]] = [
    ("v = 1", lambda t: t.text("v"), "", "v: expected a text, got 1"),
    ('v = " "', lambda t: t.text("v"), "", "v: expected a text, got ' '"),
    ("v = true", lambda t: t.number("v"), math.nan, "v: expected a number, got true"),
    ("v = inf", lambda t: t.number("v", default=None), math.nan, "v: expected a number, got inf"),
    ("v = 1.5", lambda t: t.number("v", low=0, high=1), math.nan, "v: expected a number from 0 to 1, got 1.5"),
    ("v = 2", lambda t: t.number("v", high=1), math.nan, "v: expected a number of at most 1, got 2"),
    ("v = 1.0", lambda t: t.integer("v"), 0, "v: expected a whole number, got 1.0"),
    ("v = true", lambda t: t.integer("v"), 0, "v: expected a whole number, got true"),
    ("v = 0", lambda t: t.integer("v", low=1), 0, "v: expected a whole number of at least 1, got 0"),
    ('v = "no"', lambda t: t.flag("v"), False, "v: expected true or false, got 'no'"),
    ('v = "x"', lambda t: t.texts("v"), (), "v: expected a list of texts, got 'x'"),
    ('v = ["x", 1]', lambda t: t.texts("v"), (), "v: expected a list of texts, got ['x', 1]"),
    ('v = ["x", ""]', lambda t: t.texts("v"), (), "v: expected a list of texts, got ['x', '']"),
    ("v = []", lambda t: t.texts("v"), (), "v: expected a list of texts, got []"),
    ("v = [1, true]", lambda t: t.numbers("v"), (), "v: expected a list of numbers, got [1, True]"),
    ("v = {}", lambda t: t.text("v"), "", "v: expected a text, got a table"),
    ("v = [{}]", lambda t: t.texts("v"), (), "v: expected a list of texts, got a list of tables"),
    ('v = "b"', lambda t: t.choice("v", ["a"]), "", "unknown v 'b'"),
    ('v = "b"', lambda t: t.choice("v", ["a"], default=None), "", "unknown v 'b'"),
    ("v = 1", lambda t: t.choice("v", ["a"]), "", "v: expected a text, got 1"),
    ('v = ["a", "b"]', lambda t: t.choices("v", ["a"]), (), "v: unknown 'b'"),
    ("v = 1", lambda t: t.table("v"), None, "v: expected a table, got 1"),
    ("v = [{}]", lambda t: t.table("v"), None, "v: expected a table, got a list of tables"),
    ("v = {}", lambda t: t.tables("v"), (), "v: expected a list of tables, got a table"),
    ("v = [1]", lambda t: t.tables("v"), (), "v: expected a list of tables, got [1]"),
    ("", lambda t: t.text("v"), "", "v is missing"),
    ("", lambda t: t.choice("v", ["a"]), "", "v is missing"),
    ("", lambda t: t.numbers("v"), (), "v is missing"),
]


@pytest.mark.parametrize(("text", "read", "placeholder", "problem"), WRONG)
def test_a_wrong_value_is_one_fault_and_gives_a_placeholder(
    text: str, read: Reading, placeholder: object, problem: str
) -> None:
    table, faults = root_of("\n\n" + text)
    assert repr(read(table)) == repr(placeholder)
    assert [fault.problem for fault in faults] == [problem]
    assert faults[0].line == (3 if text else 1)
    assert faults[0].remedy
    assert not table.sound


def test_faults_name_the_table_by_its_key_or_its_number() -> None:
    text = '[[scenario]]\nkey = "arrival"\n[[scenario.lever]]\n[[scenario.lever]]\nkey = "power"\n[scenario.aim]\n'
    root, faults = root_of(text)
    (scenario,) = root.tables("scenario")
    for table in (*scenario.tables("lever"), scenario.table("aim")):
        assert table is not None
        table.number("low")
    assert [(fault.line, fault.problem) for fault in faults] == [
        (3, "scenario arrival, lever 1: low is missing"),
        (4, "scenario arrival, lever power: low is missing"),
        (6, "scenario arrival, aim: low is missing"),
    ]
    assert not scenario.sound
    assert not root.sound


def test_a_fault_stands_at_a_key_a_line_or_the_table() -> None:
    root, faults = root_of("[t]\na = 1\n")
    table = root.table("t")
    assert table is not None
    table.fault("one", "x", at="a")
    table.fault("two", "x", at=7)
    table.fault("three", "x", at="not written")
    table.fault("four", "x")
    assert [fault.line for fault in faults] == [2, 7, 1, 1]


def test_entries_are_tables_under_names_of_the_writers_own() -> None:
    root, faults = root_of('[columns]\n"Air temp" = { unit = "K" }\nother = 1\n')
    columns = root.table("columns")
    assert columns is not None
    assert [(name, table.text("unit")) for name, table in columns.entries()] == [("Air temp", "K")]
    assert [(fault.line, fault.problem) for fault in faults] == [(3, "columns: other: expected a table, got 1")]


def test_unknown_keys_are_told_at_the_end_once_and_in_every_table_that_was_opened() -> None:
    text = 'key = "a"\nlabl = "b"\n[aim]\ntolerence = 1\n[left]\nx = 1\n[unread]\nz = 1\n'
    root, faults = root_of(text)
    root.text("key")
    root.text("label", default="")
    root.leave("left")
    aim = root.table("aim")
    assert aim is not None
    aim.number("tolerance", default=0.0)
    root.done()
    root.done()
    assert [(fault.line, fault.problem, fault.remedy) for fault in faults] == [
        (2, "unknown key 'labl'", "use label"),
        (7, "unknown table 'unread'", "use one of: aim, key, label, left"),
        (4, "aim: unknown key 'tolerence'", "use tolerance"),
    ]


def test_asking_whether_a_key_is_written_makes_it_known_and_listing_keys_does_not() -> None:
    root, faults = root_of("a = 1\nb = 2\n")
    assert root.has("a")
    assert not root.has("c")
    assert root.keys() == ("a", "b")
    root.done()
    assert [fault.problem for fault in faults] == ["unknown key 'b'"]


@dataclass(frozen=True, kw_only=True)
class Window:
    low: float
    high: float

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above high")


def test_make_builds_of_a_sound_table_only_and_turns_a_refusal_into_a_fault() -> None:
    root, faults = root_of("[[w]]\nlow = 1\nhigh = 2\n[[w]]\nlow = 3\nhigh = 2\n[[w]]\nlow = 'x'\nhigh = 2\n")
    made = [w.make(Window, low=w.number("low"), high=w.number("high")) for w in root.tables("w")]
    assert made == [Window(low=1.0, high=2.0), None, None]
    assert [(fault.line, fault.problem) for fault in faults] == [
        (4, "w 2: low is above high"),
        (8, "w 3: low: expected a number, got 'x'"),
    ]
