import numpy as np
import pytest

from proving_ground.ladle_furnace.disturbance import BLOCK, Disturbances


def test_a_draw_depends_on_seed_name_heat_and_number_alone():
    asked_first, asked_last = Disturbances(seed=7), Disturbances(seed=7)
    wanted = asked_first.normal("probe", 1000, 3)
    for heat in range(0, 3 * BLOCK, 50):
        asked_last.normal("slag", heat)
        asked_last.uniform("probe", heat)
    assert asked_last.normal("probe", 1000, 3) == wanted


def test_names_heats_numbers_seeds_and_laws_differ():
    draws = Disturbances(seed=7)
    others = [
        draws.normal("slag", 5, 2),
        draws.normal("probe", 6, 2),
        draws.normal("probe", 5 + BLOCK, 2),
        draws.normal("probe", 5, 3),
        Disturbances(seed=8).normal("probe", 5, 2),
        draws.uniform("probe", 5, 2),
    ]
    assert draws.normal("probe", 5, 2) not in others
    assert len(set(others)) == len(others)


def test_the_laws_are_standard():
    draws = Disturbances(seed=1)
    normal = np.array([draws.normal("n", heat, k) for heat in range(500) for k in range(10)])
    uniform = np.array([draws.uniform("u", heat, k) for heat in range(500) for k in range(10)])
    assert normal.mean() == pytest.approx(0.0, abs=0.06)
    assert normal.std() == pytest.approx(1.0, abs=0.05)
    assert uniform.min() >= 0.0
    assert uniform.max() < 1.0
    assert uniform.mean() == pytest.approx(0.5, abs=0.02)


def test_a_negative_seed_is_misuse():
    with pytest.raises(ValueError, match="seed"):
        Disturbances(seed=-1)
