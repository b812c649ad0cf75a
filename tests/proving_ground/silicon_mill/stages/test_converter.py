"""The converter: the page's balance, known answers, laws, wear, disturbances, spreads."""

import statistics
from dataclasses import replace

import pytest

from proving_ground.constant import draw
from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.piece import Heat
from proving_ground.silicon_mill.stages.converter import CONSTANTS, Converter, ConverterRecipe
from proving_ground.silicon_mill.stages.converter_balance import (
    Blown,
    Charge,
    blow_to,
    co_product_equilibrium,
    decarburised,
    dissolved_oxygen,
    oxygen_between,
    partition_p,
    surplus_mj,
    temperature,
)
from proving_ground.silicon_mill.stages.desulphurisation import CONSTANTS as HOT_METAL
from proving_ground.silicon_mill.stages.desulphurisation import Desulphurisation, DesulphurisationRecipe

NOMINAL = draw("silicon-mill", CONSTANTS, 0)
PAGE = Charge(
    hot_metal_t=260.0,
    hot_metal_degc=1330.0,
    c=4.4,
    si=0.4,
    mn=0.25,
    p=0.10,
    scrap_t=45.0,
    return_t=0.0,
    lime_t=7.2,
    dololime_t=4.0,
    ore_t=0.0,
)
END = Blown(carbon=0.042, iron_kg=4300.0)
BURNT = 0.6
RANGES = {
    "BOF.blow_phase01.o2_flow": (38e3, 64e3),
    "BOF.blow_phase06.o2_flow": (38e3, 64e3),
    "BOF.charge.scrap_heavy": (5.0, 25.0),
    "BOF.charge.lime": (6.0, 18.0),
    "BOF.sublance_shot01.temperature": (1540.0, 1720.0),
    "BOF.sublance_shot01.carbon": (0.02, 0.8),
    "BOF.slag.FeO_t": (12.0, 32.0),
    "BOF.slag.CaO": (38.0, 55.0),
    "BOF.end.C": (0.02, 0.1),
    "BOF.end.P": (0.005, 0.025),
    "BOF.end.S": (0.003, 0.02),
    "BOF.end.N": (8.0, 35.0),
    "BOF.end.O": (400.0, 1000.0),
    "BOF.end.temperature": (1630.0, 1710.0),
    "BOF.tap.steel_mass": (255.0, 300.0),
    "BOF.tap.slag_carry": (1.0, 12.0),
}


def plant(seed=4):
    draws = Disturbances(seed=seed, family="silicon-mill")
    return Desulphurisation(draw("silicon-mill", HOT_METAL, 0), draws), Converter(NOMINAL, draws)


def made(stages, number=0, at_h=0.0, recipe=None, **end):
    station, converter = stages
    recipe = recipe or ConverterRecipe()
    heat = Heat(number=number, grade=GRADES["M250-35A"])
    heat.seen.update(station.receive(heat, at_h).truth)
    heat.seen.update(station.process(heat, station.preset(DesulphurisationRecipe(), heat), at_h).truth)
    first = converter.charge_and_blow(heat, converter.preset_charge(recipe, heat), at_h)
    heat.seen.update(first.truth)
    points = converter.preset_end(recipe, heat) | {f"BOF.{k.replace('__', '.')}": v for k, v in end.items()}
    last = converter.finish(heat, points, at_h)
    heat.seen.update(last.truth)
    return heat, first, last


def test_the_pages_balance_is_9_gj_short_with_45_t_scrap_and_closes_with_39():
    assert surplus_mj(PAGE, END, BURNT, NOMINAL) == pytest.approx(-9000.0, abs=1000.0)
    assert temperature(PAGE, END, BURNT, NOMINAL) - 1680.0 == pytest.approx(-36.0, abs=5.0)
    assert surplus_mj(replace(PAGE, scrap_t=39.0), END, BURNT, NOMINAL) == pytest.approx(0.0, abs=500.0)


def test_rules_of_thumb_of_the_heat_balance():
    base = temperature(PAGE, END, BURNT, NOMINAL)
    hotter = temperature(replace(PAGE, hot_metal_degc=1340.0), END, BURNT, NOMINAL) - base
    scrap = temperature(replace(PAGE, scrap_t=45.0 + 2.9), END, BURNT, NOMINAL) - base
    lime_t = 0.1 * 2.6 * 60.0 / 28.0 * 3.5 / 0.92
    silicon = replace(PAGE, si=0.5, lime_t=7.2 + lime_t)
    assert hotter == pytest.approx(8.0, abs=0.5)
    assert -17.0 < scrap < -13.0
    ferrous = Blown(carbon=0.042, iron_kg=4300.0 * (1.0 + 2.6 / 21.0))
    assert temperature(silicon, ferrous, BURNT, NOMINAL) - base == pytest.approx(15.0, abs=5.0)


def test_equilibrium_of_carbon_and_oxygen():
    assert co_product_equilibrium(1600.0) == pytest.approx(0.0020, abs=5e-5)
    assert dissolved_oxygen(0.040, 0.0025, 1e9) == pytest.approx(625.0)
    assert partition_p(1640.0, 44.0, 17.0) > partition_p(1680.0, 44.0, 17.0)


def test_oxygen_and_carbon_are_inverse_and_continuous_at_the_critical_point():
    for carbon in (0.03, 0.1, 0.25, 0.27, 0.5):
        assert decarburised(oxygen_between(carbon, 282.0, 0.26, 0.01), 282.0, 0.26, 0.01) == pytest.approx(carbon)
    before, after = decarburised(-1.0, 282.0, 0.26, 0.01), decarburised(1.0, 282.0, 0.26, 0.01)
    assert before - 0.26 == pytest.approx(0.26 - after, rel=0.01)


def test_oxygen_is_accounted_for():
    iron = 600.0
    one, two = (blow_to(PAGE, v, 0.26, iron, NOMINAL) for v in (13_600.0, 13_700.0))
    carbon_nm3 = 10.0 * PAGE.bath_t * (one.carbon - two.carbon) * 1.0264
    iron_nm3 = (two.iron_kg - one.iron_kg) * 16.0 / 56.0 / 1.429
    dissolved_nm3 = 0.49 * PAGE.bath_t * 100.0 / 1500.0
    assert carbon_nm3 + iron_nm3 + dissolved_nm3 == pytest.approx(100.0, rel=0.01)


def test_the_metal_balance_closes():
    heat, _, _ = made(plant())
    seen = heat.seen
    scrap_t = sum(seen[f"BOF.charge.{q}"] for q in ("scrap_heavy", "scrap_light", "scrap_return_si"))
    assert 0.89 < heat.mass_t / (seen["BOF.charge.hm_mass"] + scrap_t) < 0.93


def test_more_last_oxygen_means_less_carbon_more_iron_lost_and_hotter():
    little, _, _ = made(plant(), blow_phase06__o2_flow=48e3, blow_phase06__ore_add=0.0)
    much, _, _ = made(plant(), blow_phase06__o2_flow=58e3, blow_phase06__ore_add=0.0)
    assert much.seen["BOF.end.C"] < little.seen["BOF.end.C"]
    assert much.seen["BOF.slag.FeO_t"] > little.seen["BOF.slag.FeO_t"]
    assert much.seen["BOF.end.temperature"] > little.seen["BOF.end.temperature"]
    assert much.mass_t < little.mass_t


def test_coolant_cools_and_light_scrap_is_dirtier():
    hot, _, _ = made(plant(), blow_phase06__ore_add=0.0)
    cold, _, _ = made(plant(), blow_phase06__ore_add=1.5)
    assert cold.seen["BOF.end.temperature"] < hot.seen["BOF.end.temperature"] - 10.0
    clean, _, _ = made(plant(), recipe=ConverterRecipe(light_share=0.2))
    dirty, _, _ = made(plant(), recipe=ConverterRecipe(light_share=0.45))
    assert dirty.steel.s_ppm > clean.steel.s_ppm
    assert dirty.steel.cu > clean.steel.cu


def test_dice_do_not_depend_on_the_practice():
    one, _, _ = made(plant(), number=12)
    other, _, _ = made(plant(), number=12, recipe=ConverterRecipe(end_degc=1660.0, basicity=3.2))
    for key in ("BOF.state.idle", "BOF.tap.slag_carry", "BOF.tap.ladle_preheat"):
        assert one.seen[key] == other.seen[key]


def test_old_tuyeres_raise_oxygen_and_counters_reset():
    stages = plant()
    converter = stages[1]
    converter.tuyere_heats = 0
    fresh, _, _ = made(stages, number=9)
    converter.tuyere_heats = 890
    worn, _, _ = made(stages, number=9)
    assert worn.seen["BOF.end.O"] > 1.1 * fresh.seen["BOF.end.O"]
    for n in range(10):
        made(stages, number=10 + n)
    assert converter.tuyere_heats < 20


def test_a_missed_end_is_blown_again():
    missed, _, last = made(plant(), number=4, blow_phase06__o2_flow=38e3, blow_phase06__ore_add=0.0)
    hit, _, usual = made(plant(), number=4)
    assert last.minutes > usual.minutes
    assert missed.seen["BOF.end.C"] < missed.seen["BOF.sublance_shot02.carbon"]
    assert hit.seen["BOF.end.C"] == hit.seen["BOF.sublance_shot02.carbon"]


def test_a_heat_must_be_in_the_vessel():
    _, converter = plant()
    heat = Heat(number=3, grade=GRADES["M250-35A"])
    with pytest.raises(ValueError, match="not in the vessel"):
        converter.finish(heat, {}, 0.0)


@pytest.mark.parametrize(
    ("name", "key", "sign"),
    [
        ("bof-scrap-shift", "BOF.sublance_shot01.temperature", -1.0),
        ("bof-tuyere-block", "BOF.sublance_shot01.oxygen", 1.0),
        ("bof-sublance-drift", "BOF.end.temperature", -1.0),
    ],
)
def test_disturbances_show_within_days(name, key, sign):
    calm, ill = plant(), plant()
    ill[1].disturb(name, 0.0)
    moved = [sign * (made(ill, n, 150.0)[0].seen[key] - made(calm, n, 150.0)[0].seen[key]) for n in range(8)]
    assert statistics.mean(moved) > 3.0


def test_spreads_and_ranges_of_hundreds_of_heats():
    stages = plant()
    heats = [made(stages, number=n, at_h=0.8 * n)[0] for n in range(400)]
    for key, (low, high) in RANGES.items():
        assert sum(not low <= h.seen[key] <= high for h in heats) <= 4, key
    assert 0.006 < statistics.stdev(h.seen["BOF.end.C"] for h in heats) < 0.0105
    assert 6.0 < statistics.stdev(h.seen["BOF.end.temperature"] for h in heats) < 8.0
    assert 0.036 < statistics.mean(h.seen["BOF.end.C"] for h in heats) < 0.048
    energy = statistics.mean(h.account.energy_kwh / h.mass_t for h in heats)
    cost = statistics.mean(h.account.cost_eur / h.mass_t for h in heats)
    assert 30.0 < energy < 60.0
    assert 35.0 < cost < 60.0


def test_without_the_sublance_the_end_scatters_more():
    stages, blind = plant(), plant()
    recipe = ConverterRecipe(hot_by_k=0.0, sublance=False)
    with_shot = [made(stages, number=n)[0].seen["BOF.end.temperature"] for n in range(150)]
    without = [made(blind, number=n, recipe=recipe)[0].seen["BOF.end.temperature"] for n in range(150)]
    assert 11.0 < statistics.stdev(without) < 16.5
    assert statistics.stdev(with_shot) < 0.7 * statistics.stdev(without)
