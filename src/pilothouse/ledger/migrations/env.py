"""What alembic runs: the steps that are due, on the connection and in the transaction of who asks."""

from alembic import context

from pilothouse.ledger.tables import METADATA, MIGRATION

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, version_table=MIGRATION)
with context.begin_transaction():
    context.run_migrations()
