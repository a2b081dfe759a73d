"""The right to visit: one holder a database, freed by the operating system or the server when the holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from escalade.store.errors import StoreError

#: First half of the PostgreSQL advisory lock's key ("ESCA"); the second half is the schema that the tables live in.
LOCK_CLASS = 0x45534341
#: Second halves of locks that last for one transaction.
MIGRATION = 0
MANY_ROWS = 1


@contextmanager
def hold_file(path: Path) -> Iterator[bool]:
    """Hold a `flock` on the file for the time of the block; yields False at once when another holder has it.

    The file stays behind, empty: removing it would let two processes lock two different files of one name.

    Raises:
        StoreError: the file cannot be created.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            f"the lock file {path} cannot be opened ({error.strerror}); it must belong to the user that runs Escalade"
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def own_session(engine: Engine) -> Connection:
    """A connection whose session holds locks: a pooled one would take them back into the pool with it."""
    return create_engine(engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True).connect()


@contextmanager
def hold_advisory(engine: Engine, *, shared: bool = False) -> Iterator[bool]:
    """Hold a PostgreSQL advisory lock on a connection of its own; yields False at once when another session has it.

    Args:
        engine: The database.
        shared: Others may hold it in the same way, but nobody may have it alone.

    Raises:
        sqlalchemy.exc.DBAPIError: the server cannot be asked.
    """
    with own_session(engine) as connection:
        key = func.hashtext(func.current_schema())
        take = func.pg_try_advisory_lock_shared if shared else func.pg_try_advisory_lock
        held = bool(connection.scalar(select(take(LOCK_CLASS, key))))
        try:
            yield held
        finally:
            # The server notices a closed connection only some time later: the next run must not find the lock taken.
            with suppress(DBAPIError):
                connection.scalar(select(func.pg_advisory_unlock_all()))
