"""What is believed of heats at their shot: corrected forecasts, intervals, and the chance that both results land."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.methods.estimate.forward import LEAST, follow
from pilothouse.methods.estimate.joint import joint_chance
from pilothouse.methods.estimate.record import Record, standing, watch
from pilothouse.packs.steel.end_point.declaration import EndPoint
from pilothouse.packs.steel.end_point.heats import Heats
from pilothouse.packs.steel.end_point.model import EndPointModel

Array = NDArray[np.float64]

WINDOW: Final = 200
"""Pairs of errors that make the chance; a search asks for it thousands of times."""
LEAST_PAIRS: Final = LEAST


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Where a heat shall end: carbon in mass %, temperature in degC."""

    carbon: tuple[float, float]
    temperature: tuple[float, float]

    @staticmethod
    def around(point: EndPoint, carbon: float, temperature: float) -> "Box":
        """The tolerances around an aim."""
        aim = point.aim
        return Box(
            carbon=(carbon - aim.carbon_tolerance, carbon + aim.carbon_tolerance),
            temperature=(temperature - aim.temperature_tolerance, temperature + aim.temperature_tolerance),
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing lies in it."""
        return self.carbon[0] >= self.carbon[1] or self.temperature[0] >= self.temperature[1]

    def holds(self, carbon: Array, temperature: Array) -> NDArray[np.bool_]:
        """Whether ends (n,) lie in it."""
        inside: NDArray[np.bool_] = (
            (carbon >= self.carbon[0])
            & (carbon <= self.carbon[1])
            & (temperature >= self.temperature[0])
            & (temperature <= self.temperature[1])
        )
        return inside

    def without_again(self, point: EndPoint) -> "Box":
        """The part of it in which the works does not blow again."""
        if point.again is None:
            return self
        return Box(
            carbon=(self.carbon[0], min(self.carbon[1], point.again.carbon_above)),
            temperature=(max(self.temperature[0], point.again.temperature_below), self.temperature[1]),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Believed:
    """What is believed of some heats, each by what was known before it.

    Parameters
    ----------
    value
        Corrected forecasts (n, 2): ln(C - C_inf) and degC.
    half_width
        By coverage, half of the interval around each (n, 2); NaN where too few errors were known.
    pairs
        Of each heat, the newest pairs of errors known before it (m, 2).
    drift
        What stands as drift of each result, in words.
    """

    value: Array
    half_width: Mapping[float, Array]
    pairs: tuple[Array, ...]
    drift: tuple[tuple[str, ...], tuple[str, ...]]

    def chance(self, model: EndPointModel, box: Box, place: int, moved: Array) -> Array:
        """Chance (k,) that a heat lands in the box, both results moved (k, 2); NaN where too few pairs are known."""
        pairs = self.pairs[place]
        if len(pairs) < LEAST_PAIRS:
            return np.full(len(moved), np.nan)
        left = model.fitted.blow.left(np.array(box.carbon))
        low, high = np.array([left[0], box.temperature[0]]), np.array([left[1], box.temperature[1]])
        return joint_chance(self.value[place] + moved, pairs, low, high)


def believe(
    model: EndPointModel,
    asked: Heats,
    levers: Array,
    coverages: Sequence[float],
    now: tuple[Record, Record],
) -> Believed:
    """What the model says of heats with these levers (n, 2), after what its record says of it.

    Parameters
    ----------
    model
        Learnt.
    asked
        Heats (n,).
    levers
        What is done.
    coverages
        Nominal, of the intervals.
    now
        Errors of these heats, NaN where their end is not known.
    """
    value = model.fitted.foretell(asked, levers)
    half_width = {coverage: np.full_like(value, np.nan) for coverage in coverages}
    wholes = [before.latest() + own for before, own in zip(model.records, now, strict=True)]
    here = slice(len(wholes[0].error) - len(asked.pieces), None)
    left_over, drift = np.empty((len(wholes[0].error), 2)), []
    for k, whole in enumerate(wholes):
        for coverage in coverages:
            followed = follow(whole.anchor_ns, whole.known_ns, whole.error, coverage=coverage)
            half_width[coverage][:, k] = followed.half_width[here]
        value[:, k] += followed.correction[here]  # the same whatever the coverage
        left_over[:, k] = whole.error - followed.correction
        drift.append(standing(watch(whole, followed.correction)))
    known_ns = wholes[0].known_ns
    return Believed(
        value=value,
        half_width=half_width,
        pairs=tuple(_before(left_over, known_ns, int(at)) for at in wholes[0].anchor_ns[here]),
        drift=(drift[0], drift[1]),
    )


def _before(pairs: Array, known_ns: NDArray[np.int64], at_ns: int) -> Array:
    """The newest whole pairs that were known before an instant."""
    there = np.flatnonzero((known_ns < at_ns) & np.isfinite(pairs).all(axis=1))
    newest = there[np.argsort(known_ns[there], kind="stable")][-WINDOW:]
    found: Array = pairs[newest]
    return found
