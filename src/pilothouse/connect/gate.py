"""The write-back gate's checks: why something must not be written, in words; nothing where it may.

They are pure: whoever asks has read the ledger, the plant and the clock. Everything is judged by the plant folder as it
is now, not as it was when the proposal was made, and by the value that would be sent, also where a person edited it.
A set-point is only written if the way back is open: the baseline must pass the same limits and the same step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isclose, isfinite

from pilothouse.clock import NS_PER_S
from pilothouse.connect.write_back import SetPointRule, WriteBack
from pilothouse.decision.proposal import Proposal, SetPoint
from pilothouse.decision.scenario import Command
from pilothouse.errors import UnitMismatchError
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.plant import Plant
from pilothouse.ports import Health
from pilothouse.units import convert

_CLOSE = 1e-6
"""Relative difference that is none: a plant may keep its values in half the digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedWrite:
    """One value that would be written.

    Parameters
    ----------
    rule
        How its parameter may be written.
    parameter
        As the plant folder declares it now.
    value, baseline
        In the unit of the parameter.
    point
        The proposal's lever.
    lever_value
        What was agreed to, in the unit of the lever.
    """

    rule: SetPointRule
    parameter: Parameter
    value: float
    baseline: float
    point: SetPoint
    lever_value: float


def plan(
    proposal: Proposal, commands: Sequence[Command], values: Mapping[str, float], allowed: WriteBack, plant: Plant
) -> tuple[tuple[PlannedWrite, ...], tuple[str, ...]]:
    """What would be written for a decision, and why some of it cannot even be planned.

    Parameters
    ----------
    proposal
        What was decided.
    commands
        What its scenario would send.
    values
        Lever values agreed to.
    allowed, plant
        As the plant folder says now.
    """
    points = {} if proposal.change is None else {point.lever: point for point in proposal.change.points}
    usual = {} if proposal.baseline is None else proposal.baseline.values
    writes: list[PlannedWrite] = []
    reasons = [] if commands else ["its scenario sends nothing to the plant"]
    for command in commands:
        lever, rule = command.lever, allowed.rule(command.lever)
        if rule is None:
            reasons.append(f"{lever}: no set point of [write_back] carries it out")
        elif lever not in points or lever not in values:
            reasons.append(f"{lever}: nobody agreed to a value of it")
        elif lever not in usual:
            reasons.append(f"{lever}: the proposal has no baseline to fall back to")
        else:
            parameter = plant.parameter(rule.parameter)
            try:
                value, baseline = (
                    _in_unit(lever_value, command.unit, parameter) for lever_value in (values[lever], usual[lever])
                )
            except UnitMismatchError as error:
                reasons.append(f"{lever}: {error.message}")
                continue
            writes.append(
                PlannedWrite(
                    rule=rule,
                    parameter=parameter,
                    value=value,
                    baseline=baseline,
                    point=points[lever],
                    lever_value=values[lever],
                )
            )
    return tuple(writes), tuple(reasons)


def why_not_now(proposal: Proposal, now_ns: int, greatest_age_ns: int) -> tuple[str, ...]:
    """Why a proposal is not of this moment: over, too old, or of a time to come."""
    reasons = []
    if now_ns > proposal.valid_until_ns:
        reasons.append(f"its validity has ended {_seconds(now_ns - proposal.valid_until_ns)} ago")
    age_ns = now_ns - proposal.as_of_ns
    if age_ns > greatest_age_ns:
        reasons.append(f"its data is {_seconds(age_ns)} old, at most {_seconds(greatest_age_ns)} is allowed")
    if age_ns < 0:
        reasons.append(f"it was made for an instant {_seconds(-age_ns)} from now: is the clock right?")
    return tuple(reasons)


def why_not_written(write: PlannedWrite) -> tuple[str, ...]:
    """How a value, or the way back from it, breaks a limit of the parameter or of the proposal."""
    key, unit = write.parameter.key, write.parameter.unit
    reasons = [f"{key}: {fault}" for fault in _of_value(write.parameter, write.value)]
    point = write.point
    if not (isfinite(write.lever_value) and point.limit_low <= write.lever_value <= point.limit_high):
        limits = f"{point.limit_low:g} to {point.limit_high:g} {point.unit} ({point.limit_source})"
        reasons.append(f"{point.lever}: {write.lever_value:g} lies outside the proposal's own limits {limits}")
    reasons += [
        f"{key}: the way back is closed: baseline {fault}" for fault in _of_value(write.parameter, write.baseline)
    ]
    back = abs(write.value - write.baseline)
    if isfinite(back) and back > write.rule.greatest_step:
        reasons.append(
            f"{key}: the way back is closed: from {write.value:g} to the baseline {write.baseline:g} {unit} is more "
            f"than the greatest step {write.rule.greatest_step:g}"
        )
    return tuple(reasons)


def why_not_so_far(rule: SetPointRule, value: float, before: float | None) -> tuple[str, ...]:
    """Whether a value is too far from what the plant shows."""
    if before is None or not isfinite(before):
        return (f"{rule.parameter}: the plant does not show what it is set to",)
    if abs(value - before) > rule.greatest_step:
        step = f"from {before:g} to {value:g} is more than the greatest step {rule.greatest_step:g}"
        return (f"{rule.parameter}: {step}",)
    return ()


def why_not_so_soon(rule: SetPointRule, last_ns: int | None, now_ns: int) -> tuple[str, ...]:
    """Whether a parameter was written too short a time ago."""
    # A clock that was set back makes it wait longer, never shorter.
    if last_ns is None or now_ns - last_ns >= rule.least_ns:
        return ()
    ago = _seconds(max(now_ns - last_ns, 0))
    return (f"{rule.parameter}: written {ago} ago, at least {_seconds(rule.least_ns)} must lie between",)


def why_not_back(write: PlannedWrite) -> tuple[str, ...]:
    """How the baseline breaks a limit of the parameter."""
    return tuple(f"{write.parameter.key}: baseline {fault}" for fault in _of_value(write.parameter, write.baseline))


def unwell(healths: Sequence[Health], now_ns: int, greatest_silence_ns: int) -> tuple[str, ...]:
    """Why the hub does not see the plant: connections that are not running, silent, or know of dead devices.

    Examples
    --------
    >>> unwell([Health(connection="level-2", state="waiting", why="no answer")], 0, 60)
    ('connection level-2 is waiting: no answer',)
    """
    reasons = []
    for health in healths:
        if health.state != "running":
            why = f": {health.why}" if health.why else ""
            reasons.append(f"connection {health.connection} is {health.state}{why}")
        elif now_ns - (health.since_ns if health.last_ns is None else health.last_ns) > greatest_silence_ns:
            reasons.append(f"connection {health.connection} has brought nothing for {_seconds(greatest_silence_ns)}")
        reasons += [f"connection {health.connection}: {device} is dead" for device in sorted(health.stale)]
    return tuple(reasons)


def shows(rule: SetPointRule, value: float, shown: float | None) -> bool:
    """Whether what the plant shows is that value.

    Examples
    --------
    >>> rule = SetPointRule(parameter="arc", lever="arc", least_ns=0, greatest_step=9.0, tolerance=0.5)
    >>> shows(rule, 800.0, 800.4), shows(rule, 800.0, 801.0), shows(rule, 800.0, None)
    (True, False, False)
    """
    return shown is not None and (
        abs(shown - value) <= rule.tolerance or isclose(shown, value, rel_tol=_CLOSE, abs_tol=_CLOSE)
    )


def _of_value(parameter: Parameter, value: float) -> list[str]:
    if not isfinite(value):
        return [f"{value} is no number"]
    breach = parameter.limit.breach(value)
    if breach is not None:
        return [breach]
    if not parameter.is_credible(value):
        return [f"{value:g} {parameter.unit} lies outside what is credible of it"]
    return []


def _in_unit(value: float, unit: str, parameter: Parameter) -> float:
    return value if unit == parameter.unit else convert(value, parameter.kind, unit, parameter.unit)


def _seconds(span_ns: int) -> str:
    return f"{span_ns / NS_PER_S:g} s"
