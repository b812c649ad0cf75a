"""``[[quality]]``, ``[[recipe]]``, ``[[calendar]]`` and ``[[kinds]]`` of plant.toml, as records.

::

    [[quality]]                       # what finished pieces are judged by
    key = "loss"
    title = "Loss over its limit"
    result = "TEST.test.P15_50"       # measured against the limit of the order; without it inspection tells
    eur_t = 300.0                     # what a fault costs
    looks_at = ["RH.final.Si", ...]   # what foretells it before the last levers

    [[recipe]]
    key = "reheating"
    title = "Reheating of slabs"
    segment = "reheating"

    [[recipe.lever]]
    key = "slab-temperature"
    title = "Temperature of the slab"
    moves = ["REHEAT.zone_*.temp_sp"]
    step = -8.0                       # added to what the practice sets; or share = 0.02 of it
    low = -1.0                        # band the works accepts, in steps
    high = 4.0
    eur_t = -0.2                      # what a step costs
    acts_on = { loss = "falls", scale = "falls much" }    # what its engineers expect of a step

    [[calendar]]
    key = "coater-rolls"              # as the plant calls it
    title = "Change of the coater rolls"
    quality = "coating"
    segment = "coating"
    unit = "h"                        # h or d, as the plant counts it
    every = [36.0, 48.0, 60.0, 72.0]
    eur = 1500.0                      # what a service costs
    t_per_day = 640.0                 # tonnes that pass

    [[kinds]]                         # what is made alike
    key = "high"
    of = ["M250-35A", ...]
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import Final

EXPECTED: Final[Mapping[str, float]] = {
    "falls much": -2.0,
    "falls": -1.0,
    "falls a little": -0.4,
    "moves": 0.0,
    "rises a little": 0.4,
    "rises": 1.0,
    "rises much": 2.0,
}
"""What engineers say of a step, in units of a usual effect; what they say is believed within its own size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What finished pieces are judged by.

    Parameters
    ----------
    key, title
        Stable name, by which inspection names the fault, and what people call it.
    result
        Parameter measured against the order's limit; empty where inspection tells.
    eur_t
        What a fault costs per tonne.
    looks_at
        Parameters that foretell it; none where inspection tells.
    """

    key: str
    title: str
    result: str
    eur_t: float
    looks_at: tuple[str, ...]

    @property
    def is_measured(self) -> bool:
        """Whether there is a result to compare with a limit."""
        return bool(self.result)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """Set-points that are moved together.

    Parameters
    ----------
    key, title
        Stable name, and what people call it.
    segment
        Before which it is moved.
    moves
        Parameters.
    step
        Added to what the practice sets, in their unit; or the share of it by which a step changes it.
    is_share
        Which of the two.
    low, high
        The accepted band, in steps around 0.
    eur_t
        What a step costs per tonne; negative where it brings something.
    acts_on
        What is expected of a step, in usual effects, by quality.
    by_piece
        Whether it is chosen for each piece by what foretells its qualities, not for its kinds alone.
    """

    key: str
    title: str
    segment: str
    moves: tuple[str, ...]
    step: float
    is_share: bool
    low: float
    high: float
    eur_t: float
    acts_on: Mapping[str, float]
    by_piece: bool

    def steps(self, usual: float, preset: float) -> float:
        """By how many steps a set-point lies from another."""
        if not self.is_share:
            return (preset - usual) / self.step
        return log(preset / usual) / log(1.0 + self.step) if preset > 0.0 and usual > 0.0 else 0.0

    def moved(self, preset: float, steps: float) -> float:
        """A set-point so many steps from what the practice sets."""
        return preset * (1.0 + self.step) ** steps if self.is_share else preset + self.step * steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A calendar that can be set: what is serviced how often.

    Parameters
    ----------
    key, title
        As the plant calls it, and as people do.
    quality
        What suffers with age.
    segment
        Where it is used: the age counts when a piece passes it.
    unit_d
        The plant's unit of its interval, in days.
    every
        Choices, in that unit, the usual one last.
    eur, t_per_day
        What a service costs, and the tonnes that pass in a day.
    """

    key: str
    title: str
    quality: str
    segment: str
    unit_d: float
    every: tuple[float, ...]
    eur: float
    t_per_day: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeBook:
    """All that is declared for steering pieces.

    Parameters
    ----------
    qualities, levers, services
        In the order declared.
    segments
        Titles of the recipes by segment.
    groups
        Group by kind.
    limits
        Between which each set-point must stay, by parameter.
    """

    qualities: tuple[Quality, ...]
    levers: tuple[Lever, ...]
    services: tuple[Service, ...]
    segments: Mapping[str, str]
    groups: Mapping[str, str]
    limits: Mapping[str, tuple[float, float]]

    def levers_of(self, segment: str) -> tuple[Lever, ...]:
        """Levers that are moved before a segment."""
        return tuple(lever for lever in self.levers if lever.segment == segment)
