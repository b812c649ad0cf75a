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

    def test_practices_meet_the_same_disturbances(self, family: PlantFamily) -> None:
        """Where hundreds of pieces are in the mill, practices differ in which of them come by first.

        So the law is held to the pieces that both meet; test_flow.py looks deeper.
        """
        asked = [
            {m.piece: m.aims for m in family.build(seed=7, practice=practice).moments(self.pieces)}
            for practice in family.practices
        ]
        both = asked[0].keys() & asked[1].keys()
        assert both
        assert all(asked[0][piece] == asked[1][piece] for piece in both)


class TestSiliconMillLive(LivePlantConformance):
    @pytest.fixture
    def family(self) -> PlantFamily:
        return silicon_mill


def test_it_is_found_by_its_entry_point():
    assert find_plant_families()["silicon-mill"] is silicon_mill


def test_it_can_be_watched():
    assert isinstance(silicon_mill.build(seed=1), LivePlant)
