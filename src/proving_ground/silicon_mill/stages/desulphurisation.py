"""Desulphurisation of hot metal: what the blast furnace sends, magnesium and lime, skimming.

What arrives wanders slowly with ore and furnace (by day), differs by cast (lots of a dozen heats) and by ladle. Carbon
follows saturation, ``C = 1.3 + 0.00257 T - 0.31 Si - 0.33 P + 0.027 Mn - short`` (T in degC, Neumann and Schenck, from
memory: sourced); titanium follows silicon (guessed).

Magnesium takes sulphur down, and lime a little::

    S_end = S_eq + (S_0 - S_eq) exp(-k m_Mg - k_CaO m_CaO)        k 4-6 t/kg, S_eq 5-10 ppm, from memory: calibrated
    dT    = -(8..12) K - 1.0 K/min                                from memory: calibrated

``m_Mg`` is what dissolves of it: less from a shallow or worn lance (guessed). The slag, of the blast furnace and of the
injection, is raked off, ``1 - exp(-t/tau)`` of it in ``t`` minutes, and iron with it (guessed); what stays is charged
to the converter and gives sulphur back there.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final

from proving_ground.constant import Constant
from proving_ground.constant import constant as _k
from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.piece import Heat
from proving_ground.silicon_mill.stages.stage import Run, SetPoints, Stage, Truth

CONSTANTS: Final[Mapping[str, Constant]] = MappingProxyType(
    {
        "hmd_si": _k(0.40, 0.37, 0.43, "%", "guessed", "usual hot metal 0.3-0.5 % (from memory)"),
        "hmd_mn": _k(0.25, 0.23, 0.27, "%", "guessed", "usual hot metal"),
        "hmd_p": _k(0.100, 0.095, 0.106, "%", "guessed", "usual hot metal 0.08-0.12 % (from memory)"),
        "hmd_s_ppm": _k(290, 265, 315, "ppm", "guessed", "usual hot metal 0.020-0.040 % (from memory)"),
        "hmd_v": _k(0.034, 0.030, 0.038, "%", "guessed", "depends on the ore"),
        "hmd_tap_degc": _k(1468, 1462, 1474, "degC", "guessed", "cast-house temperature"),
        "hmd_torpedo_k_min": _k(0.6, 0.57, 0.63, "K/min", "guessed", "torpedo and transfer"),
        "hmd_season_k": _k(4.0, 3.0, 5.0, "K", "guessed", "amplitude over the year"),
        "hmd_mass_t": _k(264, 263, 266, "t", "guessed", "filling of a charging ladle"),
        "hmd_mg_t_kg": _k(5.0, 4.5, 5.5, "t/kg", "calibrated", "k 4-6 t/kg (from memory)"),
        "hmd_cao_t_kg": _k(0.14, 0.12, 0.16, "t/kg", "guessed", "lime carries magnesium and works a little itself"),
        "hmd_s_eq_ppm": _k(7.0, 6.0, 8.0, "ppm", "calibrated", "5-10 ppm (from memory)"),
        "hmd_mg_sd": _k(0.09, 0.07, 0.11, "1", "guessed", "recovery of magnesium differs by injection"),
        "hmd_lance_wear": _k(0.12, 0.09, 0.15, "1", "guessed", "recovery lost over a lance's life"),
        "hmd_lance_heats": _k(70, 60, 85, "heats", "guessed", "life of an injection lance"),
        "hmd_drop_k": _k(10.0, 8.5, 11.5, "K", "calibrated", "8-12 K at once (from memory)"),
        "hmd_k_min": _k(1.0, 0.95, 1.05, "K/min", "calibrated", "while injecting, waiting and raking (from memory)"),
        "hmd_skim_min": _k(3.2, 2.9, 3.5, "min", "guessed", "time constant of raking; 6-10 min are usual"),
        "hmd_iron_kg_t_min": _k(0.9, 0.8, 1.0, "kg/(t min)", "guessed", "iron raked off with the slag"),
        "hmd_mg_eur_kg": _k(2.7, 2.5, 2.9, "EUR/kg", "guessed", "coated magnesium"),
        "hmd_cao_eur_kg": _k(0.16, 0.15, 0.17, "EUR/kg", "guessed", "fine lime"),
        "hmd_eur_t_min": _k(0.09, 0.08, 0.10, "EUR/(t min)", "guessed", "lance, rake, crew"),
        "hmd_kwh_t_min": _k(0.08, 0.07, 0.09, "kWh/(t min)", "guessed", "dedusting and gas"),
    }
)
"""Every uncertain constant by name."""

LOT: Final = 12
"""Heats from one cast of the blast furnace."""

_PHASES: Final = ("HMD.injection_phase01.", "HMD.injection_phase02.")
_MG: Final = tuple(p + "mg_rate" for p in _PHASES)
_CAO: Final = tuple(p + "cao_rate" for p in _PHASES)
_DEPTH: Final = tuple(p + "lance_depth" for p in _PHASES)
_MINUTES: Final = tuple(p + "duration" for p in _PHASES)
_USED: Final = (*_MG, *_CAO, *_DEPTH, *_MINUTES, "HMD.skim.start_delay", "HMD.skim.duration")


@dataclass(frozen=True, slots=True, kw_only=True)
class DesulphurisationRecipe:
    """What the works decides about desulphurisation.

    Parameters
    ----------
    aim_s_ppm
        Sulphur to reach.
    cao_per_mg
        Lime per magnesium, kg/kg.
    skim_min
        Raking.
    lance_depth_m
        Depth of injection.
    """

    aim_s_ppm: float = 20.0
    cao_per_mg: float = 4.5
    skim_min: float = 8.0
    lance_depth_m: float = 2.1


def clip(value: float, low: float, high: float) -> float:
    """The value, or the limit it lies beyond."""
    return min(max(value, low), high)


def measured(heat: Heat, key: str, usual: float) -> float:
    """What an instrument showed for a heat, or what is usual where it showed nothing."""
    value = heat.seen.get(key, usual)
    return value if math.isfinite(value) else usual


def saturation_c(temp_degc: float, si: float, p: float, mn: float) -> float:
    """Carbon at saturation of hot metal, mass % (Neumann and Schenck, from memory).

    Parameters
    ----------
    temp_degc
        Of the metal [T].
    si, p, mn
        Mass %.

    Examples
    --------
    >>> round(saturation_c(1350.0, 0.4, 0.1, 0.25), 2)
    4.62
    """
    return 1.3 + 0.00257 * temp_degc - 0.31 * si - 0.33 * p + 0.027 * mn


def sulphur_after(s0_ppm: float, s_eq_ppm: float, exponent: float) -> float:
    """Sulphur after injection (page equation, from memory).

    Parameters
    ----------
    s0_ppm, s_eq_ppm
        Before, and what cannot be gone below [S_0, S_eq].
    exponent
        [k m_Mg], and what lime adds to it.

    Examples
    --------
    >>> round(sulphur_after(300.0, 8.0, 5.0 * 0.5), 1)
    32.0
    """
    return s_eq_ppm + max(s0_ppm - s_eq_ppm, 0.0) * math.exp(-exponent)


def left_after_raking(minutes: float, tau_min: float) -> float:
    """Share of the slag still on the metal after raking (guessed).

    Examples
    --------
    >>> round(left_after_raking(8.0, 3.2), 3)
    0.082
    """
    return math.exp(-minutes / tau_min)


class Desulphurisation(Stage):
    """Hot metal from the blast furnace, desulphurised and raked.

    Attributes
    ----------
    lance_heats
        How many heats the lance has served.
    """

    DISTURBANCES: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "hmd-ore-change": "a new ore: P +0.012 %, S +20 %, Ti +0.02 %, V +0.008 %, at once",
            "hmd-lance-leak": "magnesium escapes through a cracked lance: recovery falls by 5 % a day down to -30 %",
        }
    )
    CAUSAL: ClassVar[tuple[str, ...]] = (*_MG, *_MINUTES, "HMD.skim.duration", "HMD.hm_analysis.S", "HMD.post.S")

    def __init__(self, constants: Mapping[str, float], draws: Disturbances) -> None:
        super().__init__(constants, draws)
        self.lance_heats = 23

    def preset(self, recipe: DesulphurisationRecipe, heat: Heat) -> dict[str, float]:
        """Set-points: magnesium for the sulphur measured (the usual sulphur where there is no analysis yet)."""
        c = self._c
        s0 = 1e4 * measured(heat, "HMD.hm_analysis.S", 1e-4 * c["hmd_s_ppm"])
        mass_t = measured(heat, "HMD.hm_state.mass", c["hmd_mass_t"])
        above = max(recipe.aim_s_ppm - c["hmd_s_eq_ppm"], 2.0)
        per_kg = c["hmd_mg_t_kg"] * self._recovery(recipe.lance_depth_m, 0.5 * c["hmd_lance_heats"])
        per_kg += c["hmd_cao_t_kg"] * recipe.cao_per_mg
        mg_kg = mass_t * math.log(max(s0 - c["hmd_s_eq_ppm"], 50.0) / above) / per_kg
        rate = clip(mg_kg / 12.0, 7.0, 15.0)
        points = {
            "HMD.skim.start_delay": 3.0,
            "HMD.skim.duration": clip(recipe.skim_min, 4.0, 12.0),
        }
        for i, share in enumerate((1.05, 0.95)):
            points[_MG[i]] = clip(rate * share, 5.0, 16.0)
            points[_CAO[i]] = clip(rate * share * recipe.cao_per_mg, 25.0, 70.0)
            points[_DEPTH[i]] = clip(recipe.lance_depth_m, 1.5, 2.6)
            points[_MINUTES[i]] = clip(0.5 * mg_kg / rate, 2.0, 10.0)
        return points

    def receive(self, heat: Heat, at_h: float) -> Run:
        """The hot metal arrives: draw it, and give its true analysis and state."""
        day, lot, n = int(at_h // 24), heat.number // LOT, heat.number
        d, c = self._d, self._c
        new_ore = 1.0 if self.days_on("hmd-ore-change", at_h) >= 0.0 else 0.0
        ore = d.wander("hmd-ore", day, memory=20.0)
        furnace = d.wander("hmd-furnace", day, memory=5.0)
        si = c["hmd_si"] + 0.035 * furnace + 0.03 * d.normal("hmd-cast", lot) + 0.03 * d.normal("hmd-metal", n, 0)
        si = clip(si, 0.22, 0.65)
        steel = heat.steel
        steel.mn = clip(c["hmd_mn"] + 0.012 * ore + 0.018 * d.normal("hmd-metal", n, 1), 0.13, 0.37)
        steel.p = clip(c["hmd_p"] + 0.004 * ore + 0.003 * d.normal("hmd-metal", n, 2) + 0.012 * new_ore, 0.075, 0.137)
        log_s = 0.07 * d.normal("hmd-cast", lot, 1) + 0.13 * d.normal("hmd-metal", n, 3) + 0.04 * ore
        log_s += 0.18 * new_ore - 0.5 * (si - c["hmd_si"])
        steel.s_ppm = clip(c["hmd_s_ppm"] * math.exp(log_s), 160.0, 490.0)
        heat.hot_metal_ti = clip(0.06 * si / 0.40 + 0.006 * d.normal("hmd-metal", n, 4) + 0.02 * new_ore, 0.032, 0.115)
        steel.v_ppm = clip(
            1e4 * c["hmd_v"] + 40.0 * ore + 15.0 * d.normal("hmd-metal", n, 5) + 80.0 * new_ore, 120, 580
        )
        since_min = clip(170.0 + 35.0 * d.normal("hmd-metal", n, 6), 65.0, 290.0)
        season = c["hmd_season_k"] * math.sin(2.0 * math.pi * (at_h / 8766.0 - 0.3))
        hot = c["hmd_tap_degc"] + 6.0 * furnace + 5.0 * d.normal("hmd-cast", lot, 2) + 7.0 * d.normal("hmd-metal", n, 7)
        heat.temp_degc = clip(hot + season - c["hmd_torpedo_k_min"] * since_min, 1284.0, 1416.0)
        heat.mass_t = clip(c["hmd_mass_t"] + 2.0 * d.normal("hmd-metal", n, 8), 250.0, 280.0)
        heat.slag_carry_kg_t = clip(9.0 * math.exp(0.22 * d.normal("hmd-metal", n, 9)), 4.0, 19.0)
        short = 0.18 + 0.04 * d.normal("hmd-metal", n, 10)
        heat.hot_metal_c = clip(saturation_c(heat.temp_degc, si, steel.p, steel.mn) - short, 4.05, 4.75)
        heat.hot_metal_si = si
        steel.c_ppm = 1e4 * heat.hot_metal_c
        steel.si = si
        return Run(truth=_arrived(heat, since_min), minutes=0.0)

    def process(self, heat: Heat, set_points: SetPoints, at_h: float) -> Run:
        """Inject and rake; where nobody has received the hot metal yet, it arrives first."""
        truth = self.receive(heat, at_h).truth if math.isnan(heat.hot_metal_c) else {}
        c, d, n = self._c, self._d, heat.number
        kg = [set_points[r] * set_points[t] / heat.mass_t for r, t in zip(_MG, _MINUTES, strict=True)]
        cao = sum(set_points[r] * set_points[t] for r, t in zip(_CAO, _MINUTES, strict=True)) / heat.mass_t
        leak = clip(0.05 * self.days_on("hmd-lance-leak", at_h), 0.0, 0.30)
        luck = (1.0 - leak) * math.exp(c["hmd_mg_sd"] * d.normal("hmd-injection", n))
        mg = sum(m * self._recovery(set_points[z], self.lance_heats) for m, z in zip(kg, _DEPTH, strict=True))
        exponent = c["hmd_mg_t_kg"] * luck * mg + c["hmd_cao_t_kg"] * cao
        heat.steel.s_ppm = clip(sulphur_after(heat.steel.s_ppm, c["hmd_s_eq_ppm"], exponent), 5.0, 600.0)
        injecting = sum(set_points[t] for t in _MINUTES)
        skim = set_points["HMD.skim.duration"]
        minutes = injecting + set_points["HMD.skim.start_delay"] + skim
        slag = heat.slag_carry_kg_t + 1.3 * (sum(kg) + cao) + 2.5
        left = left_after_raking(skim, c["hmd_skim_min"] * math.exp(0.06 * d.normal("hmd-rake", n)))
        iron = c["hmd_iron_kg_t_min"] * skim * math.exp(0.15 * d.normal("hmd-rake", n, 1))
        drop = c["hmd_drop_k"] + c["hmd_k_min"] * minutes + 1.5 * d.normal("hmd-injection", n, 1)
        self._settle(heat, mg_kg_t=sum(kg), cao_kg_t=cao, iron_kg_t=iron, minutes=minutes)
        heat.temp_degc -= drop
        heat.slag_carry_kg_t = slag * left
        self.lance_heats = 0 if self.lance_heats + 1 >= c["hmd_lance_heats"] else self.lance_heats + 1
        truth.update({key: set_points[key] for key in _USED})
        truth.update(
            {
                "HMD.skim.slag_removed": slag * (1.0 - left),
                "HMD.skim.iron_loss": iron,
                "HMD.skim.temp_drop": drop,
                "HMD.post.S": 1e-4 * heat.steel.s_ppm,
                "HMD.post.Si": heat.hot_metal_si,
                "HMD.post.C": heat.hot_metal_c,
                "HMD.post.temperature": heat.temp_degc,
                "HMD.state.lance_life": float(self.lance_heats),
            }
        )
        return Run(truth=truth, minutes=minutes)

    def _recovery(self, depth_m: float, heats: float) -> float:
        """Share of the magnesium that dissolves, 1 at usual depth with a new lance."""
        return (1.0 + 0.12 * (depth_m - 2.1)) * (1.0 - self._c["hmd_lance_wear"] * heats / self._c["hmd_lance_heats"])

    def _settle(self, heat: Heat, *, mg_kg_t: float, cao_kg_t: float, iron_kg_t: float, minutes: float) -> None:
        c, account = self._c, heat.account
        per_t = mg_kg_t * c["hmd_mg_eur_kg"] + cao_kg_t * c["hmd_cao_eur_kg"] + minutes * c["hmd_eur_t_min"]
        account.cost_eur += per_t * heat.mass_t
        account.energy_kwh += c["hmd_kwh_t_min"] * minutes * heat.mass_t
        lost_t = 1e-3 * iron_kg_t * heat.mass_t
        account.scrapped_t += lost_t
        heat.mass_t -= lost_t


def _arrived(heat: Heat, since_min: float) -> Truth:
    steel = heat.steel
    return {
        "HMD.hm_analysis.C": heat.hot_metal_c,
        "HMD.hm_analysis.Si": heat.hot_metal_si,
        "HMD.hm_analysis.Mn": steel.mn,
        "HMD.hm_analysis.P": steel.p,
        "HMD.hm_analysis.S": 1e-4 * steel.s_ppm,
        "HMD.hm_analysis.Ti": heat.hot_metal_ti,
        "HMD.hm_analysis.V": 1e-4 * steel.v_ppm,
        "HMD.hm_state.temperature": heat.temp_degc,
        "HMD.hm_state.mass": heat.mass_t,
        "HMD.hm_state.time_since_tap": since_min,
        "HMD.hm_state.slag_carry": heat.slag_carry_kg_t,
    }
