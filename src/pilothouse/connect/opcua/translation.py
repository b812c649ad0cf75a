"""From DataValues to samples and passages: units, statuses, times, and what is wrong counted.

==============  =========================================================================================
StatusCode      status
==============  =========================================================================================
Good            0; a value that is no finite number is bad whatever the server says
Uncertain       1
Bad             2; without a value it is NaN
==============  =========================================================================================

A value of another type than a number has no number to keep: it comes in as bad, so that nobody takes the value before
it for the present one, and is counted as ``malformed``. A timestamp that cannot be is replaced by the server's, or by
the instant of receipt, and counted as ``misdated``.
"""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.clock import NS_PER_DAY
from pilothouse.connect.address import Addresses
from pilothouse.connect.opcua.values import Other, Values
from pilothouse.plant.frame import BAD
from pilothouse.plant.sample import Passage, Samples

EPOCH_TICKS: Final = 116_444_736_000_000_000
"""1970 in 100 ns since 1601."""

_EARLIEST: Final = EPOCH_TICKS + 20 * 365 * NS_PER_DAY // 100
"""No plant's clock means a time before about 1990: it was never set."""

_AHEAD_NS: Final = NS_PER_DAY
"""How far a plant's clock may run ahead; a clock step of hours is believed, a year is not."""

_LONGEST_PIECE: Final = 200
"""Characters in the key of a piece."""

_OVERFLOW: Final = 0x0480
"""InfoType DataValue with its Overflow bit: values of this node were dropped before this one."""

_OVERFLOW_MASK: Final = 0x0C80


def ticks_of(instant_ns: int) -> int:
    """100 ns since 1601.

    Examples
    --------
    >>> ticks_of(0)
    116444736000000000
    """
    return instant_ns // 100 + EPOCH_TICKS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Translated:
    """What came of a list of values.

    Parameters
    ----------
    samples
        None where there was no value of a parameter.
    passages
        Which piece is where, in the order told.
    counts
        ``malformed``, ``misdated``, ``overflows`` by name.
    """

    samples: Samples | None
    passages: tuple[Passage, ...]
    counts: Counter[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A piece as a node tells it."""

    handle: int
    value: object
    code: int
    since_ns: int


class Translation:
    """Knows of each handle what it stands for: first all parameters of a list of addresses, then its pieces.

    Parameters
    ----------
    addresses
        Of the connection.
    """

    def __init__(self, addresses: Addresses) -> None:
        self.keys = tuple(address.parameter for address in addresses.parameters)
        self.places = tuple(address.place for address in addresses.pieces)
        self._scale = np.array([address.scale for address in addresses.parameters], dtype=np.float64)
        self._offset = np.array([address.offset for address in addresses.parameters], dtype=np.float64)

    def translate(self, values: Values, received_ns: int, *, origin: str = "live") -> Translated:
        """Samples and passages of the values, in their order."""
        counts: Counter[str] = Counter()
        texts = self._texts(values, counts)
        handles, numbers, codes, source, server = self._numbers(values, counts)
        at_ns, misdated = _instants(source, server, received_ns)
        counts["overflows"] += int(((codes & _OVERFLOW_MASK) == _OVERFLOW).sum())
        counts["misdated"] += int(misdated.sum())
        is_parameter = handles < len(self.keys)
        told = [
            _Told(handle=int(handles[row]), value=_whole(numbers[row]), code=int(codes[row]), since_ns=int(at_ns[row]))
            for row in np.flatnonzero(~is_parameter)
        ]
        for text in texts:
            since_ns, misdated = _instants(np.array([text.source]), np.array([text.server]), received_ns)
            counts["misdated"] += int(misdated[0])
            told.append(_Told(handle=text.handle, value=text.value, code=text.code, since_ns=int(since_ns[0])))
        passages = self._passages(told, received_ns, counts)
        if not is_parameter.any():
            return Translated(samples=None, passages=passages, counts=counts)
        which = handles[is_parameter].astype(np.int32)
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is no value, and is marked below
            shown = numbers[is_parameter] * self._scale[which] + self._offset[which]
        statuses = np.minimum(codes[is_parameter] >> 30, BAD).astype(np.uint8)
        finite = np.isfinite(shown)
        counts["malformed"] += int((~finite & (statuses != BAD)).sum())
        samples = Samples(
            parameters=self.keys,
            which=which,
            source_ns=at_ns[is_parameter],
            values=np.where(finite, shown, np.nan),
            statuses=np.where(finite, statuses, BAD).astype(np.uint8),
            received_ns=received_ns,
            origin=origin,
        )
        return Translated(samples=samples, passages=passages, counts=counts)

    def _texts(self, values: Values, counts: Counter[str]) -> list[Other]:
        """What is told of pieces in anything but a number."""
        first, end = len(self.keys), len(self.keys) + len(self.places)
        counts["malformed"] += values.lost + sum(other.handle >= end for other in values.others)
        return [other for other in values.others if first <= other.handle < end]

    def _numbers(
        self, values: Values, counts: Counter[str]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]:
        """Handle, number, status code and both timestamps of all else; NaN where it is no number."""
        known = values.handles < len(self.keys) + len(self.places)
        counts["malformed"] += int((~known).sum())
        handles, numbers, codes, source, server = (
            values.handles.astype(np.int64),
            values.numbers,
            values.codes,
            values.source,
            values.server,
        )
        if not known.all():
            handles, numbers, codes = handles[known], numbers[known], codes[known]
            source, server = source[known], server[known]
        others = [other for other in values.others if other.handle < len(self.keys)]
        if not others:
            return handles, numbers, codes, source, server
        return (
            np.concatenate([handles, np.array([o.handle for o in others], dtype=np.int64)]),
            np.concatenate([numbers, np.full(len(others), np.nan)]),
            np.concatenate([codes, np.array([o.code for o in others], dtype=np.uint32)]),
            np.concatenate([source, np.array([o.source for o in others], dtype=np.int64)]),
            np.concatenate([server, np.array([o.server for o in others], dtype=np.int64)]),
        )

    def _passages(self, told: list[_Told], received_ns: int, counts: Counter[str]) -> tuple[Passage, ...]:
        passages: list[Passage] = []
        for one in told:
            piece = _piece(one.value)
            if one.code >> 30 >= BAD:
                counts["bad_pieces"] += 1
            elif piece is None:
                counts["malformed"] += 1
            else:
                place = self.places[one.handle - len(self.keys)]
                passages.append(Passage(place=place, piece=piece, since_ns=one.since_ns, received_ns=received_ns))
        return tuple(passages)


def _instants(
    source: NDArray[np.int64], server: NDArray[np.int64], received_ns: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """When each happened, ns since 1970, and which had no time that can be."""
    latest = ticks_of(received_ns + _AHEAD_NS)
    can_be = (source >= _EARLIEST) & (source <= latest)
    if can_be.all():
        return (source - EPOCH_TICKS) * 100, ~can_be
    server_can_be = (server >= _EARLIEST) & (server <= latest)
    ticks = np.where(can_be, source, np.where(server_can_be, server, EPOCH_TICKS))
    return np.where(can_be | server_can_be, (ticks - EPOCH_TICKS) * 100, received_ns), ~can_be


def _whole(number: float) -> object:
    """A piece told by a number: a whole one, or none at all."""
    if math.isnan(number):
        return None
    return int(number) if number.is_integer() else number


def _piece(value: object) -> str | None:
    """Key of a piece; empty where the place is empty, None where the value tells none."""
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str) and len(value) <= _LONGEST_PIECE and value.isprintable():
        return value.strip()
    return None
