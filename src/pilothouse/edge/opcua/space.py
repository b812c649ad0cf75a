"""The address space of a plant that does not exist: an asyncua server with a variable for every parameter.

::

    Objects / EQUIPMENT / ... / KEY            a number, by the unit of its parameter; levers can be written
                              / PIECE          text: which piece is there
                              / KEY.PIECE      text: which piece that value is of, where it is not the equipment's
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from asyncua import Server, ua
from asyncua.server.address_space import AttributeService
from numpy.typing import NDArray

from pilothouse.edge.opcua.kept import Kept, moment_of

_STATUS: Final = (
    ua.StatusCode(ua.StatusCodes.Good),
    ua.StatusCode(ua.StatusCodes.Uncertain),
    ua.StatusCode(ua.StatusCodes.Bad),
)
_TURN: Final = 200
"""Values written before others have their turn, so that answers do not wait for a whole plant."""


class Steady(ua.DataValue):  # type: ignore[misc]  # asyncua has no types
    """A DataValue that nobody changes, so that the server need not copy it for every monitored item."""

    __slots__ = ()

    def __deepcopy__(self, memo: dict[int, object]) -> "Steady":
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One variable to be made.

    Parameters
    ----------
    key
        The identifier of its node, in the namespace of the plant.
    name
        What people call it.
    folder
        Key of the equipment under which it stands.
    is_text
        Whether it holds text rather than a number.
    is_writable
        Whether clients may write it.
    """

    key: str
    name: str
    folder: str
    is_text: bool = False
    is_writable: bool = False


Command = Callable[[str, float], Awaitable[bool]]
"""Takes what a client writes to a variable, by its key; False where it is refused."""


class Space:
    """A server and its variables.

    Parameters
    ----------
    url
        Where it listens.
    uri
        Of the plant's namespace.
    folders
        Of each equipment its parent, top ones with None; parents before children.
    variables
        All of them.
    keep_s
        How long it keeps what it showed, for clients that were away.
    """

    def __init__(
        self,
        url: str,
        uri: str,
        folders: Mapping[str, str | None],
        variables: Sequence[Variable],
        *,
        keep_s: float,
    ) -> None:
        self._url, self._uri, self._folders, self._variables = url, uri, folders, variables
        self.server = Server()
        self.command: Command | None = None
        self.kept = Kept(keep_s)
        self._nodes: dict[str, Any] = {}

    @property
    def variables(self) -> Sequence[Variable]:
        """Its variables."""
        return self._variables

    async def start(self, *, certificate: Path | None = None, private_key: Path | None = None) -> None:
        """Make everything and listen."""
        server = self.server
        await server.init()
        server.set_endpoint(self._url)
        server.set_server_name("Pilothouse edge")
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        if certificate is not None and private_key is not None:
            await server.load_certificate(certificate)
            await server.load_private_key(private_key)
            server.set_security_policy(
                [
                    ua.SecurityPolicyType.NoSecurity,
                    ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
                    ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt,
                ]
            )
        place = await server.register_namespace(self._uri)
        server.iserver.history_manager.set_storage(self.kept)
        server.iserver.attribute_service = _Gate(self, server.iserver.aspace)
        made: dict[str | None, Any] = {None: server.nodes.objects}
        for key, parent in self._folders.items():
            made[key] = await made[parent].add_object(
                ua.NodeId(f"equipment:{key}", place), ua.QualifiedName(key, place)
            )
        for variable in self._variables:
            await self._add(made[variable.folder], variable, place)
        await server.start()

    async def stop(self) -> None:
        """Stop listening."""
        await self.server.stop()

    async def show(
        self, keys: Sequence[str], values: NDArray[np.float64], statuses: NDArray[np.uint8], at_ns: int
    ) -> None:
        """Show a number on each of these variables, all of one instant."""
        at = moment_of(at_ns)
        write = self.server.iserver.aspace.write_attribute_value
        for first in range(0, len(keys), _TURN):
            for key, value, status in zip(
                keys[first : first + _TURN],
                values[first : first + _TURN].tolist(),
                statuses[first : first + _TURN].tolist(),
                strict=True,
            ):
                shown = Steady(ua.Variant(value, ua.VariantType.Double), _STATUS[status], at, at)
                await write(self._nodes[key], ua.AttributeIds.Value, shown)
            await asyncio.sleep(0)
        self.kept.keep(keys, values, statuses, at_ns)

    async def show_one(self, key: str, value: float | str, status: int, at_ns: int) -> None:
        """Show a number or text on one variable, which changes on its own."""
        kind = ua.VariantType.String if isinstance(value, str) else ua.VariantType.Double
        shown = Steady(ua.Variant(value, kind), _STATUS[status], moment_of(at_ns), moment_of(at_ns))
        await self.server.iserver.aspace.write_attribute_value(self._nodes[key], ua.AttributeIds.Value, shown)
        self.kept.keep_one(key, shown, at_ns)

    async def _add(self, folder: Any, variable: Variable, place: int) -> None:  # noqa: ANN401 - asyncua has no types
        node = ua.NodeId(variable.key, place)
        kind = ua.VariantType.String if variable.is_text else ua.VariantType.Double
        empty = ua.Variant("" if variable.is_text else 0.0, kind)
        made = await folder.add_variable(node, ua.QualifiedName(variable.key, place), empty)
        await made.write_attribute(
            ua.AttributeIds.DisplayName, ua.DataValue(ua.LocalizedText(variable.name or variable.key))
        )
        if variable.is_writable:
            await made.set_writable()
        for attribute in (ua.AttributeIds.AccessLevel, ua.AttributeIds.UserAccessLevel):
            await made.set_attr_bit(attribute, ua.AccessLevel.HistoryRead)
        nothing = ua.DataValue(
            ua.Variant(None, ua.VariantType.Null), ua.StatusCode(ua.StatusCodes.BadWaitingForInitialData)
        )
        await self.server.iserver.aspace.write_attribute_value(node, ua.AttributeIds.Value, nothing)
        self._nodes[variable.key] = node


class _Gate(AttributeService):  # type: ignore[misc]  # asyncua has no types
    """Lets what clients write be taken or refused by the plant."""

    def __init__(self, space: Space, aspace: Any) -> None:  # noqa: ANN401 - asyncua has no types
        super().__init__(aspace)
        self._space = space
        self._writable = {variable.key for variable in space.variables if variable.is_writable}

    async def write(self, params: Any, *user: Any, **named: Any) -> list[ua.StatusCode]:  # noqa: ANN401 - as above
        results: list[ua.StatusCode] = []
        for one in params.NodesToWrite:
            key, command = one.NodeId.Identifier, self._space.command
            if command is None or key not in self._writable or one.AttributeId != ua.AttributeIds.Value:
                results += await super().write(ua.WriteParameters(NodesToWrite=[one]), *user, **named)
                continue
            value = None if one.Value.Value is None else one.Value.Value.Value
            if isinstance(value, bool) or not isinstance(value, int | float):
                results.append(ua.StatusCode(ua.StatusCodes.BadTypeMismatch))
            elif await command(key, float(value)):
                results.append(ua.StatusCode(ua.StatusCodes.Good))
            else:
                results.append(ua.StatusCode(ua.StatusCodes.BadRequestNotAllowed))
        return results
