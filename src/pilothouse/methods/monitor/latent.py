r"""The latent model of a unit: what its parameters have in common in normal operation, in space and in time.

Rows are standardised by median and quartiles; of the table, cut at ±8 so that gross errors do not bend it, the
principal axes are taken. Two laws of plant data are allowed for:

- **Axes learnt on few rows flatter themselves.** Variances are those of rows held out (`held_out.py`). Then the narrow
  axes too may be counted in their own spread (each s²/l), which finds a broken relation between parameters that SPE,
  ruled by the widest of the rest, does not see.
- **Rows hang together in time.** Each score has its autoregression; charts look at innovations (`whitening.py`).

Three charts are made of them, each a sum of squares as cube root, in the spreads it had on rows held out:

    common       Σ u²/v over the k axes of common causes
    relations    Σ u²/v over the others
    lasting      Σ e²/w over the others, e the mean of u accumulated with λ = 0.1 [MEWMA: Lowry et al. 1992,
                 Technometrics 34, 46-53], for small changes that stay

Common causes have no lasting chart: that they wander slowly *is* normal operation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import DataError, SchemaDriftError
from pilothouse.methods.monitor.components import parallel_analysis, principal_axes
from pilothouse.methods.monitor.held_out import FLOOR, FORGETTING, HeldOut
from pilothouse.methods.monitor.missing import filled
from pilothouse.methods.monitor.whitening import ORDER, accumulated, autoregressions, innovations

Array = NDArray[np.float64]

CHARTS: Final = ("common", "relations", "lasting")
CUT: Final = 8.0
LEAST_ROWS: Final = 60
FORMAT: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Latent:
    """What was learnt of a unit in normal operation.

    Parameters
    ----------
    names
        Of the p parameters.
    centre, spread
        Median and robust standard deviation (p,) of each, in its unit.
    mean
        What is left of the mean (p,) after standardising.
    axes
        Principal axes (p, p) [P], one a column, widest first.
    components
        How many axes are common causes [k].
    lags
        Autoregression (p, L) of each score.
    level, innovation, lasting, window
        Held-out variances (p,) along the axes: of scores [l], innovations [v], accumulated innovations [w], and of
        scores averaged over ten rows.
    usual
        Mean and spread (3, 2) of the cube root of each chart on rows held out.
    """

    names: tuple[str, ...]
    centre: Array
    spread: Array
    mean: Array
    axes: Array
    components: int
    lags: Array
    level: Array
    innovation: Array
    lasting: Array
    window: Array
    usual: Array

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        p = len(self.names)
        shapes = {"axes": (p, p), "lags": (p, ORDER), "usual": (len(CHARTS), 2)}
        for field in fields(self)[1:]:
            if field.name != "components" and getattr(self, field.name).shape != shapes.get(field.name, (p,)):
                raise ValueError(f"latent: {field.name} does not fit {p} parameters")
        if not 0 < self.components < p:
            raise ValueError(f"latent: expected 1 to {p - 1} components, got {self.components}")

    @classmethod
    def fit(cls, rows: Array, names: Sequence[str]) -> Self:
        """Learn from normal operation.

        Parameters
        ----------
        rows
            (n, p) in time order, evenly spaced; NaN, and infinite ones, are missing.
        names
            Of the p parameters.

        Raises
        ------
        DataError
            If there are too few rows, or a parameter never varies or is never there.

        Examples
        --------
        >>> rng = np.random.default_rng(1)
        >>> rows = rng.normal(size=(400, 1)) + 0.3 * rng.normal(size=(400, 4))
        >>> learnt = Latent.fit(rows, ["a", "b", "c", "d"])
        >>> usual, parted = learnt.place(np.array([[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, -1.0, 1.0]]))
        >>> learnt.components, bool(learnt.spe(usual[None])[0] < 1.0), bool(learnt.spe(parted[None])[0] > 1.0)
        (1, True, True)
        """
        seen = _checked(rows, names)
        _learnable(seen, names)
        centre = np.nanmedian(seen, axis=0)
        spread = _spread(seen)
        table = _completed(np.clip((seen - centre) / spread, -CUT, CUT))
        mean = table.mean(axis=0)
        axes, _ = principal_axes(table)
        components = parallel_analysis(table)
        held = HeldOut.of(table)
        summed = _cube_roots(held.surprises, held.lastings, held, components)
        usual = [[float(chart.mean()), float(chart.std())] for chart in summed]
        return cls(
            names=tuple(names),
            centre=centre,
            spread=spread,
            mean=mean,
            axes=axes,
            components=components,
            lags=autoregressions((table - mean) @ axes),
            usual=np.array(usual),
            level=held.level,
            innovation=held.innovation,
            lasting=held.lasting,
            window=held.window,
        )

    def place(self, rows: Array) -> Array:
        """Standardised observations (n, p) [z] in time order, missing values filled in with what is expected there."""
        placed = (_checked(rows, self.names) - self.centre) / self.spread - self.mean
        return filled(placed, self.axes, self.level, self.innovation, self.lags)

    def t2(self, placed: Array) -> Array:
        """T² (n,) of standardised observations (n, p) [Hotelling 1947]."""
        k = self.components
        distances: Array = ((placed @ self.axes[:, :k]) ** 2 / self.level[:k]).sum(axis=1)
        return distances

    def spe(self, placed: Array) -> Array:
        """Squared prediction error (n,) of standardised observations (n, p) [Jackson and Mudholkar 1979]."""
        squares: Array = ((placed @ self.axes[:, self.components :]) ** 2).sum(axis=1)
        return squares

    def contributions(self, placed: Array) -> tuple[Array, Array]:
        """What each parameter adds to T² and to SPE, (n, p) each; never negative, and they add up exactly.

        Complete decomposition [Alcala and Qin 2011, J. Process Control 21, 322-330]: with the index z'Mz, the part of
        parameter i is (ξ_i' M^½ z)².
        """
        k = self.components
        leading, rest = self.axes[:, :k], self.axes[:, k:]
        of_t2 = (placed @ (leading / np.sqrt(self.level[:k])) @ leading.T) ** 2
        of_spe = (placed @ rest @ rest.T) ** 2
        return of_t2, of_spe

    def charts(self, placed: Array) -> Array:
        """The three charts (n, 3) of standardised observations (n, p), in spreads; low where the past is not known."""
        surprise = innovations(placed @ self.axes, self.lags)
        summed = _cube_roots(surprise, accumulated(surprise, FORGETTING), self, self.components)
        return (np.column_stack(summed) - self.usual[:, 0]) / self.usual[:, 1]

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """All of it as arrays that `numpy.savez` keeps without pickle; :meth:`from_arrays` gives it back exactly."""
        kept = {field.name: np.asarray(getattr(self, field.name)) for field in fields(self)}
        return {"format": np.asarray(FORMAT), **kept}

    @classmethod
    def from_arrays(cls, stored: Mapping[str, NDArray[np.generic]]) -> Self:
        """What :meth:`to_arrays` gave.

        Raises
        ------
        SchemaDriftError
            If it is of another format, or a part is missing or damaged.
        """
        if "format" not in stored or float(stored["format"]) != FORMAT:
            raise SchemaDriftError(
                f"latent: expected format {FORMAT:g}, got {stored.get('format')}", hint="learn it again"
            )
        try:
            own = {"names", "components"}
            parts = {f.name: np.asarray(stored[f.name], np.float64) for f in fields(cls) if f.name not in own}
            names = tuple(str(name) for name in stored["names"])
            return cls(names=names, components=int(stored["components"]), **parts)
        except (KeyError, TypeError, ValueError) as error:
            raise SchemaDriftError(f"latent: a stored part does not fit: {error}", hint="learn it again") from error


def _checked(rows: Array, names: Sequence[str]) -> Array:
    """The rows as floats, as many parameters as names, infinite values as missing."""
    given = np.asarray(rows, dtype=np.float64)
    if given.ndim != 2 or given.shape[1] != len(names):
        raise DataError(
            f"latent: expected rows of {len(names)} parameters, got an array of shape {given.shape}",
            hint="give the parameters in the order they were named",
        )
    return np.where(np.isfinite(given), given, np.nan)


def _learnable(seen: Array, names: Sequence[str]) -> None:
    """Raise where nothing can be learnt."""
    n, p = seen.shape
    least = max(LEAST_ROWS, 2 * p)
    if p < 3:
        raise DataError(f"latent: expected at least 3 parameters, got {p}", hint="watch a single one by its own chart")
    there = np.isfinite(seen).sum(axis=0)
    if n < least or there.min() < LEAST_ROWS // 2:
        name = names[int(np.argmin(there))]
        raise DataError(
            f"latent: expected at least {least} rows, and {LEAST_ROWS // 2} values of each parameter; "
            f"got {n} rows, and {there.min()} values of {name}",
            hint="learn from a longer span, or leave the parameter out",
        )
    low, high = np.nanmin(seen, axis=0), np.nanmax(seen, axis=0)
    still = high - low <= 1e-12 * np.maximum(np.abs(low), np.abs(high))
    if still.any():
        constant = ", ".join(name for name, one in zip(names, still, strict=True) if one)
        raise DataError(f"latent: never varies: {constant}", hint="leave constant parameters out")


def _spread(seen: Array) -> Array:
    """Standard deviations (p,) by the quartiles; where a parameter mostly rests, by what is further out.

    One value in twenty on each side may be a gross error.
    """
    least, low, high, most = np.nanquantile(seen, [0.05, 0.25, 0.75, 0.95], axis=0)
    spread: Array = np.maximum((high - low) / 1.349, 0.25 * (most - least) / 3.290)
    for column in np.flatnonzero(spread <= 0.0):
        away = np.abs(seen[:, column] - np.nanmedian(seen[:, column]))
        spread[column] = np.median(away[away > 0.0])
    return spread


def _completed(table: Array) -> Array:
    """A standardised table (n, p), missing values filled in by regression on the present ones, in three turns."""
    if np.isfinite(table).all():
        return table
    full = np.where(np.isnan(table), 0.0, table)
    for _ in range(3):
        axes, found = principal_axes(full)
        level = np.maximum(found, FLOOR)
        mean = full.mean(axis=0)
        full = filled(table - mean, axes, level, level, np.zeros((len(mean), ORDER))) + mean
    return full


def _cube_roots(surprise: Array, lasting: Array, variances: "Latent | HeldOut", components: int) -> list[Array]:
    """The three sums of squares as cube roots, nearly normal [Wilson and Hilferty 1931]."""
    squares, slow = surprise**2 / variances.innovation, lasting**2 / variances.lasting
    sums = squares[:, :components], squares[:, components:], slow[:, components:]
    return [np.cbrt(one.sum(axis=1)) for one in sums]
