"""``[[connection]]`` in ``plant.toml``: how the hub is connected to the plant, whatever the protocol.

::

    [[connection]]
    key = "level-2"
    kind = "opcua"                    # what else it needs stands with its kind
    addresses = "level-2.csv"         # see :mod:`pilothouse.connect.address`
    every_s = 1.0                     # values come so often: longer silence is a gap; left out, they come on change
    workers = 2                       # intake in so many processes of its own; left out, in the hub's

Secrets do not stand in the file: a key such as ``password_env`` names the environment variable that holds one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isnan
from pathlib import Path
from typing import Protocol

from pilothouse.clock import NS_PER_S
from pilothouse.connect.address import Addresses, read_addresses
from pilothouse.errors import Fault
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table
from pilothouse.ports import Outlet, Source

TABLE = "connection"


def by_addresses(connection: "Connection", number: int, of: int) -> "Connection":
    """A share of a connection's addresses; places of pieces belong to every worker.

    Parameters
    ----------
    connection
        The whole.
    number, of
        Which share, from 0, of how many.
    """
    own = connection.addresses.parameters[number::of]
    return replace(connection, addresses=replace(connection.addresses, parameters=own))


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One declared connection.

    Parameters
    ----------
    key
        Stable name.
    kind
        Key of its :class:`Kind`.
    addresses
        What it is asked for.
    every_ns
        How often each value comes; None where values come on change, so that silence is no gap.
    settings
        What its kind needs besides, of the kind's own type.
    root
        The plant folder, for files that the settings name.
    workers
        In how many processes its values are taken in; 1 for the hub's own.
    """

    key: str
    kind: str
    addresses: Addresses
    every_ns: int | None
    settings: object
    root: Path
    workers: int = 1


class Kind(Protocol):
    """A protocol: reads its part of the declaration, and makes sources and outlets of it."""

    def read(self, table: Table, plant: Plant) -> object:
        """The settings of a ``[[connection]]`` table; faults are noted there, and the caller closes it."""
        ...

    def share(self, connection: Connection, number: int, of: int) -> Connection | None:
        """What the ``number``-th of so many workers takes in, from 0; None where only the hub itself can."""
        ...

    def source(self, connection: Connection) -> Source:
        """What brings its values in; nothing is opened yet."""
        ...

    def outlet(self, connection: Connection) -> Outlet | None:
        """What takes set-points out; None where the protocol cannot, or no address is writable."""
        ...


def read_connections(
    root: Path, declaration: Declaration, plant: Plant, kinds: Mapping[str, Kind]
) -> tuple[tuple[Connection, ...], tuple[Fault, ...]]:
    """The connections a plant declares, and everything that is wrong with them.

    Parameters
    ----------
    root
        The plant folder.
    declaration
        Of ``plant.toml``.
    plant
        Whose parameters they speak of.
    kinds
        The protocols that are known, by key.
    """
    faults: list[Fault] = []
    connections: list[Connection] = []
    seen: set[str] = set()
    for table in declaration.tables(TABLE, faults):
        key = table.text("key")
        if key in seen:
            table.fault(f"connection {key} is declared twice", "give one another key", at="key")
        seen.add(key)
        kind = table.choice("kind", kinds)
        every_s = table.number("every_s", default=None, low=1e-3)
        file = table.text("addresses", default="")
        addresses = read_addresses(root / file, plant, faults) if file else Addresses()
        settings = kinds[kind].read(table, plant) if kind in kinds else None
        made = table.make(
            Connection,
            key=key,
            kind=kind,
            addresses=addresses,
            every_ns=None if every_s is None or isnan(every_s) else round(every_s * NS_PER_S),
            settings=settings,
            root=root,
            workers=table.integer("workers", default=1, low=1, high=64),
        )
        if made is not None and made.workers > 1 and kinds[kind].share(made, 0, made.workers) is None:
            table.fault(f"a connection of kind {kind} is taken in by the hub itself", "leave out workers", at="workers")
        elif made is not None:
            connections.append(made)
        if kind in kinds:
            table.done()
    return tuple(connections), tuple(faults)
