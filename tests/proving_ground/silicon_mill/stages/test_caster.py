"""The caster: known answers, mass, levers, pairing, hidden states, ranges."""

from dataclasses import replace
from itertools import pairwise
from statistics import mean

import pytest

from proving_ground.constant import draw
from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.parameters import parameters
from proving_ground.silicon_mill.piece import SLABS_PER_HEAT, Coil, Heat, Steel
from proving_ground.silicon_mill.stages.caster import CONSTANTS, Caster, CasterRecipe, preset
from proving_ground.silicon_mill.stages.solidification import liquidus_degc, mixed
from proving_ground.silicon_mill.stages.stage import Run, Truth

OF = 6
USUAL = CasterRecipe()


def caster(variation: int = 0) -> Caster:
    return Caster(draw("silicon-mill", CONSTANTS, variation), Disturbances(seed=11, family="silicon-mill"))


def heat(number: int, *, grade: str = "M270-50A", superheat_k: float = 25.0) -> Heat:
    g = GRADES[grade]
    steel = Steel(c_ppm=18, si=g.si, mn=g.mn, p=g.p, s_ppm=16, al=g.al, n_ppm=18, o_ppm=15, ti_ppm=15)
    aim = liquidus_degc(steel) + CONSTANTS["cc_drop_k"].nominal + superheat_k
    return Heat(number=number, grade=g, place=number % OF, of=OF, steel=steel, temp_degc=aim, mass_t=281.0)


def cast(
    recipe: CasterRecipe = USUAL, heats: int = 60, *, disturbance: str = "", superheat_k: float = 25.0
) -> list[tuple[Run, tuple[Coil, ...], tuple[Truth, ...]]]:
    unit, done, before = caster(), [], None
    if disturbance:
        unit.disturb(disturbance, 0.0)
    for number in range(heats):
        now = heat(number, superheat_k=superheat_k)
        before = before if now.place else None
        done.append(unit.process(now, before, preset(recipe, 1200.0), 1.2 * number))
        before = now
    return done


def coils_of(done: list[tuple[Run, tuple[Coil, ...], tuple[Truth, ...]]]) -> list[Coil]:
    return [coil for _, coils, _ in done for coil in coils]


def test_no_metal_is_lost_on_paper_and_the_yield_is_usual() -> None:
    done = cast()
    for _, coils, _ in done:
        whole = coils[0].heat
        assert sum(c.mass_t for c in coils) == pytest.approx(whole.mass_t)
        assert whole.mass_t + whole.account.scrapped_t == pytest.approx(281.0)
        assert sum(c.account.cost_eur for c in coils) == pytest.approx(whole.account.cost_eur)
    assert 0.96 < mean(coils[0].heat.mass_t / 281.0 for _, coils, _ in done) < 0.975


def test_slabs_are_of_usual_size() -> None:
    for _, coils, _ in cast(heats=12):
        assert 12 <= len(coils) <= 16
        for coil in coils:
            assert 17.0 < coil.mass_t < 20.5
            assert 8.0 < coil.slab_length_m < 10.2
        assert [c.cast_h for c in coils] == sorted(c.cast_h for c in coils)


def test_narrow_slabs_of_a_large_heat_still_have_numbers() -> None:
    large = heat(0)
    large.mass_t = 330.0
    _, coils, _ = caster().process(large, None, preset(USUAL, 900.0), 0.0)
    assert len(coils) <= SLABS_PER_HEAT


def test_slabs_cost_what_is_usual() -> None:
    coils = coils_of(cast())
    assert 15.0 < mean(c.account.cost_eur / c.mass_t for c in coils) < 25.0
    assert 15.0 < mean(c.account.energy_kwh / c.mass_t for c in coils) < 25.0


def test_superheat_makes_columns_and_the_stirrer_breaks_them() -> None:
    usual = mean(c.equiaxed for c in coils_of(cast()))
    assert 33.0 < usual < 45.0
    assert mean(c.equiaxed for c in coils_of(cast(superheat_k=35.0))) < usual - 9.0
    assert mean(c.equiaxed for c in coils_of(cast(replace(USUAL, strand_ems_a=0.0)))) < usual - 8.0
    assert mean(c.equiaxed for c in coils_of(cast(disturbance="cc-stirrer-fault"))) < usual - 5.0
    assert mean(c.equiaxed for c in coils_of(cast(disturbance="cc-tundish-insulation"))) > usual + 2.0


def test_soft_reduction_evens_the_centre_out() -> None:
    def centre(mm: float) -> float:
        done = cast(replace(USUAL, soft_reduction_mm=mm), heats=6)
        return mean(own["CC.slab.centre_segregation"] for _, _, slabs in done for own in slabs)

    assert all(a > b for a, b in pairwise(map(centre, (0.0, 2.0, 4.0))))


def test_segment_gaps_reduce_too() -> None:
    points = preset(USUAL, 1200.0)
    tighter = {**points, "CC.segment_s08.gap": points["CC.segment_s08.gap"] - 2.0}
    _, _, usual = caster().process(heat(0), None, points, 0.0)
    _, _, tight = caster().process(heat(0), None, tighter, 0.0)
    assert tight[0]["CC.slab.centre_segregation"] < usual[0]["CC.slab.centre_segregation"]


def test_speed_costs_inclusions_and_saves_minutes() -> None:
    slow, fast = cast(replace(USUAL, speed_m_min=1.0)), cast(replace(USUAL, speed_m_min=1.25))
    assert mean(run.minutes for run, _, _ in fast) < mean(run.minutes for run, _, _ in slow)
    assert mean(c.inclusion_index for c in coils_of(fast)) > mean(c.inclusion_index for c in coils_of(slow))


def test_the_nozzle_clogs_until_the_tundish_is_changed() -> None:
    done = cast(heats=2 * OF)
    levels = [run.truth["CC.mould.level_sd"] for run, _, _ in done]
    gates = [run.truth["CC.tundish.gate_position"] for run, _, _ in done]
    assert all(a < b for a, b in pairwise(gates[:OF]))
    assert gates[OF] < gates[1]
    assert levels[OF - 1] > levels[0]
    assert done[OF][0].truth["CC.tundish.age"] < done[OF - 1][0].truth["CC.tundish.age"]


def test_first_slabs_of_a_sequence_are_dirty_and_stiff_powder_makes_slivers() -> None:
    first = mean(coils[0].inclusion_index for run, coils, _ in cast(heats=120) if coils[0].heat.place == 0)
    coils = coils_of(cast(heats=240))
    assert first > 1.4 * mean(c.inclusion_index for c in coils)
    assert 0.006 < sum("inclusion" in c.defects for c in coils) / len(coils) < 0.016
    stiff = coils_of(cast(disturbance="cc-powder-lot"))
    assert mean(c.inclusion_index for c in stiff) > 1.25 * mean(c.inclusion_index for c in coils)


def test_slabs_between_two_heats_are_mixed() -> None:
    unit, old, new = caster(), heat(0), heat(1, grade="M600-50A")
    unit.process(old, None, preset(USUAL, 1200.0), 0.0)
    run, coils, _ = unit.process(new, old, preset(USUAL, 1200.0), 1.0)
    silicon = [c.steel.si for c in coils[::2]]
    assert all(a > b for a, b in pairwise(silicon))
    assert old.steel.si > silicon[0]
    assert silicon[-1] == pytest.approx(new.steel.si, abs=0.01)
    assert 5.0 < run.truth["CC.tundish.transition_length"] <= 15.0
    assert mixed(new.steel, old.steel, 0.0) == new.steel


def test_the_same_dice_under_another_practice() -> None:
    usual, other = cast(heats=10), cast(replace(USUAL, strand_ems_a=500.0), heats=10)
    shifts = [b.equiaxed - a.equiaxed for a, b in zip(coils_of(usual), coils_of(other), strict=True)]
    assert max(shifts) - min(shifts) == pytest.approx(0.0, abs=1e-9)


def test_breakouts_are_rare_and_stop_the_machine() -> None:
    unit, strands = caster(), 0.0
    points = preset(USUAL, 1200.0)
    for number in range(30):
        now = heat(number)
        strand = unit._strand(now, None, points, 0.0)
        strands += unit._breakout(points, strand)
    assert 0.05e-3 < strands / 30 < 0.2e-3


@pytest.mark.parametrize("variation", [0, 3])
def test_truth_stays_in_range(variation: int) -> None:
    ranges, unit, before = parameters(), caster(variation), None
    values = out = 0
    for number in range(150):
        grade = list(GRADES)[number // OF % len(GRADES)]
        now = heat(number, grade=grade)
        before = before if now.place else None
        width = (900.0, 1050.0, 1200.0, 1300.0)[number // OF % 4]
        run, _, slabs = unit.process(now, before, preset(USUAL, width), 1.2 * number)
        before = now
        for key, value in [pair for truth in (run.truth, *slabs) for pair in truth.items()]:
            values += 1
            out += not ranges[key].low <= value <= ranges[key].high
    assert out / values < 0.001


def test_every_named_key_is_a_parameter() -> None:
    assert set(Caster.CAUSAL) <= set(parameters())
    assert all(name.startswith("cc-") for name in Caster.DISTURBANCES)
    for key, value in preset(USUAL, 1100.0).items():
        assert parameters()[key].low <= value <= parameters()[key].high
