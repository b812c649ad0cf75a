"""The plant side over OPC UA: a plant that does not exist behind a server, or plain numbers at a rate."""

from pilothouse.edge.opcua.command import main, plant_of, serve
from pilothouse.edge.opcua.places import Places, addresses_of, find_places, write_addresses
from pilothouse.edge.opcua.plant import PlantEdge
from pilothouse.edge.opcua.signals import run_signals, signal_keys, signal_space, signal_value
from pilothouse.edge.opcua.space import Space, Variable

__all__ = [
    "Places",
    "PlantEdge",
    "Space",
    "Variable",
    "addresses_of",
    "find_places",
    "main",
    "plant_of",
    "run_signals",
    "serve",
    "signal_keys",
    "signal_space",
    "signal_value",
    "write_addresses",
]
