"""The slab caster: two strands of 220 mm, from the ladle to the slabs of one heat.

The steel loses a few tens of kelvin between degasser and tundish; what is left over the liquidus (the superheat) and
the stirring of the strand decide how much of the slab freezes in equiaxed crystals. The rest stands in columns, which a
hot band of more than 2.5 % Si remembers as ridges.

The equations stand in :mod:`.solidification`. The factor of silicon in the liquidus is chosen to give about 1,500 degC
at 3 % (a textbook's linear 7.6 gives 1,514): the plant carries an adaptive bias instead, and the true liquidus has one
of its own. Alumina grows in the nozzle from heat to heat, the level in the mould grows restless (sd 1 to 3 mm), and
slivers follow; a tundish change brings a clean nozzle but dirty first slabs. Figures without a source are guessed from
usual practice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, sqrt
from types import MappingProxyType
from typing import ClassVar, Final

from proving_ground.constant import Constant
from proving_ground.constant import constant as _c
from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.piece import SLABS_PER_HEAT, Account, Coil, Heat
from proving_ground.silicon_mill.stages.solidification import (
    crater_m,
    enrichment,
    equiaxed_share,
    liquidus_degc,
    mixed,
    old_share,
)
from proving_ground.silicon_mill.stages.stage import Run, SetPoints, Stage, Truth

THICKNESS_MM: Final = 220.0
SLAB_T_M3: Final = 7.65
POWDER_LOT: Final = 12
"""Heats that one delivery of mould powder serves."""
TUNDISH_LIFE_MIN: Final = 690.0
NOZZLE_LIFE_MIN: Final = 600.0
BREAKOUT_STOP_MIN: Final = 1440.0

CONSTANTS: Final[Mapping[str, Constant]] = MappingProxyType(
    {
        "cc_drop_k": _c(43.0, 42.0, 44.0, "K", "guessed", "end of degassing to tundish: ladle, shroud, tundish"),
        "cc_drop_sd_k": _c(3.0, 2.4, 3.6, "K", "guessed", "waiting and ladle state differ by heat"),
        "cc_first_heat_k": _c(5.0, 3.5, 6.5, "K", "guessed", "a new tundish is colder than the steel"),
        "cc_fade_k_min": _c(0.12, 0.09, 0.15, "K/min", "guessed", "the ladle cools while it empties"),
        "cc_liquidus_bias_k": _c(0.0, -1.5, 1.5, "K", "guessed", "factor of Si: 12 or 7.6 K per %"),
        "cc_shell_mm": _c(25.0, 24.0, 26.0, "mm/min^0.5", "sourced", "22-26 (from memory)"),
        "cc_equiaxed_base": _c(60.0, 58.5, 61.5, "%", "calibrated", "equiaxed share without superheat"),
        "cc_equiaxed_slope": _c(1.3, 1.22, 1.38, "%/K", "calibrated", "per kelvin of superheat"),
        "cc_equiaxed_ems": _c(20.0, 17.0, 23.0, "%", "calibrated", "strand stirrer at 600 A"),
        "cc_equiaxed_sd": _c(2.5, 2.1, 2.9, "%", "guessed", "heat to heat; 0.6 of it slab to slab"),
        "cc_mixed_share": _c(0.6, 0.54, 0.66, "1", "guessed", "of the tundish that mixes; the rest is plug flow"),
        "cc_skull_share": _c(0.024, 0.0215, 0.0265, "1", "guessed", "ladle rest, torch cut, scale: 96-97.5 % yield"),
        "cc_sequence_end_t": _c(6.5, 5.5, 7.5, "t", "guessed", "crop and tundish skull at either end of a sequence"),
        "cc_clog_rate": _c(0.10, 0.085, 0.115, "1/heat", "guessed", "nozzle life 6-10 heats"),
        "cc_level_clog_mm": _c(1.45, 1.25, 1.65, "mm", "guessed", "level sd 1 -> 3 mm over a nozzle's life"),
        "cc_sliver_share": _c(0.0086, 0.0082, 0.0090, "1", "calibrated", "0.8-1.5 % of coils with slivers"),
        "cc_breakout_share": _c(1.0e-4, 7.0e-5, 1.3e-4, "1/heat", "guessed", "0.05-0.2 per 1,000 heats"),
        "cc_segregation": _c(0.20, 0.17, 0.23, "1", "calibrated", "centre index 1.05-1.25 with soft reduction"),
        "cc_reduction_mm": _c(4.0, 3.6, 4.4, "mm", "guessed", "soft reduction that halves the segregation"),
        "cc_eur_min": _c(38.0, 33.0, 43.0, "EUR/min", "guessed", "crew, rolls, water of both strands"),
        "cc_tundish_eur": _c(7000.0, 6000.0, 8000.0, "EUR", "guessed", "lining, nozzle, stopper of a tundish"),
        "cc_kwh_t": _c(16.0, 14.0, 18.0, "kWh/t", "guessed", "15-25 with stirrers"),
    }
)

POWER_EUR_KWH: Final = 0.11
EMS_KWH_T: Final = 5.0
"""Strand stirrer at full current."""

_ZONES: Final = tuple(f"CC.zone_z{i:02d}.water_flow" for i in range(1, 11))
_ZONE_SHARES: Final = (0.06, 0.10, 0.16, 0.15, 0.13, 0.12, 0.10, 0.08, 0.06, 0.04)
_GAPS: Final = tuple(f"CC.segment_s{i:02d}.gap" for i in range(1, 9))
_SURFACES: Final = tuple(
    (f"CC.pyro_p{i:02d}.surface_temp", base) for i, base in enumerate((965.0, 930.0, 900.0, 870.0), 1)
)
_FLUXES: Final = tuple((f"CC.face_f{i:02d}.heat_flux", f) for i, f in enumerate((1.0, 1.0, 0.92, 0.92), 1))
_TAPER_MM: Final = 0.4
"""By which each segment is closer than the one before, following the shrinkage alone."""
_WATER_L_KG: Final = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class CasterRecipe:
    """What is decided at the caster; the superheat is decided at the degasser.

    Parameters
    ----------
    speed_m_min
        Casting speed.
    strand_ems_a, mould_ems_a
        Current of the stirrers in the strand and at the mould.
    soft_reduction_mm
        Taken off the thickness while the core freezes.
    """

    speed_m_min: float = 1.10
    strand_ems_a: float = 350.0
    mould_ems_a: float = 300.0
    soft_reduction_mm: float = 2.5


def preset(recipe: CasterRecipe, width_mm: float) -> dict[str, float]:
    """The set-points of a heat: speed and stirrers, and spray water, segment gaps and slab length that follow.

    Parameters
    ----------
    recipe
        What is decided.
    width_mm
        The planned width of the slabs, 900 to 1,300.
    """
    t_m = SLAB_T_M3 * 1e-6 * THICKNESS_MM * width_mm
    water = _WATER_L_KG * 1000.0 * t_m * recipe.speed_m_min
    points = {
        "CC.mould.speed": recipe.speed_m_min,
        "CC.mould.ems_current": recipe.mould_ems_a,
        "CC.strand.sems_current": recipe.strand_ems_a,
        "CC.strand.sr_total": recipe.soft_reduction_mm,
        "CC.slab.width": width_mm,
        "CC.slab.length": min(max(19.2 / t_m, 8.6), 9.7),
    }
    points.update((key, share * water) for key, share in zip(_ZONES, _ZONE_SHARES, strict=True))
    points.update((key, 226.0 - _TAPER_MM * place) for place, key in enumerate(_GAPS))
    return points


@dataclass(slots=True, kw_only=True)
class _Strand:
    """One heat on the strands."""

    minutes: float
    per_metre_t: float
    temp_degc: float
    liquidus_degc: float
    superheat_k: float
    ems: float
    stirring: float
    level_sd_mm: float
    powder: float
    clean: float
    tundish_t: float
    reduction_mm: float


class Caster(Stage):
    """The caster with its nozzles, tundishes and powders."""

    DISTURBANCES: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "cc-stirrer-fault": "step: a shorted coil leaves the strand stirrer 30 % of its force at the same current",
            "cc-powder-lot": "step: a delivery of mould powder of high viscosity: restless level, friction, slivers",
            "cc-tundish-insulation": "ramp: poor cover powder, the steel arrives 1.5 K colder every day, at most 9 K",
        }
    )
    CAUSAL: ClassVar[tuple[str, ...]] = ("CC.tundish.superheat", "CC.strand.sems_current", "CC.slab.equiaxed_ratio")

    def __init__(self, constants: Mapping[str, float], draws: Disturbances) -> None:
        super().__init__(constants, draws)
        self._clog = 0.0
        self._tundish_min = 0.0
        self._nozzle_min = 0.0

    def process(
        self, heat: Heat, before: Heat | None, set_points: SetPoints, at_h: float
    ) -> tuple[Run, tuple[Coil, ...], tuple[Truth, ...]]:
        """Cast a heat.

        Parameters
        ----------
        heat
            As it left the degasser.
        before
            The previous heat of the same sequence, whose rest is still in the tundish.
        set_points
            As :func:`preset` gives them.
        at_h
            When the ladle opens.

        Returns
        -------
        tuple
            The run with what concerns the heat, its slabs, and for each slab its own true values.
        """
        strand = self._strand(heat, before, set_points, at_h)
        truth = self._truth(heat, before, set_points, strand)
        broke = self._d.uniform("cc.breakout", heat.number) < self._breakout(set_points, strand)
        slabs = self._slabs(heat, before, (set_points, strand), at_h)
        if broke:
            slabs = slabs[: max(2, len(slabs) - 2)]
        self._settle(heat, before, [coil for coil, _ in slabs], strand)
        stop_min = BREAKOUT_STOP_MIN if broke else 0.0
        run = Run(truth=truth, minutes=strand.minutes, stop_min=stop_min)
        return run, tuple(coil for coil, _ in slabs), tuple(own for _, own in slabs)

    def _strand(self, heat: Heat, before: Heat | None, set_points: SetPoints, at_h: float) -> _Strand:
        c, number = self._c, heat.number
        width, speed = set_points["CC.slab.width"], set_points["CC.mould.speed"]
        per_metre_t = SLAB_T_M3 * 1e-6 * THICKNESS_MM * width
        minutes = heat.mass_t * (1.0 - c["cc_skull_share"]) / (2.0 * per_metre_t * speed)
        self._tend(heat, before, minutes)
        temp = heat.temp_degc - c["cc_drop_k"] - c["cc_drop_sd_k"] * self._d.normal("cc.drop", number)
        temp -= c["cc_first_heat_k"] if before is None else 0.0
        temp -= min(1.5 * max(self.days_on("cc-tundish-insulation", at_h), 0.0), 9.0)
        true_liquidus = liquidus_degc(heat.steel) + c["cc_liquidus_bias_k"] + self._d.normal("cc.liquidus", number)
        # Steel that would freeze in the nozzle is not cast: the ladle is sent back to be heated.
        temp = max(temp, true_liquidus + 8.0)
        powder = self._d.normal("cc.powder", number // POWDER_LOT)
        stiff = self.days_on("cc-powder-lot", at_h) >= 0.0
        powder += 3.0 if stiff else 0.0
        level = (
            (1.65 if stiff else 0.75)
            + c["cc_level_clog_mm"] * self._clog
            + 0.12 * abs(powder)
            + 2.0 * max(speed - 1.05, 0.0)
        )
        level += 2.5 * max(set_points["CC.mould.ems_current"] - 420.0, 0.0) / 280.0
        level *= exp(0.15 * self._d.normal("cc.level", number))
        changed = before is not None and before.grade.key != heat.grade.key
        ems = set_points["CC.strand.sems_current"] / 600.0
        gaps = set_points[_GAPS[3]] - set_points[_GAPS[7]]
        return _Strand(
            minutes=minutes,
            per_metre_t=per_metre_t,
            temp_degc=temp,
            liquidus_degc=liquidus_degc(heat.steel) + 0.8 * c["cc_liquidus_bias_k"],
            superheat_k=temp - true_liquidus,
            ems=ems,
            stirring=ems * (0.3 if self.days_on("cc-stirrer-fault", at_h) >= 0.0 else 1.0),
            level_sd_mm=min(level, 4.8),
            powder=powder,
            clean=sqrt(max(heat.steel.o_ppm, 4.0) / 16.0),
            tundish_t=(38.0 if changed else 50.0) + self._d.normal("cc.tundish", number),
            reduction_mm=max(set_points["CC.strand.sr_total"] + 0.5 * (gaps - 4.0 * _TAPER_MM), 0.0),
        )

    def _tend(self, heat: Heat, before: Heat | None, minutes: float) -> None:
        """Change tundish and nozzle when they are due, and let the alumina of this heat grow."""
        if before is None or self._tundish_min + minutes > TUNDISH_LIFE_MIN:
            self._tundish_min = self._nozzle_min = self._clog = 0.0
        elif self._nozzle_min + minutes > NOZZLE_LIFE_MIN:
            self._nozzle_min = self._clog = 0.0
        self._tundish_min += minutes
        self._nozzle_min += minutes
        dirt = sqrt(max(heat.steel.o_ppm, 4.0) / 16.0) * (0.7 + 0.6 * sqrt(max(heat.steel.al, 0.0)))
        self._clog += self._c["cc_clog_rate"] * dirt * exp(0.3 * self._d.normal("cc.clog", heat.number))

    def _breakout(self, set_points: SetPoints, strand: _Strand) -> float:
        """Chance of a breakout in this heat: stickers come with speed, superheat and a stiff powder."""
        speed, excess = set_points["CC.mould.speed"], strand.superheat_k - 25.0
        return self._c["cc_breakout_share"] * exp(4.0 * (speed - 1.1) + 0.03 * excess + 0.4 * max(strand.powder, 0.0))

    def _truth(self, heat: Heat, before: Heat | None, set_points: SetPoints, strand: _Strand) -> Truth:
        number, speed = heat.number, set_points["CC.mould.speed"]
        water = sum(set_points[key] for key in _ZONES) / (1000.0 * strand.per_metre_t * speed)
        changed = before is not None and before.grade.key != heat.grade.key
        mixing_t = self._c["cc_mixed_share"] * strand.tundish_t
        lot = self._d.normals("cc.powder", number // POWDER_LOT)
        truth = {
            "CC.tundish.temperature": strand.temp_degc,
            "CC.tundish.liquidus": strand.liquidus_degc,
            "CC.tundish.superheat": strand.temp_degc - strand.liquidus_degc,
            "CC.tundish.weight": strand.tundish_t,
            "CC.tundish.gate_position": min(32.0 + 30.0 * self._clog + 12.0 * (speed - 1.0), 88.0),
            "CC.tundish.age": self._tundish_min,
            "CC.tundish.sequence_no": heat.place + 1.0,
            # Until five sixths are of the new heat, on each strand.
            "CC.tundish.transition_length": 0.5 * 1.8 * mixing_t / strand.per_metre_t if changed else 0.0,
            "CC.mould.speed": speed,
            "CC.mould.ems_current": set_points["CC.mould.ems_current"],
            "CC.mould.level_sd": strand.level_sd_mm,
            "CC.mould.sen_age": self._nozzle_min,
            "CC.mould.friction": min(22.0 + 20.0 * (speed - 1.0) + 3.5 * max(strand.powder, -3.0), 58.0),
            "CC.strand.sr_total": set_points["CC.strand.sr_total"],
            "CC.strand.sems_current": set_points["CC.strand.sems_current"],
            "CC.strand.met_length": crater_m(speed, THICKNESS_MM, self._c["cc_shell_mm"] * (water / 0.7) ** 0.06),
            "CC.powder.viscosity": min(max(0.17 + 0.025 * strand.powder, 0.06), 0.29),
            "CC.powder.basicity": 1.05 + 0.04 * min(max(float(lot[1]), -3.0), 3.0),
        }
        flux = 1.33 * sqrt(speed / 1.1) * (1.0 - 0.03 * min(max(strand.powder, -3.0), 4.0))
        truth.update((key, flux * face) for key, face in _FLUXES)
        spot = 180.0 * (speed - 1.1) - 120.0 * (water - 0.7) + 8.0 * self._d.normal("cc.surface", number)
        truth.update((key, base + spot) for key, base in _SURFACES)
        truth.update((key, set_points[key]) for key in _ZONES)
        truth.update((key, set_points[key]) for key in _GAPS)
        return truth

    def _slabs(
        self, heat: Heat, before: Heat | None, cast: tuple[SetPoints, _Strand], at_h: float
    ) -> list[tuple[Coil, Truth]]:
        set_points, strand = cast
        ends = (before is None) + (heat.place + 1 >= heat.of)
        lost = heat.mass_t * self._c["cc_skull_share"] + 0.5 * ends * self._c["cc_sequence_end_t"]
        good_t = heat.mass_t - lost
        per_slab = strand.per_metre_t * set_points["CC.slab.length"]
        count = max(2, min(SLABS_PER_HEAT, round(good_t / per_slab)))
        mass_t = good_t / count
        slabs = []
        for position in range(count):
            pair = position // 2  # the two strands run side by side
            share = 0.0
            if before is not None:
                mixing_t = self._c["cc_mixed_share"] * strand.tundish_t
                share = old_share(2.0 * pair * mass_t, 2.0 * (pair + 1) * mass_t, mixing_t)
            coil = Coil(
                heat=heat,
                position=position,
                grade=heat.grade,
                steel=mixed(heat.steel, before.steel if before else heat.steel, share),
                mass_t=mass_t,
                slab_width_mm=set_points["CC.slab.width"],
                slab_thickness_mm=THICKNESS_MM,
                slab_length_m=mass_t / strand.per_metre_t,
                cast_h=at_h + strand.minutes / 60.0 * 2.0 * (pair + 1) / count + 0.3,
            )
            slabs.append((coil, self._freeze(coil, before is None, set_points, strand)))
        return slabs

    def _freeze(self, coil: Coil, first_heat: bool, set_points: SetPoints, strand: _Strand) -> Truth:
        """Give a slab its crystals, segregation and inclusions."""
        c, number, speed = self._c, coil.number, set_points["CC.mould.speed"]
        dice = self._d.normals("cc.slab", number)
        elapsed = (coil.position // 2 + 0.5) * 2.0 * coil.slab_length_m * strand.per_metre_t
        superheat = strand.superheat_k - c["cc_fade_k_min"] * strand.minutes * (elapsed / coil.heat.mass_t - 0.5)
        scatter = c["cc_equiaxed_sd"] * (self._d.normal("cc.crystals", coil.heat.number) + 0.6 * float(dice[0]))
        coil.equiaxed = min(max(equiaxed_share(superheat, strand.stirring, c) + scatter, 10.0), 65.0)
        # Carbon and phosphorus lead; columns that meet in the middle leave no room to feed the shrinkage.
        rich = 0.3 * enrichment(0.19, 0.7) + 0.4 * enrichment(0.23, 0.7) + 0.3 * enrichment(0.77, 0.7) - 1.0
        open_share = exp(-strand.reduction_mm / (1.44 * c["cc_reduction_mm"]))
        centre = 1.0 + c["cc_segregation"] * rich * open_share * (1.3 - coil.equiaxed / 100.0)
        # Squeezed beyond what the core gives way to, it cracks and pumps rich liquid.
        centre += 0.15 * (speed - 1.1) + 0.03 * max(strand.reduction_mm - 4.5, 0.0) + 0.012 * float(dice[1])
        coil.inclusion_index = self._inclusions(coil, first_heat, set_points, strand) * exp(0.3 * float(dice[2]))
        chance = c["cc_sliver_share"] * coil.inclusion_index**1.7
        if self._d.uniform("cc.sliver", number) < chance and "inclusion" not in coil.defects:
            coil.defects.append("inclusion")
        return {
            "CC.slab.width": coil.slab_width_mm,
            "CC.slab.thickness": coil.slab_thickness_mm + 0.6 * float(dice[3]) - 0.3 * strand.reduction_mm,
            "CC.slab.length": coil.slab_length_m,
            "CC.slab.weight": coil.mass_t,
            "CC.slab.cut_temp": 775.0 + 260.0 * (speed - 1.1) + 10.0 * float(dice[4]),
            "CC.slab.sulphur_print": min(max(8.0 * (centre - 1.0), 0.0), 4.0),
            "CC.slab.centre_segregation": min(max(centre, 1.0), 1.5),
            "CC.slab.crack_count": min(0.7 * (strand.level_sd_mm / 1.5) * exp(0.3 * float(dice[5])), 5.0),
            "CC.slab.equiaxed_ratio": min(max(coil.equiaxed, 15.0), 60.0),  # the etch shows no more
        }

    @staticmethod
    def _inclusions(coil: Coil, first_heat: bool, set_points: SetPoints, strand: _Strand) -> float:
        """Inclusions in a slab, 1 usual: a restless level entraps powder, a new tundish has not cleaned itself yet."""
        faster = set_points["CC.mould.speed"] / 1.1
        index = 0.55 + 0.35 * (strand.level_sd_mm / 1.5) * sqrt(strand.level_sd_mm / 1.5)
        index *= strand.clean * faster * sqrt(faster)
        index *= 1.12 - 0.28 * set_points["CC.mould.ems_current"] / 700.0
        if first_heat:
            return index * (1.0 + 1.4 * exp(-0.5 * coil.position))
        return index * (1.0 + 0.4 * exp(-0.7 * coil.position))

    def _settle(self, heat: Heat, before: Heat | None, coils: list[Coil], strand: _Strand) -> None:
        """Book what the heat cost here, and hand each slab its part of everything so far."""
        c = self._c
        cast_t = sum(coil.mass_t for coil in coils)
        energy = cast_t * (c["cc_kwh_t"] + EMS_KWH_T * strand.ems)
        account = heat.account
        account.energy_kwh += energy
        account.cost_eur += c["cc_eur_min"] * strand.minutes + POWER_EUR_KWH * energy + 2.2 * cast_t
        account.cost_eur += c["cc_tundish_eur"] / max(heat.of, 1)
        if before is None:
            # Preheating burns gas for each new tundish.
            account.energy_kwh += 2500.0
            account.cost_eur += 0.045 * 2500.0
        account.scrapped_t += heat.mass_t - cast_t
        heat.mass_t = cast_t
        for coil in coils:
            share = coil.mass_t / cast_t
            coil.ready_h = coil.cast_h
            coil.account = Account(
                energy_kwh=share * account.energy_kwh,
                cost_eur=share * account.cost_eur,
                scrapped_t=share * account.scrapped_t,
            )
