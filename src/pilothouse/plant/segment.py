"""Segments: the kinds of step a piece passes (ISA-95 process segments)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One kind of step.

    Parameters
    ----------
    key
        Stable name.
    name
        What people call it.
    equipment
        Key of the equipment that performs it.
    consumes, produces
        Keys of material definitions.
    """

    key: str
    name: str
    equipment: str
    consumes: tuple[str, ...] = ()
    produces: tuple[str, ...] = ()
