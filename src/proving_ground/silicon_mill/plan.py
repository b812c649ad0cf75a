"""What is cast, in which order: sequences of heats on the caster, drawn from the seed alone.

A sequence is cast from one tundish: three to six heats of one family, neighbouring grades side by side. Which family
and grade comes next is that which lags most behind its share of the orders, with some noise of sales. When a sequence
is cast the flow decides; that heat 812 is an M250-35A of 1,120 mm does not depend on what the practice does.
"""

from dataclasses import dataclass
from typing import Final

from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.grades import FAMILIES, GRADES, Grade

HEATS: Final = {"high": (3, 5), "middle": (3, 6), "low": (4, 6)}
"""Fewest and most heats of a sequence, by family: steel rich in silicon clogs the nozzle sooner."""

WIDTHS_MM: Final = (1020.0, 1060.0, 1100.0, 1140.0, 1180.0, 1220.0, 1260.0)
"""Slab widths that are ordered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedHeat:
    """A heat before it is made.

    Parameters
    ----------
    number
        From 0, in the order of the plan.
    grade
        What it is made for.
    width_mm
        Of its slabs.
    place, of
        Its place in its sequence, from 0, and how many heats that has.
    """

    number: int
    grade: Grade
    width_mm: float
    place: int
    of: int


class Plan:
    """Sequences of heats by number.

    Examples
    --------
    >>> plan = Plan(Disturbances(seed=1, family="silicon-mill"))
    >>> [heat.number for heat in plan.sequence(0)][:2], len({h.grade.family for h in plan.sequence(7)})
    ([0, 1], 1)
    """

    def __init__(self, draws: Disturbances) -> None:
        self._d = draws
        self._sequences: list[tuple[PlannedHeat, ...]] = []
        self._heats = 0
        self._made = dict.fromkeys(GRADES, 0)

    def sequence(self, number: int) -> tuple[PlannedHeat, ...]:
        """The heats of one sequence."""
        while len(self._sequences) <= number:
            self._sequences.append(self._next(len(self._sequences)))
        return self._sequences[number]

    def _next(self, number: int) -> tuple[PlannedHeat, ...]:
        d = self._d
        family = max(FAMILIES, key=lambda f: self._lag(f) + 0.8 * d.normal("plan-family", number, FAMILIES.index(f)))
        fewest, most = HEATS[family]
        count = fewest + int(d.uniform("plan-heats", number) * (most - fewest + 1))
        grades = sorted((self._pick(family, self._heats + k) for k in range(count)), key=lambda g: (-g.si, g.key))
        width_mm = WIDTHS_MM[int(d.uniform("plan-width", number) * len(WIDTHS_MM))]
        heats = tuple(
            PlannedHeat(number=self._heats + k, grade=grade, width_mm=width_mm, place=k, of=count)
            for k, grade in enumerate(grades)
        )
        self._heats += count
        return heats

    def _lag(self, family: str) -> float:
        """By how many heats a family lags behind its share."""
        return sum(self._lag_of(grade) for grade in GRADES.values() if grade.family == family)

    def _lag_of(self, grade: Grade) -> float:
        return grade.share * sum(self._made.values()) - self._made[grade.key]

    def _pick(self, family: str, number: int) -> Grade:
        """The grade of a family that lags most, give or take what sales brought in."""
        candidates = [grade for grade in GRADES.values() if grade.family == family]
        noisy = [self._lag_of(g) + 0.5 * self._d.normal("plan-grade", number, k) for k, g in enumerate(candidates)]
        grade = candidates[noisy.index(max(noisy))]
        self._made[grade.key] += 1
        return grade
