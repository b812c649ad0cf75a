"""The two answers that carry values, taken apart without an object a value: Publish and HistoryRead."""

import struct
from dataclasses import dataclass, field
from typing import Final

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import nodeid_from_binary, struct_from_binary

from pilothouse.connect.opcua.values import Values, decode_values

_DATA_CHANGE: Final = ua.ObjectIds.DataChangeNotification_Encoding_DefaultBinary
_STATUS_CHANGE: Final = ua.ObjectIds.StatusChangeNotification_Encoding_DefaultBinary
_HISTORY_DATA: Final = ua.ObjectIds.HistoryData_Encoding_DefaultBinary


@dataclass(slots=True, kw_only=True)
class Published:
    """One answer to a Publish request.

    Parameters
    ----------
    subscription
        Whose it is.
    sequence
        Number of its notification; of a keep-alive, that of the next.
    values
        A list for each data change notification in it; none in a keep-alive.
    ended
        StatusCodes with which the server says that the subscription changed or ended.
    """

    subscription: int
    sequence: int
    values: list[Values] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)

    @property
    def is_keepalive(self) -> bool:
        """Whether there was nothing to say."""
        return not self.values and not self.ended


@dataclass(slots=True, kw_only=True)
class Past:
    """What the history of one node gave.

    Parameters
    ----------
    code
        StatusCode of reading it.
    more
        Continuation point; empty where this is all.
    values
        Its values.
    """

    code: int
    more: bytes
    values: Values


def parse_published(data: Buffer) -> Published:
    """Take the answer to a Publish request apart.

    Raises
    ------
    Exception
        Whatever the bytes make the decoder raise where they are no such answer.
    """
    _open(data)
    subscription = _number(data, "<I")
    data.skip(4 * max(_number(data, "<i"), 0) + 1)  # the numbers that can be had again, whether there is more
    published = Published(subscription=subscription, sequence=_number(data, "<I"))
    data.skip(8)
    for _ in range(max(_number(data, "<i"), 0)):
        kind, body = _extension(data)
        if kind == _DATA_CHANGE:
            count = max(_number(body, "<i"), 0)
            bytes_of, at = body.read(len(body)), 0
            published.values.append(decode_values(bytes_of, at, count, with_handles=True)[0])
        elif kind == _STATUS_CHANGE:
            published.ended.append(_number(body, "<I"))
    return published


def parse_history(data: Buffer) -> list[Past]:
    """Take the answer to a HistoryRead request apart, a node each.

    Raises
    ------
    Exception
        Whatever the bytes make the decoder raise where they are no such answer.
    """
    _open(data)
    nodes: list[Past] = []
    for _ in range(max(_number(data, "<i"), 0)):
        code = _number(data, "<I")
        length = _number(data, "<i")
        more = data.read(length) if length > 0 else b""
        kind, body = _extension(data)
        count = max(_number(body, "<i"), 0) if kind == _HISTORY_DATA else 0
        values, _ = decode_values(body.read(len(body)), 0, count, with_handles=False)
        nodes.append(Past(code=code, more=more, values=values))
    return nodes


def _open(data: Buffer) -> None:
    """Skip the head of an answer; raises for the fault it may tell."""
    nodeid_from_binary(data)
    struct_from_binary(ua.ResponseHeader, data).ServiceResult.check()


def _extension(data: Buffer) -> tuple[int, Buffer]:
    """Kind and body of an ExtensionObject."""
    kind = nodeid_from_binary(data)
    has_body = _number(data, "<B") == 1
    length = _number(data, "<i") if has_body else 0
    body = data.copy(max(length, 0))
    data.skip(max(length, 0))
    return (int(kind.Identifier) if isinstance(kind.Identifier, int) else 0), body


def _number(data: Buffer, kind: str) -> int:
    return int(struct.unpack(kind, data.read(struct.calcsize(kind)))[0])
