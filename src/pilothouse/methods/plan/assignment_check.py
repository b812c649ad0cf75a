"""What is wrong with an assignment, found by counting: knows no solver and asks none."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

NOTHING_T = 1e-6
"""Tonnes that count as none, as sums of tonnes are rounded."""


def violations(
    value: NDArray[np.float64],
    tonnes: NDArray[np.float64],
    open_t: NDArray[np.float64],
    order_of: Sequence[int] | NDArray[np.intp],
) -> tuple[str, ...]:
    """What is wrong with an assignment, in words; empty where nothing is.

    Parameters
    ----------
    value
        Money that a piece brings in an order, nan where it may not serve it, shape (n_pieces, n_orders).
    tonnes, open_t
        Of each piece; what each order wants.
    order_of
        Place of its order by piece, -1 where it is left alone, shape (n_pieces,).

    Examples
    --------
    >>> value = np.array([[100.0, np.nan]])
    >>> violations(value, np.array([16.0]), np.array([40.0, 15.0]), [1])
    ('piece 0 may not serve order 1',)
    """
    return tuple(_wrong(value, tonnes, open_t, [int(j) for j in order_of]))


def worth(value: NDArray[np.float64], left: NDArray[np.float64], order_of: Sequence[int] | NDArray[np.intp]) -> float:
    """What an assignment brings, counted piece by piece; ``left`` is what each brings if it is left alone."""
    return float(sum(left[i] if j < 0 else value[i, j] for i, j in enumerate(order_of)))


def _wrong(
    value: NDArray[np.float64], tonnes: NDArray[np.float64], open_t: NDArray[np.float64], order_of: list[int]
) -> Iterator[str]:
    n, m = value.shape
    if len(order_of) != n:
        yield f"expected an order or -1 for {n} pieces, got {len(order_of)}"
        return
    given: dict[int, list[float]] = {}
    for i, j in enumerate(order_of):
        if j >= m or j < -1:
            yield f"piece {i} is given to order {j}, there are {m}"
        elif j >= 0:
            if value[i, j] != value[i, j]:
                yield f"piece {i} may not serve order {j}"
            given.setdefault(j, []).append(float(tonnes[i]))
    for j, parts in given.items():
        before_last_t = sum(parts) - max(parts)
        if open_t[j] <= NOTHING_T:
            yield f"order {j} is full"
        elif before_last_t >= open_t[j]:
            yield f"order {j} wants {open_t[j]:.3f} t and is full without one of its pieces, with {before_last_t:.3f} t"
