"""Equipment by the role-based levels of ISA-95 (IEC 62264-1)."""

from dataclasses import dataclass
from typing import Final

LEVELS: Final = ("enterprise", "site", "area", "work_center", "work_unit")
"""From the whole to the part; a parent stands at an earlier level than its child."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """One role in the equipment hierarchy.

    Parameters
    ----------
    key
        Stable name; keeps its meaning when labels or addresses change.
    level
        One of :data:`LEVELS`.
    name
        What people call it.
    parent
        Key of the equipment that holds it, or None at the top.

    Examples
    --------
    >>> Equipment(key="lf1", level="work_unit", name="Ladle furnace 1", parent="melt-shop").level
    'work_unit'
    """

    key: str
    level: str
    name: str
    parent: str | None = None

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        if self.level not in LEVELS:
            raise ValueError(f"equipment {self.key}: level must be one of {', '.join(LEVELS)}, got {self.level!r}")
