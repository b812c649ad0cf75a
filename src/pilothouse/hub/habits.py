"""What the practice does by habit: how far its set-points lie from where it usually has them, in steps of levers.

Not every piece is treated alike even where nobody tries anything: crews correct, level 2 follows what was measured.
That is all a history without trials can teach from, and it is moved for a reason: what is set hotter was expected to
be bad.
"""

from dataclasses import dataclass, field
from typing import Final

from pilothouse.decision.steering import Situation, Steering

REMEMBERED: Final = 200
"""Newest pieces of a kind over which its usual set-points are averaged."""


@dataclass(slots=True, kw_only=True)
class Habits:
    """Usual set-points by kind, as they were seen so far."""

    _usual: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict)

    def steps(self, steering: Steering, situation: Situation) -> dict[str, float]:
        """How far a piece's set-points lie from the usual of its kind, by lever; and remember them."""
        usual = {
            key: self._usual[situation.kind, key][0]
            for key in situation.presets
            if (situation.kind, key) in self._usual
        }
        for key, value in situation.presets.items():
            mean, n = self._usual.get((situation.kind, key), (value, 0))
            self._usual[situation.kind, key] = (mean + (value - mean) / (min(n, REMEMBERED) + 1), n + 1)
        return dict(steering.steps_between(situation.segment, usual, situation.presets))
