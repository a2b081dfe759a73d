"""Loading: everything that is known of tickets, in a handful of queries."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from escalade.store import known, visits
from escalade.store.sql import SqlStore, open_store
from rules.ledger import Ledger
from rules.ticket import AccountRef, AccountSummary, Priority, StatusCategory, TicketRef


def test_unknown_tickets_are_left_out(store: SqlStore, desk: Any) -> None:
    assert store.load([]) == {}
    assert store.load([desk.ref(1), TicketRef("jira", "1")]) == {}


def test_a_ticket_comes_with_account_summary_and_an_empty_ledger(store: SqlStore, desk: Any) -> None:
    page = desk.page(
        desk.ticket(1, priority=Priority.URGENT),
        desk.ticket(2, priority=None),
        desk.ticket(3, status=StatusCategory.HOLD),
        desk.ticket(4, status=StatusCategory.CLOSED, priority=Priority.URGENT),
        desk.ticket(5, account=desk.account_ref(8)),
        desk.ticket(6, account=None),
        accounts=(desk.account(7, fields={"tier": "gold", "seats": 12}),),
    )
    store.take_in("zendesk", page, desk.at(0))
    found = store.load([desk.ref(number) for number in (1, 5, 6)])
    assert found[desk.ref(1)].ledger == Ledger(ref=desk.ref(1))
    assert found[desk.ref(1)].account == desk.account(7, fields={"tier": "gold", "seats": 12})
    assert found[desk.ref(1)].summary == AccountSummary(
        ref=desk.account_ref(7), open_tickets=3, open_by_priority={Priority.URGENT: 1, Priority.NORMAL: 1}
    )
    assert found[desk.ref(5)].account is None
    assert found[desk.ref(5)].summary == AccountSummary(
        ref=desk.account_ref(8), open_tickets=1, open_by_priority={Priority.NORMAL: 1}
    )
    assert (found[desk.ref(6)].account, found[desk.ref(6)].summary) == (None, None)
    assert store.open_tickets() == 5


def test_comments_come_oldest_first_and_by_id_within_an_instant(store: SqlStore, desk: Any) -> None:
    early, late = desk.comment(10, at=desk.at(1)), desk.comment(9, at=desk.at(2))
    twin = desk.comment(11, at=desk.at(1))
    store.take_in("zendesk", desk.page(desk.ticket(1, comments=(late, twin, early))), desk.at(3))
    assert store.load([desk.ref(1)])[desk.ref(1)].ticket.comments == (early, twin, late)


def test_an_account_without_open_tickets_has_an_empty_summary(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1, status=StatusCategory.SOLVED)), desk.at(0))
    assert store.load([desk.ref(1)])[desk.ref(1)].summary == AccountSummary(ref=desk.account_ref(7))


def test_equal_ids_in_two_helpdesks_are_two_tickets(store: SqlStore, desk: Any) -> None:
    twin = desk.ticket(1, ref=TicketRef("jira", "1"), subject="the twin", account=AccountRef("jira", "7"))
    store.take_in("zendesk", desk.page(desk.ticket(1), comments=(desk.said(1, 1),)), desk.at(0))
    store.take_in("jira", desk.page(twin), desk.at(0))
    found = store.load([desk.ref(1), twin.ref])
    assert found[twin.ref].ticket.subject == twin.subject
    assert found[desk.ref(1)].ticket.comments == (desk.comment(1),)
    assert found[desk.ref(1)].summary == AccountSummary(
        ref=desk.account_ref(7), open_tickets=1, open_by_priority={Priority.NORMAL: 1}
    )


def test_loading_many_tickets_takes_as_many_queries_as_loading_one(store: SqlStore, desk: Any) -> None:
    tickets = [desk.ticket(number, account=desk.account_ref(number % 50)) for number in range(400)]
    store.take_in("zendesk", desk.page(*tickets, accounts=tuple(desk.account(n) for n in range(50))), desk.at(0))
    counts = []
    for refs in ([desk.ref(1)], [ticket.ref for ticket in tickets]):
        asked: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any, into: list[str] = asked) -> None:
            into.append(statement)

        event.listen(store._engine, "after_cursor_execute", note)
        assert len(store.load(refs)) == len(refs)
        event.remove(store._engine, "after_cursor_execute", note)
        counts.append(sum(statement.startswith("SELECT") for statement in asked))
    assert counts == [9, 9]


def test_the_summary_is_counted_from_an_index_alone(tmp_path: Any, desk: Any) -> None:
    with open_store(f"sqlite:///{tmp_path / 'x.db'}") as store, store.reading() as connection:
        asked: list[tuple[str, Any]] = []
        event.listen(store._engine, "before_cursor_execute", lambda *args: asked.append((args[2], args[3])))
        known._summaries(connection, [desk.account_ref(7)])
        known.open_tickets(connection)
        visits.due(connection, desk.at(0), 10, None)
        plans = [
            " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters))
            for statement, parameters in asked
            if statement.startswith("SELECT")
        ]
    summary, population, due = plans
    assert "USING COVERING INDEX ix_tickets_open_by_account (account_helpdesk=? AND account=?)" in summary
    assert "USING COVERING INDEX ix_tickets_open_by_account" in population
    assert "INDEX ix_visits_due (due" in due
    assert "TEMP B-TREE" not in due


_STATUS = st.sampled_from([StatusCategory.OPEN, StatusCategory.PENDING, StatusCategory.SOLVED, StatusCategory.DELETED])
_SIGHT = st.tuples(st.integers(1, 6), _STATUS, st.sampled_from([None, *Priority]), st.sampled_from([None, "a", "b"]))


@given(sights=st.lists(st.lists(_SIGHT, max_size=8), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_summary_is_what_counting_the_last_sights_gives(store: SqlStore, desk: Any, sights: Any) -> None:
    for number in range(1, 7):
        store.forget(desk.ref(number), desk.at(0))
    latest: dict[int, Any] = {}
    for minute, page in enumerate(sights):
        tickets = []
        for number, status, priority, account in page:
            owner = None if account is None else desk.account_ref(account)
            ticket = desk.ticket(
                number, status=status, priority=priority, account=owner, updated_at=desk.at(minute), version=str(minute)
            )
            tickets.append(ticket)
            latest[number] = ticket
        store.take_in("zendesk", desk.page(*tickets), desk.at(minute))
    there = {number: ticket for number, ticket in latest.items() if ticket.status is not StatusCategory.DELETED}
    found = store.load([desk.ref(number) for number in range(1, 7)])
    assert {ref: desk.shown(store, int(ref.id)) for ref in found} == {ticket.ref: ticket for ticket in there.values()}
    for value in found.values():
        mine = [t for t in there.values() if t.account == value.ticket.account and t.status.is_open]
        if value.ticket.account is not None:
            assert value.summary is not None
            assert value.summary.open_tickets == len(mine)
            counted = {p: n for p in Priority if (n := sum(t.priority is p for t in mine))}
            assert value.summary.open_by_priority == counted
    assert store.open_tickets() == sum(ticket.status.is_open for ticket in there.values())
