"""Presence: a mark on the database server that goes away by itself when the process that set it dies."""

from __future__ import annotations

from contextlib import suppress
from hashlib import blake2b
from threading import Lock

from sqlalchemy import BigInteger, Connection, Engine, Select, cast, column, func, select, table
from sqlalchemy.exc import DBAPIError

from escalade.store.lock import own_session

#: First half of the PostgreSQL advisory lock's key ("ESCW"); the second half stands for the worker.
PRESENCE_CLASS = 0x45534357
_HALF = 0x7FFFFFFF
#: How the server tells keys of two halves from those of one.
_TWO_HALVES = 2
_locks = table(
    "pg_locks", column("locktype"), column("database"), column("classid"), column("objid"), column("objsubid")
)
_databases = table("pg_database", column("oid"), column("datname"))


class Presence:
    """Shows all workers on a PostgreSQL that this process lives. SQLite needs none: it has one process at a time.

    The mark is an advisory lock of a session of its own. The server frees it when the process ends in any way, within
    moments; when the whole machine or the way to it is gone, only after the server has given the connection up, so
    that a heartbeat is needed besides.

    Methods may raise sqlalchemy.exc.DBAPIError, and be called by any thread.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._session: Connection | None = None
        self._worker = ""
        self._turn = Lock()

    def show(self, worker: str) -> int | None:
        """Set the mark of the worker in place of any other; what it is known by, or None where there are no marks."""
        if self._engine.dialect.name != "postgresql":
            return None
        with self._turn:
            self._close()
            self._open(worker)
        return _number(worker)

    def keep(self) -> None:
        """Set the mark again if its session was lost."""
        with self._turn:
            if self._session is not None:
                try:
                    self._session.scalar(select(1))
                except DBAPIError:
                    self._close()
            if self._session is None and self._worker:
                self._open(self._worker)

    def hide(self) -> None:
        """Take the mark away."""
        with self._turn:
            self._worker = ""
            self._close()

    def _open(self, worker: str) -> None:
        self._worker = worker
        self._session = own_session(self._engine)
        # Shared: should two workers have one number, both have it, and a heartbeat tells them apart.
        self._session.scalar(select(func.pg_advisory_lock_shared(PRESENCE_CLASS, _number(worker))))

    def _close(self) -> None:
        if self._session is not None:
            with suppress(DBAPIError):
                self._session.close()
            self._session = None


def shown() -> Select[int]:
    """The query for the numbers of all that are marked in this database of a PostgreSQL."""
    this = select(_databases.c.oid).where(_databases.c.datname == func.current_database()).scalar_subquery()
    mark = (
        _locks.c.locktype == "advisory",
        _locks.c.database == this,
        _locks.c.classid == PRESENCE_CLASS,
        _locks.c.objsubid == _TWO_HALVES,
    )
    return select(cast(_locks.c.objid, BigInteger)).where(*mark)


def _number(worker: str) -> int:
    return int.from_bytes(blake2b(worker.encode(), digest_size=4).digest(), "big") & _HALF
