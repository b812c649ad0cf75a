"""A line and the coils before it: campaigns, changeovers, standstills.

A line works in campaigns: coils alike (in temperature, gauge, hardness) one after the other, because each change costs
time and off-grade metal. It stays with a group while coils of it are there and the campaign is not too long; then it
takes the group whose oldest coil waits longest among those with enough metal for a campaign, or, rather than stand
still, the largest. Standstills: planned repair by the calendar, breakdowns by each coil's own dice.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf, log

from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.piece import Coil


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRules:
    """How a line is run and how reliable it is.

    Parameters
    ----------
    least_t, most_t
        Metal that a campaign wants at least, and at most.
    repair_every_d, repair_h
        Planned repair.
    between_stops_h, stop_h
        Mean running time between breakdowns, and mean length of one.
    rest_h
        A coil waits at least so long before the line (cooling, moving).
    most_ahead_t
        With so much metal between it and the bottleneck the line waits.
    """

    least_t: float
    most_t: float
    repair_every_d: float
    repair_h: float
    between_stops_h: float
    stop_h: float
    rest_h: float = 0.0
    most_ahead_t: float = inf


@dataclass(slots=True, kw_only=True)
class Times:
    """Hours of a line since it was last asked to count from zero.

    Parameters
    ----------
    busy_h, changing_h, standing_h
        Producing; changing over; standing after a breakdown, a strip break or the like.
    """

    busy_h: float = 0.0
    changing_h: float = 0.0
    standing_h: float = 0.0


@dataclass(slots=True, kw_only=True)
class Line:
    """One line of the mill.

    Parameters
    ----------
    key
        Of its unit.
    rules
        How it is run.
    group_of
        What a coil's campaign is called.
    changeover_min
        Minutes from one coil to one of another group.
    """

    key: str
    rules: LineRules
    group_of: Callable[[Coil], str]
    changeover_min: Callable[[Coil, Coil], float]
    last: Coil | None = None
    campaign_t: float = 0.0
    times: Times = field(default_factory=Times)
    _queues: dict[str, list[Coil]] = field(default_factory=dict, init=False)

    def add(self, coil: Coil) -> None:
        """A coil comes before the line; it is taken once it is ready and rested."""
        self._queues.setdefault(self.group_of(coil), []).append(coil)

    @property
    def queue(self) -> list[Coil]:
        """Coils before it, group by group."""
        return [coil for coils in self._queues.values() for coil in coils]

    def take(self, at_h: float) -> Coil | None:
        """The coil that is taken next, out of the queue; None where none is ready."""
        group = self._choose(at_h)
        if group is None:
            return None
        coil = self._queues[group].pop(0)
        if not self._queues[group]:
            del self._queues[group]
        if self.last is None or self.group_of(self.last) != group:
            self.campaign_t = 0.0
        self.campaign_t += coil.mass_t
        return coil

    def changeover_h(self, coil: Coil) -> float:
        """Hours that the change to this coil takes."""
        return 0.0 if self.last is None else self.changeover_min(self.last, coil) / 60.0

    def breakdown_h(self, coil: Coil, running_h: float, draws: Disturbances) -> float:
        """Hours that the line stands while it makes this coil."""
        share = draws.uniform(f"stop-{self.key}", coil.number)
        if share >= running_h / self.rules.between_stops_h:
            return 0.0
        return -self.rules.stop_h * log(1.0 - draws.uniform(f"stop-{self.key}", coil.number, 1))

    def repaired_h(self, at_h: float) -> float:
        """When a coil that would start now can start: after the planned repair, where one is on."""
        every_h = 24.0 * self.rules.repair_every_d
        into_h = at_h % every_h
        return at_h - into_h + self.rules.repair_h if into_h < self.rules.repair_h and at_h >= every_h else at_h

    def _choose(self, at_h: float) -> str | None:
        """The group that the next coil comes from."""
        if self.last is not None and self.campaign_t < self.rules.most_t:
            current = self.group_of(self.last)
            if self._is_ready(self._queues.get(current), at_h):
                return current
        tonnes = {
            group: sum(coil.mass_t for coil in coils if coil.ready_h + self.rules.rest_h <= at_h)
            for group, coils in self._queues.items()
            if self._is_ready(coils, at_h)
        }
        worthwhile = [group for group, t in tonnes.items() if t >= self.rules.least_t]
        if worthwhile:
            return min(worthwhile, key=lambda group: (self._queues[group][0].ready_h, group))
        return max(tonnes, key=lambda group: (tonnes[group], group), default=None)

    def _is_ready(self, coils: list[Coil] | None, at_h: float) -> bool:
        return coils is not None and coils[0].ready_h + self.rules.rest_h <= at_h
