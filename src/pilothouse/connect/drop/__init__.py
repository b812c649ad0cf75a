"""Drop folder: files that other systems leave in a folder are imported by the plant's mappings."""

from pilothouse.connect.drop.kind import KIND

__all__ = ["KIND"]
