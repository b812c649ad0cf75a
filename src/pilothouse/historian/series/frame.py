"""A frame: what one write brought to one place, as the bytes the journal keeps.

::

    version u8 | flags u8 | origin u8 | 0 | n u32 | known_ns i64 | crc32 u32 | 0 u32
    source_ns i64[n] | known_ns i64[n] if KNOWN | values | columns u16[n] if not DENSE | statuses u8 if STATUSES

A dense frame has n rows over all columns of its layout, row by row; where most columns are there a frame is dense, and
what is not there has the status UNSAID. A sparse frame has n values, each with its column. Values are float32 where
every one of them is the same number in float32, else float64: nothing is rounded. ``known_ns`` stands once where all
values became known together. All frames of one shape have one length: many of them are decoded as one array.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.plant.frame import GOOD

UNSAID: Final = 255
"""Status of a cell of which a row says nothing."""

VERSION: Final = 1
DENSE: Final = 1
FLOAT64: Final = 2
STATUSES: Final = 4
KNOWN: Final = 8

_HEAD: Final = struct.Struct("<BBBxIqIxxxx")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Values:
    """Values of one place as arrays of one length, each with its column and two times."""

    columns: NDArray[np.int64]
    source_ns: NDArray[np.int64]
    known_ns: NDArray[np.int64]
    values: NDArray[np.float64]
    statuses: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Values of one place as rows over all columns of a layout; statuses are None where all are good."""

    source_ns: NDArray[np.int64]
    known_ns: NDArray[np.int64]
    origin: NDArray[np.uint8]
    values: NDArray[np.float64]
    statuses: NDArray[np.uint8] | None


def encode(told: Values, width: int, origin: int, *, exact32: bool) -> bytes:
    """The frame of values of one place and one origin; they are sorted by column, then time.

    Parameters
    ----------
    told
        The values; at least one.
    width
        How many columns the layout has.
    origin
        Place of the origin in :data:`pilothouse.plant.frame.ORIGINS`.
    exact32
        Whether each value is the same number in float32.
    """
    count = len(told.columns)
    known = int(told.known_ns[0])
    flags = 0 if exact32 else FLOAT64
    if not (told.known_ns == known).all():
        return _sparse(told, flags | KNOWN, known, origin)
    if count == width and (told.source_ns == told.source_ns[0]).all() and told.columns[-1] == count - 1:
        # Each column once, at one instant: what comes in nearly always.
        times, values, statuses = told.source_ns[:1], told.values, told.statuses
        if not (told.columns == np.arange(width)).all():
            return _sparse(told, flags, known, origin)
    else:
        times = np.unique(told.source_ns)
        cells = np.searchsorted(times, told.source_ns) * width + told.columns
        if count * 2 < len(times) * width or len(np.unique(cells)) != count:
            return _sparse(told, flags, known, origin)
        values = np.full(len(times) * width, np.nan)
        statuses = np.full(len(times) * width, UNSAID, np.uint8)
        values[cells], statuses[cells] = told.values, told.statuses
    parts = [times.tobytes(), values.astype(np.float64 if flags & FLOAT64 else np.float32).tobytes()]
    if statuses.any():
        flags |= STATUSES
        parts.append(statuses.tobytes())
    return _framed(flags | DENSE, origin, len(times), known, parts)


def encode_row(
    source_ns: int,
    known_ns: int,
    origin: int,
    values: NDArray[np.float64] | NDArray[np.float32],
    statuses: NDArray[np.uint8] | None,
) -> bytes:
    """The frame of one row over all columns, of values that are float32 already where they fit."""
    flags = DENSE | (FLOAT64 if values.dtype == np.float64 else 0)
    parts = [source_ns.to_bytes(8, "little", signed=True), values.tobytes()]
    if statuses is not None and statuses.any():
        flags |= STATUSES
        parts.append(statuses.tobytes())
    return _framed(flags, origin, 1, known_ns, parts)


def decode_rows(frames: Sequence[bytes], width: int) -> Rows:
    """Dense frames of one shape as rows, in their order."""
    _, flags, _, n, _, _ = _HEAD.unpack_from(frames[0])
    fields = [("head", [("", "V2"), ("origin", "u1"), ("pad", "V5"), ("known", "<i8"), ("crc", "V8")])]
    fields += [("times", "<i8", (n,)), ("values", "<f8" if flags & FLOAT64 else "<f4", (n, width))]  # type: ignore[list-item]
    if flags & STATUSES:
        fields.append(("statuses", "u1", (n, width)))  # type: ignore[arg-type]
    told = np.frombuffer(b"".join(frames), dtype=np.dtype(fields))
    size = len(frames) * n
    return Rows(
        source_ns=told["times"].reshape(size).astype(np.int64),
        known_ns=np.repeat(told["head"]["known"].astype(np.int64), n),
        origin=np.repeat(told["head"]["origin"], n),
        values=told["values"].reshape(size, width),
        statuses=told["statuses"].reshape(size, width) if flags & STATUSES else None,
    )


def decode_values(frame: bytes, width: int) -> tuple[Values, int]:
    """A frame of any kind as values, and its origin."""
    _, flags, origin, n, known, _ = _HEAD.unpack_from(frame)
    if flags & DENSE:
        rows = decode_rows([frame], width)
        statuses = np.full((n, width), GOOD, np.uint8) if rows.statuses is None else rows.statuses
        at, columns = np.nonzero(statuses != UNSAID)
        found = Values(
            columns=columns,
            source_ns=rows.source_ns[at],
            known_ns=rows.known_ns[at],
            values=rows.values[at, columns].astype(np.float64),
            statuses=statuses[at, columns],
        )
        return found, origin
    place = _HEAD.size
    times = np.frombuffer(frame, "<i8", n, place)
    place += 8 * n
    if flags & KNOWN:
        knowns = np.frombuffer(frame, "<i8", n, place)
        place += 8 * n
    else:
        knowns = np.full(n, known, np.int64)
    size = 8 if flags & FLOAT64 else 4
    values = np.frombuffer(frame, f"<f{size}", n, place).astype(np.float64)
    place += size * n
    columns = np.frombuffer(frame, "<u2", n, place).astype(np.int64)
    place += 2 * n
    statuses = np.frombuffer(frame, "u1", n, place) if flags & STATUSES else np.full(n, GOOD, np.uint8)
    return Values(columns=columns, source_ns=times, known_ns=knowns, values=values, statuses=statuses), origin


def shape_of(frame: bytes) -> tuple[int, int, int] | None:
    """What dense frames that can be decoded together have in common; None for a sparse one."""
    flags = frame[1]
    return (flags, int.from_bytes(frame[4:8], "little"), len(frame)) if flags & DENSE else None


def is_whole(frame: bytes) -> bool:
    """Whether a frame is what was written.

    Examples
    --------
    >>> import numpy as np
    >>> one = Values(columns=np.array([0]), source_ns=np.array([5]), known_ns=np.array([6]), values=np.array([1.5]),
    ...              statuses=np.zeros(1, np.uint8))
    >>> frame = encode(one, 1, 0, exact32=True)
    >>> is_whole(frame), is_whole(frame[:-1] + b"x")
    (True, False)
    """
    if len(frame) < _HEAD.size or frame[0] != VERSION:
        return False
    return zlib.crc32(frame[_HEAD.size :], zlib.crc32(frame[:16])) == int.from_bytes(frame[16:20], "little")


def _sparse(told: Values, flags: int, known: int, origin: int) -> bytes:
    parts = [told.source_ns.tobytes()]
    if flags & KNOWN:
        parts.append(told.known_ns.tobytes())
    parts.append(told.values.astype(np.float64 if flags & FLOAT64 else np.float32).tobytes())
    parts.append(told.columns.astype(np.uint16).tobytes())
    if told.statuses.any():
        flags |= STATUSES
        parts.append(told.statuses.tobytes())
    return _framed(flags, origin, len(told.columns), known, parts)


def _framed(flags: int, origin: int, n: int, known: int, parts: Sequence[bytes]) -> bytes:
    body = b"".join(parts)
    bare = _HEAD.pack(VERSION, flags, origin, n, known, 0)
    crc = zlib.crc32(body, zlib.crc32(bare[:16]))
    return _HEAD.pack(VERSION, flags, origin, n, known, crc) + body
