"""An on-line analyser beside a forecast: it tells at once, roughly, what the laboratory will tell late.

Its bias wanders, so a learner of months of rows trusts it less than it deserves today. And pieces of one origin (coils
of a heat) share what the forecast does not know of them, so readings of siblings tell of a piece too. Each piece has
two differences, of which the second is known late::

    q = reading - forecast
    e = test - forecast

and its forecast is corrected by a line over what is known of both when it is made::

    correction = a own q + b q of siblings + c recent e + d recent q

Where [d] comes out near -[c], recent readings of which the test is known tell the analyser's bias. The line is fitted
robustly on honest differences: those of forecasts by models that had not learnt the answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.clock import NS_PER_DAY
from pilothouse.methods.estimate.terms import TermStrengths
from pilothouse.methods.estimate.trees import robust_spread

Array = NDArray[np.float64]
Instants = NDArray[np.int64]

TERMS: Final = ("own reading", "readings of siblings", "recent tests", "recent readings")
MEMORY_NS: Final = 3 * NS_PER_DAY
"""Recent: weights fall by e in so long. An analyser wanders over days, and days tell hundreds of pieces."""
LOOKS_BACK: Final = 4.0
"""In memories; what is older has no weight left."""
FEW_SIBLINGS: Final = 4.0
FEW_RECENT: Final = 20.0
"""So many pieces that show no difference are counted in, so that the first few move little."""
WILD: Final = 6.0
"""Differences of more robust spreads are faults and tell nothing."""
LEAST_TOLD: Final = 200
"""Pieces with both differences known, below which there is no line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """Pieces with both their differences.

    Parameters
    ----------
    origin
        What each piece came of (n,); siblings have the same.
    anchor_ns, known_ns
        When each forecast was made, its reading known, and when its test was known (n,).
    reading, error
        q and e of the module (n,), NaN where not known.
    """

    origin: tuple[str, ...]
    anchor_ns: Instants
    known_ns: Instants
    reading: Array
    error: Array

    @staticmethod
    def empty() -> "Differences":
        """Nothing yet."""
        none = np.empty(0, np.int64)
        return Differences(origin=(), anchor_ns=none, known_ns=none, reading=np.empty(0), error=np.empty(0))

    def __add__(self, other: "Differences") -> "Differences":
        """Both, this one first."""
        return Differences(
            origin=self.origin + other.origin,
            anchor_ns=np.concatenate([self.anchor_ns, other.anchor_ns]),
            known_ns=np.concatenate([self.known_ns, other.known_ns]),
            reading=np.concatenate([self.reading, other.reading]),
            error=np.concatenate([self.error, other.error]),
        )

    def to_json(self) -> dict[str, object]:
        """As JSON values; what is not known is null."""
        return {
            "origin": list(self.origin),
            "anchor_ns": self.anchor_ns.tolist(),
            "known_ns": self.known_ns.tolist(),
            "reading": _with_nulls(self.reading),
            "error": _with_nulls(self.error),
        }

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> "Differences":
        """What :meth:`to_json` gave."""
        return Differences(
            origin=tuple(stored["origin"]),
            anchor_ns=np.array(stored["anchor_ns"], dtype=np.int64),
            known_ns=np.array(stored["known_ns"], dtype=np.int64),
            reading=np.array(stored["reading"], dtype=np.float64),
            error=np.array(stored["error"], dtype=np.float64),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyserLine:
    """The fitted line of the module.

    Parameters
    ----------
    strengths
        Of :data:`TERMS`.
    readings, errors
        Lowest and highest difference that is no fault.
    """

    strengths: TermStrengths
    readings: tuple[float, float]
    errors: tuple[float, float]

    @staticmethod
    def fit(honest: Differences) -> "AnalyserLine | None":
        """Learn from honest differences; None while too few pieces have both.

        Examples
        --------
        >>> rng = np.random.default_rng(0)
        >>> unknown, at = rng.normal(0.0, 0.02, 600), np.arange(600) * NS_PER_DAY // 30
        >>> honest = Differences(
        ...     origin=tuple(str(k // 10) for k in range(600)),
        ...     anchor_ns=at,
        ...     known_ns=at + NS_PER_DAY,
        ...     reading=0.05 + unknown + rng.normal(0.0, 0.02, 600),
        ...     error=unknown + rng.normal(0.0, 0.01, 600),
        ... )
        >>> line = AnalyserLine.fit(honest)
        >>> left = honest.error - line.correction(honest)
        >>> bool(left.std() < 0.85 * honest.error.std())
        True
        """
        told = np.isfinite(honest.error) & np.isfinite(honest.reading)
        if told.sum() < LEAST_TOLD:
            return None
        readings, errors = _limits(honest.reading[told]), _limits(honest.error[told])
        told &= _within(honest.reading, readings) & _within(honest.error, errors)
        terms = _terms(honest, readings, errors)[told]
        strengths = TermStrengths.fit(TERMS, terms, honest.error[told], np.ones(int(told.sum())))
        return AnalyserLine(strengths=strengths, readings=readings, errors=errors)

    def correction(self, pieces: Differences) -> Array:
        """To be added to each forecast (n,), from what was known before its anchor and its own reading."""
        return self.strengths.predict(_terms(pieces, self.readings, self.errors))

    def to_json(self) -> dict[str, object]:
        """As JSON values."""
        return {"strengths": self.strengths.to_json(), "readings": self.readings, "errors": self.errors}

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> "AnalyserLine":
        """What :meth:`to_json` gave."""
        return AnalyserLine(
            strengths=TermStrengths.from_json(stored["strengths"]),
            readings=tuple(stored["readings"]),
            errors=tuple(stored["errors"]),
        )


def _terms(pieces: Differences, readings: tuple[float, float], errors: tuple[float, float]) -> Array:
    """:data:`TERMS` of each piece (n, 4); a fault tells nothing."""
    reading = np.where(_within(pieces.reading, readings), pieces.reading, np.nan)
    error = np.where(_within(pieces.error, errors), pieces.error, np.nan)
    found = np.zeros((len(reading), len(TERMS)))
    found[:, 0] = np.nan_to_num(reading)
    by_anchor = np.argsort(pieces.anchor_ns, kind="stable")
    found[by_anchor, 1] = _of_siblings([pieces.origin[k] for k in by_anchor.tolist()], reading[by_anchor])
    found[:, 2] = _recent(pieces.known_ns, error, pieces.anchor_ns)
    found[:, 3] = _recent(pieces.anchor_ns, reading, pieces.anchor_ns)
    return found


def _limits(difference: Array) -> tuple[float, float]:
    middle, reach = float(np.median(difference)), WILD * robust_spread(difference)
    return middle - reach, middle + reach


def _within(difference: Array, limits: tuple[float, float]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (difference >= limits[0]) & (difference <= limits[1])  # NaN is not
    return found


def _of_siblings(origin: Sequence[str], reading: Array) -> Array:
    """Mean reading of those of the same origin that came before, shrunk; in the order of the rows."""
    count: dict[str, int] = {}
    total: dict[str, float] = {}
    found = np.zeros(len(reading))
    for k, (one, q) in enumerate(zip(origin, reading.tolist(), strict=True)):
        found[k] = total.get(one, 0.0) / (count.get(one, 0) + FEW_SIBLINGS)
        if np.isfinite(q):
            count[one] = count.get(one, 0) + 1
            total[one] = total.get(one, 0.0) + q
    return found


def _recent(since_ns: Instants, value: Array, at_ns: Instants) -> Array:
    """Mean of the values known before each instant, the recent ones weighing more, shrunk."""
    told = np.flatnonzero(np.isfinite(value))
    told = told[np.argsort(since_ns[told], kind="stable")]
    since_ns, value = since_ns[told], value[told]
    ends = np.searchsorted(since_ns, at_ns, side="left")
    starts = np.searchsorted(since_ns, at_ns - round(LOOKS_BACK * MEMORY_NS))
    found = np.zeros(len(at_ns))
    for k, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        weight = np.exp((since_ns[start:end] - at_ns[k]) / MEMORY_NS)
        found[k] = weight @ value[start:end] / (weight.sum() + FEW_RECENT)
    return found


def _with_nulls(values: Array) -> list[float | None]:
    return [None if np.isnan(value) else value for value in values.tolist()]
