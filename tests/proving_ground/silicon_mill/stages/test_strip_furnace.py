from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proving_ground.silicon_mill.stages.strip_furnace import SIGMA, STEPS, VOLUME_HEAT, Strip, through_zones

STRIP = Strip(thickness_mm=0.5, width_mm=1050.0, speed_m_min=90.0, emissivity=0.28, convection=24.0)
ZONES = [1000.0] * 16
POWER = [5000.0] * 16

strips = st.builds(
    replace,
    st.just(STRIP),
    thickness_mm=st.floats(0.3, 2.6),
    speed_m_min=st.floats(20.0, 200.0),
    emissivity=st.floats(0.15, 0.8),
)


@given(strip=strips)
def test_the_heat_the_zones_give_is_the_heat_the_strip_holds(strip):
    heating = through_zones(strip, ZONES, 11.0, POWER)
    volume_m3_s = strip.thickness_mm * strip.width_mm * 1e-6 * strip.speed_m_min / 60.0
    held_kw = VOLUME_HEAT * volume_m3_s * (heating.path_k[-1] - 273.15 - strip.entry_degc) / 1000.0
    assert sum(heating.heat_kw) == pytest.approx(held_kw)


@given(strip=strips)
def test_strip_never_gets_hotter_than_its_zone(strip):
    heating = through_zones(strip, ZONES, 11.0, POWER)
    assert max(heating.path_k) <= 1273.15 + 1e-6
    assert heating.path_k == sorted(heating.path_k)


def test_the_path_is_that_of_the_differential_equation():
    path = through_zones(STRIP, [1000.0] * 4, 11.0, POWER[:4]).path_k
    t, dt = 303.15, 0.01
    seconds = 11.0 / 1.5
    for zone in range(4):
        for _ in range(int(seconds / dt)):
            flux = 2.0 * (0.28 * SIGMA * (1273.15**4 - t**4) + 24.0 * (1273.15 - t))
            t += dt * flux / (VOLUME_HEAT * 0.5e-3)
        assert path[(zone + 1) * STEPS - 1] == pytest.approx(t, abs=4.0)


@pytest.mark.parametrize("change", [{"thickness_mm": 0.65}, {"speed_m_min": 120.0}, {"emissivity": 0.22}])
def test_thick_fast_bright_strip_is_colder(change):
    usual = through_zones(STRIP, ZONES, 11.0, POWER)
    other = through_zones(replace(STRIP, **change), ZONES, 11.0, POWER)
    assert all(a < b for a, b in zip(other.path_k[:30], usual.path_k[:30], strict=True))
    assert other.seconds_above(985.0) < usual.seconds_above(985.0)


def test_a_zone_gives_no_more_than_it_has():
    heating = through_zones(STRIP, ZONES, 11.0, [600.0] * 16)
    assert max(heating.heat_kw) == pytest.approx(600.0)
    assert heating.zones_degc[0] < 900.0
    assert heating.zones_degc[-1] == 1000.0
    assert heating.mean_degc(0, 3) < through_zones(STRIP, ZONES, 11.0, POWER).mean_degc(0, 3)
