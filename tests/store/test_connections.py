"""A database that goes away in the middle of a step is told apart from one that refuses the step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import psycopg
import pytest

from escalade.store.errors import ConnectionLostError, StoreError
from escalade.store.sql import SqlStore, open_store


def write_while_cut(store: SqlStore, url: str) -> None:
    with closing(psycopg.connect(url, autocommit=True)) as admin, store.writing() as connection:
        backend = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
        connection.exec_driver_sql("SELECT 1")


def test_a_connection_that_is_cut_is_no_fault_of_what_was_asked(new_postgres_database: Callable[[], str]) -> None:
    url = new_postgres_database()
    with open_store(url) as store:
        with pytest.raises(ConnectionLostError):
            write_while_cut(store, url)
        assert store.open_tickets() == 0, "the next step has a connection again"


def test_a_step_that_is_refused_is_told_as_refused(new_postgres_database: Callable[[], str]) -> None:
    with open_store(new_postgres_database()) as store:
        with pytest.raises(StoreError) as told, store.writing() as connection:
            connection.exec_driver_sql("SELECT 1 / 0")
        assert not isinstance(told.value, ConnectionLostError)
