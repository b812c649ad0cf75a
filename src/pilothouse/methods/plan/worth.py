"""What a piece is worth in an order: price, lateness, stock, claims, what it takes from others; moves explained so."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What time and claims cost.

    Parameters
    ----------
    late_t_d
        Money for a tonne that leaves a day after it is due.
    holding_t_d
        Money for a tonne that lies in stock a day.
    ships_after_d
        Days from a full order until it leaves.
    claim_t
        Money for a tonne that is not what it was sold as.
    """

    late_t_d: float
    holding_t_d: float
    ships_after_d: float
    claim_t: float = 0.0

    def lateness(self, ready_d: float, due_d: float) -> float:
        """What lateness costs per tonne that is ready so many days from now, in an order due in so many; 0 or less.

        Examples
        --------
        >>> Terms(late_t_d=0.7, holding_t_d=0.3, ships_after_d=6.0).lateness(10.0, 11.0)
        -3.5
        """
        return -self.late_t_d * max(ready_d + self.ships_after_d - due_d, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What a piece brings in an order.

    Parameters
    ----------
    price
        Money that the order pays for it.
    lateness
        What its lateness costs: 0 or less.
    stock
        What it costs to hold it until the order is full: 0 or less.
    claims
        What it may cost that the piece misses what the order asks for though its test does not: 0 or less.
    others
        What it takes from pieces that are to come, because the order no longer wants them; above 0 where it spares
        the plant a shortage.
    """

    price: float
    lateness: float = 0.0
    stock: float = 0.0
    claims: float = 0.0
    others: float = 0.0

    @property
    def total(self) -> float:
        """All of it."""
        return self.price + self.lateness + self.stock + self.claims + self.others

    def less(self, other: "Worth") -> "Worth":
        """What this is worth over another, part by part: the explanation of a move.

        Examples
        --------
        >>> better = Worth(price=18_880.0, lateness=-40.0, others=-300.0)
        >>> better.less(Worth(price=18_080.0, lateness=0.0))
        Worth(price=800.0, lateness=-40.0, stock=0.0, claims=0.0, others=-300.0)
        """
        return Worth(
            price=self.price - other.price,
            lateness=self.lateness - other.lateness,
            stock=self.stock - other.stock,
            claims=self.claims - other.claims,
            others=self.others - other.others,
        )
