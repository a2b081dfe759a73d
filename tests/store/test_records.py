"""The record of an account's escalation: who is told what, and whose news wakes whom."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from escalade.store import members, standings, visits, writes
from escalade.store.crew import Crew
from escalade.store.horizon import Horizon
from escalade.store.sql import SqlStore, open_store
from rules.commands import Command
from rules.escalation.standing import RECORD_TAG, AccountState, Standing, account_tag, accounts_of, foremost
from rules.ledger import Ledger, Owned
from rules.ticket import AccountRef, Priority, Side, StatusCategory, Ticket, TicketRef
from sync import Known

RECORD = TicketRef("jira", "900")
OF_ALL = Horizon(records=True)
_AT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def watching(store: SqlStore) -> SqlStore:
    """A store of a policy that keeps escalations of accounts."""
    store.watch(OF_ALL)
    return store


def _record(desk: Any, **changes: Any) -> Ticket:
    tags = frozenset({RECORD_TAG, account_tag(desk.account_ref(7))})
    plain = {"ref": RECORD, "key": "ESC-1", "url": "https://jira.example/ESC-1", "account": None, "tags": tags}
    return desk.ticket(900, **plain | changes)


def _standing(desk: Any, state: AccountState = AccountState.DECLARED, **changes: Any) -> Standing:
    plain = {
        "record": RECORD,
        "key": "ESC-1",
        "url": "https://jira.example/ESC-1",
        "accounts": (desk.account_ref(7),),
        "state": state,
        "since": desk.at(1),
    }
    return Standing(**plain | changes)


def _settled(store: SqlStore, desk: Any) -> None:
    """Let every visit rest."""
    while due := store.due(desk.at(9999), 100):
        store.finish_all([(visit, None, "") for visit in due])


def _due(store: SqlStore, desk: Any) -> set[TicketRef]:
    return {visit.ref for visit in store.due(desk.at(9999), 100)}


def _known(store: SqlStore, ref: TicketRef) -> Known:
    return store.load([ref])[ref]


def test_a_record_is_known_by_its_tags_and_told_to_the_accounts_tickets_as_proposed(
    watching: SqlStore, desk: Any
) -> None:
    watching.take_in("zendesk", desk.page(desk.ticket(1), desk.ticket(2, account=desk.account_ref(8))), desk.at(0))
    watching.take_in("jira", desk.page(_record(desk)), desk.at(1))
    standing = _known(watching, desk.ref(1)).around.standing
    assert standing is not None
    assert (standing.record, standing.key, standing.state) == (RECORD, "ESC-1", AccountState.PROPOSED)
    assert _known(watching, desk.ref(2)).around.standing is None
    assert _known(watching, RECORD).around.standing is None


def test_a_policy_that_keeps_no_records_loads_nothing_around_a_ticket(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1), _record(desk)), desk.at(0))
    assert _known(store, desk.ref(1)).around.standing is None
    assert _known(store, RECORD).around.members == ()


def test_a_record_that_came_before_the_policy_asked_is_known_all_the_same(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1), _record(desk)), desk.at(0))
    store.watch(OF_ALL)
    assert _known(store, desk.ref(1)).around.standing is not None
    assert [one.ref for one in _known(store, RECORD).around.members] == [desk.ref(1)]


def test_what_the_record_says_is_kept_with_its_ledger_and_wakes_the_open_tickets_of_the_account(
    watching: SqlStore, desk: Any
) -> None:
    other, solved = desk.ticket(2, account=desk.account_ref(8)), desk.ticket(3, status=StatusCategory.SOLVED)
    watching.take_in("zendesk", desk.page(desk.ticket(1), other, solved), desk.at(0))
    watching.take_in("jira", desk.page(_record(desk)), desk.at(1))
    _settled(watching, desk)
    standing = _standing(desk, colour="red")
    watching.begin(Ledger(ref=RECORD, standing=standing), (), ())
    assert _due(watching, desk) == {desk.ref(1)}
    assert _known(watching, desk.ref(1)).around.standing == standing
    _settled(watching, desk)
    watching.begin(Ledger(ref=RECORD, standing=standing, episodes=1), (), ())
    assert _due(watching, desk) == set(), "nothing was said anew"


def test_a_new_ticket_of_the_account_has_the_standing_at_its_first_visit_and_wakes_the_record(
    watching: SqlStore, desk: Any
) -> None:
    watching.take_in("jira", desk.page(_record(desk)), desk.at(1))
    watching.begin(Ledger(ref=RECORD, standing=_standing(desk)), (), ())
    _settled(watching, desk)
    watching.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(2))
    assert _due(watching, desk) == {desk.ref(1), RECORD}
    assert _known(watching, desk.ref(1)).around.standing == _standing(desk)


@pytest.mark.parametrize(
    ("side", "ours", "commands", "wakes"),
    [
        (Side.AGENT, False, (), True),
        (Side.REQUESTER, False, (), True),
        (Side.SYSTEM, True, (), False),
        (Side.SYSTEM, True, (Command(verb="consent"),), True),
    ],
    ids=["an agent", "the customer", "we", "somebody through our command line"],
)
def test_who_speaks_on_a_member_wakes_the_record_except_ourselves(  # noqa: PLR0917 - a table
    watching: SqlStore, desk: Any, side: Side, ours: bool, commands: tuple[Command, ...], wakes: bool
) -> None:
    watching.take_in("zendesk", desk.page(desk.ticket(1), _record(desk)), desk.at(0))
    _settled(watching, desk)
    said = desk.said(1, 5, side=side, ours=ours, commands=commands)
    watching.take_in("zendesk", desk.page(comments=(said,)), desk.at(6))
    assert (RECORD in _due(watching, desk)) is wakes


def test_our_own_tag_on_a_member_wakes_no_record_and_the_priority_of_a_person_does(
    watching: SqlStore, desk: Any
) -> None:
    ticket = desk.ticket(1)
    watching.take_in("zendesk", desk.page(ticket, _record(desk)), desk.at(0))
    _settled(watching, desk)
    watching.begin(Ledger(ref=ticket.ref, tags=frozenset({"acct_red"})), (), ())
    ours = desk.ticket(1, tags=ticket.tags | {"acct_red"}, updated_at=desk.at(3), version="v2")
    watching.take_in("zendesk", desk.page(ours), desk.at(3))
    assert RECORD not in _due(watching, desk)
    theirs = replace(ours, priority=Priority.URGENT, updated_at=desk.at(4), version="v3")
    watching.take_in("zendesk", desk.page(theirs), desk.at(4))
    assert RECORD in _due(watching, desk)


def test_the_members_are_the_accounts_tickets_and_what_they_are_tied_to_as_people_set_them(
    watching: SqlStore, desk: Any
) -> None:
    bug = desk.ticket(50, ref=TicketRef("jira", "50"), account=None)
    tied = desk.ticket(1, links=(desk.link(to="jira:50"),))
    watching.take_in("zendesk", desk.page(tied, desk.ticket(2), comments=(desk.said(2, 5),)), desk.at(0))
    watching.take_in("jira", desk.page(bug, _record(desk)), desk.at(1))
    raised = Ledger(ref=desk.ref(2), priority=Owned(ours="normal", before="low"))
    watching.begin(raised, (), ())
    members_ = {one.ref: one for one in _known(watching, RECORD).around.members}
    assert members_.keys() == {desk.ref(1), desk.ref(2), bug.ref}
    assert members_[desk.ref(2)].priority is Priority.LOW
    assert len(members_[desk.ref(2)].comments) == 1
    assert len(members_[desk.ref(1)].timeline.moments) == 1
    assert members_[desk.ref(1)].links[0].to == bug.ref


def test_a_change_of_a_tied_ticket_wakes_the_record_too(watching: SqlStore, desk: Any) -> None:
    bug = desk.ticket(50, ref=TicketRef("jira", "50"), account=None)
    watching.take_in("zendesk", desk.page(desk.ticket(1, links=(desk.link(to="jira:50"),))), desk.at(0))
    watching.take_in("jira", desk.page(bug, _record(desk)), desk.at(1))
    _settled(watching, desk)
    done = replace(bug, status=StatusCategory.SOLVED, status_name="Done", updated_at=desk.at(5), version="v2")
    watching.take_in("jira", desk.page(done), desk.at(5))
    assert RECORD in _due(watching, desk)


def test_a_solved_member_stays_known_to_its_record_until_that_is_over(watching: SqlStore, desk: Any) -> None:
    watching.take_in("zendesk", desk.page(desk.ticket(1), _record(desk)), desk.at(0))
    _settled(watching, desk)
    solved = desk.ticket(1, status=StatusCategory.SOLVED, updated_at=desk.at(5), version="v2")
    watching.take_in("zendesk", desk.page(solved), desk.at(5))
    assert RECORD in _due(watching, desk)
    assert [one.status for one in _known(watching, RECORD).around.members] == [StatusCategory.SOLVED]
    watching.begin(Ledger(ref=RECORD, standing=_standing(desk, AccountState.CLOSED)), (), ())
    _settled(watching, desk)
    again = replace(solved, status=StatusCategory.OPEN, updated_at=desk.at(6), version="v3")
    watching.take_in("zendesk", desk.page(again), desk.at(6))
    assert RECORD not in _due(watching, desk)


@pytest.mark.parametrize("how", ["tag taken off", "deleted", "forgotten"])
def test_a_record_that_somebody_takes_away_is_over_for_the_accounts_tickets(
    watching: SqlStore, desk: Any, how: str
) -> None:
    watching.take_in("zendesk", desk.page(desk.ticket(1), _record(desk)), desk.at(0))
    watching.begin(Ledger(ref=RECORD, standing=_standing(desk)), (), ())
    _settled(watching, desk)
    if how == "forgotten":
        watching.forget(RECORD, desk.at(5))
    else:
        off = {"tags": frozenset({"x"})} if how == "tag taken off" else {"status": StatusCategory.DELETED}
        watching.take_in("jira", desk.page(_record(desk, updated_at=desk.at(5), version="v2", **off)), desk.at(5))
    assert desk.ref(1) in _due(watching, desk)
    standing = _known(watching, desk.ref(1)).around.standing
    assert standing is not None
    assert standing.state is AccountState.CLOSED


def test_the_tags_say_which_accounts_a_record_is_about(watching: SqlStore, desk: Any) -> None:
    eight = desk.account_ref(8)
    watching.take_in("zendesk", desk.page(desk.ticket(1), desk.ticket(2, account=eight), _record(desk)), desk.at(0))
    watching.begin(Ledger(ref=RECORD, standing=_standing(desk)), (), ())
    _settled(watching, desk)
    moved = _record(desk, tags=frozenset({RECORD_TAG, account_tag(eight)}), updated_at=desk.at(5), version="v2")
    watching.take_in("jira", desk.page(moved), desk.at(5))
    assert _due(watching, desk) >= {desk.ref(1), desk.ref(2)}
    assert _known(watching, desk.ref(1)).around.standing is None
    assert _known(watching, desk.ref(2)).around.standing == _standing(desk, accounts=(eight,))
    assert [one.ref for one in _known(watching, RECORD).around.members] == [desk.ref(1), desk.ref(2)]


def test_a_record_is_told_of_no_more_tickets_than_it_can_bear_the_open_ones_first(
    watching: SqlStore, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "MOST_MEMBERS", 2)
    shown = [desk.ticket(number) for number in range(1, 5)]
    watching.take_in("zendesk", desk.page(*shown, _record(desk)), desk.at(0))
    solved = [
        desk.ticket(number, status=StatusCategory.SOLVED, updated_at=desk.at(5), version="v2") for number in (1, 2)
    ]
    watching.take_in("zendesk", desk.page(*solved), desk.at(5))
    assert [one.ref for one in _known(watching, RECORD).around.members] == [desk.ref(3), desk.ref(4)]


@pytest.mark.parametrize("identity", ["8001", "ACME Corp", "Zoë, Inc.", "x-12", "10_a-b", "a:b", "ü" * 50])
def test_the_tag_of_an_account_holds_any_id_in_letters_that_every_helpdesk_keeps(identity: str) -> None:
    account = AccountRef("zendesk", identity)
    tag = account_tag(account)
    assert tag == tag.lower()
    assert " " not in tag
    ticket = Ticket(
        ref=RECORD,
        key="",
        url="",
        subject="",
        status=StatusCategory.OPEN,
        status_name="",
        priority=None,
        created_at=_AT,
        updated_at=_AT,
        version="",
        tags=frozenset({tag, "esc_account:", "esc_account:jira", "esc_account:jira:x-zz"}),
    )
    assert accounts_of(ticket) == (account,)


def test_of_several_records_the_running_one_counts_then_the_proposed_one_then_the_latest(desk: Any) -> None:
    closed = _standing(desk, AccountState.CLOSED, since=desk.at(1))
    refused = _standing(desk, AccountState.REFUSED, since=desk.at(2))
    proposed = [_standing(desk, AccountState.PROPOSED, since=desk.at(at)) for at in (9, 8)]
    running = _standing(desk, AccountState.IN_PROGRESS, since=desk.at(7))
    assert foremost([]) is None
    assert foremost([refused, closed]) == refused
    assert foremost([closed, *proposed]) == proposed[1]
    assert foremost([*proposed, running, refused]) == running


def test_the_record_of_a_visit_is_no_member_of_another_one(watching: SqlStore, desk: Any) -> None:
    second = _record(desk, ref=TicketRef("zendesk", "901"), account=desk.account_ref(7))
    watching.take_in("zendesk", desk.page(desk.ticket(1), _record(desk), second), desk.at(0))
    assert [one.ref for one in _known(watching, RECORD).around.members] == [desk.ref(1)]


def test_a_note_about_an_account_is_not_spread_before_what_it_is_about_can_be_seen(
    new_postgres_database: Callable[[], str], desk: Any
) -> None:
    url, account = new_postgres_database(), desk.account_ref(7)
    with open_store(url) as one, open_store(url) as other:
        one.refresh([desk.ticket(1)], desk.at(0))
        crew = Crew(other)
        crew.waiting(desk.at(1), 9)
        with one.writing() as noted_before:
            visits.nudge_later(noted_before, [account], desk.at(0))
        with ThreadPoolExecutor(1) as pool:
            with one.writing() as connection:
                visits.nudge_later(connection, [account], desk.at(0))
                spread = pool.submit(crew.waiting, desk.at(1), 9)
                with pytest.raises(TimeoutError):
                    spread.result(0.5)
            assert spread.result(30) == 1
        assert crew.waiting(desk.at(1), 9) == 1


def test_a_poll_that_sees_other_accounts_on_a_record_does_not_overwrite_what_the_record_says_just_then(
    new_postgres_database: Callable[[], str], desk: Any
) -> None:
    url = new_postgres_database()
    declared = _standing(desk, colour="red")
    moved = _record(desk, tags=frozenset({RECORD_TAG, account_tag(desk.account_ref(8))}))
    with open_store(url, horizon=OF_ALL) as one, open_store(url, horizon=OF_ALL) as other:
        one.take_in("jira", desk.page(_record(desk)), desk.at(0))
        with ThreadPoolExecutor(1) as pool:
            with one.writing() as connection:
                ledger = Ledger(ref=RECORD, standing=declared)
                writes.keep_ledger(connection, ledger)
                standings.stand(connection, ledger)
                polled = pool.submit(other.take_in, "jira", desk.page(moved), desk.at(2))
                with pytest.raises(TimeoutError):
                    polled.result(0.5)
            polled.result(30)
        one.take_in("zendesk", desk.page(desk.ticket(2, account=desk.account_ref(8))), desk.at(3))
        assert _known(one, desk.ref(2)).around.standing == replace(declared, accounts=(desk.account_ref(8),))
