"""Drop folder: files that other systems leave in a folder are imported by the plant's mappings."""

from pilothouse.connect.drop.kind import DropKind

__all__ = ["DropKind"]
