"""The card of a parameter: what is declared of it, what it is now, and what can be told about it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Final, Literal

from pilothouse.methods.monitor.capability import Capability
from pilothouse.plant.parameter import Parameter

DriftSide = Literal["steady", "above", "below", "not told"]
Against = Literal["limit", "range", "none"]

EXPLAINS_LEAST: Final = 0.1
"""Below that share of its variance a parameter is not expected from the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """The newest value, whatever its status; it has two times.

    Parameters
    ----------
    value, status, piece
        As recorded: status 0 good, 1 uncertain, 2 bad.
    happened_ns, known_ns
        When it was there, and when it was known.
    age_ns
        From when it was there to the instant of the card.
    """

    value: float
    status: int
    piece: str
    happened_ns: int
    known_ns: int
    age_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftSensor:
    """What the other parameters of the unit say of the newest piece.

    Parameters
    ----------
    expected, usual_residual
        Expected value, and how far the parameter usually is from it.
    explained
        Share of its variance within like products that the others explained on rows later than all learnt.
    """

    expected: float
    usual_residual: float
    explained: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftState:
    """Whether daily means drift, within like products; `since_ns` where they do."""

    side: DriftSide
    since_ns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Criticality:
    """How much the result differs where the parameter stands one usual spread higher.

    Parameters
    ----------
    result, unit
        Parameter that tells the result, and its unit.
    move
        The usual spread within like products, in the unit of the parameter: a plausible move.
    effect, half
        Effect, and half its interval, which holds together with those of all other cards.
    """

    result: str
    unit: str
    move: float
    effect: float
    half: float

    @property
    def shown(self) -> bool:
        """Whether the interval holds no zero."""
        return abs(self.effect) > self.half


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """All that is told of one parameter.

    Parameters
    ----------
    parameter
        As declared, with its limits.
    owner
        Names of the equipment it belongs to, from its own up to the area.
    live
        The newest value; None where none is recorded.
    soft_sensor
        What the others say; None where they say nothing, see `not_expected`.
    not_expected
        Why there is no soft sensor; empty where there is one.
    capability, against
        How well it keeps its limit, or where none is declared its credible range; None where that cannot be told.
    drift
        Of its daily means.
    criticality
        For the result; None where it cannot be told, see `not_critical`.
    not_critical
        Why no effect is shown; empty where one is.
    """

    parameter: Parameter
    owner: tuple[str, ...]
    live: Live | None
    soft_sensor: SoftSensor | None
    not_expected: str
    capability: Capability | None
    against: Against
    drift: DriftState
    criticality: Criticality | None
    not_critical: str

    def as_json(self) -> dict[str, object]:
        """The card as JSON writes it; what is not finite is null."""
        p = self.parameter
        return {
            "key": p.key,
            "name": p.name,
            "unit": p.unit,
            "role": p.role,
            "owner": list(self.owner),
            "limits": {
                "low": p.limit.low,
                "high": p.limit.high,
                "source": p.limit.source,
                "range_low": p.low,
                "range_high": p.high,
            },
            "live": _plain(self.live),
            "soft_sensor": _plain(self.soft_sensor),
            "not_expected": self.not_expected,
            "capability": _plain(self.capability),
            "against": self.against,
            "drift": _plain(self.drift),
            "criticality": _plain(self.criticality),
            "not_critical": self.not_critical,
        }


def _plain(record: Live | SoftSensor | Capability | DriftState | Criticality | None) -> Mapping[str, object] | None:
    if record is None:
        return None
    return {key: None if isinstance(v, float) and not isfinite(v) else v for key, v in asdict(record).items()}
