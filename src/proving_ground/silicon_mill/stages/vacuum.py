"""The vacuum degasser (RH): decarburise under falling pressure, deoxidise, alloy, float, and leave at a temperature.

The balances are those of :mod:`.vacuum_balance`, level 2 is :mod:`.vacuum_level2`. Between heats the vessel grows a
skull and the snorkels wear, until both are changed after 80-120 heats: ``ak`` falls by a fifth, circulation a little,
carbon is held up more (from memory, size guessed). The pump reaches less when its water is warm.

Ferrosilicon comes in supplier lots with 0.02-0.15 % titanium (from memory): 40-45 kg/t of it for 3 % Si bring 8-60 ppm.
Flux takes S_end/S_0 to 0.4-0.6 at full dose (from memory), less under a ferrous slag (guessed). Temperature falls by
1.0-1.5 K/min; aluminium burnt with oxygen gives 28-32 K per kg/t (from memory). Oxides float,
``dO/dt = -k (O - O_eq)`` with k 0.10-0.15 /min (from memory), O_eq higher under a ferrous slag (guessed).
"""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Final

from proving_ground.constant import Constant
from proving_ground.constant import constant as _k
from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.piece import Heat
from proving_ground.silicon_mill.stages import vacuum_level2
from proving_ground.silicon_mill.stages.desulphurisation import clip
from proving_ground.silicon_mill.stages.stage import Run, SetPoints, Stage, Truth
from proving_ground.silicon_mill.stages.vacuum_balance import (
    Bath,
    Vessel,
    circulate,
    desulphurised,
    floated,
)
from proving_ground.silicon_mill.stages.vacuum_level2 import (
    AL_PER_O,
    FEMN_MN,
    FEP_P,
    FESI_P,
    FESI_SI,
    HOPPER,
    K_PER_KG,
    LIFT_GAS,
    MINUTES,
    O2_BLOW,
    O2_KG_NM3,
    PHASES,
    PRESSURE,
    VacuumRecipe,
)

__all__ = ["CONSTANTS", "VacuumDegasser", "VacuumRecipe", "alloyed"]

CONSTANTS: Final[Mapping[str, Constant]] = MappingProxyType(
    {
        # ---- circulation, carbon -----------------------------------------------------------------------------------
        "rh_snorkel_m": _k(0.70, 0.69, 0.71, "m", "guessed", "0.65-0.75 m (from memory)"),
        "rh_vessel_t": _k(12.0, 11.0, 13.0, "t", "guessed", "steel in the vessel"),
        "rh_rate_t_min": _k(195, 180, 210, "t/min", "calibrated", "ak rho; 0.306 /min early on a 210 t RH"),
        "rh_falling": _k(1.4, 1.3, 1.5, "1", "calibrated", "0.072 /min below 14 ppm on a 210 t RH"),
        "rh_floor_ppm": _k(6.5, 6.0, 7.5, "ppm", "guessed", "6-10 ppm held up by refractory and skull (from memory)"),
        "rh_skull_ppm": _k(2.0, 1.5, 2.5, "ppm", "guessed", "more of it from an old vessel"),
        "rh_skull": _k(0.20, 0.16, 0.24, "1", "guessed", "ak lost over the vessel's life"),
        "rh_narrow": _k(0.04, 0.03, 0.05, "1", "guessed", "diameter lost over the snorkels' life"),
        "rh_snorkel_heats": _k(100, 90, 110, "heats", "guessed", "80-120 heats (from memory)"),
        "rh_pump_per_min": _k(1.38, 1.3, 1.46, "1/min", "calibrated", "pump-down 4-5 min (from memory)"),
        "rh_pump_floor_pa": _k(76, 70, 82, "Pa", "guessed", "67-150 Pa deep vacuum (from memory)"),
        "rh_warm_water_pa": _k(8, 6, 10, "Pa", "guessed", "over the year, by condenser water"),
        "rh_rate_sd": _k(0.12, 0.10, 0.14, "1", "guessed", "ak differs by heat"),
        "rh_o2_use": _k(0.62, 0.58, 0.66, "1", "guessed", "oxygen blown that the steel takes up"),
        "rh_slag_oxygen": _k(0.13, 0.11, 0.15, "ppm/(min %)", "guessed", "from ladle slag, by its FeO"),
        # ---- nitrogen, sulphur, titanium, oxides -------------------------------------------------------------------
        "rh_n_k": _k(0.0010, 0.0009, 0.0011, "1/(ppm min)", "calibrated", "0-25 % removed (from memory)"),
        "rh_n_eq_ppm": _k(6.0, 5.5, 6.5, "ppm", "guessed", "held up by what leaks in"),
        "rh_n_alloy": _k(0.055, 0.048, 0.062, "ppm/(kg/t)", "guessed", "nitrogen of ferrosilicon"),
        "rh_n_leak_ppm": _k(1.5, 1.2, 1.8, "ppm", "guessed", "worn snorkels draw air"),
        "rh_flux_strength": _k(0.75, 0.71, 0.79, "1", "calibrated", "S_end/S_0 0.4-0.6 at full dose (from memory)"),
        "rh_flux_full": _k(3.0, 2.7, 3.3, "kg/t", "guessed", "flux at which two thirds of it are done"),
        "rh_flux_sd": _k(0.34, 0.30, 0.38, "1", "calibrated", "log-sd 0.35-0.4 of sulphur between heats"),
        "rh_fesi_ti": _k(0.046, 0.041, 0.051, "%", "guessed", "0.02-0.15 % (from memory)"),
        "rh_fesi_ti_sd": _k(0.35, 0.30, 0.40, "1", "guessed", "logarithm, between supplier lots"),
        "rh_low_fesi_ti": _k(0.013, 0.011, 0.015, "%", "guessed", "low-titanium ferrosilicon"),
        "rh_ti_recovery": _k(0.70, 0.64, 0.76, "1", "guessed", "the rest goes to slag"),
        "rh_fesi_c": _k(0.009, 0.008, 0.010, "%", "guessed", "low-carbon ferrosilicon"),
        "rh_si_recovery": _k(0.97, 0.96, 0.98, "1", "guessed", "usual"),
        "rh_al_recovery": _k(0.93, 0.91, 0.95, "1", "guessed", "usual"),
        "rh_mn_recovery": _k(0.96, 0.95, 0.97, "1", "guessed", "usual"),
        "rh_float_per_min": _k(0.140, 0.130, 0.150, "1/min", "calibrated", "0.10-0.15 /min (from memory)"),
        "rh_o_eq_ppm": _k(3.6, 3.2, 4.0, "ppm", "guessed", "under a slag without FeO"),
        "rh_o_feo": _k(0.33, 0.29, 0.37, "ppm/%", "guessed", "and per FeO of the slag"),
        # ---- heat, money -------------------------------------------------------------------------------------------
        "rh_transport_k": _k(11, 10, 12, "K", "guessed", "converter to degasser"),
        "rh_k_min": _k(1.2, 1.12, 1.28, "K/min", "calibrated", "1.0-1.5 K/min (from memory)"),
        "rh_deox_k": _k(24, 22, 26, "K/(kg/t)", "guessed", "aluminium that takes dissolved oxygen"),
        "rh_burn_k": _k(30, 28, 32, "K/(kg/t)", "sourced", "28-32 K per kg/t burnt with oxygen (from memory)"),
        "rh_temp_sd_k": _k(2.6, 2.2, 3.0, "K", "calibrated", "vessel heat and skull melting differ by heat"),
        "rh_skull_kg_t": _k(8, 7, 9, "kg/t", "guessed", "metal yield 99 % (from memory)"),
        "rh_fixed_eur_t": _k(8.0, 7.0, 9.0, "EUR/t", "guessed", "crew, upkeep, snorkels"),
        "rh_min_eur_t": _k(0.45, 0.40, 0.50, "EUR/(t min)", "guessed", "steam, gas, refractory by the minute"),
        "rh_kwh_t": _k(14, 12, 16, "kWh/t", "guessed", "preheating of the vessel"),
        "rh_min_kwh_t": _k(0.85, 0.78, 0.92, "kWh/(t min)", "guessed", "steam and pumps"),
    }
)
"""Every uncertain constant by name."""

FESI_LOT: Final = 20
"""Heats from one lot of ferrosilicon."""

EUR_KG: Final = (1.45, 1.90, 2.40, 2.00, 0.90, 26.0, 0.42, 0.35)
"""Price of what each hopper holds (guessed)."""

_CIRCULATION: Final = tuple(p + "circulation" for p in PHASES)
_PROBES: Final = tuple((f"RH.probe_n{i:02d}.temperature", f"RH.probe_n{i:02d}.oxygen") for i in range(1, 4))
_LEGS: Final = tuple((f"RH.snorkel_leg{i:02d}.life", f"RH.snorkel_leg{i:02d}.thickness") for i in range(1, 3))
_DECARB: Final = tuple(key for keys in (PRESSURE, LIFT_GAS, O2_BLOW, MINUTES) for key in keys[:3])
_ALLOY: Final = (*(key for keys in (PRESSURE, LIFT_GAS, O2_BLOW, MINUTES) for key in keys[3:]), *HOPPER)


def alloyed(have: float, kg_t: float, added_kg_t: float) -> float:
    """Content after an addition, mass %.

    Parameters
    ----------
    have
        Before, mass %.
    kg_t
        Of the element that dissolves, per tonne before.
    added_kg_t
        Of all metal added, per tonne before.

    Examples
    --------
    >>> round(alloyed(0.0, 31.6, 53.0), 2)
    3.0
    """
    return (10.0 * have + kg_t) / (10.0 + 0.01 * added_kg_t)


class VacuumDegasser(Stage):
    """The degasser with its vessel, snorkels and pump.

    Attributes
    ----------
    snorkel_heats
        Heats since vessel bottom and snorkels were new.
    """

    DISTURBANCES: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "rh-pump-leak": "the pump leaks: lowest pressure rises by 60 Pa a day up to 600 Pa, and air gives nitrogen",
            "rh-fesi-supplier": "a new supplier of ferrosilicon: 2.2 times the titanium, at once",
            "rh-vessel-skull": "a heavy skull: 4 ppm more carbon held up and a fifth less decarburisation, at once",
        }
    )
    CAUSAL: ClassVar[tuple[str, ...]] = (
        *PRESSURE[1:3],
        *LIFT_GAS[1:5],
        O2_BLOW[1],
        *MINUTES,
        *HOPPER,
        "RH.snorkel_leg01.life",
        "RH.final.C",
        "RH.final.Si",
        "RH.final.S",
        "RH.final.Als",
        "RH.final.N",
        "RH.final.O_t",
        "RH.final.Ti",
    )

    def __init__(self, constants: Mapping[str, float], draws: Disturbances) -> None:
        super().__init__(constants, draws)
        self.snorkel_heats = 31
        self._arrived: int | None = None

    def preset_decarburise(self, recipe: VacuumRecipe, heat: Heat) -> dict[str, float]:
        """Set-points of the phases p01 to p03, by level 2."""
        return vacuum_level2.preset_decarburise(recipe, heat, self._c)

    def preset_alloy(self, recipe: VacuumRecipe, heat: Heat) -> dict[str, float]:
        """Set-points of the phases p04 and p05 and of the hoppers, by level 2."""
        return vacuum_level2.preset_alloy(recipe, heat, self._c)

    def arrive(self, heat: Heat) -> Run:
        """The ladle arrives: what it lost on the way, and its true analysis."""
        self._arrived = heat.number
        steel = heat.steel
        heat.temp_degc -= self._c["rh_transport_k"] + 2.0 * self._d.normal("rh-transport", heat.number)
        truth = {
            "RH.arrival.temperature": heat.temp_degc,
            "RH.arrival.oxygen": steel.o_ppm,
            "RH.arrival.C": steel.c_ppm,
            "RH.arrival.Si": steel.si,
            "RH.arrival.mass": heat.mass_t,
            "RH.arrival.slag_FeO": heat.slag_feo,
        }
        return Run(truth=truth, minutes=0.0)

    def decarburise(self, heat: Heat, set_points: SetPoints, at_h: float) -> Run:
        """Phases p01 to p03; where the ladle has not arrived yet, it does so first."""
        truth = {} if self._arrived == heat.number else self.arrive(heat).truth
        steel = heat.steel
        vessel = self._vessel(heat, at_h)
        bath = Bath(ladle_ppm=steel.c_ppm, vessel_ppm=steel.c_ppm, oxygen_ppm=steel.o_ppm, nitrogen_ppm=steel.n_ppm)
        minutes = 4.0
        for i in range(3):
            flow = self._phase(heat, bath, vessel, set_points, i)
            truth[_CIRCULATION[i]] = flow
            minutes += set_points[MINUTES[i]]
            if i == 0:
                truth["RH.offgas.CO"] = clip(0.14 * bath.ladle_ppm * flow / 110.0 + 8.0, 0.0, 59.0)
                truth["RH.offgas.flow"] = clip(6.0 * bath.removed_kg + 0.22 * set_points[LIFT_GAS[0]], 205.0, 1490.0)
            if i != 1:
                truth.update(zip(_PROBES[i // 2], (heat.temp_degc, bath.oxygen_ppm), strict=True))
        steel.c_ppm = (bath.ladle_ppm * vessel.ladle_t + bath.vessel_ppm * vessel.vessel_t) / heat.mass_t
        steel.o_ppm, steel.n_ppm = bath.oxygen_ppm, bath.nitrogen_ppm
        truth.update({key: set_points[key] for key in _DECARB})
        truth["RH.pump_stage01.suction_pressure"] = bath.pressure_pa
        truth["RH.pump_stage04.water_temp"] = 27.0 + 5.0 * _season(at_h)
        self._pay(heat, minutes)
        return Run(truth=truth, minutes=minutes)

    def alloy(self, heat: Heat, set_points: SetPoints, at_h: float) -> Run:
        """Phases p04 and p05: kill, alloy, desulphurise, float, and the final analysis."""
        c, d, n, steel = self._c, self._d, heat.number, heat.steel
        kg = tuple(set_points[key] for key in HOPPER)
        minutes = set_points[MINUTES[3]] + set_points[MINUTES[4]]
        before_ppm = steel.o_ppm
        killing = 1e-3 * AL_PER_O * before_ppm
        burnt = AL_PER_O * O2_KG_NM3 * set_points[O2_BLOW[3]] * set_points[MINUTES[3]] / heat.mass_t
        burnt = min(burnt, max(kg[2] - killing, 0.0))
        heat.temp_degc += c["rh_deox_k"] * min(killing, kg[2]) + c["rh_burn_k"] * burnt
        heat.temp_degc += sum(k * m for k, m in zip(K_PER_KG, kg, strict=True))
        steel.o_ppm = max(before_ppm - 1e3 * kg[2] / AL_PER_O, 4.0)
        vessel = self._vessel(heat, at_h)
        bath = Bath(
            ladle_ppm=steel.c_ppm,
            vessel_ppm=steel.c_ppm,
            oxygen_ppm=steel.o_ppm,
            nitrogen_ppm=steel.n_ppm,
            pressure_pa=vessel.pump_floor_pa,
        )
        flows = [self._phase(heat, bath, vessel, set_points, i) for i in (3, 4)]
        heat.temp_degc += c["rh_temp_sd_k"] * d.normal("rh-temperature", n)
        steel.c_ppm, steel.n_ppm = bath.ladle_ppm, bath.nitrogen_ppm
        self._dissolve(heat, kg, killing + burnt, at_h)
        self._clean(heat, kg[6], before_ppm + 250.0 * burnt, set_points, flows)
        skull_t = 1e-3 * c["rh_skull_kg_t"] * heat.mass_t
        heat.mass_t -= skull_t
        heat.account.scrapped_t += skull_t
        self._pay(heat, minutes + 3.0)
        heat.account.cost_eur += heat.mass_t * (
            c["rh_fixed_eur_t"] + sum(price * m for price, m in zip(EUR_KG, kg, strict=True))
        )
        heat.account.energy_kwh += c["rh_kwh_t"] * heat.mass_t
        truth = {key: set_points[key] for key in _ALLOY}
        truth.update(zip(_CIRCULATION[3:], flows, strict=True))
        truth.update(zip(_PROBES[2], (heat.temp_degc, bath.oxygen_ppm), strict=True))
        truth.update(_final(heat))
        truth.update(self._worn(n))
        return Run(truth=truth, minutes=minutes + 3.0)

    def _vessel(self, heat: Heat, at_h: float) -> Vessel:
        """What decarburisation meets today."""
        c, d, n = self._c, self._d, heat.number
        old = self.snorkel_heats / c["rh_snorkel_heats"]
        skulled = self.days_on("rh-vessel-skull", at_h) >= 0.0
        leak_pa = clip(60.0 * self.days_on("rh-pump-leak", at_h), 0.0, 600.0)
        pump_pa = c["rh_pump_floor_pa"] + c["rh_warm_water_pa"] * _season(at_h)
        pump_pa += 4.0 * d.wander("rh-pump", int(at_h // 24), memory=10.0) + leak_pa
        rate = c["rh_rate_t_min"] * (1.0 - c["rh_skull"] * old) * (0.8 if skulled else 1.0)
        floor = (c["rh_floor_ppm"] + c["rh_skull_ppm"] * old) * math.exp(0.15 * d.normal("rh-floor", n))
        return Vessel(
            ladle_t=heat.mass_t - c["rh_vessel_t"],
            vessel_t=c["rh_vessel_t"],
            snorkel_m=c["rh_snorkel_m"] * (1.0 - c["rh_narrow"] * old),
            rate_t_min=rate * math.exp(c["rh_rate_sd"] * d.normal("rh-rate", n)),
            falling=c["rh_falling"],
            floor_ppm=floor + (4.0 if skulled else 0.0),
            pump_per_min=c["rh_pump_per_min"] * math.exp(0.05 * d.normal("rh-pump-down", n)) / (1.0 + leak_pa / 800.0),
            pump_floor_pa=max(pump_pa, 61.0),
            nitrogen_per_ppm_min=c["rh_n_k"],
            nitrogen_eq_ppm=c["rh_n_eq_ppm"] + 0.01 * leak_pa,
            sulphur_pct=1e-4 * heat.steel.s_ppm,
        )

    def _phase(self, heat: Heat, bath: Bath, vessel: Vessel, set_points: SetPoints, phase: int) -> float:
        """One phase; gives its circulation."""
        c = self._c
        minutes = set_points[MINUTES[phase]]
        killed = phase > 2
        o2 = 0.0 if killed else set_points[O2_BLOW[phase]]
        brought = 0.0 if killed else c["rh_slag_oxygen"] * heat.slag_feo
        flow = circulate(
            bath,
            vessel,
            minutes,
            set_pa=set_points[PRESSURE[phase]],
            gas_nl_min=set_points[LIFT_GAS[phase]],
            oxygen=brought + 1e3 * c["rh_o2_use"] * O2_KG_NM3 * o2 / heat.mass_t,
        )
        heat.temp_degc -= c["rh_k_min"] * minutes * (0.7 + 0.3 * flow / 140.0)
        return flow

    def _dissolve(self, heat: Heat, kg: tuple[float, ...], al_lost: float, at_h: float) -> None:
        """Alloys dissolve, with what they bring along."""
        c, d, n, steel = self._c, self._d, heat.number, heat.steel
        lot = n // FESI_LOT
        ti = c["rh_fesi_ti"] * math.exp(c["rh_fesi_ti_sd"] * d.normal("rh-fesi", lot))
        ti = clip(ti * (2.2 if self.days_on("rh-fesi-supplier", at_h) >= 0.0 else 1.0), 0.02, 0.15)
        fesi = kg[0] + kg[1]
        si = FESI_SI * fesi * c["rh_si_recovery"] * (1.0 + 0.007 * d.normal("rh-fesi", lot, 1))
        si *= 1.0 + 0.006 * d.normal("rh-alloy", n)
        al = max(kg[2] - al_lost, 0.0) * c["rh_al_recovery"] * (1.0 + 0.025 * d.normal("rh-alloy", n, 1))
        mn = FEMN_MN * kg[3] * c["rh_mn_recovery"] * (1.0 + 0.02 * d.normal("rh-alloy", n, 2))
        added = fesi + al + kg[3] + kg[4] + kg[5] + kg[7]
        steel.si = alloyed(steel.si, si, added)
        steel.al = max(alloyed(steel.al, al, added), 0.002)
        steel.mn = alloyed(steel.mn, mn, added)
        steel.p = alloyed(steel.p, FEP_P * kg[4] + FESI_P * fesi, added)
        steel.sn = alloyed(steel.sn, kg[5], added)
        steel.cu = alloyed(steel.cu, 2e-4 * kg[7], added)
        thin = 1000.0 / (1000.0 + added)
        brought_ti = 10.0 * c["rh_ti_recovery"] * (ti * kg[0] + c["rh_low_fesi_ti"] * kg[1])
        steel.ti_ppm = thin * (steel.ti_ppm + brought_ti * math.exp(0.08 * d.normal("rh-alloy", n, 3)))
        brought_c = 10.0 * c["rh_fesi_c"] * fesi + 1.0 * kg[3] + 0.1 * kg[7]
        steel.c_ppm = thin * (steel.c_ppm + brought_c * math.exp(0.15 * d.normal("rh-alloy", n, 4)))
        leak = c["rh_n_leak_ppm"] * self.snorkel_heats / c["rh_snorkel_heats"]
        air = clip(0.5 * self.days_on("rh-pump-leak", at_h), 0.0, 4.0)
        brought_n = (leak + c["rh_n_alloy"] * fesi) * math.exp(0.4 * d.normal("rh-alloy", n, 5)) + air
        steel.n_ppm = thin * (steel.n_ppm + brought_n)
        steel.s_ppm *= thin
        steel.nb_ppm *= thin
        steel.v_ppm *= thin
        heat.mass_t *= 1.0 + 1e-3 * added

    def _clean(
        self, heat: Heat, flux_kg_t: float, before_ppm: float, set_points: SetPoints, flows: list[float]
    ) -> None:
        """Flux takes sulphur, and oxides float."""
        c, d, n, steel = self._c, self._d, heat.number, heat.steel
        strength = c["rh_flux_strength"] * (1.0 - 0.02 * (heat.slag_feo - 10.0))
        minutes = set_points[MINUTES[3]] + set_points[MINUTES[4]]
        left = desulphurised(flux_kg_t, strength * (1.0 - math.exp(-minutes / 6.0)), c["rh_flux_full"])
        luck = c["rh_flux_sd"] * d.normal("rh-flux", n) * min(2.0 * (1.0 - left), 1.0)
        steel.s_ppm = clip(steel.s_ppm * left * math.exp(luck), 5.5, 58.0)
        floating = 0.6 * set_points[MINUTES[3]] * flows[0] + set_points[MINUTES[4]] * flows[1]
        equal = c["rh_o_eq_ppm"] + c["rh_o_feo"] * heat.slag_feo
        start = 22.0 + 0.20 * before_ppm
        total = floated(start, equal, c["rh_float_per_min"], floating / 140.0)
        steel.o_ppm = clip(total * math.exp(0.12 * d.normal("rh-oxides", n)), 6.2, 39.0)

    def _pay(self, heat: Heat, minutes: float) -> None:
        heat.account.cost_eur += self._c["rh_min_eur_t"] * minutes * heat.mass_t
        heat.account.energy_kwh += self._c["rh_min_kwh_t"] * minutes * heat.mass_t

    def _worn(self, number: int) -> Truth:
        """Count the heat on vessel and snorkels."""
        old = self.snorkel_heats + 1
        self.snorkel_heats = 0 if old >= self._c["rh_snorkel_heats"] else old
        truth: Truth = {}
        for i, (life, thickness) in enumerate(_LEGS):
            truth[life] = float(self.snorkel_heats)
            truth[thickness] = 172.0 - 0.9 * self.snorkel_heats - 4.0 * i + self._d.normal("rh-snorkel", number, i)
        return truth


def _season(at_h: float) -> float:
    """Warmth of the year, -1 to 1."""
    return math.sin(2.0 * math.pi * (at_h / 8766.0 - 0.3))


def _final(heat: Heat) -> Truth:
    steel = heat.steel
    return {
        "RH.final.C": steel.c_ppm,
        "RH.final.Si": steel.si,
        "RH.final.Mn": steel.mn,
        "RH.final.P": steel.p,
        "RH.final.S": steel.s_ppm,
        "RH.final.Als": steel.al,
        "RH.final.N": steel.n_ppm,
        "RH.final.O_t": steel.o_ppm,
        "RH.final.Ti": steel.ti_ppm,
        "RH.final.Nb": steel.nb_ppm,
        "RH.final.V": steel.v_ppm,
        "RH.final.Cu": steel.cu,
    }
