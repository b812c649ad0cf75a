import pytest

from pilothouse.plants import PlantFamily
from pilothouse.testing.plant_family import PlantFamilyConformance
from proving_ground.ladle_furnace import family as ladle_furnace
from proving_ground.ladle_furnace.materials import MATERIALS


class TestLadleFurnaceFamily(PlantFamilyConformance):
    @pytest.fixture
    def family(self) -> PlantFamily:
        return ladle_furnace

    def test_every_material_is_a_parameter(self, plant):
        assert {m.key for m in MATERIALS} <= plant.parameters.keys()
