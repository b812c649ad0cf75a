from pilothouse.packs.steel.owner import read_owners

from .conftest import plant_of


def read(text):
    plant, declaration = plant_of(text)
    return read_owners(declaration, plant)


def test_the_later_owner_counts():
    owners, faults = read('[[owner]]\nname = "Ana"\nof = ["*_ppm"]\n[[owner]]\nname = "Bo"\nof = ["s_ppm"]\n')
    assert faults == ()
    assert owners["s_ppm"] == "Bo"
    assert owners["n_ppm"] == "Ana"
    assert "si" not in owners


def test_an_owner_of_nothing_is_a_fault():
    owners, faults = read('[[owner]]\nname = "Ana"\nof = ["nobody.*"]\n')
    assert owners == {}
    assert ["no parameter is called 'nobody.*'" in fault.problem for fault in faults] == [True]
    assert faults[0].line == 3
