"""The heat balance of a ladle: two heat stores, one arc, what is lost and what is added.

::

    bath     M c dT/dt  = eta P_arc - G (T - T_w) - Q_surface - k_stir V_gas            kW
    lining   C_w dT_w/dt = G (T - T_w) - G_out (T_w - T_air)                            kW
    unmixed  ds/dt = f eta P_arc / (M c) - s / tau                 how much hotter the probe's spot is than the bath

``G`` grows with the wear of the lining. A lumped two-node balance is the common engineering model of a ladle
(certainty: guessed form, calibrated constants, see :mod:`.constants`); losses that fall while the lining soaks, the
early 2 K/min and the later 1 K/min of recorded heats, follow from it. Additions chill by a heat per kilogram.

Everything here is plain arithmetic, so that a state may hold one ladle (floats) or many (arrays, shape
``(n_particles,)``): the noise floor runs the very same balance.
"""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", float, NDArray[np.float64])

AIR_DEGC: Final = 30.0
STEP_MIN: Final = 1.0
"""Longest step of the explicit scheme; the fastest store answers within tens of minutes."""


@dataclass(slots=True, kw_only=True)
class State(Generic[Number]):
    """What the heat stores hold.

    Parameters
    ----------
    bath_degc
        Mean temperature of the steel.
    lining_degc
        Mean temperature of the brick that takes part.
    unmixed_k
        How much hotter the spot under the probe is than the mean of the bath.
    lost_kwh
        Heat that has left bath and lining since the state was made; closes the balance.
    """

    bath_degc: Number
    lining_degc: Number
    unmixed_k: Number
    lost_kwh: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladle(Generic[Number]):
    """What one heat's balance depends on and nobody sees.

    Parameters
    ----------
    bath_kwh_per_k
        Heat capacity of the steel [M c].
    lining_kwh_per_k
        Of the brick that takes part [C_w].
    shell_kw_per_k
        Bath to lining [G].
    outer_kw_per_k
        Lining to air [G_out].
    surface_kw
        Radiation and slag [Q_surface].
    stir_kw_per_nm3_min
        Loss through the open eye [k_stir].
    efficiency
        Share of arc energy that reaches the bath [eta].
    mixing_min
        Time constant of mixing [tau].
    arc_to_surface
        Share of arc heat that is not mixed in at once [f].
    """

    bath_kwh_per_k: Number
    lining_kwh_per_k: Number
    shell_kw_per_k: Number
    outer_kw_per_k: Number
    surface_kw: Number
    stir_kw_per_nm3_min: Number
    efficiency: Number
    mixing_min: Number
    arc_to_surface: Number


def advance(
    state: State[Number],
    ladle: Ladle[Number],
    minutes: float,
    *,
    arc_kw: float = 0.0,
    foam: Number | float = 1.0,
    gas_nm3_min: float = 0.0,
) -> None:
    """Let time pass: heat by arc, lose heat, soak the lining.

    Parameters
    ----------
    state
        Changed in place.
    ladle
        What the balance depends on.
    minutes
        How long.
    arc_kw
        Electric power of the arc meanwhile.
    foam
        This arc's efficiency over the heat's mean efficiency.
    gas_nm3_min
        Stirring gas meanwhile.

    Examples
    --------
    >>> ladle = Ladle(bath_kwh_per_k=25.0, lining_kwh_per_k=4.0, shell_kw_per_k=5.0, outer_kw_per_k=0.5,
    ...               surface_kw=500.0, stir_kw_per_nm3_min=900.0, efficiency=0.5, mixing_min=2.5, arc_to_surface=0.05)
    >>> state = State(bath_degc=1600.0, lining_degc=1400.0, unmixed_k=0.0, lost_kwh=0.0)
    >>> advance(state, ladle, 10.0)
    >>> round(state.bath_degc, 1), round(state.lining_degc, 1)
    (1590.3, 1411.0)
    """
    left_min = minutes
    arc_in_kw = arc_kw * foam * ladle.efficiency
    fixed_kw = ladle.surface_kw + ladle.stir_kw_per_nm3_min * gas_nm3_min
    while left_min > 0.0:
        step_min = min(left_min, STEP_MIN)
        hours = step_min / 60.0
        to_lining_kw = ladle.shell_kw_per_k * (state.bath_degc - state.lining_degc)
        outward_kw = ladle.outer_kw_per_k * (state.lining_degc - AIR_DEGC)
        into_bath_kwh = arc_in_kw * hours
        decay = 1.0 / (1.0 + step_min / ladle.mixing_min)
        state.unmixed_k = (state.unmixed_k + ladle.arc_to_surface * into_bath_kwh / ladle.bath_kwh_per_k) * decay
        state.bath_degc = state.bath_degc + (into_bath_kwh - (to_lining_kw + fixed_kw) * hours) / ladle.bath_kwh_per_k
        state.lining_degc = state.lining_degc + (to_lining_kw - outward_kw) * hours / ladle.lining_kwh_per_k
        state.lost_kwh = state.lost_kwh + (fixed_kw + outward_kw) * hours
        left_min -= step_min


def chill(state: State[Number], ladle: Ladle[Number], heat_kwh: Number) -> None:
    """Take the heat that an addition needs out of the bath (negative: it gives heat)."""
    state.bath_degc = state.bath_degc - heat_kwh / ladle.bath_kwh_per_k
    state.lost_kwh = state.lost_kwh + heat_kwh


def enthalpy_kwh(state: State[Number], ladle: Ladle[Number]) -> Number:
    """Heat held in bath and lining above 0 degC, and what has left: changes only by the heat of the arc."""
    return state.bath_degc * ladle.bath_kwh_per_k + state.lining_degc * ladle.lining_kwh_per_k + state.lost_kwh
