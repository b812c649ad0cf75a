"""Orders: what was asked for and by when."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order line.

    Parameters
    ----------
    key
        Stable name.
    product
        Key of the material definition ordered.
    quantity, unit
        How much.
    due_ns
        When it is wanted, ns since 1970 UTC; lateness against it is tardiness, not a breach.
    """

    key: str
    product: str
    quantity: float
    unit: str
    due_ns: int

    def __post_init__(self) -> None:
        """Check what the object alone can know."""
        if not self.quantity > 0:
            raise ValueError(f"order {self.key}: quantity must be above 0, got {self.quantity:g}")
