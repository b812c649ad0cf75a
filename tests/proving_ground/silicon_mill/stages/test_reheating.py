"""The slab furnace: known answers, heat balance, levers, pairing, drift, ranges."""

from dataclasses import replace
from itertools import pairwise
from statistics import mean, stdev

import pytest

from proving_ground.constant import draw
from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.parameters import parameters
from proving_ground.silicon_mill.piece import Coil, Heat, Steel
from proving_ground.silicon_mill.stages.hot_strip import RHO_C, SIGMA
from proving_ground.silicon_mill.stages.reheating import (
    CONSTANTS,
    Reheating,
    ReheatingRecipe,
    dissolved_n_ppm,
    dissolved_s_ppm,
    heat_slab,
    preset,
)
from proving_ground.silicon_mill.stages.stage import Run

SCALING = (1.85e3, 2.8)
USUAL = ReheatingRecipe()


def furnace(variation: int = 0) -> Reheating:
    return Reheating(draw("silicon-mill", CONSTANTS, variation), Disturbances(seed=3, family="silicon-mill"))


def slab(number: int, *, grade: str = "M270-50A", cast_h: float = 0.0) -> Coil:
    g = GRADES[grade]
    steel = Steel(c_ppm=18, si=g.si, mn=g.mn, p=g.p, s_ppm=20, al=g.al, n_ppm=18, o_ppm=15)
    heat = Heat(number=number // 16, grade=g, steel=steel)
    return Coil(
        heat=heat,
        position=number % 16,
        grade=g,
        steel=steel,
        mass_t=18.6,
        slab_width_mm=1200.0,
        slab_thickness_mm=220.0,
        slab_length_m=9.2,
        cast_h=cast_h,
    )


def run(
    recipe: ReheatingRecipe = USUAL, coils: int = 120, *, disturbance: str = "", days: float = 0.0
) -> tuple[list[Coil], list[Run]]:
    unit, done, runs = furnace(), [], []
    if disturbance:
        unit.disturb(disturbance, 0.0)
    for number in range(coils):
        at_h = 24.0 * days * number / coils + 24.0
        coil = slab(number, cast_h=at_h - 24.0)
        runs.append(unit.process(coil, preset(recipe, coil, at_h), at_h))
        done.append(coil)
    return done, runs


def test_solubility_in_ferrite_is_the_published_one() -> None:
    steel = Steel(si=3.0, al=0.5, mn=0.25, s_ppm=99.0)
    assert [round(dissolved_s_ppm(t, steel)) for t in (1100, 1150, 1200, 1250)] == [4, 10, 22, 47]


def test_aluminium_leaves_no_nitrogen_in_solution() -> None:
    assert dissolved_n_ppm(1150, Steel(si=3.0, al=0.5, n_ppm=99.0)) == pytest.approx(0.9, abs=0.05)
    assert dissolved_n_ppm(1150, Steel(si=3.0, al=0.03, n_ppm=99.0)) == pytest.approx(15.0, abs=0.2)


def test_no_more_dissolves_than_there_is() -> None:
    assert dissolved_s_ppm(1250, Steel(si=3.0, al=0.5, mn=0.2, s_ppm=12.0)) == 12.0
    assert dissolved_s_ppm(1150, Steel(si=0.4, al=0.2, mn=0.3, s_ppm=99.0)) == pytest.approx(13.0, abs=0.3)


def test_the_slab_takes_what_the_furnace_radiates() -> None:
    minutes = 0.4
    heated = heat_slab(20.0, (1100.0,) * 12, minutes, 0.6, SCALING)
    flux = 2.0 * 0.6 * SIGMA * (1373.15**4 - 293.15**4)
    assert heated.mean_degc - 20.0 == pytest.approx(flux * 6.0 * minutes * 60.0 / (RHO_C * 0.22), rel=0.01)


def test_a_long_stay_ends_at_the_furnace_temperature_and_the_core_follows() -> None:
    assert heat_slab(20.0, (1150.0,) * 12, 100.0, 0.6, SCALING).mean_degc == pytest.approx(1150.0, abs=0.5)
    slow = heat_slab(20.0, (1150.0,) * 12, 25.0, 0.6, SCALING)
    assert slow.core_degc < slow.mean_degc < 1150.0
    assert all(a < b for a, b in pairwise(slow.cores))


def test_more_scale_with_heat_time_and_over_the_eutectic() -> None:
    def scale(zone: float, minutes: float, faster: float = 2.8) -> float:
        return heat_slab(300.0, (zone,) * 12, minutes, 0.6, (1.85e3, faster)).scale_kg_m2

    assert scale(1120.0, 30.0) < scale(1150.0, 30.0) < scale(1150.0, 40.0)
    assert scale(1200.0, 30.0) > 1.3 * scale(1200.0, 30.0, faster=1.0)
    assert scale(1160.0, 30.0) == scale(1160.0, 30.0, faster=1.0)


@pytest.mark.parametrize("aim", [1110.0, 1150.0, 1180.0])
@pytest.mark.parametrize("residence", [180.0, 200.0, 230.0])
@pytest.mark.parametrize("waited", [4.0, 24.0, 70.0])
def test_the_preset_meets_its_aim_in_the_nominal_furnace(aim: float, residence: float, waited: float) -> None:
    coil = slab(0)
    points = preset(ReheatingRecipe(discharge_degc=aim, residence_min=residence), coil, waited)
    zones = tuple(points[f"REHEAT.zone_z{i:02d}.temp_sp"] for i in range(1, 13))
    start = 20.0 + 680.0 * 2.718281828 ** (-waited / 42.0)
    assert heat_slab(start, zones, residence / 6.0, 0.6, SCALING).mean_degc == pytest.approx(aim, abs=4.0)


def test_commanding_the_soaking_zone_moves_the_slab() -> None:
    coil, other = slab(0), slab(0)
    points = preset(USUAL, coil, 24.0)
    furnace().process(coil, points, 24.0)
    furnace().process(other, {**points, "REHEAT.zone_z11.temp_sp": points["REHEAT.zone_z11.temp_sp"] + 20.0}, 24.0)
    assert 4.0 < other.reheat_degc - coil.reheat_degc < 9.0


def test_a_cooler_furnace_dissolves_less_burns_less_and_pits_less() -> None:
    hot, hot_runs = run()
    cool, cool_runs = run(replace(USUAL, discharge_degc=1110.0))
    assert mean(c.dissolved_s_ppm for c in cool) < 0.6 * mean(c.dissolved_s_ppm for c in hot)
    assert mean(c.scale_index for c in cool) < mean(c.scale_index for c in hot)
    gas = [mean(r.truth["REHEAT.energy.gas_use"] for r in runs) for runs in (cool_runs, hot_runs)]
    assert 280.0 < gas[0] < gas[1] < 480.0
    assert mean(c.account.cost_eur for c in cool) < mean(c.account.cost_eur for c in hot)


def test_a_longer_stay_costs_gas_and_scale_and_air_costs_both() -> None:
    usual, _ = run()
    for other in (replace(USUAL, residence_min=240.0), replace(USUAL, air_ratio=1.16)):
        longer, _ = run(other)
        assert mean(c.account.energy_kwh for c in longer) > mean(c.account.energy_kwh for c in usual)
        assert mean(c.account.scrapped_t for c in longer) > mean(c.account.scrapped_t for c in usual)


def test_scale_leaves_the_slab_and_is_booked() -> None:
    done, runs = run(coils=30)
    for coil, each in zip(done, runs, strict=True):
        assert coil.mass_t + coil.account.scrapped_t == pytest.approx(18.6)
        assert coil.account.scrapped_t / 18.6 == pytest.approx(0.01 * each.truth["REHEAT.furnace.scale_loss"])


def test_true_discharge_scatters_as_usual_and_scale_is_as_rare_as_usual() -> None:
    done, _ = run(coils=3000, days=180.0)
    temps = [c.reheat_degc for c in done]
    assert abs(mean(temps) - USUAL.discharge_degc) < 10.0
    assert 11.0 < stdev(temps) < 19.0
    assert 0.009 < sum("scale" in c.defects for c in done) / len(done) < 0.025


def test_the_same_slab_meets_the_same_dice() -> None:
    a, _ = run(coils=20)
    b, _ = run(replace(USUAL, discharge_degc=1150.0), coils=20)
    shifts = [x.reheat_degc - y.reheat_degc for x, y in zip(a, b, strict=True)]
    assert stdev(shifts) < 1.5


def test_calibration_puts_the_thermocouples_right() -> None:
    unit = furnace()
    points = preset(USUAL, slab(0), 24.0)
    assert unit._zones(points, 24.0 * 60)[1] == [0.0] * 6
    assert unit._zones(points, 24.0 * 59)[1] != [0.0] * 6
    unit.calibration_days = 1
    assert unit._zones(points, 24.0 * 59)[1] == [0.0] * 6


def test_a_drifting_thermocouple_hides_what_it_does() -> None:
    usual, usual_runs = run(days=12.0)
    drifted, runs = run(days=12.0, disturbance="reheat-thermocouple-drift")
    assert drifted[-1].reheat_degc > usual[-1].reheat_degc + 25.0
    key = "REHEAT.zone_z11.temp"
    assert runs[-1].truth[key] == usual_runs[-1].truth[key]
    key = "REHEAT.furnace.discharge_temp"
    assert runs[-1].truth[key] == pytest.approx(usual_runs[-1].truth[key], abs=4.0)


def test_worn_nozzles_and_lean_gas_show() -> None:
    usual, usual_runs = run(days=8.0)
    worn, _ = run(days=8.0, disturbance="reheat-descale-nozzles")
    assert worn[-1].scale_index > 1.3 * usual[-1].scale_index
    _, lean = run(days=8.0, disturbance="reheat-lean-gas")
    key = "REHEAT.zone_z05.gas_flow"
    assert lean[5].truth[key] > 1.2 * usual_runs[5].truth[key]


def test_high_silicon_slabs_crack_when_charged_cold() -> None:
    unit, cracked = furnace(), {24.0: 0, 120.0: 0}
    for waited in cracked:
        for number in range(800):
            coil = slab(number)
            unit.process(coil, preset(USUAL, coil, waited), waited)
            cracked[waited] += "edge_crack" in coil.defects
    assert cracked[24.0] <= 3
    assert cracked[120.0] > 6


@pytest.mark.parametrize("variation", [0, 5])
def test_truth_stays_in_range(variation: int) -> None:
    ranges, unit = parameters(), furnace(variation)
    values = out = 0
    for number in range(600):
        at_h = 24.0 + 2.0 * number
        coil = slab(number, grade=list(GRADES)[number // 60 % len(GRADES)], cast_h=at_h - (12.0 + number % 90))
        each = unit.process(coil, preset(USUAL, coil, at_h), at_h)
        for key, value in each.truth.items():
            values += 1
            out += not ranges[key].low <= value <= ranges[key].high
    assert out / values < 0.002


def test_every_named_key_is_a_parameter() -> None:
    assert set(Reheating.CAUSAL) <= set(parameters())
    assert all(name.startswith("reheat-") for name in Reheating.DISTURBANCES)
    for key, value in preset(USUAL, slab(0), 30.0).items():
        assert parameters()[key].low <= value <= parameters()[key].high
