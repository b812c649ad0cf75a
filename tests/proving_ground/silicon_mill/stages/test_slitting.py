"""The slitting line."""

from math import isfinite

import pytest

from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.parameters import of_unit
from proving_ground.silicon_mill.piece import Coil, Heat, Steel
from proving_ground.silicon_mill.stages.slitting import (
    CONSTANTS,
    SOFT_KNIVES,
    Slitting,
    SlittingRecipe,
    burr_um,
    how_many,
    preset,
)
from proving_ground.silicon_mill.stages.testing import CONSTANTS as TEST_CONSTANTS

NOMINAL = {key: c.nominal for key, c in {**TEST_CONSTANTS, **CONSTANTS}.items()}
LIMITS = {p.key: (p.low, p.high) for p in of_unit("SLIT")}
USUAL = SlittingRecipe(gap_pct=7.0, speed_m_min=220.0, knife_change_km=280.0)


def a_coil(number=0, grade_key="M250-35A", **given):
    grade = GRADES[grade_key]
    made = {
        "mass_t": 18.0,
        "grain_um": grade.grain_um,
        "thickness_mm": grade.thickness_mm,
        "strip_width_mm": 1150.0,
        "ttd_um": 6.0,
        "edge_cracks_per_km": 0.6,
        "inclusion_index": 1.0,
        "residual_scale": 0.2,
        "texture": 1.0,
    }
    return Coil(
        heat=Heat(number=number // 12, grade=grade),
        position=number % 12,
        grade=grade,
        steel=Steel(c_ppm=20.0, si=grade.si, mn=grade.mn, p=grade.p, s_ppm=12.0, al=grade.al),
        slab_width_mm=1150.0,
        slab_thickness_mm=220.0,
        slab_length_m=9.0,
        cast_h=0.0,
        **{**made, **given},
    )


def a_line(seed=1):
    return Slitting(NOMINAL, Disturbances(seed=seed, family="silicon-mill"))


def slit(line, coil, at_h=0.0, recipe=USUAL):
    line.knife_change_km = recipe.knife_change_km
    return line.process(coil, preset(recipe, coil.thickness_mm, coil.strip_width_mm), at_h)


def mean(truths, quantity):
    return sum(truth[f"SLIT.slit.{quantity}"] for truth in truths) / len(truths)


def test_burr_grows_with_wear_softness_and_a_wrong_clearance():
    new = burr_um(6.5, 180.0, 0.0, 0.0)
    assert new == 6.5
    assert burr_um(6.5, 180.0, 0.5, 0.0) > new
    assert burr_um(6.5, 140.0, 0.0, 0.0) > new
    assert burr_um(6.5, 180.0, 0.0, -0.8) == burr_um(6.5, 180.0, 0.0, 0.8) > new


def test_a_coil_of_eighteen_tonnes_makes_three_to_five():
    counts = {how_many(18.0, 0.01 * k) for k in range(100)}
    assert counts == {3, 4, 5}
    assert {how_many(6.0, 0.01 * k) for k in range(100)} == {2, 3}


def test_no_metal_is_lost_unaccounted():
    line = a_line()
    for number in range(200):
        coil = a_coil(number, mass_t=12.0 + 0.05 * number)
        before = coil.mass_t
        _, truths = slit(line, coil, 0.5 * number)
        weights = [truth["SLIT.slit.coil_weight"] for truth in truths]
        assert sum(weights) == pytest.approx(coil.mass_t)
        assert coil.mass_t + coil.account.scrapped_t == pytest.approx(before)
        assert 0.965 < coil.mass_t / before < 0.985
        assert 2 <= len(truths) <= 5
        assert all(1.0 <= weight <= 10.0 for weight in weights)


def test_ragged_edges_and_a_wide_trim_cost_yield():
    smooth, ragged = a_coil(edge_cracks_per_km=0.0), a_coil(edge_cracks_per_km=6.0)
    slit(a_line(), smooth)
    slit(a_line(), ragged)
    assert ragged.mass_t < smooth.mass_t


def test_knives_wear_by_the_kilometre_and_are_changed():
    line = a_line()
    runs = [slit(line, a_coil(number)) for number in range(60)]
    worn = [run.truth["SLIT.slit.knife_km"] for run, _ in runs]
    new = next(k for k in range(1, 60) if worn[k] < worn[k - 1])
    assert 270.0 < worn[new - 1] < 292.0
    assert worn[new] == pytest.approx(5.93, abs=0.1)
    assert mean(runs[new - 1][1], "burr") > mean(runs[new][1], "burr")
    assert runs[new][0].minutes > runs[new - 1][0].minutes + 15.0


def test_the_levers_do_what_they_say():
    best = SlittingRecipe(gap_pct=6.3, speed_m_min=220.0, knife_change_km=280.0)
    wide = SlittingRecipe(gap_pct=9.5, speed_m_min=220.0, knife_change_km=280.0)
    fast = SlittingRecipe(gap_pct=6.3, speed_m_min=280.0, knife_change_km=280.0)
    coils = [a_coil(), a_coil(), a_coil()]
    first, second, third = (slit(a_line(), c, recipe=r) for c, r in zip(coils, (best, wide, fast), strict=True))
    assert mean(second[1], "burr") > 1.5 * mean(first[1], "burr")
    assert third[0].minutes < first[0].minutes
    assert coils[2].account.cost_eur < coils[0].account.cost_eur


def test_what_the_caster_left_is_counted():
    clean, dirty = slit(a_line(), a_coil())[1], slit(a_line(), a_coil(inclusion_index=3.0))[1]
    assert mean(dirty, "defect_count") > 1.5 * mean(clean, "defect_count")
    assert mean(dirty, "pinholes") == pytest.approx(3.0 * mean(clean, "pinholes"))


def test_a_coil_meets_the_same_dice_under_other_set_points():
    wide = SlittingRecipe(gap_pct=8.0, speed_m_min=150.0, knife_change_km=280.0)
    for number in range(10):
        first, second = slit(a_line(), a_coil(number))[1], slit(a_line(), a_coil(number), recipe=wide)[1]
        burrs = [s["SLIT.slit.burr"] / f["SLIT.slit.burr"] for f, s in zip(first, second, strict=True)]
        assert burrs == pytest.approx([burrs[0]] * len(burrs))
        assert mean(first, "coil_weight") == mean(second, "coil_weight")


def test_soft_knives_go_blunt_sooner():
    line, other = a_line(), a_line()
    other.disturb(SOFT_KNIVES, 0.0)
    for number in range(25):
        usual, soft = slit(line, a_coil(number))[1], slit(other, a_coil(number))[1]
    assert mean(soft, "burr") > 1.3 * mean(usual, "burr")


def test_costs_energy_minutes_and_ranges_of_a_usual_run():
    line, keys = a_line(), tuple(GRADES)
    cost, energy, mass, minutes = 0.0, 0.0, 0.0, 0.0
    for number in range(330):
        coil = a_coil(number, keys[number // 30])
        mass += coil.mass_t
        run, truths = slit(line, coil)
        for truth in truths:
            assert all(isfinite(v) and LIMITS[key][0] <= v <= LIMITS[key][1] for key, v in truth.items())
        cost += coil.account.cost_eur
        energy += coil.account.energy_kwh
        minutes += run.minutes
    assert 15.0 < cost / mass < 25.0
    assert 10.0 < energy / mass < 20.0
    assert 25.0 < minutes / 330 < 40.0
