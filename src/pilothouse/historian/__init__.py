"""Historian: what happened, embedded default."""
