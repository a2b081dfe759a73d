"""A shelf on disk: what a back-test keeps of tickets that nothing happens to. It goes when the process does."""

from __future__ import annotations

import sqlite3
from types import TracebackType
from typing import Self

#: What was put there last stays in memory: a ticket that was solved is mostly touched again before long.
_MOST_AT_HAND = 512


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
        #: What is not in the database yet, the oldest first.
        self._at_hand: dict[str, bytes] = {}

    def put(self, name: str, content: bytes) -> None:
        """Keep it; what had that name before is gone."""
        self._at_hand.pop(name, None)
        self._at_hand[name] = content
        if len(self._at_hand) > _MOST_AT_HAND:
            self._put_away()

    def _put_away(self) -> None:
        """Write the older half of what is at hand to the database, in the order of its names."""
        oldest = sorted(list(self._at_hand)[: _MOST_AT_HAND // 2])
        rows = [(name, self._at_hand.pop(name)) for name in oldest]
        self._connection.executemany("insert or replace into rested values (?, ?)", rows)

    def look(self, name: str) -> bytes | None:
        """What is kept under that name; None = nothing."""
        if (content := self._at_hand.get(name)) is not None:
            return content
        row = self._connection.execute("select content from rested where name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    def drop(self, name: str) -> None:
        """Keep it no longer."""
        # What is at hand may have an older content in the database.
        self._at_hand.pop(name, None)
        self._connection.execute("delete from rested where name = ?", (name,))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
