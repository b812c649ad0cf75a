"""Finished pieces as columns: what was done, what was known, how far each result was from its limit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.clock import NS_PER_DAY
from pilothouse.decision.steering import Case
from pilothouse.packs.steel.recipes.declaration import Quality, RecipeBook, Service

Array = NDArray[np.float64]

REMEMBERED_D: Final = 180.0
"""Older pieces are not looked at."""
HALF_LIFE_D: Final = 60.0
"""After so many days a piece counts half: furnaces wear and suppliers change."""


def excess(quality: Quality, known: Mapping[str, float], limits: Mapping[str, tuple[float, float]]) -> float:
    """How far a result lies beyond its limit, as a share of it; negative inside, nan where it is not known.

    Examples
    --------
    >>> loss = Quality(key="loss", title="Loss", result="P15", eur_t=1.0, looks_at=())
    >>> excess(loss, {"P15": 2.4}, {"P15": (0.0, 2.5)})
    -0.04
    """
    value, (low, high) = known.get(quality.result, np.nan), limits.get(quality.result, (0.0, np.nan))
    over = value / high - 1.0
    return round(max(over, 1.0 - value / low) if low > 0.0 else over, 12)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """Finished pieces as columns.

    Parameters
    ----------
    kinds, batches
        Of each piece (n,).
    done
        Steps of each lever (n, levers).
    ages
        By calendar (n,); nan where not known.
    excess
        By measured quality (n,), nan where not known.
    faulty
        By quality (n,), 0 or 1.
    known
        Logarithms of what foretells measured qualities, by parameter (n,).
    weight
        By age of the case (n,).
    """

    kinds: NDArray[np.str_]
    batches: NDArray[np.str_]
    done: Array
    ages: Mapping[str, Array]
    excess: Mapping[str, Array]
    faulty: Mapping[str, Array]
    known: Mapping[str, Array]
    weight: Array

    @staticmethod
    def of(book: RecipeBook, cases: Sequence[Case], at_ns: int) -> "Columns":
        """Those of the cases that are not too old, by an instant."""
        days = np.array([(at_ns - case.finished_ns) / NS_PER_DAY for case in cases])
        recent = [case for case, d in zip(cases, days, strict=True) if d <= REMEMBERED_D]
        measured = [q for q in book.qualities if q.is_measured]
        looked_at = {key for q in measured for key in q.looks_at}
        return Columns(
            kinds=np.array([case.kind for case in recent], dtype=np.str_),
            batches=np.array([case.batch for case in recent], dtype=np.str_),
            done=np.array([[case.done.get(lever.key, 0.0) for lever in book.levers] for case in recent]),
            ages={s.key: np.array([_age(case, s) for case in recent]) for s in book.services},
            excess={q.key: np.array([excess(q, case.known, case.limits) for case in recent]) for q in measured},
            faulty={q.key: np.array([float(q.key in case.faults) for case in recent]) for q in book.qualities},
            known={
                key: in_logarithm(np.array([case.known.get(key, np.nan) for case in recent]))
                for key in sorted(looked_at)
            },
            weight=0.5 ** (days[days <= REMEMBERED_D] / HALF_LIFE_D),
        )

    def of_kinds(self, kinds: Sequence[str]) -> NDArray[np.bool_]:
        """Which pieces are of these kinds (n,)."""
        return np.isin(self.kinds, np.array(kinds, dtype=np.str_))


def _age(case: Case, service: Service) -> float:
    return case.ages.get(service.segment, {}).get(service.key, np.nan)


def in_logarithm(values: Array) -> Array:
    """Logarithms: of what is never below zero, 1 % is 1 %; what is not above zero tells nothing.

    Examples
    --------
    >>> in_logarithm(np.array([1.0, 0.0, np.nan])).tolist()
    [0.0, nan, nan]
    """
    there = values > 0.0
    return np.log(np.where(there, values, 1.0), where=there, out=np.full(values.shape, np.nan))
