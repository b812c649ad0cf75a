"""Small safe experiments: evolutionary operation inside an accepted band (Box 1957), randomised, with propensities.

Around the present centre each lever is moved by one trial step down or up, or left where it is, by a coin of its own
for every piece. What moves several levers at once can be told apart later, because no coin knows of another, nor of the
piece. A centre at the end of its band is tried towards the inside alone.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

STAY: Final = 0.5
"""Chance that a lever is left at its centre."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """Where a lever was put, and how likely that was.

    Parameters
    ----------
    value
        In steps of the lever.
    propensity
        Chance with which it was chosen beforehand.
    """

    value: float
    propensity: float


def try_around(centre: float, step: float, low: float, high: float, rng: np.random.Generator) -> Arm:
    """Put a lever near its centre, at random.

    Parameters
    ----------
    centre
        Inside [low, high].
    step
        Of the trial; 0 for none.
    low, high
        The accepted band.
    rng
        Of this lever and piece.

    Raises
    ------
    ValueError
        If the centre lies outside its band.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> arms = [try_around(2.0, 1.0, -3.0, 2.5, rng) for _ in range(400)]
    >>> sorted({(arm.value, arm.propensity) for arm in arms})
    [(1.0, 0.25), (2.0, 0.5), (2.5, 0.25)]
    """
    if not low <= centre <= high:
        raise ValueError(f"centre of a trial: expected {low:g} to {high:g}, got {centre:g}")
    if step <= 0.0:
        return Arm(value=centre, propensity=1.0)
    down, up = max(centre - step, low), min(centre + step, high)
    arms: dict[float, float] = {}
    for value, chance in ((centre, STAY), (down, (1.0 - STAY) / 2.0), (up, (1.0 - STAY) / 2.0)):
        arms[value] = arms.get(value, 0.0) + chance
    values = list(arms)
    value = values[int(rng.choice(len(values), p=list(arms.values())))]
    return Arm(value=value, propensity=arms[value])
