"""Whole pieces to orders, exactly: the generalised assignment problem, solved by HiGHS.

Choose for each piece i at most one order j,

    max  sum_ij v_ij x_ij + sum_i l_i (1 - sum_j x_ij),      x_ij in {0, 1}

where v_ij is what the piece brings in the order (nan where it may not serve it) and l_i what it brings left alone. An
order takes pieces as long as it wants metal, and the last of them may go over it: without one of its pieces what it
gets is less than the open_j tonnes that it wants,

    sum_i t_i x_ij - sum_i t_i y_ij <= open_j - EPSILON_T,    y_ij <= x_ij,   sum_i y_ij <= 1.

Where no two pieces fit into one order together it is the linear assignment problem, solved as that.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linear_sum_assignment, milp
from scipy.sparse import coo_array

from pilothouse.errors import ModelError

EPSILON_T: Final = 1e-6
"""An order that wants less than a gramme is full."""

GAP: Final = 1e-9
"""Share of the optimum by which what is found may fall short of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Who serves what.

    Parameters
    ----------
    order_of
        Place of its order, by piece; -1 where it is left alone, shape (n_pieces,).
    value
        What all pieces bring.
    """

    order_of: NDArray[np.intp]
    value: float


def assign(
    value: NDArray[np.float64], tonnes: NDArray[np.float64], open_t: NDArray[np.float64], left: NDArray[np.float64]
) -> Assignment:
    """The assignment that brings most.

    Parameters
    ----------
    value
        Money that a piece brings in an order, nan where it may not serve it, shape (n_pieces, n_orders).
    tonnes
        Of each piece, above 0, shape (n_pieces,).
    open_t
        What each order wants; 0 or less for one that is full, shape (n_orders,).
    left
        Money that each piece brings if it is left alone, shape (n_pieces,).

    Raises
    ------
    ValueError
        If the shapes do not fit, or a piece weighs nothing.
    ModelError
        If the solver does not end at an optimum.

    Examples
    --------
    Two coils of 16 t fit both orders; the second wants one coil only and pays better.

    >>> value = np.array([[100.0, 140.0], [100.0, 130.0]])
    >>> found = assign(value, np.array([16.0, 16.0]), np.array([40.0, 15.0]), np.zeros(2))
    >>> found.order_of.tolist(), found.value
    ([1, 0], 240.0)
    """
    n, m = value.shape
    if not (tonnes.shape == left.shape == (n,) and open_t.shape == (m,)):
        raise ValueError(f"assign: {n} pieces x {m} orders, got {tonnes.shape}, {left.shape} and {open_t.shape}")
    if not (tonnes > 0.0).all():
        raise ValueError("assign: expected pieces above 0 t")
    pieces, orders = np.nonzero(np.isfinite(value) & (open_t[None, :] > EPSILON_T))
    if not pieces.size:
        return Assignment(order_of=np.full(n, -1, dtype=np.intp), value=float(left.sum()))
    gain = value[pieces, orders] - left[pieces]
    if tonnes.min() >= open_t.max():
        order_of = _one_each(n, m, pieces, orders, gain)
    else:
        order_of = _several(pieces, orders, gain, tonnes, open_t)
    served = np.nonzero(order_of >= 0)[0]
    total = left.sum() + (value[served, order_of[served]] - left[served]).sum()
    return Assignment(order_of=order_of, value=float(total))


def _one_each(
    n: int, m: int, pieces: NDArray[np.intp], orders: NDArray[np.intp], gain: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Every piece fills any order alone; a column of its own lets each stay alone at a gain of 0."""
    forbidden = -np.abs(gain).sum() - 1.0
    square = np.full((n, m + n), forbidden)
    square[:, m:] = 0.0
    square[pieces, orders] = gain
    rows, columns = linear_sum_assignment(square, maximize=True)
    order_of = np.full(n, -1, dtype=np.intp)
    order_of[rows] = np.where(columns < m, columns, -1)
    return order_of


def _several(
    pieces: NDArray[np.intp],
    orders: NDArray[np.intp],
    gain: NDArray[np.float64],
    tonnes: NDArray[np.float64],
    open_t: NDArray[np.float64],
) -> NDArray[np.intp]:
    """Columns are all x, then all y; rows are pieces, orders, links of y to x, orders' last pieces."""
    n, m, k = tonnes.size, open_t.size, pieces.size
    x, y, weight, ones = np.arange(k), k + np.arange(k), tonnes[pieces], np.ones(k)
    first = {"room": n, "link": n + m, "last": n + m + k}
    entries = (
        (pieces, x, ones),
        (first["room"] + orders, x, weight),
        (first["room"] + orders, y, -weight),
        (first["link"] + np.arange(k), y, ones),
        (first["link"] + np.arange(k), x, -ones),
        (first["last"] + orders, y, ones),
    )
    row, column, entry = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    matrix = coo_array((entry, (row, column)), shape=(first["last"] + m, 2 * k)).tocsr()
    most = np.concatenate((np.ones(n), open_t - EPSILON_T, np.zeros(k), np.ones(m)))
    most[first["room"] : first["link"]] = np.maximum(most[first["room"] : first["link"]], 0.0)
    found = milp(
        np.concatenate((-gain, np.zeros(k))),
        constraints=LinearConstraint(matrix, ub=most),
        integrality=np.ones(2 * k),
        bounds=Bounds(0.0, 1.0),
        options={"mip_rel_gap": GAP},
    )
    if found.x is None or found.status != 0:
        raise ModelError(
            f"assignment of {n} pieces to {m} orders: expected an optimum, the solver says: {found.message}",
            hint="look for values that are not finite or far apart in size",
        )
    order_of = np.full(n, -1, dtype=np.intp)
    chosen = found.x[:k] > 0.5
    order_of[pieces[chosen]] = orders[chosen]
    return order_of
