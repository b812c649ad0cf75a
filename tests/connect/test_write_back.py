"""[write_back] read whole; what is wrong in it is named with its line."""

import pytest

from pilothouse.clock import NS_PER_S
from pilothouse.connect.write_back import SetPointRule, WriteBack, read_write_back
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.equipment import Equipment
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.plant import Plant


@pytest.fixture
def plant() -> Plant:
    roles = {"arc": "lever", "lime": "set_point", "temperature": "measured"}
    return Plant(
        key="p",
        name="P",
        time_zone="UTC",
        currency="EUR",
        equipment={"lf": Equipment(key="lf", level="work_unit", name="LF")},
        parameters={
            key: Parameter(key=key, name=key, kind="mass", unit="kg", role=role, equipment="lf")
            for key, role in roles.items()
        },
        materials={},
        segments={},
        orders={},
        kpis={},
    )


SET_POINT = '[[write_back.set_point]]\nparameter = "arc"\nleast_seconds = 60\ngreatest_step = 5.0\n'


def test_without_the_table_nothing_is_written(plant) -> None:
    assert read_write_back(Declaration.parse("schema = 1"), plant) == (WriteBack(), ())
    assert not WriteBack().enabled


def test_what_is_written_is_read(plant) -> None:
    text = f'[write_back]\nenabled = true\ntwo_people = true\ngreatest_age_s = 1.5\nheartbeat = "lime"\n{SET_POINT}'
    read, faults = read_write_back(Declaration.parse(text + 'lever = "heating"\ntolerance = 0.5'), plant)
    assert faults == ()
    rule = SetPointRule(parameter="arc", lever="heating", least_ns=60 * NS_PER_S, greatest_step=5.0, tolerance=0.5)
    assert read.rule("heating") == rule
    assert read.rule("arc") is None
    assert (read.enabled, read.two_people, read.greatest_age_ns, read.heartbeat) == (True, True, 1_500_000_000, "lime")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[write_back]\nenabeld = true", "plant.toml:2: write back: unknown key 'enabeld'. Use enabled."),
        ("[write_back]\nenabled = 1", "plant.toml:2: write back: enabled: expected true or false, got 1"),
        ('[write_back]\nheartbeat = "arcc"', "plant.toml:2: write back: unknown heartbeat 'arcc'. Use arc."),
        ('[write_back]\nheartbeat = "temperature"', "temperature is measured, and only what is set can be written"),
        ("[write_back]\ntimeout_s = 0", "plant.toml:2: write back: timeout_s: expected a number from 0.1 to 300"),
        (
            "[write_back]\n" + SET_POINT.replace('"arc"', '"temperature"'),
            "plant.toml:3: write back, set point 1: parameter: temperature is measured",
        ),
        ("[write_back]\n" + SET_POINT.replace("least_seconds = 60\n", ""), "set point 1: least_seconds is missing"),
        ("[write_back]\n" + SET_POINT.replace("greatest_step = 5.0\n", ""), "set point 1: greatest_step is missing"),
    ],
)
def test_what_is_wrong_is_named(plant, text: str, fault: str) -> None:
    read, faults = read_write_back(Declaration.parse(text), plant)
    assert not read.enabled
    assert [fault in str(told) for told in faults] == [True], [str(told) for told in faults]


def test_a_parameter_is_written_by_one_set_point_alone(plant) -> None:
    _, faults = read_write_back(Declaration.parse("[write_back]\n" + SET_POINT + SET_POINT), plant)
    assert "parameter arc is written by two set points" in str(faults[0])
