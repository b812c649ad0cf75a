"""What a declaration of kind sql may say."""

import pytest

from pilothouse.connect.sql.settings import SqlSettings, read_settings
from pilothouse.errors import Fault
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.plant import Plant

GOOD = 'url = "sqlite:///lims.db"\ntable = "results"\ntime = "at"\n'
PLANT = Plant(
    key="p",
    name="P",
    time_zone="Europe/Berlin",
    currency="EUR",
    equipment={},
    parameters={},
    materials={},
    segments={},
    orders={},
    kpis={},
)


def read(text: str) -> tuple[SqlSettings | None, list[str]]:
    faults: list[Fault] = []
    root = Declaration.parse(text).root(faults)
    return read_settings(root, PLANT), [fault.problem for fault in faults]


def test_what_is_left_out_has_a_meaning() -> None:
    settings, faults = read(GOOD)
    assert faults == []
    assert settings is not None
    assert (settings.watermark, settings.time_zone, settings.is_long) == ("at", "Europe/Berlin", False)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('query = "select 1"', "one of them"),
        ('name = "test"', "name and value come together"),
        ('time_zone = "Mars"', "no time zone"),
        ("poll_s = 0", "poll_s"),
    ],
)
def test_contradictions_are_faults(line: str, problem: str) -> None:
    settings, faults = read(GOOD + line)
    assert settings is None
    assert problem in faults[0]


def test_a_password_does_not_stand_in_the_file() -> None:
    _, faults = read('url = "postgresql://me:secret@host/db"\ntable = "t"\ntime = "at"')
    assert "holds a password" in faults[0]
    assert "secret" not in faults[0]
