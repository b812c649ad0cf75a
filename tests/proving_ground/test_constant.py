import pytest

from proving_ground.constant import Constant, constant, draw

TABLE = {
    "loss": constant(1.0, 0.9, 1.2, "K/min", "guessed", "usual"),
    "mass": constant(100, 90, 112, "t", "guessed", "x"),
}


def test_variation_0_is_the_nominal_plant():
    assert draw("kettles", TABLE, 0) == {"loss": 1.0, "mass": 100}


@pytest.mark.parametrize("variation", range(1, 8))
def test_every_other_lies_inside_the_ranges(variation):
    drawn = draw("kettles", TABLE, variation)
    assert all(c.low <= drawn[key] <= c.high for key, c in TABLE.items())
    assert drawn == draw("kettles", TABLE, variation)
    assert drawn != draw("pots", TABLE, variation)


def test_one_more_constant_leaves_the_others_as_they_were():
    more = {"new": constant(1, 0, 2, "-", "guessed", "x"), **TABLE}
    assert draw("kettles", TABLE, 4).items() <= draw("kettles", more, 4).items()


def test_a_negative_variation_is_misuse():
    with pytest.raises(ValueError, match="plant_variation"):
        draw("kettles", TABLE, -1)


def test_a_constant_outside_its_range_is_misuse():
    with pytest.raises(ValueError, match="outside"):
        Constant(nominal=3.0, low=1.0, high=2.0, unit="K", certainty="guessed", source="x")
    with pytest.raises(ValueError, match="certainty"):
        Constant(nominal=1.5, low=1.0, high=2.0, unit="K", certainty="known", source="x")
