import numpy as np
import pytest

from proving_ground.disturbance import Disturbances
from proving_ground.ladle_furnace.constants import FAMILY
from proving_ground.ladle_furnace.practice import LARGEST_STEP_KWH, MOST_STEPS, Practice, Seen, ThumbRule, recentred
from proving_ground.ladle_furnace.records import Records

CREW = Practice(rule=ThumbRule(margin_k=0.0), draws=Disturbances(seed=3, family=FAMILY), habit=False)


def seen(**changed):
    usual = {"heat": 1, "step": 2, "aim_degc": 1600.0, "last_degc": 1600.0, "left_min": 0.0, "pending_kg": 0.0}
    return Seen(**usual | changed)


def test_a_heat_in_its_window_leaves_when_the_caster_wants_it():
    assert CREW.next(seen()).leave
    assert not CREW.next(seen(left_min=10.0)).leave
    assert not CREW.next(seen(pending_kg=50.0)).leave


def test_a_cold_heat_is_heated_by_the_thumb_rule():
    step = CREW.next(seen(last_degc=1580.0))
    need_k = 20.0 + 4.0 * CREW.rule.loss_k_per_min
    assert step.energy_kwh == pytest.approx(1000.0 * need_k / CREW.rule.k_per_mwh, abs=5.0)
    assert not step.leave


def test_a_hot_heat_waits_without_arc():
    step = CREW.next(seen(last_degc=1615.0))
    assert (step.energy_kwh, step.leave) == (0.0, False)
    assert step.minutes > 2.0


def test_the_colder_the_more_energy_up_to_the_largest_step():
    energies = [CREW.next(seen(last_degc=float(t), left_min=6.0)).energy_kwh for t in range(1620, 1500, -10)]
    assert energies == sorted(energies)
    assert energies[-1] == LARGEST_STEP_KWH


def test_no_heat_stays_for_ever():
    assert CREW.next(seen(step=MOST_STEPS, last_degc=1500.0)).leave


def test_a_surprise_is_probed_again():
    again = [CREW.doubts(heat, 1, 30.0) for heat in range(2000)]
    usual = [CREW.doubts(heat, 1, 2.0) for heat in range(2000)]
    assert np.mean(again) == pytest.approx(0.75, abs=0.04)
    assert np.mean(usual) == pytest.approx(0.05, abs=0.02)


def test_recentring_finds_the_plant_behind_the_records():
    rng = np.random.default_rng(1)
    records = Records()
    for heat in range(300):
        kwh, minutes, kg = rng.uniform(0.0, 2000.0), rng.uniform(4.0, 12.0), rng.uniform(0.0, 400.0)
        change = 16.0 * kwh / 1000.0 - 1.3 * minutes - 2.4 * kg / 100.0 + rng.normal(0.0, 2.0)
        change -= 40.0 if heat % 25 == 0 else 0.0  # a cold spot now and then
        records.readings.extend([(heat, 0.0, 1590.0, True), (heat, minutes, 1590.0 + change, True)])
        records.arcs.append((heat, 1.0, 2.0, kwh, 0.0))
        records.additions.append((heat, "bulk_10", 1.5, kg))
    rule = recentred(records)
    assert rule.k_per_mwh == pytest.approx(16.0, rel=0.05)
    assert rule.loss_k_per_min == pytest.approx(1.3, rel=0.12)
    assert rule.chill_k_per_100kg == pytest.approx(2.4, rel=0.12)
    assert rule.margin_k == 0.0


def test_recentring_needs_records():
    with pytest.raises(ValueError, match="50 pairs"):
        recentred(Records())
