"""The record of honest errors: what forecasts were off by, made by models that had not learnt the answer.

Intervals, corrections and the watch over drift all rest on it; a model carries its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.methods.estimate.drift import Drift, DriftState, usual_spread
from pilothouse.methods.estimate.forward import folded, follow

LEAST_WATCHED: Final = 60
"""Pieces below which nothing is said of drift: what is usual is not known yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Honest errors: of forecasts by models that had not learnt the answer, in the order they were made.

    Parameters
    ----------
    piece
        Lot keys (n,).
    anchor_ns, known_ns
        When each forecast was made, and when its truth was known (n,).
    error
        Truth minus uncorrected forecast (n,), divided by the expected spread where there is one.
    """

    piece: tuple[str, ...]
    anchor_ns: NDArray[np.int64]
    known_ns: NDArray[np.int64]
    error: NDArray[np.float64]

    @staticmethod
    def empty() -> "Record":
        """Nothing yet."""
        return Record(piece=(), anchor_ns=np.empty(0, np.int64), known_ns=np.empty(0, np.int64), error=np.empty(0))

    def latest(self) -> "Record":
        """The part of it that still counts."""
        last = folded(self.anchor_ns, self.known_ns, self.error)
        return Record(
            piece=self.piece[-last:],
            anchor_ns=self.anchor_ns[-last:],
            known_ns=self.known_ns[-last:],
            error=self.error[-last:],
        )

    def __add__(self, other: "Record") -> "Record":
        """Both, this one first."""
        return Record(
            piece=self.piece + other.piece,
            anchor_ns=np.concatenate([self.anchor_ns, other.anchor_ns]),
            known_ns=np.concatenate([self.known_ns, other.known_ns]),
            error=np.concatenate([self.error, other.error]),
        )

    def to_json(self) -> dict[str, object]:
        """As JSON values."""
        return {
            "piece": list(self.piece),
            "anchor_ns": self.anchor_ns.tolist(),
            "known_ns": self.known_ns.tolist(),
            "error": self.error.tolist(),
        }

    @staticmethod
    def from_json(stored: Mapping[str, object]) -> "Record":
        """What :meth:`to_json` gave."""
        piece = stored["piece"]
        assert isinstance(piece, list)
        return Record(
            piece=tuple(piece),
            anchor_ns=np.array(stored["anchor_ns"], dtype=np.int64),
            known_ns=np.array(stored["known_ns"], dtype=np.int64),
            error=np.array(stored["error"], dtype=np.float64),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """Forecasts with what the record says of them.

    Parameters
    ----------
    value
        Corrected forecasts (n,).
    half_width
        By nominal coverage, half the width of the interval around each (n,); NaN where too few errors were known.
    drift
        What stands as drift after the last of them, in words; nothing where the forecasts hold as usual.
    """

    value: NDArray[np.float64]
    half_width: Mapping[float, NDArray[np.float64]]
    drift: tuple[str, ...]


def corrected(
    said: NDArray[np.float64], spread: NDArray[np.float64], before: Record, now: Record, coverages: Sequence[float]
) -> Corrected:
    """Follow forecasts in time, each corrected and given intervals by the errors known before it and nothing else.

    Parameters
    ----------
    said
        Uncorrected forecasts (n,).
    spread
        Expected size of the error of each (n,), the unit of the record.
    before
        Errors of earlier forecasts.
    now
        Errors of these, NaN where the truth is not known yet.
    coverages
        Nominal; the correction is that of the last.
    """
    before = before.latest()
    whole = before + now
    here = slice(len(before.error), None)
    half_width: dict[float, NDArray[np.float64]] = {}
    value, correction = said, np.zeros(len(whole.error))
    for coverage in coverages:
        followed = follow(whole.anchor_ns, whole.known_ns, whole.error, coverage=coverage)
        value = said + followed.correction[here] * spread
        half_width[coverage] = followed.half_width[here] * spread
        correction = followed.correction
    return Corrected(value=value, half_width=half_width, drift=standing(watch(whole, correction)))


def watch(record: Record, correction: NDArray[np.float64]) -> DriftState:
    """The state of drift after a record of honest errors.

    Parameters
    ----------
    record
        Of forecasts; of several on one piece the first counts, because errors on one piece go together.
    correction
        What each forecast was corrected by (n,), so that only what the correction did not follow counts as drift.
    """
    _, first = np.unique(np.array(record.piece), return_index=True)
    first = first[np.argsort(record.known_ns[first], kind="stable")]
    left = (record.error - correction)[first]
    left = left[np.isfinite(left)]
    if len(left) < LEAST_WATCHED:
        return DriftState()
    return Drift().fold(left, usual_spread(left))


def standing(state: DriftState) -> tuple[str, ...]:
    """The alarms that stand, in words; errors narrower than usual are good news and no alarm."""
    harmful = [alarm for alarm in state.standing if alarm.side != "narrower"]
    return (f"drift: {state.words}",) if harmful else ()
