"""The converter: charge, blow to the sublance, blow to the end, tap. 300 t, bottom-stirred.

Level 2 computes scrap, lime and oxygen from the measured hot metal (static model), and after the sublance's shot the
last oxygen and coolant (dynamic model), see :mod:`.converter_level2`. The balances are those of
:mod:`.converter_balance`. What the models cannot know (certainty: calibrated, so that the spread of end carbon and
temperature is 0.010-0.012 % and 12-15 K by the static model, 0.008-0.010 % and 6-8 K with the sublance): density and
chemistry of scrap lots, heat losses of the vessel, the critical carbon C*, the use of the oxygen.

At the end carbon and oxygen stand by the C-O product, 0.0020-0.0030 (from memory), which rises by about a quarter
while the bottom tuyeres wear (guessed). Phosphorus reaches 60-85 % of Healy's partition (from memory), manganese
30-50 % yield, more when hot and when carbon is high (from memory). Nitrogen is 10-20 ppm at tap, 3-8 ppm more in the
open stream, and 3-6 ppm more after a reblow (from memory). Sulphur comes with hot metal, carried slag, scrap and lime,
and a little of it goes to the slag (guessed). Carbon boils on in the stream until about a fifth of it is gone, more
where it is high (guessed).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar, Final

from proving_ground.constant import Constant
from proving_ground.constant import constant as _k
from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.piece import Heat
from proving_ground.silicon_mill.stages import converter_level2
from proving_ground.silicon_mill.stages.converter_balance import (
    ORE_NM3_T,
    Blown,
    Charge,
    blow_to,
    dissolved_oxygen,
    partition_p,
    slag_kg,
    temperature,
)
from proving_ground.silicon_mill.stages.converter_level2 import (
    BOTTOM_GAS,
    COOLANT,
    END_MIN,
    LANCE,
    LANCE_M,
    O2,
    PHASE_MIN,
    ConverterRecipe,
)
from proving_ground.silicon_mill.stages.desulphurisation import clip
from proving_ground.silicon_mill.stages.stage import Run, SetPoints, Stage, Truth

__all__ = ["CONSTANTS", "Converter", "ConverterRecipe", "steel_sulphur"]

CONSTANTS: Final[Mapping[str, Constant]] = MappingProxyType(
    {
        # ---- blow ------------------------------------------------------------------------------------------------
        "bof_gas_rise_k": _k(1102, 1085, 1120, "K", "calibrated", "closes the page's balance with 39 t scrap"),
        "bof_loss_share": _k(0.030, 0.027, 0.033, "1", "guessed", "2-4 % of the heat (from memory)"),
        "bof_critical_c": _k(0.26, 0.25, 0.28, "%", "guessed", "C* 0.25-0.40 % (from memory)"),
        "bof_critical_sd": _k(0.032, 0.028, 0.036, "%", "calibrated", "spread of end carbon with the sublance"),
        "bof_floor_c": _k(0.010, 0.009, 0.011, "%", "guessed", "carbon that oxygen no longer finds"),
        "bof_first_iron_kg_t": _k(1.6, 1.4, 1.8, "kg/t", "guessed", "iron of the first slag at usual lance height"),
        "bof_soft_blow": _k(0.9, 0.7, 1.1, "1/m", "guessed", "more iron in slag from a higher lance"),
        "bof_use": _k(0.985, 0.975, 0.992, "1", "guessed", "oxygen that reaches the metal"),
        "bof_use_sd": _k(0.016, 0.014, 0.018, "1", "calibrated", "static spread of carbon, 0.010-0.012 %"),
        "bof_end_use_sd": _k(0.045, 0.037, 0.053, "1", "calibrated", "use of the last oxygen"),
        "bof_scrap_sd_k": _k(8.0, 7.0, 9.0, "K", "guessed", "density and chemistry of a scrap lot"),
        "bof_static_sd_k": _k(8.5, 7.5, 9.5, "K", "calibrated", "static spread of temperature 12-15 K"),
        "bof_end_sd_k": _k(6.0, 5.3, 6.7, "K", "calibrated", "6-8 K with the sublance"),
        "bof_idle_k_min": _k(0.15, 0.12, 0.18, "K/min", "guessed", "a vessel that waits cools"),
        "bof_idle_min": _k(14, 11, 17, "min", "guessed", "mean wait between heats"),
        # ---- slag, traces ----------------------------------------------------------------------------------------
        "bof_mn_yield": _k(0.40, 0.37, 0.43, "1", "guessed", "30-50 % (from memory)"),
        "bof_p_reach": _k(0.66, 0.62, 0.72, "1", "guessed", "60-85 % of equilibrium (from memory)"),
        "bof_co_product": _k(0.00232, 0.00224, 0.00240, "%2", "guessed", "0.0020-0.0030 (from memory), new tuyeres"),
        "bof_co_wear": _k(0.25, 0.20, 0.30, "1", "guessed", "rise over the tuyeres' life"),
        "bof_slag_o_ppm": _k(1010, 970, 1050, "ppm", "guessed", "oxygen under a slag of 25 % FeO"),
        "bof_s_back_ppm": _k(3.5, 2.8, 4.2, "ppm/(kg/t)", "sourced", "2-5 ppm per kg/t carried slag (from memory)"),
        "bof_s_scrap_ppm": _k(150, 138, 162, "ppm", "guessed", "sulphur of heavy scrap"),
        "bof_s_lime_ppm": _k(285, 265, 305, "ppm", "guessed", "sulphur of lime"),
        "bof_s_slag": _k(0.03, 0.02, 0.05, "1", "guessed", "sulphur lost to slag and gas"),
        "bof_n_ppm": _k(12.5, 11.5, 13.5, "ppm", "guessed", "10-20 ppm at tap (from memory)"),
        "bof_n_tap_ppm": _k(4.5, 3.8, 5.2, "ppm", "guessed", "3-8 ppm in an open stream (from memory)"),
        "bof_n_reblow_ppm": _k(4.5, 4.0, 5.0, "ppm", "guessed", "3-6 ppm (from memory)"),
        "bof_cu": _k(0.022, 0.018, 0.026, "%", "guessed", "copper of the charge"),
        # ---- tap, wear, money --------------------------------------------------------------------------------------
        "bof_tap_drop_k": _k(46, 44, 48, "K", "guessed", "vessel to ladle"),
        "bof_boil": _k(0.20, 0.18, 0.22, "1", "guessed", "carbon lost in stream and ladle from a usual 420 ppm"),
        "bof_carry_kg_t": _k(4.0, 3.5, 4.5, "kg/t", "guessed", "slag carried over a new taphole's dart"),
        "bof_dust_kg_t": _k(13, 12, 14, "kg/t", "guessed", "iron in dust and ejections (from memory)"),
        "bof_drops_share": _k(0.08, 0.07, 0.09, "1", "guessed", "metal drops in the slag"),
        "bof_tuyere_heats": _k(900, 800, 1000, "heats", "guessed", "life of bottom tuyeres"),
        "bof_taphole_heats": _k(150, 130, 170, "heats", "guessed", "life of a taphole"),
        "bof_lance_heats": _k(220, 200, 240, "heats", "guessed", "life of a lance head"),
        "bof_fixed_eur_t": _k(17.5, 16.5, 18.5, "EUR/t", "guessed", "crew, upkeep, refractories"),
        "bof_min_eur_t": _k(0.16, 0.14, 0.18, "EUR/(t min)", "guessed", "time of the vessel"),
        "bof_kwh_nm3": _k(0.60, 0.57, 0.63, "kWh/Nm3", "guessed", "air separation and compression"),
    }
)
"""Every uncertain constant by name."""

SCRAP_LOT: Final = 20
CALIBRATION_DAYS: Final = 14
"""Days between calibrations of the sublance, unless practice sets ``calibration_days``."""
REBLOW_MIN: Final = 0.4
REBLOW_NM3: Final = 320.0
_REBLOW: Final = (0.059, 0.019, 1640.0)
"""A heat is blown again where carbon or phosphorus ends above, or temperature below."""
_SECOND_SHOT_S: Final = 60.0 * (sum(PHASE_MIN) + 0.5 + END_MIN)
_USUAL_GAS: Final = 1000.0
_VESSEL_HEATS: Final = 5500
_BLOWN_PPM: Final = 18.0
"""Oxygen above the C-O product while carbon still boils (guessed)."""

_BACK: Final = tuple(f"BOF.tuyere_t{i:02d}.back_pressure" for i in range(1, 9))
_SHOT: Final = ("BOF.sublance_shot01.", "BOF.sublance_shot02.")
_SHOT_KEYS: Final = tuple(tuple(s + q for q in ("temperature", "carbon", "oxygen", "time")) for s in _SHOT)
_CHARGED: Final = tuple(
    f"BOF.charge.{q}" for q in ("hm_mass", "scrap_heavy", "scrap_light", "scrap_return_si", "lime", "dololime", "ore")
)
_BLOWN: Final = (*_CHARGED, *O2[:5], *LANCE[:5])
_ADDED: Final = tuple(f"BOF.tap.{q}" for q in ("femn", "al", "fep", "top_lime"))
_ENDED: Final = (O2[5], LANCE[5], BOTTOM_GAS, COOLANT, *_ADDED)


def steel_sulphur(charge: Charge, hot_metal_ppm: float, scrap_ppm_t: float, c: Mapping[str, float]) -> float:
    """Sulphur at the end of the blow, ppm: what comes with metal, scrap and lime less what slag and gas take.

    Parameters
    ----------
    charge
        What is blown.
    hot_metal_ppm
        Of the hot metal, with what carried slag gives back.
    scrap_ppm_t
        With the scrap, ppm times tonnes.
    c
        Constants.
    """
    brought = charge.hot_metal_t * hot_metal_ppm + scrap_ppm_t + charge.lime_t * c["bof_s_lime_ppm"]
    return brought / charge.bath_t * (1.0 - c["bof_s_slag"])


@dataclass(slots=True, kw_only=True)
class _Blow:
    """A heat in the vessel: its charge, hidden luck, and oxygen so far."""

    heat: int
    charge: Charge
    critical: float
    first_iron_kg: float
    error_k: float
    oxygen_nm3: float
    use: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """Metal and slag at the end of a blow."""

    charge: Charge
    blown: Blown
    degc: float
    slag_t: float
    p: float
    steel_t: float
    lost_t: float


class Converter(Stage):
    """The vessel between charging and tapping.

    Parameters
    ----------
    constants, draws
        See :class:`.Stage`.
    calibration_days
        Days between calibrations of the sublance's thermometer.

    Attributes
    ----------
    tuyere_heats, taphole_heats, lance_heats, vessel_heats
        Heats since these were new.
    """

    DISTURBANCES: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "bof-scrap-shift": "wet and dirty scrap from a new dealer: 14 K colder, S +60 ppm, Cu +0.03 %, at once",
            "bof-tuyere-block": "bottom tuyeres block: the C-O product rises by 2 % a day up to 30 %",
            "bof-sublance-drift": "the sublance's thermometer reads 1.5 K a day too high, up to 12 K",
        }
    )
    CAUSAL: ClassVar[tuple[str, ...]] = (
        "BOF.charge.scrap_light",
        "BOF.charge.lime",
        O2[5],
        COOLANT,
        "BOF.end.C",
        "BOF.end.S",
        "BOF.end.N",
        "BOF.end.O",
        "BOF.tap.slag_carry",
    )

    def __init__(
        self, constants: Mapping[str, float], draws: Disturbances, calibration_days: int = CALIBRATION_DAYS
    ) -> None:
        super().__init__(constants, draws)
        self.calibration_days = calibration_days
        self.tuyere_heats = 310
        self.taphole_heats = 40
        self.lance_heats = 85
        self.vessel_heats = 1450
        self._blow: _Blow | None = None

    def preset_charge(self, recipe: ConverterRecipe, heat: Heat) -> dict[str, float]:
        """Set-points of charge and blow up to the sublance, by level 2."""
        return converter_level2.preset_charge(recipe, heat, self._c)

    def preset_end(self, recipe: ConverterRecipe, heat: Heat) -> dict[str, float]:
        """Set-points of the last phase and of the ladle, by level 2."""
        return converter_level2.preset_end(recipe, heat, self._c)

    def charge_and_blow(self, heat: Heat, set_points: SetPoints, at_h: float) -> Run:
        """Charge, and blow up to the sublance's shot."""
        c, d, n = self._c, self._d, heat.number
        charge = _charged(heat, set_points)
        idle = clip(-c["bof_idle_min"] * math.log(1.0 - d.uniform("bof-idle", n)), 0.0, 88.0)
        shift = self.days_on("bof-scrap-shift", at_h) >= 0.0
        lot = d.wander("bof-scrap", n // SCRAP_LOT, memory=2.0)
        error_k = c["bof_scrap_sd_k"] * lot + c["bof_static_sd_k"] * d.normal("bof-loss", n)
        error_k -= c["bof_idle_k_min"] * (idle - c["bof_idle_min"]) + (14.0 if shift else 0.0)
        critical = clip(c["bof_critical_c"] + c["bof_critical_sd"] * d.normal("bof-critical", n), 0.18, 0.40)
        lance = sum(set_points[key] - usual for key, usual in zip(LANCE[:5], LANCE_M[:5], strict=True)) / 5.0
        iron = c["bof_first_iron_kg_t"] * charge.bath_t * math.exp(0.10 * d.normal("bof-slag", n))
        iron *= clip(1.0 + c["bof_soft_blow"] * (lance + 0.08 * self.lance_heats / c["bof_lance_heats"]), 0.4, 2.0)
        use = c["bof_use"] + c["bof_use_sd"] * d.normal("bof-use", n)
        nm3 = sum(set_points[key] * minutes / 60.0 for key, minutes in zip(O2[:5], PHASE_MIN, strict=True))
        oxygen = use * nm3 + ORE_NM3_T * charge.ore_t
        blown = blow_to(charge, oxygen, critical, iron, c)
        degc = temperature(charge, blown, 1.0 - c["bof_mn_yield"], c) + error_k
        self._blow = _Blow(
            heat=n, charge=charge, critical=critical, first_iron_kg=iron, error_k=error_k, oxygen_nm3=oxygen, use=use
        )
        self._traces(heat, charge, set_points, shift=shift)
        heat.temp_degc = degc
        heat.steel.c_ppm = 1e4 * blown.carbon
        heat.account.energy_kwh += c["bof_kwh_nm3"] * nm3
        heat.account.cost_eur += 0.06 * nm3 + 120.0 * charge.lime_t + 70.0 * charge.dololime_t + 110.0 * charge.ore_t
        product = self._co_product(_USUAL_GAS, at_h)
        oxygen_ppm = dissolved_oxygen(blown.carbon, product, c["bof_slag_o_ppm"]) + _BLOWN_PPM
        truth = {key: set_points[key] for key in _BLOWN}
        shown = (degc + self._sublance_bias(at_h), blown.carbon, oxygen_ppm, 60.0 * sum(PHASE_MIN))
        truth.update(zip(_SHOT_KEYS[0], (clip(shown[0], 1542, 1718), *shown[1:]), strict=True))
        truth["BOF.charge.hm_temp"] = charge.hot_metal_degc
        truth["BOF.state.idle"] = idle
        truth.update(_offgas(nm3 * 60.0 / sum(PHASE_MIN)))
        return Run(truth=truth, minutes=8.0 + sum(PHASE_MIN) + 1.0)

    def finish(self, heat: Heat, set_points: SetPoints, at_h: float) -> Run:
        """Blow to the end, blow again where that missed, tap.

        Raises
        ------
        ValueError
            If the heat is not in the vessel.
        """
        blow = self._blow
        if blow is None or blow.heat != heat.number:
            raise ValueError(f"converter: {heat.key} is not in the vessel; charge and blow it first")
        self._blow = None
        c, d, n = self._c, self._d, heat.number
        ore_t = set_points[COOLANT]
        charge = replace(blow.charge, ore_t=blow.charge.ore_t + ore_t)
        nm3 = set_points[O2[5]] * END_MIN / 60.0
        use = blow.use * (1.0 + c["bof_end_use_sd"] * d.normal("bof-end-use", n))
        soft = 0.4 * c["bof_soft_blow"] * (set_points[LANCE[5]] - LANCE_M[5])
        iron = blow.first_iron_kg * clip(1.0 + soft, 0.6, 1.6)
        oxygen = blow.oxygen_nm3 + use * nm3 + ORE_NM3_T * ore_t
        error_k = blow.error_k + c["bof_end_sd_k"] * d.normal("bof-end-heat", n)
        product = self._co_product(set_points[BOTTOM_GAS], at_h)
        reach = c["bof_p_reach"] * math.exp(0.06 * d.normal("bof-reach", n))
        end = self._end(charge, blow_to(charge, oxygen, blow.critical, iron, c), error_k, reach)
        shown_degc = clip(end.degc + self._sublance_bias(at_h), 1542, 1718)
        oxygen_ppm = dissolved_oxygen(end.blown.carbon, product, c["bof_slag_o_ppm"])
        shown = (shown_degc, end.blown.carbon, oxygen_ppm, _SECOND_SHOT_S)
        again = end.blown.carbon > _REBLOW[0] or end.p > _REBLOW[1] or end.degc < _REBLOW[2]
        if again:
            nm3 += REBLOW_NM3
            oxygen += blow.use * REBLOW_NM3
            end = self._end(charge, blow_to(charge, oxygen, blow.critical, iron, c), error_k, reach)
        truth = {key: set_points[key] for key in _ENDED}
        truth.update(zip(_SHOT_KEYS[1], shown, strict=True))
        truth.update(self._analysed(heat, end, product, again=again))
        truth.update(self._tapped(heat, end, set_points))
        truth.update(self._worn(n))
        minutes = 9.0 + END_MIN + truth["BOF.tap.time"] + (REBLOW_MIN + 3.5 if again else 0.0)
        self._pay(heat, nm3, ore_t, minutes)
        return Run(truth=truth, minutes=minutes)

    def _pay(self, heat: Heat, nm3: float, ore_t: float, minutes: float) -> None:
        c, account = self._c, heat.account
        account.energy_kwh += c["bof_kwh_nm3"] * nm3 + 8.0 * heat.mass_t
        account.cost_eur += 0.06 * nm3 + 110.0 * ore_t
        account.cost_eur += (c["bof_fixed_eur_t"] + c["bof_min_eur_t"] * (minutes + 23.0)) * heat.mass_t

    def _co_product(self, gas_nm3_h: float, at_h: float) -> float:
        """[%C][%O] as the tuyeres are now."""
        c = self._c
        block = clip(0.02 * self.days_on("bof-tuyere-block", at_h), 0.0, 0.30)
        wear = c["bof_co_wear"] * self.tuyere_heats / c["bof_tuyere_heats"]
        return c["bof_co_product"] * (1.0 + wear + block) * (1.0 - 0.08 * (gas_nm3_h - _USUAL_GAS) / _USUAL_GAS)

    def _sublance_bias(self, at_h: float) -> float:
        """How much too hot the sublance reads: a slow drift that calibration sets back."""
        day = int(at_h // 24)
        last = day - day % self.calibration_days
        drift = 0.5 * (self._d.walk("bof-sublance", day) - self._d.walk("bof-sublance", last))
        return drift + clip(1.5 * self.days_on("bof-sublance-drift", at_h), 0.0, 12.0)

    def _traces(self, heat: Heat, charge: Charge, set_points: SetPoints, *, shift: bool) -> None:
        """Sulphur, copper and tin come with the scrap and stay; titanium and vanadium burn."""
        c, d, n, steel = self._c, self._d, heat.number, heat.steel
        lot = d.wander("bof-scrap-analysis", n // SCRAP_LOT, memory=2.0)
        light, heavy = set_points["BOF.charge.scrap_light"], set_points["BOF.charge.scrap_heavy"]
        dirty = c["bof_s_scrap_ppm"] * (1.0 + 0.15 * lot) + (60.0 if shift else 0.0)
        scrap = dirty * (heavy + 1.7 * light) + 30.0 * charge.return_t
        carried = steel.s_ppm + c["bof_s_back_ppm"] * heat.slag_carry_kg_t
        steel.s_ppm = steel_sulphur(charge, carried, scrap, c) * math.exp(0.13 * d.normal("bof-sulphur", n))
        worse = math.exp(0.18 * lot + 0.10 * d.normal("bof-traces", n)) * (0.7 + light / 45.0)
        steel.cu = clip(c["bof_cu"] * worse + (0.03 if shift else 0.0), 0.006, 0.095)
        steel.sn = 0.12 * steel.cu
        steel.ti_ppm = 6.0 + 0.6 * abs(d.normal("bof-traces", n, 1))
        steel.nb_ppm = clip(4.5 * worse, 2.2, 28.0)
        steel.v_ppm = clip(0.05 * steel.v_ppm * math.exp(0.15 * d.normal("bof-traces", n, 2)), 5.5, 48.0)

    def _end(self, charge: Charge, blown: Blown, error_k: float, reach: float) -> _End:
        """Metal and slag at the end of a blow."""
        c = self._c
        burnt = 1.0 - c["bof_mn_yield"]
        degc = temperature(charge, blown, burnt, c) + error_k
        mass = slag_kg(charge, blown.iron_kg, burnt)
        cao = 100.0 * (920.0 * charge.lime_t + 560.0 * charge.dololime_t) / mass
        fe_t = 100.0 * blown.iron_kg / mass
        partition = reach * partition_p(degc, cao, fe_t)
        dust_t = 1e-3 * c["bof_dust_kg_t"] * charge.bath_t
        lost_t = 1e-3 * (blown.iron_kg + c["bof_drops_share"] * mass) + dust_t
        steel_t = charge.bath_t + 0.58 * charge.ore_t - lost_t
        p = charge.p_kg / (10.0 * (steel_t + 1e-3 * mass * partition))
        return _End(charge=charge, blown=blown, degc=degc, slag_t=1e-3 * mass, p=p, steel_t=steel_t, lost_t=lost_t)

    def _analysed(self, heat: Heat, end: _End, product: float, *, again: bool) -> Truth:
        """The heat becomes steel; its analysis and that of the slag."""
        c, d, n, steel = self._c, self._d, heat.number, heat.steel
        charge, carbon = end.charge, end.blown.carbon
        kept = c["bof_mn_yield"] + 6e-4 * (end.degc - 1680.0) + 2.0 * (carbon - 0.042) + 0.02 * d.normal("bof-mn", n)
        steel.mn = 0.1 * clip(kept, 0.27, 0.53) * charge.mn_kg / end.steel_t
        steel.p = end.p
        steel.si = 0.004
        steel.c_ppm = 1e4 * carbon
        steel.o_ppm = dissolved_oxygen(carbon, product, c["bof_slag_o_ppm"])
        steel.n_ppm = c["bof_n_ppm"] * math.exp(0.10 * d.normal("bof-nitrogen", n))
        steel.n_ppm += (c["bof_n_reblow_ppm"] if again else 0.0) + 40.0 * max(0.035 - carbon, 0.0)
        heat.temp_degc, heat.mass_t = end.degc, end.steel_t
        heat.account.scrapped_t += end.lost_t
        silica = 1e-3 * charge.si_kg * 60.0 / 28.0 + 0.25
        lime = 0.92 * charge.lime_t + 0.56 * charge.dololime_t
        per = 100.0 / end.slag_t
        return {
            "BOF.slag.CaO": per * lime,
            "BOF.slag.SiO2": per * silica,
            "BOF.slag.FeO_t": per * 1e-3 * end.blown.iron_kg * 72.0 / 56.0,
            "BOF.slag.MgO": per * (0.36 * charge.dololime_t + 0.3),
            "BOF.slag.MnO": per * 1e-3 * (charge.mn_kg - 10.0 * steel.mn * end.steel_t) * 71.0 / 55.0,
            "BOF.slag.P2O5": per * 1e-3 * (charge.p_kg - 10.0 * end.p * end.steel_t) * 142.0 / 62.0,
            "BOF.slag.basicity": lime / silica,
            "BOF.end.C": carbon,
            "BOF.end.Si": steel.si,
            "BOF.end.Mn": steel.mn,
            "BOF.end.P": steel.p,
            "BOF.end.S": 1e-4 * steel.s_ppm,
            "BOF.end.N": steel.n_ppm,
            "BOF.end.O": steel.o_ppm,
            "BOF.end.temperature": end.degc,
        }

    def _tapped(self, heat: Heat, end: _End, set_points: SetPoints) -> Truth:
        """Into the ladle: heat lost, carbon boils on, air gives nitrogen, slag runs over."""
        c, d, n, steel = self._c, self._d, heat.number, heat.steel
        old = self.taphole_heats / c["bof_taphole_heats"]
        minutes = clip(7.2 - 1.8 * old + 0.25 * d.normal("bof-tap", n), 4.1, 8.9)
        preheat = clip(950.0 + 45.0 * d.normal("bof-tap", n, 1), 720.0, 1140.0)
        carry = clip(c["bof_carry_kg_t"] * (1.0 + 0.7 * old) * math.exp(0.25 * d.normal("bof-tap", n, 2)), 1.2, 11.8)
        femn, al, fep, top_lime = (set_points[key] for key in _ADDED)
        cold = 0.03 * (950.0 - preheat) + 1.5 * (minutes - 6.3) + 1.7 * (femn + al + fep) + 1.8 * (top_lime - 3.0)
        heat.temp_degc = end.degc - c["bof_tap_drop_k"] - cold + 2.0 * d.normal("bof-tap", n, 3)
        boiled = (
            clip((c["bof_boil"] + 0.02 * d.normal("bof-tap", n, 4)) * (steel.c_ppm / 420.0) ** 1.5, 0.03, 0.45)
            * steel.c_ppm
        )
        steel.c_ppm -= boiled
        steel.o_ppm = 480.0 + 0.45 * (steel.o_ppm - 1.33 * boiled - 440.0)  # ladle slag and air even it out
        steel.o_ppm = max(steel.o_ppm - 890.0 * al, 60.0)
        steel.n_ppm += c["bof_n_tap_ppm"] * math.exp(0.15 * d.normal("bof-tap", n, 5)) * (0.6 + 0.4 * minutes / 6.3)
        steel.mn += 0.072 * femn
        steel.p += 0.024 * fep
        heat.slag_carry_kg_t = carry
        feo = 100.0 * 1.286e-3 * end.blown.iron_kg / end.slag_t * carry / (carry + top_lime + 3.5)
        heat.slag_feo = clip(feo * (1.0 - 0.3 * min(al, 1.0)), 4.2, 15.8)
        heat.account.cost_eur += heat.mass_t * (2.0 * femn + 2.4 * al + 0.9 * fep + 0.12 * top_lime)
        return {
            "BOF.tap.time": minutes,
            "BOF.tap.temperature": end.degc - 7.0,
            "BOF.tap.steel_mass": heat.mass_t,
            "BOF.tap.slag_carry": carry,
            "BOF.tap.ladle_preheat": preheat,
        }

    def _worn(self, number: int) -> Truth:
        """Count the heat on everything that wears, and show its symptoms."""
        c = self._c
        self.vessel_heats += 1
        self.tuyere_heats = 0 if self.tuyere_heats + 1 >= c["bof_tuyere_heats"] else self.tuyere_heats + 1
        self.taphole_heats = 0 if self.taphole_heats + 1 >= c["bof_taphole_heats"] else self.taphole_heats + 1
        self.lance_heats = 0 if self.lance_heats + 1 >= c["bof_lance_heats"] else self.lance_heats + 1
        if self.vessel_heats >= _VESSEL_HEATS:
            self.vessel_heats = self.tuyere_heats = self.taphole_heats = 0
        bar = 6.0 + 4.0 * self.tuyere_heats / c["bof_tuyere_heats"]
        truth = {key: bar + 0.2 * self._d.normal("bof-tuyere", number, i) for i, key in enumerate(_BACK)}
        truth["BOF.state.vessel_life"] = float(self.vessel_heats)
        truth["BOF.state.taphole_life"] = float(self.taphole_heats)
        truth["BOF.state.lance_life"] = float(self.lance_heats)
        truth["BOF.state.lining_min"] = 720.0 - 500.0 * self.vessel_heats / _VESSEL_HEATS
        return truth


def _charged(heat: Heat, set_points: SetPoints) -> Charge:
    """What is charged: hot metal as commanded, as far as the ladle holds it."""
    returned = set_points["BOF.charge.scrap_return_si"]
    return Charge(
        hot_metal_t=min(set_points["BOF.charge.hm_mass"], heat.mass_t),
        hot_metal_degc=heat.temp_degc,
        c=heat.hot_metal_c,
        si=heat.hot_metal_si,
        mn=heat.steel.mn,
        p=heat.steel.p,
        scrap_t=set_points["BOF.charge.scrap_heavy"] + set_points["BOF.charge.scrap_light"] + returned,
        return_t=returned,
        lime_t=set_points["BOF.charge.lime"],
        dololime_t=set_points["BOF.charge.dololime"],
        ore_t=set_points["BOF.charge.ore"],
    )


def _offgas(o2_nm3_h: float) -> Truth:
    """Off-gas in the middle of the blow: twice the oxygen as CO, a tenth of it burnt, and air drawn in."""
    air = 22_000.0
    gas = 1.9 * o2_nm3_h + air
    return {
        "BOF.offgas.flow": gas,
        "BOF.offgas.CO": 100.0 * 1.50 * o2_nm3_h / gas,
        "BOF.offgas.CO2": 100.0 * 0.38 * o2_nm3_h / gas,
        "BOF.offgas.N2": 100.0 * 0.79 * air / gas,
    }
