"""What nodes a server has: its address space walked level by level, hundreds of nodes a request.

Nothing calls itself, so a deep or circular address space cannot exhaust anything; a node that several others refer to
is told once. Long lists of references come in parts by continuation points, many nodes' at a time.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from asyncua import ua

from pilothouse.clock import stopwatch_s
from pilothouse.connect.opcua.node import write_node
from pilothouse.connect.opcua.session import Session, open_session, told_by
from pilothouse.connect.opcua.settings import Settings
from pilothouse.errors import SourceError

_FIRST: Final = 20
_MOST: Final = 1_000
"""Nodes a request: few at first, then as many as the server answers on in about :data:`_WISHED_S`."""

_WISHED_S: Final = 1.0
_REFERENCES: Final = 1_000
"""References of one node in one answer."""

_DOING: Final = "browsing"
_SERVER: Final = (0, ua.ObjectIds.Server)
"""What a server says of itself is no measurement."""

Progress = Callable[[int, int], None]
"""Told how many nodes were looked into, and how many are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One node.

    Parameters
    ----------
    address
        As a list of addresses names it.
    name
        Its BrowseName.
    title
        Its DisplayName.
    path
        Names on the way to it, from the Objects folder on, with ``/`` between them.
    is_variable
        Whether it has a value.
    """

    address: str
    name: str
    title: str
    path: str
    is_variable: bool


async def browse(
    settings: Settings, root: Path, *, progress: Progress | None = None, most: int = 1_000_000
) -> list[Found]:
    """Every object and variable under the Objects folder of a server.

    Parameters
    ----------
    settings
        Of the server.
    root
        The plant folder, in which its files lie.
    progress
        Told after every answer.
    most
        A server with more nodes is not walked to its end.

    Raises
    ------
    SourceError
        If the server does not answer, or has more nodes than asked for.
    """
    async with open_session(settings, root) as session:
        walk = _Walk(session=session, found=[], seen=set(), open_nodes=deque())
        walk.open_nodes.append((ua.NodeId(ua.ObjectIds.ObjectsFolder), ""))
        looked, at_once = 0, _FIRST
        while walk.open_nodes:
            part = [walk.open_nodes.popleft() for _ in range(min(at_once, len(walk.open_nodes)))]
            begun_s = stopwatch_s()
            await walk.look_into(part)
            at_once = _next_size(at_once, stopwatch_s() - begun_s)
            looked += len(part)
            if progress is not None:
                progress(looked, looked + len(walk.open_nodes))
            if len(walk.found) > most:
                raise SourceError(f"{settings.url}: more than {most:,} nodes", hint="browse a part of them")
        return walk.found


def _next_size(at_once: int, took_s: float) -> int:
    """Nodes in the next request: twice as many after a quick answer, half after a slow one.

    Examples
    --------
    >>> _next_size(100, 0.1), _next_size(100, 0.7), _next_size(100, 3.0)
    (200, 100, 50)
    """
    if took_s < _WISHED_S / 2.0:
        return min(2 * at_once, _MOST)
    return max(1, at_once // 2) if took_s > _WISHED_S else at_once


@dataclass(slots=True, kw_only=True)
class _Walk:
    """Where a walk stands."""

    session: Session
    found: list[Found]
    seen: set[tuple[int, object]]
    open_nodes: "deque[tuple[ua.NodeId, str]]"

    async def look_into(self, nodes: Sequence[tuple[ua.NodeId, str]]) -> None:
        """Take in all that these nodes, each with its path, refer to."""
        with told_by(self.session.settings.url, _DOING):
            results = await self.session.ask_in_parts(nodes, self._browse, len(nodes))
            more = self._take(results, [path for _, path in nodes])
            while more:
                results = await self.session.ask_in_parts([point for point, _ in more], self._go_on, len(more))
                more = self._take(results, [path for _, path in more])

    def _take(self, results: Sequence[Any], paths: Sequence[str]) -> list[tuple[bytes, str]]:
        """Note what was found; gives the continuation points that are left, with their paths."""
        more: list[tuple[bytes, str]] = []
        for result, path in zip(results, paths, strict=True):
            for reference in result.References or ():
                self._note(reference, path)
            if result.ContinuationPoint:
                more.append((result.ContinuationPoint, path))
        return more

    def _note(self, reference: Any, path: str) -> None:  # noqa: ANN401 - asyncua has no types
        node = reference.NodeId
        key = (int(node.NamespaceIndex), node.Identifier)
        is_property = reference.ReferenceTypeId.Identifier == ua.ObjectIds.HasProperty
        if key in self.seen or is_property or key == _SERVER or getattr(node, "ServerIndex", None):
            return
        self.seen.add(key)
        name = reference.BrowseName.Name or ""
        way = f"{path}/{name}" if path else name
        self.found.append(
            Found(
                address=write_node(node, self.session.namespaces),
                name=name,
                title=reference.DisplayName.Text or "",
                path=way,
                is_variable=reference.NodeClass == ua.NodeClass.Variable,
            )
        )
        self.open_nodes.append((ua.NodeId(node.Identifier, node.NamespaceIndex, node.NodeIdType), way))

    async def _browse(self, nodes: Sequence[tuple[ua.NodeId, str]]) -> list[Any]:
        request = ua.BrowseRequest()
        request.Parameters.RequestedMaxReferencesPerNode = ua.UInt32(_REFERENCES)
        request.Parameters.NodesToBrowse = [
            ua.BrowseDescription(
                NodeId=node,
                BrowseDirection=ua.BrowseDirection.Forward,
                ReferenceTypeId=ua.NodeId(ua.ObjectIds.HierarchicalReferences),
                IncludeSubtypes=True,
                NodeClassMask=ua.UInt32(ua.NodeClass.Object | ua.NodeClass.Variable),
                ResultMask=ua.UInt32(ua.BrowseResultMask.All),
            )
            for node, _ in nodes
        ]
        answer = await self.session.ask(request, ua.BrowseResponse, _DOING, timeout_s=self._wait_s)
        return list(answer.Results)

    async def _go_on(self, points: Sequence[bytes]) -> list[Any]:
        request = ua.BrowseNextRequest()
        request.Parameters.ContinuationPoints = [ua.ByteString(point) for point in points]
        request.Parameters.ReleaseContinuationPoints = False
        answer = await self.session.ask(request, ua.BrowseNextResponse, _DOING, timeout_s=self._wait_s)
        return list(answer.Parameters.Results)

    @property
    def _wait_s(self) -> float:
        """An answer with thousands of references takes a slow server longer than one value."""
        return 6.0 * self.session.settings.timeout_s
