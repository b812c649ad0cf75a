"""What the mill sells: grades of non-oriented silicon steel with their limits, aims and share of the orders.

Limits of P1.5/50 and B50 are those of EN 10106 (2007/2015 tables, from memory: check against the standard before
quoting). Compositions and grain sizes are usual for the grade (from memory); with the loss model of
:mod:`.stages.testing` they give the ladder of losses. Shares are those of a mill that lives on its better grades
(guessed).
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """One grade.

    Parameters
    ----------
    key
        Its name in EN 10106.
    loss_limit_w_kg
        Most that P1.5/50 may be.
    b50_least_t
        Least that the induction at 5,000 A/m may be.
    thickness_mm
        Of the finished strip.
    si, al, mn, p
        Aims of the analysis, mass %.
    grain_um
        Grain size that its annealing is laid out for.
    share
        Of the tonnage ordered.
    family
        ``high`` (over 2.8 % Si), ``middle`` or ``low``: what may be cast, rolled and annealed together.
    price_eur_t
        What a tonne sells for (guessed).
    """

    key: str
    loss_limit_w_kg: float
    b50_least_t: float
    thickness_mm: float
    si: float
    al: float
    mn: float
    p: float
    grain_um: float
    share: float
    family: str
    price_eur_t: float


def _g(  # noqa: PLR0913, PLR0917 - a row of a table
    key: str,
    limits: tuple[float, float],
    thickness_mm: float,
    analysis: tuple[float, float, float, float],
    grain_um: float,
    share: float,
    family: str,
    price_eur_t: float,
) -> Grade:
    si, al, mn, p = analysis
    return Grade(
        key=key,
        loss_limit_w_kg=limits[0],
        b50_least_t=limits[1],
        thickness_mm=thickness_mm,
        si=si,
        al=al,
        mn=mn,
        p=p,
        grain_um=grain_um,
        share=share,
        family=family,
        price_eur_t=price_eur_t,
    )


_ALL: Final = (
    _g("M235-35A", (2.35, 1.60), 0.35, (3.26, 1.08, 0.20, 0.010), 135.0, 0.05, "high", 1180.0),
    _g("M250-35A", (2.50, 1.60), 0.35, (3.08, 0.88, 0.20, 0.010), 122.0, 0.12, "high", 1130.0),
    _g("M270-35A", (2.70, 1.60), 0.35, (3.00, 0.62, 0.22, 0.012), 105.0, 0.12, "high", 1085.0),
    _g("M300-35A", (3.00, 1.60), 0.35, (2.90, 0.38, 0.22, 0.012), 80.0, 0.12, "high", 1040.0),
    _g("M330-35A", (3.30, 1.60), 0.35, (2.40, 0.30, 0.25, 0.015), 74.0, 0.04, "middle", 1000.0),
    _g("M270-50A", (2.70, 1.60), 0.50, (3.24, 1.04, 0.20, 0.010), 140.0, 0.10, "high", 1090.0),
    _g("M310-50A", (3.10, 1.60), 0.50, (2.79, 0.84, 0.22, 0.012), 116.0, 0.07, "middle", 1030.0),
    _g("M400-50A", (4.00, 1.63), 0.50, (2.05, 0.30, 0.25, 0.030), 72.0, 0.10, "middle", 940.0),
    _g("M470-50A", (4.70, 1.64), 0.50, (1.60, 0.25, 0.28, 0.050), 50.0, 0.09, "middle", 890.0),
    _g("M600-50A", (6.00, 1.66), 0.50, (1.00, 0.25, 0.30, 0.060), 33.0, 0.08, "low", 820.0),
    _g("M800-50A", (8.00, 1.70), 0.50, (0.40, 0.25, 0.32, 0.080), 20.0, 0.11, "low", 760.0),
)

GRADES: Final = MappingProxyType({grade.key: grade for grade in _ALL})
"""Every grade by key, the best of each thickness first."""

FAMILIES: Final = ("high", "middle", "low")
