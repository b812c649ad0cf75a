"""The laws of every plant family and of every plant that is watched, on the mill."""

import pytest

from pilothouse.plants import LivePlant, PlantFamily, find_plant_families
from pilothouse.testing.plant_family import LivePlantConformance, PlantFamilyConformance
from proving_ground.silicon_mill import family as silicon_mill
from proving_ground.silicon_mill import plant


@pytest.fixture(autouse=True)
def short_run_in(monkeypatch):
    """Six days instead of seventy: the laws hold from the first hour on, and these suites build three dozen mills."""
    monkeypatch.setattr(plant, "RUN_IN_H", 24.0 * 6.0)


class TestSiliconMillFamily(PlantFamilyConformance):
    pieces = 12

    @pytest.fixture
    def family(self) -> PlantFamily:
        return silicon_mill


class TestSiliconMillLive(LivePlantConformance):
    @pytest.fixture
    def family(self) -> PlantFamily:
        return silicon_mill


def test_it_is_found_by_its_entry_point():
    assert find_plant_families()["silicon-mill"] is silicon_mill


def test_it_can_be_watched():
    assert isinstance(silicon_mill.build(seed=1), LivePlant)
