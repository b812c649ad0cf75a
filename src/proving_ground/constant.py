"""Uncertain constants of plants that do not exist: what they are, how sure, and who says so.

Certainty: *sourced* is a published or handbook figure, *calibrated* was fitted until the plant's statistics resembled
those it is held to, *guessed* is usual practice without a figure to hold it to. A figure quoted from memory says so and
is to be checked before it is printed as a fact.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pilothouse.seeds import stream

CERTAINTIES: Final = ("sourced", "calibrated", "guessed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """One uncertain constant of a plant.

    Parameters
    ----------
    nominal, low, high
        Its usual value and the range it is drawn from, in ``unit``.
    unit
        For people.
    certainty
        One of :data:`CERTAINTIES`.
    source
        Where the figure comes from.
    """

    nominal: float
    low: float
    high: float
    unit: str
    certainty: str
    source: str

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        if not self.low <= self.nominal <= self.high:
            raise ValueError(f"constant: nominal {self.nominal:g} is outside [{self.low:g}, {self.high:g}]")
        if self.certainty not in CERTAINTIES:
            raise ValueError(f"constant: certainty must be one of {', '.join(CERTAINTIES)}, got {self.certainty!r}")


def constant(nominal: float, low: float, high: float, unit: str, certainty: str, source: str) -> Constant:
    """A constant, written as a row of a stage's table.

    Examples
    --------
    >>> constant(1.0, 0.9, 1.1, "K/min", "guessed", "usual").nominal
    1.0
    """
    return Constant(nominal=nominal, low=low, high=high, unit=unit, certainty=certainty, source=source)


def draw(family: str, table: Mapping[str, Constant], plant_variation: int) -> dict[str, float]:
    """The constants of one plant of a family.

    Parameters
    ----------
    family
        Key of the family, part of the random stream's name.
    table
        Constants by name.
    plant_variation
        0 for the nominal plant; any other draws each constant uniformly inside its range.

    Raises
    ------
    ValueError
        For a negative variation.

    Examples
    --------
    >>> table = {"loss": constant(1.0, 0.9, 1.1, "K/min", "guessed", "usual")}
    >>> draw("kettles", table, 0)
    {'loss': 1.0}
    >>> draw("kettles", table, 3) == draw("kettles", table, 3) != draw("kettles", table, 4)
    True
    """
    if plant_variation < 0:
        raise ValueError(f"plant_variation: expected 0 or more, got {plant_variation}")
    if plant_variation == 0:
        return {key: c.nominal for key, c in table.items()}
    return {
        key: float(stream(plant_variation, family, "constant", key).uniform(c.low, c.high)) for key, c in table.items()
    }
