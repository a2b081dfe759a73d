"""What an escalation keeps on a ticket: planned once, brought up to date, and left alone where people decided."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from rules.change import Change, CreateRemediation, KeepNote, OpenLinked
from rules.decision import Decision, Desired, DesiredRecord, KeptNote, WorkItem
from rules.escalation.standing import ALONE, RECORD_TAG, AccountState, Around, Standing, account_tag
from rules.ledger import Ledger
from rules.load import load_policy
from rules.ownership import after
from rules.plan import Plan, plan
from rules.ticket import AccountRef, StatusCategory, Ticket, TicketRef

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
REF, RECORD, ACME = TicketRef("zendesk", "1"), TicketRef("jira", "900"), AccountRef("zendesk", "7")
POLICY = load_policy(
    {"p.yaml": "version: 1\nrules:\n  - {id: r, description: R, when: {tags: {contains: never}}, tags: [x]}\n"}
)
TICKET = Ticket(
    ref=REF,
    key="1",
    url="",
    subject="",
    status=StatusCategory.OPEN,
    status_name="open",
    priority=None,
    created_at=NOW,
    updated_at=NOW,
    version="v1",
)
EMPTY = Ledger(ref=REF)


def _note(essence: str) -> KeptNote:
    return KeptNote(key="record", body=f"State: {essence}", because="it runs", rule="record", essence=essence)


def _plan(ledger: Ledger, desired: Desired, *, now: datetime = NOW, around: Around = ALONE) -> Plan:
    decision = Decision(
        ref=REF,
        at=now,
        policy="p",
        escalation=None,
        episodes=0,
        desired=desired,
        reasons=(),
        considered=(),
        clocks=(),
        wake_at=None,
        wake_because="",
    )
    return plan(TICKET, decision, ledger, POLICY, 0, now, around=around)


def _kept(ledger: Ledger, essence: str, now: datetime = NOW) -> Plan:
    return _plan(ledger, Desired(kept=(_note(essence),)), now=now)


def _said(made: Plan, now: datetime = NOW, *, comment: str | None = None, refused: Any = None) -> Ledger:
    editable = {} if comment is None else {"record": comment}
    return after(made.ledger, made.changes, {}, refused or {}, now, editable=editable)


def test_a_kept_note_is_posted_once_and_then_as_often_as_it_says_something_else() -> None:
    first = _kept(EMPTY, "red")
    ledger = _said(first, comment="77")
    [note] = first.changes
    assert isinstance(note, KeepNote)
    assert (note.comment, note.since) == (None, None)
    assert _kept(ledger, "red", NOW + timedelta(days=9)).changes == ()
    [again] = _kept(ledger, "green", NOW + timedelta(minutes=1)).changes
    assert isinstance(again, KeepNote)
    assert (again.comment, again.since, again.body) == ("77", NOW, "State: green")


def test_where_notes_cannot_be_edited_a_newer_one_waits_for_an_hour_and_the_visit_wakes_then() -> None:
    ledger = _said(_kept(EMPTY, "red"))
    waiting = _kept(ledger, "green", NOW + timedelta(minutes=10))
    assert waiting.changes == ()
    assert "it is said later" in waiting.skipped[0].why
    assert waiting.wake_at == NOW + timedelta(hours=1)
    [note] = _kept(ledger, "green", NOW + timedelta(hours=1)).changes
    assert isinstance(note, KeepNote)
    assert note.since == NOW


def test_a_note_that_somebody_changed_is_left_alone_until_there_is_other_news_for_a_note_of_its_own() -> None:
    ledger = _said(_kept(EMPTY, "red"), comment="77")
    ledger = _said(_kept(ledger, "green"), refused={"record": "somebody edited it"})
    assert ledger.kept == {}
    left = _kept(ledger, "green", NOW + timedelta(days=1))
    assert left.changes == ()
    assert "somebody decided otherwise" in left.skipped[0].why
    [fresh] = _kept(left.ledger, "yellow").changes
    assert isinstance(fresh, KeepNote)
    assert (fresh.comment, fresh.since) == (None, None)


def _work(*keys: str) -> Desired:
    items = tuple(
        WorkItem(key=key, title=key, body="", assignee="u1", due_on=date(2026, 3, 6), tags=("t",)) for key in keys
    )
    return Desired(work=items)


def test_work_is_created_once_below_the_ticket_with_its_assignee_and_due_date() -> None:
    first = _plan(EMPTY, _work("a", "b"))
    [change] = first.changes
    assert isinstance(change, CreateRemediation)
    assert change.on == REF
    assert [(item.key, item.assignee, item.due_on, item.tags) for item in change.items] == [
        ("a", "u1", date(2026, 3, 6), ("t",)),
        ("b", "u1", date(2026, 3, 6), ("t",)),
    ]
    ledger = after(first.ledger, first.changes, {"a": RECORD}, {"b": "no such type"}, NOW)
    assert _plan(ledger, _work("a", "b")).changes == (), "a exists, and b was refused"
    [more] = _plan(ledger, _work("a", "b", "c")).changes
    assert isinstance(more, CreateRemediation)
    assert [item.key for item in more.items] == ["c"]


def _record() -> Desired:
    record = DesiredRecord(
        account=ACME,
        helpdesk="jira",
        project="ESC",
        type="Task",
        subject="ACME",
        body="",
        tags=("esc_criterion:many",),
        because="many tickets",
        rule="account_escalations",
    )
    return Desired(record=record)


def _standing(state: AccountState) -> Around:
    return Around(standing=Standing(record=RECORD, key="ESC-1", url="", accounts=(ACME,), state=state, since=NOW))


def test_a_record_is_opened_with_the_tags_by_which_it_is_known() -> None:
    made = _plan(EMPTY, _record())
    [change] = made.changes
    assert isinstance(change, OpenLinked)
    assert (change.helpdesk, change.project, change.account) == ("jira", "ESC", ACME)
    assert change.tags == (RECORD_TAG, account_tag(ACME), "esc_criterion:many")
    ledger = after(made.ledger, made.changes, {change.key: RECORD}, {}, NOW)
    assert _plan(ledger, _record()).changes == ()


@pytest.mark.parametrize("state", AccountState)
def test_a_record_is_opened_anew_only_when_the_one_before_does_not_stand_in_its_place(state: AccountState) -> None:
    [first] = _plan(EMPTY, _record()).changes
    assert isinstance(first, OpenLinked)
    ledger = replace(EMPTY, opened={first.key: RECORD})
    changes: tuple[Change, ...] = _plan(ledger, _record(), around=_standing(state)).changes
    assert bool(changes) is (state in {AccountState.REFUSED, AccountState.AFTERCARE, AccountState.CLOSED})


def test_the_standing_of_a_record_is_kept_with_its_ledger() -> None:
    standing = _standing(AccountState.DECLARED).standing
    made = _plan(EMPTY, Desired())
    assert made.ledger.standing is None
    known = replace(EMPTY, standing=standing)
    assert _plan(known, Desired()).ledger.standing == standing
