"""When the hub asks a scenario by itself, and what an answer may cost."""

from dataclasses import dataclass
from typing import Final

OCCASIONS: Final = ("stage", "sample", "order", "tick")
"""A piece left an equipment; a sample is known; an order arrived; some time went by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """A scenario that says nothing of it (an attribute ``runs``) is asked as this says by default.

    Parameters
    ----------
    on
        Occasions, of :data:`OCCASIONS`, that concern it.
    seconds
        Of wall time that an answer may take; then it is given up.
    backlog
        How many subjects may wait; where there are more, those that have waited longest are dropped.
    """

    on: tuple[str, ...] = ("stage", "sample", "tick")
    seconds: float = 60.0
    backlog: int = 200

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        if not self.seconds > 0.0 or self.backlog < 1:
            raise ValueError(f"runs: expected seconds and a backlog above 0, got {self.seconds:g} and {self.backlog}")
        unknown = [occasion for occasion in self.on if occasion not in OCCASIONS]
        if unknown:
            raise ValueError(f"runs: expected occasions of {', '.join(OCCASIONS)}, got {unknown[0]!r}")


def runs_of(scenario: object) -> Runs:
    """What a scenario says of it, or the default.

    Examples
    --------
    >>> runs_of("a scenario without a word of it").seconds
    60.0
    """
    said = getattr(scenario, "runs", None)
    return said if isinstance(said, Runs) else Runs()
