import math
from statistics import median
from types import MappingProxyType

import pytest

from proving_ground.constant import draw
from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.parameters import parameters
from proving_ground.silicon_mill.piece import Coil, Heat, Steel
from proving_ground.silicon_mill.stages import cold_mill
from proving_ground.silicon_mill.stages.cold_mill import ColdMill, ColdRollingRecipe, break_hazard, preset

TABLE = MappingProxyType(dict(cold_mill.CONSTANTS))
HIGH = ColdRollingRecipe(entry_degc=75.0, induction_kw=400.0)
LOW = ColdRollingRecipe(entry_degc=40.0, induction_kw=0.0)


def mill(seed=3, variation=0):
    return ColdMill(draw("silicon-mill", TABLE, variation), Disturbances(seed=seed, family="silicon-mill"))


def band(number=0, grade="M250-35A", **changes):
    g = GRADES[grade]
    steel = Steel(si=g.si, al=g.al, mn=g.mn, p=g.p, s_ppm=14.0, n_ppm=16.0, o_ppm=13.0, ti_ppm=15.0, c_ppm=18.0)
    coil = Coil(
        heat=Heat(number=number // 14, grade=g, steel=steel),
        position=number % 14,
        grade=g,
        steel=steel,
        mass_t=17.0,
        slab_width_mm=1100.0,
        slab_thickness_mm=220.0,
        slab_length_m=9.0,
        cast_h=0.0,
        band_thickness_mm=2.0 if g.thickness_mm < 0.4 else 2.4,
        crown_um=42.0,
        edge_drop_um=45.0,
        wedge_um=4.0,
        band_grain_um=100.0,
        texture=1.1,
        residual_scale=0.15,
        strip_width_mm=1088.0,
    )
    for name, value in changes.items():
        setattr(coil, name, value)
    return coil


def passed(recipe=HIGH, *, stage=None, at_h=50.0, changed=None, **changes):
    coil = band(**changes)
    points = preset(recipe, coil)
    points.update(changed or {})
    return coil, (stage or mill()).process(coil, points, at_h)


def campaign(recipe=HIGH, *, stage=None, coils=300, each_h=6.0, **changes):
    stage = stage or mill()
    return [passed(recipe, stage=stage, at_h=each_h * n, number=n, **changes) for n in range(coils)]


@pytest.mark.parametrize(("recipe", "grade"), [(HIGH, "M250-35A"), (LOW, "M800-50A"), (HIGH, "M310-50A")])
def test_a_run_stays_inside_the_instruments(recipe, grade):
    listed = parameters()
    runs = campaign(recipe, grade=grade)
    told = sum(len(run.truth) for _, run in runs)
    outside = [k for _, run in runs for k, v in run.truth.items() if not listed[k].low <= v <= listed[k].high]
    assert len(outside) < 0.005 * told
    assert all(math.isfinite(v) for _, run in runs for v in run.truth.values())
    points = preset(recipe, band(grade=grade))
    assert all(listed[k].low <= v <= listed[k].high for k, v in points.items())


def test_strip_ends_at_its_thickness_whatever_the_pattern():
    coil, run = passed()
    assert coil.thickness_mm == pytest.approx(0.35, rel=0.015)
    assert run.truth["CRM.pass_p05.exit_thick"] == pytest.approx(coil.thickness_mm)
    other, _ = passed(changed={"CRM.pass_p01.reduction": 36.0})
    assert other.thickness_mm == coil.thickness_mm
    assert coil.cold_reduction == pytest.approx(1.0 - coil.thickness_mm / 2.0)


def test_gauge_and_defects_as_usual():
    coils = [coil for coil, _ in campaign(coils=900)]
    sds = [coil.thickness_sd_um for coil in coils]
    assert min(sds) > 1.1
    assert 1.5 < median(sds) < 3.0
    assert max(sds) < 5.0
    share = {key: sum(key in c.defects for c in coils) / len(coils) for key in ("thickness", "edge_crack", "flatness")}
    assert 0.005 < share["thickness"] < 0.05
    assert 0.001 < share["edge_crack"] < 0.03
    assert 0.002 < share["flatness"] < 0.025


def test_breaks_stop_the_mill_and_scrap_metal():
    runs = campaign(coils=900)
    broken = [(coil, run) for coil, run in runs if run.stop_min > 0.0]
    per_1000_t = 1000.0 * len(broken) / (17.0 * len(runs))
    assert 0.8 < per_1000_t < 4.0
    assert all(40.0 <= run.stop_min <= 90.0 for _, run in broken)
    assert all(coil.account.scrapped_t > 0.7 for coil, _ in broken)


@pytest.mark.parametrize(
    "change", [{"entry_degc": 35.0}, {"weld": 0.5}, {"tension": 0.32}], ids=lambda change: next(iter(change))
)
def test_cold_strip_bad_welds_and_pull_break_strip(change):
    coil = band(edge_cracks_per_km=2.0)
    usual = {"entry_degc": 80.0, "weld": 0.9, "tension": 0.24}
    assert break_hazard(0.0014, coil, **(usual | change)) > 1.3 * break_hazard(0.0014, coil, **usual)


def test_brittle_steel_and_cracked_edges_break():
    usual = {"entry_degc": 80.0, "weld": 0.9, "tension": 0.24}
    coil = band(edge_cracks_per_km=2.0)
    assert break_hazard(0.0014, band(grade="M800-50A", edge_cracks_per_km=2.0), **usual) < 0.0002
    assert break_hazard(0.0014, band(edge_cracks_per_km=9.0), **usual) > break_hazard(0.0014, coil, **usual)
    coarse = band(edge_cracks_per_km=2.0, band_grain_um=320.0)
    assert break_hazard(0.0014, coarse, **usual) > 3.0 * break_hazard(0.0014, coil, **usual)


def test_levers_do_what_they_should_with_the_same_dice():
    usual, run = passed()
    cold, _ = passed(changed={"CRM.entry.coil_temp": 25.0, "CRM.entry.induction": 0.0})
    shifted, _ = passed(changed={"CRM.pass_p05.imr_shift": 20.0})
    _, dry = passed(changed={"CRM.pass_p03.coolant": 2500.0})
    thick, _ = passed(band_thickness_mm=2.3)
    assert cold.edge_cracks_per_km > usual.edge_cracks_per_km
    assert shifted.ttd_um < usual.ttd_um
    assert dry.truth["CRM.pass_p03.strip_temp"] > run.truth["CRM.pass_p03.strip_temp"]
    assert thick.texture < usual.texture
    hot_crown, _ = passed(crown_um=60.0)
    assert hot_crown.ttd_um > usual.ttd_um


def test_rolls_wear_and_are_changed():
    stage = mill()
    km = [run.truth["CRM.roll_p05.wr_km"] for _, run in campaign(stage=stage, coils=40)]
    assert max(km) < stage.roll_change_km[4]
    assert 0.0 in km
    finish = {run.truth["CRM.roll_p05.wr_km"]: run.truth["CRM.roll_p05.wr_Ra"] for _, run in campaign(coils=12)}
    assert finish[min(finish)] > finish[max(finish)]


def test_a_shorter_calendar_keeps_the_gauge_nearer():
    frequent = mill()
    frequent.calibration_days = 5.0
    usual = [abs(c.thickness_mm - 0.35) for c, _ in campaign(coils=700)]
    closer = [abs(c.thickness_mm - 0.35) for c, _ in campaign(stage=frequent, coils=700)]
    assert sum(closer) < sum(usual)


def test_mass_and_account_close():
    for recipe, grade, kwh in ((HIGH, "M250-35A", (120, 200)), (LOW, "M800-50A", (95, 150))):
        coil, run = passed(recipe, grade=grade)
        assert coil.mass_t + coil.account.scrapped_t == pytest.approx(17.0)
        assert kwh[0] < coil.account.energy_kwh / coil.mass_t < kwh[1]
        assert 30.0 < coil.account.cost_eur / coil.mass_t < 75.0
        assert 6.0 < run.minutes < 60.0


def wavy(stage):
    return sum("flatness" in c.defects for c, _ in campaign(stage=stage, coils=400))


@pytest.mark.parametrize("name", sorted(ColdMill.DISTURBANCES))
def test_disturbances_show(name):
    stage = mill()
    stage.disturb(name, 240.0)
    before, _ = passed(at_h=480.0)
    after, _ = passed(stage=stage, at_h=480.0)
    shown = {
        "crm-gauge-drift": after.thickness_mm > 1.008 * before.thickness_mm,
        "crm-cold-coils": after.edge_cracks_per_km > 1.1 * before.edge_cracks_per_km,
        "crm-coolant-nozzles": wavy(stage) > 4 * wavy(mill()) > 0,
    }
    assert shown[name]
