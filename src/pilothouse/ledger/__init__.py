"""Ledger: what was decided, append-only and hash-chained."""
