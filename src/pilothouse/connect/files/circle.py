"""Circles of descent: a piece that would be its own ancestor.

Nearly always there is none, and that is seen by putting all pieces in an order; only what cannot be put in one is
walked row by row.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter


def closing(pairs: Sequence[tuple[str, str]], before: Sequence[tuple[str, str]]) -> list[str | None]:
    """For each pair of child and parent why it cannot be, else None.

    The pairs count in their order: the one that closes a circle with earlier ones cannot be.

    Parameters
    ----------
    pairs
        Child and parent.
    before
        Pairs that count already.

    Examples
    --------
    >>> closing([("coil", "slab"), ("slab", "coil"), ("coil", "heat")], before=[])
    [None, 'it closes a circle of descent: slab of coil of slab; earlier rows count', None]
    """
    entangled = _entangled([*before, *pairs])
    parents: dict[str, set[str]] = {}
    for child, parent in before:
        if child in entangled and parent in entangled:
            parents.setdefault(child, set()).add(parent)
    reasons: list[str | None] = []
    for child, parent in pairs:
        way = _way_up(parents, parent, child) if child in entangled and parent in entangled else ()
        line = " of ".join((child, *way))
        reasons.append(f"it closes a circle of descent: {line}; earlier rows count" if way else None)
        if not way and child in entangled:
            parents.setdefault(child, set()).add(parent)
    return reasons


def _entangled(pairs: Sequence[tuple[str, str]]) -> set[str]:
    """The pieces on circles of descent and on lines between circles; all others are quickly seen to be on none."""
    up: dict[str, set[str]] = {}
    down: dict[str, set[str]] = {}
    for child, parent in pairs:
        up.setdefault(child, set()).add(parent)
        down.setdefault(parent, set()).add(child)
    return _left_over(up) & _left_over(down)


def _left_over(graph: Mapping[str, set[str]]) -> set[str]:
    """What cannot be put in an order in which each piece comes behind those it points to."""
    sorter = TopologicalSorter(graph)
    with suppress(CycleError):  # what stands behind no circle is still given
        sorter.prepare()
    left = {*graph, *(piece for others in graph.values() for piece in others)}
    while ready := sorter.get_ready():
        left.difference_update(ready)
        sorter.done(*ready)
    return left


def _way_up(parents: Mapping[str, set[str]], start: str, goal: str) -> tuple[str, ...]:
    """One line of descent from a piece up to another; nothing where there is none."""
    below: dict[str, str | None] = {start: None}
    front = [start]
    while front and goal not in below:
        at = front.pop()
        for above in sorted(parents.get(at, ())):
            if above not in below:
                below[above] = at
                front.append(above)
    way: list[str] = []
    step = goal if goal in below else None
    while step is not None:
        way.append(step)
        step = below[step]
    return tuple(reversed(way))
