"""What is known of a page's tickets is looked up ticket by ticket, however many others there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sized
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from escalade.store import snapshots, thread
from escalade.store.sql import open_store

PAGE, PAGES = 400, 20
#: The driver prepares a statement after 5 runs, and PostgreSQL then looks at 5 more before it keeps a plan for any parameters.
RUNS = 15


@pytest.fixture
def crowded(new_postgres_database: Callable[[], str], desk: Any) -> Iterator[Engine]:
    """A PostgreSQL database with many tickets, a comment on each, and no statistics yet."""
    url = new_postgres_database()
    with open_store(url) as store:
        for start in range(0, PAGE * PAGES, PAGE):
            numbers = range(start, start + PAGE)
            tickets = [desk.ticket(number) for number in numbers]
            comments = tuple(desk.said(number, 1) for number in numbers)
            store.take_in("zendesk", desk.page(*tickets, comments=comments), desk.at(0))
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    yield engine
    engine.dispose()


@pytest.mark.parametrize(
    ("table", "look"),
    [("tickets", snapshots.known_rows), ("comments", thread.comments_of)],
    ids=["tickets", "comments"],
)
def test_postgresql_fetches_only_the_rows_of_the_page_before_it_has_statistics(
    crowded: Engine, desk: Any, table: str, look: Callable[..., Sized]
) -> None:
    refs = [desk.ref(number) for number in range(PAGE)]
    fetched = text("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = :name")
    with crowded.begin() as connection:
        for _ in range(RUNS):
            assert len(look(connection, refs)) == PAGE
        before = connection.execute(fetched, {"name": table}).scalar_one()
        look(connection, refs)
        assert connection.execute(fetched, {"name": table}).scalar_one() - before == PAGE
