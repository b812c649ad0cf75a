"""Slitting and inspection: a coil is trimmed and cut lengthwise into the widths that were ordered.

::

    burr    b = b_0 (180/HV)^0.7 [1 + (km/km_0)^1.2] [1 + ((g - g_0)/g_w)^2]     um;  g clearance, % of thickness
    minutes = handling + length/speed
    weight of a slit coil = its share of the width, 1 to 10 t

Knives go blunt with the kilometres they have cut; soft strip and a wrong clearance tear instead of shearing. Forms and
sizes are *guessed* within usual practice: clearance 5 to 8 %, burr up to 10 to 35 um as the customer says. A slit coil
with too much burr or camber is cut again and loses its edges. Nothing here changes the loss.

The inspection counts what the caster and the pickling line left; whether a coil is sliver-free was decided there.
Knives are changed after ``knife_change_km`` kilometres, an attribute that practice may set.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, exp, floor
from types import MappingProxyType
from typing import ClassVar, Final

from proving_ground.constant import Constant, constant
from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.piece import Coil
from proving_ground.silicon_mill.stages.loss import density_kg_m3
from proving_ground.silicon_mill.stages.stage import Run, SetPoints, Stage, Truth
from proving_ground.silicon_mill.stages.testing import hardness_hv, strip_of, yield_strength_mpa

CONSTANTS: Final[Mapping[str, Constant]] = MappingProxyType(
    {
        "slit_burr_um": constant(6.5, 5.8, 7.2, "um", "guessed", "new knives, best clearance, 180 HV"),
        "slit_wear_km": constant(260.0, 230.0, 290.0, "km", "guessed", "doubles the burr"),
        "slit_best_gap": constant(6.3, 6.0, 6.6, "%", "guessed", "clearance 5 to 8 % is usual (from memory)"),
        "slit_gap_width": constant(2.5, 2.2, 2.8, "%", "guessed", "off the best clearance that doubles the burr"),
        "slit_burr_sd": constant(0.15, 0.12, 0.18, "1", "guessed", "between slit coils"),
        "slit_burr_limit_um": constant(30.0, 27.0, 33.0, "um", "guessed", "10 to 35 by customer (from memory)"),
        "slit_camber_mm": constant(0.35, 0.28, 0.42, "mm/2m", "guessed", "flat strip, new knives"),
        "slit_trim_mm": constant(8.0, 7.0, 9.0, "mm", "guessed", "least trim of an edge"),
        "slit_ends_share": constant(0.007, 0.005, 0.009, "1", "guessed", "head and tail, welds, samples"),
        "slit_recut_share": constant(0.06, 0.045, 0.075, "1", "guessed", "of a slit coil that is cut again"),
        "slit_handling_min": constant(10.0, 9.0, 11.0, "min", "guessed", "threading, strapping"),
        "slit_change_min": constant(25.0, 20.0, 30.0, "min", "guessed", "change of knives"),
        "slit_knives_eur": constant(650.0, 550.0, 750.0, "EUR", "guessed", "grinding a set"),
        "slit_minute_eur": constant(3.6, 3.1, 4.1, "EUR/min", "guessed", "line and crew"),
        "slit_pack_eur_t": constant(10.0, 9.0, 11.0, "EUR/t", "guessed", "packing"),
        "slit_energy_kwh_t": constant(10.0, 8.5, 11.5, "kWh/t", "guessed", "10 to 20 (from memory)"),
    }
)
"""Every uncertain constant by name."""

LIGHTEST_T: Final = 1.2
HEAVIEST_T: Final = 9.2
FEWEST: Final = 2
MOST: Final = 5
ELECTRICITY_EUR_KWH: Final = 0.11
CAMBER_LIMIT_MM: Final = 1.6

SOFT_KNIVES: Final = "slit-soft-knives"

_GAP: Final = "SLIT.slit.knife_gap"
_OVERLAP: Final = "SLIT.slit.overlap"
_SPEED: Final = "SLIT.slit.speed"
_TENSION: Final = "SLIT.slit.tension"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlittingRecipe:
    """What is decided about slitting.

    Parameters
    ----------
    gap_pct
        Clearance of the knives, % of the thickness [g].
    speed_m_min
        Of the line.
    knife_change_km
        After which the knives are changed; goes to :attr:`Slitting.knife_change_km`.
    """

    gap_pct: float
    speed_m_min: float
    knife_change_km: float


def preset(recipe: SlittingRecipe, thickness_mm: float, width_mm: float) -> dict[str, float]:
    """Set-points of the slitting line: thin strip wants more overlap for its thickness and less tension.

    Parameters
    ----------
    recipe
        What was decided.
    thickness_mm, width_mm
        Ordered.
    """
    return {
        _GAP: min(max(recipe.gap_pct, 4.0), 10.0),
        _OVERLAP: min(max(0.06 + 0.3 * thickness_mm, 0.05), 0.4),
        _SPEED: min(max(recipe.speed_m_min, 60.0), 300.0),
        _TENSION: min(max(0.02 * thickness_mm * width_mm, 2.0), 25.0),
    }


def burr_um(new_um: float, hv: float, km_of_life: float, off_gap: float) -> float:
    """Burr of a slit edge, see the module; guessed.

    Parameters
    ----------
    new_um
        Of new knives at the best clearance on strip of 180 HV [b_0].
    hv
        Hardness.
    km_of_life
        Kilometres cut over those that double the burr [km/km_0].
    off_gap
        Clearance off the best, over the width that doubles the burr.

    Examples
    --------
    >>> burr_um(6.5, 180.0, 1.0, 1.0)
    26.0
    """
    return float(new_um * (180.0 / hv) ** 0.7 * (1.0 + km_of_life**1.2) * (1.0 + off_gap**2))


def how_many(mass_t: float, die: float) -> int:
    """Into how many slit coils a coil is cut, so that each weighs 1 to 10 t.

    Examples
    --------
    >>> [how_many(18.0, die) for die in (0.0, 0.5, 0.99)]
    [3, 4, 5]
    """
    fewest = min(max(ceil(mass_t / 7.0), FEWEST), MOST)
    most = min(max(floor(mass_t / (1.6 * LIGHTEST_T)), fewest), MOST)
    return fewest + min(int(die * (most - fewest + 1)), most - fewest)


class Slitting(Stage):
    """The slitting line with its knives.

    Attributes
    ----------
    knife_change_km
        After how many kilometres the knives are changed; practice may set it.
    """

    DISTURBANCES: ClassVar[Mapping[str, str]] = MappingProxyType(
        {SOFT_KNIVES: "Knives of a soft lot: they go blunt twice as fast"}
    )
    CAUSAL: ClassVar[tuple[str, ...]] = ()

    def __init__(self, constants: Mapping[str, float], draws: Disturbances) -> None:
        super().__init__(constants, draws)
        self.knife_change_km = 280.0
        self._km = 90.0
        self._blunt_km = 90.0

    def process(self, coil: Coil, set_points: SetPoints, at_h: float) -> tuple[Run, tuple[Truth, ...]]:
        """Slit a coil.

        Parameters
        ----------
        coil
            Loses trims and ends; its mass is then that of all its slit coils.
        set_points
            Of the line.
        at_h
            Hours since the run began.

        Returns
        -------
        tuple
            The run, and the truth of each slit coil.
        """
        c = self._c
        changed = self._km >= self.knife_change_km
        if changed:
            self._km = self._blunt_km = 0.0
        length_m = (
            1e9 * coil.mass_t / (density_kg_m3(coil.steel.si, coil.steel.al) * coil.thickness_mm * coil.strip_width_mm)
        )
        self._km += 1e-3 * length_m
        self._blunt_km += 1e-3 * length_m * (2.0 if self.days_on(SOFT_KNIVES, at_h) >= 0.0 else 1.0)
        masses, lost_t = self._cut(coil)
        truths = tuple(self._slit_coil(coil, set_points, place, mass_t) for place, mass_t in enumerate(masses))
        bad = [self._is_recut(truth) for truth in truths]
        recut_t = [c["slit_recut_share"] * mass_t * is_bad for mass_t, is_bad in zip(masses, bad, strict=True)]
        for truth, mass_t, less_t in zip(truths, masses, recut_t, strict=True):
            truth["SLIT.slit.coil_weight"] = mass_t - less_t
        minutes = c["slit_handling_min"] + length_m / set_points[_SPEED] + c["slit_change_min"] * changed
        minutes += 6.0 * sum(bad)
        self._spend(coil, lost_t + sum(recut_t), minutes, changed=changed)
        kept = (_GAP, _OVERLAP, _SPEED, _TENSION)
        run = {key: set_points[key] for key in kept} | {"SLIT.slit.knife_km": min(self._km, 400.0)}
        return Run(truth=run, minutes=minutes), tuple(run | truth for truth in truths)

    def _cut(self, coil: Coil) -> tuple[list[float], float]:
        """Masses of the slit coils, and what trims and ends take; ragged edges need more trim."""
        c = self._c
        trim_mm = min(c["slit_trim_mm"] + 2.5 * coil.edge_cracks_per_km**0.5, 18.0)
        yielded = (1.0 - 2.0 * trim_mm / coil.strip_width_mm) * (1.0 - c["slit_ends_share"])
        left_t = yielded * coil.mass_t
        number = coil.number
        many = how_many(left_t, self._d.uniform("slit-many", number))
        shares = [1.0 + 0.5 * (self._d.uniform("slit-width", number, k) - 0.5) for k in range(many)]
        total = sum(shares)
        return [left_t * share / total for share in shares], coil.mass_t - left_t

    def _slit_coil(self, coil: Coil, set_points: SetPoints, place: int, mass_t: float) -> Truth:
        """What the inspection finds on one slit coil."""
        c, number = self._c, coil.number
        draw = self._d.normal
        hv = hardness_hv(yield_strength_mpa(strip_of(coil), c))
        off_gap = (set_points[_GAP] - c["slit_best_gap"]) / c["slit_gap_width"]
        worn = self._blunt_km / c["slit_wear_km"]
        burr = burr_um(c["slit_burr_um"], hv, worn, off_gap) * exp(c["slit_burr_sd"] * draw("slit-burr", number, place))
        narrow = (0.25 * coil.mass_t / mass_t) ** 0.5
        camber = c["slit_camber_mm"] * narrow * (0.6 + 0.3 * worn + 0.02 * coil.ttd_um)
        counted = 2.0 + 2.5 * coil.inclusion_index + 0.4 * coil.edge_cracks_per_km + 1.5 * coil.residual_scale
        return {
            "SLIT.slit.burr": min(max(burr, 2.0), 35.0),
            "SLIT.slit.camber": min(camber * exp(0.3 * draw("slit-camber", number, place)), 2.0),
            "SLIT.slit.width_dev": min(max(0.04 * draw("slit-width-dev", number, place) + 0.01 * worn, -0.2), 0.2),
            "SLIT.slit.defect_count": min(counted * exp(0.35 * draw("slit-count", number, place)), 30.0),
            "SLIT.slit.pinholes": min(
                0.12 * coil.inclusion_index * exp(0.5 * draw("slit-pinholes", number, place)), 2.0
            ),
        }

    def _is_recut(self, truth: Truth) -> bool:
        return truth["SLIT.slit.burr"] > self._c["slit_burr_limit_um"] or truth["SLIT.slit.camber"] > CAMBER_LIMIT_MM

    def _spend(self, coil: Coil, lost_t: float, minutes: float, *, changed: bool) -> None:
        c = self._c
        kwh = c["slit_energy_kwh_t"] * coil.mass_t + 1.2 * minutes
        coil.account.energy_kwh += kwh
        coil.account.cost_eur += (
            c["slit_pack_eur_t"] * coil.mass_t
            + c["slit_minute_eur"] * minutes
            + c["slit_knives_eur"] * changed
            + ELECTRICITY_EUR_KWH * kwh
        )
        coil.account.scrapped_t += lost_t
        coil.mass_t -= lost_t
