"""The declared pack: process scenarios written in plant.toml, not programmed."""

from pilothouse.packs.declared.pack import pack

__all__ = ["pack"]
