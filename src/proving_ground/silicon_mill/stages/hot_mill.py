"""The hot strip mill: six roughing passes, seven finishing stands, the run-out table and the coiler.

The equations of force and temperature stand in :mod:`.hot_strip`, the works' set-up in :mod:`.hot_mill_setup`. What is
added here:

* The finishing temperature follows from what is set (speed, water between the stands) and from the slab. The works'
  model foresees it from the slab's calculated temperature; a control loop takes out most of what differs, through a
  pyrometer with a bias of its own. Coiling is controlled likewise by the banks of the run-out table, against warm water
  (about 1 % per kelvin) and blocked nozzles. Within 20 K of the aim lie 93-98 % of coils finishing and 90-97 % coiling
  (from memory).
* Work rolls wear by the kilometre and bulge with heat; both change the crown until they are changed after some 75 km
  (guessed).
* A band coiled above about 700 degC anneals itself (from memory): coarse grains and a better texture, thicker scale.
  Rolled in two phases at once, or too cold, it starts with a worse texture. Columns of the slab that survive favour the
  cube fibre (guessed sizes).

Figures without a source are guessed from usual practice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log, pi, sin, sqrt
from types import MappingProxyType
from typing import ClassVar, Final

from proving_ground.constant import Constant
from proving_ground.constant import constant as _c
from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.piece import Coil
from proving_ground.silicon_mill.stages.hot_mill_setup import (
    BANK_M,
    BANKS,
    BENDING,
    GAP,
    ROUGH,
    SHIFT,
    SPEED,
    WATER,
    HotMillRecipe,
    calculated_slab_degc,
    foreseen_fdt_degc,
    preset,
)
from proving_ground.silicon_mill.stages.hot_strip import (
    austenite_share,
    bank_k,
    deformation_k,
    flow_stress,
    pass_force_mn,
    radiated_k,
)
from proving_ground.silicon_mill.stages.stage import Run, SetPoints, Stage, Truth

__all__ = ["CONSTANTS", "HotMill", "HotMillRecipe", "preset"]

CALIBRATION_DAYS: Final = 45
ROLL_CHANGE_MIN: Final = 12.0
FLUSHING_DAYS: Final = 30
"""From one cleaning of the run-out nozzles to the next."""

CONSTANTS: Final[Mapping[str, Constant]] = MappingProxyType(
    {
        "hsm_descale_k": _c(18.0, 15.0, 21.0, "K", "guessed", "primary descaling and the way to the mill"),
        "hsm_emissivity": _c(0.80, 0.76, 0.84, "1", "guessed", "oxidised hot steel"),
        "hsm_contact_k": _c(9.5, 8.5, 10.5, "K", "sourced", "5-15 K per stand (from memory)"),
        "hsm_water_k": _c(14.0, 12.5, 15.5, "K", "guessed", "60 m3/h between two stands"),
        "hsm_fdt_bias_k": _c(0.95, 0.8, 1.1, "K/day^0.5", "guessed", "pyrometer drift 5-15 K"),
        "hsm_ct_bias_k": _c(1.1, 0.95, 1.25, "K/day^0.5", "guessed", "pyrometer drift 5-15 K"),
        "hsm_fdt_sd_k": _c(8.8, 8.0, 9.6, "K", "calibrated", "true FDT within 20 K: 93-98 %"),
        "hsm_ct_sd_k": _c(9.2, 8.4, 10.0, "K", "calibrated", "true CT within 20 K: 90-97 %"),
        "hsm_htc": _c(1050.0, 950.0, 1150.0, "W/m2K", "sourced", "800-1,300 (from memory)"),
        "hsm_blocking": _c(8.0, 6.5, 9.5, "%", "guessed", "nozzles blocked before they are flushed"),
        "hsm_roll_km": _c(75.0, 71.0, 79.0, "km", "guessed", "work rolls changed after 60-90 km"),
        "hsm_wear_um_km": _c(1.25, 1.18, 1.32, "um/km", "guessed", "last stand"),
        "hsm_bulge_um": _c(95.0, 85.0, 105.0, "um", "guessed", "thermal crown when rolling steadily"),
        "hsm_crown_um_mn": _c(2.0, 1.7, 2.3, "um/MN", "guessed", "crown by rolling force"),
        "hsm_grain_um": _c(26.5, 24.5, 28.5, "um", "calibrated", "band grains 20-60 um"),
        "hsm_grain_ct_k": _c(175.0, 160.0, 190.0, "K", "calibrated", "e-fold of band grain by coiling temperature"),
        "hsm_self_anneal": _c(0.30, 0.24, 0.36, "1", "guessed", "more grain above 700-720 degC"),
        "hsm_texture_grain": _c(0.20, 0.17, 0.23, "1", "guessed", "texture factor by log of band grain"),
        "hsm_texture_fdt": _c(0.0008, 0.0006, 0.001, "1/K", "guessed", "colder finishing, more shear and {111}"),
        "hsm_texture_dual": _c(0.18, 0.14, 0.22, "1", "guessed", "rolling in two phases"),
        "hsm_texture_columns": _c(0.0015, 0.001, 0.002, "1/%", "guessed", "columnar slabs favour the cube fibre"),
        "hsm_loss_share": _c(0.019, 0.017, 0.021, "1", "guessed", "scale and crops: yield with furnace 96.5-97.5 %"),
        "hsm_auxiliary_kwh_t": _c(46.0, 42.0, 50.0, "kWh/t", "guessed", "pumps, tables, edgers"),
        "hsm_eur_t": _c(9.0, 8.0, 10.0, "EUR/t", "guessed", "crew, maintenance"),
        "hsm_roll_eur_km": _c(42.0, 36.0, 48.0, "EUR/km", "guessed", "grinding and wear of a set of work rolls"),
    }
)

POWER_EUR_KWH: Final = 0.11
GAP_S: Final = 38.0
"""Between two strips."""
STAND_M: Final = 5.5
ROUGH_RADIUS_MM: Final = 550.0
ROLL_RADIUS_MM: Final = 370.0
FDT_HELD: Final = 0.6
CT_HELD: Final = 0.6
"""Share of what differs from the foreseen that the control takes out."""

_FORCE: Final = tuple(f"HSM.stand_F{i:02d}.force" for i in range(1, 8))
_POWER: Final = tuple(f"HSM.stand_F{i:02d}.power" for i in range(1, 8))
_WEAR: Final = tuple(f"HSM.stand_F{i:02d}.wear" for i in range(1, 8))
_BULGE: Final = tuple(f"HSM.stand_F{i:02d}.thermal_crown" for i in range(1, 8))
_KM: Final = tuple(f"HSM.roll_F{i:02d}.wr_km" for i in range(1, 8))
_WEARS: Final = (0.4, 0.45, 0.5, 0.6, 0.75, 0.9, 1.0)
_BULGES: Final = (0.65, 0.75, 0.85, 0.95, 1.0, 1.0, 0.95)


@dataclass(slots=True, kw_only=True)
class _Strip:
    """One strip in the mill."""

    alloy: tuple[float, float]
    width_mm: float
    temp_degc: float
    flow: float = 0.0
    power_mw: float = 0.0
    dual: float = 0.0
    forces: tuple[float, ...] = ()


class HotMill(Stage):
    """The hot strip mill with its rolls, pyrometers and nozzles.

    Attributes
    ----------
    calibration_days
        From one calibration of the pyrometers to the next; a practice may change it.
    roll_change_km
        After which the work rolls are changed; a practice may change it.
    """

    DISTURBANCES: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "hsm-ct-pyrometer-drift": "ramp: the coiling pyrometer reads 4 K less every day, at most 40 K",
            "hsm-fdt-pyrometer-drift": "ramp: the finishing pyrometer reads 4 K less every day, at most 40 K",
            "hsm-nozzles-blocked": "ramp: 4 % more of the run-out nozzles block every day, at most 40 %",
            "hsm-roll-type": "step: work rolls of another make, which bulge 40 % more and wear 25 % less",
        }
    )
    CAUSAL: ClassVar[tuple[str, ...]] = (
        "HSM.coiler.ct_sp",
        "HSM.coiler.ct",
        "HSM.exit.fdt",
        "HSM.exit.thickness",
        "HSM.band.grain",
        SPEED[6],
        GAP[6],
        *WATER,
    )

    def __init__(self, constants: Mapping[str, float], draws: Disturbances) -> None:
        super().__init__(constants, draws)
        self.calibration_days = CALIBRATION_DAYS
        self.roll_change_km = constants["hsm_roll_km"]
        self._round_km = 0.0
        self._round_coils = 0
        self._wear = [0.0] * 7
        self._bulge = [0.4 * constants["hsm_bulge_um"] * share for share in _BULGES]
        self._fdt_adapt = 0.0
        self._ct_adapt = 0.0
        self._free_h = 0.0

    def process(self, coil: Coil, set_points: SetPoints, at_h: float) -> Run:
        """Roll a slab to a hot band.

        Parameters
        ----------
        coil
            As it left the furnace.
        set_points
            As :func:`preset` gives them.
        at_h
            When it enters the mill.
        """
        c, steel = self._c, coil.steel
        strip = _Strip(
            alloy=(steel.si, steel.si + 2.0 * steel.al),
            width_mm=coil.slab_width_mm,
            temp_degc=coil.reheat_degc - c["hsm_descale_k"],
        )
        truth = self._rough(coil, strip, set_points)
        truth.update(self._finish(strip, set_points))
        truth.update(self._finishing_temperature(coil, strip, set_points, at_h))
        truth.update(self._cool(coil, strip, set_points, at_h))
        truth.update(self._shape(coil, strip, set_points, at_h))
        truth.update(self._band(coil, strip))
        truth.update((key, set_points[key]) for key in _SHOWN)
        seconds = self._book(coil, strip)
        truth["HSM.coiler.coil_weight"] = coil.mass_t
        minutes = (seconds + GAP_S) / 60.0
        changed = self._roll_on(coil, set_points, minutes, at_h)
        return Run(truth=truth, minutes=minutes, stop_min=ROLL_CHANGE_MIN if changed else 0.0)

    def _rough(self, coil: Coil, strip: _Strip, set_points: SetPoints) -> Truth:
        """Six passes to the transfer bar."""
        c, truth = self._c, {}
        thickness = coil.slab_thickness_mm
        for place, (reduction, force_key, temp_key) in enumerate(ROUGH):
            last = place == 5
            out = set_points["HSM.bar.thickness"] if last else thickness * (1.0 - 0.01 * set_points[reduction])
            out = min(out, 0.95 * thickness)
            strip.temp_degc -= radiated_k(strip.temp_degc, thickness, 16.0, c["hsm_emissivity"])
            strain, speed = log(thickness / out), 2.4 + 0.4 * place
            rate = 1e3 * speed * strain / sqrt(ROUGH_RADIUS_MM * (thickness - out))
            stress = flow_stress(strip.temp_degc, strain, rate, strip.alloy)
            force, contact = pass_force_mn(thickness, out, strip.width_mm, stress, ROUGH_RADIUS_MM)
            truth[temp_key] = strip.temp_degc
            truth[force_key] = force
            truth[reduction] = 100.0 * (1.0 - out / thickness)
            strip.temp_degc += deformation_k(stress, strain) - 0.45 * c["hsm_contact_k"]
            # Rolled in about (length/speed) seconds, of which each pass has its share of the whole minute.
            strip.power_mw += 0.12 * force * contact / ROUGH_RADIUS_MM * speed
            thickness = out
        cover = 1.0 - 0.005 * set_points["HSM.bar.heat_cover"]
        strip.temp_degc -= radiated_k(strip.temp_degc, thickness, 24.0, c["hsm_emissivity"]) * cover
        strip.temp_degc += 3.0 * self._d.normal("hsm.bar", coil.number)
        tail_k = radiated_k(strip.temp_degc, thickness, 45.0, c["hsm_emissivity"]) * cover
        truth["HSM.bar.thickness"] = thickness
        truth["HSM.bar.temp_head"] = strip.temp_degc
        truth["HSM.bar.temp_tail"] = strip.temp_degc - tail_k
        truth["HSM.bar.width"] = strip.width_mm + 6.0
        return truth

    def _finish(self, strip: _Strip, set_points: SetPoints) -> Truth:
        """Seven stands; the strip's temperature is then what nobody has corrected yet."""
        c, truth = self._c, {}
        thickness = set_points["HSM.bar.thickness"]
        strip.flow = flow = min(max(set_points[GAP[6]] * set_points[SPEED[6]], 12.0), 40.0)
        temp = strip.temp_degc - c["hsm_descale_k"]
        forces, dual, strains = [], 0.0, 0.0
        for place in range(7):
            out = min(set_points[GAP[place]], 0.98 * thickness)
            strain, speed = log(thickness / out), flow / out
            rate = 1e3 * speed * strain / sqrt(ROLL_RADIUS_MM * (thickness - out))
            stress = flow_stress(temp, strain, rate, strip.alloy)
            force, contact = pass_force_mn(thickness, out, strip.width_mm, stress, ROLL_RADIUS_MM)
            gamma = austenite_share(strip.alloy[1], temp)
            dual += strain * 4.0 * gamma * (1.0 - gamma)
            strains += strain
            power = 0.9 * force * contact / ROLL_RADIUS_MM * speed
            strip.power_mw += power
            forces.append(force)
            truth[_FORCE[place]], truth[_POWER[place]], truth[SPEED[place]] = force, power, speed
            temp += deformation_k(stress, strain) - c["hsm_contact_k"] * (temp - 80.0) / 850.0
            temp -= radiated_k(temp, out, STAND_M / speed, c["hsm_emissivity"])
            if place < 6:
                temp -= c["hsm_water_k"] * set_points[WATER[place]] / 60.0 * (temp - 30.0) / 870.0 * 22.0 / flow
            thickness = out
        strip.temp_degc, strip.forces, strip.dual = temp, tuple(forces), dual / strains
        return truth

    def _bias(self, name: str, size: float, at_h: float) -> float:
        """By how much a pyrometer reads too much, apart from disturbances."""
        day = int(at_h // 24)
        last = day - day % max(self.calibration_days, 1)
        return size * (self._d.walk(name, day) - self._d.walk(name, last))

    def _finishing_temperature(self, coil: Coil, strip: _Strip, set_points: SetPoints, at_h: float) -> Truth:
        """What the control makes of the finishing temperature, through its pyrometer."""
        c = self._c
        slab = calculated_slab_degc(coil)
        foreseen = foreseen_fdt_degc(slab, strip.flow, sum(set_points[key] for key in WATER), set_points[GAP[6]])
        missed = strip.temp_degc - foreseen
        shown = foreseen + (1.0 - FDT_HELD) * (missed - self._fdt_adapt)
        shown += c["hsm_fdt_sd_k"] * self._d.normal("hsm.fdt", coil.number)
        self._fdt_adapt += 0.08 * (min(max(missed, -60.0), 60.0) - self._fdt_adapt)
        bias = self._bias("hsm.fdt-pyrometer", c["hsm_fdt_bias_k"], at_h)
        bias -= min(4.0 * max(self.days_on("hsm-fdt-pyrometer-drift", at_h), 0.0), 40.0)
        coil.fdt_degc = strip.temp_degc = shown - bias
        return {
            "HSM.exit.fdt": shown,
            "HSM.campaign.fdt_adapt": min(max(self._fdt_adapt, -29.0), 29.0),
        }

    def _cool(self, coil: Coil, strip: _Strip, set_points: SetPoints, at_h: float) -> Truth:
        """The run-out table: what the banks do, and what the control makes of it."""
        c, d, day = self._c, self._d, int(at_h // 24)
        water = 26.0 + 8.0 * sin(2.0 * pi * (at_h / 24.0 - 110.0) / 365.0)
        water += 0.8 * d.wander("hsm.water", day, memory=4.0)
        blocked = c["hsm_blocking"] * (day % FLUSHING_DAYS) / FLUSHING_DAYS
        lost = blocked + min(4.0 * max(self.days_on("hsm-nozzles-blocked", at_h), 0.0), 40.0)
        wet = c["hsm_htc"] * (1.0 - 0.01 * lost) * (1.0 - 0.01 * (water - 25.0))
        thickness, speed, temp = set_points[GAP[6]], strip.flow / set_points[GAP[6]], coil.fdt_degc
        truth = {}
        for place, (top, bottom) in enumerate(BANKS):
            share = 0.5 * (set_points[top] / 320.0 + set_points[bottom] / 360.0)
            temp -= radiated_k(temp, thickness, BANK_M / speed, c["hsm_emissivity"])
            if share > 0.0:
                temp -= bank_k(wet * share * (temp - water), BANK_M, thickness, speed)
            if place % 4 == 3:
                truth[_PYROMETERS[place // 4]] = min(max(temp, 505.0), 895.0)
        missed = temp - set_points["HSM.coiler.ct_sp"]
        shown = set_points["HSM.coiler.ct_sp"] + (1.0 - CT_HELD) * (missed - self._ct_adapt)
        # Where nozzles are blocked the strip comes out in streaks.
        shown += c["hsm_ct_sd_k"] * (1.0 + 0.02 * (lost - 4.0)) * d.normal("hsm.ct", coil.number)
        self._ct_adapt += 0.03 * (min(max(missed, -80.0), 80.0) - self._ct_adapt)
        bias = self._bias("hsm.ct-pyrometer", c["hsm_ct_bias_k"], at_h)
        bias -= min(4.0 * max(self.days_on("hsm-ct-pyrometer-drift", at_h), 0.0), 40.0)
        coil.ct_degc = shown - bias
        truth["HSM.coiler.ct"] = shown
        truth["HSM.water.rot_temp"] = min(max(water, 15.2), 37.8)
        truth["HSM.water.blocked_nozzles"] = min(lost, 14.8)
        return truth

    def _shape(self, coil: Coil, strip: _Strip, set_points: SetPoints, at_h: float) -> Truth:
        """Thickness, crown, edge drop and wedge: forces, bending, and what the rolls have become."""
        c, dice = self._c, self._d.normals("hsm.shape", coil.number)
        day = int(at_h // 24)
        wide = strip.width_mm / 1200.0
        late = sum(strip.forces[4:]) / 3.0
        wear = sum(self._wear[4:]) / 3.0
        bulge = sum(self._bulge[4:]) / 3.0
        bending = sum(set_points[key] for key in BENDING[4:]) / 3.0
        shift = sum(abs(set_points[key]) for key in SHIFT[4:]) / 3.0
        crown = 30.5 + c["hsm_crown_um_mn"] * (late - 11.0 * wide) - 0.025 * (bending - 700.0)
        crown += 0.20 * wear - 0.16 * (bulge - 80.0) + 2.5 * float(dice[0])
        edge = 32.0 + 1.2 * (sum(strip.forces[5:]) / 2.0 - 9.5 * wide) + 0.10 * wear - 0.07 * min(shift, 120.0)
        wedge = 3.0 * self._d.wander("hsm.wedge", day, memory=6.0) + (4.5 + 0.08 * max(shift - 110.0, 0.0)) * float(
            dice[1]
        )
        gauge = 10.0 * self._d.wander("hsm.gauge", day, memory=3.0) + 14.0 * float(dice[2])
        coil.crown_um = min(max(crown, 16.0), 69.0)
        coil.edge_drop_um = min(max(edge + 3.0 * float(dice[3]), 11.0), 79.0)
        coil.wedge_um = min(max(wedge, -29.0), 29.0)
        coil.band_thickness_mm = set_points[GAP[6]] + 1e-3 * gauge
        truth = {
            "HSM.exit.thickness": coil.band_thickness_mm,
            "HSM.exit.crown_c40": coil.crown_um,
            "HSM.exit.edge_drop": coil.edge_drop_um,
            "HSM.exit.wedge": coil.wedge_um,
            "HSM.exit.width": strip.width_mm + 4.0 * float(dice[4]),
            "HSM.exit.flatness": 6.0 * float(dice[5]) + 0.4 * (crown - 40.0),
            "HSM.exit.surface_index": min(max(2.5 * coil.scale_index + 0.015 * wear, 0.2), 9.8),
            "HSM.campaign.round_km": self._round_km,
            "HSM.campaign.round_position": min(self._round_coils + 1.0, 119.0),
        }
        truth.update((key, self._round_km) for key in _KM)
        truth.update(zip(_WEAR, self._wear, strict=True))
        truth.update(zip(_BULGE, self._bulge, strict=True))
        return truth

    def _band(self, coil: Coil, strip: _Strip) -> Truth:
        """Grains, texture and strength of the band."""
        c, steel, dice = self._c, coil.steel, self._d.normals("hsm.band", coil.number)
        annealed = 1.0 / (1.0 + exp(-(coil.ct_degc - 712.0) / 10.0))
        fines = coil.dissolved_s_ppm + coil.dissolved_n_ppm
        warm = (coil.ct_degc - 650.0) / c["hsm_grain_ct_k"]
        grain = c["hsm_grain_um"] * exp(warm if warm > 0.0 else 0.5 * warm)
        grain *= (1.0 + c["hsm_self_anneal"] * annealed) * exp(
            0.0012 * (coil.fdt_degc - 860.0) - 0.006 * (fines - 10.0)
        )
        coil.band_grain_um = grain * exp(0.06 * float(dice[0]))
        texture = 1.0 + c["hsm_texture_grain"] * log(coil.band_grain_um / 31.0)
        texture += c["hsm_texture_fdt"] * (coil.fdt_degc - 860.0) - c["hsm_texture_dual"] * strip.dual
        if strip.alloy[1] > 1.9:
            texture += c["hsm_texture_columns"] * (40.0 - coil.equiaxed)
        coil.texture = min(max(texture + 0.015 * float(dice[1]), 0.7), 1.6)
        strength = 17.0 / sqrt(1e-3 * coil.band_grain_um)
        proof = 100.0 + 68.0 * steel.si + 30.0 * steel.al + 40.0 * steel.mn + 500.0 * steel.p + 0.55 * strength
        whole = 100.0 / (1.0 + exp(-(coil.ct_degc - 690.0) / 28.0 + 1.1 * (steel.si - 1.5)))
        return {
            "HSM.band.grain": coil.band_grain_um,
            "HSM.band.rex_fraction": min(max(whole, 11.0), 99.0),
            "HSM.band.scale": min(max(7.5 + 0.025 * (coil.ct_degc - 650.0) + 0.3 * float(dice[2]), 5.2), 13.8),
            "HSM.band.int_oxide": min(max(0.045 * (coil.ct_degc - 620.0) + 0.3 * float(dice[3]), 0.0), 11.8),
            "HSM.band.Rp02": min(max(proof, 252.0), 478.0),
            "HSM.band.Rm": min(max(proof + 105.0, 352.0), 598.0),
            "HSM.band.HV": min(max(0.45 * proof + 10.0, 121.0), 229.0),
        }

    def _book(self, coil: Coil, strip: _Strip) -> float:
        """Metal, energy and money of the coil; the seconds that it takes to roll."""
        c = self._c
        lost = coil.mass_t * c["hsm_loss_share"] * (1.0 + 0.15 * (coil.scale_index - 1.0))
        coil.account.scrapped_t += lost
        coil.mass_t -= lost
        square_m = coil.mass_t / 7.65
        seconds = 1e6 * square_m / (strip.width_mm * strip.flow)
        km = 1e3 * square_m / (strip.width_mm * coil.band_thickness_mm)
        self._round_km += km
        self._round_coils += 1
        energy = strip.power_mw * seconds / 3.6 + coil.mass_t * c["hsm_auxiliary_kwh_t"]
        coil.account.energy_kwh += energy
        coil.account.cost_eur += POWER_EUR_KWH * energy + coil.mass_t * c["hsm_eur_t"] + c["hsm_roll_eur_km"] * km
        return seconds

    def _roll_on(self, coil: Coil, set_points: SetPoints, minutes: float, at_h: float) -> bool:
        """Let the rolls wear and warm, and change them when due; True where they were changed."""
        c = self._c
        other = self.days_on("hsm-roll-type", at_h) >= 0.0
        km = 1e3 * coil.mass_t / 7.65 / (coil.slab_width_mm * coil.band_thickness_mm)
        idle = max(at_h - self._free_h, 0.0) * 60.0
        self._free_h = at_h + minutes / 60.0
        warm, cooled = 1.0 - exp(-minutes / 35.0), exp(-idle / 60.0)
        for place in range(7):
            spread = 1.0 - 0.3 * min(abs(set_points[SHIFT[place]]) / 110.0, 1.0)
            worn = c["hsm_wear_um_km"] * _WEARS[place] * spread * (0.75 if other else 1.0)
            self._wear[place] += worn * km
            steady = c["hsm_bulge_um"] * _BULGES[place] * (1.4 if other else 1.0)
            bulge = self._bulge[place] * cooled
            self._bulge[place] = bulge + (steady - bulge) * warm
        if self._round_km < self.roll_change_km:
            return False
        self._round_km, self._round_coils = 0.0, 0
        self._wear = [0.0] * 7
        self._bulge = [0.4 * c["hsm_bulge_um"] * share for share in _BULGES]
        return True


_PYROMETERS: Final = tuple(f"HSM.pyro_p{i:02d}.strip_temp" for i in range(1, 5))
_SHOWN: Final = (
    "HSM.bar.heat_cover",
    "HSM.coiler.ct_sp",
    *GAP,
    *BENDING,
    *SHIFT,
    *WATER,
    *(key for bank in BANKS for key in bank),
)
