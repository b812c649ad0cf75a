"""Where a piece on its way stands: what is known of it and was done to it so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pilothouse.decision.steering import Foretold


@dataclass(slots=True, kw_only=True)
class Standing:
    """Filled as things become known of a piece; what is made of it begins with it.

    Parameters
    ----------
    known, done, ages
        As in :class:`pilothouse.decision.steering.Case`, so far.
    is_held_out
        Chance leaves it to the practice alone.
    is_steered
        Something was commanded for it or what it came of.
    foretold
        Newest forecasts.
    """

    known: dict[str, float] = field(default_factory=dict)
    done: dict[str, float] = field(default_factory=dict)
    ages: dict[str, Mapping[str, float]] = field(default_factory=dict)
    is_held_out: bool = False
    is_steered: bool = False
    foretold: tuple[Foretold, ...] = ()

    def child(self) -> "Standing":
        """Of a piece that is made of this one."""
        return Standing(
            known=dict(self.known),
            done=dict(self.done),
            ages=dict(self.ages),
            is_held_out=self.is_held_out,
            is_steered=self.is_steered,
        )
