import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proving_ground.silicon_mill.stages.grain import (
    UNPINNED_UM,
    fine_sulphur_ppm,
    fine_volume,
    grow_along,
    grown,
    pinned_um,
    recrystallised,
    start_grain_um,
)


@pytest.mark.parametrize(("degc", "um"), [(850, 31), (900, 45), (950, 67), (1000, 98), (1050, 139)])
def test_unpinned_grains_after_a_minute_from_18_um(degc, um):
    assert grown(18.0, degc, 60.0, limit_um=UNPINNED_UM) == pytest.approx(um, abs=0.5)


@pytest.mark.parametrize(("s_ppm", "limit", "um"), [(10, 226, 86), (20, 113, 73), (30, 75, 62)])
def test_fine_sulphur_holds_grains_back(s_ppm, limit, um):
    limit_um = pinned_um(fine_volume(s_ppm, 0.0), 35.0)
    assert limit_um == pytest.approx(limit, abs=0.6)
    assert grown(18.0, 1000.0, 60.0, limit_um=limit_um) == pytest.approx(um, abs=0.6)


def test_nothing_fine_pins_nothing():
    assert pinned_um(0.0, 35.0) == UNPINNED_UM
    assert pinned_um(1e-9, 35.0) == UNPINNED_UM


@given(size=st.floats(10.0, 150.0), limit=st.floats(40.0, 400.0), degc=st.floats(750.0, 1060.0), s=st.floats(1.0, 90.0))
def test_grains_grow_up_to_their_limit_and_never_shrink(size, limit, degc, s):
    after = grown(size, degc, s, limit_um=limit)
    assert after >= size
    assert after <= max(size, limit) + 1e-9


def test_a_path_at_one_temperature_is_the_same_as_time_at_it():
    along = grow_along([1273.15] * 30, 2.0, 18.0, k0=4.05e10, limit_um=226.0)
    assert along == pytest.approx(grown(18.0, 1000.0, 60.0, limit_um=226.0), rel=0.005)


def test_half_is_recrystallised_after_its_half_time_at_750_degc():
    assert recrystallised([1023.15] * 9, 0.2, 1.8) == pytest.approx(0.5, abs=1e-6)
    assert recrystallised([700.0] * 60, 5.0, 1.8) == 0.0
    assert recrystallised([1100.0] * 20, 1.0, 1.8) == 1.0


def test_grains_start_at_12_to_20_um():
    sizes = [start_grain_um(16.0, red, band) for red in (0.75, 0.80, 0.85) for band in (30.0, 80.0, 200.0)]
    assert 11.0 < min(sizes) < max(sizes) < 20.0
    assert start_grain_um(16.0, 0.85, 80.0) < start_grain_um(16.0, 0.75, 80.0)
    assert start_grain_um(16.0, 0.80, 40.0) < start_grain_um(16.0, 0.80, 160.0)


def test_a_hot_coil_lets_fine_sulphides_ripen():
    hot = fine_sulphur_ppm(10.0, 740.0, share=0.75, ripening=0.0016)
    cold = fine_sulphur_ppm(10.0, 600.0, share=0.75, ripening=0.0016)
    assert hot < fine_sulphur_ppm(10.0, math.nan, share=0.75, ripening=0.0016) == 7.5 < cold
