"""The base of a virtual test: what the known physics says of a piece, or what pieces alike tested.

What is looked at comes with gaps and faults, and a works makes many grades. So a piece is first compared with pieces
alike (:mod:`pilothouse.methods.estimate.alike`), which mends what is missing or wild. Where the strip is known by then,
the known physics gives its loss; elsewhere the median of what those pieces tested.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.methods.estimate.alike import Alike, spread_evenly
from pilothouse.methods.estimate.estimator import Rows
from pilothouse.packs.steel.declaration import Standing, VirtualTest
from pilothouse.packs.steel.route import Standings
from pilothouse.packs.steel.strip import loss_parts_w_kg

Array = NDArray[np.float64]

BASE: Final = "base"
HYSTERESIS: Final = "share of hysteresis"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Based:
    """Pieces with their base.

    Parameters
    ----------
    rows
        As the estimator of the rest takes them.
    base
        Logarithm of the result by physics or by pieces alike (n,).
    mended
        What is looked at, in logarithms where always above 0, mended (n, p).
    replaced
        How many values of each were mended (n,).
    """

    rows: Rows
    base: Array
    mended: Array
    replaced: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Base:
    """How pieces at one standing come to their base.

    Parameters
    ----------
    names
        The parameters looked at.
    logged
        Which of them are taken in logarithms (p,): those that were always above 0.
    strip
        Place among them of each quantity of the known physics; empty where that is not told there.
    alike
        Learnt rows.
    told
        Logarithm of the result of each of those (m,).
    """

    names: tuple[str, ...]
    logged: NDArray[np.bool_]
    strip: Mapping[str, int]
    alike: Alike
    told: Array

    @staticmethod
    def fit(test: VirtualTest, standing: Standing, answered: Standings) -> "Base":
        """Learn from pieces whose test is known."""
        values, names = answered.values, answered.names
        logged = np.all(np.where(np.isfinite(values), values, 1.0) > 0.0, axis=0)
        known = test.knows_strip(standing)
        return Base(
            names=names,
            logged=logged,
            strip={quantity: names.index(key) for quantity, key in test.strip.items()} if known else {},
            alike=Alike.fit(_in_logarithms(values, logged), np.array([names.index(key) for key in standing.alike])),
            told=np.log(answered.answer)[spread_evenly(len(values))],
        )

    def of(self, values: Array) -> Based:
        """Pieces (n, p) with their base."""
        x = _in_logarithms(values, self.logged)
        mended, replaced = self.alike.mend(x)
        if self.strip:
            strip = {q: np.exp(mended[:, k]) if self.logged[k] else mended[:, k] for q, k in self.strip.items()}
            hysteresis, classical, excess = loss_parts_w_kg(strip)
            whole = hysteresis + classical + excess
            base, told = np.log(whole), {BASE: np.log(whole), HYSTERESIS: hysteresis / whole}
        else:
            base = self.alike.usual_of(x, self.told[:, None], np.array([np.median(self.told)]))[:, 0]
            told = {BASE: base}
        extra = np.column_stack(list(told.values()))
        rows = Rows(
            names=(*self.names, *told),
            x=np.column_stack([x, extra]),
            term_names=(*self.names, *told),
            terms=np.column_stack([mended, extra]),
        )
        return Based(rows=rows, base=base, mended=mended, replaced=replaced.sum(axis=1))


def _in_logarithms(values: Array, logged: NDArray[np.bool_]) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(values > 0.0, np.log(values), np.nan)
    return np.where(logged, logs, values)
