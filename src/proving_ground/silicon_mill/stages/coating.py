"""The insulating coating: rolls lay a wet film on both sides, an oven dries and cures it.

::

    wet film   f = a sqrt(mu v r / p) R            g/m2;  mu flow time, v speed, r roll ratio, p nip, R roll's state
    weight     w = s f                             s share of solids
    strip      T = T_0 + (T_z - T_0)(1 - exp(-tau/theta)) - heat of drying
               theta = rho c t / (2 alpha),  tau = L/v

The film goes like the root of speed and viscosity over pressure (Landau and Levich's law for a roll; form *sourced*,
from memory, size *calibrated*). A roll swells and roughens while it runs: the film moves by 12 % either way over its
life, and an old roll leaves streaks. Viscosity and solids change with each batch of liquid; the laboratory tells the
batch. What oil the cleaning section leaves nobody measures, and with an under-cured film it costs adhesion.

The film does not change the loss; it costs money, takes room in the stack and can spoil the coil.
All sizes are *guessed* within usual practice (0.5 to 1.5 g/m2 a side, cure at 200 to 280 degC metal temperature).

The oven stands in the annealing line and has its speed: the coil's minutes are the line's. Rolls are changed after
``roll_change_h`` hours on the run, an attribute that practice may set.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, sqrt
from types import MappingProxyType
from typing import ClassVar, Final

from proving_ground.constant import Constant, constant
from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.piece import Coil
from proving_ground.silicon_mill.stages.loss import density_kg_m3
from proving_ground.silicon_mill.stages.stage import Run, SetPoints, Stage, Truth

CONSTANTS: Final[Mapping[str, Constant]] = MappingProxyType(
    {
        "coat_film": constant(7.0, 6.7, 7.3, "g/m2", "calibrated", "wet film at 26 s, 100 m/min, 3 kN, new liquid"),
        "coat_roll_life": constant(0.24, 0.20, 0.28, "1", "guessed", "film over a roll's life: +-12 %"),
        "coat_roll_sd": constant(0.025, 0.018, 0.032, "1", "guessed", "film from roll to roll"),
        "coat_film_sd": constant(0.018, 0.012, 0.024, "1", "guessed", "film from coil to coil"),
        "coat_viscosity_s": constant(25.0, 24.0, 26.0, "s", "guessed", "flow time of a usual batch"),
        "coat_viscosity_sd": constant(0.06, 0.04, 0.08, "1", "guessed", "between batches"),
        "coat_solid_pct": constant(17.0, 16.6, 17.4, "%", "guessed", "solids of a usual batch"),
        "coat_solid_sd": constant(0.035, 0.025, 0.045, "1", "guessed", "between batches"),
        "coat_alpha": constant(55.0, 51.0, 59.0, "W/m2K", "guessed", "radiation and hot air, a side"),
        "coat_oven_m": constant(27.0, 26.0, 28.0, "m", "guessed", "heated length"),
        "coat_oven_sd_k": constant(6.0, 4.0, 8.0, "K", "guessed", "zone against its thermocouple, wandering by day"),
        "coat_cure_degc": constant(222.0, 217.0, 227.0, "degC", "guessed", "metal temperature at which it is cured"),
        "coat_streak": constant(0.0085, 0.0078, 0.0092, "1", "calibrated", "coils streaked, rolls of usual age"),
        "coat_adhesion": constant(0.003, 0.002, 0.004, "1", "calibrated", "share of coils peeling, usual oil, cured"),
        "coat_low_g_m2": constant(0.75, 0.72, 0.78, "g/m2", "guessed", "least weight a customer takes, a side"),
        "coat_high_g_m2": constant(1.48, 1.45, 1.51, "g/m2", "guessed", "most weight a customer takes, a side"),
        "coat_fuel_share": constant(0.55, 0.48, 0.62, "1", "guessed", "heat into strip and film over fuel"),
        "coat_fans_kwh_t": constant(8.0, 6.0, 10.0, "kWh/t", "guessed", "usual"),
        "coat_solids_eur_kg": constant(7.0, 6.0, 8.0, "EUR/kg", "guessed", "dry varnish"),
        "coat_fixed_eur_t": constant(3.5, 3.0, 4.0, "EUR/t", "guessed", "labour and upkeep of the coater"),
        "coat_roll_eur": constant(420.0, 350.0, 490.0, "EUR", "guessed", "grinding and rubber of a roll"),
        "coat_change_t": constant(0.15, 0.10, 0.20, "t", "guessed", "strip scrapped at a change of rolls"),
    }
)
"""Every uncertain constant by name."""

SIDES: Final = ("side01", "side02")
ZONES: Final = ("z01", "z02", "z03")
ENTRY_DEGC: Final = 40.0
STEEL_KJ_KGK: Final = 0.48
WATER_KJ_KG: Final = 2600.0
"""To heat and evaporate water."""
BATCH_H: Final = 60.0
"""A batch of liquid lasts."""
LINE_SPEED: Final = "FAL.line.speed"
USUAL_SPEED: Final = 100.0
ELECTRICITY_EUR_KWH: Final = 0.11
GAS_EUR_KWH: Final = 0.045

SUPPLIER_STEP: Final = "coat-liquid-supplier-step"
OIL_RESIDUE: Final = "coat-oil-residue"
SOFT_ROLLS: Final = "coat-soft-rolls"

_RATIO: Final = tuple(f"COAT.coater_{side}.applicator_ratio" for side in SIDES)
_PICKUP: Final = tuple(f"COAT.coater_{side}.pickup_ratio" for side in SIDES)
_NIP: Final = tuple(f"COAT.coater_{side}.nip" for side in SIDES)
_WET: Final = tuple(f"COAT.coater_{side}.wet_film" for side in SIDES)
_AGE: Final = tuple(f"COAT.coater_{side}.roll_age" for side in SIDES)
_BAKE_SP: Final = tuple(f"COAT.bake_{zone}.temp_sp" for zone in ZONES)
_BAKE: Final = tuple(f"COAT.bake_{zone}.temp" for zone in ZONES)
_OVEN_NAMES: Final = tuple(f"coat-oven-{zone}" for zone in ZONES)
_WEIGHT: Final = ("COAT.lab.weight_A", "COAT.lab.weight_B")
_LIQUID_DEGC: Final = "COAT.liquid.temp"
_VISCOSITY: Final = "COAT.liquid.viscosity"
_SOLID: Final = "COAT.liquid.solid"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoatingRecipe:
    """What is decided about the coating.

    Parameters
    ----------
    weight_g_m2
        Aim of the dry film, a side.
    bake_degc
        Metal temperature on leaving the oven.
    roll_change_h
        Hours after which the rolls are changed; goes to :attr:`Coating.roll_change_h`.
    """

    weight_g_m2: float
    bake_degc: float
    roll_change_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Liquid:
    """A batch of coating liquid.

    Parameters
    ----------
    viscosity_s
        Flow time in the cup at the liquid's temperature [mu].
    solid_pct
        Solids [s].
    """

    viscosity_s: float
    solid_pct: float


USUAL_LIQUID: Final = Liquid(viscosity_s=25.0, solid_pct=17.0)


def preset(
    recipe: CoatingRecipe, thickness_mm: float, seen: Mapping[str, float], liquid: Liquid = USUAL_LIQUID
) -> dict[str, float]:
    """Set-points of coater and oven by the line's own table.

    Parameters
    ----------
    recipe
        What was decided.
    thickness_mm
        Ordered.
    seen
        What the instruments showed of the coil; the line speed is taken from it.
    liquid
        Of which the table was made, or as the laboratory told last.
    """
    speed = seen.get(LINE_SPEED, USUAL_SPEED)
    wet_g_m2 = 100.0 * recipe.weight_g_m2 / liquid.solid_pct
    wanted_kn = 3.0 * (7.0 / wet_g_m2) ** 2 * liquid.viscosity_s / 26.0 * speed / 100.0
    nip_kn = min(max(wanted_kn, 0.8), 5.8)
    ratio = min(max(100.0 * nip_kn / wanted_kn, 60.0), 140.0)
    reached = oven_share(thickness_mm, speed, alpha=55.0, oven_m=27.0)
    dried_k = drying_k(wet_g_m2, liquid.solid_pct, thickness_mm)
    zone_degc = ENTRY_DEGC + (recipe.bake_degc + dried_k - ENTRY_DEGC) / reached
    set_points = {_LIQUID_DEGC: 22.0}
    for side in range(len(SIDES)):
        set_points[_NIP[side]] = nip_kn
        set_points[_RATIO[side]] = ratio
        set_points[_PICKUP[side]] = 0.6 * ratio
    for zone, above_k in zip(_BAKE_SP, (-30.0, 10.0, 20.0), strict=True):
        set_points[zone] = min(max(zone_degc + above_k, 200.0), 500.0)
    return set_points


def wet_film_g_m2(film: float, viscosity_s: float, speed_m_min: float, nip_kn: float, ratio_pct: float) -> float:
    """Wet film that a new, usual roll lays; Landau and Levich's root law (form from memory).

    Parameters
    ----------
    film
        At 26 s, 100 m/min, 3 kN and equal roll speeds, g/m2 [a].
    viscosity_s, speed_m_min, nip_kn, ratio_pct
        [mu], [v], [p], [r].

    Examples
    --------
    >>> wet_film_g_m2(7.0, 26.0, 100.0, 3.0, 100.0)
    7.0
    >>> wet_film_g_m2(7.0, 26.0, 100.0, 12.0, 100.0)
    3.5
    """
    return film * sqrt(viscosity_s / 26.0 * speed_m_min / 100.0 * 3.0 / nip_kn * ratio_pct / 100.0)


def oven_share(thickness_mm: float, speed_m_min: float, *, alpha: float, oven_m: float) -> float:
    """How much of the way to the oven's temperature a strip comes; heat transfer to both sides.

    Examples
    --------
    >>> round(oven_share(0.35, 100.0, alpha=55.0, oven_m=27.0), 2)
    0.75
    """
    theta_s = 7650.0 * 1000.0 * STEEL_KJ_KGK * 1e-3 * thickness_mm / (2.0 * alpha)
    return 1.0 - exp(-60.0 * oven_m / speed_m_min / theta_s)


def drying_k(wet_g_m2: float, solid_pct: float, thickness_mm: float) -> float:
    """By how much drying both films cools the strip.

    Examples
    --------
    >>> round(drying_k(6.0, 17.0, 0.35))
    20
    """
    water_kg_m2 = 2e-3 * wet_g_m2 * (1.0 - 0.01 * solid_pct)
    return water_kg_m2 * WATER_KJ_KG / (7650.0 * STEEL_KJ_KGK * 1e-3 * thickness_mm)


class Coating(Stage):
    """Two coaters and an oven in the annealing line.

    Attributes
    ----------
    roll_change_h
        After how many hours the rolls are changed; practice may set it.
    """

    DISTURBANCES: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            SUPPLIER_STEP: "Liquid of a new supplier: 14 % more solids, a quarter more viscous, from one batch on",
            OIL_RESIDUE: "The cleaning section fails slowly: three times the oil within four days",
            SOFT_ROLLS: "Rolls of softer rubber: they age twice as fast",
        }
    )
    CAUSAL: ClassVar[tuple[str, ...]] = ()

    def __init__(self, constants: Mapping[str, float], draws: Disturbances) -> None:
        super().__init__(constants, draws)
        self.roll_change_h = 72.0
        self._fitted_h = [-48.0, -20.0]
        self._roll = [0, 1]

    def process(self, coil: Coil, set_points: SetPoints, at_h: float) -> Run:
        """Coat a coil that leaves the annealing furnace.

        Parameters
        ----------
        coil
            Its coating is set.
        set_points
            Of the coater; the line's speed too where it is not in what was seen of the coil.
        at_h
            Hours since the run began.
        """
        speed = set_points.get(LINE_SPEED, coil.seen.get(LINE_SPEED, USUAL_SPEED))
        changed = sum(self._change_where_due(side, at_h) for side in range(len(SIDES)))
        liquid = self.liquid(at_h, set_points[_LIQUID_DEGC])
        truth = {key: set_points[key] for key in (*_RATIO, *_PICKUP, *_NIP, *_BAKE_SP, _LIQUID_DEGC)}
        ages = [self._age_h(side, at_h) for side in range(len(SIDES))]
        wet = [self._wet_g_m2(side, coil.number, liquid, set_points, (speed, ages[side])) for side in range(len(SIDES))]
        weights = [0.01 * liquid.solid_pct * film for film in wet]
        zones = self._zones_degc(set_points, int(at_h // 24.0))
        baked_degc = self._baked_degc(zones, sum(wet) / 2.0, liquid, coil.thickness_mm, speed)
        coil.coating_g_m2 = sum(weights) / 2.0
        self._judge(coil, weights, ages, baked_degc, at_h)
        self._spend(coil, sum(wet) / 2.0, baked_degc, changed)
        for side in range(len(SIDES)):
            truth[_WET[side]], truth[_WEIGHT[side]] = wet[side], weights[side]
            truth[_AGE[side]] = min(at_h - self._fitted_h[side], 96.0)
        truth.update(zip(_BAKE, zones, strict=True))
        truth |= self._laboratory(coil, liquid, baked_degc)
        return Run(truth=truth, minutes=0.0)

    def oldest_roll_h(self, at_h: float) -> float:
        """Hours since the change of the roll that is longest on."""
        return at_h - min(self._fitted_h)

    def liquid(self, at_h: float, temp_degc: float) -> Liquid:
        """The batch in the pan; warm liquid flows faster, 2 % a kelvin."""
        batch = int(at_h // BATCH_H)
        c, draw = self._c, self._d.normal
        viscosity = c["coat_viscosity_s"] * (1.0 + c["coat_viscosity_sd"] * draw("coat-batch", batch))
        solid = c["coat_solid_pct"] * (1.0 + c["coat_solid_sd"] * draw("coat-batch", batch, 1))
        if self.days_on(SUPPLIER_STEP, batch * BATCH_H) >= 0.0:
            viscosity, solid = 1.25 * viscosity, 1.14 * solid
        return Liquid(viscosity_s=viscosity * exp(-0.02 * (temp_degc - 22.0)), solid_pct=solid)

    def _change_where_due(self, side: int, at_h: float) -> bool:
        due = at_h - self._fitted_h[side] >= self.roll_change_h
        if due:
            self._fitted_h[side] = at_h
            self._roll[side] += len(SIDES)
        return due

    def _age_h(self, side: int, at_h: float) -> float:
        """Hours on the run as the rubber feels them."""
        hours = at_h - self._fitted_h[side]
        return 2.0 * hours if self.days_on(SOFT_ROLLS, self._fitted_h[side]) >= 0.0 else hours

    def _wet_g_m2(
        self, side: int, number: int, liquid: Liquid, set_points: SetPoints, running: tuple[float, float]
    ) -> float:
        speed, age_h = running
        c, draw = self._c, self._d.normal
        film = wet_film_g_m2(
            c["coat_film"], liquid.viscosity_s, speed, set_points[_NIP[side]], set_points[_RATIO[side]]
        )
        worn = 1.0 + c["coat_roll_life"] * (age_h / 72.0 - 0.5)
        own = 1.0 + c["coat_roll_sd"] * draw("coat-roll", self._roll[side])
        return film * worn * own * (1.0 + c["coat_film_sd"] * draw("coat-film", number, side))

    def _zones_degc(self, set_points: SetPoints, day: int) -> list[float]:
        sd_k = self._c["coat_oven_sd_k"]
        off_k = [sd_k * self._d.wander(name, day, memory=12.0) for name in _OVEN_NAMES]
        return [set_points[key] + k for key, k in zip(_BAKE_SP, off_k, strict=True)]

    def _baked_degc(
        self, zones: list[float], wet_g_m2: float, liquid: Liquid, thickness_mm: float, speed: float
    ) -> float:
        c = self._c
        reached = oven_share(thickness_mm, speed, alpha=c["coat_alpha"], oven_m=c["coat_oven_m"])
        dried_k = drying_k(wet_g_m2, liquid.solid_pct, thickness_mm)
        return ENTRY_DEGC + (sum(zones) / len(zones) - ENTRY_DEGC) * reached - dried_k

    def _oil(self, number: int, at_h: float) -> float:
        """Oil that the cleaning section left, 1 is usual; by coil and, slowly, by day."""
        by_day = 0.25 * self._d.wander("coat-cleaning", int(at_h // 24.0), memory=6.0)
        failing = min(max(self.days_on(OIL_RESIDUE, at_h), 0.0) / 4.0, 1.0)
        return exp(by_day + 0.3 * self._d.normal("coat-oil", number)) * (1.0 + 2.0 * failing)

    def _judge(self, coil: Coil, weights: list[float], ages: list[float], baked_degc: float, at_h: float) -> None:
        c, die = self._c, self._d.uniform
        streak = c["coat_streak"] * sum((0.3 + (age / 48.0) ** 3) for age in ages) / 2.0
        raw = max(c["coat_cure_degc"] - baked_degc, 0.0) / 6.0 + max(baked_degc - 300.0, 0.0) / 12.0
        adhesion = c["coat_adhesion"] * self._oil(coil.number, at_h) ** 2 * exp(min(raw, 6.0))
        in_window = all(c["coat_low_g_m2"] <= weight <= c["coat_high_g_m2"] for weight in weights)
        spoilt = die("coat-streak", coil.number) < streak or die("coat-adhesion", coil.number) < adhesion
        if (spoilt or not in_window) and "coating" not in coil.defects:
            coil.defects.append("coating")

    def _spend(self, coil: Coil, wet_g_m2: float, baked_degc: float, changed: int) -> None:
        c = self._c
        scrap_t = min(c["coat_change_t"] * changed, coil.mass_t)
        m2_per_t = 2e6 / (density_kg_m3(coil.steel.si, coil.steel.al) * coil.thickness_mm)
        heat_kj_kg = (
            STEEL_KJ_KGK * (baked_degc - ENTRY_DEGC) + 1e-6 * m2_per_t * (wet_g_m2 - coil.coating_g_m2) * WATER_KJ_KG
        )
        fuel_kwh_t = heat_kj_kg / 3.6 / c["coat_fuel_share"]
        solids_eur_t = 1e-3 * m2_per_t * coil.coating_g_m2 * c["coat_solids_eur_kg"]
        eur_t = c["coat_fixed_eur_t"] + solids_eur_t + GAS_EUR_KWH * fuel_kwh_t
        eur_t += ELECTRICITY_EUR_KWH * c["coat_fans_kwh_t"]
        coil.account.energy_kwh += coil.mass_t * (fuel_kwh_t + c["coat_fans_kwh_t"])
        coil.account.cost_eur += coil.mass_t * eur_t + changed * c["coat_roll_eur"]
        coil.account.scrapped_t += scrap_t
        coil.mass_t -= scrap_t

    def _laboratory(self, coil: Coil, liquid: Liquid, baked_degc: float) -> Truth:
        raw = exp(-max(self._c["coat_cure_degc"] - baked_degc, 0.0) / 40.0)
        own = exp(0.12 * self._d.normal("coat-resistance", coil.number))
        return {
            _VISCOSITY: min(liquid.viscosity_s, 40.0),
            _SOLID: liquid.solid_pct,
            "COAT.liquid.density": 1.0 + 0.0095 * liquid.solid_pct,
            "COAT.lab.resistance": 14.0 * max(coil.coating_g_m2, 0.1) ** 1.4 * raw * own,
        }
