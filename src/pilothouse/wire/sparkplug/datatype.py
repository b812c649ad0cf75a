"""Types of metrics: in which field of a payload a value travels, and how its bits are meant.

The schema has no signed fields: a negative number travels as the unsigned one with the same bits. Makers differ in how
many bits they set (Int8 -1 as 0xFF or as 0xFFFFFFFF), and some send 32-bit numbers in the field for 64; both are read.
"""

from enum import IntEnum
from typing import Final

from pilothouse.wire.sparkplug.sparkplug_b_pb2 import Payload


class Datatype(IntEnum):
    """As Sparkplug numbers them."""

    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATETIME = 13
    TEXT = 14
    UUID = 15
    DATASET = 16
    BYTES = 17
    FILE = 18
    TEMPLATE = 19


INT_VALUE, LONG_VALUE, FLOAT_VALUE, DOUBLE_VALUE = "int_value", "long_value", "float_value", "double_value"
BOOLEAN_VALUE, STRING_VALUE = "boolean_value", "string_value"

FIELD: Final = {
    **dict.fromkeys((1, 2, 3, 5, 6, 7), INT_VALUE),
    **dict.fromkeys((4, 8, 13), LONG_VALUE),
    9: FLOAT_VALUE,
    10: DOUBLE_VALUE,
    11: BOOLEAN_VALUE,
    **dict.fromkeys((12, 14, 15), STRING_VALUE),
}
"""The field in which a value of a type travels."""

NUMBER_FIELDS: Final = frozenset((INT_VALUE, LONG_VALUE, FLOAT_VALUE, DOUBLE_VALUE, BOOLEAN_VALUE))
SIGNED_BITS: Final = {1: 8, 2: 16, 3: 32, 4: 64}
"""Of how many bits a signed type is."""


def signed(raw: int, bits: int) -> int:
    """The signed number of the lowest bits.

    Examples
    --------
    >>> signed(0xFF, 8), signed(0xFFFFFFFF, 8), signed(0x7F, 8), signed(2**64 - 1, 64)
    (-1, -1, 127, -1)
    """
    raw &= (1 << bits) - 1
    return raw - (1 << bits) if raw >> (bits - 1) else raw


def put(metric: Payload.Metric, datatype: int, value: float | str | None) -> None:
    """Write a value and its type into a metric; None as null.

    Raises
    ------
    ValueError
        If the type cannot hold it.

    Examples
    --------
    >>> metric = Payload.Metric()
    >>> put(metric, Datatype.INT16, -2)
    >>> metric.int_value, metric.datatype
    (4294967294, 2)
    """
    metric.datatype = datatype
    if value is None:
        metric.is_null = True
        return
    field = FIELD.get(datatype)
    if field is None or isinstance(value, str) != (field == STRING_VALUE):
        raise ValueError(f"metric: type {datatype} cannot hold {value!r}")
    if isinstance(value, str):
        metric.string_value = value
    elif field == BOOLEAN_VALUE:
        metric.boolean_value = bool(value)
    elif field in {FLOAT_VALUE, DOUBLE_VALUE}:
        setattr(metric, field, value)
    else:
        _put_whole(metric, datatype, field, value)


def _put_whole(metric: Payload.Metric, datatype: int, field: str, value: float) -> None:
    bits = SIGNED_BITS.get(datatype)
    unsigned_bits = {5: 8, 6: 16, 7: 32}.get(datatype, 64)
    low, high = (0, (1 << unsigned_bits) - 1) if bits is None else (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
    if not low <= value <= high:
        raise ValueError(f"metric: type {datatype} holds {low} to {high}, got {value!r}")
    whole = round(value)
    setattr(metric, field, whole & ((1 << (64 if field == LONG_VALUE else 32)) - 1))
