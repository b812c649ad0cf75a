"""Set-up of the hot strip mill: from the aims of a coil to gaps, speeds, waters and banks.

The works' model of the finishing temperature is a straight line through its usual place, and so is what it expects of a
run-out bank: what they miss, the controls of :mod:`.hot_mill` must take out. Constants here are the model's own
(calibrated on the nominal plant), not the plant's.
"""

from dataclasses import dataclass
from math import exp, log
from typing import Final

from proving_ground.silicon_mill.piece import Coil
from proving_ground.silicon_mill.stages.hot_strip import bank_k, radiated_k

BANK_M: Final = 5.6
BAR_MM: Final = 36.0
FLOW: Final = (21.2, 25.0)
"""Strip thickness times speed of the finishing mill, mm m/s: least and most."""
FDT_PER_FLOW: Final = 2.5
"""K per mm m/s."""
FDT_PER_WATER: Final = 0.192
"""K per m3/h of all water between the stands."""
ROUGH: Final = tuple(
    (f"HSM.rough_r{i:02d}.reduction", f"HSM.rough_r{i:02d}.force", f"HSM.rough_r{i:02d}.temp") for i in range(1, 7)
)
_ROUGHING: Final = (23.5, 25.0, 26.5, 27.0, 27.0)
GAP: Final = tuple(f"HSM.stand_F{i:02d}.gap" for i in range(1, 8))
SPEED: Final = tuple(f"HSM.stand_F{i:02d}.speed" for i in range(1, 8))
BENDING: Final = tuple(f"HSM.stand_F{i:02d}.bending" for i in range(1, 8))
SHIFT: Final = tuple(f"HSM.stand_F{i:02d}.shift" for i in range(1, 8))
WATER: Final = tuple(f"HSM.stand_F{i:02d}.interstand_water" for i in range(1, 7))
BANKS: Final = tuple((f"HSM.rot_b{i:02d}.top_flow", f"HSM.rot_b{i:02d}.bottom_flow") for i in range(1, 17))
_STRAINS: Final = (0.205, 0.185, 0.160, 0.137, 0.118, 0.102, 0.093)
"""Shares of the finishing strain, tail load 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HotMillRecipe:
    """What is decided at the hot mill.

    Parameters
    ----------
    fdt_degc, ct_degc
        Finishing and coiling temperatures aimed at.
    band_mm
        Thickness of the band.
    tail_load
        Reductions of the last two stands over their usual ones, 0.7 to 1.2.
    crown_um
        Aimed at; sets the bending.
    shift_mm
        Stroke of work-roll shifting: spreads the wear and relieves the edges, beyond 110 mm at the cost of wedge.
    """

    fdt_degc: float = 860.0
    ct_degc: float = 680.0
    band_mm: float = 2.2
    tail_load: float = 1.0
    crown_um: float = 40.0
    shift_mm: float = 40.0


def foreseen_fdt_degc(slab_degc: float, flow: float, water_m3_h: float, band_mm: float) -> float:
    """What the works' model expects of the finishing temperature, degC: a straight line through its usual place.

    Parameters
    ----------
    slab_degc
        On leaving the furnace, as calculated there.
    flow
        Thickness times speed, mm m/s.
    water_m3_h
        Between all stands together.
    band_mm
        Thickness of the band.
    """
    return (
        921.0
        + 0.425 * (slab_degc - 1150.0)
        + FDT_PER_FLOW * (flow - 22.0)
        - FDT_PER_WATER * water_m3_h * 22.0 / flow
        - 10.6 * (band_mm - 2.2)
    )


def calculated_slab_degc(coil: Coil) -> float:
    """The slab's temperature as the furnace calculated it; the usual one where that is missing or absurd."""
    slab = coil.seen.get("REHEAT.furnace.discharge_temp", 1150.0)
    return slab if 1000.0 < slab < 1260.0 else 1150.0


def preset(recipe: HotMillRecipe, coil: Coil) -> dict[str, float]:
    """The set-points of a coil: gaps, speeds, water, banks follow from the aims and the calculated slab temperature."""
    slab = coil.seen.get("REHEAT.furnace.discharge_temp", 1150.0)
    slab = slab if 1000.0 < slab < 1260.0 else 1150.0
    flow = 22.0
    spare = foreseen_fdt_degc(slab, flow, 0.0, recipe.band_mm) - recipe.fdt_degc
    # Little water stays in reserve for the control; speed does the rest.
    flow = min(
        max(flow + (20.0 - spare) / 9.0 if spare < 20.0 else flow - max(spare - 110.0, 0.0) / 9.0, FLOW[0]), FLOW[1]
    )
    spare = foreseen_fdt_degc(slab, flow, 0.0, recipe.band_mm) - recipe.fdt_degc
    water = min(max(spare / FDT_PER_WATER * flow / 22.0, 0.0), 690.0)
    points = {key: share for (key, _, _), share in zip(ROUGH[:5], _ROUGHING, strict=True)}
    points["HSM.bar.thickness"] = BAR_MM
    points["HSM.bar.heat_cover"] = 60.0
    strains = [s * (recipe.tail_load if place >= 5 else 1.0) for place, s in enumerate(_STRAINS)]
    scale = log(BAR_MM / recipe.band_mm) / sum(strains)
    thickness = BAR_MM
    bending = min(max(700.0 + 40.0 * (40.0 - recipe.crown_um), 50.0), 1450.0)
    for place, strain in enumerate(strains):
        thickness *= exp(-strain * scale)
        points[GAP[place]] = thickness
        points[SPEED[place]] = flow / thickness
        points[BENDING[place]] = bending
        points[SHIFT[place]] = recipe.shift_mm
    points.update((key, water / 6.0) for key in WATER)
    points["HSM.coiler.ct_sp"] = recipe.ct_degc
    points.update(_banks(recipe, flow))
    return points


def _banks(recipe: HotMillRecipe, flow: float) -> dict[str, float]:
    """Flows of the banks, m3/h: open from the mill on, the last one in part."""
    speed = flow / recipe.band_mm
    middle = 0.5 * (recipe.fdt_degc + recipe.ct_degc)
    air_k = radiated_k(middle, recipe.band_mm, 16.0 * BANK_M / speed, 0.8)
    # A bank at three quarters of its flow, water at 25 degC.
    bank = bank_k(0.75 * 1050.0 * (middle - 25.0), BANK_M, recipe.band_mm, speed)
    open_banks = max(recipe.fdt_degc - air_k - recipe.ct_degc, 0.0) / bank
    points = {}
    for place, (top, bottom) in enumerate(BANKS):
        share = 0.75 * min(max(open_banks - place, 0.0), 1.0)
        points[top], points[bottom] = 320.0 * share, 360.0 * share
    return points
