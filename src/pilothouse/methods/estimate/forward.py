"""Forward errors: what the model's own record of misses says about its next forecast.

A forecast was made at an anchor instant and its truth was known later. Walking through them in order, each forecast
gets, from errors *known before its anchor* and nothing else:

- a correction: an exponentially weighted mean of recent errors (clipped, and only the part of it that exceeds its own
  standard error), which follows slow drift; only while it would have helped over the errors known so far, for where
  truth comes weeks late it tells of another state of the plant;
- an interval: the quantile of the last errors at an adaptive level, α ← α + γ·(α₀ - miss) (adaptive conformal
  inference; Gibbs & Candès 2021), so that the measured coverage holds when the plant drifts.

Where truth comes late, both go by the delay, counted in truths that become known while one is awaited. Errors within
one delay share a state of the plant that the next forecast will not meet, so the quantile is taken over several delays.
And a level that answers misses of a delay ago swings unless it moves slowly: a loop that integrates with gain γ per
truth behind a delay of D truths swings beyond γ·D = 1/e.

Errors must be honest, that is of forecasts by a model that had not learnt the answer.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Instants = NDArray[np.int64]

MEMORY: Final = 0.05  # weight of the newest error in the running mean
REACH: Final = 200  # errors the running mean looks back
GATE: Final = 1.0  # standard errors that the running mean must exceed
CLIP: Final = 3.0  # scales at which a single error is clipped
PACE: Final = 0.01  # γ
WINDOW: Final = 400  # errors the quantile is taken from at least
DELAYS: Final = 4  # and at least over so many delays, each another state of the plant
LEAST: Final = 30  # errors below which nothing is claimed
FREEDOM: Final = (0.2, 3.0)  # the level may move between these multiples of α₀
FOLDED: Final = 800  # of a longer record only the latest count, or two windows of the quantile if that is more


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What the record says at each forecast.

    Parameters
    ----------
    correction
        To be added to each forecast (n,).
    half_width
        Of the interval around the corrected forecast (n,); NaN where fewer than 30 errors were known.
    bank
        Corrected errors known at the forecast that was given last, newest last: its predictive distribution.
    """

    correction: Array
    half_width: Array
    bank: Array


def follow(anchor_ns: Instants, known_ns: Instants, error: Array, *, coverage: float = 0.9) -> Followed:
    """Walk through forecasts in the order of their anchors.

    Parameters
    ----------
    anchor_ns
        When each forecast was made (n,).
    known_ns
        When its truth was known (n,); ignored where the error is NaN.
    error
        Truth minus uncorrected forecast (n,); NaN where the truth is not known yet.
    coverage
        Nominal coverage 1 - α₀ of the interval.

    Raises
    ------
    ValueError
        If a truth is said to be known before its forecast was made.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> at = np.arange(600) * 100
    >>> error = rng.normal(5.0, 1.0, 600)           # a constant bias of 5
    >>> followed = follow(at, at + 50, error)
    >>> left = (error - followed.correction)[300:]
    >>> bool(abs(left.mean()) < 2), bool(0.85 < (abs(left) <= followed.half_width[300:]).mean() < 0.95)
    (True, True)
    """
    miss_rate = 1.0 - coverage
    if bool(np.any((known_ns < anchor_ns) & np.isfinite(error))):
        raise ValueError("follow: a truth cannot be known before its forecast is made")
    level = miss_rate
    order = np.lexsort((known_ns, anchor_ns))
    told = order[np.isfinite(error[order])]
    told = told[np.argsort(known_ns[told], kind="stable")]
    told_ns = known_ns[told]
    delay = _delay(anchor_ns[told], told_ns)
    correction, half_width = np.zeros(len(error)), np.full(len(error), np.nan)
    left = np.full(len(error), np.nan)
    tried = np.zeros(len(error))
    heard = 0
    bank = np.empty(0)
    for k in order:
        upto = int(np.searchsorted(told_ns, anchor_ns[k], side="left"))
        for place in range(heard, upto):
            j = told[place]
            if np.isfinite(half_width[j]):
                level = _held(level + _pace(delay[place]) * (miss_rate - float(abs(left[j]) > half_width[j])), coverage)
        heard = max(heard, upto)
        past = told[:upto]
        tried[k] = running_correction(error[past[-REACH:]])
        judged = past[-_window(delay[:upto]) :]
        if np.abs(error[judged] - tried[judged]).sum() < np.abs(error[judged]).sum():
            correction[k] = tried[k]
        left[k] = error[k] - correction[k]
        scores = left[judged]
        if len(scores) >= LEAST:
            half_width[k] = conformal_quantile(np.abs(scores), 1.0 - level)
        if k == len(error) - 1:
            bank = scores
    return Followed(correction=correction, half_width=half_width, bank=bank)


def folded(anchor_ns: Instants, known_ns: Instants, error: Array) -> int:
    """How many of the latest errors of a record still count; as :func:`follow` takes them.

    Examples
    --------
    >>> at = np.arange(9_000)
    >>> [folded(at, at + late, np.ones(9_000)) for late in (5, 500)]
    [800, 4000]
    """
    told = np.flatnonzero(np.isfinite(error))
    told = told[np.argsort(known_ns[told], kind="stable")]
    return max(FOLDED, 2 * _window(_delay(anchor_ns[told], known_ns[told])))


def _delay(anchor_ns: Instants, known_ns: Instants) -> NDArray[np.int64]:
    """How many truths became known while each was awaited, of those in the order in which they were known."""
    delay: NDArray[np.int64] = np.searchsorted(known_ns, known_ns) - np.searchsorted(known_ns, anchor_ns)
    return delay


def _window(delay: NDArray[np.int64]) -> int:
    """How many errors the quantile is taken from."""
    late = float(delay[-WINDOW:].mean()) if len(delay) else 0.0
    return max(WINDOW, round(DELAYS * late))


def _pace(delay: int) -> float:
    return min(PACE, 1.0 / (np.e * max(delay, 1)))


def _held(level: float, coverage: float) -> float:
    """The level within its freedom; an interval asks for at least half of its nominal coverage."""
    miss_rate = 1.0 - coverage
    return float(np.clip(level, FREEDOM[0] * miss_rate, min(FREEDOM[1] * miss_rate, 1.0 - coverage / 2.0)))


def running_correction(error: Array) -> float:
    """The gated running mean of errors in time order; 0 while it does not exceed its own standard error."""
    if len(error) < LEAST:
        return 0.0
    scale = 1.4826 * float(np.median(np.abs(error)))
    weight = MEMORY * (1.0 - MEMORY) ** np.arange(len(error))[::-1]
    mean = float(np.clip(error, -CLIP * scale, CLIP * scale) @ weight)
    gate = GATE * scale * np.sqrt(MEMORY / (2.0 - MEMORY))
    return float(np.sign(mean)) * max(abs(mean) - float(gate), 0.0)


def conformal_quantile(score: Array, level: float) -> float:
    """The ⌈level·(n+1)⌉-th smallest score, the largest where that exceeds n."""
    rank = min(int(np.ceil(level * (len(score) + 1))), len(score))
    return float(np.partition(score, rank - 1)[rank - 1])


def landing_probability(forecast: Array, bank: Array, low: float | Array, high: float | Array) -> Array:
    """P(low ≤ truth ≤ high) for corrected forecasts (n,), by the empirical distribution of their errors.

    The distribution is the bank's, interpolated between its points, with exponential tails beyond them: the probability
    has no steps and is nowhere flat, so that also far from the tolerance it is known which way is nearer.

    Examples
    --------
    >>> bank = np.linspace(-10, 10, 401)
    >>> landing_probability(np.array([0.0, 10.0]), bank, -5.0, 5.0).round(2).tolist()
    [0.5, 0.25]
    """
    # Counted from the nearer end, for next to 1 small probabilities are lost.
    from_below = low - forecast < np.median(bank)
    return np.where(
        from_below,
        _share_below(high - forecast, bank) - _share_below(low - forecast, bank),
        _share_below(forecast - low, -bank) - _share_below(forecast - high, -bank),
    )


def _share_below(value: Array, bank: Array) -> Array:
    """The share of errors below each value (n,)."""
    errors = np.sort(bank)
    share = (np.arange(len(errors)) + 0.5) / len(errors)
    reach = float(errors.std()) or 1.0
    left = share[0] * np.exp(np.minimum(value - errors[0], 0.0) / reach)
    right = 1.0 - share[0] * np.exp(np.minimum(errors[-1] - value, 0.0) / reach)
    inside = np.interp(value, errors, share)
    return np.where(value < errors[0], left, np.where(value > errors[-1], right, inside))
