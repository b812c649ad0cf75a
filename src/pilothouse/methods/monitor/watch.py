"""The watch over a unit: three charts, one limit, and a false-alarm rate that was stated beforehand.

An alarm is raised where the greatest of the charts (`latent.py`) is above the limit. The limit is learnt of normal
rows *later* than those the model is learnt on (`limits.py`), charts taken together: so the stated rate is that of the
watch, not of each chart. T² and SPE are given beside it with limits of their own at the same rate; they raise nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import SchemaDriftError
from pilothouse.methods.monitor.expected import odds, usual_residual
from pilothouse.methods.monitor.held_out import WARM_UP, WINDOW
from pilothouse.methods.monitor.latent import CHARTS, Array, Latent
from pilothouse.methods.monitor.limits import distance_limit, effective_size, greatest_limit
from pilothouse.methods.monitor.whitening import ORDER, moving_mean

PREFIX: Final = "latent/"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Watched:
    """What was seen on n rows.

    Parameters
    ----------
    charts
        The charts (n, 3), in spreads: common, relations, lasting.
    t2, spe
        T² and SPE (n,).
    alarm
        Whether each row (n,) is above the limit of the watch.
    judged
        Whether each row (n,) could be judged: the first few, whose past is not known, are not.
    """

    charts: Array
    t2: Array
    spe: Array
    alarm: NDArray[np.bool_]
    judged: NDArray[np.bool_]

    def chart(self, row: int) -> str:
        """The name of the chart that speaks loudest at a row."""
        return CHARTS[int(np.argmax(self.charts[row]))]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Watch:
    """A model of a unit with its limits.

    Parameters
    ----------
    latent
        The model.
    false_alarms
        The stated share of new normal rows that raise an alarm [α].
    limit
        Of the greatest chart, in spreads.
    t2_limit, spe_limit
        Of T² and SPE at the same rate.
    apart_limit, odd_limit
        Of the mean of ten rows at the same rate: its squared distance, and how far (in spreads) the oddest parameter
        is from what the others expect.
    scale
        How far (p,) each parameter usually is from what the others expect, in its unit.
    rows, effective
        How many rows the limits were learnt on, and what they count as independent ones.
    """

    latent: Latent
    false_alarms: float
    limit: float
    t2_limit: float
    spe_limit: float
    apart_limit: float
    odd_limit: float
    scale: Array
    rows: int
    effective: float

    @classmethod
    def calibrate(cls, latent: Latent, later: Array, *, false_alarms: float = 0.01) -> Self:
        """Learn the limits on normal rows (n, p) later than those the model was learnt on.

        Raises
        ------
        DataError
            If they are too few.

        Examples
        --------
        >>> rng = np.random.default_rng(1)
        >>> rows = rng.normal(size=(1600, 1)) + 0.3 * rng.normal(size=(1600, 4))
        >>> watch = Watch.calibrate(Latent.fit(rows[:500], ["a", "b", "c", "d"]), rows[500:800])
        >>> bool(watch.over(rows[800:]).alarm.mean() < 0.03), watch.rows
        (True, 300)
        """
        placed = latent.place(later)
        greatest = latent.charts(placed)[WARM_UP:].max(axis=1)
        means = moving_mean(placed, WINDOW)
        apart, off, _ = odds(latent, means, latent.window)
        return cls(
            latent=latent,
            false_alarms=false_alarms,
            limit=greatest_limit(greatest, len(CHARTS), false_alarms),
            t2_limit=distance_limit(latent.t2(placed), false_alarms),
            spe_limit=distance_limit(latent.spe(placed), false_alarms),
            apart_limit=distance_limit(apart, false_alarms),
            odd_limit=greatest_limit(np.abs(off).max(axis=1), 2 * len(latent.names), false_alarms),
            scale=usual_residual(latent, later),
            rows=len(later),
            effective=effective_size(greatest),
        )

    def over(self, rows: Array, *, before: Array | None = None) -> Watched:
        """Watch new rows (n, p) in time order; `before` are the rows just before them, to begin with a past."""
        past = 0 if before is None else len(before)
        placed = self.latent.place(rows if before is None else np.vstack([before, rows]))
        charts = self.latent.charts(placed)[past:]
        judged = np.arange(past, len(placed)) >= ORDER
        return Watched(
            charts=charts,
            t2=self.latent.t2(placed[past:]),
            spe=self.latent.spe(placed[past:]),
            alarm=(charts.max(axis=1) > self.limit) & judged,
            judged=judged,
        )

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """All of it as arrays that `numpy.savez` keeps without pickle; :meth:`from_arrays` gives it back exactly."""
        kept = {field.name: np.asarray(getattr(self, field.name)) for field in fields(self)[1:]}
        return {**{PREFIX + name: part for name, part in self.latent.to_arrays().items()}, **kept}

    @classmethod
    def from_arrays(cls, stored: Mapping[str, NDArray[np.generic]]) -> Self:
        """What :meth:`to_arrays` gave.

        Raises
        ------
        SchemaDriftError
            If a part is missing or damaged.
        """
        inner = {name.removeprefix(PREFIX): part for name, part in stored.items() if name.startswith(PREFIX)}
        latent = Latent.from_arrays(inner)
        try:
            own = {"latent", "scale", "rows"}
            numbers = {field.name: float(stored[field.name]) for field in fields(cls) if field.name not in own}
            scale = np.asarray(stored["scale"], np.float64)
            return cls(latent=latent, scale=scale, rows=int(stored["rows"]), **numbers)
        except (KeyError, TypeError, ValueError) as error:
            raise SchemaDriftError(f"watch: a stored part does not fit: {error}", hint="learn it again") from error
