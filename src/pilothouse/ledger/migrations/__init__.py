"""How the ledger's tables became what they are: one file a step, the same for SQLite and PostgreSQL.

A step is never changed once a release has made ledgers with it, and imports nothing of the tables of today.
Each ends by writing its number into ``ledger_schema``, so that a Pilothouse that does not know it refuses.
"""
