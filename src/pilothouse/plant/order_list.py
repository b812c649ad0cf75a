"""The order list of a plant folder: orders.csv, one row an order line."""

from collections.abc import Collection
from pathlib import Path
from typing import Final

from pilothouse.clock import parse_instant
from pilothouse.errors import DataError, Fault, use_known
from pilothouse.plant.keys import Keys
from pilothouse.plant.order import Order
from pilothouse.plant.sheet import Columns, Row, read_rows
from pilothouse.units import KINDS, kind_of

COLUMNS: Final = Columns(
    thing="order",
    required=("key", "product", "quantity", "unit", "due"),
    optional=("comment",),
    numbers=frozenset({"quantity"}),
)

_UNITS: Final = tuple(KINDS["mass"] + KINDS["length"] + KINDS["count"])


def read_orders(path: Path, materials: Collection[str], time_zone: str, faults: list[Fault]) -> dict[str, Order]:
    """The orders of a list, by key; rows with a fault are left out and the fault is noted.

    Parameters
    ----------
    path
        The list.
    materials
        Keys of the material definitions declared.
    time_zone
        IANA zone of due times that carry no offset.
    faults
        Where faults are noted.
    """
    found: dict[str, Order] = {}
    keys = Keys("order")
    for row in read_rows(path, COLUMNS, faults):
        order = _order(row, keys, materials, time_zone)
        if order is not None:
            found[order.key] = order
    return found


def _order(row: Row, keys: Keys, materials: Collection[str], time_zone: str) -> Order | None:
    key = keys.read(row)
    product = row.choice("product", materials)
    quantity, unit = row.number("quantity"), row.text("unit")
    if quantity <= 0:
        row.fault(f"quantity must be above 0, got {quantity:g}", "correct it, or remove the order")
    if unit and kind_of(unit) is None:
        row.fault(f"unknown unit {unit!r}", f"{use_known(unit, _UNITS)}; count things in pieces")
    due_ns = _due(row, time_zone)
    return row.make(Order, key=key, product=product, quantity=quantity, unit=unit, due_ns=due_ns)


def _due(row: Row, time_zone: str) -> int:
    text = row.text("due")
    if not text:
        return 0
    try:
        return parse_instant(text, time_zone)
    except DataError as error:
        row.fault(f"due: {error.message}", "write year-month-day, perhaps with T and the time")
        return 0
