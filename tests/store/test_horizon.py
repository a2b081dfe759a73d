"""How far the store looks beyond a ticket: an account's tickets one by one, and the tickets at the other ends of links."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event

from escalade.store import siblings
from escalade.store.horizon import Horizon
from escalade.store.sql import SqlStore, open_store
from rules.ledger import Ledger, Owned
from rules.ticket import LinkKind, OpenTicket, Priority, StatusCategory, TicketRef

FAR = Horizon(siblings=True, account_tickets=True, linked=True)
TRACKED = TicketRef("jira", "10001")


@pytest.fixture
def far(store_url: str) -> Iterator[SqlStore]:
    """A store of a policy that counts among the account's tickets and reads linked ones."""
    with open_store(store_url, horizon=FAR) as store:
        yield store


def settle_down(store: SqlStore, desk: Any) -> None:
    for visit in store.due(desk.at(10_000), 1000):
        store.finish(visit, None, "nothing to wait for")


def due_now(store: SqlStore, desk: Any) -> dict[str, str]:
    return {str(visit.ref): visit.reason for visit in store.due(desk.at(10_000), 1000)}


def tracker(desk: Any, **changes: Any) -> Any:
    return desk.ticket(1, **{"ref": TRACKED, "key": "OPS-1", "account": None} | changes)


# The account's tickets


def test_an_accounts_open_tickets_come_oldest_first_as_people_set_them(far: SqlStore, desk: Any) -> None:
    raised = desk.ticket(
        1,
        priority=Priority.URGENT,
        tags=frozenset({"fire", "esc_t1"}),
        fields={"impact": "high", "tier": "one"},
        requester="cora",
        type="incident",
        product="printers",
    )
    older = desk.ticket(2, created_at=desk.at(-900), fields={}, tags=frozenset())
    solved = desk.ticket(3, status=StatusCategory.SOLVED)
    elsewhere = desk.ticket(4, account=desk.account_ref(8))
    far.begin(
        Ledger(
            ref=desk.ref(1),
            tags=frozenset({"esc_t1"}),
            priority=Owned(ours="urgent", before="low"),
            fields={"tier": Owned(ours="one", before=None)},
        ),
        (),
        (),
    )
    far.take_in("zendesk", desk.page(raised, older, solved, elsewhere), desk.at(1))
    summary = far.load([desk.ref(1)])[desk.ref(1)].summary
    assert summary is not None
    assert summary.open_tickets == 2
    assert summary.tickets == (
        OpenTicket(
            ref=desk.ref(2),
            created_at=desk.at(-900),
            status=StatusCategory.OPEN,
            priority=Priority.NORMAL,
            requester=None,
        ),
        OpenTicket(
            ref=desk.ref(1),
            created_at=desk.at(-600),
            status=StatusCategory.OPEN,
            priority=Priority.LOW,
            type="incident",
            product="printers",
            requester="cora",
            tags=frozenset({"fire"}),
            fields={"impact": "high"},
        ),
    )


def test_what_no_rule_reads_is_not_loaded(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1, links=(desk.link(),)), tracker(desk)), desk.at(1))
    known = store.load([desk.ref(1)])[desk.ref(1)]
    assert known.summary is not None
    assert (known.summary.open_tickets, known.summary.tickets, known.linked) == (1, (), ())


@pytest.mark.parametrize(
    ("change", "concerned"),
    [
        ({"product": "scanners"}, True),
        ({"tags": frozenset({"ink"})}, True),
        ({"fields": {"impact": "low"}}, True),
        ({"status": StatusCategory.PENDING}, True),
        ({"subject": "other words"}, False),
    ],
    ids=["product", "tags", "field", "still open", "subject"],
)
def test_siblings_are_nudged_by_all_that_can_be_counted(
    far: SqlStore, desk: Any, change: dict[str, Any], concerned: bool
) -> None:
    solved = desk.ticket(3, status=StatusCategory.SOLVED)
    far.take_in("zendesk", desk.page(desk.ticket(1), desk.ticket(2), solved), desk.at(1))
    settle_down(far, desk)
    far.take_in("zendesk", desk.page(desk.ticket(1, version="v2", updated_at=desk.at(2), **change)), desk.at(3))
    assert due_now(far, desk) == {"zendesk:1": "polled"} | ({"zendesk:2": "sibling"} if concerned else {})


def test_what_we_write_ourselves_concerns_no_sibling(far: SqlStore, desk: Any) -> None:
    far.take_in("zendesk", desk.page(desk.ticket(1), desk.ticket(2)), desk.at(1))
    far.begin(Ledger(ref=desk.ref(1), tags=frozenset({"esc_t1"})), (), ())
    settle_down(far, desk)
    tagged = desk.ticket(1, tags=desk.ticket(1).tags | {"esc_t1"}, version="v2", updated_at=desk.at(2))
    far.take_in("zendesk", desk.page(tagged), desk.at(3))
    assert due_now(far, desk) == {"zendesk:1": "polled"}


def test_a_ticket_that_is_not_open_before_or_after_concerns_nobody(far: SqlStore, desk: Any) -> None:
    solved = desk.ticket(1, status=StatusCategory.SOLVED)
    far.take_in("zendesk", desk.page(solved, desk.ticket(2)), desk.at(1))
    settle_down(far, desk)
    closed = desk.ticket(1, status=StatusCategory.CLOSED, version="v2", updated_at=desk.at(2))
    far.take_in("zendesk", desk.page(closed), desk.at(3))
    assert due_now(far, desk) == {"zendesk:1": "polled"}


def test_of_a_huge_account_the_first_tickets_are_looked_at(
    far: SqlStore, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(siblings, "MOST_TICKETS", 3)
    far.take_in("zendesk", desk.page(*(desk.ticket(number) for number in range(1, 8))), desk.at(1))
    summary = far.load([desk.ref(7)])[desk.ref(7)].summary
    assert summary is not None
    assert summary.open_tickets == 7
    assert [one.ref.id for one in summary.tickets] == ["1", "2", "3"]


def test_looking_far_takes_as_many_queries_for_many_tickets_as_for_one(far: SqlStore, desk: Any) -> None:
    tickets = [
        desk.ticket(number, account=desk.account_ref(number % 50), links=(desk.link(),)) for number in range(300)
    ]
    far.take_in("zendesk", desk.page(*tickets, tracker(desk)), desk.at(0))
    for number in range(5):
        far.begin(Ledger(ref=desk.ref(number), tags=frozenset({"esc_t1"})), (), ())
    counts = []
    for refs in ([desk.ref(1)], [ticket.ref for ticket in tickets]):
        asked: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any, into: list[str] = asked) -> None:
            into.append(statement)

        event.listen(far._engine, "after_cursor_execute", note)
        assert len(far.load(refs)) == len(refs)
        event.remove(far._engine, "after_cursor_execute", note)
        counts.append(sum(statement.startswith("SELECT") for statement in asked))
    assert counts[0] == counts[1]


# Linked tickets


def test_linked_tickets_come_with_their_past_as_people_set_them_and_each_once(far: SqlStore, desk: Any) -> None:
    home = desk.ticket(1, links=(desk.link(), desk.link(kind=LinkKind.RELATED), desk.link("jira:404")))
    far.begin(Ledger(ref=TRACKED, tags=frozenset({"escalation"})), (), ())
    marked = tracker(desk, tags=frozenset({"ink", "escalation"}), updated_at=desk.at(-600))
    far.take_in("zendesk", desk.page(home, marked), desk.at(1))
    done = tracker(desk, tags=frozenset({"ink"}), status=StatusCategory.SOLVED, version="v2", updated_at=desk.at(5))
    far.take_in("jira", desk.page(done), desk.at(6))
    (linked,) = far.load([desk.ref(1)])[desk.ref(1)].linked
    assert (linked.ref, linked.status, linked.tags) == (TRACKED, StatusCategory.SOLVED, {"ink"})
    assert [(moment.at, moment.state.status) for moment in linked.timeline.moments] == [
        (desk.at(-600), StatusCategory.OPEN),
        (desk.at(5), StatusCategory.SOLVED),
    ]
    assert linked.timeline.moments[0].state.tags == {"ink"}


@pytest.mark.parametrize("way", ["poll", "fresh read", "deleted", "forgotten"])
def test_a_change_of_a_linked_ticket_nudges_the_open_tickets_that_link_to_it(
    far: SqlStore, desk: Any, way: str
) -> None:
    home, stranger = desk.ticket(1, links=(desk.link(),)), desk.ticket(2, account=None)
    solved = desk.ticket(3, links=(desk.link(),), status=StatusCategory.SOLVED)
    far.take_in("zendesk", desk.page(home, stranger, solved, tracker(desk)), desk.at(1))
    settle_down(far, desk)
    after = tracker(desk, status=StatusCategory.SOLVED, version="v2", updated_at=desk.at(2))
    if way == "poll":
        far.take_in("jira", desk.page(after), desk.at(3))
    elif way == "fresh read":
        far.refresh([after], desk.at(3))
    elif way == "deleted":
        far.take_in("jira", desk.page(tracker(desk, status=StatusCategory.DELETED)), desk.at(3))
    else:
        far.forget(TRACKED, desk.at(3))
    nudged = due_now(far, desk)
    assert nudged.pop(str(TRACKED), "polled") == "polled"
    assert nudged == {"zendesk:1": "linked"}


def test_other_words_on_a_linked_ticket_and_our_own_writes_there_nudge_nobody(far: SqlStore, desk: Any) -> None:
    far.take_in("zendesk", desk.page(desk.ticket(1, links=(desk.link(),)), tracker(desk)), desk.at(1))
    far.begin(Ledger(ref=TRACKED, tags=frozenset({"escalation"})), (), ())
    settle_down(far, desk)
    touched = tracker(desk, subject="Other words", tags=tracker(desk).tags | {"escalation"}, updated_at=desk.at(2))
    far.take_in("jira", desk.page(touched), desk.at(3))
    assert due_now(far, desk) == {str(TRACKED): "polled"}


def test_tickets_that_are_read_together_do_not_nudge_each_other(far: SqlStore, desk: Any) -> None:
    home = desk.ticket(1, links=(desk.link(),))
    far.take_in("zendesk", desk.page(home, tracker(desk)), desk.at(1))
    settle_down(far, desk)
    far.refresh([home, tracker(desk, status=StatusCategory.SOLVED, updated_at=desk.at(2))], desk.at(3))
    assert due_now(far, desk) == {}
