r"""Drift: whether forecasts have begun to miss, to one side or by more than they should.

Notation: x the residual (result less forecast) in units of its usual spread, cut at ±3.5; k the allowance, h the
decision limit. Two charts of cumulative sums [Page 1954, Biometrika 41, 100-115] stand side by side:

    mean    C⁺ = max(0, C⁺ + x - k),  C⁻ = max(0, C⁻ - x - k)
    spread  the same of w = (√|x| - 0.822) / 0.349, near a standard normal [Hawkins 1981, J. Qual. Technol. 13, 228-231]

An alarm is raised when a sum gets above h and cleared when it is back at h/2. A sum grows to 2h at most, so that the
end of a drift is seen as well as its beginning. A drift is dated from the last residual at which the sum was zero.

Average run length of one two-sided chart with k = 0.5, by :func:`average_run_length` (h = 4 and h = 5 are tabled as 168
and 465, with 8.4 and 10.4 after a shift of one spread [Hawkins and Olwell 1998; Lucas and Crosier 1982]):

    ======  =================  ==========================  ==========================
    h       no drift           shift of 1 spread           shift of 2 spreads
    ======  =================  ==========================  ==========================
    4       169                8.3                         3.2
    5       469                10.3                        3.9
    8       9,556              16.3                        5.9
    ======  =================  ==========================  ==========================

Simulated, the chart of the spread stays quiet somewhat longer (541 at h = 5, about 13,000 at h = 8) and needs 54
results at h = 8 for a spread half as large again. A shift of the mean is also a wider scatter around the forecast, so
both charts may stand; the one raised first names the direction.

Ours is h = 8: a false alarm costs a scenario its authority, so it comes about once in 9,600 results of each chart,
which costs six more results of delay than h = 5. Residuals with heavy tails, and those that hang together as wear
makes them, alarm sooner.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from pilothouse.errors import NotCalibratedError
from pilothouse.methods.estimate.coordinate import Vector

Side = Literal["above", "below", "wider", "narrower"]
SIDES: Final[tuple[Side, ...]] = ("above", "below", "wider", "narrower")
CUT: Final = 3.5  # one gross error alone must not raise an alarm
CLEARED: Final = 0.5  # in shares of the limit
ROOT_MEAN: Final = 0.822
ROOT_SPREAD: Final = 0.349


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One drift.

    Parameters
    ----------
    side
        ``above``: results lie above their forecast; ``below``; ``wider`` or ``narrower`` around it than they should.
    since
        Index of the first residual of the drift, as far as can be told.
    raised
        Index of the residual that raised the alarm.
    cleared
        Index of the residual that ended it; None while it stands.
    """

    side: Side
    since: int
    raised: int
    cleared: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftState:
    """The charts after some residuals; goes on from there.

    Parameters
    ----------
    seen
        How many residuals, missing ones among them.
    sums
        The four sums, in the order of :data:`SIDES`.
    starts
        Index from which each sum has been above zero.
    alarms
        All so far, in the order they were raised.
    """

    seen: int = 0
    sums: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    starts: tuple[int, int, int, int] = (0, 0, 0, 0)
    alarms: tuple[Alarm, ...] = ()

    @property
    def standing(self) -> tuple[Alarm, ...]:
        """The alarms that stand now."""
        return tuple(alarm for alarm in self.alarms if alarm.cleared is None)

    @property
    def alarm(self) -> bool:
        """Whether any alarm stands."""
        return bool(self.standing)

    @property
    def since(self) -> int | None:
        """Index of the first residual of the drift whose alarm was raised first; None where none stands."""
        return self.standing[0].since if self.alarm else None

    @property
    def direction(self) -> Side | None:
        """The side of the alarm that was raised first; None where none stands."""
        return self.standing[0].side if self.alarm else None

    @property
    def statistic(self) -> float:
        """The greatest of the four sums."""
        return max(self.sums)

    @property
    def words(self) -> str:
        """What a person should know."""
        if not self.alarm:
            return f"no drift in {self.seen} results (greatest sum {self.statistic:.1f})"
        return "; ".join(
            f"{_MEANING[alarm.side]} since result {alarm.since + 1} of {self.seen}, "
            f"alarm at result {alarm.raised + 1} (sum {self.sums[SIDES.index(alarm.side)]:.1f})"
            for alarm in self.standing
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """The rule of both charts.

    Parameters
    ----------
    limit
        Decision limit [h], in spreads.
    allowance
        Half of the shift worth finding [k], in spreads.
    """

    limit: float = 8.0
    allowance: float = 0.5

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        if not (self.limit > 0.0 and self.allowance > 0.0):
            raise ValueError(f"drift: limit and allowance must be above 0, got {self.limit:g} and {self.allowance:g}")

    def fold(self, residuals: Vector, scale: float | Vector, since: DriftState | None = None) -> DriftState:
        """The charts after these residuals.

        Parameters
        ----------
        residuals
            Result less forecast (n,), in the order the results came out; NaN where there was no forecast.
        scale
            Usual spread of each (n,), or one for all, in the same unit, as :func:`usual_spread` gives.
        since
            The charts after all earlier residuals, to go on from; folding in parts is folding at once.

        Raises
        ------
        ValueError
            If a scale is not above 0.

        Examples
        --------
        >>> quiet = np.tile([-1.2, 0.4, -0.4, 1.2], 30)
        >>> Drift().fold(quiet, 1.0).words
        'no drift in 120 results (greatest sum 0.7)'
        >>> shifted = Drift().fold(np.concatenate([quiet, quiet + 1.5]), 1.0)
        >>> shifted.direction, shifted.since, shifted.alarms[0].raised
        ('above', 119, 127)
        """
        spreads = np.broadcast_to(np.asarray(scale, dtype=np.float64), np.shape(residuals))
        if not np.all(spreads > 0.0):
            raise ValueError("drift: every scale must be above 0")
        x = np.clip(np.asarray(residuals, dtype=np.float64) / spreads, -CUT, CUT)
        w = (np.sqrt(np.abs(x)) - ROOT_MEAN) / ROOT_SPREAD
        steps = np.column_stack([x, -x, w, -w]) - self.allowance
        return self._folded(steps.tolist(), since or DriftState())

    def _folded(self, steps: Iterable[list[float]], state: DriftState) -> DriftState:
        """The state after steps of the four sums; a step that is NaN only counts."""
        sums, starts, alarms = list(state.sums), list(state.starts), list(state.alarms)
        standing = {alarm.side: place for place, alarm in enumerate(alarms) if alarm.cleared is None}
        index = state.seen - 1
        for index, step in enumerate(steps, start=state.seen):
            if step[0] != step[0]:  # NaN
                continue
            for chart, side in enumerate(SIDES):
                if sums[chart] == 0.0:
                    starts[chart] = index
                sums[chart] = min(max(0.0, sums[chart] + step[chart]), 2.0 * self.limit)
                if sums[chart] > self.limit and side not in standing:
                    standing[side] = len(alarms)
                    alarms.append(Alarm(side=side, since=starts[chart], raised=index))
                elif sums[chart] <= CLEARED * self.limit and side in standing:
                    place = standing.pop(side)
                    alarms[place] = replace(alarms[place], cleared=index)
        return DriftState(
            seen=index + 1,
            sums=(sums[0], sums[1], sums[2], sums[3]),
            starts=(starts[0], starts[1], starts[2], starts[3]),
            alarms=tuple(alarms),
        )


def average_run_length(shift: float, *, limit: float, allowance: float) -> float:
    r"""How many residuals one two-sided chart sees on average until its alarm.

    Parameters
    ----------
    shift
        Mean of the residuals, in spreads; 0 for the average run length to a false alarm.
    limit, allowance
        h and k of the chart.

    Returns
    -------
    float
        ``1/A = 1/A⁺ + 1/A⁻`` with ``A± = (exp(-2Δb) + 2Δb - 1) / 2Δ²``, ``Δ = ±shift - k``, ``b = h + 1.166``
        [Siegmund 1985, Sequential Analysis], within a few per cent.

    Examples
    --------
    >>> [round(average_run_length(shift, limit=5.0, allowance=0.5)) for shift in (0.0, 1.0)]
    [469, 10]
    """
    width = limit + 1.166
    rate = 0.0
    for pull in (shift - allowance, -shift - allowance):
        if abs(pull) < 1e-6:
            rate += 1.0 / width**2
        else:
            rate += 2.0 * pull**2 / (np.exp(-2.0 * pull * width) + 2.0 * pull * width - 1.0)
    return float(1.0 / rate)


def usual_spread(residuals: Vector) -> float:
    """The spread (one number) that puts the spread chart at rest on these residuals (n,); NaN is left out.

    Of normal residuals it is the standard deviation; of heavy-tailed ones it is less, as the few great ones are no
    measure of the usual.

    Raises
    ------
    NotCalibratedError
        If no residual differs from 0.

    Examples
    --------
    >>> round(usual_spread(np.random.default_rng(0).normal(0, 5.0, 20_000)), 1)
    5.0
    """
    known = np.asarray(residuals, dtype=np.float64)
    known = known[np.isfinite(known)]
    if not known.any():
        raise NotCalibratedError("drift: expected residuals that scatter, got none", hint="judge forecasts first")
    return float((np.sqrt(np.abs(known)).mean() / ROOT_MEAN) ** 2)


_MEANING: Final = {
    "above": "results lie above their forecasts",
    "below": "results lie below their forecasts",
    "wider": "results scatter wider around their forecasts than they should",
    "narrower": "results scatter less around their forecasts than they should",
}
