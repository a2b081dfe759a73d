"""A database URL → a SQLAlchemy engine with the settings that durability needs."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from escalade.store.errors import StoreError

#: Seconds that a SQLite writer waits for another process before it gives up.
_BUSY_SECONDS = 30
#: Seconds to wait for a PostgreSQL server to answer.
_CONNECT_SECONDS = 10
#: Seconds after which PostgreSQL undoes a write whose process stopped in the middle of it (a frozen machine), so that
#: its locks hold up nobody. Shorter than the silence after which a worker is taken for dead.
_FROZEN_SECONDS = 15
#: Execution option of connections that only read.
READ_ONLY = "escalade_read_only"

_EXAMPLES = "sqlite:///escalade.db or postgresql://user@host/escalade"
_ESCAPES = "; in a user's name or a password, @ is written %40, : is %3A, / is %2F, % is %25"


def make_engine(text: str) -> Engine:
    """Build the engine for `sqlite:///PATH` or `postgresql://…`; creates an empty SQLite file with mode 0600.

    A PostgreSQL password may stand in the URL, in PGPASSWORD, or in libpq's password file; it is never printed.

    Raises:
        StoreError: the URL or the path cannot be used.
    """
    url = _url(text)
    match url.get_backend_name():
        case "sqlite":
            return _sqlite(url)
        case "postgresql":
            return _postgresql(url)
        case other:
            raise StoreError(f"the store cannot be kept in {other!r}; use {_EXAMPLES}")


def _url(text: str) -> URL:
    # The text is not repeated: a password may stand anywhere in a malformed URL.
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise StoreError(f"the store URL cannot be read; write it like {_EXAMPLES}{_ESCAPES}") from None
    if "@" in (url.host or ""):
        raise StoreError(f"the host in the store URL has an @ in it; write it like {_EXAMPLES}{_ESCAPES}")
    return url


def describe(url: URL) -> str:
    """The URL for messages: without its password, and without options, of which any may hold one."""
    plain = url.set(drivername=url.get_backend_name(), query={})
    return plain.render_as_string(hide_password=True)


def redacted(text: str, url: URL) -> str:
    """What a driver said, without the passwords of the URL."""
    told = [url.password, *(value for name, value in url.query.items() if "pass" in name.casefold())]
    secrets = {form for secret in told if secret for form in (str(secret), quote(str(secret), safe=""))}
    # The longest first: one may be the beginning of another.
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _sqlite(url: URL) -> Engine:
    path = _sqlite_path(url)
    try:
        # SQLite gives its -wal and -shm files the mode of the database file.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except FileNotFoundError:
        raise StoreError(f"the folder {path.parent} does not exist; create it or change the store's path") from None
    except OSError as error:
        raise StoreError(
            f"{path} cannot be opened for writing ({error.strerror}); "
            "the user that runs Escalade needs to own the file and its folder"
        ) from error
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS}, max_overflow=-1, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _sqlite_path(url: URL) -> Path:
    name = url.database
    if not name or name == ":memory:" or name.startswith("file:"):
        raise StoreError(
            "the store must survive the process, so it cannot be kept in memory; "
            "name a file, for example sqlite:///escalade.db"
        )
    return Path(name).absolute()


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    try:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -8192"):
            cursor.execute(f"PRAGMA {pragma}")
    finally:
        cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the write lock at once: a reader that turns writer can fail in the middle of its transaction.
    read_only = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _postgresql(url: URL) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        # As many as there are threads; a limit here would only make them fail while they wait.
        max_overflow=-1,
        hide_parameters=True,
        connect_args={
            "connect_timeout": _CONNECT_SECONDS,
            "application_name": "escalade",
            # A machine that vanished must let go of its locks within about a minute.
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
        },
    )
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _begin_postgresql(connection: Connection) -> None:
    # Who only reads holds nobody up, and may take its time with what it read.
    if not connection.get_execution_options().get(READ_ONLY, False):
        patience(connection, _FROZEN_SECONDS)


def patience(connection: Connection, seconds: int) -> None:
    """Let PostgreSQL undo this transaction when nothing is asked of it for so long (seconds; 0 = never)."""
    connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = '{seconds:d}s'")
