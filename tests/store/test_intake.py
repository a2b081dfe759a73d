"""Taking in pages: what is stored, what counts as news, who is nudged."""

from __future__ import annotations

from typing import Any

import pytest

from escalade.store import blobs
from escalade.store.sql import SqlStore, open_store
from rules.forms import CommentForm
from rules.ledger import Ledger, Owned
from rules.ticket import Child, Priority, Side, StatusCategory, TicketRef


def settle_down(store: SqlStore, desk: Any) -> None:
    """Finish every due visit, so that the next nudge shows."""
    for visit in store.due(desk.at(10_000), 1000):
        store.finish(visit, None, "nothing to wait for")


def due_now(store: SqlStore, desk: Any) -> dict[str, str]:
    return {visit.ref.id: visit.reason for visit in store.due(desk.at(10_000), 1000)}


def test_a_page_is_stored_and_its_checkpoint_moves_with_it(store: SqlStore, desk: Any) -> None:
    assert store.checkpoint("zendesk", "tickets") is None
    taken = store.take_in("zendesk", desk.page(desk.ticket(1), desk.ticket(2), checkpoint="abc"), desk.at(1))
    assert (taken.tickets, taken.changed, taken.comments) == (2, 2, 0)
    assert store.checkpoint("zendesk", "tickets") == "abc"
    assert store.checkpoint("zendesk", "ticket_events") is None
    assert store.checkpoint("jira", "tickets") is None
    assert desk.shown(store, 1) == desk.ticket(1)
    assert due_now(store, desk) == {"1": "polled", "2": "polled"}


def test_the_same_page_again_changes_nothing(store: SqlStore, desk: Any) -> None:
    page = desk.page(desk.ticket(1), comments=(desk.said(1, 5),), links=(desk.tied(1),), accounts=(desk.account(7),))
    store.take_in("zendesk", page, desk.at(1))
    settle_down(store, desk)
    again = store.take_in("zendesk", page, desk.at(2))
    assert (again.tickets, again.changed, again.comments) == (1, 0, 0)
    assert due_now(store, desk) == {}


def test_a_touch_without_a_change_is_no_news_but_its_version_is_kept(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(1))
    settle_down(store, desk)
    touched = desk.ticket(1, version="v2", updated_at=desk.at(5))
    assert store.take_in("zendesk", desk.page(touched), desk.at(6)).changed == 0
    assert due_now(store, desk) == {}
    assert desk.shown(store, 1) == touched


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "Two printers are on fire"},
        {"status": StatusCategory.PENDING},
        {"priority": None},
        {"tags": frozenset({"printer"})},
        {"fields": {"impact": "low"}},
        {"group": "Tier 2"},
        {"key": "35"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_of_content_nudges_the_ticket(store: SqlStore, desk: Any, change: dict[str, Any]) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1), desk.ticket(2, account=None)), desk.at(1))
    settle_down(store, desk)
    changed = desk.ticket(1, version="v2", updated_at=desk.at(5), **change)
    assert store.take_in("zendesk", desk.page(changed), desk.at(6)).changed == 1
    assert due_now(store, desk)["1"] == "polled"
    assert "2" not in due_now(store, desk)


def test_the_content_hash_does_not_depend_on_the_order_of_sets(desk: Any) -> None:
    words = [f"tag-{number}" for number in range(50)]
    forwards = desk.ticket(1, tags=frozenset(words), fields=dict.fromkeys(words, 1))
    backwards = desk.ticket(1, tags=frozenset(reversed(words)), fields=dict.fromkeys(reversed(words), 1))
    assert blobs.content_hash(forwards) == blobs.content_hash(backwards)


def test_a_sight_older_than_ours_is_ignored(store: SqlStore, desk: Any) -> None:
    fresh = desk.ticket(1, subject="fresh", version="v2", updated_at=desk.at(5))
    store.refresh([fresh], desk.at(6))
    stale = desk.ticket(1, subject="stale", comments=(desk.comment(1),))
    taken = store.take_in("zendesk", desk.page(stale), desk.at(7))
    assert taken.changed == 0
    assert due_now(store, desk) == {}
    assert desk.shown(store, 1) == fresh


def test_an_echo_of_what_was_read_in_full_does_not_make_it_less(store: SqlStore, desk: Any) -> None:
    child = Child(
        ref=desk.ref(9), key="9", title="Extinguish", status=StatusCategory.OPEN, began_as=StatusCategory.OPEN
    )
    full = desk.ticket(1, comments=(desk.comment(1),), comments_complete=True, children=(child,))
    store.refresh([full], desk.at(1))
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(2))
    assert desk.shown(store, 1) == full
    assert due_now(store, desk) == {}


def test_of_two_sights_in_one_page_the_last_one_counts(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1), desk.ticket(1, subject="later")), desk.at(1))
    assert store.load([desk.ref(1)])[desk.ref(1)].ticket.subject == "later"


def test_a_comment_nudges_its_ticket_once(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1), desk.ticket(2, account=None)), desk.at(1))
    settle_down(store, desk)
    page = desk.page(stream="ticket_events", comments=(desk.said(1, 3, body="It burns!"), desk.said(1, 2)))
    assert store.take_in("zendesk", page, desk.at(4)).comments == 2
    assert due_now(store, desk) == {"1": "polled"}
    assert store.load([desk.ref(1)])[desk.ref(1)].ticket.comments == (desk.comment(2), desk.comment(3))
    settle_down(store, desk)
    assert store.take_in("zendesk", page, desk.at(5)).comments == 0
    assert due_now(store, desk) == {}


def test_a_comment_that_was_made_private_nudges_its_ticket(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(comments=(desk.said(1, 3),)), desk.at(1))
    settle_down(store, desk)
    store.take_in("zendesk", desk.page(comments=(desk.said(1, 3, public=False),)), desk.at(2))
    assert due_now(store, desk) == {"1": "polled"}


def test_our_own_comment_is_kept_but_nudges_nobody(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(1))
    settle_down(store, desk)
    ours = desk.said(1, 3, ours=True, side=Side.SYSTEM, public=False)
    assert store.take_in("zendesk", desk.page(comments=(ours,)), desk.at(4)).comments == 1
    assert due_now(store, desk) == {}
    assert store.load([desk.ref(1)])[desk.ref(1)].ticket.comments == (ours.comment,)


def test_comments_and_links_of_tickets_not_known_yet_are_kept_for_them(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(comments=(desk.said(1, 3),), links=(desk.tied(1),)), desk.at(1))
    assert due_now(store, desk) == {"1": "polled"}
    assert store.load([desk.ref(1)]) == {}
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(2))
    ticket = store.load([desk.ref(1)])[desk.ref(1)].ticket
    assert (ticket.comments, ticket.links) == ((desk.comment(3),), (desk.link(),))


def test_a_new_link_nudges_and_a_new_key_of_a_known_one_does_not(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(1))
    settle_down(store, desk)
    store.take_in("zendesk", desk.page(links=(desk.tied(1),)), desk.at(2))
    assert due_now(store, desk) == {"1": "polled"}
    settle_down(store, desk)
    store.take_in("zendesk", desk.page(links=(desk.tied(1, key="CORE-9"),)), desk.at(3))
    assert due_now(store, desk) == {}
    assert store.load([desk.ref(1)])[desk.ref(1)].ticket.links == (desk.link(key="CORE-9"),)


def test_a_ticket_with_all_its_comments_drops_those_that_are_gone(store: SqlStore, desk: Any) -> None:
    both = (desk.comment(1), desk.comment(2))
    store.take_in("zendesk", desk.page(desk.ticket(1, comments=both, comments_complete=True)), desk.at(1))
    one = desk.ticket(1, comments=both[1:], comments_complete=True, version="v2", updated_at=desk.at(2))
    store.take_in("zendesk", desk.page(one), desk.at(3))
    assert store.load([desk.ref(1)])[desk.ref(1)].ticket.comments == both[1:]
    some = desk.ticket(1, comments=(desk.comment(4),), version="v3", updated_at=desk.at(4))
    store.take_in("zendesk", desk.page(some), desk.at(5))
    assert store.load([desk.ref(1)])[desk.ref(1)].ticket.comments == (desk.comment(2), desk.comment(4))


def test_a_deleted_ticket_is_forgotten_but_not_its_journal(store: SqlStore, desk: Any) -> None:
    known = desk.ticket(1, comments=(desk.comment(1),), links=(desk.link(),))
    store.take_in("zendesk", desk.page(known), desk.at(1))
    scrubbed = desk.ticket(1, subject="SCRUBBED", status=StatusCategory.DELETED)
    assert store.take_in("zendesk", desk.page(scrubbed), desk.at(2)).changed == 1
    assert store.load([desk.ref(1)]) == {}
    assert due_now(store, desk) == {}
    assert [entry.action for entry in store.journal(desk.ref(1))] == ["ticket.gone"]
    assert store.take_in("zendesk", desk.page(scrubbed), desk.at(3)).changed == 0
    assert len(store.journal(desk.ref(1))) == 1
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(4))
    assert store.load([desk.ref(1)])[desk.ref(1)].ticket.comments == ()


def test_forgetting_keeps_ledger_and_journal_and_finishing_does_not_bring_the_visit_back(
    store: SqlStore, desk: Any
) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(1))
    ledger = Ledger(ref=desk.ref(1), tags=frozenset({"tier-1"}))
    store.begin(ledger, (), ())
    visit = store.due(desk.at(1), 10)[0]
    store.forget(desk.ref(1), desk.at(2))
    store.finish(visit, desk.at(3), "tier time-out")
    assert store.load([desk.ref(1)]) == {}
    assert due_now(store, desk) == {}
    assert [entry.action for entry in store.journal(desk.ref(1))] == ["ticket.gone"]
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(4))
    assert store.load([desk.ref(1)])[desk.ref(1)].ledger == ledger


def test_what_was_named_and_turned_out_to_be_no_ticket_is_not_looked_at_again_and_not_told_of(
    store: SqlStore, desk: Any
) -> None:
    store.nudge([desk.ref(1)], desk.at(1), "webhook")
    store.forget(desk.ref(1), desk.at(2))
    assert due_now(store, desk) == {}
    assert list(store.journal(desk.ref(1))) == []


def test_a_refresh_replaces_comments_and_links_and_nudges_nobody(store: SqlStore, desk: Any) -> None:
    before = desk.ticket(1, comments=(desk.comment(1), desk.comment(2)), links=(desk.link(),))
    store.take_in("zendesk", desk.page(before), desk.at(1))
    settle_down(store, desk)
    after = desk.ticket(
        1,
        subject="Printer 1 is wet",
        comments=(desk.comment(2), desk.comment(3)),
        comments_complete=True,
        links=(desk.link("jira:10002"),),
    )
    store.refresh([after], desk.at(2))
    assert desk.shown(store, 1) == after
    assert due_now(store, desk) == {}


def test_what_was_read_afresh_is_no_news_when_the_poll_brings_it(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(1))
    settle_down(store, desk)
    written = desk.ticket(1, tags=frozenset({"tier-1"}), version="v2", updated_at=desk.at(2), comments_complete=True)
    store.refresh([written], desk.at(2))
    polled = desk.ticket(1, tags=frozenset({"tier-1"}), version="v2", updated_at=desk.at(2))
    assert store.take_in("zendesk", desk.page(polled), desk.at(3)).changed == 0
    assert due_now(store, desk) == {}


@pytest.mark.parametrize(
    ("change", "concerned"),
    [
        ({"priority": Priority.URGENT}, True),
        ({"status": StatusCategory.SOLVED}, True),
        ({"account": None}, True),
        ({"subject": "other words"}, False),
        ({"status": StatusCategory.PENDING}, False),
    ],
    ids=["priority", "solved", "account", "subject", "still open"],
)
def test_siblings_are_nudged_when_their_accounts_sum_changes(
    store: SqlStore, desk: Any, change: dict[str, Any], concerned: bool
) -> None:
    solved = desk.ticket(3, status=StatusCategory.SOLVED)
    elsewhere = desk.ticket(4, account=desk.account_ref(8))
    store.take_in("zendesk", desk.page(desk.ticket(1), desk.ticket(2), solved, elsewhere), desk.at(1))
    settle_down(store, desk)
    changed = desk.ticket(1, version="v2", updated_at=desk.at(2), **change)
    store.take_in("zendesk", desk.page(changed), desk.at(3))
    assert due_now(store, desk) == {"1": "polled"} | ({"2": "sibling"} if concerned else {})


def test_a_solved_ticket_weighs_nothing_whatever_its_priority(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1, status=StatusCategory.SOLVED), desk.ticket(2)), desk.at(1))
    settle_down(store, desk)
    urgent = desk.ticket(1, status=StatusCategory.SOLVED, priority=Priority.URGENT, version="v2")
    store.take_in("zendesk", desk.page(urgent), desk.at(3))
    assert due_now(store, desk) == {"1": "polled"}


def test_a_move_between_accounts_concerns_both(store: SqlStore, desk: Any) -> None:
    other = desk.ticket(3, account=desk.account_ref(8))
    store.take_in("zendesk", desk.page(desk.ticket(1), desk.ticket(2), other), desk.at(1))
    settle_down(store, desk)
    moved = desk.ticket(1, account=desk.account_ref(8), version="v2", updated_at=desk.at(2))
    store.take_in("zendesk", desk.page(moved), desk.at(3))
    assert due_now(store, desk) == {"1": "polled", "2": "sibling", "3": "sibling"}


@pytest.mark.parametrize("way", ["refresh", "forget", "deleted"])
def test_siblings_are_nudged_by_fresh_reads_and_by_tickets_that_are_gone(store: SqlStore, desk: Any, way: str) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1), desk.ticket(2)), desk.at(1))
    settle_down(store, desk)
    if way == "refresh":
        store.refresh([desk.ticket(1, priority=Priority.HIGH)], desk.at(2))
    elif way == "forget":
        store.forget(desk.ref(1), desk.at(2))
    else:
        store.take_in("zendesk", desk.page(desk.ticket(1, status=StatusCategory.DELETED)), desk.at(2))
    assert due_now(store, desk) == {"2": "sibling"}


def test_our_own_raise_does_not_concern_the_siblings(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1), desk.ticket(2)), desk.at(1))
    store.begin(Ledger(ref=desk.ref(1), priority=Owned(ours="urgent", before="normal")), (), ())
    settle_down(store, desk)
    raised = desk.ticket(1, priority=Priority.URGENT, version="v2", updated_at=desk.at(2))
    store.take_in("zendesk", desk.page(raised), desk.at(3))
    assert due_now(store, desk) == {"1": "polled"}


def test_siblings_are_left_alone_where_nobody_asked_for_them(store_url: str, desk: Any) -> None:
    with open_store(store_url) as store:
        store.take_in("zendesk", desk.page(desk.ticket(1), desk.ticket(2)), desk.at(1))
        settle_down(store, desk)
        urgent = desk.ticket(1, priority=Priority.URGENT, version="v2", updated_at=desk.at(2))
        store.take_in("zendesk", desk.page(urgent), desk.at(3))
        store.forget(desk.ref(1), desk.at(4))
        assert due_now(store, desk) == {}


def test_a_changed_account_concerns_its_open_tickets(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1), accounts=(desk.account(7),)), desk.at(1))
    settle_down(store, desk)
    store.take_in("zendesk", desk.page(accounts=(desk.account(7),)), desk.at(2))
    assert due_now(store, desk) == {}
    gold = desk.account(7, tags=frozenset({"gold"}))
    store.take_in("zendesk", desk.page(accounts=(gold,)), desk.at(3))
    assert due_now(store, desk) == {"1": "account"}
    assert store.load([desk.ref(1)])[desk.ref(1)].account == gold


def test_a_page_larger_than_one_statement_is_taken_in_whole(store: SqlStore, desk: Any) -> None:
    tickets = [desk.ticket(number, account=None) for number in range(2500)]
    comments = tuple(desk.said(number, number) for number in range(2500))
    taken = store.take_in("zendesk", desk.page(*tickets, comments=comments), desk.at(1))
    assert (taken.changed, taken.comments) == (2500, 2500)
    known = store.load([ticket.ref for ticket in tickets])
    assert len(known) == 2500
    assert known[TicketRef("zendesk", "2499")].ticket.comments == (desk.comment(2499),)


def test_the_form_of_a_comment_is_kept_and_a_sight_without_its_text_does_not_take_it_away(
    store: SqlStore, desk: Any
) -> None:
    dated = desk.said(1, 5, form=CommentForm(month=3, day=2, text=True))
    store.take_in("zendesk", desk.page(desk.ticket(1), comments=(dated,)), desk.at(1))
    settle_down(store, desk)
    store.take_in("zendesk", desk.page(comments=(desk.said(1, 5),)), desk.at(2))
    assert store.load([desk.ref(1)])[desk.ref(1)].ticket.comments == (dated.comment,)
    assert due_now(store, desk) == {}


def test_a_comment_that_was_rewritten_in_another_form_nudges_its_ticket(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1), comments=(desk.said(1, 5, form=CommentForm()),)), desk.at(1))
    settle_down(store, desk)
    better = desk.said(1, 5, form=CommentForm(month=3, day=2, text=True))
    store.take_in("zendesk", desk.page(comments=(better,)), desk.at(2))
    assert due_now(store, desk) == {"1": "polled"}
