"""What the people of a works correct by hand, seeing only tests: the annealing crew, and the monthly quality meeting.

The crew watches all grades of a family together, for what moves them together: a pyrometer, a furnace, the ore. Where
the last hundred tests lie off what the works likes it anneals the family a few kelvin hotter or colder, and waits for
tests of what it did. The meeting looks at what sets a grade apart from its family, for what is wrong with its row of
the table: it moves the aluminium aim where grains are large and a few kelvin hardly matter, and the soak where they are
small; the fewer heats it saw, the less it believes them.
"""

from collections import deque
from collections.abc import Mapping
from typing import Final

from proving_ground.silicon_mill.grades import Grade
from proving_ground.silicon_mill.piece import Coil

TESTS_LOOKED_AT: Final = 80
TOO_FAR: Final = 0.005
"""So far off what is liked, over the limit, the mean of the last tests makes the crew correct."""
TAKEN: Final = 0.7
"""So much of what the tests ask for is done at a time."""
MOST_STEP_K: Final = 8.0
MOST_K: Final = 20.0
"""By how much the crew corrects at a time, and in all."""

MEETING_H: Final = 24.0 * 28.0
LARGE_GRAIN_UM: Final = 100.0
"""From here on a few kelvin of soak hardly move the loss: aluminium does."""
PER_AL: Final = 0.12
"""Loss over its limit that a percent of aluminium takes away (rule of the works)."""
PER_K: Final[Mapping[str, float]] = {"high": 0.0012, "middle": 0.0025, "low": 0.0035}
"""Loss over its limit that a kelvin of soak takes away, by family (rule of the works)."""
FEW_HEATS: Final = 12.0
"""The mean of so many heats is believed by half."""
HALF: Final = 0.5
"""Of what a whole family is off, aluminium takes half: the rest is the crew's."""
MOST_AL: Final = 0.04
"""Moved at one meeting, mass %."""
MOST_MEETING_K: Final = 8.0


class Corrections:
    """What has been corrected so far.

    Parameters
    ----------
    liked
        Mean loss over the limit that the works steers towards, by family.

    Examples
    --------
    >>> from proving_ground.silicon_mill.grades import GRADES
    >>> Corrections({"high": 0.95}).hotter_k(GRADES["M250-35A"])
    0.0
    """

    def __init__(self, liked: Mapping[str, float]) -> None:
        self._liked = liked
        self._tests: dict[str, deque[float]] = {}
        self._crew_k: dict[str, float] = {}
        self._meeting_k: dict[str, float] = {}
        self._al: dict[str, float] = {}
        self._heats: dict[str, dict[int, list[float]]] = {}
        self._grades: dict[str, Grade] = {}
        self._met_h = 0.0

    def hotter_k(self, grade: Grade) -> float:
        """By how much a grade is annealed hotter than its table says, K."""
        return self._crew_k.get(grade.family, 0.0) + self._meeting_k.get(grade.key, 0.0)

    def more_al(self, grade: Grade) -> float:
        """How much more aluminium than its table says is aimed at, mass %."""
        return self._al.get(grade.key, 0.0)

    def told(self, coil: Coil, at_h: float) -> None:
        """A test came back."""
        grade = coil.grade
        above = coil.seen["TEST.test.P15_50"] / grade.loss_limit_w_kg - self._liked[grade.family]
        self._grades[grade.key] = grade
        self._heats.setdefault(grade.key, {}).setdefault(coil.heat.number, []).append(above)
        if at_h >= self._met_h + MEETING_H:
            self._meet()
            self._met_h = at_h
        self._watch(grade.family, above)

    def _watch(self, family: str, above: float) -> None:
        """The crew: a step where many tests say so, then it waits."""
        tests = self._tests.setdefault(family, deque(maxlen=TESTS_LOOKED_AT))
        tests.append(above)
        mean = sum(tests) / len(tests)
        if len(tests) < TESTS_LOOKED_AT or abs(mean) < TOO_FAR:
            return
        step_k = min(max(TAKEN * mean / PER_K[family], -MOST_STEP_K), MOST_STEP_K)
        hotter_k = self._crew_k.get(family, 0.0) + step_k
        self._crew_k[family] = min(max(hotter_k, -MOST_K), MOST_K)
        tests.clear()

    def _meet(self) -> None:
        """The meeting: what sets each grade apart, by its heats since the last one."""
        means = {key: [sum(tests) / len(tests) for tests in heats.values()] for key, heats in self._heats.items()}
        for key, found in means.items():
            grade = self._grades[key]
            family = [
                mean for other, kin in means.items() if self._grades[other].family == grade.family for mean in kin
            ]
            shared = sum(family) / len(family)
            apart = sum(found) / len(found) - shared
            believed = apart * len(found) / (len(found) + FEW_HEATS)
            if grade.grain_um >= LARGE_GRAIN_UM:
                wanted = (believed + HALF * shared) / PER_AL
                self._al[key] = self.more_al(grade) + min(max(wanted, -MOST_AL), MOST_AL)
            else:
                moved_k = min(max(believed / PER_K[grade.family], -MOST_MEETING_K), MOST_MEETING_K)
                self._meeting_k[key] = self._meeting_k.get(key, 0.0) + moved_k
        self._heats.clear()
