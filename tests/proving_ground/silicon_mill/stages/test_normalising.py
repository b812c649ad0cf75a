import math
from types import MappingProxyType

import pytest

from proving_ground.constant import draw
from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.parameters import parameters
from proving_ground.silicon_mill.piece import Coil, Heat, Steel
from proving_ground.silicon_mill.stages import grain, normalising
from proving_ground.silicon_mill.stages.normalising import (
    ACID,
    SET,
    Normalising,
    NormalisingRecipe,
    pickled,
    preset,
    ridging_share,
    texture_gain,
)

TABLE = MappingProxyType({**grain.CONSTANTS, **normalising.CONSTANTS})
HIGH = NormalisingRecipe(strip_degc=970.0, speed_m_min=32.0)
LOW = NormalisingRecipe(strip_degc=620.0, speed_m_min=52.0)


def line(seed=3, variation=0):
    return Normalising(draw("silicon-mill", TABLE, variation), Disturbances(seed=seed, family="silicon-mill"))


def hot_coil(number=0, grade="M250-35A", **changes):
    g = GRADES[grade]
    steel = Steel(si=g.si, al=g.al, mn=g.mn, p=g.p, s_ppm=14.0, n_ppm=16.0, o_ppm=13.0, ti_ppm=15.0, c_ppm=18.0)
    heat = Heat(number=number // 14, grade=g, steel=steel)
    coil = Coil(
        heat=heat,
        position=number % 14,
        grade=g,
        steel=steel,
        mass_t=17.0,
        slab_width_mm=1100.0,
        slab_thickness_mm=220.0,
        slab_length_m=9.0,
        cast_h=0.0,
        equiaxed=40.0,
        dissolved_s_ppm=10.0,
        dissolved_n_ppm=0.6,
        scale_index=1.0,
        band_thickness_mm=2.1,
        ct_degc=650.0,
        band_grain_um=30.0,
        texture=1.0,
    )
    for name, value in changes.items():
        setattr(coil, name, value)
    return coil


def passed(recipe=HIGH, *, stage=None, at_h=50.0, changed=None, **changes):
    coil = hot_coil(**changes)
    points = preset(recipe, coil)
    points.update(changed or {})
    run = (stage or line()).process(coil, points, at_h)
    return coil, run


def test_normalising_coarsens_the_band_to_80_to_200_um_and_gains_b50():
    coil, _ = passed()
    assert 80.0 < coil.band_grain_um < 200.0
    assert 0.02 < 1.98 * 0.03 * texture_gain(30.0, coil.band_grain_um, 0.35) < 0.04


def test_low_silicon_is_only_pickled():
    coil, run = passed(LOW, grade="M800-50A")
    assert coil.band_grain_um == 30.0
    assert run.truth["APL.line.strip_temp"] == 800.0
    assert coil.account.energy_kwh / coil.mass_t < 200.0


def test_a_hotter_zone_and_a_slower_line_coarsen_with_the_same_dice():
    usual, _ = passed()
    hotter, _ = passed(changed={SET[8]: 1010.0})
    slower, _ = passed(changed={"APL.line.speed": 26.0})
    assert usual.band_grain_um < hotter.band_grain_um
    assert usual.band_grain_um < slower.band_grain_um
    assert usual.texture < slower.texture


def test_hot_fresh_acid_pickles_and_iron_brakes():
    rate = pickled(120.0, 80.0, 82.0, brake=0.0022, energy_j_mol=58000.0)
    assert rate < pickled(120.0, 40.0, 82.0, brake=0.0022, energy_j_mol=58000.0)
    assert rate < pickled(120.0, 80.0, 86.0, brake=0.0022, energy_j_mol=58000.0)
    assert rate < pickled(160.0, 80.0, 82.0, brake=0.0022, energy_j_mol=58000.0)
    cold, _ = passed(changed=dict.fromkeys(ACID, 74.0))
    assert cold.residual_scale > passed()[0].residual_scale


def test_acid_wears_out_and_is_renewed_by_the_calendar():
    stage = line()
    iron = [passed(stage=stage, at_h=24.0 * day + 1.0)[1].truth["APL.tank_t01.Fe"] for day in range(7)]
    assert iron[5] > iron[0] + 15.0
    assert iron[6] < iron[5] - 15.0
    stage.acid_days = 3.0
    assert passed(stage=stage, at_h=24.0 * 5.0 + 71.0)[1].truth["APL.tank_t01.Fe"] < iron[5]


def test_ridging_goes_with_columns_and_missing_annealing():
    coil = hot_coil()
    base = ridging_share(0.007, coil, after_um=100.0)
    assert 0.004 < base < 0.02
    assert ridging_share(0.007, coil, after_um=35.0) > 3.0 * base
    assert ridging_share(0.007, coil, after_um=300.0) > 3.0 * base
    assert ridging_share(0.007, hot_coil(equiaxed=20.0), after_um=100.0) > 3.0 * base
    assert ridging_share(0.007, hot_coil(grade="M800-50A"), after_um=40.0) == 0.0


def test_mass_and_account_close():
    coil, run = passed()
    assert coil.mass_t + coil.account.scrapped_t == pytest.approx(17.0)
    assert 0.975 < coil.mass_t / 17.0 < 0.985
    assert 120.0 < coil.account.energy_kwh / coil.mass_t < 310.0
    assert 28.0 < coil.account.cost_eur / coil.mass_t < 55.0
    assert 15.0 < run.minutes < 45.0


def test_thermocouples_that_read_more_leave_the_band_colder():
    stage = line()
    before, _ = passed(stage=stage, at_h=24.0)
    stage.disturb("apl-zone-thermocouple-drift", 24.0)
    after, run = passed(stage=stage, at_h=24.0 * 13.0)
    assert after.band_grain_um < 0.85 * before.band_grain_um
    assert run.truth["APL.zone_z08.temp"] == pytest.approx(970.0, abs=1.0)
    stage.calm("apl-zone-thermocouple-drift")
    assert passed(stage=stage, at_h=24.0 * 14.0)[0].band_grain_um > after.band_grain_um


def test_weak_acid_leaves_scale():
    stage = line()
    before, _ = passed(LOW, stage=stage, at_h=50.0, grade="M800-50A")
    stage.disturb("apl-weak-acid", 40.0)
    after, _ = passed(LOW, stage=stage, at_h=50.0, grade="M800-50A")
    assert after.residual_scale > 2.0 * before.residual_scale


@pytest.mark.parametrize(("recipe", "grade"), [(HIGH, "M250-35A"), (LOW, "M800-50A")])
def test_a_run_stays_inside_the_instruments(recipe, grade):
    stage, listed = line(), parameters()
    outside = told = scale = 0
    for number in range(300):
        coil, run = passed(recipe, stage=stage, at_h=8.0 * number, number=number, grade=grade)
        told += len(run.truth)
        assert all(math.isfinite(v) for v in run.truth.values())
        outside += sum(1 for k, v in run.truth.items() if not listed[k].low <= v <= listed[k].high)
        scale += "scale" in coil.defects
    assert outside < 0.005 * told
    assert scale < 9
