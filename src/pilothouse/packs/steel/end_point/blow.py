r"""Known physics of the last minutes of a blow: what oxygen and coolant do to carbon and temperature.

Above a critical carbon C* all oxygen finds carbon; below it ``dC/dV = -(C - C_inf)/c_e`` (three-period model: Asai and
Muchi 1970, Fruehan 1998; from memory). With equal slopes at C*, ``c_e = k (C* - C_inf)``, and the logarithm of what is
left of carbon falls in a straight line with the oxygen V that reaches the metal::

    ln(C - C_inf) = ln(C* - C_inf) - P(V)/c_e          P  oxygen blown beyond the critical point, Nm3
    P(V) = P(shot) + eta V_lance + o m_coolant         k  oxygen that burns one mass % of carbon, Nm3
    T = T(shot) + h (eta V_lance + o m_coolant) - q m_coolant

So both results are straight in both levers, and an error in critical carbon or use of oxygen is an error of ``P``. What
oxygen brings (o), burns (k) and what coolant costs (q) is chemistry and a heat balance; C*, C_inf, eta, h are the
plant's own and are learnt, from usual values on.
"""

from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

Array = NDArray[np.float64]

O2_KG_NM3: Final = 1.429
NM3_PER_KG_C: Final = (0.9 * 16.0 / 12.0 + 0.1 * 32.0 / 12.0) / O2_KG_NM3
"""A tenth of the carbon monoxide burns to dioxide in the vessel."""
METAL_OF_CHARGE: Final = 0.94
"""What is left of hot metal and scrap when silicon, manganese, carbon and some iron are burnt."""
COOLANT_NM3_T: Final = 1000.0 * 0.65 * (48.0 / 111.7) / O2_KG_NM3
"""Oxygen of a tonne of ore with 65 % of iron as Fe2O3."""
COOLANT_MJ_T: Final = 3.5 * 1420.0
"""Ore cools 3 to 4 times as much as scrap, which takes 1.42 MJ/kg (from memory)."""
BATH_MJ_TK: Final = 0.83 + 0.08 * 2.2 / 1.6
"""Steel, and 80 kg/t of slag that takes 2.2 MJ/kg up to some 1,600 degC."""

USUAL: Final = np.array([0.30, 0.010, 0.95])
"""C* (0.25-0.40 %), C_inf and eta of converters, where learning starts from (from memory)."""
FREEDOM: Final = np.array([0.05, 0.004, 0.05])
"""Standard deviation of each between plants (guessed)."""
SPREAD: Final = 0.009
"""Of the end of heats that stood alike, mass % (usual with a sublance: 0.008-0.010, from memory)."""
LEAST_LEFT: Final = 0.002
"""Carbon above C_inf, mass %, below which a reading tells nothing of the oxygen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shots:
    """Heats at their shot, each (n,): carbon in mass %, temperature in degC, metal charged in t."""

    carbon: Array
    temperature: Array
    charge: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """The mechanism with a plant's own constants.

    Parameters
    ----------
    critical, floor
        Carbon [C*, C_inf], mass %.
    use
        Share of the lance's oxygen that reaches the metal [eta].
    heat_k_nm3
        Rise of temperature per Nm3 of oxygen and tonne of metal charged, K t/Nm3 [h].
    """

    critical: float
    floor: float
    use: float
    heat_k_nm3: float

    @staticmethod
    def fit(shots: Shots, oxygen_nm3: Array, coolant_t: Array, carbon: Array, temperature: Array) -> "Blow":
        """Learn the plant's constants from heats that ended.

        Parameters
        ----------
        shots
            Where they stood (n,).
        oxygen_nm3, coolant_t
            What they got after it (n,).
        carbon, temperature
            Where they ended (n,), mass % and degC.

        Examples
        --------
        >>> rng = np.random.default_rng(0)
        >>> at = Shots(carbon=rng.uniform(0.2, 0.4, 300), temperature=np.full(300, 1630.0), charge=np.full(300, 300.0))
        >>> plant = Blow(critical=0.27, floor=0.010, use=0.97, heat_k_nm3=11.0)
        >>> oxygen, coolant = rng.uniform(1200, 1900, 300), rng.uniform(0.0, 2.0, 300)
        >>> left, degc = plant.end(at, oxygen, coolant)
        >>> found = Blow.fit(at, oxygen, coolant, plant.carbon(left), degc)
        >>> bool(abs(found.end(at, oxygen, coolant)[0] - left).max() < 0.05), round(found.heat_k_nm3)
        (True, 11)
        """

        def off(constants: Array) -> Array:
            tried = Blow(critical=constants[0], floor=constants[1], use=constants[2], heat_k_nm3=0.0)
            left, _ = tried.end(shots, oxygen_nm3, coolant_t)
            return np.append((tried.carbon(left) - carbon) / SPREAD, (constants - USUAL) / FREEDOM)

        low, high = USUAL - 4.0 * FREEDOM, USUAL + 4.0 * FREEDOM
        low[1] = 0.0
        critical, floor, use = least_squares(off, USUAL, bounds=(low, high), loss="soft_l1").x.tolist()
        reached = use * oxygen_nm3 + COOLANT_NM3_T * coolant_t
        rise = (temperature - shots.temperature) * shots.charge + COOLANT_MJ_T / (
            BATH_MJ_TK * METAL_OF_CHARGE
        ) * coolant_t
        heat = float(np.median(rise / np.maximum(reached, 1.0)))
        return Blow(critical=critical, floor=floor, use=use, heat_k_nm3=heat)

    def end(self, shots: Shots, oxygen_nm3: Array, coolant_t: Array) -> tuple[Array, Array]:
        """Where heats end (n,): ln(C - C_inf), and degC."""
        start_left, start_degc = self.start(shots)
        per_oxygen, per_coolant = self.effects(shots.charge)
        left = start_left + per_oxygen[:, 0] * oxygen_nm3 + per_coolant[:, 0] * coolant_t
        return left, start_degc + per_oxygen[:, 1] * oxygen_nm3 + per_coolant[:, 1] * coolant_t

    def start(self, shots: Shots) -> tuple[Array, Array]:
        """Where heats stand at the shot, on the straight lines (n,): ln(C - C_inf) as if it were below C*, and degC."""
        drop = self.critical - self.floor
        above = (self.critical - shots.carbon) / drop  # P/c_e before the critical point, below 0
        below = np.log(drop) - self.left(np.minimum(shots.carbon, self.critical))
        return np.log(drop) - np.where(shots.carbon > self.critical, above, below), shots.temperature

    def effects(self, charge: Array) -> tuple[Array, Array]:
        """Change of both results per Nm3 of oxygen and per t of coolant, each (n, 2)."""
        per_pct = 10.0 * METAL_OF_CHARGE * charge * NM3_PER_KG_C
        left = -1.0 / (per_pct * (self.critical - self.floor))
        heat = self.heat_k_nm3 / charge
        cold = COOLANT_MJ_T / (BATH_MJ_TK * METAL_OF_CHARGE * charge)
        return (
            self.use * np.column_stack([left, heat]),
            np.column_stack([COOLANT_NM3_T * left, COOLANT_NM3_T * heat - cold]),
        )

    def left(self, carbon: Array) -> Array:
        """ln(C - C_inf) of carbon in mass %."""
        found: Array = np.log(np.maximum(carbon - self.floor, LEAST_LEFT))
        return found

    def carbon(self, left: Array) -> Array:
        """Carbon, mass %, of ln(C - C_inf)."""
        found: Array = self.floor + np.exp(left)
        return found

    def to_json(self) -> dict[str, float]:
        """As JSON values."""
        return asdict(self)
