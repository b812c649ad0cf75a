"""A plant of numbers only: so many variables at such a rate, for measuring what an intake can take.

Every value tells its place in the sequence, so that a receiver can count what it lost: the cycle times a thousand plus
the place of the variable, over a thousand.
"""

import asyncio

import numpy as np

from pilothouse.clock import NS_PER_S, now_ns, stopwatch_s
from pilothouse.edge.opcua.space import Space, Variable

URI = "urn:pilothouse:edge:signals"


def signal_space(url: str, parameters: int, *, keep_s: float = 120.0) -> Space:
    """A server with so many variables ``S0000``, ``S0001``, ... under one equipment ``signals``."""
    variables = [Variable(key=key, name=key, folder="signals") for key in signal_keys(parameters)]
    return Space(url, URI, {"signals": None}, variables, keep_s=keep_s)


def signal_keys(parameters: int) -> list[str]:
    """Keys of its variables.

    Examples
    --------
    >>> signal_keys(2)
    ['S0000', 'S0001']
    """
    return [f"S{place:04d}" for place in range(parameters)]


def signal_value(cycle: int, place: int) -> float:
    """What a variable shows in a cycle.

    Examples
    --------
    >>> signal_value(7, 12)
    7.012
    """
    return cycle + place / 1000.0


async def run_signals(space: Space, hz: float, *, cycles: int | None = None) -> None:
    """Show every variable anew so often; in step with the clock, so that a slow machine skips no cycle."""
    keys = [variable.key for variable in space.variables]
    places, good = np.arange(len(keys)) / 1000.0, np.zeros(len(keys), dtype=np.uint8)
    begun_ns, begun_s, cycle = now_ns(), stopwatch_s(), 0
    while cycles is None or cycle < cycles:
        at_ns = begun_ns + round(cycle * NS_PER_S / hz)
        await space.show(keys, cycle + places, good, at_ns)
        cycle += 1
        await asyncio.sleep(max(begun_s + cycle / hz - stopwatch_s(), 0.0))
