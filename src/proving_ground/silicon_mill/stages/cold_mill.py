"""Cold rolling: five passes from band to strip, on a reversing 20-high mill over 2.8 % Si and on a tandem mill below.

Force by :mod:`.cold_pass`. Strip temperature from pass to pass, with the heat of rolling and what coolant takes::

    T1  = T_c + (T0 + 0.9 k_f eps_pass/(rho c) - T_c) (1 - cooling)              *calibrated*: 60-170 degC

Mills roll to the ordered thickness: the reductions that are set are a pattern, which gauge control scales so that the
last pass ends at the X-ray gauge's idea of the ordered thickness. So the strip is off by the gauge's hidden bias
(0.2-0.5 %, drifts, calibrated every 30 days) and by its own part.

What the strip inherits: hot crown and wedge keep their share of the thickness, the edge drops by edge drop of the band,
roll wear and too little shift of the tapered rolls (sheet inputs bounded in the literature for less than 7 um of
transverse difference; coefficients *guessed*). Too much shift makes long edges and cracks. Strain over what the texture
likes costs B50: ``-3 (reduction - 0.80)`` of texture factor (*guessed*: B50 -0.01 T from 78 to 84 %).

A strip breaks with a hazard per tonne that rises with Si + 0.5 Al over 3.3, with strip colder than 55 degC at the first
pass, edge cracks, bad welds and band grains over 250 um; 1-3 per 1,000 t are usual in high-silicon rolling (from
memory). A break stops the mill 40-90 min and scraps 0.5-1.5 t.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, isnan, log, sqrt
from types import MappingProxyType
from typing import ClassVar, Final

from proving_ground.constant import Constant, constant
from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.piece import Coil
from proving_ground.silicon_mill.stages.cold_pass import Bite, flow_stress_mpa, pattern, roll_force_mn
from proving_ground.silicon_mill.stages.stage import Run, SetPoints, Stage, Truth

PASSES: Final = 5
REVERSING_FROM_SI: Final = 2.8
TANDEM_FRICTION: Final = 0.65
"""Over that of the reversing mill: more oil, more speed (guessed)."""

HEAT_KJ_KGK: Final = 0.48

_P: Final = tuple(f"CRM.pass_p{k:02d}." for k in range(1, PASSES + 1))
REDUCTION: Final = tuple(p + "reduction" for p in _P)
_SPEED: Final = tuple(p + "speed" for p in _P)
_BACK: Final = tuple(p + "entry_tension" for p in _P)
_FRONT: Final = tuple(p + "exit_tension" for p in _P)
_SHIFT: Final = tuple(p + "imr_shift" for p in _P)
_COOLANT: Final = tuple(p + "coolant" for p in _P)
_FORCE: Final = tuple(p + "force" for p in _P)
_ENTRY: Final = tuple(p + "entry_thick" for p in _P)
_EXIT: Final = tuple(p + "exit_thick" for p in _P)
_TEMP: Final = tuple(p + "strip_temp" for p in _P)
_POWER: Final = tuple(p + "power" for p in _P)
_R: Final = tuple(f"CRM.roll_p{k:02d}." for k in range(1, PASSES + 1))
_DIAMETER: Final = tuple(r + "wr_diameter" for r in _R)
_ROLL_RA: Final = tuple(r + "wr_Ra" for r in _R)
_KM: Final = tuple(r + "wr_km" for r in _R)
_FLAT: Final = tuple(f"CRM.flat_z{k:02d}.stress_dev" for k in range(1, 21))
_ACROSS: Final = tuple((k - 9.5) / 9.5 for k in range(20))
_BOW: Final = tuple(x * x - 0.368 for x in _ACROSS)
_QUARTER: Final = tuple(x**4 - 0.857 * x * x + 0.089 for x in _ACROSS)
_READ_SET: Final = (*REDUCTION, *_SPEED, *_BACK, *_FRONT, *_COOLANT, "CRM.entry.coil_temp", "CRM.entry.induction")

CONSTANTS: Final[Mapping[str, Constant]] = MappingProxyType(
    {
        "crm_flow_mpa": constant(560.0, 540.0, 580.0, "MPa", "guessed", "K without silicon (usual practice)"),
        "crm_flow_si_mpa": constant(130.0, 122.0, 138.0, "MPa/%", "guessed", "K per % Si (usual practice)"),
        "crm_hardening": constant(0.20, 0.18, 0.22, "1", "guessed", "n 0.18-0.22"),
        "crm_flow_sd": constant(0.025, 0.02, 0.03, "1", "guessed", "flow stress between coils"),
        "crm_friction": constant(0.045, 0.040, 0.050, "1", "calibrated", "forces of 2-8 MN"),
        "crm_cooling": constant(0.42, 0.38, 0.46, "1", "calibrated", "strip 60-170 degC between passes"),
        "crm_gauge_bias": constant(0.0020, 0.0018, 0.0022, "1", "sourced", "gauges 0.2-0.5 % (from memory)"),
        "crm_calibration_days": constant(30.0, 27.0, 33.0, "days", "guessed", "usual calendar"),
        "crm_thickness_sd": constant(0.0036, 0.0035, 0.0037, "1", "guessed", "mean thickness between coils"),
        "crm_gauge_um": constant(1.86, 1.83, 1.89, "um", "calibrated", "gauge sd 1.5-4 um (from memory)"),
        "crm_inherit": constant(0.55, 0.54, 0.56, "1", "guessed", "share of relative crown left in the strip"),
        "crm_edge_um": constant(6.2, 6.1, 6.3, "um", "guessed", "edge drop without shift, new rolls"),
        "crm_shift_um_mm": constant(0.10, 0.09, 0.11, "um/mm", "guessed", "edge drop taken away by tapered rolls"),
        "crm_texture_reduction": constant(3.0, 2.7, 3.3, "1", "guessed", "texture factor per unit of reduction"),
        "crm_texture_sd": constant(0.035, 0.03, 0.04, "1", "guessed", "texture between coils rolled alike"),
        "crm_break_t": constant(0.0011, 0.00095, 0.00125, "1/t", "calibrated", "1-3 breaks per 1,000 t of high Si"),
        "crm_edge_cracks": constant(1.31, 1.28, 1.34, "1/km", "calibrated", "edge cracks on 0.5-1.5 % of coils"),
        "crm_flatness_iu": constant(7.75, 7.65, 7.85, "IU", "calibrated", "flatness defects on 1-1.5 % of coils"),
        "crm_roll_ra": constant(0.55, 0.50, 0.60, "um", "guessed", "ground finish of the last rolls"),
        "crm_line_eur_h": constant(860.0, 790.0, 930.0, "EUR/h", "guessed", "reversing mill: crew, upkeep"),
        "crm_roll_eur_km": constant(2.6, 2.3, 2.9, "EUR/km", "guessed", "grinding of work rolls"),
    }
)
"""Every uncertain constant of the cold mill by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdRollingRecipe:
    """What is decided for a coil.

    Parameters
    ----------
    first_share
        Reduction of the first pass over that of an even pattern.
    entry_degc
        To which the coil is brought before rolling.
    induction_kw
        Of the heater in front of the first pass.
    tension
        Over the usual stress between passes.
    shift_mm
        Of the tapered intermediate rolls, against edge drop.
    speed
        Over the usual speed.
    """

    first_share: float = 1.08
    entry_degc: float = 60.0
    induction_kw: float = 300.0
    tension: float = 1.0
    shift_mm: float = 10.0
    speed: float = 1.0


_REVERSING_M_MIN: Final = (220.0, 380.0, 480.0, 560.0, 560.0)
_TANDEM_M_MIN: Final = (190.0, 265.0, 365.0, 490.0, 640.0)
_SHAPE: Final = (1.0, 1.02, 1.0, 0.99, 0.95)
_REVERSING_MM: Final = (84.0, 82.0, 80.0, 78.0, 76.0)
_TANDEM_MM: Final = (310.0, 300.0, 295.0, 285.0, 280.0)


def preset(recipe: ColdRollingRecipe, coil: Coil) -> dict[str, float]:
    """Set-points for a coil: reductions from its measured thickness, speeds, tensions, coolant, shift."""
    entry_mm = min(max(coil.seen.get("HSM.exit.thickness", 2.2), 1.6), 3.0)
    reversing = coil.grade.si > REVERSING_FROM_SI
    shares = (recipe.first_share, *_SHAPE[1:])
    reductions = pattern(entry_mm, coil.grade.thickness_mm, shares)
    speeds = _REVERSING_M_MIN if reversing else _TANDEM_M_MIN
    base = 1.0 if reversing else 0.72
    points: dict[str, float] = {}
    for k in range(PASSES):
        points[REDUCTION[k]] = min(max(100.0 * reductions[k], 18.0), 38.0)
        points[_SPEED[k]] = min(max(speeds[k] * recipe.speed, 100.0), 900.0)
        points[_BACK[k]] = min(max((70.0 + 28.0 * k) * base * recipe.tension, 40.0), 250.0)
        points[_FRONT[k]] = min(max((135.0 + 30.0 * k) * base * recipe.tension, 80.0), 400.0)
        points[_SHIFT[k]] = min(max(recipe.shift_mm, -60.0), 60.0)
        points[_COOLANT[k]] = 4500.0 if reversing else 5200.0
    points["CRM.entry.coil_temp"] = min(max(recipe.entry_degc, 10.0), 120.0)
    points["CRM.entry.induction"] = min(max(recipe.induction_kw, 0.0), 1800.0)
    return points


def break_hazard(per_t: float, coil: Coil, *, entry_degc: float, weld: float, tension: float) -> float:
    """Strip breaks per tonne.

    Parameters
    ----------
    per_t
        At Si + 0.5 Al of 3.3, warm, sound edges, good weld.
    coil
        Its analysis, band grain and edges.
    entry_degc
        Of the strip at the first pass.
    weld
        Quality, 0 to 1.
    tension
        Mean front tension over flow stress.
    """
    brittle = coil.steel.si + 0.5 * coil.steel.al - 3.3
    grade = exp(min(2.6 * brittle, 1.5))
    cold = exp(max(55.0 - entry_degc, 0.0) / 11.0) if brittle > -1.0 else 1.0
    cracked = 1.0 + 0.12 * coil.edge_cracks_per_km
    coarse = exp(max(coil.band_grain_um - 250.0, 0.0) / 40.0)
    pulled = exp(9.0 * (tension - 0.24))
    return per_t * grade * cold * cracked * coarse * pulled * (1.0 + 2.0 * max(0.8 - weld, 0.0))


class ColdMill(Stage):
    """The reversing and the tandem mill, told by the same parameters.

    Attributes
    ----------
    calibration_days
        Calendar of the X-ray gauge; practice may set another.
    roll_change_km
        After which the work rolls of a pass are changed; practice may set another.
    """

    DISTURBANCES: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "crm-gauge-drift": "the X-ray gauge reads 0.10 % too little more every day, to 2 %: strip gets heavy",
            "crm-cold-coils": "coil heating fails: coils come 35 K colder than set",
            "crm-coolant-nozzles": "blocked nozzles: thermal crown is uneven, flatness half as bad again",
        }
    )
    CAUSAL: ClassVar[tuple[str, ...]] = ("CRM.exit.thick_mean", "CRM.pass_p05.exit_thick", "CRM.pass_p01.entry_thick")

    def __init__(self, constants: Mapping[str, float], draws: Disturbances) -> None:
        super().__init__(constants, draws)
        self.calibration_days = constants["crm_calibration_days"]
        self.roll_change_km = [140.0, 140.0, 120.0, 100.0, 80.0]
        self._km = {True: [60.0, 20.0, 90.0, 45.0, 10.0], False: [20.0, 75.0, 35.0, 80.0, 40.0]}

    def process(self, coil: Coil, set_points: SetPoints, at_h: float) -> Run:
        """Roll a coil to its thickness."""
        truth: Truth = {key: set_points[key] for key in _READ_SET}
        reversing = coil.grade.si > REVERSING_FROM_SI
        if isnan(coil.strip_width_mm):
            coil.strip_width_mm = coil.slab_width_mm
        coil.thickness_mm = coil.grade.thickness_mm * self._gauge(coil, at_h)
        coil.cold_reduction = 1.0 - coil.thickness_mm / coil.band_thickness_mm
        tension, entry_degc = self._roll(coil, set_points, truth, at_h)
        wear = self._wear(coil, truth, reversing=reversing)
        self._cross_section(coil, set_points, truth, wear)
        self._edges(coil, set_points, truth, entry_degc)
        self._flatness(coil, set_points, truth, wear, at_h)
        c = self._c
        scatter = c["crm_texture_sd"] * self._d.normal("crm-texture", coil.number)
        lost = c["crm_texture_reduction"] * (coil.cold_reduction - 0.80)
        coil.texture = min(max(coil.texture - lost + scatter, 0.7), 1.6)
        stop_min = self._break(coil, truth, tension, entry_degc)
        minutes = self._account(coil, set_points, truth, reversing=reversing)
        return Run(truth=truth, minutes=minutes, stop_min=stop_min)

    def _gauge(self, coil: Coil, at_h: float) -> float:
        """True over ordered thickness: the gauge's hidden bias, and the coil's own part."""
        day = int(at_h // 24.0)
        lot = int(day // self.calibration_days)
        calibrated = int(lot * self.calibration_days)
        drift = (self._d.walk("crm-gauge", day) - self._d.walk("crm-gauge", calibrated)) / sqrt(
            self._c["crm_calibration_days"]
        )
        faulty = 0.0010 * min(max(self.days_on("crm-gauge-drift", at_h), 0.0), 20.0)
        size = self._c["crm_gauge_bias"]
        bias = size * (0.3 * self._d.normal("crm-gauge-calibration", lot) + 0.7 * drift) + faulty
        return 1.0 + bias + self._c["crm_thickness_sd"] * self._d.normal("crm-thickness", coil.number)

    def _roll(self, coil: Coil, set_points: SetPoints, truth: Truth, at_h: float) -> tuple[float, float]:
        """The passes: thickness, force, temperature, power. Mean tension over flow stress; entry temperature."""
        c = self._c
        reversing = coil.grade.si > REVERSING_FROM_SI
        harder = 1.0 + c["crm_flow_sd"] * self._d.normal("crm-flow", coil.number)
        base, per_si, n = harder * c["crm_flow_mpa"], harder * c["crm_flow_si_mpa"], c["crm_hardening"]
        width = coil.strip_width_mm
        shares = tuple(-log(1.0 - 0.01 * set_points[key]) for key in REDUCTION)
        friction = (
            c["crm_friction"]
            * (1.0 if reversing else TANDEM_FRICTION)
            * (1.0 + 0.06 * self._d.normal("crm-friction", int(at_h // 24.0)))
        )
        reductions = pattern(coil.band_thickness_mm, coil.thickness_mm, shares)
        entry, strain, pulled = coil.band_thickness_mm, 0.0, 0.0
        temp = entry_degc = self._entry_degc(coil, set_points, at_h)
        diameters = _REVERSING_MM if reversing else _TANDEM_MM
        for k, reduction in enumerate(reductions):
            out = entry * (1.0 - reduction)
            own = -1.155 * log(1.0 - reduction)
            flow = flow_stress_mpa(coil.steel.si, strain + 0.6 * own, base=base, per_si=per_si, n=n)
            strain += own
            back, front = set_points[_BACK[k]], set_points[_FRONT[k]]
            stress = flow - 0.4 * back - 0.6 * front
            diameter = diameters[k] - 0.04 * diameters[k] * self._km[reversing][k] / self.roll_change_km[k]
            force = roll_force_mn(
                Bite(
                    entry_mm=entry,
                    exit_mm=out,
                    width_mm=width,
                    radius_mm=0.5 * diameter,
                    stress_mpa=stress,
                    friction=friction,
                )
            )
            work = flow * own / 1.155
            cooled = min(c["crm_cooling"] * (set_points[_COOLANT[k]] / 4500.0) ** 0.5, 0.8)
            warm = temp + 0.9 * work / 3.67
            temp = 48.0 + (warm - 48.0) * (1.0 - cooled)
            flow_m3_s = set_points[_SPEED[k]] / 60.0 * out * width * 1e-6
            pulled += front / flow / PASSES
            truth[_ENTRY[k]], truth[_EXIT[k]] = entry, out
            truth[_FORCE[k]], truth[_TEMP[k]] = force, temp
            truth[_POWER[k]] = 1.22 * work * flow_m3_s + 0.35
            truth[_DIAMETER[k]] = diameter
            entry = out
        return pulled, entry_degc

    def _entry_degc(self, coil: Coil, set_points: SetPoints, at_h: float) -> float:
        """Strip temperature at the first pass: coils cool on their way, the more the warmer; the heater helps."""
        set_degc = set_points["CRM.entry.coil_temp"]
        if self.days_on("crm-cold-coils", at_h) >= 0.0:
            set_degc -= 35.0
        air = 18.0 + 7.0 * self._d.wander("crm-air", int(at_h // 24.0), memory=20.0)
        coil_degc = max(set_degc - 0.10 * (set_degc - air), air) + 5.0 * self._d.normal("crm-entry", coil.number)
        kg_s = set_points[_SPEED[0]] / 60.0 * coil.band_thickness_mm * coil.strip_width_mm * 1e-6 * 7650.0
        return max(coil_degc + 0.85 * set_points["CRM.entry.induction"] / (kg_s * HEAT_KJ_KGK), 8.0)

    def _wear(self, coil: Coil, truth: Truth, *, reversing: bool) -> float:
        """Move the work rolls on; wear of the last two passes, 0 fresh to 1."""
        counters = self._km[reversing]
        volume = 1e6 * coil.mass_t / density_kg_m3(coil)
        for k in range(PASSES):
            truth[_KM[k]] = counters[k]
            finish = self._c["crm_roll_ra"] * (1.25 if k < PASSES - 1 else 1.0)
            truth[_ROLL_RA[k]] = finish * exp(-0.4 * counters[k] / self.roll_change_km[k])
        worn = 0.5 * (counters[3] / self.roll_change_km[3] + counters[4] / self.roll_change_km[4])
        for k in range(PASSES):
            counters[k] += volume / (truth[_EXIT[k]] * coil.strip_width_mm)
            if counters[k] >= self.roll_change_km[k]:
                counters[k] = 0.0
        return worn

    def _cross_section(self, coil: Coil, set_points: SetPoints, truth: Truth, wear: float) -> None:
        """Gauge, transverse difference, edge drop and finish of the strip; out of tolerance or not."""
        c, d, n = self._c, self._d, coil.number
        ratio = coil.thickness_mm / coil.band_thickness_mm
        inherited = c["crm_inherit"] * ratio * (coil.crown_um + 0.4 * abs(coil.wedge_um))
        shift = set_points[_SHIFT[PASSES - 1]]
        edge = c["crm_edge_um"] + 0.05 * (coil.edge_drop_um - 45.0) + 1.6 * (wear - 0.5) + 0.6 * d.normal("crm-edge", n)
        edge = min(max(edge - c["crm_shift_um_mm"] * (shift - 10.0), 2.0), 14.0)
        coil.ttd_um = min(max(0.55 * inherited + 0.62 * edge + 0.7 * d.normal("crm-ttd", n), 3.0), 15.0)
        slack = max(0.2 - set_points[_FRONT[4]] / 1000.0, 0.0)
        spread = exp(0.17 * d.normal("crm-spread", n)) * (1.0 + 0.4 * wear + 2.0 * slack)
        coil.thickness_sd_um = min(c["crm_gauge_um"] * spread, 6.0)
        coil.roughness_um = max(0.58 * truth[_ROLL_RA[4]] + 0.02 * d.normal("crm-finish", n), 0.12)
        aim_um = 1000.0 * coil.grade.thickness_mm
        off_um = abs(1000.0 * coil.thickness_mm - aim_um) + 2.0 * coil.thickness_sd_um
        if (off_um > 0.0094 * aim_um + 5.0 or coil.ttd_um > 8.3) and "thickness" not in coil.defects:
            coil.defects.append("thickness")
        truth["CRM.exit.thick_mean"] = coil.thickness_mm
        truth["CRM.exit.thick_sd"] = coil.thickness_sd_um
        truth["CRM.exit.ttd"] = coil.ttd_um
        truth["CRM.exit.edge_drop"] = edge
        truth["CRM.exit.wedge"] = min(max(0.55 * ratio * coil.wedge_um, -5.0), 5.0)
        truth["CRM.exit.Ra"] = coil.roughness_um
        truth[_SHIFT[PASSES - 1]] = shift

    def _edges(self, coil: Coil, set_points: SetPoints, truth: Truth, entry_degc: float) -> None:
        """Cracks along the edges: brittle steel, cold first pass, rough pickled edge, too much shift."""
        d, n = self._d, coil.number
        brittle = coil.steel.si + 0.5 * coil.steel.al - 3.3
        cold = exp(max(60.0 - entry_degc, 0.0) / 24.0)
        pushed = exp(0.03 * max(set_points[_SHIFT[PASSES - 1]] - 15.0, 0.0))
        sound = 0.9 - 0.07 * abs(d.normal("crm-edge-quality", n)) - 0.05 * min(coil.residual_scale, 2.0)
        rough = exp(3.0 * (0.85 - sound)) * exp(0.42 * d.normal("crm-cracks", n))
        cracks = self._c["crm_edge_cracks"] * exp(0.75 * max(brittle, -2.0)) * cold * pushed * rough
        coil.edge_cracks_per_km = min(cracks, 20.0)
        truth["CRM.entry.edge_quality"] = sound
        truth["CRM.exit.edge_cracks"] = coil.edge_cracks_per_km
        if coil.edge_cracks_per_km > 5.25 and "edge_crack" not in coil.defects:
            coil.defects.append("edge_crack")

    def _flatness(self, coil: Coil, set_points: SetPoints, truth: Truth, wear: float, at_h: float) -> None:
        """Flatness and the stress over the width that shows it."""
        d, n = self._d, coil.number
        fault = 1.5 if self.days_on("crm-coolant-nozzles", at_h) >= 0.0 else 1.0
        thermal = 1.0 + 0.06 * d.wander("crm-thermal", int(at_h // 24.0), memory=2.0)
        away = (set_points[_SHIFT[PASSES - 1]] - 10.0) / 25.0
        cooled = (4500.0 / set_points[_COOLANT[PASSES - 1]]) ** 0.25
        iu = self._c["crm_flatness_iu"] * fault * thermal * cooled * (1.0 + 0.3 * wear) * (1.0 + 0.3 * away * away)
        iu = min(max(iu * exp(0.30 * d.normal("crm-flatness", n)), 2.0), 25.0)
        bow = 0.8 * iu * d.normal("crm-flatness", n, 1)
        tilt = 0.3 * iu * d.normal("crm-flatness", n, 2)
        quarter = 1.2 * iu * d.normal("crm-flatness", n, 3)
        for key, x, b, q in zip(_FLAT, _ACROSS, _BOW, _QUARTER, strict=True):
            truth[key] = min(max(bow * b + tilt * x + quarter * q, -30.0), 30.0)
        truth["CRM.exit.flatness"] = iu
        if iu > 17.5 and "flatness" not in coil.defects:
            coil.defects.append("flatness")

    def _break(self, coil: Coil, truth: Truth, tension: float, entry_degc: float) -> float:
        """Whether the strip breaks; minutes of standstill. Scrap is booked."""
        d, n = self._d, coil.number
        weld = max(0.93 - 0.07 * abs(d.normal("crm-weld", n)), 0.4)
        truth["CRM.entry.weld_quality"] = weld
        per_t = self._c["crm_break_t"] * (1.0 if coil.grade.si > REVERSING_FROM_SI else 0.7)
        hazard = break_hazard(per_t, coil, entry_degc=entry_degc, weld=weld, tension=tension)
        if d.uniform("crm-break", n) >= 1.0 - exp(-hazard * coil.mass_t):
            return 0.0
        lost_t = 0.5 + d.uniform("crm-break", n, 1)
        coil.mass_t -= lost_t
        coil.account.scrapped_t += lost_t
        return 40.0 + 50.0 * d.uniform("crm-break", n, 2)

    def _account(self, coil: Coil, set_points: SetPoints, truth: Truth, *, reversing: bool) -> float:
        """Book what rolling used, take head and tail off; minutes on the mill."""
        c = self._c
        truth["CRM.exit.HV"] = hardness_hv(coil, base=c["crm_flow_mpa"], per_si=c["crm_flow_si_mpa"])
        volume = 1e6 * coil.mass_t / density_kg_m3(coil)
        minutes_by_pass = [
            1000.0 * volume / (truth[_EXIT[k]] * coil.strip_width_mm) / set_points[_SPEED[k]] for k in range(PASSES)
        ]
        kwh = sum(1000.0 * truth[_POWER[k]] * m / 60.0 for k, m in enumerate(minutes_by_pass))
        kwh += set_points["CRM.entry.induction"] * minutes_by_pass[0] / 60.0
        kwh += coil.mass_t * (58.0 + 0.16 * max(set_points["CRM.entry.coil_temp"] - 18.0, 0.0))
        km = volume / (coil.thickness_mm * coil.strip_width_mm)
        minutes = sum(minutes_by_pass) + 11.0 if reversing else minutes_by_pass[-1] + 3.0
        rate = c["crm_line_eur_h"] * (1.0 if reversing else 2.4)
        account = coil.account
        account.energy_kwh += kwh
        account.cost_eur += 0.11 * kwh + rate * minutes / 60.0 + c["crm_roll_eur_km"] * 2.5 * km + 4.5 * coil.mass_t
        lost_t = coil.mass_t * 0.016 + 0.06
        coil.mass_t -= lost_t
        account.scrapped_t += lost_t
        return minutes


def density_kg_m3(coil: Coil) -> float:
    """Density of a coil's steel; IEC 60404-2 (from memory)."""
    return 7865.0 - 65.0 * (coil.steel.si + 1.7 * coil.steel.al)


def hardness_hv(coil: Coil, *, base: float, per_si: float) -> float:
    """Hardness as rolled, by the flow stress (guessed)."""
    strain = -1.155 * log(1.0 - coil.cold_reduction)
    return 110.0 + 0.19 * flow_stress_mpa(coil.steel.si, strain, base=base, per_si=per_si, n=0.2)
