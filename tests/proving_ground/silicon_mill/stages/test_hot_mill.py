"""The hot mill: hits, levers, pairing, rolls, disturbances, ranges."""

from dataclasses import replace
from statistics import mean, stdev

import pytest

from proving_ground.constant import draw
from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.parameters import parameters
from proving_ground.silicon_mill.piece import Coil, Heat, Steel
from proving_ground.silicon_mill.stages.hot_mill import CONSTANTS, HotMill, HotMillRecipe, preset
from proving_ground.silicon_mill.stages.stage import Run

USUAL = HotMillRecipe()


def mill(variation: int = 0) -> HotMill:
    return HotMill(draw("silicon-mill", CONSTANTS, variation), Disturbances(seed=7, family="silicon-mill"))


def slab(number: int, *, grade: str = "M270-50A", width: float = 1200.0, reheat: float = 1150.0) -> Coil:
    g = GRADES[grade]
    steel = Steel(c_ppm=18, si=g.si, mn=g.mn, p=g.p, s_ppm=20, al=g.al, n_ppm=18, o_ppm=15)
    true = reheat + 14.0 * ((37 * number % 21) / 10.0 - 1.0)
    return Coil(
        heat=Heat(number=number // 16, grade=g, steel=steel),
        position=number % 16,
        grade=g,
        steel=steel,
        mass_t=7.65 * 0.22 * 1e-3 * width * 9.3,
        slab_width_mm=width,
        slab_thickness_mm=220.0,
        slab_length_m=9.3,
        cast_h=0.0,
        equiaxed=40.0,
        reheat_degc=true,
        dissolved_s_ppm=10.0,
        dissolved_n_ppm=1.0,
        scale_index=1.0,
        seen={"REHEAT.furnace.discharge_temp": reheat + 0.2 * (true - reheat)},
    )


def roll(
    recipe: HotMillRecipe = USUAL,
    coils: int = 120,
    *,
    disturbance: str = "",
    days: float = 0.25,
    grade: str = "M270-50A",
) -> tuple[list[Coil], list[Run]]:
    unit, done, runs = mill(), [], []
    if disturbance:
        unit.disturb(disturbance, 0.0)
    for number in range(coils):
        coil = slab(number, grade=grade)
        runs.append(unit.process(coil, preset(recipe, coil), 24.0 * days * number / coils))
        done.append(coil)
    return done, runs


def test_finishing_and_coiling_hit_as_often_as_mills_do() -> None:
    done, _ = roll(coils=2500, days=180.0)
    assert 0.93 < mean(abs(c.fdt_degc - USUAL.fdt_degc) < 20.0 for c in done) < 0.99
    assert 0.90 < mean(abs(c.ct_degc - USUAL.ct_degc) < 20.0 for c in done) < 0.975


@pytest.mark.parametrize(("fdt", "ct", "band"), [(840.0, 620.0, 2.5), (860.0, 680.0, 2.2), (885.0, 720.0, 1.8)])
@pytest.mark.parametrize("variation", [0, 2])
def test_the_aims_are_followed(fdt: float, ct: float, band: float, variation: int) -> None:
    recipe = HotMillRecipe(fdt_degc=fdt, ct_degc=ct, band_mm=band)
    unit, done = mill(variation), []
    for number in range(150):
        coil = slab(number)
        unit.process(coil, preset(recipe, coil), 0.04 * number)
        done.append(coil)
    late = done[60:]
    assert mean(c.fdt_degc for c in late) == pytest.approx(fdt, abs=6.0)
    assert mean(c.ct_degc for c in late) == pytest.approx(ct, abs=9.0)
    assert mean(c.band_thickness_mm for c in late) == pytest.approx(band, abs=0.03)


def test_commanding_water_speed_or_coiling_moves_the_strip() -> None:
    def one(changes: dict[str, float]) -> Coil:
        coil = slab(0)
        points = preset(USUAL, coil)
        mill().process(coil, {**points, **{k: points[k] + v for k, v in changes.items()}}, 0.0)
        return coil

    usual = one({})
    assert one({"HSM.stand_F03.interstand_water": 40.0}).fdt_degc < usual.fdt_degc - 3.0
    assert one({"HSM.stand_F07.speed": 0.5}).fdt_degc > usual.fdt_degc + 3.0
    assert one({"HSM.coiler.ct_sp": 20.0}).ct_degc > usual.ct_degc + 5.0
    assert one({"HSM.rot_b05.top_flow": 100.0}).ct_degc < usual.ct_degc - 3.0
    assert one({"HSM.stand_F07.gap": 0.1}).band_thickness_mm == pytest.approx(usual.band_thickness_mm + 0.1)


def test_a_warm_coil_anneals_itself() -> None:
    grains = [mean(c.band_grain_um for c in roll(replace(USUAL, ct_degc=ct))[0]) for ct in (640.0, 680.0, 730.0)]
    assert 20.0 < grains[0] < grains[1] < grains[2] < 60.0
    assert grains[2] / grains[1] > 1.2 * grains[1] / grains[0]


def test_texture_follows_heat_phases_and_columns() -> None:
    usual = mean(c.texture for c in roll()[0])
    assert usual == pytest.approx(1.0, abs=0.06)
    assert mean(c.texture for c in roll(replace(USUAL, ct_degc=720.0))[0]) > usual + 0.02
    assert mean(c.texture for c in roll(replace(USUAL, fdt_degc=830.0))[0]) < usual - 0.01
    assert mean(c.texture for c in roll(grade="M600-50A")[0]) < usual
    columns, even = slab(0), slab(0)
    columns.equiaxed = 15.0
    for coil in (columns, even):
        mill().process(coil, preset(USUAL, coil), 0.0)
    assert columns.texture > even.texture


def test_coils_lose_metal_and_cost_what_is_usual() -> None:
    done, runs = roll()
    for coil in done:
        assert coil.mass_t + coil.account.scrapped_t == pytest.approx(slab(0).mass_t)
    assert 0.015 < mean(c.account.scrapped_t for c in done) / slab(0).mass_t < 0.025
    assert 80.0 < mean(c.account.energy_kwh / c.mass_t for c in done) < 112.0
    assert 15.0 < mean(c.account.cost_eur / c.mass_t for c in done) < 30.0
    assert all(2.0 < r.minutes < 3.0 for r in runs)


def test_rolls_wear_until_they_are_changed() -> None:
    done, runs = roll(coils=200)
    wear = [r.truth["HSM.stand_F07.wear"] for r in runs]
    changes = [n for n, r in enumerate(runs) if r.stop_min > 0.0]
    assert 2 <= len(changes) <= 3
    assert wear[changes[0]] > 40.0
    assert wear[changes[0] + 1] == 0.0
    assert runs[changes[0]].truth["HSM.campaign.round_km"] < 90.0
    early, late = done[5:15], done[changes[0] - 10 : changes[0]]
    assert mean(c.edge_drop_um for c in late) > mean(c.edge_drop_um for c in early)


def test_bending_tail_load_and_shift_shape_the_strip() -> None:
    usual = roll()[0]
    assert mean(c.crown_um for c in usual) == pytest.approx(USUAL.crown_um, abs=6.0)
    assert mean(c.crown_um for c in roll(replace(USUAL, crown_um=30.0))[0]) < mean(c.crown_um for c in usual) - 6.0
    lighter = roll(replace(USUAL, tail_load=0.8))[0]
    assert mean(c.edge_drop_um for c in lighter) < mean(c.edge_drop_um for c in usual)
    shifted = roll(replace(USUAL, shift_mm=100.0))[0]
    assert mean(c.edge_drop_um for c in shifted) < mean(c.edge_drop_um for c in usual) - 2.0


def test_the_same_coil_meets_the_same_dice() -> None:
    a, b = roll(coils=40)[0], roll(replace(USUAL, ct_degc=660.0), coils=40)[0]
    shifts = [x.ct_degc - y.ct_degc for x, y in zip(a, b, strict=True)]
    assert stdev(shifts[20:]) < 2.0
    assert mean(shifts[20:]) == pytest.approx(20.0, abs=3.0)


@pytest.mark.parametrize(
    ("name", "key", "field"),
    [
        ("hsm-ct-pyrometer-drift", "HSM.coiler.ct", "ct_degc"),
        ("hsm-fdt-pyrometer-drift", "HSM.exit.fdt", "fdt_degc"),
    ],
)
def test_a_drifting_pyrometer_hides_what_it_does(name: str, key: str, field: str) -> None:
    usual, usual_runs = roll(days=10.0)
    drifted, runs = roll(days=10.0, disturbance=name)
    assert getattr(drifted[-1], field) > getattr(usual[-1], field) + 30.0
    assert runs[-1].truth[key] == pytest.approx(usual_runs[-1].truth[key], abs=1.0)


def test_blocked_nozzles_and_other_rolls_show() -> None:
    usual, usual_runs = roll(coils=400, days=20.0)
    blocked, _ = roll(coils=400, days=20.0, disturbance="hsm-nozzles-blocked")
    assert stdev(c.ct_degc for c in blocked[200:]) > 1.3 * stdev(c.ct_degc for c in usual[200:])
    _, other = roll(coils=40, disturbance="hsm-roll-type")
    assert (
        other[-1].truth["HSM.stand_F06.thermal_crown"]
        > 1.15 * roll(coils=40)[1][-1].truth["HSM.stand_F06.thermal_crown"]
    )
    assert other[-1].truth["HSM.stand_F06.wear"] < usual_runs[39].truth["HSM.stand_F06.wear"]


def test_calibration_puts_the_pyrometers_right() -> None:
    unit = mill()
    assert unit._bias("hsm.ct-pyrometer", 1.0, 24.0 * 45) == 0.0
    assert unit._bias("hsm.ct-pyrometer", 1.0, 24.0 * 44) != 0.0
    unit.calibration_days = 11
    assert unit._bias("hsm.ct-pyrometer", 1.0, 24.0 * 44) == 0.0


@pytest.mark.parametrize("variation", [0, 4])
def test_truth_stays_in_range(variation: int) -> None:
    ranges, unit = parameters(), mill(variation)
    values = out = 0
    for number in range(500):
        grade = GRADES[list(GRADES)[number // 50 % len(GRADES)]]
        coil = slab(number, grade=grade.key, width=(920.0, 1050.0, 1200.0, 1300.0)[number // 25 % 4])
        recipe = replace(USUAL, band_mm=2.0 if grade.thickness_mm < 0.4 else 2.3)
        each = unit.process(coil, preset(recipe, coil), 2.0 * number)
        for key, value in each.truth.items():
            values += 1
            out += not ranges[key].low <= value <= ranges[key].high
    assert out / values < 0.002


def test_every_named_key_is_a_parameter() -> None:
    assert set(HotMill.CAUSAL) <= set(parameters())
    assert all(name.startswith("hsm-") for name in HotMill.DISTURBANCES)
    for key, value in preset(USUAL, slab(0)).items():
        assert parameters()[key].low <= value <= parameters()[key].high
