"""Slab reheating: a walking-beam furnace, and what goes into solution in it.

Twelve zones are six pairs along the way, odd ones above the slab and even ones below. The slab stays the same time in
each pair; the pitch of the beams sets how long that is.

::

    q      = eps sigma (T_g^4 - T_s^4),  rho c dT/dt = lambda d2T/dx2       lambda 28 W/mK     (sourced, from memory)
    m^2    = 2 k_p t,  k_p = k_0 exp(-150 kJ/RT)                            scale              (sourced, from memory)
    ferrite    log [Mn][S] = -14,855/T + 6.82    log [Al][N] = -10,062/T + 2.72                (sourced, from memory)
    austenite  log [Mn][S] =  -9,020/T + 2.93    log [Al][N] =  -6,770/T + 1.03                (sourced, from memory)

What sulphur dissolves here comes out fine while rolling and holds the grains of the finished strip small: a furnace
hotter by 100 K costs loss (sourced). Above about 1,173 degC the scale of a steel of more than 1.5 % Si melts (iron
oxide and fayalite), loses metal faster and sticks. Slabs of more than 2.5 % Si should come warm: cold ones crack.

The thermocouples of the zones drift and are put right at every calibration; the furnace really runs off by their bias.
Figures without a source are guessed from usual practice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, sqrt
from types import MappingProxyType
from typing import ClassVar, Final

from proving_ground.constant import Constant
from proving_ground.constant import constant as _c
from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.piece import Coil, Steel
from proving_ground.silicon_mill.stages.hot_strip import GAS, RHO_C, SIGMA, ZERO_DEGC, austenite_share
from proving_ground.silicon_mill.stages.stage import Run, SetPoints, Stage, Truth

AIR_DEGC: Final = 20.0
LAMBDA: Final = 28.0
EUTECTIC_DEGC: Final = 1173.0
SCALE_KJ: Final = 150.0
PAIRS: Final = 6
FURNACE_MM: Final = 36_000.0
BEAT_MIN: Final = 2.5
"""From one stroke of the beams to the next."""
CALIBRATION_DAYS: Final = 30
CLEANING_DAYS: Final = 90
DESCALE_LIFE: Final = 2500.0
"""Slabs that a set of descaling nozzles serves."""

CONSTANTS: Final[Mapping[str, Constant]] = MappingProxyType(
    {
        "reheat_emissivity": _c(0.60, 0.58, 0.62, "1", "sourced", "0.5-0.7 (from memory)"),
        "reheat_bias_k": _c(0.7, 0.6, 0.8, "K/day^0.5", "guessed", "thermocouples drift 4 K within 30 days"),
        "reheat_zone_sd_k": _c(10.5, 9.2, 11.8, "K", "calibrated", "slab to slab: true discharge sd 15 K"),
        "reheat_pace_sd": _c(0.05, 0.04, 0.06, "1", "guessed", "the mill's pauses make the residence vary"),
        "reheat_cool_h": _c(42.0, 36.0, 48.0, "h", "guessed", "a stacked slab loses 63 % of its heat"),
        "reheat_scale_k0": _c(1.85e3, 1.75e3, 1.95e3, "kg2/m4s", "calibrated", "scale loss 0.6-1.2 %"),
        "reheat_fayalite": _c(2.5, 2.35, 2.65, "1", "guessed", "k_p over the eutectic: loss x1.5-2 (from memory)"),
        "reheat_dissolve_min": _c(18.0, 15.0, 21.0, "min", "guessed", "coarse sulphides dissolve"),
        "reheat_scale_share": _c(0.0044, 0.0041, 0.0047, "1", "calibrated", "1-2 % of coils with pits or red scale"),
        "reheat_cold_crack": _c(0.008, 0.006, 0.010, "1", "guessed", "slabs over 2.5 % Si charged cold"),
        "reheat_efficiency": _c(0.585, 0.56, 0.61, "1", "calibrated", "280-480 kWh/t of gas"),
        "reheat_wall_mw": _c(5.4, 4.8, 6.0, "MW", "calibrated", "walls and skid cooling of one furnace"),
        "reheat_fouling": _c(0.03, 0.02, 0.04, "1", "guessed", "efficiency lost before the burners are cleaned"),
        "reheat_gas_mj": _c(12.0, 11.0, 13.0, "MJ/Nm3", "guessed", "mixed works gas"),
        "reheat_skid_k": _c(19.0, 16.0, 22.0, "K", "sourced", "skid mark 10-30 K (from memory)"),
        "reheat_eur_t": _c(5.5, 4.8, 6.2, "EUR/t", "guessed", "crew, walls, skids"),
        "reheat_kwh_t": _c(12.0, 10.0, 14.0, "kWh/t", "guessed", "fans, beams, descaling"),
    }
)

GAS_EUR_KWH: Final = 0.045
POWER_EUR_KWH: Final = 0.11

_SET: Final = tuple(f"REHEAT.zone_z{i:02d}.temp_sp" for i in range(1, 13))
_TEMPS: Final = tuple(f"REHEAT.zone_z{i:02d}.temp" for i in range(1, 13))
_GAS: Final = tuple(f"REHEAT.zone_z{i:02d}.gas_flow" for i in range(1, 13))
_AIR: Final = tuple(f"REHEAT.zone_z{i:02d}.air_ratio" for i in range(1, 13))
_CORES: Final = tuple(f"REHEAT.node_n{i:02d}.core_temp" for i in range(1, 6))
_STAYS: Final = tuple(f"REHEAT.node_n{i:02d}.residence" for i in range(1, 6))
_BIASES: Final = tuple(f"reheat.bias-{i}" for i in range(1, 7))
_HEADERS: Final = tuple(
    (f"REHEAT.descale_h{i:02d}.pressure", f"REHEAT.descale_h{i:02d}.flow", f"REHEAT.descale_h{i:02d}.nozzle_wear")
    for i in (1, 2)
)
_PROFILE: Final = (-270.0, -140.0, -25.0, 32.0, 36.0, 12.0)
"""Zone pairs against the discharge temperature aimed at."""
_ANSWERS: Final = (0.0, 0.0, 0.5, 1.0, 1.0, 0.4)
"""How far each pair moves when a slab needs more or less heat."""
_WEIGHTS: Final = (0.016, 0.026, 0.048, 0.104, 0.245, 0.644)
"""Of a pair's temperature in that of the slab on leaving."""

_WALLS: Final = (0.08, 0.10, 0.14, 0.17, 0.20, 0.31)
"""Of the losses through walls, skids and doors, by pair."""
_NOMINAL_EMISSIVITY: Final = 0.6
_GAIN: Final = 0.63
"""By how much the slab leaves hotter for each kelvin of answer."""


def dissolved_s_ppm(temp_degc: float, steel: Steel) -> float:
    """Sulphur that the solubility of MnS lets into solution, ppm, at most what there is.

    Examples
    --------
    >>> steel = Steel(si=3.0, al=0.5, mn=0.25, s_ppm=99.0)
    >>> [round(dissolved_s_ppm(t, steel)) for t in (1100, 1150, 1200, 1250)]
    [4, 10, 22, 47]
    """
    t = temp_degc + ZERO_DEGC
    gamma = austenite_share(steel.si + 2.0 * steel.al, temp_degc)
    product: float = (1.0 - gamma) * 10.0 ** (6.82 - 14_855.0 / t) + gamma * 10.0 ** (2.93 - 9_020.0 / t)
    return min(1e4 * product / max(steel.mn, 0.02), steel.s_ppm)


def dissolved_n_ppm(temp_degc: float, steel: Steel) -> float:
    """Nitrogen that the solubility of AlN lets into solution, ppm, at most what there is.

    Examples
    --------
    >>> [f"{dissolved_n_ppm(1150, Steel(si=3.0, al=al, n_ppm=99.0)):.2g}" for al in (0.5, 0.03)]
    ['0.89', '15']
    """
    t = temp_degc + ZERO_DEGC
    gamma = austenite_share(steel.si + 2.0 * steel.al, temp_degc)
    product: float = (1.0 - gamma) * 10.0 ** (2.72 - 10_062.0 / t) + gamma * 10.0 ** (1.03 - 6_770.0 / t)
    return min(1e4 * product / max(steel.al, 0.003), steel.n_ppm)


def charge_degc(waited_h: float, cool_h: float, start_degc: float = 700.0) -> float:
    """Temperature of a slab that has waited in a stack, degC."""
    return AIR_DEGC + (start_degc - AIR_DEGC) * exp(-max(waited_h, 0.0) / cool_h)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heated:
    """A slab on leaving the furnace.

    Parameters
    ----------
    mean_degc, core_degc
        Temperatures.
    hot_min
        Minutes within 30 K of the mean temperature on leaving.
    scale_kg_m2
        Iron lost per face.
    molten_min
        Minutes with a surface over the eutectic.
    cores, means
        After each pair of zones.
    """

    mean_degc: float
    core_degc: float
    hot_min: float
    scale_kg_m2: float
    molten_min: float
    cores: tuple[float, ...]
    means: tuple[float, ...]


def heat_slab(
    start_degc: float, zones: tuple[float, ...], minutes: float, emissivity: float, scaling: tuple[float, float]
) -> Heated:
    """Heat a slab of 220 mm through its pairs of zones: explicit conduction on five nodes.

    Parameters
    ----------
    start_degc
        Uniform, as charged.
    zones
        True furnace temperatures above and below by turns, degC.
    minutes
        In each pair.
    emissivity
        Of slab and furnace together.
    scaling
        Rate of scaling [k_0], kg2/m4s, and by how much it is faster over the eutectic.

    Examples
    --------
    >>> slab = heat_slab(20.0, (1150.0,) * 12, 100.0, 0.6, (1.85e3, 1.0))
    >>> round(slab.mean_degc), round(slab.core_degc)
    (1150, 1150)
    """
    steps = max(int(minutes * 60.0 / 105.0) + 1, 8)
    dt, dx = minutes * 60.0 / steps, 0.055
    a, b = LAMBDA * dt / (RHO_C * dx * dx), 2.0 * emissivity * SIGMA * dt / (RHO_C * dx)
    a2 = 2.0 * a
    k0, faster = scaling
    t1 = t2 = t3 = t4 = t5 = start_degc + ZERO_DEGC
    molten_k, growth, molten = EUTECTIC_DEGC + ZERO_DEGC, 0.0, 0
    path: list[float] = []
    cores: list[float] = []
    for pair in range(0, 2 * PAIRS, 2):
        top, bottom = _fourth(zones[pair] + ZERO_DEGC), _fourth(zones[pair + 1] + ZERO_DEGC)
        for _ in range(steps):
            n1 = t1 + a2 * (t2 - t1) + b * (top - _fourth(t1))
            n5 = t5 + a2 * (t4 - t5) + b * (bottom - _fourth(t5))
            n2, n4 = t2 + a * (t1 + t3 - t2 - t2), t4 + a * (t3 + t5 - t4 - t4)
            t3 += a * (t2 + t4 - t3 - t3)
            t1, t2, t4, t5 = n1, n2, n4, n5
            path.append(0.125 * (t1 + t5) + 0.25 * (t2 + t3 + t4))
            face = 0.5 * (t1 + t5)
            if face > molten_k:
                growth += faster * exp(-SCALE_KJ / (GAS * face))
                molten += 1
            elif face > 1100.0:
                growth += exp(-SCALE_KJ / (GAS * face))
        cores.append(t3 - ZERO_DEGC)
    warm = path[-1] - 30.0
    return Heated(
        mean_degc=path[-1] - ZERO_DEGC,
        core_degc=cores[-1],
        hot_min=sum(t > warm for t in path) * dt / 60.0,
        scale_kg_m2=sqrt(2.0 * k0 * growth * dt),
        molten_min=molten * dt / 60.0,
        cores=tuple(cores),
        means=tuple(t - ZERO_DEGC for t in path[steps - 1 :: steps]),
    )


def _fourth(kelvin: float) -> float:
    square = kelvin * kelvin
    return square * square


@dataclass(frozen=True, slots=True, kw_only=True)
class ReheatingRecipe:
    """What is decided at the furnace.

    Parameters
    ----------
    discharge_degc
        Mean temperature of the slab on leaving that is aimed at.
    residence_min
        In the furnace.
    air_ratio
        Air over what the gas needs to burn.
    descale_bar
        At the nozzles that take the scale off.
    """

    discharge_degc: float = 1160.0
    residence_min: float = 200.0
    air_ratio: float = 1.08
    descale_bar: float = 175.0


def preset(recipe: ReheatingRecipe, coil: Coil, at_h: float) -> dict[str, float]:
    """The set-points of a slab: the zones follow from the aim, the residence and how long the slab has waited.

    The works' model is the slab's conduction with usual constants, corrected once.
    """
    charged = charge_degc(at_h - coil.cast_h, CONSTANTS["reheat_cool_h"].nominal)
    lack = 0.24 * (200.0 - recipe.residence_min)
    stay = recipe.residence_min / PAIRS
    expected = heat_slab(charged, _laid_out(recipe, lack), stay, _NOMINAL_EMISSIVITY, (1.0, 1.0)).mean_degc
    zones = _laid_out(recipe, lack + (recipe.discharge_degc - expected) / _GAIN)
    points = {
        "REHEAT.furnace.beam_pitch": min(max(FURNACE_MM * BEAT_MIN / recipe.residence_min, 300.0), 600.0),
        "REHEAT.descale_h01.pressure": recipe.descale_bar,
        "REHEAT.descale_h02.pressure": recipe.descale_bar,
    }
    points.update(zip(_SET, zones, strict=True))
    points.update((key, recipe.air_ratio) for key in _AIR)
    return points


def _laid_out(recipe: ReheatingRecipe, lack: float) -> tuple[float, ...]:
    """The zones of a slab that lacks so many kelvin against the usual one."""
    pairs = [recipe.discharge_degc + p + a * lack for p, a in zip(_PROFILE, _ANSWERS, strict=True)]
    return tuple(min(max(zone, 750.0), 1250.0) for zone in pairs for _ in (0, 1))


class Reheating(Stage):
    """Three walking-beam furnaces in step, with one set of drifting thermocouples.

    Attributes
    ----------
    calibration_days
        From one calibration of the thermocouples to the next; a practice may change it.
    """

    DISTURBANCES: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "reheat-thermocouple-drift": "ramp: the zones read 3 K less every day, at most 40 K: too hot a furnace",
            "reheat-descale-nozzles": "ramp: descaling nozzles wash out by 4 % a day, at most 30 %",
            "reheat-lean-gas": "step: a quarter of the gas's heating value is missing, and its flame is cooler",
        }
    )
    CAUSAL: ClassVar[tuple[str, ...]] = (*_SET, "REHEAT.furnace.beam_pitch", "REHEAT.furnace.discharge_temp")

    def __init__(self, constants: Mapping[str, float], draws: Disturbances) -> None:
        super().__init__(constants, draws)
        self.calibration_days = CALIBRATION_DAYS
        self._descaled = 0

    def process(self, coil: Coil, set_points: SetPoints, at_h: float) -> Run:
        """Heat a slab and descale it.

        Parameters
        ----------
        coil
            The slab.
        set_points
            As :func:`preset` gives them.
        at_h
            When it is charged.
        """
        c, d, number = self._c, self._d, coil.number
        dice = d.normals("reheat.slab", number)
        charged = charge_degc(at_h - coil.cast_h, c["reheat_cool_h"]) + 6.0 * float(dice[0])
        charged = min(max(charged, AIR_DEGC), 699.0)
        delay_s = min(60.0 + 45.0 * abs(float(dice[1])), 600.0)
        minutes = FURNACE_MM / set_points["REHEAT.furnace.beam_pitch"] * BEAT_MIN + delay_s / 60.0
        minutes *= 1.0 + c["reheat_pace_sd"] * min(max(float(dice[2]), -2.5), 2.5)
        shown, off = self._zones(set_points, at_h)
        slab_k = c["reheat_zone_sd_k"] * float(dice[3])
        zones = tuple(zone + off[place // 2] + slab_k for place, zone in enumerate(shown))
        air = sum(set_points[key] for key in _AIR) / 12.0
        sticky = min(max((coil.steel.si - 1.2) / 0.6, 0.0), 1.0)
        scaling = c["reheat_scale_k0"] * (1.0 + 2.5 * (air - 1.08)), 1.0 + (c["reheat_fayalite"] - 1.0) * sticky
        slab = heat_slab(charged, zones, minutes / PAIRS, c["reheat_emissivity"], scaling)
        unseen = sum(w * k for w, k in zip(_WEIGHTS, off, strict=True)) + 0.9 * slab_k
        truth = self._steel(coil, slab, charged)
        truth.update(self._scale(coil, slab, set_points, (air, sticky), at_h))
        truth.update(self._fuel(coil, slab, (charged, minutes, air), at_h))
        truth.update(zip(_TEMPS, shown, strict=True))
        truth.update((key, set_points[key]) for key in _SET)
        truth.update((key, set_points[key]) for key in _AIR)
        truth.update(zip(_CORES, slab.cores, strict=False))
        truth.update((key, minutes / PAIRS) for key in _STAYS)
        truth["REHEAT.furnace.beam_pitch"] = set_points["REHEAT.furnace.beam_pitch"]
        truth["REHEAT.furnace.residence"] = minutes
        truth["REHEAT.furnace.discharge_temp"] = slab.mean_degc - unseen
        truth["REHEAT.energy.rollout_delay"] = delay_s
        truth["REHEAT.entry.wait"] = min(max(at_h - coil.cast_h, 0.0), 72.0)
        coil.ready_h = at_h + minutes / 60.0
        # Slabs lie 200 mm apart in three furnaces.
        return Run(truth=truth, minutes=minutes * (coil.slab_width_mm + 200.0) / FURNACE_MM / 3.0)

    def _zones(self, set_points: SetPoints, at_h: float) -> tuple[list[float], list[float]]:
        """What the zones show, and by how much each pair is really hotter."""
        d, day = self._d, int(at_h // 24)
        last = day - day % max(self.calibration_days, 1)
        step = self._c["reheat_bias_k"]
        common = 0.8 * step * (d.walk("reheat.bias", day) - d.walk("reheat.bias", last))
        common += min(3.0 * max(self.days_on("reheat-thermocouple-drift", at_h), 0.0), 40.0)
        off = [common + 0.6 * step * (d.walk(name, day) - d.walk(name, last)) for name in _BIASES]
        lean = 5.0 if self.days_on("reheat-lean-gas", at_h) >= 0.0 else 0.0
        lag = lean + 4.0 * (day % CLEANING_DAYS) / CLEANING_DAYS
        return [set_points[key] - lag for key in _SET], off

    def _steel(self, coil: Coil, slab: Heated, charged: float) -> Truth:
        """What has gone into solution, and whether the slab came too cold."""
        c, steel = self._c, coil.steel
        done = 1.0 - exp(-slab.hot_min / c["reheat_dissolve_min"])
        coil.reheat_degc, coil.reheat_min = slab.mean_degc, slab.hot_min
        coil.dissolved_s_ppm = done * dissolved_s_ppm(slab.mean_degc, steel)
        coil.dissolved_n_ppm = done * dissolved_n_ppm(slab.mean_degc, steel)
        if steel.si > 2.5:
            chance = c["reheat_cold_crack"] / (1.0 + exp((charged - 130.0) / 20.0))
            if self._d.uniform("reheat.crack", coil.number) < chance and "edge_crack" not in coil.defects:
                coil.defects.append("edge_crack")
        return {"REHEAT.furnace.charge_temp": charged}

    def _scale(
        self, coil: Coil, slab: Heated, set_points: SetPoints, air_sticky: tuple[float, float], at_h: float
    ) -> Truth:
        """Lose the scale, and take off what the nozzles can."""
        c, (air, sticky) = self._c, air_sticky
        share = min(2.0 * slab.scale_kg_m2 / (7650.0 * 1e-3 * coil.slab_thickness_mm), 0.03)
        coil.account.scrapped_t += share * coil.mass_t
        coil.mass_t *= 1.0 - share
        self._descaled += 1
        wear = 18.0 * (self._descaled % DESCALE_LIFE) / DESCALE_LIFE
        wear = min(wear + 4.0 * max(self.days_on("reheat-descale-nozzles", at_h), 0.0), 30.0)
        truth: Truth = {"REHEAT.furnace.scale_loss": 100.0 * share}
        pressure = 0.0
        for bar, flow, worn in _HEADERS:
            pressure += 0.5 * set_points[bar]
            truth[bar], truth[worn] = set_points[bar], wear
            truth[flow] = min(265.0 * sqrt(set_points[bar] / 175.0) * (1.0 + 0.01 * wear), 418.0)
        index = (share / 0.009) ** 0.7 * (1.0 + sticky * slab.molten_min / 45.0) * (1.0 + 3.0 * abs(air - 1.06))
        coil.scale_index = index * (175.0 / pressure) * (1.0 - 0.01 * wear) ** -1.5 * 0.85
        coil.scale_index *= exp(0.25 * self._d.normal("reheat.scale", coil.number))
        chance = c["reheat_scale_share"] * coil.scale_index * coil.scale_index
        if self._d.uniform("reheat.pits", coil.number) < chance and "scale" not in coil.defects:
            coil.defects.append("scale")
        return truth

    def _fuel(self, coil: Coil, slab: Heated, stay: tuple[float, float, float], at_h: float) -> Truth:
        """Burn the gas: heat of the slab and of the walls over what the flame leaves in the furnace."""
        c, (charged, minutes, air) = self._c, stay
        t_h = coil.mass_t * 60.0 * FURNACE_MM / (minutes * (coil.slab_width_mm + 200.0))
        per_k = RHO_C / 7650.0 / 3.6e3  # kWh/t K
        wall = 1e3 * c["reheat_wall_mw"] / t_h
        day = int(at_h // 24)
        fouled = (day % CLEANING_DAYS) / CLEANING_DAYS
        efficiency = c["reheat_efficiency"] - 0.35 * (air - 1.08) - c["reheat_fouling"] * fouled
        efficiency -= 0.8 * max(1.02 - air, 0.0)
        gas = (per_k * (slab.mean_degc - charged) + wall) / efficiency
        power = c["reheat_kwh_t"]
        coil.account.energy_kwh += coil.mass_t * (gas + power)
        coil.account.cost_eur += coil.mass_t * (GAS_EUR_KWH * gas + POWER_EUR_KWH * power + c["reheat_eur_t"])
        mj = c["reheat_gas_mj"] + 0.6 * self._d.wander("reheat.gas", day, memory=5.0)
        mj *= 0.75 if self.days_on("reheat-lean-gas", at_h) >= 0.0 else 1.0
        starts = (charged, *slab.means[:-1])
        truth = {
            "REHEAT.furnace.gas_cv": mj,
            "REHEAT.furnace.flue_o2": min(max(20.0 * (air - 1.0), 0.6), 4.9),
            "REHEAT.furnace.flue_co": min(180.0 + 4e4 * max(1.03 - air, 0.0), 2950.0),
            "REHEAT.energy.gas_use": gas,
            "REHEAT.energy.skid_dT": c["reheat_skid_k"] * exp(0.006 * (200.0 - minutes)) * (1.0 + 0.2 * fouled),
            "REHEAT.energy.cooling_loss": min(0.75 * wall, 59.0),
        }
        for place, key in enumerate(_GAS):
            pair = place // 2
            kwh = 0.5 * (per_k * max(slab.means[pair] - starts[pair], 0.0) + _WALLS[pair] * wall)
            truth[key] = max(3.6 * kwh * t_h / efficiency / mj, 520.0)
        return truth
