"""Bring the database's schema to the one that this version knows, under a lock, in one transaction."""

from __future__ import annotations

from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from uuid import uuid4

from sqlalchemy import Connection, column, func, inspect, select, table
from sqlalchemy.exc import OperationalError

from escalade.logs import log
from escalade.store.engine import patience
from escalade.store.errors import StoreError, TablesBusyError
from escalade.store.lock import LOCK_CLASS, MIGRATION
from escalade.store.schema import meta
from escalade.store.statements import upsert

#: Where alembic keeps the schema that a database has.
_VERSION = table("alembic_version", column("version_num"))
#: What a migration that takes something away has to say: the first schema whose programs use nothing of that any more.
CONTRACT = "unused_since"
#: Under which name a database keeps the oldest schema that a program must know to take part; "" = any.
_NEEDED = "needed_schema"
#: Milliseconds that an upgrade waits for a table; PostgreSQL looks for circles of waiting after a second.
_BRIEF = 500
#: What PostgreSQL calls a lock that was not to be had in time.
_LOCKED = "55P03"


def bring_up_to_date(connection: Connection, *, migrate: bool) -> None:
    """Upgrade to the newest schema; does nothing when the database has it.

    A newer schema is taken as it is where it leaves alone what this version uses, so that machines can be upgraded one
    after the other, in any order, and restart meanwhile.

    The connection must be in a transaction that holds SQLite's write lock; on PostgreSQL a lock is taken here, so that
    of several processes starting at once one upgrades and the others find it done.

    Raises:
        TablesBusyError: others are at the tables for too long; nothing was done, and it may go well in a moment.
        StoreError: the database needs a newer version of the program, or an upgrade that `migrate` forbids.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK_CLASS, MIGRATION)))
    current, newest = _current(connection), newest_schema()
    if current == newest:
        return
    if current is not None and current > newest:
        _admit(connection, current, newest)
        return
    if not migrate:
        raise StoreError(
            f"the database has schema {current or 'none'} and this version needs {newest}; "
            "back it up and run `escalade sync` once to upgrade it"
        )
    if connection.dialect.name == "postgresql":
        # Rewriting what a large database keeps may think for long between two statements.
        patience(connection, 0)
        # Who waits for a table has everybody else wait behind them; and two that wait for each other would cost a
        # worker its visit. So it is the upgrade that gives way, sooner than the database looks for such circles.
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_BRIEF}ms'")
    try:
        _upgrade(connection)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != _LOCKED:
            raise
        raise TablesBusyError(
            f"the database could not be upgraded from schema {current or 'none'} to {newest}: somebody has been using "
            "its tables for too long; end reports that are running, and start again"
        ) from error
    if current is None:
        connection.execute(meta.insert().values(name="instance", value=uuid4().hex))


def _admit(connection: Connection, current: str, newest: str) -> None:
    """Take part in a database of a newer version, unless that took away what this version uses."""
    needed = connection.scalar(select(meta.c.value).where(meta.c.name == _NEEDED))
    if needed is None or needed > newest:
        raise StoreError(
            f"the database was made by a newer Escalade (schema {current}; this version knows up to {newest}); "
            "install that version again, or restore a backup from before the upgrade"
        )
    log.info("store.ahead", schema=current, known=newest)


def newest_schema() -> str:
    """The schema that this version needs: the number that the name of the last migration begins with."""
    return max(file.name.partition("_")[0] for file in (scripts() / "versions").iterdir() if file.name[:1].isdigit())


def scripts() -> Traversable:
    """The folder of the migrations."""
    return files("escalade.store") / "migrations"


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSION.name):
        return None
    found: str | None = connection.scalar(select(_VERSION.c.version_num))
    return found


def _upgrade(connection: Connection) -> None:
    # A database is upgraded once in a while, and loading alembic takes as long as a small run.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    with as_file(scripts()) as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        known = ScriptDirectory.from_config(config).walk_revisions()
        needed = max(getattr(script.module, CONTRACT, "") for script in known)
    connection.execute(upsert(connection, meta).values(name=_NEEDED, value=needed))
