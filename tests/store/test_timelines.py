"""The past of tickets: grown at every sight, people's values alone, whatever is under way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

import rules.timeline
from connectors.base import Intent, IntentState, Write, WriteKind
from escalade.store import blobs
from escalade.store.sql import SqlStore
from rules.change import AddTags, Change, RemoveTags, SetField, SetPriority
from rules.ledger import Ledger, Owned
from rules.ownership import after
from rules.ticket import Moment, Priority, State, StatusCategory, Timeline
from rules.timeline import grown


def past(store: SqlStore, desk: Any, number: int = 1) -> Timeline:
    timeline: Timeline = store.load([desk.ref(number)])[desk.ref(number)].ticket.timeline
    return timeline


def states(store: SqlStore, desk: Any, what: str) -> list[tuple[datetime, Any]]:
    return [(moment.at, getattr(moment.state, what)) for moment in past(store, desk).moments]


def test_a_ticket_that_had_a_past_at_its_first_sight_is_assumed_to_have_been_as_it_was_found(
    store: SqlStore, desk: Any
) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(1))
    assert states(store, desk, "status") == [(desk.at(-600), StatusCategory.OPEN)]
    assert past(store, desk).assumed_until == desk.at(1)


def test_a_ticket_that_was_seen_from_the_beginning_assumes_nothing(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1, updated_at=desk.at(-600))), desk.at(1))
    assert past(store, desk).assumed_until is None


@pytest.mark.parametrize("way", ["poll", "fresh read"])
def test_what_people_change_becomes_a_moment_at_the_tickets_update(store: SqlStore, desk: Any, way: str) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(1))
    pending = desk.ticket(1, status=StatusCategory.PENDING, version="v2", updated_at=desk.at(5))
    if way == "poll":
        store.take_in("zendesk", desk.page(pending), desk.at(7))
    else:
        store.refresh([pending], desk.at(7))
    assert states(store, desk, "status") == [
        (desk.at(-600), StatusCategory.OPEN),
        (desk.at(5), StatusCategory.PENDING),
    ]


def test_a_change_of_words_alone_is_no_moment(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(1))
    before = past(store, desk)
    store.take_in("zendesk", desk.page(desk.ticket(1, subject="Other words", updated_at=desk.at(5))), desk.at(7))
    assert past(store, desk) == before


def test_a_fresh_read_keeps_the_past(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(1))
    before = past(store, desk)
    store.refresh([desk.ticket(1, version="v2")], desk.at(9))
    assert past(store, desk) == before


def test_a_sight_older_than_ours_adds_nothing(store: SqlStore, desk: Any) -> None:
    store.refresh([desk.ticket(1, updated_at=desk.at(5))], desk.at(6))
    store.take_in("zendesk", desk.page(desk.ticket(1, status=StatusCategory.HOLD)), desk.at(7))
    assert states(store, desk, "status") == [(desk.at(-600), StatusCategory.OPEN)]


def test_a_ticket_that_is_closed_at_its_first_sight_needs_no_past(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1, status=StatusCategory.CLOSED)), desk.at(1))
    assert past(store, desk) == Timeline()


@pytest.mark.parametrize("way", ["deleted", "forgotten"])
def test_a_ticket_that_is_gone_takes_its_past_along(store: SqlStore, desk: Any, way: str) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(1))
    if way == "deleted":
        store.take_in("zendesk", desk.page(desk.ticket(1, status=StatusCategory.DELETED)), desk.at(2))
    else:
        store.forget(desk.ref(1), desk.at(2))
    store.take_in("zendesk", desk.page(desk.ticket(1, status=StatusCategory.HOLD)), desk.at(9))
    assert states(store, desk, "status") == [(desk.at(-600), StatusCategory.HOLD)]
    assert past(store, desk).assumed_until == desk.at(9)


# Our own writes: whatever the helpdesk shows between sending and settling, no person did it


def climb(desk: Any) -> tuple[Change, ...]:
    said = {"on": desk.ref(1), "because": "it climbs", "rule": "tier:tier2"}
    return (
        AddTags(tags=("esc_t2",), **said),
        RemoveTags(tags=("esc_t1",), **said),
        SetPriority(priority=Priority.URGENT, was=Priority.HIGH, **said),
        SetField(field="tier", value="two", was="one", **said),
    )


#: After the first tier: what we own, and the ticket as it shows that.
def owned(desk: Any) -> Ledger:
    return Ledger(
        ref=desk.ref(1),
        tags=frozenset({"esc_t1"}),
        priority=Owned(ours="high", before="normal"),
        fields={"tier": Owned(ours="one", before=None)},
    )


def tier_one(desk: Any, **changes: Any) -> Any:
    return desk.ticket(1, tags=frozenset({"fire", "esc_t1"}), priority=Priority.HIGH, fields={"tier": "one"}, **changes)


def tier_two(desk: Any, **changes: Any) -> Any:
    plain = {"tags": frozenset({"fire", "esc_t2"}), "priority": Priority.URGENT, "fields": {"tier": "two"}}
    return desk.ticket(1, **plain | changes)


def underway(store: SqlStore, desk: Any) -> Intent:
    """The ticket in its first tier, and the write that brings it into the second one, sent and not settled."""
    store.begin(owned(desk), (), ())
    store.take_in("zendesk", desk.page(tier_one(desk)), desk.at(1))
    write = Write(kind=WriteKind.UPDATE, ticket=desk.ref(1), changes=climb(desk))
    intent = Intent(operation="op1", write=write, intended_at=desk.at(2))
    store.begin(owned(desk), [intent], ())
    return intent


PEOPLE = State(
    status=StatusCategory.OPEN,
    status_name="open",
    priority=Priority.NORMAL,
    tags=frozenset({"fire"}),
)


@pytest.mark.parametrize("shown", ["before the write", "after the write", "half of it"])
@pytest.mark.parametrize("outcome", [IntentState.APPLIED, IntentState.LOST, None])
def test_a_write_of_unknown_outcome_is_no_persons_change_whatever_is_shown(
    store: SqlStore, desk: Any, shown: str, outcome: IntentState | None
) -> None:
    intent = underway(store, desk)
    sight = {
        "before the write": tier_one(desk, updated_at=desk.at(3), subject="seen again"),
        "after the write": tier_two(desk, updated_at=desk.at(3)),
        "half of it": tier_two(desk, updated_at=desk.at(3), priority=Priority.HIGH),
    }[shown]
    store.take_in("zendesk", desk.page(sight), desk.at(4))
    assert [moment.state for moment in past(store, desk).moments] == [PEOPLE]
    if outcome is not None:
        reached = outcome is IntentState.APPLIED
        ledger = after(owned(desk), climb(desk), {}, {}, desk.at(5)) if reached else owned(desk)
        store.settle(intent.operation, outcome, ledger, ())
        store.refresh([tier_two(desk) if reached else tier_one(desk)], desk.at(6))
        assert [moment.state for moment in past(store, desk).moments] == [PEOPLE]


def test_what_people_change_meanwhile_is_seen_all_the_same(store: SqlStore, desk: Any) -> None:
    underway(store, desk)
    touched = tier_two(desk, updated_at=desk.at(3), status=StatusCategory.PENDING, priority=Priority.LOW)
    store.take_in("zendesk", desk.page(touched), desk.at(4))
    assert states(store, desk, "priority") == [(desk.at(-600), Priority.NORMAL), (desk.at(3), Priority.LOW)]
    assert states(store, desk, "status")[-1] == (desk.at(3), StatusCategory.PENDING)
    assert states(store, desk, "tags")[-1] == (desk.at(3), frozenset({"fire"}))


def test_what_is_being_taken_back_is_still_ours(store: SqlStore, desk: Any) -> None:
    store.begin(owned(desk), (), ())
    store.take_in("zendesk", desk.page(tier_one(desk)), desk.at(1))
    said = {"on": desk.ref(1), "because": "solved", "rule": "status"}
    changes = (
        RemoveTags(tags=("esc_t1",), **said),
        SetPriority(priority=Priority.NORMAL, was=Priority.HIGH, **said),
        SetField(field="tier", value=None, was="one", **said),
    )
    write = Write(kind=WriteKind.UPDATE, ticket=desk.ref(1), changes=changes)
    store.begin(owned(desk), [Intent(operation="op1", write=write, intended_at=desk.at(2))], ())
    store.take_in("zendesk", desk.page(tier_one(desk, updated_at=desk.at(3), subject="still there")), desk.at(4))
    back = desk.ticket(1, tags=frozenset({"fire"}), fields={"tier": None}, updated_at=desk.at(4), version="v3")
    store.take_in("zendesk", desk.page(back), desk.at(5))
    assert [moment.state for moment in past(store, desk).moments] == [PEOPLE]


def test_a_ticket_that_a_machine_changes_to_and_fro_is_remembered_for_its_last_moments(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules.timeline, "MOST_MOMENTS", 4)
    ledger, timeline = Ledger(ref=desk.ref(1)), Timeline()
    for minute in range(10):
        status = StatusCategory.OPEN if minute % 2 else StatusCategory.PENDING
        ticket = desk.ticket(1, status=status, status_name=f"step {minute}", updated_at=desk.at(minute))
        timeline = grown(timeline, ticket, ledger, desk.at(minute))
    assert [(moment.at, moment.state.status_name) for moment in timeline.moments] == [
        (desk.at(-600), "step 6"),
        (desk.at(7), "step 7"),
        (desk.at(8), "step 8"),
        (desk.at(9), "step 9"),
    ]
    assert timeline.assumed_until == desk.at(7)


def test_a_long_past_is_kept_compressed_and_comes_back_whole() -> None:
    start = datetime.fromisoformat("2026-03-02T09:00:00+00:00")
    fields = {f"field-{number}": f"value {number}" for number in range(40)}
    moments = tuple(
        Moment(
            start.replace(minute=minute),
            State(status=StatusCategory.OPEN, status_name=f"step {minute}", fields=fields),
        )
        for minute in range(60)
    )
    timeline = Timeline(moments=moments)
    blob = blobs.of_timeline(timeline)
    assert len(blob) < 10_000
    assert blobs.to_timeline(blob) == timeline
    short = Timeline(moments=moments[:1])
    assert blobs.to_timeline(blobs.of_timeline(short)) == short
