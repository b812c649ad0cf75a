"""The re-application contract: which order a piece should serve, asked again whenever more is known of it.

A pack says which kinds may serve one another. Its dispatcher watches pieces pass, hears what they were foretold and
what they tested, and is asked: where should this finished piece go, and should what lies in stock be laid otherwise?
Every move comes with what it is worth over what the practice would do, part by part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from pilothouse.plant.open_order import OpenOrder, StockPiece


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """A piece before a segment.

    Parameters
    ----------
    piece, segment, kind
        Which piece, before what, made for what.
    at_ns
        The instant.
    came_of
        What it is made of, the nearest first.
    """

    piece: str
    segment: str
    kind: str
    at_ns: int
    came_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """A finished piece with its test.

    Parameters
    ----------
    piece, made_for, sold_as
        Which piece, made for what, and what the practice found it to be; empty where that is nothing.
    at_ns
        The instant.
    tests
        Results by parameter.
    tonnes
        That can be sold as that.
    """

    piece: str
    made_for: str
    sold_as: str
    at_ns: int
    tests: Mapping[str, float]
    tonnes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassignment:
    """A piece that should serve another order than the practice lays it by for.

    Parameters
    ----------
    piece, order, instead_of
        Which piece, where it should go, and where the practice has it; empty for stock.
    kind, was_kind
        What it is sold as then, and what otherwise.
    price, lateness, stock, claims, others
        What the move is worth, in money: by the price, by how late the orders leave, by how long metal lies, by the
        risk that the piece misses what it is sold as though its test does not, and by what the move takes from pieces
        that are to come or leaves to them.
    """

    piece: str
    order: str
    instead_of: str
    kind: str
    was_kind: str
    price: float
    lateness: float
    stock: float
    claims: float
    others: float

    @property
    def gain(self) -> float:
        """All of it."""
        return self.price + self.lateness + self.stock + self.claims + self.others

    def as_text(self, currency: str) -> str:
        """In words, for people.

        Examples
        --------
        >>> move = Reassignment(piece="C7", order="A/2", instead_of="B/5", kind="A", was_kind="B",
        ...                     price=800.0, lateness=-40.0, stock=-5.0, claims=-20.0, others=-300.0)
        >>> print(move.as_text("EUR"))
        C7 to A/2 (A) instead of B/5 (B): +435 EUR = price +800, lateness -40, stock -5, claims -20, other pieces -300
        """
        instead = f"{self.instead_of} ({self.was_kind})" if self.instead_of else f"stock ({self.was_kind})"
        parts = f"price {self.price:+.0f}, lateness {self.lateness:+.0f}, stock {self.stock:+.0f}"
        return (
            f"{self.piece} to {self.order} ({self.kind}) instead of {instead}: {self.gain:+.0f} {currency} = "
            f"{parts}, claims {self.claims:+.0f}, other pieces {self.others:+.0f}"
        )


class Dispatcher(Protocol):
    """What a pack knows of one running plant's metal and orders; the hub tells it all that happens."""

    def passing(self, passing: Passing) -> None:
        """A piece stands before a segment."""
        ...

    def foretold(self, piece: str, forecasts: Mapping[str, tuple[float, float]]) -> None:
        """A virtual test said this of a piece: mean and spread by parameter."""
        ...

    def tested(self, tested: Tested) -> None:
        """A piece is finished."""
        ...

    def plan(self, orders: Sequence[OpenOrder], at_ns: int) -> None:
        """Work out anew what is scarce."""
        ...

    def place(self, piece: str, orders: Sequence[OpenOrder]) -> Reassignment | None:
        """Where a piece that was just finished should go; None where the practice does what is best."""
        ...

    def rearrange(self, stock: Sequence[StockPiece], orders: Sequence[OpenOrder]) -> tuple[Reassignment, ...]:
        """How what lies in stock should be laid by otherwise."""
        ...


@runtime_checkable
class Reapplication(Protocol):
    """What a pack brings to decide which piece serves which order."""

    @property
    def key(self) -> str:
        """Stable name."""
        ...

    @property
    def title(self) -> str:
        """What people call it."""
        ...

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds that may serve one another."""
        ...

    @property
    def looks_at(self) -> frozenset[str]:
        """Tests it needs to know of a piece."""
        ...

    def dispatcher(self) -> Dispatcher:
        """One that has seen nothing yet."""
        ...
