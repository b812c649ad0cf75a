import numpy as np
import pytest

from proving_ground.constant import draw
from proving_ground.disturbance import Disturbances
from proving_ground.ladle_furnace.balance import State
from proving_ground.ladle_furnace.constants import CONSTANTS, FAMILY
from proving_ground.ladle_furnace.sensors import ABSURD_BLOCK, Sensors

BATH = State(bath_degc=1600.0, lining_degc=1300.0, unmixed_k=0.0, lost_kwh=0.0)


def sensors(**changed):
    return Sensors(constants=draw(FAMILY, CONSTANTS, 0) | changed, draws=Disturbances(seed=2, family=FAMILY))


def readings(instrument, number=1, count=4000):
    return np.array([instrument.read_degc(BATH, heat, number) for heat in range(count)])


def test_a_good_probe_has_its_noise():
    seen = readings(sensors(fault_share=0.0, cold_spot_share=0.0, probe_drift_k=0.0))
    assert seen.mean() == pytest.approx(1600.0, abs=0.2)
    assert seen.std() == pytest.approx(draw(FAMILY, CONSTANTS, 0)["probe_sd_k"], rel=0.06)


def test_the_first_reading_is_noisier():
    instrument = sensors(fault_share=0.0, cold_spot_share=0.0, probe_drift_k=0.0)
    assert readings(instrument, number=0).std() > 1.2 * readings(instrument, number=1).std()


def test_a_cold_spot_only_reads_too_low():
    off = readings(sensors(fault_share=0.0, cold_spot_share=0.1)) - 1600.0
    assert np.mean(off < -10.0) == pytest.approx(
        0.1 * np.exp(-10.0 / draw(FAMILY, CONSTANTS, 0)["cold_spot_k"]), abs=0.02
    )
    assert off.max() < 12.0


def test_a_broken_probe_reads_below_any_steel():
    seen = readings(sensors(fault_share=0.02))
    faulty = seen[seen < 1450.0]
    assert np.mean(seen < 1450.0) == pytest.approx(0.02, abs=0.008)
    assert faulty.min() >= 1180.0
    assert faulty.max() <= 1400.0


def test_a_box_of_probes_shares_its_bias():
    quiet = sensors(fault_share=0.0, cold_spot_share=0.0, probe_sd_k=0.0, probe_drift_k=5.0)
    seen = readings(quiet, count=600).reshape(10, 60)
    assert (seen.std(axis=1) == 0.0).all()
    assert len(np.unique(seen[:, 0])) > 3


def test_one_reactive_energy_in_a_thousand_heats_is_absurd():
    instrument = sensors()
    shown = [instrument.reactive_kvarh(500.0, heat, k) for heat in range(2 * ABSURD_BLOCK) for k in range(3)]
    assert sum(v < 0.0 for v in shown) == 2
    usual = np.array([v for v in shown if v >= 0.0]) / 500.0
    assert usual.mean() == pytest.approx(0.74, abs=0.02)
