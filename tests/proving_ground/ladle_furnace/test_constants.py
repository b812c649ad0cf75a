import pytest

from proving_ground.ladle_furnace.constants import CERTAINTIES, CONSTANTS, Constant, draw


def test_the_nominal_plant_has_the_nominal_constants():
    assert draw(0) == {key: c.nominal for key, c in CONSTANTS.items()}


@pytest.mark.parametrize("variation", range(1, 8))
def test_every_variation_stays_inside_the_documented_ranges(variation):
    drawn = draw(variation)
    assert drawn.keys() == CONSTANTS.keys()
    assert all(c.low <= drawn[key] <= c.high for key, c in CONSTANTS.items())
    assert drawn != draw(0)


def test_every_constant_says_who_says_so():
    assert all(c.certainty in CERTAINTIES and c.source and c.unit for c in CONSTANTS.values())


def test_a_constant_outside_its_range_is_misuse():
    with pytest.raises(ValueError, match="outside"):
        Constant(nominal=3.0, low=1.0, high=2.0, unit="K", certainty="guessed", source="x")
    with pytest.raises(ValueError, match="certainty"):
        Constant(nominal=1.5, low=1.0, high=2.0, unit="K", certainty="known", source="x")
