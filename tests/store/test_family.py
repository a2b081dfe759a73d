"""Pieces of work below a ticket, as their ticket shows them and as they show themselves."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from connectors.base import ChildSeen
from escalade.store.deliveries import Arrival
from escalade.store.sql import SqlStore
from rules.ticket import Child, StatusCategory, TicketRef

FIX, TELL = TicketRef("zendesk", "801"), TicketRef("zendesk", "802")


def _child(ref: TicketRef = FIX, **changes: Any) -> Child:
    plain = {"ref": ref, "key": ref.id, "title": "Fix it", "status": StatusCategory.OPEN}
    return Child(**plain | {"began_as": StatusCategory.OPEN} | changes)


@pytest.fixture
def whole() -> Child:
    """A piece of work with everything that is known of it."""
    return _child(assignee="u1", due_on=date(2026, 3, 6))


@pytest.fixture
def settled(store: SqlStore, desk: Any, whole: Child) -> SqlStore:
    """A ticket whose work was seen, and whose visit is over."""
    store.take_in("zendesk", desk.page(desk.ticket(1), children=(ChildSeen(on=desk.ref(1), child=whole),)), desk.at(0))
    _rest(store, desk)
    return store


def _rest(store: SqlStore, desk: Any) -> None:
    while due := store.due(desk.at(9999), 100):
        store.finish_all([(visit, None, "") for visit in due])


def _children(store: SqlStore, desk: Any) -> tuple[Child, ...]:
    known = store.load([desk.ref(1)])[desk.ref(1)]
    return known.ticket.children


def _wakes(store: SqlStore, desk: Any) -> bool:
    return [visit.ref for visit in store.due(desk.at(9999), 100)] == [desk.ref(1)]


def test_what_a_child_shows_of_itself_stands_with_its_ticket(settled: SqlStore, desk: Any, whole: Child) -> None:
    assert _children(settled, desk) == (whole,)


@pytest.mark.parametrize(
    "change", [{"assignee": None}, {"due_on": date(2026, 3, 9)}, {"status": StatusCategory.SOLVED}, {"title": "Tell"}]
)
def test_a_child_that_somebody_moved_wakes_its_ticket(
    settled: SqlStore, desk: Any, whole: Child, change: dict[str, Any]
) -> None:
    settled.take_in("zendesk", desk.page(children=(ChildSeen(on=desk.ref(1), child=whole),)), desk.at(1))
    assert not _wakes(settled, desk), "it is as it was"
    moved = _child(**{"assignee": "u1", "due_on": date(2026, 3, 6)} | change)
    settled.take_in("zendesk", desk.page(children=(ChildSeen(on=desk.ref(1), child=moved),)), desk.at(2))
    assert _wakes(settled, desk)
    assert _children(settled, desk) == (moved,)


def test_a_ticket_that_shows_only_title_and_status_takes_nothing_else_away(
    settled: SqlStore, desk: Any, whole: Child
) -> None:
    shown = desk.ticket(1, children=(_child(status=StatusCategory.SOLVED), _child(TELL)), version="v2")
    settled.refresh([shown], desk.at(1))
    first, second = _children(settled, desk)
    assert (first.status, first.assignee, first.due_on) == (StatusCategory.SOLVED, whole.assignee, whole.due_on)
    assert second == _child(TELL)


@pytest.mark.parametrize(("complete", "stays"), [(True, False), (False, True)])
def test_a_child_that_is_not_shown_is_gone_only_where_all_are_shown(
    settled: SqlStore, desk: Any, complete: bool, stays: bool
) -> None:
    settled.refresh([desk.ticket(1, children_complete=complete, version="v2")], desk.at(1))
    assert bool(_children(settled, desk)) is stays


@pytest.mark.parametrize("wiped", [False, True], ids=["deleted", "wiped for good"])
def test_a_child_that_was_deleted_stays_known_as_deleted_and_wakes_its_ticket(
    wiped: bool, settled: SqlStore, desk: Any, whole: Child
) -> None:
    """What is wiped for good has lost what tied it to its ticket, and comes as a ticket of its own."""
    gone = desk.page(children=(ChildSeen(on=desk.ref(1), child=_child(status=StatusCategory.DELETED)),))
    if wiped:
        gone = desk.page(desk.ticket(801, status=StatusCategory.DELETED, account=None))
    settled.take_in("zendesk", gone, desk.at(1))
    assert _wakes(settled, desk)
    known = settled.load([desk.ref(1)])[desk.ref(1)].ticket
    assert [child.status for child in known.children] == [StatusCategory.DELETED]
    assert known.work == ()
    _rest(settled, desk)
    settled.take_in("zendesk", gone, desk.at(2))
    assert not _wakes(settled, desk), "that is no news"
    settled.take_in("zendesk", desk.page(children=(ChildSeen(on=desk.ref(1), child=whole),)), desk.at(3))
    assert _children(settled, desk) == (whole,), "somebody brought it back"


def test_the_children_of_a_ticket_that_is_gone_are_forgotten(settled: SqlStore, desk: Any) -> None:
    settled.forget(desk.ref(1), desk.at(3))
    settled.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(4))
    assert _children(settled, desk) == ()


def test_where_a_child_began_stays_known_however_it_is_moved(settled: SqlStore, desk: Any) -> None:
    for minute, status in ((1, StatusCategory.PENDING), (2, StatusCategory.SOLVED)):
        moved = _child(status=status, began_as=None)
        settled.take_in("zendesk", desk.page(children=(ChildSeen(on=desk.ref(1), child=moved),)), desk.at(minute))
        (child,) = _children(settled, desk)
        assert (child.status, child.began_as, child.is_untouched) == (status, StatusCategory.OPEN, False)


def test_a_webhook_about_a_piece_of_work_has_the_ticket_above_it_looked_at(settled: SqlStore, desk: Any) -> None:
    settled.arrive([Arrival(webhook="jira", delivery="d1", tickets=(FIX,))], desk.at(5))
    assert [(visit.ref, visit.look) for visit in settled.due(desk.at(5), 9)] == [(desk.ref(1), True)]


def test_a_piece_of_work_that_is_a_ticket_itself_and_one_that_nobody_knows_are_looked_at_themselves(
    settled: SqlStore, desk: Any
) -> None:
    settled.take_in("zendesk", desk.page(desk.ticket(FIX.id)), desk.at(4))
    _rest(settled, desk)
    settled.arrive([Arrival(webhook="jira", delivery="d1", tickets=(FIX, TELL))], desk.at(5))
    assert {visit.ref for visit in settled.due(desk.at(5), 9)} >= {FIX, TELL}
    assert desk.ref(1) not in {visit.ref for visit in settled.due(desk.at(5), 9)}
