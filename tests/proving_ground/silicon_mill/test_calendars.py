"""Calendars of the mill: set anew, counted, and felt."""

import pytest

from pilothouse.plant.frame import GOOD
from proving_ground.silicon_mill.plant import SiliconMill


@pytest.fixture(scope="module")
def mill():
    return SiliconMill(seed=2)


def test_they_begin_as_the_practice_has_them(mill):
    told = mill.calendars()
    assert {name: calendar.every for name, calendar in told.items()} == {
        "soak-pyrometer": 90.0,
        "thickness-gauge": 30.0,
        "coater-rolls": 72.0,
    }
    assert all(calendar.age >= 0.0 for calendar in told.values())


def test_rolls_changed_sooner_are_younger(mill):
    def oldest(pieces):
        told = [r for m in mill.moments(pieces) for r in m.readings if r.parameter == "COAT.coater_side01.roll_age"]
        return max(r.value for r in told if r.status == GOOD)

    assert oldest(200) > 60.0, "as the practice has it, up to 72 h"
    assert mill.reschedule("coater-rolls", 24.0) is None
    mill.run(120)  # those in the line, and on their way to inspection
    assert oldest(120) < 40.0


def test_what_it_does_not_have_is_refused(mill):
    refusal = mill.reschedule("hearth-rolls", 10.0)
    assert refusal is not None
    assert "soak-pyrometer" in refusal.reason
