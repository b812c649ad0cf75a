"""What every stage is: set-points in, a changed piece and its true values out.

A stage is one unit of the plant with its hidden states (wear, drift, fouling). ``process`` changes the piece by the
stage's physics, moves the hidden states on, and gives the true value of every parameter that the physics determines,
by the key of the plant's parameter list. Instruments make measured values of them; what is not given is nuisance.

Time is in hours since the run began.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from proving_ground.disturbance import Disturbances

SetPoints = Mapping[str, float]
"""Set-points by parameter key."""

Truth = dict[str, float]
"""True values by parameter key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one piece's passing a stage came to.

    Parameters
    ----------
    truth
        True values by parameter key.
    minutes
        For which the piece keeps the unit busy.
    stop_min
        For which the unit stands still afterwards because of it (a strip break, a breakout).
    """

    truth: Truth
    minutes: float
    stop_min: float = 0.0


class Stage:
    """One unit of the plant; see the module.

    Parameters
    ----------
    constants
        Of the plant, by name.
    draws
        Of the run: ask by name and by number of heat, coil, lot or day, never in sequence.

    Attributes
    ----------
    DISTURBANCES
        Names of the disturbances that can be switched on here, each with what it does.
    CAUSAL
        Keys of the parameters here that move the loss: set-points that are levers, and measured values on whose truth
        the loss depends.
    """

    DISTURBANCES: ClassVar[Mapping[str, str]] = MappingProxyType({})
    CAUSAL: ClassVar[tuple[str, ...]] = ()

    def __init__(self, constants: Mapping[str, float], draws: Disturbances) -> None:
        self._c = constants
        self._d = draws
        self._since_h: dict[str, float] = {}

    def disturb(self, name: str, at_h: float) -> None:
        """Switch a disturbance on.

        Raises
        ------
        KeyError
            If this stage has none of that name.
        """
        if name not in self.DISTURBANCES:
            raise KeyError(name)
        self._since_h.setdefault(name, at_h)

    def calm(self, name: str) -> None:
        """Switch a disturbance off; nothing happens where it is not on."""
        self._since_h.pop(name, None)

    def days_on(self, name: str, at_h: float) -> float:
        """For how many days a disturbance has been on; negative where it is off."""
        since_h = self._since_h.get(name)
        return -1.0 if since_h is None else (at_h - since_h) / 24.0
