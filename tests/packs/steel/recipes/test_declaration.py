"""Recipes as they are declared: what holds is read, what does not is told with its line."""

import pytest
from tests.packs.steel.recipes.conftest import PLANT_TOML


def test_what_holds_is_read(steering):
    book = steering.book
    heat, speed = book.levers
    assert heat.moves == ("zone_1", "zone_2")
    assert (heat.moved(1180.0, 2.0), speed.moved(100.0, 2.0)) == pytest.approx((1160.0, 104.04))
    assert heat.acts_on == {"loss": -1.0, "scale": -2.0}
    assert book.limits["zone_1"] == (900.0, 1200.0)
    assert book.groups == {"A": "one", "B": "one"}
    assert book.services[0].unit_d == pytest.approx(1.0 / 24.0)
    assert steering.segments == {"heating", "annealing"}
    assert steering.looks_at == {"loss", "sulphur"}


@pytest.mark.parametrize(
    ("wrong", "instead", "problem"),
    [
        ('moves = ["zone_*"]', 'moves = ["zoon_*"]', "no parameter is called 'zoon_*'"),
        ("step = -10.0", "", "expected one of step and share"),
        ('scale = "falls much" }', 'scale = "drops" }', "unknown scale 'drops'"),
        ('acts_on = { loss = "rises" }', 'acts_on = { los = "rises" }', "unknown quality 'los'"),
        ('acts_on = { loss = "rises" }', "", "acts_on is missing"),
        ("low = -2.0\nhigh = 4.0", "low = 2.0\nhigh = 4.0", "low"),
        ('segment = "heating"', 'segment = "heatin"', "unknown segment 'heatin'"),
        ('quality = "scale"', 'quality = "rust"', "unknown quality 'rust'"),
        ('unit = "h"', 'unit = "shift"', "unknown unit 'shift'"),
        ("eur_t = 300.0", "eur_t = 300.0\neurt = 1", "unknown key 'eurt'"),
    ],
)
def test_what_does_not_hold_is_told_with_its_line(read, wrong, instead, problem):
    text = PLANT_TOML.replace(wrong, instead, 1)
    assert text != PLANT_TOML
    found, faults = read(text)
    assert found == ()
    assert any(problem in fault.problem for fault in faults), [fault.problem for fault in faults]
    assert all(fault.line > 0 and fault.remedy for fault in faults)


def test_a_plant_without_recipes_is_no_fault(read):
    assert read("") == ((), ())
