"""Level 2 of the degasser: phases and oxygen from the arrival's analysis, alloys from the probe after decarburisation.

Alloys are computed for the grade's aims plus what the works adds for safety, with usual recoveries, from the
converter's analysis and the oxygen measured: ``kg/t = (aim - have) (1,000 + sum of additions) / (content recovery)``.
What would end too hot gets cooling scrap; what would end too cold burns aluminium with oxygen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from proving_ground.silicon_mill.piece import Heat
from proving_ground.silicon_mill.stages.desulphurisation import clip, measured
from proving_ground.silicon_mill.stages.vacuum_balance import liquidus

PHASES: Final = tuple(f"RH.phase_p{i:02d}." for i in range(1, 6))
PRESSURE: Final = tuple(p + "pressure" for p in PHASES)
LIFT_GAS: Final = tuple(p + "lift_gas" for p in PHASES)
O2_BLOW: Final = tuple(p + "o2_blow" for p in PHASES)
MINUTES: Final = tuple(p + "duration" for p in PHASES)
HOPPER: Final = tuple(f"RH.alloy_hopper{i:02d}.addition" for i in range(1, 9))
"""FeSi75, low-titanium FeSi75, Al, low-carbon FeMn, FeP, Sn, CaO-CaF2 flux, cooling scrap."""

FESI_SI: Final = 0.75
FESI_P: Final = 0.0002
FEMN_MN: Final = 0.80
FEP_P: Final = 0.25
ALLOYING_MIN: Final = 7.0
O2_KG_NM3: Final = 1.429
TAP_BOIL: Final = 0.20
"""Of a usual 420 ppm carbon, lost between converter and degasser; the rule where the arrival has no analysis yet."""
AL_PER_O: Final = 54.0 / 48.0
K_PER_KG: Final = (0.20, 0.20, 0.0, -1.7, -1.7, -1.0, -2.2, -1.75)
"""What a kg/t from each hopper does to the temperature: FeSi heats slightly as it dissolves (from memory)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VacuumRecipe:
    """What the works decides about degassing.

    Parameters
    ----------
    decarb_min
        Decarburisation in all, pump-down included.
    deep_pa
        Pressure at its end and while alloying.
    lift_gas_nl_min
        In deep vacuum.
    oxygen_left_ppm
        To be left after decarburisation.
    clean_min
        Circulation after alloying.
    low_ti_share
        Of the ferrosilicon, low in titanium.
    si_over, al_over
        Added over need, mass %.
    flux_kg_t
        Desulphurising flux.
    sn
        Tin to reach, mass %.
    over_liquidus_k
        How much hotter than its liquidus the heat leaves.
    """

    decarb_min: float = 18.0
    deep_pa: float = 80.0
    lift_gas_nl_min: float = 1800.0
    oxygen_left_ppm: float = 230.0
    clean_min: float = 8.0
    low_ti_share: float = 0.3
    si_over: float = 0.07
    al_over: float = 0.03
    flux_kg_t: float = 6.0
    sn: float = 0.0
    over_liquidus_k: float = 72.0


def preset_decarburise(recipe: VacuumRecipe, heat: Heat, c: Mapping[str, float]) -> dict[str, float]:
    """Set-points of the phases p01 to p03."""
    deep = clip(recipe.deep_pa, 60.0, 20_000.0)
    gas = clip(recipe.lift_gas_nl_min, 1030.0, 2600.0)
    last = clip(recipe.decarb_min - 9.0, 1.0, 12.0)
    tapped = clip(1e4 * measured(heat, "BOF.end.C", 0.043), 150.0, 900.0)
    boiled = TAP_BOIL * (tapped / 420.0) ** 1.5 * tapped
    oxygen = 480.0 + 0.45 * (measured(heat, "BOF.end.O", 600.0) - 1.33 * boiled - 440.0)
    need = 4.0 / 3.0 * (measured(heat, "RH.arrival.C", tapped - boiled) - 14.0) + recipe.oxygen_left_ppm
    need -= measured(heat, "RH.arrival.oxygen", oxygen) + c["rh_slag_oxygen"] * 10.0 * recipe.decarb_min
    mass_t = measured(heat, "RH.arrival.mass", 272.0)
    blow = clip(need * mass_t * 1e-3 / (O2_KG_NM3 * c["rh_o2_use"] * 5.0), 0.0, 40.0)
    points: dict[str, float] = {}
    for i, (pressure, share, minutes, o2) in enumerate(
        ((8000.0, 0.78, 4.0, 0.0), (300.0, 0.89, 5.0, blow), (deep, 1.0, last, 0.0))
    ):
        points[PRESSURE[i]] = pressure
        points[LIFT_GAS[i]] = share * gas
        points[MINUTES[i]] = minutes
        points[O2_BLOW[i]] = o2
    return points


def preset_alloy(recipe: VacuumRecipe, heat: Heat, c: Mapping[str, float]) -> dict[str, float]:
    """Set-points of the phases p04 and p05, and of the hoppers."""
    gas = clip(recipe.lift_gas_nl_min, 1030.0, 2600.0)
    clean = clip(recipe.clean_min, 1.0, 12.0)
    minutes = ALLOYING_MIN + clean
    flux = clip(recipe.flux_kg_t, 0.0, 45.0)
    grade = heat.grade
    aim_degc = liquidus(0.002, grade.si, grade.mn, grade.p, grade.al) + recipe.over_liquidus_k
    deoxidising = 1e-3 * AL_PER_O * measured(heat, "RH.probe_n02.oxygen", recipe.oxygen_left_ppm)
    degc = measured(heat, "RH.probe_n02.temperature", aim_degc + 15.0) - c["rh_k_min"] * minutes
    degc += c["rh_deox_k"] * deoxidising
    scrap = burnt = 0.0
    for _ in range(3):
        kg = _alloys(recipe, heat, c, al_lost=deoxidising + burnt, others=scrap)
        ends = degc + sum(k * m for k, m in zip(K_PER_KG, (*kg, flux, scrap), strict=True))
        ends += c["rh_burn_k"] * burnt
        over = ends - aim_degc
        scrap = clip(scrap + over / -K_PER_KG[7], 0.0, 45.0)
        burnt = clip(burnt - (over + 1.0) / c["rh_burn_k"], 0.0, 1.2) if scrap <= 0.0 else 0.0
    mass_t = measured(heat, "RH.arrival.mass", 272.0)
    points = dict(zip(HOPPER, (*kg, flux, scrap), strict=True))
    o2 = burnt * mass_t / (AL_PER_O * O2_KG_NM3 * ALLOYING_MIN)
    for i, length, share, blow in ((3, ALLOYING_MIN, 0.9, o2), (4, clean, 0.8, 0.0)):
        points[PRESSURE[i]] = clip(2.0 * recipe.deep_pa, 60.0, 20_000.0)
        points[LIFT_GAS[i]] = share * gas
        points[MINUTES[i]] = length
        points[O2_BLOW[i]] = clip(blow, 0.0, 40.0)
    return points


def _alloys(
    recipe: VacuumRecipe, heat: Heat, c: Mapping[str, float], *, al_lost: float, others: float
) -> tuple[float, float, float, float, float, float]:
    """FeSi, low-titanium FeSi, Al, FeMn, FeP, Sn, kg/t of the steel before alloying."""
    grade = heat.grade
    have_mn = measured(heat, "BOF.end.Mn", 0.12)
    have_p = measured(heat, "BOF.end.P", 0.0095)
    fesi = al = femn = fep = sn = 0.0
    for _ in range(4):
        total = 10.0 + 0.01 * (fesi + al + femn + fep + sn + others)
        fesi = (grade.si + recipe.si_over) * total / (FESI_SI * c["rh_si_recovery"])
        al = (grade.al + recipe.al_over) * total / c["rh_al_recovery"] + al_lost
        femn = max(grade.mn * total - 10.0 * have_mn, 0.0) / (FEMN_MN * c["rh_mn_recovery"])
        fep = max(grade.p * total - 10.0 * have_p - FESI_P * fesi, 0.0) / FEP_P
        sn = max(recipe.sn * total - 0.02, 0.0)
    low_ti = max(fesi * clip(recipe.low_ti_share, 0.0, 1.0), fesi - 45.0)
    low_ti = clip(low_ti, 0.0, 45.0)
    return clip(fesi - low_ti, 0.0, 45.0), low_ti, clip(al, 0.0, 45.0), femn, fep, sn
