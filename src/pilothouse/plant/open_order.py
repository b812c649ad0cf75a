"""Orders that still want metal, and finished pieces that may serve them: what sales and the dispatch hall see."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder:
    """An order that still wants metal, as sales tells it.

    Parameters
    ----------
    key
        Its name.
    kind
        What is ordered, such as a grade.
    open_t
        Tonnes it still wants.
    booked_ns, due_ns
        When it was booked, and by when it has to leave, ns since 1970 UTC.
    asks
        What it asks of a piece's tests: (low, high) by parameter, in the parameter's unit.
    price_per_t
        What a tonne brings, in the plant's currency.
    width_mm
        What it asks of the width; None where it leaves that open.
    """

    key: str
    kind: str
    open_t: float
    booked_ns: int
    due_ns: int
    asks: Mapping[str, tuple[float, float]]
    price_per_t: float
    width_mm: float | None = None

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        if not self.open_t > 0.0:
            raise ValueError(f"order {self.key}: expected tonnes above 0, got {self.open_t:g}")
        if self.due_ns < self.booked_ns:
            raise ValueError(f"order {self.key}: it is due before it was booked")


@dataclass(frozen=True, slots=True, kw_only=True)
class StockPiece:
    """A finished piece that may still be given to another order.

    Parameters
    ----------
    piece
        Its name.
    kind
        What it is to be sold as.
    tonnes
        Of it that can be sold as that.
    order
        Which it is laid by for; empty where for none yet.
    """

    piece: str
    kind: str
    tonnes: float
    order: str = ""
