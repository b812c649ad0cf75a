"""The kinds of connections that are known, by the word under which ``plant.toml`` names them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pilothouse.connect import drop, mqtt, opcua, sparkplug, sql
from pilothouse.connect.declaration import Kind

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {"drop": drop.KIND, "mqtt": mqtt.KIND, "opcua": opcua.KIND, "sparkplug": sparkplug.KIND, "sql": sql.KIND}
)
