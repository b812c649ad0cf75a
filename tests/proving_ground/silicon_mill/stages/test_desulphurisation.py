"""Desulphurisation: known answers, laws, wear, disturbances."""

import math

import pytest

from proving_ground.constant import draw
from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.piece import Heat
from proving_ground.silicon_mill.stages.desulphurisation import (
    CONSTANTS,
    Desulphurisation,
    DesulphurisationRecipe,
    left_after_raking,
    measured,
    saturation_c,
    sulphur_after,
)

RANGES = {
    "HMD.hm_analysis.C": (4.0, 4.8),
    "HMD.hm_analysis.Si": (0.2, 0.7),
    "HMD.hm_analysis.P": (0.07, 0.14),
    "HMD.hm_analysis.S": (0.015, 0.05),
    "HMD.hm_state.temperature": (1280.0, 1420.0),
    "HMD.injection_phase01.mg_rate": (5.0, 16.0),
    "HMD.injection_phase01.cao_rate": (25.0, 70.0),
    "HMD.injection_phase02.duration": (2.0, 10.0),
    "HMD.skim.slag_removed": (8.0, 25.0),
    "HMD.skim.temp_drop": (10.0, 40.0),
    "HMD.post.S": (0.0005, 0.005),
    "HMD.post.temperature": (1250.0, 1390.0),
}


@pytest.fixture
def station():
    return Desulphurisation(draw("silicon-mill", CONSTANTS, 0), Disturbances(seed=4, family="silicon-mill"))


def treated(station, number=0, at_h=0.0, recipe=None, **changed):
    heat = Heat(number=number, grade=GRADES["M250-35A"])
    heat.seen.update(station.receive(heat, at_h).truth)
    mass_t = heat.mass_t
    points = station.preset(recipe or DesulphurisationRecipe(), heat)
    run = station.process(heat, points | {key.replace("__", "."): v for key, v in changed.items()}, at_h)
    return heat, run, mass_t


def test_magnesium_takes_sulphur_down_exponentially():
    assert sulphur_after(300.0, 8.0, 2.5) == pytest.approx(8.0 + 292.0 * math.exp(-2.5))
    assert sulphur_after(300.0, 8.0, 99.0) == pytest.approx(8.0)
    assert saturation_c(1350.0, 0.4, 0.1, 0.25) == pytest.approx(4.62, abs=0.01)
    assert left_after_raking(0.0, 3.0) == 1.0


def test_the_iron_balance_closes(station):
    heat, run, mass_t = treated(station)
    lost_t = 1e-3 * run.truth["HMD.skim.iron_loss"] * mass_t
    assert heat.account.scrapped_t == pytest.approx(lost_t)
    assert heat.mass_t + heat.account.scrapped_t == pytest.approx(mass_t)


def test_more_magnesium_takes_more_sulphur_and_costs_more(station):
    few, _, _ = treated(station, recipe=DesulphurisationRecipe(aim_s_ppm=30.0))
    many, _, _ = treated(station, recipe=DesulphurisationRecipe(aim_s_ppm=15.0))
    assert many.steel.s_ppm < few.steel.s_ppm
    assert many.account.cost_eur > few.account.cost_eur


def test_longer_raking_leaves_less_slag_and_loses_iron_and_heat(station):
    short, _, _ = treated(station, recipe=DesulphurisationRecipe(skim_min=6.0))
    long, _, _ = treated(station, recipe=DesulphurisationRecipe(skim_min=10.0))
    assert long.slag_carry_kg_t < short.slag_carry_kg_t
    assert long.mass_t < short.mass_t
    assert long.temp_degc < short.temp_degc


def test_dice_do_not_depend_on_the_practice(station):
    one, _, _ = treated(station, number=31)
    other, _, _ = treated(station, number=31, recipe=DesulphurisationRecipe(aim_s_ppm=30.0, skim_min=6.0))
    assert (one.hot_metal_c, one.steel.p, one.hot_metal_ti) == (other.hot_metal_c, other.steel.p, other.hot_metal_ti)


def test_hot_metal_arrives_by_itself_where_nobody_received_it(station):
    heat, run, _ = treated(station, number=5)
    unseen = Heat(number=5, grade=heat.grade)
    points = {key: run.truth[key] for key in run.truth if "injection" in key or "duration" in key}
    again = station.process(unseen, points | {"HMD.skim.start_delay": 3.0}, 0.0)
    assert again.truth["HMD.hm_analysis.S"] == heat.seen["HMD.hm_analysis.S"]


def test_a_missing_measurement_is_taken_as_usual():
    heat = Heat(number=0, grade=GRADES["M250-35A"], seen={"a": math.nan})
    assert measured(heat, "a", 3.0) == measured(heat, "b", 3.0) == 3.0


def test_the_lance_wears_and_is_changed(station):
    lives = [treated(station, number=n)[1].truth["HMD.state.lance_life"] for n in range(80)]
    assert max(lives) == 69.0
    assert min(lives) == 0.0
    station.lance_heats = 0
    fresh, _, _ = treated(station, number=3)
    station.lance_heats = 69
    worn, _, _ = treated(station, number=3)
    assert worn.steel.s_ppm > fresh.steel.s_ppm


@pytest.mark.parametrize(("name", "key"), [("hmd-ore-change", "HMD.hm_analysis.P"), ("hmd-lance-leak", "HMD.post.S")])
def test_disturbances_show_within_days(station, name, key):
    calm = treated(station, number=7, at_h=150.0)[1]
    calm_value = {**treated(station, number=7, at_h=150.0)[0].seen, **calm.truth}[key]
    station.disturb(name, 30.0)
    heat, run, _ = treated(station, number=7, at_h=150.0)
    assert {**heat.seen, **run.truth}[key] > 1.08 * calm_value


def test_hundreds_of_heats_stay_inside_the_ranges_and_reach_the_aim(station):
    heats = [treated(station, number=n, at_h=0.8 * n) for n in range(300)]
    for key, (low, high) in RANGES.items():
        values = [{**heat.seen, **run.truth}[key] for heat, run, _ in heats]
        assert sum(not low <= v <= high for v in values) <= 1, key
    mean = sum(heat.steel.s_ppm for heat, _, _ in heats) / len(heats)
    assert 16.0 < mean < 24.0
