"""Metal on the floor: how much lies where, and how much did on average."""

from typing import Final

PLACES: Final = ("slabs", "hot coils", "pickled coils", "cold-rolled coils", "annealed coils", "finished")
"""Where metal waits, in the order of the route."""


class Stocks:
    """Tonnes by place, and their mean over time.

    Examples
    --------
    >>> stocks = Stocks()
    >>> stocks.change("slabs", 20.0, 0.0)
    >>> stocks.change("slabs", -20.0, 12.0)
    >>> stocks.mean_t(24.0)["slabs"]
    10.0
    """

    def __init__(self) -> None:
        self._t = dict.fromkeys(PLACES, 0.0)
        self._area_th = dict.fromkeys(PLACES, 0.0)
        self._counted_h = 0.0
        self._from_h = 0.0

    def change(self, place: str, tonnes: float, at_h: float) -> None:
        """Put so much more (negative: less) in a place."""
        self._count(at_h)
        self._t[place] += tonnes

    def now_t(self, *places: str) -> float:
        """What lies in some places; in all of them where none is named."""
        return sum(self._t[place] for place in places or PLACES)

    def forget(self, at_h: float) -> None:
        """Begin the mean anew."""
        self._count(at_h)
        self._area_th = dict.fromkeys(PLACES, 0.0)
        self._from_h = at_h

    def mean_t(self, at_h: float) -> dict[str, float]:
        """Mean tonnes by place since the mean was begun."""
        self._count(at_h)
        hours = max(at_h - self._from_h, 1e-9)
        return {place: area / hours for place, area in self._area_th.items()}

    def _count(self, at_h: float) -> None:
        hours = at_h - self._counted_h
        for place, tonnes in self._t.items():
            self._area_th[place] += tonnes * hours
        self._counted_h = at_h
