import numpy as np
import pytest

from pilothouse.packs.steel.end_point.blow import COOLANT_NM3_T, NM3_PER_KG_C, Blow, Shots

from .conftest import FLOOR, NM3_PER_PCT, blown

PLANT = Blow(critical=0.27, floor=FLOOR, use=0.96, heat_k_nm3=11.0)


def test_the_straight_line_is_the_three_period_rule():
    """Against the same rule in small steps, from above and from below the critical carbon."""
    charge = NM3_PER_PCT / (10.0 * 0.94 * NM3_PER_KG_C)
    start = np.array([0.35, 0.20])
    shots = Shots(carbon=start, temperature=np.full(2, 1630.0), charge=np.full(2, charge))
    left, _ = PLANT.end(shots, np.full(2, 1400.0), np.full(2, 0.5))
    reached = 0.96 * 1400.0 + 0.5 * COOLANT_NM3_T
    assert PLANT.carbon(left) == pytest.approx([blown(c, reached, 0.27) for c in start], rel=2e-3)


def test_chemistry_gives_the_usual_figures():
    assert pytest.approx(196, abs=1) == COOLANT_NM3_T
    _, coolant = PLANT.effects(np.array([300.0]))
    assert -13.0 < coolant[0, 1] < -9.0  # net of the iron and carbon that its oxygen burns


def test_left_and_carbon_are_inverse():
    carbon = np.array([0.02, 0.045, 0.3])
    assert PLANT.carbon(PLANT.left(carbon)) == pytest.approx(carbon)
