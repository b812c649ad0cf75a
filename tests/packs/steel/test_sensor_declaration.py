import pytest

from pilothouse.packs.steel.sensor_declaration import read_sensor_watches

from .conftest import plant_of

TOML = """\
[[sensor_watch]]
key = "tester"
title = "Tester on the line"
sensor = "tester"
matters = 0.1

[[sensor_watch.cause]]
key = "steel"
looks_at = ["si", "al", "*_ppm"]

[[sensor_watch.effect]]
key = "loss"
title = "loss test"
result = "loss"
given = ["thickness_mm"]
"""


def read(text):
    plant, declaration = plant_of(text)
    return read_sensor_watches(declaration, plant)


def test_what_is_declared_is_read():
    [watch], faults = read(TOML)
    assert faults == ()
    assert (watch.sensor, watch.matters, watch.unit) == ("tester", 0.1, "1")
    assert watch.causes[0].title == "steel"
    assert {"si", "s_ppm", "c_ppm"} <= set(watch.causes[0].looks_at)
    assert watch.effects[0].given == ("thickness_mm",)
    assert watch.parameters[0] == "tester"
    assert len(set(watch.parameters)) == len(watch.parameters)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('sensor = "tester"', 'sensor = "testor"', "testor"),
        ('result = "loss"', 'result = "lost"', "lost"),
        ('result = "loss"', 'result = "tester"', "is the sensor itself"),
        ('looks_at = ["si", ', 'looks_at = ["tester", ', "is the sensor itself"),
        ('"*_ppm"', '"*_ppb"', "no parameter is called '*_ppb'"),
        ("matters = 0.1", "matters = -1", "matters"),
        ("matters = 0.1\n", "", "matters"),
        ('key = "steel"', 'key = "loss"', "loss"),
        ("given", "giving", "giving"),
    ],
)
def test_every_fault_is_named_with_its_line(old, new, problem):
    assert old in TOML
    found, faults = read(TOML.replace(old, new))
    assert found == ()
    assert any(problem in fault.problem for fault in faults), faults
    assert all(fault.line > 0 and fault.remedy for fault in faults)


@pytest.mark.parametrize("side", ["cause", "effect"])
def test_without_one_side_sensor_and_process_look_alike(side):
    other = {"cause": "effect", "effect": "cause"}[side]
    head, *parts = TOML.split("\n[[sensor_watch.")
    text = head + "".join(f"\n[[sensor_watch.{part}" for part in parts if part.startswith(other))
    found, faults = read(text)
    assert found == ()
    assert any(f"no {side}" in fault.problem for fault in faults)
