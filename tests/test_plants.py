import tomllib
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from pilothouse import plants
from pilothouse.errors import DuplicateKeyError, NotConformingError, PluginError
from pilothouse.plants import Aim, Figure, PlantFamily, Reading, find_plant_families

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Distribution:
    name: str


class Found:
    """An entry point that gives what it is told to."""

    def __init__(self, name, given, distribution="strangers-plants"):
        self.name, self.value, self._given = name, f"somewhere:{name}", given
        self.dist = Distribution(distribution) if distribution else None

    def load(self):
        if isinstance(self._given, Exception):
            raise self._given
        return self._given


@dataclass(frozen=True)
class Family:
    key: str
    title: str = "A family"
    folder: Path = Path()
    practices: tuple[str, ...] = ("usual",)

    def build(self, *, seed, plant_variation=0, practice=""):
        raise NotImplementedError


@pytest.fixture
def installed(monkeypatch):
    def install(*entries):
        monkeypatch.setattr(plants, "entry_points", lambda group: entries if group == plants.GROUP else ())

    return install


def test_families_are_found_by_key(installed):
    mill, furnace = Family("silicon-mill"), Family("furnace")
    installed(Found("silicon-mill", mill), Found("furnace", furnace))
    assert find_plant_families() == {"furnace": furnace, "silicon-mill": mill}


def test_nothing_installed_is_no_fault(installed):
    installed()
    assert find_plant_families() == {}


def test_a_broken_plug_in_names_its_distribution_and_the_remedy(installed):
    installed(Found("mill", ModuleNotFoundError("No module named 'simpy'"), "strangers-mill"))
    with pytest.raises(
        PluginError, match=r"'mill' of strangers-mill cannot be loaded.*No module named 'simpy'"
    ) as told:
        find_plant_families()
    assert "strangers-mill" in told.value.hint
    assert told.value.context["entry_point"] == "somewhere:mill"


def test_something_else_under_the_name_is_told(installed):
    installed(Found("mill", object()))
    with pytest.raises(NotConformingError, match="expected an object with key, title, folder, practices and build"):
        find_plant_families()


def test_the_key_is_the_entry_points_name(installed):
    installed(Found("mill", Family("furnace"), None))
    with pytest.raises(NotConformingError, match=r"'mill' of an unknown distribution: its key is 'furnace'"):
        find_plant_families()


def test_two_families_of_one_key(installed):
    installed(Found("mill", Family("mill"), "ours"), Found("mill", Family("mill"), "theirs"))
    with pytest.raises(DuplicateKeyError, match="claim the key 'mill': ours and theirs"):
        find_plant_families()


def test_the_built_in_families_come_in_by_the_same_door():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = project["entry-points"][plants.GROUP]
    assert declared
    for name, value in declared.items():
        family = EntryPoint(name=name, value=value, group=plants.GROUP).load()
        assert isinstance(family, PlantFamily)
        assert family.key == name


def test_records_check_themselves():
    with pytest.raises(ValueError, match="finite"):
        Figure(value=float("nan"), unit="K")
    with pytest.raises(ValueError, match="before it happened"):
        Reading(parameter="t", value=1.0, happened_ns=5, known_ns=4)
    with pytest.raises(ValueError, match="is not below"):
        Aim(parameter="t", low=5.0, high=5.0)
