"""The command line: one file a group of verbs, each verb with ``--json``, exit codes by error family."""

from pilothouse.cli.app import app, main

__all__ = ["app", "main"]
