"""What kinds a piece can serve: certain after its test, a chance before it.

Before the test a piece has a mean and a spread of each result, and a kind asks for limits. Results are taken to be
normal and independent of each other; the loss, which decides nearly always, is close to normal within a kind.
"""

from collections.abc import Mapping, Sequence
from math import erf, isfinite, sqrt
from statistics import NormalDist
from typing import Final

Interval = tuple[float, float]

Limits = Mapping[str, Interval]
"""(low, high) by parameter."""

Forecasts = Mapping[str, tuple[float, float]]
"""Mean and spread by parameter."""

LEAST_KEPT: Final = 0.2
"""Where tests of a kind spread hardly more than the test errs, so much of what one says is believed still."""

LEAST_SPREAD: Final = 1e-9
"""A forecast without spread is a test."""


def guarded(limits: Limits, usual: Forecasts, repeatability: Mapping[str, float], sure: float) -> dict[str, Interval]:
    """Limits that a *test* has to keep so that the piece itself keeps the asked ones with some probability.

    A test errs, and of the pieces that tested best many owe it to the error. With the kind's usual mean m and spread s
    and an error e of the test, a piece that tested x is itself about m + k (x - m), give or take e sqrt(k), where
    k = 1 - (e/s)^2 (the normal posterior). Solved for x where that lies z(sure) of its spreads inside the limit.

    Parameters
    ----------
    limits
        (low, high) by parameter, as asked.
    usual
        Mean and spread of the tests of what the piece was made for; nothing is guarded where they are unknown.
    repeatability
        Spread of the test's error by parameter, as a share of the result.
    sure
        Least probability, 0.5 to 1.

    Examples
    --------
    >>> high = guarded({"loss": (0.0, 2.35)}, {"loss": (2.4, 0.07)}, {"loss": 0.012}, 0.95)["loss"][1]
    >>> round(high, 3)
    2.288
    """
    guards: dict[str, Interval] = {}
    z = NormalDist().inv_cdf(sure)
    for key, (low, high) in limits.items():
        if key not in usual or key not in repeatability:
            guards[key] = (low, high)
            continue
        mean, spread = usual[key]
        error = repeatability[key] * abs(mean)
        kept = _kept(error, spread)
        inside = z * error * sqrt(kept)
        is_floor = low > 0.0  # a limit of 0 is the end of the scale, not asked for by anybody
        guards[key] = (
            mean + (low + inside - mean) / kept if is_floor else low,
            mean + (high - inside - mean) / kept if isfinite(high) else high,
        )
    return guards


def believed(tests: Mapping[str, float], usual: Forecasts, repeatability: Mapping[str, float]) -> dict[str, Interval]:
    """What a tested piece is itself, mean and spread: the normal posterior of :func:`guarded`.

    Parameters
    ----------
    tests
        Results by parameter.
    usual
        Mean and spread of the tests of what the piece was made for; where they are unknown the test alone counts.
    repeatability
        Spread of the test's error by parameter, as a share of the result; what is not in it is taken as exact.

    Examples
    --------
    >>> mean, spread = believed({"loss": 2.3}, {"loss": (2.4, 0.07)}, {"loss": 0.012})["loss"]
    >>> round(mean, 3), round(spread, 3)
    (2.317, 0.026)
    """
    found: dict[str, Interval] = {}
    for key, result in tests.items():
        mean, spread = usual.get(key, (result, 0.0))
        error = repeatability.get(key, 0.0) * abs(mean)
        kept = _kept(error, spread) if key in usual else 1.0
        found[key] = (mean + kept * (result - mean), error * sqrt(kept))
    return found


def meets(tests: Mapping[str, float], limits: Limits) -> bool:
    """Whether a test keeps all limits; a result that is missing keeps none."""
    return all(key in tests and low <= tests[key] <= high for key, (low, high) in limits.items())


def chance(forecasts: Forecasts, limits: Limits) -> float:
    """Chance that a test that is still to come keeps all limits, 0 to 1; of what is not foretold nothing is asked.

    Examples
    --------
    >>> round(chance({"loss": (2.4, 0.1)}, {"loss": (0.0, 2.5)}), 3)
    0.841
    """
    likely = 1.0
    for key, (low, high) in limits.items():
        if key in forecasts:
            mean, spread = forecasts[key][0], max(forecasts[key][1], LEAST_SPREAD)
            likely *= max(_below((high - mean) / spread) - _below((low - mean) / spread), 0.0)
    return likely


def best_of(forecasts: Forecasts, asks: Mapping[str, Limits], dearest_first: Sequence[str]) -> dict[str, float]:
    """Chance of each kind to be the best that a piece will meet, the dearest first; the rest is that it meets none.

    What meets a dear kind meets the cheaper ones too, nearly always: chances of kinds are those to meet them less those
    to meet a dearer one.

    Examples
    --------
    >>> asks = {"fine": {"loss": (0.0, 2.3)}, "plain": {"loss": (0.0, 2.5)}}
    >>> {kind: round(p, 3) for kind, p in best_of({"loss": (2.4, 0.1)}, asks, ("fine", "plain")).items()}
    {'fine': 0.159, 'plain': 0.683}
    """
    found: dict[str, float] = {}
    above = 0.0
    for kind in dearest_first:
        if kind in asks:
            reached = max(chance(forecasts, asks[kind]), above)
            found[kind] = reached - above
            above = reached
    return found


def _kept(error: float, spread: float) -> float:
    """The share of what a test says beyond the usual that is believed."""
    return max(1.0 - (error / max(spread, LEAST_SPREAD)) ** 2, LEAST_KEPT)


def _below(z: float) -> float:
    return 0.5 * (1.0 + erf(z / sqrt(2.0)))
