"""A shelf on disk: what a back-test keeps of tickets that nothing happens to. It goes when the process does."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
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
        # Names lie apart from contents, close together: to see that there is none of a name, little has to be read.
        self._connection.execute("create table rested (name text primary key, content blob not null)")
        self._connection.execute("begin")

    def put(self, contents: Mapping[str, bytes]) -> None:
        """Keep these; what had one of their names before is gone."""
        self._connection.executemany("insert or replace into rested values (?, ?)", contents.items())

    def look(self, name: str) -> bytes | None:
        """What is kept under that name; None = nothing."""
        row = self._connection.execute("select content from rested where name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
