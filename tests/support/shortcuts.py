"""Shortcuts of tests that open many stores in one process: what each would work out anew is worked out once.

A new database gets its tables from the statements that the migrations said when they made the first one; alembic
itself takes longer than most tests. A statement is compiled once for all engines of one kind: SQLAlchemy forgets with
an engine what it compiled for it, and Escalade has one engine a process.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, inspect

from escalade.store import engine as engines
from escalade.store import migrate

_MOST = 4000


class _Compiled(MutableMapping[Any, Any]):
    """Compiled statements by what was to be compiled, for every engine that speaks to the same kind of database."""

    def __init__(self) -> None:
        self._kept: dict[Any, Any] = {}

    @staticmethod
    def _key(key: Any) -> Any:
        dialect, *rest = key
        return (dialect.name, *rest)

    def __getitem__(self, key: Any) -> Any:
        return self._kept[self._key(key)]

    def __setitem__(self, key: Any, value: Any) -> None:
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[self._key(key)] = value

    def __delitem__(self, key: Any) -> None:
        del self._kept[self._key(key)]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


class _Upgrade:
    """Upgrades as the product does; an empty database by the statements that made the first empty one of its kind."""

    def __init__(self) -> None:
        self._really = migrate._upgrade
        self._said: dict[tuple[str, ...], list[tuple[str, Any]]] = {}

    def __call__(self, connection: Connection) -> None:
        # Tests of upgrades have migrations of their own.
        kind = (connection.dialect.name, str(migrate.scripts()), migrate.newest_schema())
        if inspect(connection).get_table_names():
            self._really(connection)
        elif kind in self._said:
            for statement, parameters in self._said[kind]:
                connection.exec_driver_sql(statement, parameters)
        else:
            self._said[kind] = self._listened(connection)

    def _listened(self, connection: Connection) -> list[tuple[str, Any]]:
        said: list[tuple[str, Any]] = []

        def listen(_connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
            said.append((statement, parameters or None))

        event.listen(connection, "before_cursor_execute", listen)
        try:
            self._really(connection)
        finally:
            event.remove(connection, "before_cursor_execute", listen)
        return [one for one in said if one[0].lstrip()[:6].upper() not in {"SELECT", "PRAGMA"}]


def shorten(patch: pytest.MonkeyPatch) -> None:
    """Let stores that are opened in this process take the shortcuts."""
    compiled, create = _Compiled(), engines.create_engine

    def create_engine(*arguments: Any, **options: Any) -> Engine:
        made = create(*arguments, **options)
        made.update_execution_options(compiled_cache=compiled)
        return made

    patch.setattr(engines, "create_engine", create_engine)
    patch.setattr(migrate, "_upgrade", _Upgrade())
