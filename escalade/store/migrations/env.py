"""Alembic's entry: runs the revisions on the connection that `escalade.store.migrate` hands over."""

from alembic import context

from escalade.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # Either the whole upgrade is there or nothing of it: SQLite can do that, too, when asked.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
