from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from proving_ground.constant import draw
from proving_ground.disturbance import Disturbances
from proving_ground.ladle_furnace.campaign import LADLES, Campaign
from proving_ground.ladle_furnace.constants import CONSTANTS, FAMILY


def heats(count, **changed):
    campaign = Campaign(draw(FAMILY, CONSTANTS, 0) | changed, Disturbances(seed=4, family=FAMILY))
    return [campaign.next_heat() for _ in range(count)]


def test_linings_wear_and_are_renewed():
    shell = np.array([heat.ladle.shell_kw_per_k for heat in heats(1500)])
    new, worn = (
        draw(FAMILY, CONSTANTS, 0)["shell_kw_per_k"],
        draw(FAMILY, CONSTANTS, 0)["shell_kw_per_k"] * (1.0 + draw(FAMILY, CONSTANTS, 0)["wear_effect"]),
    )
    assert shell.min() == pytest.approx(new)
    assert worn < shell.max() < 1.15 * worn
    by_ladle = shell[: 50 * LADLES].reshape(-1, LADLES)
    assert (np.diff(by_ladle, axis=0) > 0).mean() > 0.6


def test_a_step_in_the_slag_practice_stays():
    steady = heats(3000, efficiency_sd=0.0, electrode_effect=0.0)
    efficiency = np.array([heat.ladle.efficiency for heat in steady])
    changes = np.flatnonzero(np.diff(efficiency))
    assert 1 <= len(changes) <= 12


def test_grades_come_in_sequences():
    grades = [heat.grade.key for heat in heats(1000)]
    same = np.mean([a == b for a, b in pairwise(grades)])
    assert 0.7 < same < 0.9
    assert len(set(grades)) > 4


def test_additions_fit_the_grade():
    made = heats(3000)
    carbon = [("bulk_1" in h.additions_kg) for h in made if h.grade.key == "C45"]
    other = [("bulk_1" in h.additions_kg) for h in made if h.grade.key == "S235"]
    assert np.mean(carbon) > 2.0 * np.mean(other)
    assert not any("wire_5" in h.additions_kg for h in made)


def test_a_campaign_is_the_same_again():
    assert heats(40) == heats(40)
    assert heats(40)[0] != replace(heats(40)[0], number=1)
