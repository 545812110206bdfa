"""Run by Alembic: works on the connection, and in the transaction, that it was handed."""

from alembic import context

from al_core.store.schema import metadata

# SQLite cannot alter a table in place: batch mode copies it, inside the same transaction.
context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
