"""Hot steel: known answers and laws."""

from itertools import pairwise

import pytest

from proving_ground.silicon_mill.stages.hot_strip import (
    austenite_share,
    austenite_stress,
    ferrite_stress,
    flow_stress,
    pass_force_mn,
    radiated_k,
)


def test_above_the_loop_there_is_no_austenite() -> None:
    assert all(austenite_share(3.0, t) < 1e-3 for t in (800.0, 1000.0, 1200.0))
    assert austenite_share(1.9, 1200.0) == pytest.approx(0.5, abs=0.01)
    assert austenite_share(1.0, 1150.0) > 0.99
    assert austenite_share(1.0, 860.0) < 0.01


@pytest.mark.parametrize("temp", [900.0, 925.0, 950.0])
def test_stress_falls_by_a_third_on_entering_ferrite(temp: float) -> None:
    drop = 1.0 - ferrite_stress(temp, 0.4, 30.0, 0.8) / austenite_stress(temp, 0.4, 30.0)
    assert 0.25 < drop < 0.42


def test_stress_rises_with_cold_rate_strain_and_silicon() -> None:
    def rises(values: list[float]) -> bool:
        return all(a < b for a, b in pairwise(values))

    assert rises([flow_stress(t, 0.4, 10.0, (3.0, 4.0)) for t in (1050.0, 950.0, 850.0)])
    assert rises([flow_stress(900.0, 0.4, r, (3.0, 4.0)) for r in (5.0, 50.0, 150.0)])
    assert rises([flow_stress(900.0, s, 10.0, (3.0, 4.0)) for s in (0.1, 0.3, 0.6)])
    assert rises([flow_stress(900.0, 0.4, 10.0, (si, 3.0)) for si in (2.0, 2.5, 3.2)])


def test_flattened_rolls_need_more_force() -> None:
    force, contact = pass_force_mn(2.8, 2.2, 1200.0, 180.0, 370.0)
    assert contact > (370.0 * 0.6) ** 0.5
    assert pass_force_mn(2.9, 2.2, 1200.0, 180.0, 370.0)[0] > force
    assert pass_force_mn(2.8, 2.2, 600.0, 180.0, 370.0)[0] == pytest.approx(0.5 * force)


def test_radiation_adds_up_over_time() -> None:
    once = radiated_k(1000.0, 10.0, 8.0, 0.8)
    half = radiated_k(1000.0, 10.0, 4.0, 0.8)
    assert half + radiated_k(1000.0 - half, 10.0, 4.0, 0.8) == pytest.approx(once, rel=1e-9)
