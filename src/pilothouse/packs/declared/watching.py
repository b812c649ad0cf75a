"""Watching: do the forecasts still hold as they used to? One honest error a piece, on charts of mean and spread."""

import numpy as np
from numpy.typing import NDArray

from pilothouse.methods.estimate.drift import Drift, DriftState, usual_spread
from pilothouse.packs.declared.model import Record

LEAST = 60
"""Pieces below which nothing is said: what is usual is not known yet."""


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
    if len(left) < LEAST:
        return DriftState()
    return Drift().fold(left, usual_spread(left))


def standing(state: DriftState) -> tuple[str, ...]:
    """The alarms that stand, in words; errors narrower than usual are good news and no alarm."""
    harmful = [alarm for alarm in state.standing if alarm.side != "narrower"]
    return (f"drift: {state.words}",) if harmful else ()
