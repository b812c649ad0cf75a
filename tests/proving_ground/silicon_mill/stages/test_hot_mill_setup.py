"""The set-up of the hot mill: consistent gaps and speeds, monotone answers."""

from dataclasses import replace
from itertools import pairwise
from math import prod

import pytest

from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.piece import Coil, Heat, Steel
from proving_ground.silicon_mill.stages.hot_mill_setup import (
    BANKS,
    FLOW,
    GAP,
    SPEED,
    WATER,
    HotMillRecipe,
    calculated_slab_degc,
    foreseen_fdt_degc,
    preset,
)

USUAL = HotMillRecipe()


def slab(calculated: float = 1150.0) -> Coil:
    g = GRADES["M270-50A"]
    return Coil(
        heat=Heat(number=0, grade=g),
        position=0,
        grade=g,
        steel=Steel(si=3.0),
        mass_t=18.0,
        slab_width_mm=1200.0,
        slab_thickness_mm=220.0,
        slab_length_m=9.0,
        cast_h=0.0,
        seen={"REHEAT.furnace.discharge_temp": calculated},
    )


@pytest.mark.parametrize("band", [1.8, 2.2, 2.5])
def test_as_much_strip_leaves_each_stand(band: float) -> None:
    points = preset(replace(USUAL, band_mm=band), slab())
    flows = [points[gap] * points[speed] for gap, speed in zip(GAP, SPEED, strict=True)]
    assert flows == pytest.approx([flows[0]] * 7)
    assert FLOW[0] <= flows[0] <= FLOW[1]
    assert points[GAP[6]] == pytest.approx(band)


def test_the_works_model_expects_the_aim() -> None:
    for calculated in (1110.0, 1150.0, 1180.0):
        points = preset(USUAL, slab(calculated))
        water = sum(points[key] for key in WATER)
        flow = points[GAP[6]] * points[SPEED[6]]
        assert foreseen_fdt_degc(calculated, flow, water, USUAL.band_mm) == pytest.approx(USUAL.fdt_degc, abs=0.1)


def test_a_colder_coil_takes_more_water() -> None:
    def water(ct: float) -> float:
        points = preset(replace(USUAL, ct_degc=ct), slab())
        return sum(points[top] + points[bottom] for top, bottom in BANKS)

    assert water(620.0) > water(680.0) > water(740.0) >= 0.0


def test_tail_load_moves_reduction_to_the_last_stands() -> None:
    light, heavy = (preset(replace(USUAL, tail_load=load), slab()) for load in (0.8, 1.1))
    assert light[GAP[5]] / light[GAP[6]] < heavy[GAP[5]] / heavy[GAP[6]]
    assert prod(light[a] / light[b] for a, b in pairwise(GAP)) < 36.0 / 2.2


def test_a_missing_or_absurd_slab_temperature_is_not_believed() -> None:
    assert calculated_slab_degc(slab(400.0)) == 1150.0
    assert calculated_slab_degc(slab(float("nan"))) == 1150.0
    assert calculated_slab_degc(slab(1170.0)) == 1170.0
