from itertools import chain, combinations

import pytest

from proving_ground.constant import CERTAINTIES, draw
from proving_ground.silicon_mill.constants import CONSTANTS, TABLES
from proving_ground.silicon_mill.instruments import FAMILY
from proving_ground.silicon_mill.parameters import UNITS


def test_every_unit_has_a_table_and_no_name_stands_in_two():
    assert tuple(TABLES) == UNITS
    assert all(not set(one) & set(other) for one, other in combinations(TABLES.values(), 2))
    assert sorted(CONSTANTS) == sorted(chain.from_iterable(TABLES.values()))


def test_the_nominal_plant_has_the_nominal_constants():
    assert draw(FAMILY, CONSTANTS, 0) == {key: c.nominal for key, c in CONSTANTS.items()}


@pytest.mark.parametrize("variation", range(1, 8))
def test_every_variation_stays_inside_the_documented_ranges(variation):
    drawn = draw(FAMILY, CONSTANTS, variation)
    assert drawn.keys() == CONSTANTS.keys()
    assert all(c.low <= drawn[key] <= c.high for key, c in CONSTANTS.items())
    assert drawn != draw(FAMILY, CONSTANTS, variation + 1)


def test_every_constant_can_vary_and_says_who_says_so():
    for key, c in CONSTANTS.items():
        assert c.low < c.high, key
        assert c.certainty in CERTAINTIES, key
        assert c.source, key
        assert c.unit, key
