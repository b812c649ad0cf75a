"""What a server kept while nobody listened: HistoryRead, a few nodes at a time, until their continuation points end.

The standard's spans are inclusive at both ends; ours are half-open, so a value that is there already is cut off.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from asyncua import ua

from pilothouse.connect.opcua.answer import Past, parse_history
from pilothouse.connect.opcua.session import Session, lost
from pilothouse.connect.opcua.translation import EPOCH_TICKS, ticks_of
from pilothouse.connect.opcua.values import Values

_NODES_AT_ONCE: Final = 20
_VALUES_AT_ONCE: Final = 1_000
"""Values a node and answer: small answers, so that live values are never kept waiting for long."""

_ROUNDS: Final = 100_000
"""Answers for one group of nodes, after which a server is taken to go in circles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What is asked of one node's history.

    Parameters
    ----------
    handle
        By which its values are told apart.
    node
        Its node.
    after_ns, before_ns
        The newest value that is there already, and the first that came live again: both are left out.
    """

    handle: int
    node: ua.NodeId
    after_ns: int
    before_ns: int


@dataclass(slots=True, kw_only=True)
class Kept:
    """A part of what was kept.

    Parameters
    ----------
    values
        With the handles of their spans.
    refused
        Handles of nodes of which the server gives no history.
    """

    values: Values
    refused: tuple[int, ...] = ()


async def read_history(session: Session, spans: Sequence[Span]) -> AsyncIterator[Kept]:
    """What the server kept of the nodes within their spans, in parts; of each node in its order.

    Raises
    ------
    SourceError
        If the server does not answer.
    """
    wanted = sorted((span for span in spans if span.after_ns < span.before_ns), key=lambda span: span.after_ns)
    for first in range(0, len(wanted), _NODES_AT_ONCE):
        async for kept in _read_group(session, wanted[first : first + _NODES_AT_ONCE]):
            yield kept


async def _read_group(session: Session, group: Sequence[Span]) -> AsyncIterator[Kept]:
    start_ns, end_ns = min(span.after_ns for span in group), max(span.before_ns for span in group)
    open_spans: list[tuple[Span, bytes]] = [(span, b"") for span in group]
    for _ in range(_ROUNDS):
        try:
            nodes = await _ask(session, open_spans, start_ns, end_ns)
        except ua.UaStatusCodeError:  # the service as a whole is refused: a server without history
            yield Kept(values=_none(), refused=tuple(span.handle for span, _ in open_spans))
            return
        refused = tuple(span.handle for (span, _), past in zip(open_spans, nodes, strict=True) if past.code >> 30)
        answered = [(span, past) for (span, _), past in zip(open_spans, nodes, strict=True) if not past.code >> 30]
        yield Kept(values=_within(answered), refused=refused)
        open_spans = [(span, past.more) for span, past in answered if past.more]
        if not open_spans:
            return


async def _ask(session: Session, spans: Sequence[tuple[Span, bytes]], start_ns: int, end_ns: int) -> list[Past]:
    request = ua.HistoryReadRequest()
    request.Parameters.HistoryReadDetails = ua.ReadRawModifiedDetails(
        IsReadModified=False,
        StartTime=_moment(start_ns),
        EndTime=_moment(end_ns),
        NumValuesPerNode=ua.Counter(_VALUES_AT_ONCE),
        ReturnBounds=False,
    )
    request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
    request.Parameters.NodesToRead = [
        ua.HistoryReadValueId(NodeId=span.node, ContinuationPoint=ua.ByteString(more) if more else None)
        for span, more in spans
    ]
    doing, wait_s = "reading history", 4.0 * session.settings.timeout_s
    data = await session.send(request, doing, timeout_s=wait_s)
    try:
        nodes = parse_history(data)
    except ua.UaStatusCodeError:
        raise
    except Exception as error:
        raise lost(session.settings.url, doing, error) from error
    if len(nodes) != len(spans):
        raise lost(session.settings.url, doing, ValueError(f"asked of {len(spans)} nodes, got {len(nodes)}"))
    return nodes


def _within(answered: Sequence[tuple[Span, Past]]) -> Values:
    """All values inside their own spans as one list."""
    parts = []
    for span, past in answered:
        values = past.values
        at = np.where(values.source > 0, values.source, values.server)
        inside = (at > ticks_of(span.after_ns)) & (at < ticks_of(span.before_ns))
        for other in values.others:
            other.handle = span.handle
        parts.append(
            Values(
                handles=np.full(int(inside.sum()), span.handle, dtype=np.uint32),
                numbers=values.numbers[inside],
                codes=values.codes[inside],
                source=values.source[inside],
                server=values.server[inside],
                others=[o for o in values.others if ticks_of(span.after_ns) < o.source < ticks_of(span.before_ns)],
                lost=values.lost,
            )
        )
    return _joined(parts)


def _joined(parts: Sequence[Values]) -> Values:
    if not parts:
        return _none()
    return Values(
        handles=np.concatenate([part.handles for part in parts]),
        numbers=np.concatenate([part.numbers for part in parts]),
        codes=np.concatenate([part.codes for part in parts]),
        source=np.concatenate([part.source for part in parts]),
        server=np.concatenate([part.server for part in parts]),
        others=[other for part in parts for other in part.others],
        lost=sum(part.lost for part in parts),
    )


def _none() -> Values:
    none = np.empty(0, dtype=np.int64)
    return Values(
        handles=np.empty(0, dtype=np.uint32),
        numbers=np.empty(0),
        codes=np.empty(0, dtype=np.uint32),
        source=none,
        server=none,
    )


def _moment(instant_ns: int) -> datetime:
    """As asyncua wants it; what it cuts to microseconds is cut off again by the span."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=max(instant_ns, -EPOCH_TICKS * 100) // 1000)
