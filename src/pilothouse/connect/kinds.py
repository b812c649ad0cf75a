"""The kinds of connections that are known, by the word under which ``plant.toml`` names them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pilothouse.connect.declaration import Kind
from pilothouse.connect.drop import DropKind
from pilothouse.connect.sql import SqlKind

KINDS: Final[Mapping[str, Kind]] = MappingProxyType({"drop": DropKind(), "sql": SqlKind()})
