"""The steel pack: scenarios of a mill of electrical steel, declared in plant.toml."""

from pilothouse.packs.steel.pack import pack

__all__ = ["pack"]
