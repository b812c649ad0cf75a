"""The domain: where a model has seen enough to speak; outside it the hub abstains and says why.

A row is outside if a value lies beyond all that was seen and a margin, if a value is missing that (almost) never was,
or if values that are usual one by one do not go together. All three limits are learnt on blocks of rows held out in
time order, so that on new rows of the same kind about one in a hundred is turned away, however many features there
are. Features that mostly take one value (rare additions) have a margin of their own and no part in the combination:
within their range they never speak alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self, cast

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import DataError, SchemaDriftError
from pilothouse.methods.estimate.combination import Combination
from pilothouse.methods.estimate.coordinate import Coordinates, Vector, rank_limit
from pilothouse.methods.estimate.seen_range import FOLDS, LEAST_ROWS, present, tolerated, without_gross_errors

FORMAT: Final = "domain-1"
MISSING_SHARE: Final = 0.002  # of rows that may miss a feature that is needed
FORGIVEN_SHARE: Final = 0.99  # of held-out rows that miss no more needed features than are forgiven
RARE: Final = 0.8  # a feature that takes its usual value more often has no part in the combination


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Domain:
    """What was seen.

    Parameters
    ----------
    names
        How people call the p features.
    rows
        How many rows were seen.
    seen_low, seen_high
        Least and greatest value (p,) seen, gross errors struck out; NaN where nothing was.
    low, high
        The same with the margin: what is tolerated.
    missing
        In how many rows (p,) the feature was missing.
    needed
        Whether (p,) it was (almost) never missing.
    forgiven
        How many needed features a row may miss: 0, but more where few rows tell little of what may be missing.
    coordinates
        Scale of each feature.
    columns
        Which features take part in the combination.
    combination
        How those hang together; None where fewer than two take part.
    """

    names: tuple[str, ...]
    rows: int
    seen_low: Vector
    seen_high: Vector
    low: Vector
    high: Vector
    missing: NDArray[np.int64]
    needed: NDArray[np.bool_]
    forgiven: int
    coordinates: Coordinates
    columns: NDArray[np.int64]
    combination: Combination | None

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        parts = [getattr(self, key) for key in (*_RANGES, "missing", "needed")]
        parts += [getattr(self.coordinates, key) for key in _COORDINATES]
        if any(part.shape != (len(self.names),) for part in parts):
            raise ValueError(f"domain: expected {len(self.names)} numbers in each part, as many as features")
        learnt, k = self.combination, self.columns.size
        if np.any(self.columns >= len(self.names)) or (
            learnt is not None and (learnt.mean.shape != (k,) or learnt.precision.shape != (k, k))
        ):
            raise ValueError(f"domain: the combination does not fit its {k} features")

    @classmethod
    def fit(cls, features: Vector, names: Sequence[str]) -> Self:
        """Learn from training rows.

        Parameters
        ----------
        features
            (n, p), in time order; NaN, and infinite ones, are missing. A feature that only ever grows (a date, a
            running number) puts every future row outside: leave it out.
        names
            Of the p features.

        Raises
        ------
        DataError
            If there are fewer than 20 rows, or not as many names as features.

        Examples
        --------
        >>> rows = np.column_stack([np.linspace(3, 187, 500), np.tile([0.0, 0.0, 0.0, 40.0, 60.0], 100)])
        >>> domain = Domain.fit(rows, ["minutes ahead", "lime kg"])
        >>> for why in domain.outside(np.array([[100.0, 40.0], [412.0, 0.0], [np.nan, 0.0]])):
        ...     print(why)
        ()
        ('minutes ahead 412 is above 187, the most seen',)
        ('minutes ahead is missing; it was in 0 of 500 rows seen',)
        """
        seen = _checked(features, names)
        if len(seen) < LEAST_ROWS:
            raise DataError(
                f"domain: expected at least {LEAST_ROWS} training rows, got {len(seen)}", hint="learn from more pieces"
            )
        coordinates = Coordinates.fit(seen)
        placed = without_gross_errors(seen, coordinates)
        low, high = tolerated(placed, coordinates)
        missing = np.isnan(seen).sum(axis=0)
        columns = np.flatnonzero((coordinates.usual_share <= RARE) & (coordinates.spread > 0.0))
        return cls(
            names=tuple(names),
            rows=len(seen),
            seen_low=present(np.where(np.isnan(placed), np.inf, seen).min(axis=0)),
            seen_high=present(np.where(np.isnan(placed), -np.inf, seen).max(axis=0)),
            low=low,
            high=high,
            missing=missing,
            needed=_needed(np.isnan(seen)),
            forgiven=_forgiven(np.isnan(seen)),
            coordinates=coordinates,
            columns=columns,
            combination=Combination.fit(placed[:, columns]) if columns.size > 1 else None,
        )

    def outside(self, features: Vector) -> tuple[tuple[str, ...], ...]:
        """Why each row (n, p) is outside, in words with numbers; nothing where it is inside.

        Raises
        ------
        DataError
            If there are not as many features as were learnt.
        """
        rows = _checked(features, self.names, keep_infinite=True)
        there = ~np.isnan(rows)
        absent = ~there & self.needed
        absent &= absent.sum(axis=1, keepdims=True) > self.forgiven
        never = there & np.isnan(self.low)
        beyond = (rows < self.low) | (rows > self.high)
        apart, placed = self._apart(rows)
        reasons: list[list[str]] = [[] for _ in rows]
        for row, column in np.argwhere(absent | never | beyond):
            reasons[row].append(self._words(int(column), float(rows[row, column])))
        for row in np.flatnonzero(apart):
            # What a range says already need not be said again by the combination.
            if not reasons[row]:
                reasons[row].append(self._combination_words(rows[row], placed[row]))
        return tuple(tuple(words) for words in reasons)

    def to_dict(self) -> dict[str, object]:
        """All of it in numbers and texts that JSON can hold; :meth:`from_dict` gives it back exactly."""
        learnt = self.combination
        return {
            "format": FORMAT,
            "names": list(self.names),
            "rows": self.rows,
            **{key: _listed(getattr(self, key)) for key in _RANGES},
            **{key: _listed(getattr(self.coordinates, key)) for key in _COORDINATES},
            "missing": self.missing.tolist(),
            "needed": self.needed.tolist(),
            "forgiven": self.forgiven,
            "columns": self.columns.tolist(),
            "combination": None
            if learnt is None
            else {"mean": learnt.mean.tolist(), "precision": learnt.precision.tolist(), "limit": learnt.limit},
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, object]) -> Self:
        """What :meth:`to_dict` gave.

        Raises
        ------
        SchemaDriftError
            If it is of another format, or a part is missing or damaged.
        """
        if stored.get("format") != FORMAT:
            raise SchemaDriftError(
                f"domain: expected format {FORMAT}, got {stored.get('format')!r}", hint="learn the model again"
            )
        try:
            return cls(
                names=tuple(cast("Sequence[str]", stored["names"])),
                rows=cast("int", stored["rows"]),
                **{key: np.array(stored[key], dtype=np.float64) for key in _RANGES},
                coordinates=Coordinates(**{key: np.array(stored[key], dtype=np.float64) for key in _COORDINATES}),
                missing=np.array(stored["missing"], dtype=np.int64),
                needed=np.array(stored["needed"], dtype=np.bool_),
                forgiven=cast("int", stored["forgiven"]),
                columns=np.array(stored["columns"], dtype=np.int64),
                combination=_combination(cast("Mapping[str, object] | None", stored["combination"])),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise SchemaDriftError(
                f"domain: a stored part is missing or damaged: {error}", hint="learn the model again"
            ) from error

    def _apart(self, rows: Vector) -> tuple[NDArray[np.bool_], Vector]:
        """Whether each row's values do not go together, and their coordinates."""
        chosen = self.coordinates.of(np.where(np.isfinite(rows), rows, np.nan))[:, self.columns]
        if self.combination is None:
            return np.zeros(len(rows), dtype=np.bool_), chosen
        return self.combination.score(chosen) > self.combination.limit, chosen

    def _words(self, column: int, value: float) -> str:
        """Why one value is outside."""
        name, count = self.names[column], int(self.missing[column])
        if np.isnan(value):
            return f"{name} is missing; it was in {count} of {self.rows} rows seen"
        if np.isnan(self.low[column]):
            return f"{name} {value:.5g} is new: it was missing in all {self.rows} rows seen"
        if value < self.low[column]:
            return f"{name} {value:.5g} is below {self.seen_low[column]:.5g}, the least seen"
        return f"{name} {value:.5g} is above {self.seen_high[column]:.5g}, the most seen"

    def _combination_words(self, row: Vector, placed: Vector) -> str:
        """Why a combination is outside: the distance, and the value that fits the rest least."""
        learnt = cast("Combination", self.combination)
        distance, greatest = learnt.distances(placed)
        off, fitting = learnt.misfits(placed)
        worst = int(np.argmax(np.abs(off)))
        column = int(self.columns[worst])
        centre, spread = self.coordinates.centre[column], self.coordinates.spread[column]
        fits = centre + spread * np.sinh(fitting[worst])
        return (
            f"these values were not seen together: distance {distance:.3g} is above {greatest:.3g}; "
            f"to the others {self.names[column]} {row[column]:.5g} fits least, about {fits:.5g} would"
        )


_RANGES: Final = ("seen_low", "seen_high", "low", "high")
_COORDINATES: Final = ("centre", "spread", "usual_share")


def _checked(features: Vector, names: Sequence[str], *, keep_infinite: bool = False) -> Vector:
    """The rows as floats, as many features as names."""
    rows = np.asarray(features, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != len(names):
        raise DataError(
            f"domain: expected rows of {len(names)} features, got an array of shape {rows.shape}",
            hint="give the features in the order they were named",
        )
    return rows if keep_infinite else np.where(np.isfinite(rows), rows, np.nan)


def _needed(absent: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The features (p,) missing in so few rows (n, p) that, taken together, hardly a row is turned away for it."""
    missing = absent.sum(axis=0)
    order = np.argsort(missing, kind="stable")
    needed = np.zeros(missing.size, dtype=np.bool_)
    needed[order] = np.cumsum(missing[order]) <= MISSING_SHARE * len(absent)
    return needed


def _forgiven(absent: NDArray[np.bool_]) -> int:
    """How many features needed by the other rows are missing in a row held out, seldom more."""
    lacking = np.empty(len(absent))
    for block in np.array_split(np.arange(len(absent)), FOLDS):
        lacking[block] = absent[np.ix_(block, _needed(np.delete(absent, block, axis=0)))].sum(axis=1)
    return int(rank_limit(lacking, FORGIVEN_SHARE))


def _listed(values: Vector) -> list[float | None]:
    """Numbers for JSON, which knows no NaN."""
    return [None if np.isnan(value) else float(value) for value in values]


def _combination(stored: Mapping[str, object] | None) -> Combination | None:
    """A stored combination."""
    if stored is None:
        return None
    return Combination(
        mean=np.array(stored["mean"], dtype=np.float64),
        precision=np.array(stored["precision"], dtype=np.float64),
        limit=float(cast("float", stored["limit"])),
    )
