import pytest

from pilothouse.packs.steel.end_point.declaration import read_end_points

from .conftest import PLANT_TOML, plant_of


def read(text):
    plant, declaration = plant_of(text)
    return read_end_points(declaration, plant)


def test_what_is_declared_is_read():
    [point], faults = read(PLANT_TOML)
    assert faults == ()
    assert point.facts == ("shot_c", "shot_t", "hm", "scrap", "idle")
    assert set(point.parameters) >= {"o2", "ore", "end_c", "end_t", "second_c", "second_t"}
    assert [lever.name for lever in point.levers] == ["Oxygen", "Ore"]
    assert point.words["idle"] == "the idle"
    assert point.again.temperature_below == float("-inf")


def test_who_does_not_blow_again_leaves_it_out():
    a, b = PLANT_TOML.index("[end_point.again]"), PLANT_TOML.index("[end_point.aim]")
    [point], faults = read(PLANT_TOML[:a] + PLANT_TOML[b:])
    assert faults == ()
    assert point.again is None


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('carbon = "shot_c"', 'carbon = "shot_x"', "shot_x"),
        ('carbon = "end_c"', 'carbon = "ppm"', "expected a parameter in %, got ppm in ppm"),
        ('bath = ["hm", "scrap"]', 'bath = ["hm", "idle"]', "bath: expected a parameter in t"),
        ('looks_at = ["idle"]', 'looks_at = ["end_t"]', "end_t is known only after the shot"),
        ("low = 900.0", "low = 2900.0", "low 2900 is not below high 2200"),
        ('miss_cost_source = "assumed"', "", "miss_cost has no source"),
        ("[end_point.shot]", "[end_point.shut]", "no [end_point.shot]"),
        ("probability = 0.6", "probability = 1.6", "probability"),
        ("step = 10.0", "stop = 10.0", "stop"),
    ],
)
def test_every_fault_is_found(old, new, problem):
    points, faults = read(PLANT_TOML.replace(old, new, 1))
    assert points == ()
    assert any(problem in fault.problem for fault in faults), [fault.problem for fault in faults]
