import pytest

from pilothouse.packs.steel.declaration import read_virtual_tests

from .conftest import PLANT_TOML, plant_of


def read(text):
    plant, declaration = plant_of(text)
    return read_virtual_tests(declaration, plant)


def test_what_is_declared_is_read():
    [test], faults = read(PLANT_TOML)
    assert faults == ()
    assert [one.key for one in test.standings] == ["rolled", "annealed"]
    assert [one.analyser for one in test.standings] == ["", "tester"]
    assert test.parameters[0] == "loss"
    assert "loss" not in {name for one in test.standings for name in one.looks_at}
    assert [test.knows_strip(one) for one in test.standings] == [False, True]
    assert {"s_ppm", "n_ppm", "o_ppm"} <= set(test.standings[1].looks_at)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('result = "loss"', 'result = "lost"', "lost"),
        ('piece = "coil"', 'piece = "roll"', "roll"),
        ('closes = "band"', 'closes = "bond"', "bond"),
        ('"*_ppm", "band"', '"*_ppb", "band"', "no parameter is called '*_ppb'"),
        ('alike = ["si", "al"]', 'alike = ["si"]', "at least 2 parameters, got 1"),
        ('alike = ["si", "al"]', 'alike = ["si", "tester"]', "tester"),
        ('analyser = "tester"', 'analyser = "loss"', "loss"),
        ('mn = "mn"\n', "", "mn"),
        ('key = "annealed"', 'key = "rolled"', "rolled"),
    ],
)
def test_every_fault_is_named_with_its_line(old, new, problem):
    assert old in PLANT_TOML
    found, faults = read(PLANT_TOML.replace(old, new))
    assert found == ()
    assert any(problem in fault.problem for fault in faults), faults
    assert all(fault.line > 0 and fault.remedy for fault in faults)


def test_a_test_without_a_standing_is_a_fault():
    found, faults = read(PLANT_TOML.split("[[virtual_test.standing]]")[0])
    assert found == ()
    assert [fault.problem for fault in faults if "standing" in fault.problem]


def test_without_a_strip_there_is_no_physics():
    head, rest = PLANT_TOML.split("[virtual_test.strip]")
    [test], faults = read(head + "[[virtual_test.standing]]" + rest.split("[[virtual_test.standing]]", 1)[1])
    assert faults == ()
    assert not any(test.knows_strip(one) for one in test.standings)
