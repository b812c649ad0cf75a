"""Parameters: what is set, measured, tested or computed in the plant."""

from dataclasses import dataclass
from typing import Final

from pilothouse.units import is_unit_of

ROLES: Final = ("lever", "set_point", "measured", "laboratory", "soft")
"""A *lever* is a set-point that proposals may move; *soft* values are computed by the plant's own systems."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What a value must not pass, and who says so.

    Parameters
    ----------
    low, high
        In the unit of the parameter; None where open.
    source
        Where the limit comes from: a standard, a works instruction, an equipment maker.
    """

    low: float | None = None
    high: float | None = None
    source: str = ""

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"limit: low {self.low:g} is above high {self.high:g}")
        if (self.low is not None or self.high is not None) and not self.source:
            raise ValueError("limit: a limit needs its source")

    def breach(self, value: float) -> str | None:
        """In words, how a value breaks the limit; None where it holds.

        Examples
        --------
        >>> Limit(high=1650.0, source="refractory").breach(1660.0)
        '1660 is above 1650 (refractory)'
        """
        if self.low is not None and value < self.low:
            return f"{value:g} is below {self.low:g} ({self.source})"
        if self.high is not None and value > self.high:
            return f"{value:g} is above {self.high:g} ({self.source})"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of the plant.

    Parameters
    ----------
    key
        Stable name: letters, digits, ``_``, ``-`` and ``.``.
    name
        What people call it.
    kind
        Quantity kind of :mod:`pilothouse.units`; ``opaque`` for units nobody converts.
    unit
        The unit its values stand in inside the hub.
    role
        One of :data:`ROLES`.
    equipment
        Key of the equipment it belongs to.
    low, high
        Range of credible values; what lies outside is kept with bad status.
    limit
        What the process must not pass.
    formerly
        Keys it had before: the live tier reads what was kept under them as its own.

    Examples
    --------
    >>> p = Parameter(key="temperature", name="Steel temperature", kind="temperature", unit="degC",
    ...               role="measured", equipment="lf1", low=1450.0, high=1750.0)
    >>> p.is_credible(1200.0)
    False
    """

    key: str
    name: str
    kind: str
    unit: str
    role: str
    equipment: str
    low: float | None = None
    high: float | None = None
    limit: Limit = Limit()
    formerly: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        if not self.key or not all(c.isalnum() or c in "_-." for c in self.key):
            raise ValueError(f"parameter key {self.key!r}: expected letters, digits, '_', '-' and '.'")
        if self.role not in ROLES:
            raise ValueError(f"parameter {self.key}: role must be one of {', '.join(ROLES)}, got {self.role!r}")
        if not is_unit_of(self.unit, self.kind):
            raise ValueError(f"parameter {self.key}: {self.unit!r} is not a unit of {self.kind}")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"parameter {self.key}: range low {self.low:g} is not below high {self.high:g}")

    def is_credible(self, value: float) -> bool:
        """Whether a value lies in the credible range."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsoundParameter(Parameter):
    """A parameter that is named but not soundly declared; it stands in a plant that is only there to check by.

    Its ``kind`` is empty where it cannot be told.

    Examples
    --------
    >>> UnsoundParameter(key="power", name="Power", kind="", unit="kWx", role="", equipment="").kind
    ''
    """

    def __post_init__(self) -> None:
        """Check nothing: what is wrong with it is told where it was read."""
