"""What is scarce: the transportation problem of metal that comes and orders that want it, with its shadow prices.

Metal that is still on its way has no name yet, only an expected day and a chance to be of each kind. It is poured, not
assigned: the tonnes x_ij of source i that go into order j solve

    max  sum_ij v_ij x_ij - sum_j p_j u_j
    sum_j x_ij <= s_i           a_i >= 0      what a tonne of source i is worth
    sum_i x_ij + u_j = d_j      b_j           what another tonne of order j would bring
    x, u >= 0

where v_ij is money per tonne, p_j the penalty per tonne of an order that gets nothing. A piece in hand that brings v in
order j takes a tonne of demand from the others: it is worth v - b_j there. Duality (a_i + b_j >= v_ij where metal may
flow, b_j >= -p_j, and the two totals equal) proves the optimum without the solver, see :func:`duality_gap`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array

from pilothouse.errors import ModelError


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """How metal is poured into orders, and what it is worth there.

    Parameters
    ----------
    sources, orders, tonnes
        Flows above nothing: from which source into which order how much, shape (n_flows,) each.
    short_t
        What each order lacks, shape (n_orders,).
    source_price
        [a] what another tonne of each source would bring, shape (n_sources,).
    order_price
        [b] what another tonne of each order would bring; below 0 for one that costs, shape (n_orders,).
    value
        Of all of it.
    """

    sources: NDArray[np.intp]
    orders: NDArray[np.intp]
    tonnes: NDArray[np.float64]
    short_t: NDArray[np.float64]
    source_price: NDArray[np.float64]
    order_price: NDArray[np.float64]
    value: float


def pour(
    value: NDArray[np.float64], supply_t: NDArray[np.float64], open_t: NDArray[np.float64], penalty: NDArray[np.float64]
) -> Transport:
    """Pour metal into orders so that it brings most.

    Parameters
    ----------
    value
        [v] money per tonne, nan where a source may not serve an order, shape (n_sources, n_orders).
    supply_t
        [s] of each source, shape (n_sources,).
    open_t
        [d] of each order, shape (n_orders,).
    penalty
        [p] money per tonne that an order lacks, shape (n_orders,).

    Raises
    ------
    ValueError
        If the shapes do not fit, or tonnes are below 0.
    ModelError
        If the solver does not end at an optimum.

    Examples
    --------
    Ten tonnes come, two orders want eight each; the better paid one is served whole.

    >>> told = pour(np.array([[50.0, 90.0]]), np.array([10.0]), np.array([8.0, 8.0]), np.zeros(2))
    >>> told.short_t.tolist(), told.value, told.source_price.tolist(), told.order_price.tolist()
    ([6.0, 0.0], 820.0, [50.0], [0.0, 40.0])
    """
    n, m = value.shape
    if not (supply_t.shape == (n,) and open_t.shape == penalty.shape == (m,)):
        raise ValueError(f"pour: {n} sources x {m} orders, got {supply_t.shape}, {open_t.shape} and {penalty.shape}")
    if (supply_t < 0.0).any() or (open_t < 0.0).any():
        raise ValueError("pour: expected tonnes of 0 or more")
    sources, orders = np.nonzero(np.isfinite(value))
    k = sources.size
    flow, short = np.arange(k), k + np.arange(m)
    found = linprog(
        np.concatenate((-value[sources, orders], penalty)),
        A_ub=coo_array((np.ones(k), (sources, flow)), shape=(n, k + m)).tocsr(),
        b_ub=supply_t,
        A_eq=coo_array(
            (np.ones(k + m), (np.concatenate((orders, np.arange(m))), np.concatenate((flow, short)))), shape=(m, k + m)
        ).tocsr(),
        b_eq=open_t,
        method="highs",
    )
    if found.status != 0:
        raise ModelError(
            f"pouring {n} sources into {m} orders: expected an optimum, the solver says: {found.message}",
            hint="look for values that are not finite",
        )
    flows = np.nonzero(found.x[:k] > 0.0)[0]
    return Transport(
        sources=sources[flows],
        orders=orders[flows],
        tonnes=found.x[flows],
        short_t=found.x[k:],
        source_price=-found.ineqlin.marginals,
        order_price=-found.eqlin.marginals,
        value=float(-found.fun),
    )


def duality_gap(
    told: Transport,
    value: NDArray[np.float64],
    supply_t: NDArray[np.float64],
    open_t: NDArray[np.float64],
    penalty: NDArray[np.float64],
) -> float:
    """How far from proven optimal an answer is, in money: 0 where prices and flows prove each other.

    Infinite where the flows are not possible or the prices not allowed; arguments as in :func:`pour`.
    """
    sent = np.bincount(told.sources, weights=told.tonnes, minlength=supply_t.size)
    got = np.bincount(told.orders, weights=told.tonnes, minlength=open_t.size)
    slack_t = 1e-6 * (1.0 + supply_t.sum() + open_t.sum())
    flows_hold = (
        np.isfinite(value[told.sources, told.orders]).all()
        and (sent <= supply_t + slack_t).all()
        and np.allclose(got + told.short_t, open_t, atol=slack_t)
    )
    slack = 1e-6 * (1.0 + float(np.nanmax(np.abs(value), initial=0.0)))
    over = value - told.source_price[:, None] - told.order_price[None, :]
    prices_hold = (
        (told.source_price >= -slack).all()
        and (told.order_price >= -penalty - slack).all()
        and not (over[np.isfinite(value)] > slack).any()
    )
    if not (flows_hold and prices_hold):
        return float("inf")
    brought = float((value[told.sources, told.orders] * told.tonnes).sum() - (penalty * told.short_t).sum())
    return float(told.source_price @ supply_t + told.order_price @ open_t) - brought
