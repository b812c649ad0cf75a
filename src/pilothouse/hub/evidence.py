"""Forecasts judged against what came: coverage, skill, drift; what authority is built on."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from math import isfinite
from typing import Final

import numpy as np

from pilothouse.decision.steering import Foretold
from pilothouse.methods.estimate.anytime import Interval, mean_of

KEPT: Final = 3_000
"""Newest judged forecasts by which skill is told: batches are few, and err together."""
NEWEST: Final = 600
"""Newest judged forecasts by which coverage is told."""
LEAST: Final = 100
LEAST_COVERAGE: Final = 0.80
"""Of intervals with a nominal coverage of 0.9."""
FARTHEST_OFF: Final = 0.75
"""Mean error of the newest batches, in half-widths, beyond which the plant is not what it was."""
NEWEST_BATCHES: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """A forecast and what came, in half-widths of its interval."""

    quality: str
    batch: str
    error: float
    naive_error: float


@dataclass(slots=True, kw_only=True)
class Forecasts:
    """Judged forecasts, newest last."""

    judged: deque[Came] = field(default_factory=lambda: deque(maxlen=KEPT))
    n: int = 0

    def judge(self, foretold: Foretold, result: float, batch: str) -> None:
        """Hold a forecast against what came; of what is not known nothing is learnt."""
        if not isfinite(result) or foretold.half_width <= 0.0:
            return
        self.n += 1
        self.judged.append(
            Came(
                quality=foretold.quality,
                batch=batch,
                error=(result - foretold.value) / foretold.half_width,
                naive_error=(result - foretold.naive) / foretold.half_width,
            )
        )

    def coverage(self) -> float | None:
        """Share of what came inside its interval; None for too few."""
        if len(self.judged) < LEAST:
            return None
        return float(np.mean([abs(came.error) <= 1.0 for came in islice(reversed(self.judged), NEWEST)]))

    def skill(self) -> Interval | None:
        """By how much its squared errors lie under those of somebody without a model; batches are independent."""
        batches = _by_batch(self.judged)
        return mean_of(np.array([np.mean([c.naive_error**2 - c.error**2 for c in came]) for came in batches]))

    def failing(self, *, advises: bool) -> tuple[str, ...]:
        """Guards that fail: ``skill`` not shown, ``coverage`` too low, ``drift`` away from what was foretold.

        Parameters
        ----------
        advises
            To climb, skill must be shown: its interval lies above zero. Who advises already falls when none is left.
        """
        coverage, skill = self.coverage(), self.skill()
        guards = {
            "skill": skill is None or not (skill.value if advises else skill.low) > 0.0,
            "coverage": coverage is not None and coverage < LEAST_COVERAGE,
            "drift": self._is_off(),
        }
        return tuple(name for name, fails in guards.items() if fails)

    def _is_off(self) -> bool:
        for quality in {came.quality for came in self.judged}:
            newest = _by_batch(came for came in self.judged if came.quality == quality)[-NEWEST_BATCHES:]
            means = [float(np.mean([c.error for c in came])) for came in newest]
            if len(means) == NEWEST_BATCHES and abs(float(np.mean(means))) > FARTHEST_OFF:
                return True
        return False


def _by_batch(judged: Iterable[Came]) -> list[list[Came]]:
    batches: dict[str, list[Came]] = {}
    for came in judged:
        batches.setdefault(came.batch, []).append(came)
    return list(batches.values())
