"""Level 2 of the converter: the static model on the measured hot metal, the dynamic model on the sublance's shot.

Both are the balances of :mod:`.converter_balance` with the plant's usual constants: a competent works has fitted its
models to its plant. They see measured values only. The static model chooses scrap (ore where scrap is at its limit),
lime for the basicity, and the oxygen down to where the last phase takes over; it aims a little hot, because coolant
takes heat off in the last phase and only burning iron brings it. The dynamic model chooses the last oxygen for carbon,
more of it where the heat would end cold, and ore where it would end hot.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from proving_ground.silicon_mill.piece import Heat
from proving_ground.silicon_mill.stages.converter_balance import (
    ORE_NM3_T,
    Blown,
    Charge,
    blow_to,
    oxygen_between,
    oxygen_to_critical,
    temperature,
)
from proving_ground.silicon_mill.stages.desulphurisation import clip, measured

PHASE_MIN: Final = (2.0, 3.0, 3.5, 3.5, 2.0)
"""Minutes of the phases before the shot."""
END_MIN: Final = 1.8
"""Minutes of the last phase: its oxygen flow is what level 2 chooses."""
LAST_NM3: Final = 1650.0
"""Oxygen left for the last phase, with room in the range of flows on both sides."""
K_PER_NM3: Final = 0.037
"""What oxygen that burns iron heats."""
LEAST_LIME_T: Final = 7.0
"""Slag must be thick enough to hold the iron oxide when silicon is low."""
K_PER_T_ORE: Final = 18.0
K_PER_T_SCRAP: Final = 6.1

O2: Final = tuple(f"BOF.blow_phase{i:02d}.o2_flow" for i in range(1, 7))
LANCE: Final = tuple(f"BOF.blow_phase{i:02d}.lance_height" for i in range(1, 7))
LANCE_M: Final = (2.2, 2.0, 1.9, 1.85, 1.8, 1.7)
BOTTOM_GAS: Final = "BOF.blow_phase06.bottom_gas"
COOLANT: Final = "BOF.blow_phase06.ore_add"
SHOT_DEGC: Final = "BOF.sublance_shot01.temperature"
SHOT_C: Final = "BOF.sublance_shot01.carbon"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConverterRecipe:
    """What the works decides about the converter.

    Parameters
    ----------
    end_c, end_degc
        Aims at the end of the blow.
    hot_by_k
        How much hotter than its aim the static model aims, for the coolant to take off.
    basicity
        Of the slag, CaO/SiO2.
    light_share
        Of the bought scrap, light: cheaper, and dirtier.
    return_t
        The mill's own silicon-bearing scrap.
    hot_metal_t
        Charged.
    bottom_gas_nm3_h
        Stirring at the end of the blow.
    sublance
        Whether the shot is used for the last oxygen and coolant.
    """

    end_c: float = 0.044
    end_degc: float = 1678.0
    hot_by_k: float = 12.0
    basicity: float = 3.5
    light_share: float = 0.35
    return_t: float = 5.0
    hot_metal_t: float = 258.0
    bottom_gas_nm3_h: float = 1000.0
    sublance: bool = True


def preset_charge(recipe: ConverterRecipe, heat: Heat, c: Mapping[str, float]) -> dict[str, float]:
    """Set-points of charge and blow up to the sublance."""
    charge = balanced(recipe, heat, c)
    before_shot = _oxygen_to(charge, recipe.end_c, c) - LAST_NM3 * c["bof_use"] - ORE_NM3_T * charge.ore_t
    flow = clip(before_shot / c["bof_use"] * 60.0 / sum(PHASE_MIN), 38e3, 64e3)
    bought = charge.scrap_t - charge.return_t
    heavy = clip(bought * (1.0 - recipe.light_share), 5.0, 25.0)
    points = {
        "BOF.charge.hm_mass": charge.hot_metal_t,
        "BOF.charge.scrap_heavy": heavy,
        "BOF.charge.scrap_light": clip(bought - heavy, 0.0, 20.0),
        "BOF.charge.scrap_return_si": charge.return_t,
        "BOF.charge.lime": charge.lime_t,
        "BOF.charge.dololime": charge.dololime_t,
        "BOF.charge.ore": charge.ore_t,
    }
    points.update(dict.fromkeys(O2[:5], flow))
    points.update(zip(LANCE[:5], LANCE_M[:5], strict=True))
    return points


def preset_end(recipe: ConverterRecipe, heat: Heat, c: Mapping[str, float]) -> dict[str, float]:
    """Set-points of the last phase and of the ladle."""
    charge = balanced(recipe, heat, c)
    model = _after(charge, _oxygen_to(charge, recipe.end_c, c) - LAST_NM3 * c["bof_use"], c)
    carbon, degc = model.carbon, _degc(charge, model, c)
    if recipe.sublance:
        carbon, degc = measured(heat, SHOT_C, carbon), measured(heat, SHOT_DEGC, degc)
    critical, floor = c["bof_critical_c"], c["bof_floor_c"]
    at = oxygen_between(carbon, charge.bath_t, critical, floor)
    need = oxygen_between(recipe.end_c, charge.bath_t, critical, floor) - at
    base = oxygen_to_critical(charge, critical, first_iron(charge, c), 1.0 - c["bof_mn_yield"])
    rise = _degc(charge, _after(charge, base + at + need, c), c) - _degc(charge, _after(charge, base + at, c), c)
    short_k = recipe.end_degc - degc - rise
    ore = clip(-short_k / K_PER_T_ORE, 0.0, 3.0)
    nm3 = (need + clip(short_k / K_PER_NM3, 0.0, 180.0) - ORE_NM3_T * ore) / c["bof_use"]
    return {
        O2[5]: clip(nm3 * 60.0 / END_MIN, 38e3, 64e3),
        LANCE[5]: LANCE_M[5],
        BOTTOM_GAS: clip(recipe.bottom_gas_nm3_h, 200.0, 1500.0),
        COOLANT: ore,
        "BOF.tap.femn": 0.0,
        "BOF.tap.al": 0.0,
        "BOF.tap.fep": 0.0,
        "BOF.tap.top_lime": 3.0,
    }


def balanced(recipe: ConverterRecipe, heat: Heat, c: Mapping[str, float]) -> Charge:
    """The charge whose heat closes at the static aim, with lime for the basicity."""
    charge = Charge(
        hot_metal_t=clip(min(recipe.hot_metal_t, measured(heat, "HMD.hm_state.mass", 264.0) - 2.5), 240.0, 285.0),
        hot_metal_degc=measured(heat, "HMD.post.temperature", 1337.0),
        c=measured(heat, "HMD.post.C", 4.45),
        si=measured(heat, "HMD.post.Si", 0.41),
        mn=measured(heat, "HMD.hm_analysis.Mn", 0.25),
        p=measured(heat, "HMD.hm_analysis.P", 0.10),
        scrap_t=39.0,
        return_t=clip(recipe.return_t, 0.0, 15.0),
        lime_t=7.0,
        dololime_t=5.0,
        ore_t=0.0,
    )
    silica_t = 1e-3 * charge.si_kg * 60.0 / 28.0 + 0.25
    charge = replace(
        charge, lime_t=clip((recipe.basicity * silica_t - 0.56 * charge.dololime_t) / 0.92, LEAST_LIME_T, 18.0)
    )
    aim = recipe.end_degc + recipe.hot_by_k
    for _ in range(2):
        more_t = (_degc(charge, _after(charge, _oxygen_to(charge, recipe.end_c, c), c), c) - aim) / K_PER_T_SCRAP
        most_t = charge.return_t + 25.0 / (1.0 - recipe.light_share) if recipe.light_share < 0.44 else 45.0
        charge = replace(charge, scrap_t=clip(charge.scrap_t + more_t, charge.return_t + 7.0, most_t))
    degc = _degc(charge, _after(charge, _oxygen_to(charge, recipe.end_c, c), c), c)
    return replace(charge, ore_t=clip((degc - aim) / K_PER_T_ORE, 0.0, 6.0))


def first_iron(charge: Charge, c: Mapping[str, float]) -> float:
    """Iron of the first slag at the usual lance heights, kg."""
    return c["bof_first_iron_kg_t"] * charge.bath_t


def _oxygen_to(charge: Charge, carbon: float, c: Mapping[str, float]) -> float:
    critical = c["bof_critical_c"]
    base = oxygen_to_critical(charge, critical, first_iron(charge, c), 1.0 - c["bof_mn_yield"])
    return base + oxygen_between(carbon, charge.bath_t, critical, c["bof_floor_c"])


def _after(charge: Charge, oxygen_nm3: float, c: Mapping[str, float]) -> Blown:
    return blow_to(charge, oxygen_nm3, c["bof_critical_c"], first_iron(charge, c), c)


def _degc(charge: Charge, blown: Blown, c: Mapping[str, float]) -> float:
    return temperature(charge, blown, 1.0 - c["bof_mn_yield"], c)
