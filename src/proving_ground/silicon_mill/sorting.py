"""What a finished coil can be sold as, judged by what its test and inspection showed.

Where loss or induction miss the grade, the coil is re-applied to the best lesser grade of its thickness that it meets;
where it meets none it is secondary. Where surface or shape are at fault the faulty length is cut out; a coil that is
faulty over more than 45 % of its length is secondary whole.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from proving_ground.silicon_mill.grades import GRADES, Grade
from proving_ground.silicon_mill.piece import Coil

MAGNETIC: Final = ("loss", "b50")
"""Defects of the whole coil, which the test shows."""

WHOLE_SHARE: Final = 0.45
"""Faulty share of its length from which a coil is not worth cutting (guessed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """What became of a coil.

    Parameters
    ----------
    grade
        What it is sold as; None for secondary.
    prime_t
        Sold as that; the rest of the coil is secondary.
    """

    grade: Grade | None
    prime_t: float


def sort(coil: Coil, guaranteed_b50_t: Callable[[Grade], float], faulty_share: float) -> Sorted:
    """Sort a coil.

    Parameters
    ----------
    coil
        Finished; its test is in ``seen``.
    guaranteed_b50_t
        Least B50 that the mill guarantees for a grade.
    faulty_share
        Of its length that surface or shape defects take, where it has any.
    """
    grade = _best(coil, guaranteed_b50_t)
    if grade is None:
        return Sorted(grade=None, prime_t=0.0)
    if all(cause in MAGNETIC for cause in coil.defects):
        return Sorted(grade=grade, prime_t=coil.mass_t)
    if faulty_share > WHOLE_SHARE:
        return Sorted(grade=None, prime_t=0.0)
    return Sorted(grade=grade, prime_t=coil.mass_t * (1.0 - faulty_share))


def _best(coil: Coil, guaranteed_b50_t: Callable[[Grade], float]) -> Grade | None:
    """The grade it was made for, or the best lesser one that it meets."""
    loss, b50 = coil.seen["TEST.test.P15_50"], coil.seen["TEST.test.B50"]
    lesser = [
        grade
        for grade in GRADES.values()
        if grade.thickness_mm == coil.grade.thickness_mm and grade.loss_limit_w_kg >= coil.grade.loss_limit_w_kg
    ]
    fitting = [grade for grade in lesser if loss <= grade.loss_limit_w_kg and b50 >= guaranteed_b50_t(grade)]
    return min(fitting, key=lambda grade: grade.loss_limit_w_kg, default=None)
