"""Ledgers, intents and the journal: what must be known before and after a write is sent."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update

from connectors.base import Intent, IntentState, Write, WriteKind
from escalade.store.errors import StoreError
from escalade.store.schema import ledgers
from escalade.store.sql import SqlStore
from rules.change import AddTags, CreateRemediation, PostComment, RemediationItem, SetField, SetPriority
from rules.journal import JournalEntry
from rules.ledger import Escalation, Ledger, Override, Owned
from rules.ticket import Priority, Side


def intent(desk: Any, operation: str, minute: float = 0, comments: int = 1) -> Intent:
    because = {"on": desk.ref(1), "because": "the tier is 2", "rule": "tier-2"}
    said = [PostComment(key=f"note-{number}", body="Dear colleagues", **because) for number in range(comments)]
    item = RemediationItem(key="rca", title="Find the cause", body="Why?", due_on=date(2026, 3, 9), tags=("rca",))
    changes = (
        AddTags(tags=("tier-2",), **because),
        SetPriority(priority=Priority.HIGH, was=None, **because),
        SetField(field="impact", value=2.5, was=None, **because),
        CreateRemediation(items=(item,), **because),
        *said,
    )
    write = Write(kind=WriteKind.UPDATE, ticket=desk.ref(1), changes=changes, version="v1", context={"id": "1"})
    return Intent(operation=operation, write=write, intended_at=desk.at(minute))


def full_ledger(desk: Any) -> Ledger:
    return Ledger(
        ref=desk.ref(1),
        escalation=Escalation(tier="tier-2", entered_at=desk.at(1), because="rule-1", since=desk.at(0), policy="abc"),
        episodes=2,
        tags=frozenset({"tier-2", "breach"}),
        priority=Owned(ours="high", before=None),
        group=Owned(ours="Tier 2", before="Tier 1"),
        fields={"impact": Owned(ours=2.5, before=True)},
        comments={"note-0": desk.at(1)},
        remediation={"rca": desk.ref(77)},
        opened={"bug": desk.ref(78)},
        links=frozenset({"tracked_by:jira:78"}),
        overrides={"tag:breach": Override(wanted="breach", seen_at=desk.at(2))},
    )


def known(store: SqlStore, desk: Any) -> Any:
    return store.load([desk.ref(1)])[desk.ref(1)]


def test_a_write_is_open_from_begin_to_settle(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(0))
    second, first = intent(desk, "op-2", 1), intent(desk, "op-1", 1)
    note = JournalEntry(
        at=desk.at(1), ref=desk.ref(1), action="write.intended", text="tags", operation="op-1", policy="abc"
    )
    store.begin(full_ledger(desk), [second, first], [note])
    assert known(store, desk).ledger == full_ledger(desk)
    assert known(store, desk).open_intents == (first, second)
    done = JournalEntry(at=desk.at(2), ref=desk.ref(1), action="write.applied", text="tags", operation="op-1")
    after = Ledger(ref=desk.ref(1), tags=frozenset({"tier-2"}))
    store.settle("op-1", IntentState.APPLIED, after, [done])
    assert known(store, desk).ledger == after
    assert known(store, desk).open_intents == (second,)
    store.settle("op-2", IntentState.REFUSED, after, ())
    assert known(store, desk).open_intents == ()
    assert store.journal(desk.ref(1)) == (note, done)
    assert store.journal(desk.ref(2)) == ()


@pytest.mark.parametrize("state", [IntentState.APPLIED, IntentState.REFUSED])
def test_an_operation_of_known_outcome_is_never_begun_again(store: SqlStore, desk: Any, state: IntentState) -> None:
    ledger = Ledger(ref=desk.ref(1))
    store.begin(ledger, [intent(desk, "op-1")], ())
    store.settle("op-1", state, ledger, ())
    with pytest.raises(StoreError, match="operation op-1 on zendesk:1 was sent before"):
        store.begin(full_ledger(desk), [intent(desk, "op-0"), intent(desk, "op-1")], ())
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(0))
    assert known(store, desk).open_intents == ()
    assert known(store, desk).ledger == ledger


def test_an_operation_that_was_lost_may_be_begun_again(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(0))
    ledger = Ledger(ref=desk.ref(1))
    store.begin(ledger, [intent(desk, "op-1")], ())
    store.settle("op-1", IntentState.LOST, ledger, ())
    store.begin(ledger, [intent(desk, "op-1", 5)], ())
    assert known(store, desk).open_intents == (intent(desk, "op-1", 5),)


def test_an_outcome_of_an_operation_that_never_began_is_refused(store: SqlStore, desk: Any) -> None:
    with pytest.raises(StoreError, match="op-9 was never begun"):
        store.settle("op-9", IntentState.APPLIED, full_ledger(desk), ())
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(0))
    assert known(store, desk).ledger == Ledger(ref=desk.ref(1))


def test_what_was_said_is_not_kept_once_the_outcome_is_known(store: SqlStore, desk: Any) -> None:
    store.begin(Ledger(ref=desk.ref(1)), [intent(desk, "op-1")], ())
    store.settle("op-1", IntentState.APPLIED, Ledger(ref=desk.ref(1)), ())
    with store.reading() as connection:
        (row,) = connection.exec_driver_sql("SELECT * FROM intents").mappings()
    assert row["write"] is None


def test_comments_of_open_and_applied_writes_count_for_the_brakes(store: SqlStore, desk: Any) -> None:
    ledger = Ledger(ref=desk.ref(1))
    outcomes = [IntentState.APPLIED, IntentState.REFUSED, IntentState.LOST, IntentState.INTENDED]
    for number, outcome in enumerate(outcomes):
        store.begin(ledger, [intent(desk, f"op-{number}", number, comments=2)], ())
        store.settle(f"op-{number}", outcome, ledger, ())
    assert store.comments_since(desk.ref(1), desk.at(0)) == 4
    assert store.comments_since(desk.ref(1), desk.at(0.5)) == 2
    assert store.comments_since(desk.ref(1), desk.at(4)) == 0
    assert store.comments_since(desk.ref(2), desk.at(0)) == 0


def test_comments_that_only_the_helpdesk_remembers_count_for_the_brakes(store: SqlStore, desk: Any) -> None:
    ours = [desk.said(1, number, ours=True, side=Side.SYSTEM) for number in range(3)]
    store.take_in("zendesk", desk.page(comments=(*ours, desk.said(1, 4))), desk.at(5))
    assert store.comments_since(desk.ref(1), desk.at(1)) == 2


def test_a_ledger_that_gives_the_priority_up_counts_the_ticket_as_people_see_it(store: SqlStore, desk: Any) -> None:
    raised = Ledger(ref=desk.ref(1), priority=Owned(ours="urgent", before="low"))
    store.begin(raised, [intent(desk, "op-1")], ())
    store.take_in("zendesk", desk.page(desk.ticket(1, priority=Priority.URGENT)), desk.at(0))
    assert known(store, desk).summary.open_by_priority == {Priority.LOW: 1}
    store.settle("op-1", IntentState.APPLIED, Ledger(ref=desk.ref(1)), ())
    assert known(store, desk).summary.open_by_priority == {Priority.URGENT: 1}


def test_the_journal_cannot_lose_an_entry_to_another_of_the_same_instant(store: SqlStore, desk: Any) -> None:
    entries = [JournalEntry(at=desk.at(0), ref=desk.ref(1), action="override.seen", text=str(n)) for n in range(5)]
    store.begin(Ledger(ref=desk.ref(1)), (), entries)
    assert [entry.text for entry in store.journal(desk.ref(1))] == list("01234")


def test_what_only_a_newer_version_knows_of_a_ledger_outlasts_an_older_one(store: SqlStore, desk: Any) -> None:
    # Machines are upgraded one after the other: the older ones go on with the same tickets.
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(0))
    store.begin(full_ledger(desk), (), ())
    added = {"snoozed": {"until": desk.at(90), "by": ["Ada"]}, "weather": "fine"}

    def parts() -> dict[str, Any]:
        with store.writing() as connection:
            kept = msgspec.msgpack.decode(connection.scalar(select(ledgers.c.ledger)))
            connection.execute(update(ledgers).values(ledger=msgspec.msgpack.encode({**kept, **added})))
        return dict(kept)

    ours = set(parts())
    after = Ledger(ref=desk.ref(1), tags=frozenset({"tier-2"}))
    store.begin(after, [intent(desk, "op-1")], ())
    store.settle("op-1", IntentState.APPLIED, after, ())
    assert known(store, desk).ledger == after
    kept = parts()
    assert {name: kept.pop(name) for name in added} == msgspec.to_builtins(added, builtin_types=(datetime,))
    assert set(kept) == ours
    assert kept["tags"] == ["tier-2"], "what this version knows is as it says, and nothing of the past comes back"
    assert kept["escalation"] is None
