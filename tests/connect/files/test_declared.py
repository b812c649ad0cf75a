"""``[[import]]`` in plant.toml: what it can say, and every fault with its line and remedy."""

from dataclasses import replace
from typing import Any

import pytest

from pilothouse.connect.files.declared import read_mappings
from pilothouse.connect.files.mapping import ColumnMapping, Duration, Join, Known, LongLayout, TagMapping
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.parameter import UnsoundParameter
from pilothouse.plant.plant import Plant

SOUND = """\
[[import]]
key = "t"
file = "t.csv"
piece = "key"
material = "heat"
time = "at"
columns = { "T" = { parameter = "temperature", unit = "K" } }
"""


def faults(toml: str, plant: Plant) -> list[str]:
    return [str(fault) for fault in read_mappings(Declaration.parse(toml), plant)[1]]


def mapping(toml: str, plant: Plant) -> Any:
    found, wrong = read_mappings(Declaration.parse(toml), plant)
    assert not wrong, [str(fault) for fault in wrong]
    [one] = found
    return one


def test_all_that_a_wide_mapping_can_say(plant: Plant) -> None:
    one = mapping(
        """
        [[import]]
        key = "m"
        file = ["a.csv", "b_*.csv"]
        piece = "Плавка  №"
        time = "@piece_start"
        duration = { column = "min", unit = "min" }
        known = { delay = "1.5 h" }
        join = [{ file = "c.csv", on = ["key", "part"], suffix = " time" }]
        sheet = "S"
        delimiter = "tab"
        encoding = "utf-8-sig"
        decimal = ","
        time_format = "%d.%m.%y %H:%M"
        time_zone = "Europe/Berlin"
        missing = ["-", "NA"]
        [import.columns]
        "M {n}" = { parameter = "mass_{n}", time = "M {n} time", end = "M {n} end", status = "Q {n}", optional = true }
        """,
        plant,
    )
    assert (one.files, one.piece, one.time) == (("a.csv", "b_*.csv"), "Плавка №", "@piece_start")
    assert (one.duration, one.known) == (Duration(column="min", unit="min"), Known(delay_ns=5_400_000_000_000))
    assert one.joins == (Join(files=("c.csv",), on=("key", "part"), suffix=" time"),)
    assert (one.sheet, one.delimiter, one.encoding, one.decimal) == ("S", "\t", "utf-8-sig", ",")
    assert (one.time_format, one.time_zone, one.missing) == ("%d.%m.%y %H:%M", "Europe/Berlin", ("-", "NA"))
    assert one.columns == (
        ColumnMapping(
            header="M {n}", parameter="mass_{n}", time="M {n} time", end="M {n} end", status="Q {n}", optional=True
        ),
    )
    assert one.expected.written == ("Плавка №", "min", "M {n}", "M {n} time", "M {n} end", "Q {n}")


def test_all_that_a_long_mapping_can_say(plant: Plant) -> None:
    one = mapping(
        """
        [[import]]
        key = "l"
        file = "l.csv"
        layout = "long"
        time = "at"
        end = "till"
        name = "tag"
        value = "v"
        unit = "u"
        status = "q"
        others = "ignore"
        tags = { "T1" = { parameter = "temperature", unit = "K" }, "P.1" = { parameter = "power" } }
        """,
        plant,
    )
    tags = {"T1": TagMapping(parameter="temperature", unit="K"), "P.1": TagMapping(parameter="power")}
    assert one.long == LongLayout(name="tag", value="v", unit="u", status="q", tags=tags, ignore_others=True)
    assert (one.time_zone, one.delimiter, one.encoding, one.decimal) == ("UTC", None, None, None)
    assert one.expected.written == ("at", "till", "tag", "v", "u", "q")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            '"temperature"',
            '"temprature"',
            "7: import t, columns, T: unknown parameter 'temprature'. Use temperature.",
        ),
        (
            '"K"',
            '"kg"',
            (
                "7: import t, columns, T: parameter temperature: 'kg' is not a unit of temperature. Use one "
                "of: degC, K, degF."
            ),
        ),
        (
            '"heat"',
            '"hete"',
            "5: import t: unknown material 'hete'. Use heat.",
        ),
        (
            'time = "at"\n',
            "",
            '1: import t: time is missing. Add time = "<header>", or a time for each column.',
        ),
        (
            '"at"',
            '"@piece_ends"',
            "6: import t: time: unknown '@piece_ends'. Use @piece_end.",
        ),
        (
            'piece = "key"\n',
            "",
            None,
        ),
        (
            'file = "t.csv"\n',
            "",
            '1: import t: file is missing. Add a line file = "...".',
        ),
        (
            'key = "t"',
            'key = "a/b"',
            "2: import a/b: key 'a/b': expected letters, digits, '_', '-' and '.'. It names the reject file.",
        ),
        (
            '"T" =',
            '"T {n" =',
            (
                "7: import t, columns, T {n: 'T {n': '{' is not a placeholder such as {n}. Write {n} for a "
                "whole number; a brace that is meant is written twice."
            ),
        ),
        (
            '"temperature"',
            '"mass_{n}"',
            "7: import t, columns, T: 'mass_{n}': {n} does not stand in the header. Use the header's placeholders.",
        ),
        (
            'unit = "K"',
            'uint = "K"',
            "7: import t, columns, T: unknown key 'uint'. Use unit.",
        ),
        (
            "columns",
            'known = { delay = "soon" }\ncolumns',
            "7: import t, known: delay: expected a duration, got 'soon'. Write a number and a unit, such as \"30 s\".",
        ),
        (
            "columns",
            'known = { delay = "-1 s" }\ncolumns',
            "7: import t, known: delay: '-1 s' is negative. Nothing is known before it ended.",
        ),
        (
            "columns",
            "known = {}\ncolumns",
            (
                '7: import t, known: expected either a column or a delay. Write { delay = "30 s" } or { '
                'column = "<header>" }.'
            ),
        ),
        (
            "columns",
            'time_zone = "Mars"\ncolumns',
            """7: import t: unknown time zone 'Mars'. Use an IANA name such as "Europe/Berlin".""",
        ),
        (
            "columns",
            'encoding = "hex"\ncolumns',
            "7: import t: unknown encoding 'hex'. Use auto, utf-8, utf-16, cp1251 or latin-1.",
        ),
        (
            "columns",
            'decimal = ";"\ncolumns',
            "7: import t: unknown decimal ';'. Use one of: ., ,, auto.",
        ),
        (
            "columns",
            'end = "e"\nduration = { column = "d", unit = "s" }\ncolumns',
            "8: import t: end and duration both say when it ended. Leave one of them out.",
        ),
        (
            "columns",
            'duration = { column = "d", unit = "kg" }\ncolumns',
            "7: import t, duration: unknown unit 'kg'. Use one of: s, min, h, d.",
        ),
        (
            "columns",
            'layout = "long"\nname = "n"\nvalue = "v"\ncolumns',
            "10: import t: columns belong to a wide table. Write tags, or leave out layout.",
        ),
        (
            "columns",
            'join = [{ file = "j.csv" }]\ncolumns',
            '7: import t, join 1: on is missing. Add a line on = "...".',
        ),
    ],
)
def test_every_fault_has_its_line_and_remedy(plant: Plant, old: str, new: str, expected: str | None) -> None:
    assert old in SOUND
    assert faults(SOUND.replace(old, new, 1), plant) == ([] if expected is None else ["plant.toml:" + expected])


def test_a_piece_time_needs_a_piece(plant: Plant) -> None:
    toml = SOUND.replace('piece = "key"\n', "").replace('"at"', '"@piece_end"')
    assert faults(toml, plant) == [
        "plant.toml:5: import t: time = '@piece_end' needs a piece. Add piece = \"<header>\" to the import."
    ]


def test_a_pattern_must_fit_a_parameter_and_its_unit_every_one(plant: Plant) -> None:
    toml = SOUND.replace(
        '"T" = { parameter = "temperature", unit = "K" }', '"M {n}" = { parameter = "mass_{n}", unit = "K" }'
    )
    assert faults(toml, plant) == [
        "plant.toml:7: import t, columns, M {n}: parameter mass_1: 'K' is not a unit of mass. Use one of: kg, g, t, lb."
    ]
    assert faults(toml.replace("mass_{n}", "bulk_{n}"), plant)[0].startswith(
        "plant.toml:7: import t, columns, M {n}: unknown parameter 'bulk_{n}'."
    )


def test_all_faults_are_collected_and_sound_mappings_are_given(plant: Plant) -> None:
    bad = SOUND.replace('"t"', '"b"').replace('"K"', '"kg"').replace('"heat"', '"x"')
    found, wrong = read_mappings(Declaration.parse(SOUND + bad + SOUND), plant)
    assert [one.key for one in found] == ["t"]
    assert [fault.line for fault in wrong] == [14, 12, 16]
    assert "the key 't' stands twice" in str(wrong[-1])


def test_headers_with_braces_are_just_headers_where_nothing_is_a_pattern(plant: Plant) -> None:
    toml = SOUND.replace('time = "at"', 'time = "at {UTC}"').replace('unit = "K" }', 'unit = "K", status = "q {x" }')
    assert mapping(toml, plant).time == "at {UTC}"


@pytest.mark.parametrize(("unit", "wrong"), [("K", False), ("kWh", False), ("degX", True), ("kWx", False)])
def test_of_an_unsound_parameter_only_a_unit_that_nobody_knows_is_a_fault(plant: Plant, unit: str, wrong: bool) -> None:
    """What it measures is not known; its own unit is told at fault where it stands."""
    unsound = UnsoundParameter(key="temperature", name="T", kind="", unit="kWx", role="", equipment="")
    told = faults(SOUND.replace('unit = "K"', f'unit = "{unit}"'), replace(plant, parameters={"temperature": unsound}))
    problem = "plant.toml:7: import t, columns, T: parameter temperature: unknown unit 'degX'. Use degF."
    assert told == ([problem] if wrong else [])
