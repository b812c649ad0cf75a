"""Key performance indicators in the fields of ISO 22400-1."""

from dataclasses import dataclass
from typing import Final

TRENDS: Final = ("higher", "lower")
TIMINGS: Final = ("real_time", "periodic", "on_demand")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """The description of one KPI.

    Parameters
    ----------
    key, name, description
        What it is called and what it means.
    scope
        Key of the equipment, material or product it is measured for.
    formula
        In words or symbols, for people.
    unit
        Of its value.
    trend
        ``higher`` or ``lower`` is better.
    timing
        One of :data:`TIMINGS`.
    audience
        Who uses it.
    """

    key: str
    name: str
    scope: str
    formula: str
    unit: str
    trend: str
    description: str = ""
    timing: str = "on_demand"
    audience: str = ""

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        if self.trend not in TRENDS:
            raise ValueError(f"kpi {self.key}: trend must be one of {', '.join(TRENDS)}, got {self.trend!r}")
        if self.timing not in TIMINGS:
            raise ValueError(f"kpi {self.key}: timing must be one of {', '.join(TIMINGS)}, got {self.timing!r}")
