"""Alembic's entry: runs the revisions on the connection that `escalade.store.migrate` hands over."""

from alembic import context

from escalade.store.schema import metadata

# The connection is in a transaction already: either the whole upgrade is there or nothing of it, in SQLite, too.
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
