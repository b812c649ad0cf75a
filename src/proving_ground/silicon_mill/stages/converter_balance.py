"""The balances of the converter: oxygen, carbon, heat, slag, phosphorus.

Oxygen goes to silicon, manganese and phosphorus, to a first ferrous slag, and to carbon (masses in kg, oxygen in Nm3)::

    V* = [ Si 32/28 + y_Mn Mn 16/55 + y_P P 80/62 + Fe_1 16/56 ] / 1.429 + v (C_0 - C*)
    v  = (0.9 16/12 + 0.1 32/12) / 1.429        Nm3 per kg of carbon, a tenth of CO burnt to CO2

Down to a critical carbon C* all of it finds carbon; below, ``dC/dV = -(C - C_inf)/c_e`` (three-period model, Asai and
Muchi 1970, Fruehan 1998, from memory: sourced), so that with the slopes equal at C*::

    C = C_inf + (C* - C_inf) exp(-(V - V*) / (v M (C* - C_inf)))

and what carbon leaves burns iron. The heat balance takes heats of oxidation of 13.76 (C, a tenth to CO2), 32 (Si), 7
(Mn), 35 (P) and 4.8 (Fe to FeO) MJ/kg against steel, scrap, slag, gas and losses (from memory: calibrated). Off-gas
takes less than its full heat because the heats of oxidation already count part of it: its rise is the constant that
makes 39 t of scrap close the balance of 260 t hot metal at 1,330 degC, 4.4 % C and 0.4 % Si (calibrated). Phosphorus
follows Healy 1970 (from memory: sourced)::

    log (%P)/[%P] = 22,350/T - 16 + 0.08 (%CaO) + 2.5 log (%Fe_t)
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

O2_KG_NM3: Final = 1.429
BURNT_TO_CO2: Final = 0.1
NM3_PER_KG_C: Final = ((1.0 - BURNT_TO_CO2) * 16.0 / 12.0 + BURNT_TO_CO2 * 32.0 / 12.0) / O2_KG_NM3
MJ_KG_C: Final = (1.0 - BURNT_TO_CO2) * 11.4 + BURNT_TO_CO2 * 35.0
GAS_KG_C: Final = ((1.0 - BURNT_TO_CO2) * 28.0 + BURNT_TO_CO2 * 44.0) / 12.0
MJ_KG_SI: Final = 32.0
MJ_KG_MN: Final = 7.0
MJ_KG_P: Final = 35.0
MJ_KG_FE: Final = 4.8
STEEL_MJ_TK: Final = 0.83
SCRAP_MJ_KG: Final = 1.42
ORE_MJ_KG: Final = 5.0
"""Ore cools 3-4 times as much as scrap (from memory)."""
SLAG_MJ_KG: Final = 2.2
SLAG_MJ_TK: Final = 1.3
GAS_MJ_TK: Final = 1.25
REFERENCE_DEGC: Final = 1680.0
ORE_NM3_T: Final = 196.0
"""Oxygen that a tonne of ore brings; 65 % of it is iron."""
DISSOLVED_NM3_T: Final = 0.49
"""Oxygen dissolved in the bath at the end of a usual blow, 700 ppm."""
P_BURNT: Final = 0.91
SCRAP_YIELD: Final = 0.95
SCRAP_C: Final = 0.08
SCRAP_MN: Final = 0.40
SCRAP_P: Final = 0.015
RETURN_SI: Final = 1.8
"""Silicon of the mill's own returned scrap, mass %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What is in the vessel when the blow starts.

    Parameters
    ----------
    hot_metal_t, hot_metal_degc, c, si, mn, p
        Hot metal and its mass %.
    scrap_t
        All scrap, the returned included.
    return_t
        Of it, the mill's own silicon-bearing scrap.
    lime_t, dololime_t, ore_t
        Fluxes and coolant.
    """

    hot_metal_t: float
    hot_metal_degc: float
    c: float
    si: float
    mn: float
    p: float
    scrap_t: float
    return_t: float
    lime_t: float
    dololime_t: float
    ore_t: float

    @property
    def c_kg(self) -> float:
        """Carbon charged."""
        return 10.0 * (self.hot_metal_t * self.c + self.scrap_t * SCRAP_C)

    @property
    def si_kg(self) -> float:
        """Silicon charged."""
        return 10.0 * (self.hot_metal_t * self.si + self.return_t * RETURN_SI)

    @property
    def mn_kg(self) -> float:
        """Manganese charged."""
        return 10.0 * (self.hot_metal_t * self.mn + self.scrap_t * SCRAP_MN)

    @property
    def p_kg(self) -> float:
        """Phosphorus charged."""
        return 10.0 * (self.hot_metal_t * self.p + self.scrap_t * SCRAP_P)

    @property
    def bath_t(self) -> float:
        """Metal once its oxidisable elements are gone, iron in the slag still counted."""
        gone = 0.01 * (self.c + self.si + 0.6 * self.mn + P_BURNT * self.p)
        return self.hot_metal_t * (1.0 - gone) + SCRAP_YIELD * self.scrap_t


@dataclass(frozen=True, slots=True, kw_only=True)
class Blown:
    """Where a blow stands.

    Parameters
    ----------
    carbon
        Mass %.
    iron_kg
        Iron oxidised into the slag.
    """

    carbon: float
    iron_kg: float


def oxygen_to_critical(charge: Charge, critical: float, iron_kg: float, mn_burnt: float) -> float:
    """Oxygen until carbon is critical [V*], Nm3.

    Parameters
    ----------
    charge
        What is blown.
    critical
        Critical carbon [C*], mass %.
    iron_kg
        Iron of the first slag [Fe_1].
    mn_burnt
        Share of manganese oxidised [y_Mn].
    """
    kg = charge.si_kg * 32.0 / 28.0 + mn_burnt * charge.mn_kg * 16.0 / 55.0 + P_BURNT * charge.p_kg * 80.0 / 62.0
    kg += iron_kg * 16.0 / 56.0
    return kg / O2_KG_NM3 + NM3_PER_KG_C * (charge.c_kg - 10.0 * critical * charge.bath_t)


def decarburised(excess_nm3: float, bath_t: float, critical: float, floor: float) -> float:
    """Carbon so much oxygen after the critical point (before it, where negative), mass %.

    Parameters
    ----------
    excess_nm3
        Oxygen beyond the critical point [V - V*].
    bath_t
        Metal [M].
    critical, floor
        [C*] and [C_inf], mass %.

    Examples
    --------
    >>> round(decarburised(1500.0, 282.0, 0.26, 0.010), 3)
    0.041
    """
    per_pct = 10.0 * bath_t * NM3_PER_KG_C
    if excess_nm3 <= 0.0:
        return critical - excess_nm3 / per_pct
    return floor + (critical - floor) * math.exp(-excess_nm3 / (per_pct * (critical - floor)))


def oxygen_between(carbon: float, bath_t: float, critical: float, floor: float) -> float:
    """Oxygen beyond the critical point at which carbon is reached; the inverse of :func:`decarburised`."""
    per_pct = 10.0 * bath_t * NM3_PER_KG_C
    if carbon >= critical:
        return (critical - carbon) * per_pct
    return per_pct * (critical - floor) * math.log((critical - floor) / max(carbon - floor, 1e-4))


def blow_to(charge: Charge, oxygen_nm3: float, critical: float, first_iron_kg: float, c: Mapping[str, float]) -> Blown:
    """Where so much oxygen takes a charge.

    Parameters
    ----------
    charge
        What is blown.
    oxygen_nm3
        That reached the metal, of lance and ore [V].
    critical
        Critical carbon [C*], mass %.
    first_iron_kg
        Iron of the first slag.
    c
        Constants.
    """
    floor = c["bof_floor_c"]
    excess = oxygen_nm3 - oxygen_to_critical(charge, critical, first_iron_kg, 1.0 - c["bof_mn_yield"])
    carbon = decarburised(excess, charge.bath_t, critical, floor)
    iron = first_iron_kg
    if excess > 0.0:
        by_carbon = 10.0 * charge.bath_t * NM3_PER_KG_C * (critical - carbon)
        dissolved = DISSOLVED_NM3_T * charge.bath_t * min(excess / 1500.0, 1.5)
        iron += max(excess - by_carbon - dissolved, 0.0) * O2_KG_NM3 * 56.0 / 16.0
    return Blown(carbon=carbon, iron_kg=iron)


def slag_kg(charge: Charge, iron_kg: float, mn_burnt: float) -> float:
    """Mass of the slag: fluxes, silica, the oxides of iron, manganese and phosphorus, dirt of scrap and lining."""
    return (
        1e3 * (charge.lime_t + charge.dololime_t)
        + charge.si_kg * 60.0 / 28.0
        + iron_kg * 72.0 / 56.0
        + mn_burnt * charge.mn_kg * 71.0 / 55.0
        + P_BURNT * charge.p_kg * 142.0 / 62.0
        + 10.0 * charge.scrap_t
        + 300.0
    )


def surplus_mj(charge: Charge, blown: Blown, mn_burnt: float, c: Mapping[str, float]) -> float:
    """Heat left over at 1,680 degC: what oxidation gives less all sinks (page balance).

    Parameters
    ----------
    charge, blown
        What is in the vessel, and how far the blow is.
    mn_burnt
        Share of manganese oxidised.
    c
        Constants.
    """
    burnt_c = charge.c_kg - 10.0 * blown.carbon * charge.bath_t
    gives = (
        burnt_c * MJ_KG_C
        + charge.si_kg * MJ_KG_SI
        + mn_burnt * charge.mn_kg * MJ_KG_MN
        + P_BURNT * charge.p_kg * MJ_KG_P
        + blown.iron_kg * MJ_KG_FE
    )
    takes = (
        charge.hot_metal_t * STEEL_MJ_TK * (REFERENCE_DEGC - charge.hot_metal_degc)
        + 1e3 * (charge.scrap_t * SCRAP_MJ_KG + charge.ore_t * ORE_MJ_KG)
        + slag_kg(charge, blown.iron_kg, mn_burnt) * SLAG_MJ_KG
        + 1e-3 * burnt_c * GAS_KG_C * GAS_MJ_TK * c["bof_gas_rise_k"]
    )
    return gives * (1.0 - c["bof_loss_share"]) - takes


def temperature(charge: Charge, blown: Blown, mn_burnt: float, c: Mapping[str, float]) -> float:
    """Temperature at which the heat balance closes, degC."""
    holds = charge.bath_t * STEEL_MJ_TK + 1e-3 * slag_kg(charge, blown.iron_kg, mn_burnt) * SLAG_MJ_TK
    return REFERENCE_DEGC + surplus_mj(charge, blown, mn_burnt, c) / holds


def partition_p(temp_degc: float, cao: float, fe_t: float) -> float:
    """Phosphorus partition at equilibrium, (%P)/[%P] (Healy 1970, from memory).

    Parameters
    ----------
    temp_degc
        Of slag and metal.
    cao, fe_t
        In the slag, mass %.

    Examples
    --------
    >>> round(partition_p(1680.0, 44.0, 17.0))
    109
    """
    log = 22_350.0 / (temp_degc + 273.15) - 16.0 + 0.08 * cao + 2.5 * math.log10(fe_t)
    return float(10.0**log)


def dissolved_oxygen(carbon: float, product: float, slag_limit_ppm: float) -> float:
    """Oxygen in the bath, ppm: the C-O product, and not above what ferrous slag allows.

    Parameters
    ----------
    carbon
        Mass %.
    product
        [%C][%O]; 0.0020 at equilibrium at 1,600 degC and 1 atm, 0.0020-0.0030 at tap (from memory).
    slag_limit_ppm
        Oxygen under this slag.

    Examples
    --------
    >>> round(dissolved_oxygen(0.040, 0.0025, 1150.0))
    612
    """
    by_carbon = 1e4 * product / carbon
    return float((by_carbon**-4.0 + slag_limit_ppm**-4.0) ** -0.25)


def co_product_equilibrium(temp_degc: float) -> float:
    """[%C][%O] at equilibrium with 1 atm CO: dG = -22,364 - 39.63 T J/mol (MMTB 2022: sourced).

    Examples
    --------
    >>> round(co_product_equilibrium(1600.0), 4)
    0.002
    """
    kelvin = temp_degc + 273.15
    return math.exp((-22_364.0 - 39.63 * kelvin) / (8.314 * kelvin))
