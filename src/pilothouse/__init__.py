"""Pilothouse, the open decision hub for factories."""

__version__ = "0.1.0"
