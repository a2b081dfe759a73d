"""A database that goes away in the middle of a step is told apart from one that refuses the step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from threading import Barrier

import psycopg
import pytest

from escalade.store import visits
from escalade.store.errors import PassingStoreError, StoreError
from escalade.store.sql import SqlStore, open_store
from rules.ticket import AccountRef

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def write_while_cut(store: SqlStore, url: str) -> None:
    with closing(psycopg.connect(url, autocommit=True)) as admin, store.writing() as connection:
        backend = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
        connection.exec_driver_sql("SELECT 1")


def test_a_connection_that_is_cut_is_no_fault_of_what_was_asked(new_postgres_database: Callable[[], str]) -> None:
    url = new_postgres_database()
    with open_store(url) as store:
        with pytest.raises(PassingStoreError):
            write_while_cut(store, url)
        assert store.open_tickets() == 0, "the next step has a connection again"


def test_a_step_that_is_refused_is_told_as_refused(new_postgres_database: Callable[[], str]) -> None:
    with open_store(new_postgres_database()) as store:
        with pytest.raises(StoreError) as told, store.writing() as connection:
            connection.exec_driver_sql("SELECT 1 / 0")
        assert not isinstance(told.value, PassingStoreError)


def note(store: SqlStore, accounts: Sequence[str], at: Barrier) -> None:
    """Note one account and then another, when the other transaction has noted its first."""
    with store.writing() as connection:
        for account in accounts:
            visits.nudge_later(connection, [AccountRef("zendesk", account)], NOW)
            if account == accounts[0]:
                at.wait(30)


def test_of_two_steps_that_wait_for_each_other_one_is_kept_and_the_other_may_be_done_again(
    new_postgres_database: Callable[[], str],
) -> None:
    met = Barrier(2)
    with open_store(new_postgres_database()) as store, ThreadPoolExecutor(2) as pool:
        both = [pool.submit(note, store, order, met) for order in (("1", "2"), ("2", "1"))]
        ended = [one.exception(30) for one in both]
    assert [type(error) for error in ended if error is not None] == [PassingStoreError]
