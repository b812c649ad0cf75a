"""The outlet: a set-point written to its node, and read again.

Set-points are few, so each has a session of its own: nothing is kept open that could have died unseen.
"""

import asyncio
from pathlib import Path
from typing import Final

from asyncua import ua

from pilothouse.clock import now_ns, stopwatch_s
from pilothouse.connect.address import Address
from pilothouse.connect.declaration import Connection
from pilothouse.connect.opcua.node import parse_node
from pilothouse.connect.opcua.session import Session, lost, open_session
from pilothouse.connect.opcua.settings import Settings
from pilothouse.errors import NotWrittenError, SourceError
from pilothouse.ports import ReadBack

_CLOSE: Final = 1e-6
"""Of the value: a node of single precision gives back no more."""

_AGAIN_S: Final = 0.1
_SHARE: Final = 0.5
"""Of the time that is left, at most so much is spent on waiting that the plant shows the value."""

_WHOLE: Final = frozenset(ua.VariantType(kind) for kind in range(2, 10))


class OpcUaOutlet:
    """One connection to an OPC UA server; see :class:`pilothouse.ports.Outlet`.

    Parameters
    ----------
    connection
        As declared.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        assert isinstance(connection.settings, Settings)
        self._settings = connection.settings
        self._root: Path = connection.root
        self._addresses = {address.parameter: address for address in connection.addresses.parameters}

    @property
    def key(self) -> str:
        """Key of its ``[[connection]]``."""
        return self._connection.key

    @property
    def writable(self) -> frozenset[str]:
        """Keys of the parameters that may be written."""
        return self._connection.addresses.writable

    async def write(self, parameter: str, value: float, *, timeout_s: float) -> ReadBack:
        """Write one value, in the unit of its parameter, and read it again until the plant shows it or time is up.

        Raises
        ------
        NotWrittenError
            If it is known that nothing was written: no connection, or the server refused.
        SourceError
            If it cannot be known whether it was written.
        ValueError
            For a parameter that is not declared writable.
        """
        if parameter not in self.writable:
            raise ValueError(f"{parameter} is not declared writable over {self.key}")
        address, until_s = self._addresses[parameter], stopwatch_s() + timeout_s
        sent = False
        try:
            async with asyncio.timeout(timeout_s), open_session(self._settings, self._root) as session:
                node = self._node(session, address)
                shown = await self._data_value(session, node, address)
                written = _variant(shown, (value - address.offset) / address.scale, address)
                request = _write_request(node, written)
                sent = True
                answer = await session.ask(request, ua.WriteResponse, f"writing {address.address}")
                self._check(answer.Results[0], parameter, value)
                return await self._shown(session, node, address, value, until_s)
        except NotWrittenError:
            raise
        except ua.UaStatusCodeError as error:  # the service as a whole was refused
            raise _not_written(lost(self._settings.url, f"writing {parameter}", error), parameter) from error
        except (SourceError, TimeoutError) as error:
            told = error if isinstance(error, SourceError) else lost(self._settings.url, f"writing {parameter}", error)
            if not sent:
                raise _not_written(told, parameter) from error
            raise SourceError(
                f"{told.message}: it is not known whether {parameter} = {value:g} was written",
                hint="look at the plant before writing again",
                parameter=parameter,
            ) from error

    async def read(self, parameter: str, *, timeout_s: float) -> ReadBack:
        """What the plant shows now.

        Raises
        ------
        SourceError
            If the connection does not answer.
        ValueError
            For a parameter that has no address.
        """
        if parameter not in self._addresses:
            raise ValueError(f"{parameter} has no address over {self.key}")
        address = self._addresses[parameter]
        try:
            async with asyncio.timeout(timeout_s), open_session(self._settings, self._root) as session:
                shown = await self._data_value(session, self._node(session, address), address)
                return ReadBack(value=_number(shown, address), at_ns=now_ns())
        except TimeoutError as error:
            raise lost(self._settings.url, f"reading {parameter}", error, timeout_s) from error

    def _check(self, code: ua.StatusCode, parameter: str, value: float) -> None:
        if not code.is_good():
            raise NotWrittenError(
                f"{self._settings.url}: the server refused {parameter} = {value:g} ({code.name})",
                hint="see whether the node may be written, and within which limits",
                parameter=parameter,
            )

    def _node(self, session: Session, address: Address) -> ua.NodeId:
        node = parse_node(address.address, session.namespaces)
        if node is None:
            raise SourceError(
                f"{self._settings.url}: {address.address} is no node of this server",
                hint=f"compare it with `pilothouse connect browse {self._settings.url}`",
            )
        return node

    async def _data_value(self, session: Session, node: ua.NodeId, address: Address) -> ua.DataValue:
        return (await session.read([(node, ua.AttributeIds.Value)], f"reading {address.address}"))[0]

    async def _shown(
        self, session: Session, node: ua.NodeId, address: Address, value: float, until_s: float
    ) -> ReadBack:
        """What the plant shows once it shows the value, or in the end; None where it cannot be read any more."""
        stop_s = stopwatch_s() + _SHARE * max(until_s - stopwatch_s(), 0.0)
        seen: float | None = None
        while True:
            try:
                async with asyncio.timeout(max(stop_s - stopwatch_s(), _AGAIN_S)):
                    seen = _number(await self._data_value(session, node, address), address)
            except (SourceError, TimeoutError):
                return ReadBack(value=seen, at_ns=now_ns())
            is_there = seen is not None and abs(seen - value) <= _CLOSE * max(abs(value), 1.0)
            if is_there or stopwatch_s() + _AGAIN_S >= stop_s:
                return ReadBack(value=seen, at_ns=now_ns())
            await asyncio.sleep(_AGAIN_S)


def _not_written(told: SourceError, parameter: str) -> NotWrittenError:
    return NotWrittenError(told.message, hint=told.hint, **{**told.context, "parameter": parameter})


def _write_request(node: ua.NodeId, written: ua.Variant) -> ua.WriteRequest:
    request = ua.WriteRequest()
    # Without timestamps and status: many servers refuse a write that brings its own.
    value = ua.DataValue(Value=written, StatusCode=None)
    request.Parameters.NodesToWrite = [ua.WriteValue(NodeId=node, AttributeId=ua.AttributeIds.Value, Value=value)]
    return request


def _variant(shown: ua.DataValue, number: float, address: Address) -> ua.Variant:
    """The number in the type that the node has."""
    kind = ua.VariantType.Double if shown.Value is None else shown.Value.VariantType
    if kind in (ua.VariantType.Double, ua.VariantType.Float, ua.VariantType.Null):
        return ua.Variant(float(number), ua.VariantType.Double if kind == ua.VariantType.Null else kind)
    if kind == ua.VariantType.Boolean:
        return ua.Variant(number != 0.0, kind)
    if kind in _WHOLE:
        return ua.Variant(round(number), kind)
    raise NotWrittenError(
        f"{address.address}: a node of type {getattr(kind, 'name', kind)} takes no number",
        hint="give the address of a node that holds a number",
        parameter=address.parameter,
    )


def _number(shown: ua.DataValue, address: Address) -> float | None:
    value = None if shown.Value is None else shown.Value.Value
    if isinstance(value, bool | int | float) and (shown.StatusCode is None or not shown.StatusCode.is_bad()):
        return float(value) * address.scale + address.offset
    return None
