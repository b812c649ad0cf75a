"""DataValues out of the bytes of an answer, many at a time.

Values of one type stand one after the other in records of one length, so a whole run of them is one array: decoding
costs next to nothing where an object for every value, variant, status and timestamp would cost a third of a core at
10,000 values/s. What is no plain number (texts, arrays) is decoded one by one. Timestamps keep their 100 ns.

The order of the fields is that of OPC 10000-6, 5.2.2.17: value, status, source timestamp, source picoseconds, server
timestamp, server picoseconds.
"""

import struct
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeVar

import numpy as np
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import variant_from_binary
from numpy.typing import NDArray

_NUMBERS: Final = {
    1: "u1",  # Boolean
    2: "i1",
    3: "u1",
    4: "<i2",
    5: "<u2",
    6: "<i4",
    7: "<u4",
    8: "<i8",
    9: "<u8",
    10: "<f4",
    11: "<f8",
}
"""Type of a scalar number by its variant type; an array has a bit above these."""

K = TypeVar("K", bound=np.generic)

_NULL: Final = 0
_LAST_TYPE: Final = 25
_NO_TYPE: Final = -1
_VALUE, _STATUS, _SOURCE, _SERVER, _SOURCE_PICO, _SERVER_PICO = (1 << bit for bit in range(6))
_KNOWN_BITS: Final = 0x3F


@dataclass(slots=True, kw_only=True)
class Other:
    """A value that is no plain number."""

    handle: int
    value: object
    code: int
    source: int
    server: int


@dataclass(slots=True, kw_only=True)
class Values:
    """DataValues as columns.

    Parameters
    ----------
    handles
        Handle of the monitored item of each number, shape (n,).
    numbers
        NaN where there is no value, shape (n,).
    codes
        StatusCodes, shape (n,).
    source, server
        Timestamps in 100 ns since 1601; 0 where there is none, shape (n,).
    others
        What is no plain number.
    lost
        Values that could not be decoded, and all behind them in the same list.
    """

    handles: NDArray[np.uint32]
    numbers: NDArray[np.float64]
    codes: NDArray[np.uint32]
    source: NDArray[np.int64]
    server: NDArray[np.int64]
    others: list[Other] = field(default_factory=list)
    lost: int = 0


@lru_cache(maxsize=1024)
def _record(prefix: int, mask: int, variant: int) -> np.dtype[np.void]:
    """How one value lies in the bytes, its handle (``prefix`` bytes) in front."""
    fields: list[tuple[str, str]] = [("handle", "<u4")] if prefix else []
    fields.append(("mask", "u1"))
    if mask & _VALUE:
        fields.append(("variant", "u1"))
        if variant in _NUMBERS:
            fields.append(("value", _NUMBERS[variant]))
    for bit, name, kind in (
        (_STATUS, "code", "<u4"),
        (_SOURCE, "source", "<i8"),
        (_SOURCE_PICO, "source_pico", "<u2"),
        (_SERVER, "server", "<i8"),
        (_SERVER_PICO, "server_pico", "<u2"),
    ):
        if mask & bit:
            fields.append((name, kind))
    return np.dtype(fields)


def decode_values(data: bytes, offset: int, count: int, *, with_handles: bool) -> tuple[Values, int]:
    """A list of DataValues, and where it ends.

    Parameters
    ----------
    data
        The bytes of an answer.
    offset
        Where the first value begins.
    count
        How many there are.
    with_handles
        Whether each stands behind the handle of its monitored item, as in a notification.

    Examples
    --------
    >>> one = struct.pack("<IBBdIq", 7, 1 | 2 | 4, 11, 2.5, 0, 99)
    >>> values, end = decode_values(one * 3, 0, 3, with_handles=True)
    >>> values.numbers.tolist(), values.handles.tolist(), end == len(one) * 3
    ([2.5, 2.5, 2.5], [7, 7, 7], True)
    """
    prefix = 4 if with_handles else 0
    runs: list[NDArray[np.void]] = []
    others: list[Other] = []
    done, end = 0, len(data)
    while done < count:
        if offset + prefix >= end:
            break
        mask = data[offset + prefix]
        variant = _variant_at(data, offset + prefix, mask)
        if variant is None:
            try:
                other, offset = _decode_other(data, offset, with_handles=with_handles)
            except Exception:  # noqa: BLE001 - whatever a stranger's bytes make the decoder raise
                break
            others.append(other)
            done += 1
            continue
        record = _record(prefix, mask, variant)
        size, most = record.itemsize, min(count - done, (end - offset) // record.itemsize)
        if most == 0:
            break
        run, at = 1, offset + size + prefix
        if mask & _VALUE:
            while run < most and data[at] == mask and data[at + 1] == variant:
                run, at = run + 1, at + size
        else:
            while run < most and data[at] == mask:
                run, at = run + 1, at + size
        runs.append(np.frombuffer(data, record, run, offset))
        offset, done = offset + run * size, done + run
    values = _columns(runs)
    values.others, values.lost = others, count - done
    return values, offset


def _variant_at(data: bytes, at: int, mask: int) -> int | None:
    """Type of a plain number whose DataValue begins there; None for what needs decoding by itself."""
    if mask & ~_KNOWN_BITS:
        return None
    if not mask & _VALUE:
        return _NO_TYPE
    if at + 1 >= len(data):
        return None
    variant = data[at + 1]
    return variant if variant in _NUMBERS or variant == _NULL else None


def _columns(runs: list[NDArray[np.void]]) -> Values:
    numbers = [_numbers(run) for run in runs]
    return Values(
        handles=_column(runs, "handle", np.uint32),
        numbers=np.concatenate(numbers) if numbers else np.empty(0),
        codes=_column(runs, "code", np.uint32),
        source=_column(runs, "source", np.int64),
        server=_column(runs, "server", np.int64),
    )


def _column(runs: list[NDArray[np.void]], name: str, kind: type[K]) -> NDArray[K]:
    """One field of all runs; zeros where a run does not have it."""
    if not runs:
        return np.empty(0, kind)
    return np.concatenate(
        [run[name].astype(kind) if name in (run.dtype.names or ()) else np.zeros(len(run), kind) for run in runs]
    )


def _numbers(run: NDArray[np.void]) -> NDArray[np.float64]:
    if "value" not in (run.dtype.names or ()):
        return np.full(len(run), np.nan)
    values: NDArray[np.float64] = run["value"].astype(np.float64)
    is_flag = run["variant"][0] == 1
    return (values != 0.0).astype(np.float64) if is_flag else values


def _decode_other(data: bytes, offset: int, *, with_handles: bool) -> tuple[Other, int]:
    buffer = Buffer(data, offset)
    handle = _number(buffer, "<I") if with_handles else 0
    mask = _number(buffer, "<B")
    if mask & ~_KNOWN_BITS or (mask & _VALUE and data[buffer.cur_pos] & 0x3F > _LAST_TYPE):
        raise ValueError(f"no DataValue begins at byte {offset}")
    value = variant_from_binary(buffer).Value if mask & _VALUE else None
    code = _number(buffer, "<I") if mask & _STATUS else 0
    source = _number(buffer, "<q") if mask & _SOURCE else 0
    if mask & _SOURCE_PICO:
        buffer.skip(2)
    server = _number(buffer, "<q") if mask & _SERVER else 0
    if mask & _SERVER_PICO:
        buffer.skip(2)
    return Other(handle=handle, value=value, code=code, source=source, server=server), buffer.cur_pos


def _number(buffer: Buffer, kind: str) -> int:
    return int(struct.unpack(kind, buffer.read(struct.calcsize(kind)))[0])
