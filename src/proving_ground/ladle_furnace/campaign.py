"""The slow states nobody records: ladles wear and are relined, electrodes burn off and are changed, lots follow lots.

A campaign hands out one :class:`Heat` after another: what is ordered, what arrives, and the ladle it arrives in.
It moves on by the seed alone. All forms here are guesses of usual practice; sizes are in :mod:`.constants`.
"""

from dataclasses import dataclass
from math import exp, log
from typing import Final

from proving_ground.disturbance import Disturbances
from proving_ground.ladle_furnace.balance import Ladle
from proving_ground.ladle_furnace.materials import GRADES, MATERIALS, Grade

LADLES: Final = 6
"""Ladles in rotation."""

LOT_HEATS: Final = 24
"""Heats that one lot of an addition lasts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """One heat as it is before its treatment begins.

    Parameters
    ----------
    number
        From 0, in order of arrival.
    grade, aim_degc
        What is ordered.
    due_min
        When it may first be treated, minutes since the run began.
    treatment_min
        How long after its first reading the caster wants it.
    arrival_degc, lining_degc
        Temperatures of bath and brick on arrival.
    ladle
        Its heat balance.
    chill_kwh
        Heat its lot of each addition takes, by material, kWh per kg.
    additions_kg
        What its analysis will ask for, by material.
    """

    number: int
    grade: Grade
    aim_degc: float
    due_min: float
    treatment_min: float
    arrival_degc: float
    lining_degc: float
    ladle: Ladle[float]
    chill_kwh: dict[str, float]
    additions_kg: dict[str, float]


class Campaign:
    """Hands out heats in order of arrival."""

    def __init__(self, constants: dict[str, float], draws: Disturbances) -> None:
        self._c = constants
        self._d = draws
        self._number = 0
        self._clock_min = 0.0
        self._grade = GRADES[0]
        self._shop_k = 0.0
        self._electrode = draws.uniform("electrode", 0)
        self._supplier = 0.0
        self._chill = {m.key: m.chill_kwh_per_kg for m in MATERIALS}
        life = constants["lining_life_heats"]
        self._ages = [int(draws.uniform("ladle-age", 0, k) * life) for k in range(LADLES)]

    def next_heat(self) -> Heat:
        """The next heat to arrive."""
        n = self._number
        self._number += 1
        self._move_on(n)
        age = self._take_ladle(n)
        c, d = self._c, self._d
        aim_degc = self._grade.aim_degc + 4.0 * d.normal("aim", n)
        own_k = 0.82 * c["arrival_sd_k"] * d.normal("arrival", n)
        return Heat(
            number=n,
            grade=self._grade,
            aim_degc=float(round(aim_degc)),
            due_min=self._clock_min,
            treatment_min=_treatment_min(c, d, n),
            arrival_degc=min(max(0.55 * aim_degc + 0.45 * 1592.0 - 1.0 + self._shop_k + own_k, 1525.0), 1690.0),
            lining_degc=_lining_degc(c, d, n, fresh=age == 0),
            ladle=self._ladle(n, age),
            chill_kwh=dict(self._chill),
            additions_kg=_additions_kg(self._grade, d, n),
        )

    def _move_on(self, n: int) -> None:
        """Orders, shop, electrodes and lots, one heat further."""
        c, d = self._c, self._d
        stop_min = 1500.0 * d.uniform("stop", n, 1) if d.uniform("stop", n) < 0.008 else 0.0
        self._clock_min += c["heats_between_min"] * exp(0.38 * d.normal("interval", n) - 0.05) + stop_min
        if n == 0 or d.uniform("sequence", n) < 0.28:
            self._grade = _pick_grade(d.uniform("sequence", n, 1))
        self._shop_k = 0.72 * self._shop_k + 0.4 * c["arrival_sd_k"] * d.normal("shop", n)
        self._electrode += 1.0 / (16.0 + 8.0 * d.uniform("electrode", n, 1))
        if self._electrode > 1.0:
            self._electrode = 0.0
        if d.uniform("supplier", n) < 1.0 / 900.0:
            self._supplier = c["practice_step"] * d.normal("supplier", n)
        if n % LOT_HEATS == 0:
            self._chill = {
                m.key: m.chill_kwh_per_kg + abs(m.chill_kwh_per_kg) * c["chill_sd"] * d.normal("lot", n, k)
                for k, m in enumerate(MATERIALS)
            }

    def _take_ladle(self, n: int) -> int:
        """Age in heats of the lining that this heat is tapped into; the rotation is not strict."""
        which = int(n + (2 if self._d.uniform("rotation", n) < 0.15 else 0)) % LADLES
        age = self._ages[which]
        life = self._c["lining_life_heats"] * (0.85 + 0.3 * self._d.uniform("reline", n))
        self._ages[which] = 0 if age >= life else age + 1
        return age

    def _ladle(self, n: int, age: int) -> Ladle[float]:
        c, d = self._c, self._d
        wear = min(age / c["lining_life_heats"], 1.2)
        mass_t = c["heat_mass_t"] * (1.0 + c["heat_mass_sd"] * d.normal("mass", n))
        bare = d.uniform("bare", n) < c["bare_share"]
        lost = c["electrode_effect"] * self._electrode + self._supplier
        efficiency = c["efficiency"] * (1.0 - lost) * exp(c["efficiency_sd"] * d.normal("slag", n))
        return Ladle(
            bath_kwh_per_k=mass_t * c["steel_heat_kwh_per_tk"],
            lining_kwh_per_k=c["lining_kwh_per_k"],
            shell_kw_per_k=c["shell_kw_per_k"] * (1.0 + c["wear_effect"] * wear**1.5),
            outer_kw_per_k=c["outer_kw_per_k"] * (1.0 + 0.5 * c["wear_effect"] * wear),
            surface_kw=c["surface_kw"] * exp(c["surface_sd"] * d.normal("cover", n)) * (2.2 if bare else 1.0),
            stir_kw_per_nm3_min=c["stir_kw_per_nm3_min"],
            efficiency=min(efficiency, 0.75),
            mixing_min=c["mixing_min"] * exp(0.25 * d.normal("mixing", n)),
            arc_to_surface=c["arc_to_surface"],
        )


def _pick_grade(draw: float) -> Grade:
    for grade in GRADES:
        draw -= grade.share
        if draw < 0.0:
            return grade
    return GRADES[0]


def _treatment_min(c: dict[str, float], d: Disturbances, n: int) -> float:
    """The caster's wish; now and then it is late, and a heat is held."""
    held_min = -55.0 * log(1.0 - d.uniform("caster", n, 1)) if d.uniform("caster", n) < 0.03 else 0.0
    return c["treatment_min"] * exp(0.5 * d.normal("treatment", n)) + held_min


def _lining_degc(c: dict[str, float], d: Disturbances, n: int, *, fresh: bool) -> float:
    """What is left of the last heat in the brick after the ladle stood empty; a new lining is only preheated."""
    idle_min = c["idle_min"] * exp(0.55 * d.normal("idle", n))
    left_degc = 1050.0 if fresh else 950.0 + 400.0 * exp(-idle_min / 260.0)
    return min(left_degc + 65.0, 1420.0)  # tapping and the way to the furnace have warmed it again


def _additions_kg(grade: Grade, d: Disturbances, n: int) -> dict[str, float]:
    asked = {}
    for k, m in enumerate(MATERIALS):
        share = min(m.share * grade.likelier.get(m.key, 1.0), 0.99)
        if d.uniform("asked", n, k) < share:
            asked[m.key] = max(m.mass_kg * exp(m.spread * d.normal("asked", n, k)), 1.0)
    return asked
