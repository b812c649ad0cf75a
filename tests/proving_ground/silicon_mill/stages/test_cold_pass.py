from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proving_ground.silicon_mill.stages.cold_pass import Bite, flow_stress_mpa, pattern, roll_force_mn

BITE = Bite(entry_mm=1.5, exit_mm=1.05, width_mm=1050.0, radius_mm=40.0, stress_mpa=780.0, friction=0.045)


@given(
    entry=st.floats(1.8, 2.6),
    out=st.sampled_from([0.35, 0.5]),
    shares=st.tuples(*[st.floats(0.5, 1.5)] * 5),
)
def test_the_passes_end_at_the_thickness(entry, out, shares):
    left = entry
    for reduction in pattern(entry, out, shares):
        left *= 1.0 - reduction
    assert left == pytest.approx(out)


def test_flow_stress_of_3_percent_silicon():
    assert flow_stress_mpa(3.0, 0.99, base=560.0, per_si=130.0, n=0.2) == pytest.approx(950.0)
    soft = flow_stress_mpa(0.4, 1.5, base=560.0, per_si=130.0, n=0.2)
    assert soft < flow_stress_mpa(3.2, 1.5, base=560.0, per_si=130.0, n=0.2)


@pytest.mark.parametrize(
    "change", [{"exit_mm": 0.95}, {"width_mm": 1200.0}, {"radius_mm": 60.0}, {"stress_mpa": 900.0}, {"friction": 0.07}]
)
def test_more_of_anything_takes_more_force(change):
    assert roll_force_mn(replace(BITE, **change)) > roll_force_mn(BITE)
