"""Database: transactions on one SQLite file or PostgreSQL database, and the right to work on it."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from escalade.store import bell, journal, leases, lock
from escalade.store.engine import READ_ONLY, describe, redacted
from escalade.store.errors import PassingStoreError, StoreError, UnreadableError
from escalade.store.presence import Presence


class Database:
    """One database. Safe to share between threads.

    Every method may raise StoreError when the database does not take part; nothing of its transaction is kept then.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        reading = {READ_ONLY: True} | ({} if self._is_sqlite else {"isolation_level": "REPEATABLE READ"})
        self._reader = engine.execution_options(**reading)
        # SQLite's own queue for writers is a sleep that grows: threads of one process wait here instead.
        self._turn: AbstractContextManager[object] = threading.Lock() if self._is_sqlite else nullcontext()
        #: Called when something may have become due.
        self.on_nudge: Callable[[], None] = _nobody

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Release the database's connections."""
        self._engine.dispose()

    @property
    def has_one_worker(self) -> bool:
        """Whether only one process can work on it at a time."""
        return self._is_sqlite

    @contextmanager
    def exclusive(self) -> Iterator[bool]:
        """Hold the right to visit; False when another process (or another block of this one) holds it.

        The operating system (SQLite: a lock on the file beside the database) or the server (PostgreSQL: an advisory
        lock on a connection of its own) frees it when the holder dies, even by `kill -9`.
        """
        with self.explained(), self._lock(shared=False) as held:
            if held:
                self._free_leases()
            yield held

    @contextmanager
    def shared(self) -> Iterator[bool]:
        """Take part in the work; False when another process has the store to itself, as each has with SQLite."""
        if self._is_sqlite:
            with self.exclusive() as held:
                yield held
        else:
            with self.explained(), self._lock(shared=True) as held:
                yield held

    def presence(self) -> Presence:
        """What shows others that a worker lives."""
        return Presence(self._engine)

    def listen(self, heard: Callable[[], None], stop: threading.Event) -> None:
        """Call `heard` whenever another process makes something due, until `stop` is set.

        Returns at once where the database cannot tell.
        """
        with self.explained():
            bell.listen(self._engine, heard, stop)

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Errors of the database within the block as StoreError, in the driver's own words."""
        try:
            yield
        except (SQLAlchemyError, bell.BellError) as error:
            # Only the driver's own sentence: SQLAlchemy would add the statement.
            cause = getattr(error, "orig", None) or error
            passes = getattr(error, "connection_invalidated", False) or getattr(cause, "sqlstate", None) in _PASSING
            kind = PassingStoreError if passes else StoreError
            said = redacted(str(cause).strip(), self._engine.url)
            raise kind(
                f"the database {describe(self._engine.url)} failed: {said}; nothing of this step was kept"
            ) from error
        except (msgspec.DecodeError, zlib.error) as error:
            # They quote words of programs at most (an unknown kind or state), never what people wrote.
            raise UnreadableError(
                f"the database {describe(self._engine.url)} holds something that this version cannot read ({error}): a "
                "newer version wrote it, or it is damaged. Upgrade this machine, too, or restore a backup"
            ) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes; it is kept when the block ends well."""
        with self._turn, self.explained(), self._engine.begin() as connection:
            # Left by a transaction that was not kept: connections are used again.
            journal.untold(connection)
            yield connection
            added = journal.untold(connection)
        journal.tell(added)

    @contextmanager
    def writing_many(self) -> Iterator[Connection]:
        """One at a time: transactions that write many rows would else wait for each other in circles.

        SQLite has one writer in any case; PostgreSQL is told so by a lock that ends with the transaction.
        """
        with self.writing() as connection:
            if not self._is_sqlite:
                connection.execute(select(func.pg_advisory_xact_lock(lock.LOCK_CLASS, lock.MANY_ROWS)))
            yield connection
        self.on_nudge()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that reads, as of one instant."""
        with self.explained(), self._reader.begin() as connection:
            yield connection

    def _lock(self, *, shared: bool) -> AbstractContextManager[bool]:
        if self._is_sqlite:
            return lock.hold_file(Path(f"{self._engine.url.database}.lock"))
        return lock.hold_advisory(self._engine, shared=shared)

    def _free_leases(self) -> None:
        """Whoever worked here is dead."""
        with self.reading() as connection:
            if not leases.names(connection):
                return
        with self.writing() as connection:
            leases.free_all(connection)


#: What PostgreSQL says of a transaction that it ended for the sake of others: a deadlock, a failed serialisation.
_PASSING = frozenset({"40P01", "40001"})


def _nobody() -> None:
    """Nobody waits for what becomes due."""
