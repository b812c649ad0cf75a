import pytest

from proving_ground.constant import CERTAINTIES, draw
from proving_ground.ladle_furnace.constants import CONSTANTS, FAMILY


def test_the_nominal_plant_has_the_nominal_constants():
    assert draw(FAMILY, CONSTANTS, 0) == {key: c.nominal for key, c in CONSTANTS.items()}


@pytest.mark.parametrize("variation", range(1, 8))
def test_every_variation_stays_inside_the_documented_ranges(variation):
    drawn = draw(FAMILY, CONSTANTS, variation)
    assert drawn.keys() == CONSTANTS.keys()
    assert all(c.low <= drawn[key] <= c.high for key, c in CONSTANTS.items())
    assert drawn != draw(FAMILY, CONSTANTS, 0)


def test_every_constant_says_who_says_so():
    assert all(c.certainty in CERTAINTIES and c.source and c.unit for c in CONSTANTS.values())
