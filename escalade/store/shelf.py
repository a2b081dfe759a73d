"""A shelf on disk: what a back-test keeps of tickets that nothing happens to. It goes when the process does."""

from __future__ import annotations

import sqlite3
from types import TracebackType
from typing import Self


class DiskShelf:
    """Keeps contents by name in a private temporary database; only a few megabytes of it are in memory."""

    def __init__(self) -> None:
        """Open the database: a file without a name, which is gone once it is closed."""
        self._connection = sqlite3.connect("", isolation_level=None)
        # Nothing of it outlives the process, so nothing has to survive a crash.
        for pragma in ("journal_mode = off", "synchronous = off", "cache_size = -8000", "temp_store = file"):
            self._connection.execute(f"pragma {pragma}")
        self._connection.execute("create table rested (name text primary key, content blob not null) without rowid")
        self._connection.execute("begin")

    def put(self, name: str, content: bytes) -> None:
        """Keep it; what had that name before is gone."""
        self._connection.execute("insert or replace into rested values (?, ?)", (name, content))

    def look(self, name: str) -> bytes | None:
        """What is kept under that name; None = nothing."""
        row = self._connection.execute("select content from rested where name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    def drop(self, name: str) -> None:
        """Keep it no longer."""
        self._connection.execute("delete from rested where name = ?", (name,))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
