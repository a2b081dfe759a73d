"""Tickets without an account stand beside the accounts whose tickets, or whose record, are linked to them."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from connectors.base import LinkSeen
from escalade.store.horizon import Horizon
from escalade.store.sql import SqlStore
from rules.escalation.standing import RECORD_TAG, AccountState, Standing, account_tag
from rules.ledger import Ledger
from rules.ticket import LinkKind, StatusCategory, Ticket, TicketRef

BUG = TicketRef("jira", "10001")


def _record(desk: Any, number: int, account: int, **changes: Any) -> Ticket:
    tags = frozenset({RECORD_TAG, account_tag(desk.account_ref(account))})
    ref = TicketRef("jira", str(number))
    return desk.ticket(number, **{"ref": ref, "key": f"ESC-{number}", "account": None, "tags": tags} | changes)


def _bug(desk: Any, **changes: Any) -> Ticket:
    return desk.ticket(10001, **{"ref": BUG, "key": "OPS-1", "account": None} | changes)


def _say(store: SqlStore, desk: Any, record: Ticket, account: int, said: str) -> None:
    """Let a record say something: a colour while it runs, else its state."""
    state = AccountState.IN_PROGRESS if said in {"red", "yellow"} else AccountState(said)
    standing = Standing(
        record=record.ref,
        key=record.key,
        url=record.url,
        accounts=(desk.account_ref(account),),
        state=state,
        colour=said if state.is_running else None,
        since=desk.at(1),
    )
    store.begin(Ledger(ref=record.ref, standing=standing), (), ())


@pytest.fixture
def declared(store: SqlStore, desk: Any) -> SqlStore:
    """Account 7 is escalated, its ticket 1 is linked to a bug; ticket 2 and another bug have nothing to do with it."""
    store.watch(Horizon(records=True))
    other = desk.ticket(2, account=desk.account_ref(8), links=(desk.link("jira:10002"),))
    store.take_in("zendesk", desk.page(desk.ticket(1, links=(desk.link(),)), other), desk.at(0))
    plain = _bug(desk, ref=TicketRef("jira", "10002"), key="OPS-2")
    record = _record(desk, 900, 7)
    store.take_in("jira", desk.page(_bug(desk), plain, record), desk.at(1))
    _say(store, desk, record, 7, "red")
    _settle(store, desk)
    return store


def _settle(store: SqlStore, desk: Any) -> None:
    while due := store.due(desk.at(9999), 100):
        store.finish_all([(visit, None, "") for visit in due])


def _due(store: SqlStore, desk: Any) -> set[TicketRef]:
    return {visit.ref for visit in store.due(desk.at(9999), 100)}


def _beside(store: SqlStore, ref: TicketRef = BUG) -> list[str]:
    return [one.key for one in store.load([ref])[ref].around.beside]


def test_a_bug_stands_beside_the_account_whose_ticket_is_linked_to_it(declared: SqlStore, desk: Any) -> None:
    assert _beside(declared) == ["ESC-900"]
    assert _beside(declared, TicketRef("jira", "10002")) == []
    assert _beside(declared, desk.ref(1)) == [], "it belongs to the account itself"


def test_another_colour_and_the_end_wake_what_stands_beside(declared: SqlStore, desk: Any) -> None:
    record = _record(desk, 900, 7)
    _say(declared, desk, record, 7, "yellow")
    assert BUG in _due(declared, desk)
    _settle(declared, desk)
    _say(declared, desk, record, 7, "yellow")
    assert _due(declared, desk) == set(), "nothing was said anew"
    _say(declared, desk, record, 7, "closed")
    assert BUG in _due(declared, desk)
    assert _beside(declared) == []


def test_a_ticket_of_another_account_stands_beside_nobody(declared: SqlStore, desk: Any) -> None:
    declared.take_in("jira", desk.page(_bug(desk, account=desk.account_ref(8), version="v2")), desk.at(2))
    assert _beside(declared) == []


def test_two_escalated_accounts_are_both_told_of(declared: SqlStore, desk: Any) -> None:
    second = _record(desk, 901, 8)
    declared.take_in("jira", desk.page(second), desk.at(2))
    declared.take_in("zendesk", desk.page(links=(desk.tied(2),)), desk.at(2))
    _say(declared, desk, second, 8, "yellow")
    assert _beside(declared) == ["ESC-900", "ESC-901"]


@pytest.mark.parametrize("way", ["new link", "other account", "solved", "gone", "unlinked", "reopened"])
def test_whatever_draws_a_bug_in_or_lets_it_go_wakes_it(way: str, declared: SqlStore, desk: Any) -> None:
    if way == "new link":
        late = _bug(desk, ref=TicketRef("jira", "10003"), key="OPS-3")
        declared.take_in("jira", desk.page(late), desk.at(2))
        _settle(declared, desk)
        declared.take_in("zendesk", desk.page(links=(desk.tied(1, to="jira:10003"),)), desk.at(2))
        assert late.ref in _due(declared, desk)
        assert _beside(declared, late.ref) == ["ESC-900"]
        return
    if way == "reopened":
        solved = desk.ticket(3, status=StatusCategory.SOLVED, links=(desk.link("jira:10002"),))
        declared.take_in("zendesk", desk.page(solved), desk.at(2))
        assert _beside(declared, TicketRef("jira", "10002")) == [], "it was over before"
        _settle(declared, desk)
        declared.take_in("zendesk", desk.page(replace(solved, status=StatusCategory.OPEN, version="v2")), desk.at(3))
        assert TicketRef("jira", "10002") in _due(declared, desk)
        assert _beside(declared, TicketRef("jira", "10002")) == ["ESC-900"]
        return
    if way == "other account":
        moved = desk.ticket(1, account=desk.account_ref(8), links=(desk.link(),), version="v2")
        declared.take_in("zendesk", desk.page(moved), desk.at(2))
    elif way == "solved":
        solved = desk.ticket(1, status=StatusCategory.SOLVED, links=(desk.link(),), version="v2")
        declared.take_in("zendesk", desk.page(solved), desk.at(2))
    elif way == "gone":
        declared.forget(desk.ref(1), desk.at(2))
    else:
        declared.refresh([desk.ticket(1, version="v2")], desk.at(2))
    assert BUG in _due(declared, desk)
    assert _beside(declared) == []


def test_what_the_record_itself_is_linked_to_stands_beside_it_until_the_poll_shows_no_link(
    declared: SqlStore, desk: Any
) -> None:
    other = TicketRef("jira", "10002")
    tied = _record(
        desk, 900, 7, links=(desk.link("jira:10002", kind=LinkKind.RELATED),), links_complete=True, version="v2"
    )
    declared.take_in("jira", desk.page(tied), desk.at(2))
    assert other in _due(declared, desk)
    assert _beside(declared, other) == ["ESC-900"]
    _settle(declared, desk)
    declared.take_in("jira", desk.page(replace(tied, links=(), version="v3")), desk.at(3))
    assert other in _due(declared, desk)
    assert _beside(declared, other) == []


def test_a_sight_that_does_not_claim_to_show_every_link_takes_none_away(declared: SqlStore, desk: Any) -> None:
    declared.take_in("zendesk", desk.page(desk.ticket(1, version="v2", subject="Other words")), desk.at(2))
    assert _beside(declared) == ["ESC-900"]


def test_solved_bugs_are_left_alone(declared: SqlStore, desk: Any) -> None:
    declared.take_in("jira", desk.page(_bug(desk, status=StatusCategory.SOLVED, version="v2")), desk.at(2))
    _settle(declared, desk)
    _say(declared, desk, _record(desk, 900, 7), 7, "yellow")
    assert BUG not in _due(declared, desk)


def test_a_policy_without_records_loads_nothing_and_wakes_nobody(store: SqlStore, desk: Any) -> None:
    store.take_in("jira", desk.page(_bug(desk)), desk.at(0))
    _settle(store, desk)
    store.take_in("zendesk", desk.page(links=(LinkSeen(on=desk.ref(1), link=desk.link()),)), desk.at(1))
    assert BUG not in _due(store, desk)
    assert _beside(store) == []
