"""Judged: forecasts beside their truth, as `prove` asks a scenario for them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Forecasts of one task for some subjects, each made with what was known before it.

    Parameters
    ----------
    subject
        Keys (n,).
    anchor_ns
        When each forecast stands (n,).
    truth
        What came out (n,).
    value
        What was forecast (n,); NaN where the scenario abstained.
    half_width
        By nominal coverage, half the width of the interval around the value (n,).
    why_abstained
        In words, by subject; only of those that were abstained.
    drift
        What stood as drift after the last of them, in words; nothing where the forecasts held as usual.
    unit
        Of truth and value.
    now
        Value of the result at each anchor (n,); None where the result has none then.
    chance
        What was said to be the chance of landing in the aim with the levers as they were moved (n,), and
    landed
        whether it did (n,); both None where the task states no chance.
    tolerance
        A forecast this near its truth is a hit; None where no aim is declared.
    features, names
        What the forecast could look at (n, p), for peers to look at the same; without names there are no peers, because
        no peer answers such a question.
    """

    subject: tuple[str, ...]
    anchor_ns: NDArray[np.int64]
    truth: Array
    value: Array
    half_width: Mapping[float, Array]
    why_abstained: Mapping[str, tuple[str, ...]]
    drift: tuple[str, ...] = ()
    unit: str
    tolerance: float | None
    features: Array
    names: tuple[str, ...]
    now: Array | None = None
    chance: Array | None = None
    landed: NDArray[np.bool_] | None = None
