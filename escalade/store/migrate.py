"""Bring the database's schema to the one that this version knows, under a lock, in one transaction."""

from __future__ import annotations

from importlib.resources import as_file, files
from uuid import uuid4

from sqlalchemy import Connection, column, func, inspect, select, table

from escalade.store.engine import patience
from escalade.store.errors import StoreError
from escalade.store.lock import LOCK_CLASS, MIGRATION
from escalade.store.schema import meta

#: Where alembic keeps the schema that a database has.
_VERSION = table("alembic_version", column("version_num"))
_MIGRATIONS = "escalade.store.migrations.versions"


def bring_up_to_date(connection: Connection, *, migrate: bool) -> None:
    """Upgrade to the newest schema; does nothing when the database has it.

    The connection must be in a transaction that holds SQLite's write lock; on PostgreSQL a lock is taken here, so that
    of several processes starting at once one upgrades and the others find it done.

    Raises:
        StoreError: the database is newer than this version, or needs an upgrade that `migrate` forbids.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK_CLASS, MIGRATION)))
    current, newest = _current(connection), newest_schema()
    if current == newest:
        return
    if current is not None and current > newest:
        raise StoreError(
            f"the database was made by a newer Escalade (schema {current}; this version knows up to {newest}); "
            "install that version again, or restore a backup from before the upgrade"
        )
    if not migrate:
        raise StoreError(
            f"the database has schema {current or 'none'} and this version needs {newest}; "
            "back it up and run `escalade sync` once to upgrade it"
        )
    if connection.dialect.name == "postgresql":
        # Rewriting what a large database keeps may think for long between two statements.
        patience(connection, 0)
    _upgrade(connection)
    if current is None:
        connection.execute(meta.insert().values(name="instance", value=uuid4().hex))


def newest_schema() -> str:
    """The schema that this version needs: the number that the name of the last migration begins with."""
    return max(file.name.partition("_")[0] for file in files(_MIGRATIONS).iterdir() if file.name[:1].isdigit())


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSION.name):
        return None
    found: str | None = connection.scalar(select(_VERSION.c.version_num))
    return found


def _upgrade(connection: Connection) -> None:
    # A database is upgraded once in a while, and loading alembic takes as long as a small run.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    with as_file(files("escalade.store") / "migrations") as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
