"""The bell: workers of other processes hear at once that something is due, where the database can tell them."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from sqlalchemy import Connection, Engine, func, select

#: The PostgreSQL channel. It is one for all schemas of a database: a bell that rings for nothing costs one look.
CHANNEL = "escalade_due"
#: How often a listener looks whether it is to end (seconds).
_PATIENCE = 1.0


class BellError(Exception):
    """The connection of a listener was lost."""


def ring(connection: Connection) -> None:
    """Tell every listener when this transaction commits; SQLite cannot, and is looked at every now and then."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_notify(CHANNEL, "")))


def listen(engine: Engine, heard: Callable[[], None], stop: Event) -> None:
    """Call `heard` whenever somebody rings, until `stop` is set. Does nothing where the database has no bell.

    Raises:
        BellError: the connection was lost; whatever rang meanwhile was not heard.
    """
    if engine.dialect.name != "postgresql":
        return
    import psycopg  # noqa: PLC0415  # costs every command 60 ms, and SQLite has no bell

    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(url, autocommit=True, application_name="escalade-bell") as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            # What rang before we listened.
            heard()
            while not stop.is_set():
                for _ in connection.notifies(timeout=_PATIENCE, stop_after=1):
                    heard()
    except psycopg.Error as error:
        raise BellError(str(error)) from error
