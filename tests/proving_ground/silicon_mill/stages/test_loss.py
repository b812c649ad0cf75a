"""The loss model against the figures of the domain."""

from dataclasses import replace

import pytest

from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.stages.loss import (
    CONSTANTS,
    NOMINAL,
    b50_t,
    density_kg_m3,
    resistivity_uohm_cm,
    saturation_t,
    specific_loss,
    typical_strip,
)

M250 = typical_strip(GRADES["M250-35A"])


def p15(strip, constants=NOMINAL):
    return specific_loss(strip, 1.5, 50.0, constants).total


def optimum_um(b_t, f_hz):
    return min(range(50, 260), key=lambda um: specific_loss(replace(M250, grain_um=float(um)), b_t, f_hz).total)


def test_density_resistivity_and_saturation():
    iron = replace(M250, si=0.0, al=0.0, mn=0.0, p=0.0)
    assert density_kg_m3(0.0, 0.0) == 7865.0
    assert density_kg_m3(3.0, 1.0) == pytest.approx(7559.5)
    assert resistivity_uohm_cm(iron) == pytest.approx(13.25)
    assert resistivity_uohm_cm(replace(iron, si=3.0, al=1.0, mn=0.2)) == pytest.approx(59.58)
    assert saturation_t(0.0, 0.0, 0.0) == 2.158
    assert saturation_t(3.0, 1.0, 0.2) == pytest.approx(1.953)


def test_the_split_of_a_usual_strip():
    split = specific_loss(M250, 1.5, 50.0)
    assert split.hysteresis == pytest.approx(1.53, abs=0.06)
    assert split.classical == pytest.approx(0.25, abs=0.02)
    assert split.excess == pytest.approx(0.48, abs=0.02)
    assert split.total == split.hysteresis + split.classical + split.excess


@pytest.mark.parametrize(
    ("field", "by", "effect", "within"),
    [
        ("si", 0.1, -0.044, 0.005),
        ("al", 0.1, -0.030, 0.005),
        ("grain_um", -30.0, 0.12, 0.02),
        ("thickness_mm", 0.010, 0.022, 0.005),
        ("s_ppm", 10.0, 0.08, 1e-9),
        ("n_ppm", 10.0, 0.06, 1e-9),
        ("o_ppm", 10.0, 0.05, 1e-9),
        ("ti_ppm", 10.0, 0.08, 1e-9),
        ("texture", 0.1, -0.036, 1e-9),
        ("added_w_kg", 0.05, 0.05, 1e-9),
    ],
)
def test_sensitivities_of_a_usual_strip(field, by, effect, within):
    moved = replace(M250, **{field: getattr(M250, field) + by})
    assert p15(moved) - p15(M250) == pytest.approx(effect, abs=within)


def test_carbon_ages_only_above_what_is_free():
    loss = {ppm: p15(replace(M250, c_ppm=ppm)) for ppm in (10.0, 20.0, 25.0, 35.0, 45.0)}
    assert loss[10.0] == loss[20.0] == loss[25.0]
    assert loss[35.0] - loss[20.0] == pytest.approx(0.10)
    assert loss[45.0] - loss[35.0] == pytest.approx(0.10)


def test_the_optimum_grain_is_smaller_at_high_frequency():
    assert 140 <= optimum_um(1.5, 50.0) <= 170
    assert 90 <= optimum_um(1.0, 400.0) <= 110


def test_each_part_follows_its_power_of_frequency():
    slow, fast = specific_loss(M250, 1.0, 50.0), specific_loss(M250, 1.0, 200.0)
    assert fast.hysteresis / slow.hysteresis == pytest.approx(4.0)
    assert fast.excess / slow.excess == pytest.approx(8.0)
    assert fast.classical / slow.classical == pytest.approx(16.0)


def test_the_loss_rises_with_induction():
    losses = [specific_loss(M250, 0.1 * k, 50.0).total for k in range(1, 18)]
    assert losses == sorted(losses)


def test_induction_by_composition_texture_and_grain():
    assert b50_t(replace(M250, si=0.4, al=0.25, mn=0.3, grain_um=20.0)) == pytest.approx(1.755, abs=0.01)
    better = replace(M250, texture=1.3)
    assert b50_t(better) - b50_t(M250) == pytest.approx(0.0176, abs=0.001)
    assert b50_t(replace(M250, grain_um=222.0)) == pytest.approx(b50_t(M250) - 0.010)
    assert b50_t(replace(M250, al=1.2)) < b50_t(M250)


def test_texture_is_worth_what_induction_says():
    better = replace(M250, texture=1.5)
    gained = (b50_t(better) - b50_t(M250)) / saturation_t(M250.si, M250.al, M250.mn)
    assert (p15(better) - p15(M250)) / gained == pytest.approx(-12.0)


@pytest.mark.parametrize("end", ["low", "high"])
def test_a_plant_at_either_end_of_a_constant_is_still_a_plant(end):
    for key, constant in CONSTANTS.items():
        moved = {**NOMINAL, key: getattr(constant, end)}
        assert p15(M250, moved) == pytest.approx(p15(M250), rel=0.03), key
