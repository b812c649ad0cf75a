"""Levers and the aim: what may be moved, how far, at what price, and for what.

Notation: x ∈ ℝᵏ lever values, c ∈ ℝᵏ prices, y the result, [l, u] its tolerance, p the asked probability,
m the cost of a miss.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One end of a lever's freedom, and whose it is.

    Parameters
    ----------
    value
        In the lever's unit.
    source
        Who says so: a works limit, or the range that the data support.
    """

    value: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """One thing that may be moved.

    Parameters
    ----------
    key
        Stable name.
    low, high
        Its freedom; where a works limit and the data's range differ, the tighter one with its source.
    price
        Money per unit [c]; negative where more of it saves money.
    step
        The smallest change people can set; 0 where any value can be set.

    Examples
    --------
    >>> Lever(key="energy", low=Bound(value=0.0, source="none"), high=Bound(value=900.0, source="transformer"),
    ...       price=0.12).high.source
    'transformer'
    """

    key: str
    low: Bound
    high: Bound
    price: float = 0.0
    step: float = 0.0

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        if self.low.value > self.high.value:
            raise ValueError(
                f"lever {self.key}: low {self.low.value:g} ({self.low.source}) is above "
                f"high {self.high.value:g} ({self.high.source})"
            )
        if self.step < 0:
            raise ValueError(f"lever {self.key}: step must not be negative, got {self.step:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """Where the result shall land.

    Parameters
    ----------
    low, high
        Tolerance [l, u] of the result.
    probability
        Least probability of landing in it [p].
    miss_cost
        Money that a result outside costs [m].
    """

    low: float
    high: float
    probability: float
    miss_cost: float = 0.0

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        if not self.low < self.high:
            raise ValueError(f"aim: low {self.low:g} is not below high {self.high:g}")
        if not 0.0 < self.probability < 1.0:
            raise ValueError(f"aim: probability must lie between 0 and 1, got {self.probability:g}")
        if self.miss_cost < 0:
            raise ValueError(f"aim: miss cost must not be negative, got {self.miss_cost:g}")
