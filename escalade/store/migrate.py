"""Bring the database's schema to the one that this version knows, under a lock, in one transaction."""

from __future__ import annotations

from importlib.resources import as_file, files
from uuid import uuid4

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select

from escalade.store.errors import StoreError
from escalade.store.lock import LOCK_CLASS, MIGRATION
from escalade.store.schema import meta


def bring_up_to_date(connection: Connection, *, migrate: bool) -> None:
    """Upgrade to the newest schema; does nothing when the database has it.

    The connection must be in a transaction that holds SQLite's write lock; on PostgreSQL a lock is taken here, so that
    of several processes starting at once one upgrades and the others find it done.

    Raises:
        StoreError: the database is newer than this version, or needs an upgrade that `migrate` forbids.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK_CLASS, MIGRATION)))
    with as_file(files("escalade.store") / "migrations") as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        scripts = ScriptDirectory.from_config(config)
        current = MigrationContext.configure(connection).get_current_revision()
        newest = scripts.get_current_head()
        if current == newest:
            return
        known = {script.revision for script in scripts.walk_revisions()}
        if current is not None and current not in known:
            raise StoreError(
                f"the database was made by a newer Escalade (schema {current}; this version knows up to {newest}); "
                "install that version again, or restore a backup from before the upgrade"
            )
        if not migrate:
            raise StoreError(
                f"the database has schema {current or 'none'} and this version needs {newest}; "
                "back it up and run `escalade sync` once to upgrade it"
            )
        command.upgrade(config, "head")
    if current is None:
        connection.execute(meta.insert().values(name="instance", value=uuid4().hex))
