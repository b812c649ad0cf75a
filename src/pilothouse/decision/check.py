"""The independent check of a set-point proposal: no solver, no model, only the limits and the proposal itself.

A proposal that fails here is never shown as advice, and nothing is dispatched without passing here again.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pilothouse.decision.proposal import Ending, Proposal, SetPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class LeverLimits:
    """The hard limits of one lever, read from the declaration and not from the proposal."""

    low: float
    high: float
    source: str


def check_set_points(proposal: Proposal, limits: Mapping[str, LeverLimits], *, now_ns: int) -> tuple[str, ...]:
    """Violations of a set-point proposal, in words; nothing where it may be shown.

    Parameters
    ----------
    proposal
        What to check.
    limits
        By lever, from the plant's declaration.
    now_ns
        The instant of checking, for the validity.
    """
    if proposal.ending not in (Ending.OPTIMAL, Ending.FEASIBLE):
        return ()
    assert proposal.change is not None  # a proposal checks that itself
    found: list[str] = []
    if now_ns > proposal.valid_until_ns:
        found.append("its validity has ended")
    if not proposal.change.points:
        found.append("it moves no lever")
    if proposal.baseline is None:
        found.append("it does not say what would be done anyway")
    for place, point in enumerate(proposal.change.points):
        found.extend(_of_point(point, limits.get(point.lever)))
        if point.lever in {earlier.lever for earlier in proposal.change.points[:place]}:
            found.append(f"{point.lever} is moved twice")
    return (*found, *_of_claims(proposal))


def within_range(proposal: Proposal, values: Mapping[str, float]) -> tuple[str, ...]:
    """How edited lever values leave the range in which a person may edit freely; nothing where they stay inside."""
    if proposal.change is None:
        return (f"the proposal ended {proposal.ending}: there is nothing to edit",)
    points = {point.lever: point for point in proposal.change.points}
    found = []
    for lever, value in values.items():
        point = points.get(lever)
        if point is None:
            found.append(f"{lever} is not a lever of this proposal; its levers are {', '.join(points)}")
        elif not (math.isfinite(value) and point.low <= value <= point.high):
            found.append(f"{lever}: {value:g} lies outside the range {point.low:g} to {point.high:g} {point.unit}")
    return tuple(found)


def _of_claims(proposal: Proposal) -> list[str]:
    if proposal.forecast is None or proposal.probability is None:
        return ["it forecasts no result"]
    found = []
    forecast = proposal.forecast
    if not forecast.low <= forecast.value <= forecast.high:
        found.append(f"forecast {forecast.value:g} lies outside its interval {forecast.low:g} to {forecast.high:g}")
    asked = proposal.aim.get("probability", 0.0)
    if not 0.0 <= proposal.probability <= 1.0:  # also where it is not a number
        found.append(f"probability {proposal.probability:g} is not between 0 and 1")
    elif not proposal.probability >= asked:
        found.append(f"probability {proposal.probability:.3f} is below the asked {asked:.3f}")
    return found


def _of_point(point: SetPoint, limit: LeverLimits | None) -> list[str]:
    if limit is None:
        return [f"{point.lever} is not a lever of this plant"]
    if not all(math.isfinite(v) for v in (point.value, point.low, point.high)):
        return [f"{point.lever}: a value is not a finite number"]
    found = []
    if not point.low <= point.value <= point.high:
        found.append(f"{point.lever}: {point.value:g} lies outside its own range {point.low:g} to {point.high:g}")
    if point.low < limit.low:
        found.append(f"{point.lever}: {point.low:g} is below {limit.low:g} ({limit.source})")
    if point.high > limit.high:
        found.append(f"{point.lever}: {point.high:g} is above {limit.high:g} ({limit.source})")
    if (point.limit_low, point.limit_high) != (limit.low, limit.high):
        said = f"{point.limit_low:g} to {point.limit_high:g}"
        found.append(f"{point.lever}: it says the limits are {said}, they are {limit.low:g} to {limit.high:g}")
    return found
