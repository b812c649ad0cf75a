"""Connect: how values come in from the plant."""
