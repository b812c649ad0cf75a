r"""Whom an alarm is about: a sensor that left the others, or a process that moved.

Asked is the mean z of ten rows, which is quiet enough to be told apart, with Ω the precision of such means under
normal operation (autocorrelation is in it). D = z'Ωz is its distance; parameter i alone explains of it the
reconstruction-based contribution g_i = (Ωz)_i²/Ω_ii [Alcala and Qin 2009], the square of how far it is from what the
others expect. All limits are those learnt on later normal rows.

    sensor    the oddest parameter is beyond the limit; without it D is inside its limit, no other parameter is odd
              any more, and no other single one would explain nearly as much
    process   D stays outside whichever parameter is left out: several move, and they move together as common causes
              do, or more than one is odd even without the oddest. Or the one that left is driven, not measured: where
              a control loop makes good a disturbance, its valve alone shows it
    unclear   else: two sensors that only contradict each other, or a deviation that has gone, or is small
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from pilothouse.errors import DataError
from pilothouse.methods.monitor.expected import Array, odds, precision_of
from pilothouse.methods.monitor.held_out import WINDOW
from pilothouse.methods.monitor.latent import Latent
from pilothouse.methods.monitor.watch import Watch

Verdict = Literal["sensor", "process", "unclear"]

RIVAL: Final = 0.8
"""A parameter that would explain this share of what the oddest explains cannot be told from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """One parameter: its mean over ten rows, what the others expect of it, and how odd that is in spreads."""

    name: str
    observed: float
    expected: float
    oddness: float
    explains: float
    """Share of the distance that goes if this one is put where the others expect it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """Whom an alarm is about, with the evidence.

    Parameters
    ----------
    verdict
        Sensor, process or unclear.
    suspects
        The parameters, that which explains most first.
    distance, without_first
        Squared distance from normal operation, and what is left of it without the first suspect.
    distance_limit
        What both are to stay below.
    oddness_of_others
        How odd the oddest other parameter is without the first suspect, in spreads.
    oddness_limit
        What it is to stay below.
    common
        Share of the distance along the axes of common causes.
    """

    verdict: Verdict
    suspects: tuple[Suspect, ...]
    distance: float
    without_first: float
    distance_limit: float
    oddness_of_others: float
    oddness_limit: float
    common: float


def blame(watch: Watch, rows: Array, *, driven: Collection[str] = (), most: int = 5) -> Blame:
    """Say whom the last ten of these rows (n, p) are about.

    Parameters
    ----------
    watch
        The watch that raised the alarm.
    rows
        (n, p) in time order, to the present; those before the last ten are used to fill in what is missing.
    driven
        Names of parameters that a controller or a person sets (valves, set-points); they have no sensor to be at fault.
    most
        How many parameters to name.

    Raises
    ------
    DataError
        If there are fewer than ten rows.

    Examples
    --------
    >>> from pilothouse.methods.monitor.latent import Latent
    >>> rng = np.random.default_rng(1)
    >>> rows = 50.0 + rng.normal(size=(810, 1)) + 0.1 * rng.normal(size=(810, 4))
    >>> watch = Watch.calibrate(Latent.fit(rows[:500], ["a", "b", "c", "d"]), rows[500:800])
    >>> said = blame(watch, rows[800:] + np.array([0.0, 0.0, 1.0, 0.0]))
    >>> said.verdict, said.suspects[0].name
    ('sensor', 'c')
    """
    if len(rows) < WINDOW:
        raise DataError(f"blame: expected at least {WINDOW} rows, got {len(rows)}", hint="wait for more rows")
    latent = watch.latent
    z = latent.place(rows)[-WINDOW:].mean(axis=0)
    precision = precision_of(latent, latent.window)
    (distance,), (off,), _ = odds(latent, z[None], latent.window)
    gains = off**2
    order = np.argsort(-gains)
    first = int(order[0])
    others = _without(precision, z, first)
    along = (z @ latent.axes) ** 2 / latent.window
    evidence = {
        "distance": float(distance),
        "without_first": float(distance - gains[first]),
        "distance_limit": watch.apart_limit,
        "oddness_of_others": float(np.abs(others).max()),
        "oddness_limit": watch.odd_limit,
        "common": float(along[: latent.components].sum() / max(along.sum(), 1e-300)),
    }
    verdict = _verdict(evidence, gains[order])
    if verdict == "sensor" and latent.names[first] in driven:
        verdict = "process"
    suspects = [_suspect(latent, z, i, precision) for i in order[:most]]
    return Blame(verdict=verdict, suspects=tuple(suspects), **evidence)


def _suspect(latent: Latent, z: Array, i: int, precision: Array) -> Suspect:
    """One parameter of a mean (p,) in words and units."""
    pulled, own = float(precision[i] @ z), float(precision[i, i])
    observed = float(latent.centre[i] + latent.spread[i] * (z[i] + latent.mean[i]))
    return Suspect(
        name=latent.names[i],
        observed=observed,
        expected=observed - float(latent.spread[i]) * pulled / own,
        oddness=float(pulled / np.sqrt(own)),
        explains=pulled**2 / own / max(float(z @ precision @ z), 1e-300),
    )


def _without(precision: Array, z: Array, gone: int) -> Array:
    """How odd the others are (p - 1,), in spreads, where one parameter is not asked: the precision of a marginal."""
    kept = np.delete(np.arange(len(z)), gone)
    row = precision[gone, kept]
    inner = precision[np.ix_(kept, kept)] - np.outer(row, row) / precision[gone, gone]
    found: Array = (inner @ z[kept]) / np.sqrt(np.diagonal(inner))
    return found


def _verdict(evidence: dict[str, float], gains: Array) -> Verdict:
    """Sensor, process or unclear, by the rules above; `gains` (p,) greatest first."""
    if evidence["distance"] <= evidence["distance_limit"]:
        return "unclear"
    odd_outside = evidence["oddness_of_others"] > evidence["oddness_limit"]
    if evidence["without_first"] > evidence["distance_limit"]:
        together = evidence["common"] >= 0.5
        return "process" if together or odd_outside else "unclear"
    first_is_odd = gains[0] > evidence["oddness_limit"] ** 2
    alone = gains[1] < RIVAL * gains[0]
    return "sensor" if first_is_odd and alone and not odd_outside else "unclear"
