"""Final annealing: recrystallisation, grain growth, and what the atmosphere does to the surface.

Sixteen zones heat the strip by the strip equation (:mod:`.strip_furnace`); grains recrystallise and grow along the path
(:mod:`.grain`). The soak pyrometer looks at the second half of the furnace. It drifts by 5-15 K between calibrations
(hidden; random walk), and it is fooled by each coil's emissivity, which depends on roughness and oxide. Level 2 trims
the zones until the pyrometer shows the aim: so the strip is truly off by what the pyrometer is off. The trim is a state
of the line (:attr:`Annealing.trim_k`); set-points that somebody else commands move the strip as they stand.

Over 980 degC the surface nitrides and oxidises, in clean steel faster (:mod:`.atmosphere`)::

    dP = 0.0011 (T - 980)+ (1 + 8/S) a (t/90)^0.5 / (1 + Sn/0.05)      W/kg; S in ppm, Sn in %

[a] is 1 in 70 % nitrogen at -34 degC dew point and goes with the root of nitrogen and the fourth root of steam
(*guessed*); that tin slows it is from memory. In the wet sections ``C = C_eq + (C_0 - C_eq) exp(-u t/tau)`` with [u]
the steam over hydrogen as a share of the best, 0.374: little, for the steel comes with ultra-low carbon. Strain:
+0.045 W/kg for each MPa of tension over 4 (0.03-0.06, from memory); rapid cooling leaves a little more.

Hearth rolls pick up iron and oxide with age, iron fines and dew point, and print dents: 0.5-1 % of coils at usual
(from memory: a prior). Under 3 MPa the strip wanders and gets wavy (*guessed*).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, isnan, sqrt
from types import MappingProxyType
from typing import ClassVar, Final

from proving_ground.constant import Constant, constant
from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.piece import Coil
from proving_ground.silicon_mill.stages import grain
from proving_ground.silicon_mill.stages.atmosphere import decarburising_s, dew_point, steam_share, surface_loss_w_kg
from proving_ground.silicon_mill.stages.grain import (
    fine_sulphur_ppm,
    fine_volume,
    grow_along,
    pinned_um,
    recrystallised,
    start_grain_um,
)
from proving_ground.silicon_mill.stages.loss import b50_t, specific_loss
from proving_ground.silicon_mill.stages.stage import Run, SetPoints, Stage, Truth
from proving_ground.silicon_mill.stages.strip_furnace import Heating, Strip, through_zones
from proving_ground.silicon_mill.stages.testing import strip_of

ZONES: Final = 16
ZONE_M: Final = 11.0
FIRST_SEEN: Final = 8
"""Zones from this one on, counted from 0, the soak pyrometer looks at."""

AHEAD_K: Final = (-90.0, -20.0, 15.0, 25.0, 20.0, 10.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""How much hotter than the aim each zone is kept to bring the strip up."""

GAS_ZONES: Final = 8
"""The first zones are heated by gas in radiant tubes, the others by electricity."""

SECTIONS: Final = 6
_WET: Final = (0.35, 1.0, 0.20, 0.01, 0.004, 0.002)
"""How much of the humidifier's steam each section of the atmosphere gets."""

SET: Final = tuple(f"FAL.zone_z{k:02d}.temp_sp" for k in range(1, ZONES + 1))
_TEMP: Final = tuple(f"FAL.zone_z{k:02d}.temp" for k in range(1, ZONES + 1))
_POWER: Final = tuple(f"FAL.zone_z{k:02d}.power" for k in range(1, ZONES + 1))
_HEALTH: Final = tuple(f"FAL.zone_z{k:02d}.heater_health" for k in range(1, ZONES + 1))
_BIAS: Final = tuple(f"fal-zone-{k}" for k in range(ZONES))
H2: Final = tuple(f"FAL.atm_a{k:02d}.H2" for k in range(1, SECTIONS + 1))
_DEW: Final = tuple(f"FAL.atm_a{k:02d}.dew_point" for k in range(1, SECTIONS + 1))
_O2: Final = tuple(f"FAL.atm_a{k:02d}.O2" for k in range(1, SECTIONS + 1))
_FAN: Final = tuple(f"FAL.cool_c{k:02d}.fan" for k in range(1, 7))
_COOLED: Final = tuple(f"FAL.cool_c{k:02d}.exit_temp" for k in range(1, 7))
_PICKUP: Final = tuple(f"FAL.hearth_g{k:02d}.pickup_index" for k in range(1, 7))
_LINE_SET: Final = ("FAL.line.speed", "FAL.line.tension", "FAL.line.humidifier_temp")
_SPOT: Final = tuple(f"FAL.spot_s{k:02d}.tension" for k in range(1, 5))

CONSTANTS: Final[Mapping[str, Constant]] = MappingProxyType(
    {
        **grain.CONSTANTS,
        "fal_emissivity": constant(0.24, 0.22, 0.26, "1", "guessed", "of smooth strip; 0.2-0.35 with roughness"),
        "fal_emissivity_sd": constant(0.035, 0.03, 0.04, "1", "guessed", "oxide and residue differ by coil"),
        "fal_convection": constant(24.0, 21.0, 27.0, "W/(m2 K)", "guessed", "circulated N2-H2"),
        "fal_zone_kw": constant(1350.0, 1300.0, 1400.0, "kW", "guessed", "installed heat of one zone"),
        "fal_loss_kw": constant(45.0, 40.0, 50.0, "kW", "guessed", "walls, rolls and gas of one zone at 1,000 degC"),
        "fal_thermocouple_k": constant(3.5, 2.8, 4.2, "K", "guessed", "drift of zone thermocouples in 90 days"),
        "fal_pyrometer_k": constant(6.0, 5.0, 7.0, "K", "calibrated", "drift in 90 days; 5-15 K (from memory)"),
        "fal_pyrometer_set_k": constant(3.0, 2.5, 3.5, "K", "guessed", "left after a calibration"),
        "fal_fooled_k": constant(60.0, 50.0, 70.0, "K", "guessed", "shown too much for twice the emissivity"),
        "fal_calibration_days": constant(90.0, 85.0, 95.0, "days", "guessed", "usual calendar"),
        "fal_trim_gain": constant(
            0.30, 0.26, 0.34, "1", "guessed", "share of what is off that level 2 takes up a coil"
        ),
        "fal_grain_sd": constant(0.045, 0.04, 0.05, "1", "guessed", "grain between coils annealed alike"),
        "fal_texture_sd": constant(0.04, 0.035, 0.045, "1", "guessed", "texture between coils annealed alike"),
        "fal_surface_w_kgk": constant(0.0011, 0.0010, 0.0012, "W/(kg K)", "calibrated", "reversal at 975-1,050 degC"),
        "fal_surface_s_ppm": constant(8.0, 7.0, 9.0, "ppm", "calibrated", "clean steel nitrides faster"),
        "fal_surface_sn": constant(0.05, 0.045, 0.055, "%", "guessed", "tin that halves it; 0.03-0.06 % helps"),
        "fal_strain_w_kg": constant(0.045, 0.040, 0.050, "W/kg/MPa", "guessed", "0.03-0.06 over 4 MPa (from memory)"),
        "fal_dew_degc": constant(-34.0, -37.0, -31.0, "degC", "guessed", "bright sections without leak"),
        "fal_roll_days": constant(280.0, 260.0, 300.0, "days", "guessed", "life of a set of hearth rolls"),
        "fal_pick_up": constant(0.00170, 0.00164, 0.00176, "1", "calibrated", "dents on 0.5-1 % of coils"),
        "fal_wavy": constant(0.0008, 0.0007, 0.0009, "1", "guessed", "waves at 3 MPa"),
        "fal_line_eur_h": constant(470.0, 435.0, 505.0, "EUR/h", "guessed", "crew, rolls, upkeep"),
        "fal_gas_eur_kwh": constant(0.045, 0.041, 0.049, "EUR/kWh", "guessed", "natural gas"),
        "fal_power_eur_kwh": constant(0.11, 0.10, 0.12, "EUR/kWh", "guessed", "electricity"),
        "fal_h2_eur_nm3": constant(0.32, 0.29, 0.35, "EUR/Nm3", "guessed", "hydrogen"),
    }
)
"""Every uncertain constant of the annealing line by name, with those of the grains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnealingRecipe:
    """What is decided for a coil.

    Parameters
    ----------
    soak_degc
        Aim for the strip, as the soak pyrometer shows it.
    speed_m_min
        Of the line.
    tension_mpa
        In the hot strip.
    h2_percent
        In all sections; the rest is nitrogen.
    humidifier_degc
        Of the water that wets the second section.
    """

    soak_degc: float
    speed_m_min: float
    tension_mpa: float = 4.3
    h2_percent: float = 30.0
    humidifier_degc: float = 30.0


def misreading(degc: float) -> float:
    """What a dim window or another emissivity does to a pyrometer, over what it does at 1,020 degC.

    By Wien's law the error is ``lambda T^2/c2`` times the relative change of what is seen.

    Examples
    --------
    >>> round(misreading(1020.0), 2), round(misreading(805.0), 2)
    (1.0, 0.7)
    """
    return ((degc + 273.0) / 1293.0) ** 2


def preset(recipe: AnnealingRecipe, coil: Coil, trim_k: float = 0.0) -> dict[str, float]:
    """Set-points for a coil: zone profile with the line's present trim, speed, atmosphere, cooling.

    Parameters
    ----------
    recipe
        What is decided.
    coil
        What comes; its ordered thickness sets the cooling fans.
    trim_k
        :attr:`Annealing.trim_k`.
    """
    aim = recipe.soak_degc + trim_k
    points = {key: min(max(aim + ahead, 450.0), 1080.0) for key, ahead in zip(SET, AHEAD_K, strict=True)}
    for key in H2:
        points[key] = min(max(recipe.h2_percent, 5.0), 80.0)
    speed = min(max(recipe.speed_m_min, 50.0), 200.0)
    fan = 880.0 * (coil.grade.thickness_mm * speed / 50.0) ** 1.3
    for key in _FAN:
        points[key] = min(max(fan, 150.0), 1500.0)
    points["FAL.line.speed"] = speed
    points["FAL.line.tension"] = min(max(recipe.tension_mpa, 2.0), 8.0)
    points["FAL.line.humidifier_temp"] = min(max(recipe.humidifier_degc, 20.0), 70.0)
    return points


class Annealing(Stage):
    """The final annealing line.

    Attributes
    ----------
    calibration_days
        Calendar of the soak pyrometer and the zone thermocouples; practice may set another.
    roll_days
        After which the hearth rolls are changed; practice may set another.
    trim_k
        What level 2 adds to all zones, so that the pyrometer shows the aim.
    """

    DISTURBANCES: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "fal-soak-pyrometer-drift": "the soak pyrometer reads 4 K more every day, to 60 K, and again after "
            "each calibration",
            "fal-furnace-leak": "air gets in: dew point of the bright sections 25 K up",
            "fal-hearth-build-up": "hearth rolls build up, 0.4 of pick-up index a day, to 4",
            "fal-heater-failure": "a gas train fails: zones 1 to 6 give a fifth of their heat",
        }
    )
    CAUSAL: ClassVar[tuple[str, ...]] = (
        *SET,
        "FAL.line.speed",
        "FAL.line.tension",
        "FAL.line.humidifier_temp",
        H2[1],
        H2[5],
        "FAL.line.soak_temp",
        _DEW[SECTIONS - 1],
    )

    def __init__(self, constants: Mapping[str, float], draws: Disturbances) -> None:
        super().__init__(constants, draws)
        self.calibration_days = constants["fal_calibration_days"]
        self.roll_days = constants["fal_roll_days"]
        self.trim_k = 0.0
        self._day = -1
        self._zone_bias_k = [0.0] * ZONES
        self._health = [1.0] * ZONES
        self._pyrometer_k = 0.0
        self._leak_k = 0.0
        self._uneven = [0.0] * 6
        self._hall_degc = 38.0

    def process(self, coil: Coil, set_points: SetPoints, at_h: float) -> Run:
        """Anneal a coil."""
        self._move_on(int(at_h // 24.0))
        truth: Truth = {key: set_points[key] for key in (*SET, *H2, *_FAN, *_LINE_SET)}
        heating = self._heat(coil, set_points, truth, at_h)
        coil.soak_degc = heating.mean_degc(FIRST_SEEN, ZONES - 1)
        coil.soak_s = heating.seconds_above(coil.soak_degc - 15.0)
        truth["FAL.line.soak_time"] = coil.soak_s
        self._trim(coil, set_points, truth, at_h)
        steam = self._atmosphere(set_points, truth, at_h)
        self._grow(coil, heating)
        self._gas(coil, heating, set_points, steam)
        self._strain(coil, set_points, truth)
        self._hearth(coil, truth, at_h)
        self._tell(coil, truth)
        return Run(truth=truth, minutes=self._account(coil, set_points, truth))

    def _move_on(self, day: int) -> None:
        """Hidden states of the day: instruments since their calibration, heaters, leaks."""
        if day == self._day:
            return
        c, walk = self._c, self._d.walk
        lot = int(day // self.calibration_days)
        calibrated = int(lot * self.calibration_days)
        root = sqrt(c["fal_calibration_days"])
        drift = (walk("fal-pyrometer", day) - walk("fal-pyrometer", calibrated)) / root
        left = c["fal_pyrometer_set_k"] * self._d.normal("fal-pyrometer-set", lot)
        self._pyrometer_k = c["fal_pyrometer_k"] * drift + left
        sd = c["fal_thermocouple_k"] / root
        self._zone_bias_k = [sd * (walk(name, day) - walk(name, calibrated)) for name in _BIAS]
        self._health = [0.98 - 0.12 * ((day + 37 * zone) % 210) / 210.0 for zone in range(ZONES)]
        leaking = self._d.uniform("fal-leak", day // 25) < 0.15
        self._leak_k = (10.0 if leaking else 0.0) + 2.0 * self._d.wander("fal-dew", day, memory=10.0)
        wander = self._d.wander
        self._uneven = [0.12 * (k - 2.5) + 0.35 * wander(key, day, memory=15.0) for k, key in enumerate(_PICKUP)]
        self._hall_degc = 38.0 + 4.0 * wander("fal-hall", day, memory=20.0)
        self._day = day

    def _heat(self, coil: Coil, set_points: SetPoints, truth: Truth, at_h: float) -> Heating:
        """Take the strip through the zones."""
        c = self._c
        rough = 0.28 if isnan(coil.roughness_um) else coil.roughness_um
        own = 1.0 + c["fal_emissivity_sd"] * self._d.normal("fal-emissivity", coil.number)
        emissivity = (c["fal_emissivity"] + 0.16 * rough) * own
        strip = Strip(
            thickness_mm=coil.thickness_mm,
            width_mm=coil.strip_width_mm,
            speed_m_min=set_points["FAL.line.speed"],
            emissivity=emissivity,
            convection=c["fal_convection"] * (1.0 + 0.004 * (set_points[H2[1]] - 30.0)),
        )
        limits = [c["fal_zone_kw"] * health for health in self._health]
        if self.days_on("fal-heater-failure", at_h) >= 0.0:
            limits[:6] = [0.2 * limit for limit in limits[:6]]
        zones = [set_points[key] - bias for key, bias in zip(SET, self._zone_bias_k, strict=True)]
        heating = through_zones(strip, zones, ZONE_M, limits)
        loss_kw = c["fal_loss_kw"] / 1000.0
        for k, degc in enumerate(heating.zones_degc):
            truth[_TEMP[k]] = degc + self._zone_bias_k[k]
            truth[_POWER[k]] = max(heating.heat_kw[k] + loss_kw * degc, 20.0)
            truth[_HEALTH[k]] = self._health[k]
        truth["FAL.line.emissivity"] = emissivity
        return heating

    def _trim(self, coil: Coil, set_points: SetPoints, truth: Truth, at_h: float) -> None:
        """What the pyrometer shows, and what level 2 learns from it."""
        c = self._c
        fooled = c["fal_fooled_k"] * (truth["FAL.line.emissivity"] / (c["fal_emissivity"] + 0.045) - 1.0)
        fault_days = self.days_on("fal-soak-pyrometer-drift", at_h)
        since = at_h / 24.0 % self.calibration_days
        fault = min(4.0 * max(min(fault_days, since), 0.0), 60.0)
        shown = coil.soak_degc + (self._pyrometer_k + fooled) * misreading(coil.soak_degc) + fault
        truth["FAL.line.soak_temp"] = shown
        zones = sum(set_points[key] for key in SET[FIRST_SEEN:]) / (ZONES - FIRST_SEEN)
        self.trim_k += c["fal_trim_gain"] * (zones - shown - self.trim_k)
        self.trim_k = min(max(self.trim_k, -70.0), 50.0)

    def _atmosphere(self, set_points: SetPoints, truth: Truth, at_h: float) -> list[float]:
        """Steam by section: what leaks in, and what is put in."""
        fault_k = 25.0 if self.days_on("fal-furnace-leak", at_h) >= 0.0 else 0.0
        air_k = self._leak_k + fault_k
        bright = steam_share(self._c["fal_dew_degc"] + air_k)
        wet = 0.35 * steam_share(set_points["FAL.line.humidifier_temp"])
        steam = [bright + share * wet for share in _WET]
        for k, share in enumerate(steam):
            truth[_DEW[k]] = min(dew_point(share), 50.0)
            truth[_O2[k]] = 4.0 + 1.2 * max(air_k, 0.0) + k
        return steam

    def _grow(self, coil: Coil, heating: Heating) -> None:
        """Recrystallise, and let the grains grow as far as fine particles let them."""
        c = self._c
        fine_s = fine_sulphur_ppm(
            coil.dissolved_s_ppm, coil.ct_degc, share=c["fal_grain_fine_s"], ripening=c["fal_grain_ripening"]
        )
        fine_n = 0.0 if isnan(coil.dissolved_n_ppm) else c["fal_grain_fine_n"] * coil.dissolved_n_ppm
        limit_um = pinned_um(fine_volume(fine_s, fine_n), c["fal_grain_radius_nm"])
        start_um = start_grain_um(c["fal_grain_start_um"], coil.cold_reduction, coil.band_grain_um)
        size_um = grow_along(heating.path_k, heating.step_s, start_um, k0=c["fal_grain_k0"], limit_um=limit_um)
        own = 1.0 + c["fal_grain_sd"] * self._d.normal("fal-grain", coil.number)
        coil.grain_um = size_um * own
        scatter = c["fal_texture_sd"] * self._d.normal("fal-texture", coil.number)
        coil.texture = min(max(coil.texture + scatter, 0.7), 1.6)
        hard = 1.0 - recrystallised(heating.path_k, heating.step_s, c["fal_grain_half_s"])
        coil.stress_loss_w_kg = 3.0 * hard

    def _gas(self, coil: Coil, heating: Heating, set_points: SetPoints, steam: list[float]) -> None:
        """Carbon out in the wet section, nitrogen and oxygen in where it is bright and hot."""
        c, steel = self._c, coil.steel
        wet_degc = heating.mean_degc(3, 5)
        use = min(steam[1] / (0.01 * set_points[H2[1]]) / 0.374, 1.0)
        wet_s = 3.0 * 3.0 * heating.step_s
        left = exp(-use * wet_s / decarburising_s(max(wet_degc, 500.0), coil.thickness_mm))
        coil.c_final_ppm = steel.c_ppm if steel.c_ppm < 8.0 else 8.0 + (steel.c_ppm - 8.0) * left
        nitrogen = sqrt(max(100.0 - set_points[H2[5]], 5.0) / 70.0)
        wetter = float((steam[5] / steam_share(-34.0)) ** 0.25)
        added = surface_loss_w_kg(
            coil.soak_degc, steel.s_ppm, per_k=c["fal_surface_w_kgk"], s_half=c["fal_surface_s_ppm"]
        )
        tin = 1.0 + steel.sn / c["fal_surface_sn"]
        coil.surface_loss_w_kg = added * nitrogen * wetter * sqrt(coil.soak_s / 90.0) / tin
        coil.n_final_ppm = steel.n_ppm + 25.0 * coil.surface_loss_w_kg
        coil.o_final_ppm = steel.o_ppm + 1.5 * self._oxide_um(coil, wetter)

    @staticmethod
    def _oxide_um(coil: Coil, wetter: float) -> float:
        """Depth of internal oxidation; square-root law of time (guessed size)."""
        hot = exp(-18000.0 * (1.0 / (coil.soak_degc + 273.15) - 1.0 / 1273.15))
        return min(0.45 * wetter * wetter * sqrt(coil.soak_s / 60.0) * hot, 5.0)

    def _strain(self, coil: Coil, set_points: SetPoints, truth: Truth) -> None:
        """Strain left by tension and rapid cooling; waves where tension is short."""
        tension = set_points["FAL.line.tension"]
        soft = min(max((coil.soak_degc - 650.0) / 330.0, 0.3), 1.2)
        degc, load = coil.soak_degc, 50.0 / (coil.thickness_mm * set_points["FAL.line.speed"])
        for fan, cooled in zip(_FAN, _COOLED, strict=True):
            degc = 42.0 + (degc - 42.0) * exp(-0.58 * (set_points[fan] / 880.0) ** 0.77 * load)
            truth[cooled] = min(max(degc, 60.0), 900.0)
        rate = (coil.soak_degc - truth[_COOLED[1]]) * set_points["FAL.line.speed"] / 60.0 / 24.0
        pulled = max(tension - 4.0, 0.0) * soft
        quick = max(rate - 45.0, 0.0)
        coil.stress_loss_w_kg += self._c["fal_strain_w_kg"] * pulled + 0.0005 * quick
        truth["FAL.lab.residual_stress"] = min(2.5 + 5.0 * pulled + 0.06 * quick, 25.0)
        for k, spot in enumerate(_SPOT):
            truth[spot] = min(max(tension * (0.97 + 0.02 * k), 1.0), 9.0)
        share = self._c["fal_wavy"] * exp(1.6 * max(3.0 - tension, -2.0))
        if self._d.uniform("fal-wavy", coil.number) < share and "flatness" not in coil.defects:
            coil.defects.append("flatness")

    def _hearth(self, coil: Coil, truth: Truth, at_h: float) -> None:
        """Build-up on the hearth rolls, and whether it marks this coil."""
        d = self._d
        age = (self._day + 95.0) % self.roll_days
        fines = 12.0 * exp(0.28 * d.normal("fal-fines", coil.number))
        fault = min(0.4 * max(self.days_on("fal-hearth-build-up", at_h), 0.0), 4.0)
        damp = 0.05 * max(truth[_DEW[5]] + 34.0, 0.0)
        worn = 0.9 + 2.2 * (age / self.roll_days) ** 2 + damp + 0.04 * max(fines - 12.0, 0.0) + fault
        mean = 0.0
        for k, key in enumerate(_PICKUP):
            index = worn + self._uneven[k]
            truth[key] = min(max(index, 0.0), 10.0)
            mean += truth[key] / 6.0
        truth["FAL.line.roll_age"] = age
        truth["FAL.clean.residual_fe"] = min(fines, 40.0)
        share = self._c["fal_pick_up"] * exp(0.62 * mean)
        if d.uniform("fal-pick-up", coil.number) < share and "pick_up" not in coil.defects:
            coil.defects.append("pick_up")

    def _tell(self, coil: Coil, truth: Truth) -> None:
        """What laboratory and tester find on the strip as it leaves; it has not aged yet."""
        strip = strip_of(coil)
        truth["FAL.online.P15_50"] = specific_loss(strip, 1.5, 50.0, self._c).total
        truth["FAL.online.B50"] = b50_t(strip, self._c)
        truth["FAL.online.thickness"] = coil.thickness_mm
        truth["FAL.online.strip_temp"] = self._hall_degc
        truth["FAL.lab.C"] = coil.c_final_ppm
        truth["FAL.lab.N"] = coil.n_final_ppm
        truth["FAL.lab.O"] = coil.o_final_ppm
        truth["FAL.lab.grain"] = coil.grain_um
        truth["FAL.lab.int_oxide"] = (coil.o_final_ppm - coil.steel.o_ppm) / 1.5
        truth["FAL.lab.nitride_depth"] = min(28.0 * sqrt(coil.surface_loss_w_kg), 20.0)
        truth["FAL.lab.texture_index"] = coil.texture

    def _account(self, coil: Coil, set_points: SetPoints, truth: Truth) -> float:
        """Book what the coil used, take welds and ends off; minutes on the line."""
        c = self._c
        density = 7865.0 - 65.0 * (coil.steel.si + 1.7 * coil.steel.al)
        length_m = 1e9 * coil.mass_t / (density * coil.thickness_mm * coil.strip_width_mm)
        minutes = length_m / set_points["FAL.line.speed"] + 0.5
        hours = minutes / 60.0
        gas_kwh = sum(truth[key] for key in _POWER[:GAS_ZONES]) * hours / 0.72 + 26.0 * coil.mass_t
        power_kwh = sum(truth[key] for key in _POWER[GAS_ZONES:]) * hours / 0.95 + 30.0 * coil.mass_t
        h2_nm3 = 3.8 * sum(set_points[key] for key in H2) / SECTIONS * hours
        account = coil.account
        account.energy_kwh += gas_kwh + power_kwh
        account.cost_eur += (
            c["fal_gas_eur_kwh"] * gas_kwh
            + c["fal_power_eur_kwh"] * power_kwh
            + c["fal_h2_eur_nm3"] * h2_nm3
            + c["fal_line_eur_h"] * hours
            + 8.5 * coil.mass_t
        )
        lost_t = 0.007 * coil.mass_t
        coil.mass_t -= lost_t
        account.scrapped_t += lost_t
        return minutes
