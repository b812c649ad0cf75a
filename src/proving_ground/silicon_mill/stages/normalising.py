"""Normalising and pickling: the hot band is annealed, so that it rolls and recrystallises well, and its scale removed.

Ten zones heat the band by the strip equation (:mod:`.strip_furnace`); hot-rolled grains of some 30 um grow to 80-200 um
by the law of :mod:`.grain` while fine sulphides hold them back only a little. Coarse band grains bring the texture that
magnetises well: the texture factor gains ``a ln(D_after / D_before)``, which is +0.02 to +0.04 T of B50 for the usual
annealing (*calibrated* to that figure, from memory). A band of more than some 2 % Si + Al never was austenite: it comes
from the hot mill with a recovered core and stringy grains, ``-b`` of texture factor, which the annealing has to make
good (*guessed*). Above 250 um ridging and strip breaks rise (from memory). Low-silicon grades pass the line with its
zones turned down, to be pickled only.

Pickling in three tanks against the strip's way::

    x        = sum over tanks  k exp(-E/R (1/T - 1/T0)) HCl^0.7 (1 - i Fe) t / need
    residual = r exp(-2.6 (x - 1))                                    % of the surface, at most r0

*Guessed* in its constants, usual in its form: hotter and stronger acid and more time remove scale, dissolved iron slows
it. Acid is renewed by the calendar, so HCl falls and Fe rises as saw-teeth.

Ridging is decided here: columnar crystals of the slab give bands of like orientation that stand out as ridges unless
the band was well annealed; at usual 0.5-2 % of coils of 3 % Si, 0.3 % where all is right (from memory: a prior).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, isnan, log, sqrt
from types import MappingProxyType
from typing import ClassVar, Final

from proving_ground.constant import Constant, constant
from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.piece import Coil
from proving_ground.silicon_mill.stages.grain import fine_sulphur_ppm, fine_volume, grow_along, pinned_um
from proving_ground.silicon_mill.stages.stage import Run, SetPoints, Stage, Truth
from proving_ground.silicon_mill.stages.strip_furnace import Heating, Strip, through_zones

ZONES: Final = 10
ZONE_M: Final = 9.5
SOAK_M: Final = 62.0
"""Of the furnace, from the place where the band is usually hot to its end."""

TANK_M: Final = 24.0
GAS_J_MOLK: Final = 8.314
LEAST_ZONE_DEGC: Final = 600.0
HOTTEST_ZONE_DEGC: Final = 1050.0
PILOT_KW: Final = 105.0
"""Fuel of a zone turned down as far as it goes."""

PYROMETER_FROM_DEGC: Final = 800.0
"""Colder strip the pyrometer shows as that."""

AHEAD_K: Final = (70.0, 60.0, 40.0, 15.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""How much hotter than the aim each zone is kept to bring the band up."""

SET: Final = tuple(f"APL.zone_z{k:02d}.temp_sp" for k in range(1, ZONES + 1))
_TEMP: Final = tuple(f"APL.zone_z{k:02d}.temp" for k in range(1, ZONES + 1))
_HEAT: Final = tuple(f"APL.zone_z{k:02d}.heat" for k in range(1, ZONES + 1))
_BIAS: Final = tuple(f"apl-zone-{k}" for k in range(ZONES))
ACID: Final = tuple(f"APL.tank_t{k:02d}.temp" for k in (1, 2, 3))
_HCL: Final = tuple(f"APL.tank_t{k:02d}.HCl" for k in (1, 2, 3))
_FE: Final = tuple(f"APL.tank_t{k:02d}.Fe" for k in (1, 2, 3))

CONSTANTS: Final[Mapping[str, Constant]] = MappingProxyType(
    {
        "apl_emissivity": constant(0.70, 0.64, 0.76, "1", "guessed", "scaled hot band 0.6-0.8 (from memory)"),
        "apl_convection": constant(25.0, 21.0, 29.0, "W/(m2 K)", "guessed", "gas in a strip furnace"),
        "apl_zone_kw": constant(2400.0, 2300.0, 2480.0, "kW", "guessed", "fuel that the burners of one zone take"),
        "apl_loss_kw": constant(90.0, 80.0, 100.0, "kW", "guessed", "walls and rolls of one zone at 950 degC"),
        "apl_burning": constant(0.80, 0.77, 0.83, "1", "guessed", "recuperative burners, heat to load over fuel"),
        "apl_thermocouple_k": constant(5.0, 4.0, 6.5, "K", "guessed", "drift of zone thermocouples in 120 days"),
        "apl_calibration_days": constant(120.0, 110.0, 130.0, "days", "guessed", "usual calendar"),
        "apl_texture_gain": constant(0.35, 0.31, 0.39, "1", "calibrated", "B50 +0.02..+0.04 T for 30 to 80-200 um"),
        "apl_texture_core": constant(0.31, 0.27, 0.35, "1", "guessed", "recovered core of a ferritic band"),
        "apl_grain_sd": constant(0.09, 0.075, 0.105, "1", "guessed", "growth, between coils annealed alike"),
        "apl_texture_sd": constant(0.05, 0.04, 0.06, "1", "guessed", "texture, between coils annealed alike"),
        "apl_acid_days": constant(6.0, 5.5, 6.5, "days", "guessed", "acid renewal by the calendar"),
        "apl_pickle_rate": constant(0.0270, 0.0255, 0.0285, "1/s", "calibrated", "residual scale 0.1-0.5 % usual"),
        "apl_pickle_j_mol": constant(58000.0, 54000.0, 62000.0, "J/mol", "guessed", "doubles in some 14 K"),
        "apl_iron_brake": constant(0.0022, 0.0018, 0.0026, "l/g", "guessed", "dissolved iron slows pickling"),
        "apl_under_pickled": constant(
            1.0, 0.92, 1.08, "%", "guessed", "residual scale that shows on half of the coils"
        ),
        "apl_ridging": constant(0.0080, 0.0075, 0.0085, "1", "calibrated", "0.5-2 % of coils of 3 % Si"),
        "apl_line_eur_h": constant(760.0, 700.0, 820.0, "EUR/h", "guessed", "crew, rolls, upkeep"),
        "apl_acid_eur_t": constant(6.5, 5.8, 7.2, "EUR/t", "guessed", "acid net of regeneration, shot, rinsing"),
        "apl_gas_eur_kwh": constant(0.045, 0.041, 0.049, "EUR/kWh", "guessed", "natural gas"),
    }
)
"""Every uncertain constant of the line by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalisingRecipe:
    """What is decided for a coil.

    Parameters
    ----------
    strip_degc
        Aim for the band; under 800 it is pickled only.
    speed_m_min
        For a band of 2.2 mm; thicker runs slower.
    acid_degc
        Of all three tanks.
    side_trim_mm
        Cut off, both sides together.
    """

    strip_degc: float
    speed_m_min: float
    acid_degc: float = 82.0
    side_trim_mm: float = 12.0


def preset(recipe: NormalisingRecipe, coil: Coil) -> dict[str, float]:
    """Set-points for a coil: zone profile, speed for its measured thickness, tanks."""
    thickness_mm = min(max(coil.seen.get("HSM.exit.thickness", 2.2), 1.6), 3.0)
    slower = min(max(2.2 / thickness_mm, 0.85), 1.15)
    points = {
        key: min(max(recipe.strip_degc + ahead, LEAST_ZONE_DEGC), HOTTEST_ZONE_DEGC)
        for key, ahead in zip(SET, AHEAD_K, strict=True)
    }
    for key in ACID:
        points[key] = min(max(recipe.acid_degc, 60.0), 88.0)
    points["APL.line.speed"] = min(max(recipe.speed_m_min * slower, 15.0), 60.0)
    points["APL.strip.side_trim"] = recipe.side_trim_mm
    return points


def texture_gain(before_um: float, after_um: float, gain: float) -> float:
    """Texture factor won by coarser band grains; calibrated, see the module.

    Examples
    --------
    >>> round(texture_gain(30.0, 100.0, 0.35), 2)
    0.42
    """
    return gain * log(max(after_um, before_um) / before_um)


def ferritic_share(si: float, al: float) -> float:
    """How much of the band never was austenite in the hot mill: 1 from some 2.2 % Si + 2 Al on."""
    return min(max((si + 2.0 * al - 1.4) / 0.8, 0.0), 1.0)


def pickled(hcl_g_l: float, fe_g_l: float, acid_degc: float, *, brake: float, energy_j_mol: float) -> float:
    """Rate of pickling over that of fresh acid (150 g/l HCl) at 82 degC.

    Parameters
    ----------
    hcl_g_l, fe_g_l
        Free acid and dissolved iron.
    acid_degc
        Of the tank.
    brake
        What a gram of iron a litre takes off the rate.
    energy_j_mol
        Of activation.

    Examples
    --------
    >>> round(pickled(150.0, 0.0, 82.0, brake=0.002, energy_j_mol=58000.0), 3)
    1.0
    """
    hot = exp(-energy_j_mol / GAS_J_MOLK * (1.0 / (acid_degc + 273.15) - 1.0 / 355.15))
    return float(hot * (hcl_g_l / 150.0) ** 0.7 * max(1.0 - brake * fe_g_l, 0.2))


def residual_scale(done: float) -> float:
    """Scale left on the surface, %; ``done`` is 1 where pickling was just enough."""
    return min(2.0, 0.9 * exp(-2.6 * (done - 1.0)))


def ridging_share(base: float, coil: Coil, *, after_um: float) -> float:
    """Chance that a coil shows ridges; a prior, see the module.

    Parameters
    ----------
    base
        Of 3 % Si with 40 % equiaxed crystals and a well annealed band.
    coil
        Its slab and analysis.
    after_um
        Grain size of the normalised band.
    """
    rich = min(max((coil.steel.si + 0.5 * coil.steel.al - 2.0) / 1.2, 0.0), 1.3)
    columnar = exp((40.0 - coil.equiaxed) / 11.0)
    fine = exp(max(75.0 - after_um, 0.0) / 22.0)
    coarse = exp(max(after_um - 250.0, 0.0) / 35.0)
    return min(base * rich * columnar * fine * coarse, 0.9)


class Normalising(Stage):
    """The annealing and pickling line.

    Attributes
    ----------
    calibration_days
        Calendar of the zone thermocouples; practice may set another.
    acid_days
        Calendar of acid renewal; practice may set another.
    """

    DISTURBANCES: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "apl-zone-thermocouple-drift": "the thermocouples of all soaking zones read 4 K more every day, to 60 K",
            "apl-weak-acid": "acid regeneration fails: free acid is halved from now on",
        }
    )
    CAUSAL: ClassVar[tuple[str, ...]] = (*SET, "APL.line.speed", "APL.line.strip_temp")

    def __init__(self, constants: Mapping[str, float], draws: Disturbances) -> None:
        super().__init__(constants, draws)
        self.calibration_days = constants["apl_calibration_days"]
        self.acid_days = constants["apl_acid_days"]
        limit_kw = constants["apl_zone_kw"] * constants["apl_burning"] - constants["apl_loss_kw"]
        self._limits_kw = (limit_kw,) * ZONES
        self._bias_day = -1
        self._zone_bias_k = [0.0] * ZONES

    def process(self, coil: Coil, set_points: SetPoints, at_h: float) -> Run:
        """Anneal and pickle a coil."""
        heating = self._heat(coil, set_points, at_h)
        strip_degc = heating.mean_degc(6, 9)
        self._anneal(coil, heating)
        truth: Truth = {key: set_points[key] for key in (*SET, "APL.strip.side_trim")}
        for key, sp, reached, bias in zip(_TEMP, SET, heating.zones_degc, self._zone_biases(at_h), strict=True):
            truth[key] = min(reached + bias, set_points[sp])
        loss_kw, burning = self._c["apl_loss_kw"] / 950.0, self._c["apl_burning"]
        heats = [
            max((max(kw, 0.0) + loss_kw * degc) / burning, PILOT_KW)
            for kw, degc in zip(heating.heat_kw, heating.zones_degc, strict=True)
        ]
        truth.update(zip(_HEAT, heats, strict=True))
        speed = set_points["APL.line.speed"]
        truth["APL.line.speed"] = speed
        truth["APL.line.dwell"] = 60.0 * SOAK_M / speed
        truth["APL.line.strip_temp"] = max(strip_degc, PYROMETER_FROM_DEGC)
        self._pickle(coil, set_points, at_h, truth)
        self._ridge(coil)
        return Run(truth=truth, minutes=self._account(coil, set_points, truth))

    def _zone_biases(self, at_h: float) -> list[float]:
        """What each zone's thermocouple reads too much; found once a day."""
        day = int(at_h // 24.0)
        if day != self._bias_day:
            calibrated = int(day // self.calibration_days * self.calibration_days)
            sd = self._c["apl_thermocouple_k"] / sqrt(self._c["apl_calibration_days"])
            shared = self._d.walk("apl-zones", day) - self._d.walk("apl-zones", calibrated)
            self._zone_bias_k = [
                sd * (0.7 * shared + 0.7 * (self._d.walk(name, day) - self._d.walk(name, calibrated))) for name in _BIAS
            ]
            drift = min(4.0 * max(self.days_on("apl-zone-thermocouple-drift", at_h), 0.0), 60.0)
            for zone in range(4, ZONES):
                self._zone_bias_k[zone] += drift
            self._bias_day = day
        return self._zone_bias_k

    def _heat(self, coil: Coil, set_points: SetPoints, at_h: float) -> Heating:
        strip = Strip(
            thickness_mm=coil.band_thickness_mm,
            width_mm=coil.slab_width_mm,
            speed_m_min=set_points["APL.line.speed"],
            emissivity=self._c["apl_emissivity"] * (1.0 + 0.03 * self._d.normal("apl-emissivity", coil.number)),
            convection=self._c["apl_convection"],
        )
        zones = [set_points[key] - bias for key, bias in zip(SET, self._zone_biases(at_h), strict=True)]
        return through_zones(strip, zones, ZONE_M, self._limits_kw)

    def _anneal(self, coil: Coil, heating: Heating) -> None:
        c = self._c
        fine = fine_sulphur_ppm(
            coil.dissolved_s_ppm, coil.ct_degc, share=c["fal_grain_fine_s"], ripening=c["fal_grain_ripening"]
        )
        limit_um = pinned_um(fine_volume(0.5 * fine, 0.0), c["fal_grain_radius_nm"])
        before_um = coil.band_grain_um
        grown_um = grow_along(heating.path_k, heating.step_s, before_um, k0=c["fal_grain_k0"], limit_um=limit_um)
        own = 1.0 + c["apl_grain_sd"] * self._d.normal("apl-grain", coil.number)
        coil.band_grain_um = before_um + (grown_um - before_um) * own
        gain = texture_gain(before_um, coil.band_grain_um, c["apl_texture_gain"])
        core = c["apl_texture_core"] * ferritic_share(coil.steel.si, coil.steel.al)
        scatter = c["apl_texture_sd"] * self._d.normal("apl-texture", coil.number)
        coil.texture = min(max(coil.texture + gain - core + scatter, 0.7), 1.6)

    def _ridge(self, coil: Coil) -> None:
        """Whether the coil will show ridges."""
        if isnan(coil.equiaxed):
            return
        share = ridging_share(self._c["apl_ridging"], coil, after_um=coil.band_grain_um)
        if self._d.uniform("apl-ridging", coil.number) < share and "ridging" not in coil.defects:
            coil.defects.append("ridging")

    def _pickle(self, coil: Coil, set_points: SetPoints, at_h: float, truth: Truth) -> None:
        c = self._c
        worn = at_h / 24.0 % self.acid_days / self.acid_days
        weak = 0.5 if self.days_on("apl-weak-acid", at_h) >= 0.0 else 1.0
        own = self._d.normal("apl-acid", int(at_h // 24.0))
        rate = 0.0
        for place, key in enumerate(ACID):
            hcl = weak * max(105.0 + 38.0 * place - (45.0 - 6.0 * place) * worn + 5.0 * own, 45.0)
            iron = min(78.0 - 24.0 * place + (40.0 - 8.0 * place) * worn - 3.0 * own, 135.0)
            truth[_HCL[place]], truth[_FE[place]] = max(hcl, 40.0), max(iron, 20.0)
            truth[key] = set_points[key]
            rate += pickled(hcl, iron, set_points[key], brake=c["apl_iron_brake"], energy_j_mol=c["apl_pickle_j_mol"])
        scale = 1.0 if isnan(coil.scale_index) else coil.scale_index
        tight = exp(0.14 * self._d.normal("apl-scale", coil.number))
        need = (0.75 + 0.25 * scale) * tight * (1.0 + 0.06 * min(coil.steel.si, 3.0))
        done = c["apl_pickle_rate"] * rate * 60.0 * TANK_M / set_points["APL.line.speed"] / need
        coil.residual_scale = residual_scale(done)
        over = max(done - 1.0, 0.0)
        truth["APL.strip.weight_loss"] = min(32.0 * need + 6.0 * over, 80.0)
        truth["APL.strip.residual_scale"] = coil.residual_scale
        truth["APL.strip.Ra"] = min(1.7 + 0.25 * over + 0.2 * self._d.normal("apl-ra", coil.number), 3.5)
        share = 0.5 * (coil.residual_scale / c["apl_under_pickled"]) ** 5
        if self._d.uniform("apl-under-pickled", coil.number) < share and "scale" not in coil.defects:
            coil.defects.append("scale")

    def _account(self, coil: Coil, set_points: SetPoints, truth: Truth) -> float:
        """Book what the coil used, take off what was lost; minutes on the line."""
        c = self._c
        fuel_kw = sum(truth[key] for key in _HEAT)
        trim_mm = set_points["APL.strip.side_trim"]
        width_m = coil.slab_width_mm / 1000.0
        thickness_m = coil.band_thickness_mm / 1000.0
        density = 7865.0 - 65.0 * (coil.steel.si + 1.7 * coil.steel.al)
        length_m = 1000.0 * coil.mass_t / (density * thickness_m * width_m)
        minutes = length_m / set_points["APL.line.speed"] + 0.6
        pickled_share = truth["APL.strip.weight_loss"] / (density * coil.band_thickness_mm)
        lost = trim_mm / coil.slab_width_mm + pickled_share + 0.0025
        coil.strip_width_mm = coil.slab_width_mm - trim_mm
        before_t = coil.mass_t
        coil.mass_t = before_t * (1.0 - lost)
        coil.band_thickness_mm *= 1.0 - pickled_share
        gas_kwh = fuel_kw * minutes / 60.0
        acid_kwh = before_t * (14.0 + 0.4 * (set_points[ACID[0]] - 60.0))
        power_kwh = before_t * 15.0
        account = coil.account
        account.scrapped_t += before_t * lost
        account.energy_kwh += gas_kwh + acid_kwh + power_kwh
        account.cost_eur += (
            c["apl_gas_eur_kwh"] * (gas_kwh + acid_kwh)
            + 0.11 * power_kwh
            + c["apl_acid_eur_t"] * before_t
            + c["apl_line_eur_h"] * minutes / 60.0
        )
        return minutes
