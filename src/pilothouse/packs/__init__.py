"""Packs: plug-ins of scenarios, found by entry point like a stranger's."""
