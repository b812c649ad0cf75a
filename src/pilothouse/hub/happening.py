"""What happens in a plant that may call for a decision; whoever takes values in tells the engine of it."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFinished:
    """A piece left an equipment.

    Parameters
    ----------
    piece
        Which; it is asked about, where it needs a decision.
    equipment
        Which it left.
    at_ns
        When this was known.
    """

    piece: str
    equipment: str
    at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleKnown:
    """A value is known, of a laboratory or an instrument.

    Parameters
    ----------
    parameters
        Of which.
    piece
        Taken of it; empty where it is of no piece: then whatever needs a decision is asked about.
    at_ns
        When it was known.
    """

    parameters: tuple[str, ...]
    piece: str
    at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderArrived:
    """An order arrived: it is asked about."""

    order: str
    at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Some time went by, or the hub began: whatever needs a decision is asked about."""

    at_ns: int


Happening: TypeAlias = StageFinished | SampleKnown | OrderArrived | Tick
