"""The mill's interlocks: set-points that a unit does not take at all, or not for this piece.

First of all stands what each unit takes at all: the ends of the range of each set-point in the plant folder. All
figures are usual practice (guessed). An interlock protects the unit or the people, not the quality: a bad recipe is
taken.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Final

from proving_ground.silicon_mill.parameters import parameters
from proving_ground.silicon_mill.piece import Coil, Heat

FAYALITE_SI: Final = 1.5
"""From this silicon content on, mass %, scale melts at 1,173 degC and eats into the hearth."""

HOTTEST_ZONE_DEGC: Final = 1235.0

BRITTLE_SI: Final = 2.8
LARGEST_PASS: Final = 34.0

FASTEST_CLOGGING_M_MIN: Final = 1.2
CLOGGING_SI: Final = 2.5

MOST_HEATED: Final = 80.0
"""Thickness times speed, mm m/min, that the annealing furnace can heat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interlock:
    """One interlock.

    Parameters
    ----------
    parameters
        Beginnings of the keys it watches.
    breach
        In words, how a value breaks it for a piece; None where it holds.
    """

    parameters: tuple[str, ...]
    breach: Callable[[Heat | Coil, float], str | None]


def why_not(piece: Heat | Coil, parameter: str, value: float) -> str | None:
    """Why a piece's unit does not take a set-point; None where it does.

    Parameters
    ----------
    piece
        Before the unit.
    parameter, value
        The set-point.
    """
    declared = parameters()[parameter]
    if not isfinite(value):
        return f"expected a number, got {value}"
    if not declared.low <= value <= declared.high:
        return f"the unit takes {declared.low:g} to {declared.high:g}, got {value:g}"
    for interlock in INTERLOCKS:
        if parameter.startswith(interlock.parameters):
            reason = interlock.breach(piece, value)
            if reason is not None:
                return reason
    return None


def _melting_scale(piece: Heat | Coil, value: float) -> str | None:
    if piece.grade.si > FAYALITE_SI and value > HOTTEST_ZONE_DEGC:
        return f"above {HOTTEST_ZONE_DEGC:g} degC the scale of steel with {piece.grade.si:g} % Si melts on the hearth"
    return None


def _brittle(piece: Heat | Coil, value: float) -> str | None:
    if piece.grade.si > BRITTLE_SI and value > LARGEST_PASS:
        return f"strip with {piece.grade.si:g} % Si bears {LARGEST_PASS:g} % in a pass, got {value:g}"
    return None


def _clogging(piece: Heat | Coil, value: float) -> str | None:
    if piece.grade.si > CLOGGING_SI and value > FASTEST_CLOGGING_M_MIN:
        return f"steel with {piece.grade.si:g} % Si is cast at {FASTEST_CLOGGING_M_MIN:g} m/min at most, got {value:g}"
    return None


def _furnace_power(piece: Heat | Coil, value: float) -> str | None:
    heated = value * piece.grade.thickness_mm
    if heated > MOST_HEATED:
        return f"the furnace heats {MOST_HEATED:g} mm m/min of strip (thickness times speed), got {heated:.0f}"
    return None


INTERLOCKS: Final = (
    Interlock(parameters=("REHEAT.zone_",), breach=_melting_scale),
    Interlock(parameters=tuple(f"CRM.pass_p{n:02d}.reduction" for n in range(1, 6)), breach=_brittle),
    Interlock(parameters=("CC.mould.speed",), breach=_clogging),
    Interlock(parameters=("FAL.line.speed",), breach=_furnace_power),
)
"""Every interlock, in the order of the route."""
