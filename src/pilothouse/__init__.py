"""Pilothouse, the open decision hub for factories."""
