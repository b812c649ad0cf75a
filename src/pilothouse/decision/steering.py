"""The steering contract: decisions on pieces that are on their way, many times on each, in a running plant.

A scenario answers one question from a snapshot. Steering is the same work, piece after piece as a plant runs: a pack
says which levers it moves at which segment, by how much, and inside which range a person may edit. What is done to a
piece is kept beside what came of it (:class:`Case`), randomised where it was, so that effects can be told from habit.

Moves are in *steps* of a lever, counted from what the plant's own practice would set for the piece: 0 is to leave it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A piece before a segment, and all that is known.

    Parameters
    ----------
    piece, segment, kind
        Which piece, before what, made for what.
    at_ns
        The instant.
    known
        Newest value by parameter, of the piece and of what it came of; only what was known by then.
    presets
        What the practice sets, by parameter.
    limits
        What is asked of the finished piece: (low, high) by parameter.
    done
        Steps by which levers were moved for it so far, by lever.
    """

    piece: str
    segment: str
    kind: str
    at_ns: int
    known: Mapping[str, float]
    presets: Mapping[str, float]
    limits: Mapping[str, tuple[float, float]]
    done: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What is proposed for one lever.

    Parameters
    ----------
    lever
        Its key.
    steps
        From what the practice sets.
    low, high
        Between which a person may edit, in steps.
    propensity
        Chance with which just this was chosen; 1 where nothing was tried.
    """

    lever: str
    steps: float
    low: float
    high: float
    propensity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A finished piece: what was known and done, and what came of it.

    Parameters
    ----------
    piece, batch, kind
        The piece, what it was made of with others (its heat), what for.
    finished_ns
        When it was sorted.
    known, limits, done
        As in :class:`Situation`, at the end.
    ages
        Time since the last service when it passed, by segment and calendar.
    faults
        Causes found by tests and inspection.
    is_held_out
        Whether chance had it left to the practice alone.
    is_steered
        Whether anything was commanded for it or what it came of.
    """

    piece: str
    batch: str
    kind: str
    finished_ns: int
    known: Mapping[str, float]
    limits: Mapping[str, tuple[float, float]]
    done: Mapping[str, float]
    ages: Mapping[str, Mapping[str, float]]
    faults: tuple[str, ...]
    is_held_out: bool = False
    is_steered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """A result before it was known, as a share of its limit, and what somebody without a model would have said.

    Parameters
    ----------
    quality
        Which result.
    value, half_width
        With a nominal coverage of 0.9.
    naive
        The recent mean of its kind.
    """

    quality: str
    value: float
    half_width: float
    naive: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What is believed of one lever's effect on one quality, for people.

    Parameters
    ----------
    lever, quality, group
        Which effect, for which group of kinds; empty where it is one for all.
    expected
        What was believed before any data.
    value, low, high
        Now, per step, with its 95 % interval.
    unit
        ``of the limit`` or ``log-odds``.
    is_identified
        Whether randomised trials have told it, rather than what was believed before.
    """

    lever: str
    quality: str
    group: str
    expected: float
    value: float
    low: float
    high: float
    unit: str
    is_identified: bool


class SteeringModel(Protocol):
    """What steering learnt."""

    def effects(self) -> tuple[Learnt, ...]:
        """Every effect."""
        ...


@runtime_checkable
class Steering(Protocol):
    """What a pack brings to steer pieces through a running plant."""

    @property
    def key(self) -> str:
        """Stable name."""
        ...

    @property
    def title(self) -> str:
        """What people call it."""
        ...

    @property
    def segments(self) -> frozenset[str]:
        """Before which it moves levers."""
        ...

    @property
    def looks_at(self) -> frozenset[str]:
        """Parameters it needs to know of a piece."""
        ...

    def learn(self, cases: Sequence[Case], at_ns: int, previous: SteeringModel | None) -> SteeringModel | None:
        """What these cases teach; None where they are too few."""
        ...

    def guide(
        self, model: SteeringModel, situation: Situation, rng: np.random.Generator, *, trial: float
    ) -> tuple[Move, ...]:
        """What to do with the levers of the segment; ``trial`` is the step of experiments, 0 for none."""
        ...

    def commands(self, situation: Situation, moves: Mapping[str, float]) -> Mapping[str, float]:
        """Set-points by parameter that put levers so many steps from what the practice sets."""
        ...

    def steps_between(
        self, segment: str, usual: Mapping[str, float], preset: Mapping[str, float]
    ) -> Mapping[str, float]:
        """By how many steps of each lever one set of set-points lies from another; of those in both."""
        ...

    def foretell(self, model: SteeringModel, situation: Situation) -> tuple[Foretold, ...]:
        """Results of a piece, where it stands now with what was done to it; nothing where nothing can be said yet."""
        ...

    def result(self, case: Case, quality: str) -> float:
        """What was foretold of a quality, once the piece is finished; nan where it is not known."""
        ...

    def calendars(self, model: SteeringModel) -> Mapping[str, float]:
        """How often things are to be serviced."""
        ...

    def worth(self, case: Case) -> float:
        """Money per tonne that a finished piece brought or cost beside its price: faults, and moved levers."""
        ...

    def worth_by_part(
        self, model: SteeringModel, cases: Sequence[Case], rng: np.random.Generator
    ) -> Mapping[str, tuple[float, float, float]]:
        """What the moves of each part were worth by what was learnt, per tonne: value and 95 % interval, by segment."""
        ...
