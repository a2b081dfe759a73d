"""A ticket's life, folded back from what it is now: exact where its helpdesk remembers, named where it does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from rules.histories.edit import CUSTOM, Edit, Values, values_of
from rules.histories.event import EventKind, Fields, PastEvent
from rules.histories.lack import LackKind
from rules.histories.life import Life, Period, life_as_seen, life_of
from rules.ticket import (
    AccountRef,
    Comment,
    Link,
    LinkKind,
    Moment,
    Priority,
    Side,
    State,
    StatusCategory,
    Ticket,
    TicketRef,
    Timeline,
)

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
REF = TicketRef("zendesk", "35")
ALWAYS = Period(until=START + timedelta(days=400))


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def a_ticket(**now: Any) -> Ticket:
    given = {"status": StatusCategory.NEW, "status_name": "new", "priority": None, "updated_at": START, **now}
    return Ticket(ref=REF, key="35", url="", subject="Down", created_at=START, version="1", **given)


def an_edit(hours: float, before: Values, after: Values, **more: Any) -> Edit:
    return Edit(on=REF, at=at(hours), order=int(hours * 10), before=before, after=after, **more)


def told(event: PastEvent) -> dict[str, Any]:
    return {key: value for key, value in msgspec.structs.asdict(event.fields).items() if value is not msgspec.UNSET}


def replayed(life: Life) -> dict[datetime, dict[str, Any]]:
    """The fields after every event, by its instant, as a reader of the file has them."""
    fields: dict[str, Any] = {}
    states = {}
    for event in life.events:
        fields |= told(event)
        states[event.at] = dict(fields)
    return states


def test_undone_edits_leave_the_values_of_the_creation() -> None:
    ticket = a_ticket(status=StatusCategory.SOLVED, priority=Priority.HIGH, updated_at=at(5))
    edits = [
        an_edit(5, {"status": "open"}, {"status": "solved"}),
        an_edit(1, {"status": "new", "priority": None}, {"status": "open", "priority": "high"}),
    ]
    first, *rest = life_of(ticket, edits, (), ALWAYS).events
    assert (first.kind, first.at, first.fields.status, first.fields.priority) == (EventKind.CREATED, START, "new", None)
    assert [(event.at, told(event)) for event in rest] == [
        (at(1), {"status": "open", "priority": "high"}),
        (at(5), {"status": "solved"}),
    ]


def test_custom_fields_are_told_as_a_whole_whichever_changed() -> None:
    ticket = a_ticket(fields={"impact": 2, "region": "emea", "empty": None}, updated_at=at(1))
    edits = [an_edit(1, {"custom.impact": None}, {"custom.impact": 2})]
    first, changed = life_of(ticket, edits, (), ALWAYS).events
    assert first.fields.custom == {"region": "emea"}
    assert told(changed) == {"custom": {"impact": 2, "region": "emea"}}


def test_tags_are_told_as_a_whole_where_only_their_difference_is_known() -> None:
    ticket = a_ticket(tags=frozenset({"a", "c"}), updated_at=at(1))
    edits = [an_edit(1, {}, {}, added={"tags": frozenset({"c"})}, removed={"tags": frozenset({"b"})})]
    first, changed = life_of(ticket, edits, (), ALWAYS).events
    assert (first.fields.tags, changed.fields.tags) == (("a", "b"), ("a", "c"))


def test_a_change_that_no_event_tells_is_named_and_told_at_the_last_update() -> None:
    ticket = a_ticket(priority=Priority.URGENT, updated_at=at(9))
    life = life_of(ticket, [an_edit(2, {"priority": None}, {"priority": "low"})], (), ALWAYS)
    assert [(event.at, event.fields.priority) for event in life.events] == [
        (START, None),
        (at(2), "low"),
        (at(9), "urgent"),
    ]
    assert [lack.kind for lack in life.lacks] == [LackKind.UNTOLD_CHANGES]


def test_a_change_between_two_edits_that_no_event_tells_is_named_however_sound_the_others_are() -> None:
    edits = [
        an_edit(1, {"status": "new"}, {"status": "open"}),
        an_edit(2, {"status": "open"}, {"status": "pending"}),
        an_edit(3, {"status": "hold"}, {"status": "solved"}),
    ]
    life = life_of(a_ticket(status=StatusCategory.SOLVED, updated_at=at(3)), edits, (), ALWAYS)
    assert [event.fields.status for event in life.events] == ["new", "open", "pending", "solved"]
    assert [lack.kind for lack in life.lacks] == [LackKind.UNTOLD_CHANGES]


def test_what_was_before_an_edit_that_does_not_say_it_is_left_out() -> None:
    life = life_of(a_ticket(group="Tier 2", updated_at=at(1)), [an_edit(1, {}, {"group": "Tier 2"})], (), ALWAYS)
    assert life.events[0].fields.group is msgspec.UNSET
    assert life.events[1].fields.group == "Tier 2"


def test_the_values_that_the_creation_itself_tells_count() -> None:
    creation = an_edit(0, {}, {"priority": "low"}, creates=True)
    life = life_of(a_ticket(priority=Priority.URGENT, updated_at=at(9)), [creation], (), ALWAYS)
    assert [(event.at, event.fields.priority) for event in life.events] == [(START, "low"), (at(9), "urgent")]


def test_a_link_is_told_when_it_came_and_one_of_unknown_age_is_named_and_left_out() -> None:
    links = tuple(Link(to=TicketRef("jira", key), kind=LinkKind.TRACKED_BY) for key in ("1", "2"))
    ticket = a_ticket(links=links, links_complete=True, updated_at=at(3))
    life = life_of(ticket, [an_edit(3, {}, {}, added={"links": frozenset({"jira:2"})})], (), ALWAYS)
    assert [event.fields.links for event in life.events] == [(), ("jira:2",)]
    assert [lack.kind for lack in life.lacks] == [LackKind.LINKS]


def test_a_ticket_that_is_older_than_the_history_begins_as_it_was_then() -> None:
    ticket = a_ticket(status=StatusCategory.SOLVED, updated_at=at(30))
    edits = [
        an_edit(1, {"status": "new"}, {"status": "open"}),
        an_edit(30, {"status": "open"}, {"status": "solved"}),
    ]
    comments = [Comment(id="1", at=at(2), side=Side.AGENT, public=True)]
    life = life_of(ticket, edits, comments, Period(since=at(24), until=at(100)))
    first, changed = life.events
    assert (first.kind, first.at, first.born, first.fields.status) == (EventKind.CREATED, at(24), START, "open")
    assert changed.fields.status == "solved"
    assert [lack.kind for lack in life.lacks] == [LackKind.BEGINNING]


def test_what_happened_after_the_period_is_undone_and_not_told() -> None:
    ticket = a_ticket(status=StatusCategory.SOLVED, updated_at=at(30))
    edits = [an_edit(30, {"status": "new"}, {"status": "solved"})]
    [only] = life_of(ticket, edits, (), Period(until=at(24))).events
    assert only.fields.status == "new"


def test_an_edit_that_came_while_the_ticket_was_read_is_no_contradiction() -> None:
    life = life_of(a_ticket(), [an_edit(5, {"status": "new"}, {"status": "open"})], (), Period(until=at(4)))
    assert ([event.fields.status for event in life.events], life.lacks) == (["new"], ())


def test_a_ticket_that_came_after_the_period_has_no_history_in_it() -> None:
    assert life_of(a_ticket(), (), (), Period(until=START)) == Life()


def test_comments_are_told_with_who_wrote_them_and_who_may_read_them() -> None:
    comment = Comment(id="1", at=at(2), side=Side.REQUESTER, public=True, author="7", body="Still down")
    event = life_of(a_ticket(), (), [comment], ALWAYS).events[1]
    assert event.author is not None
    assert (event.kind, event.author.id, event.author.role, event.public, event.body) == (
        EventKind.COMMENT,
        "7",
        "requester",
        True,
        "Still down",
    )


def test_the_store_tells_what_it_saw_without_our_own_writes() -> None:
    states = [
        State(status=StatusCategory.NEW, status_name="new", fields={"impact": 1}),
        State(status=StatusCategory.OPEN, status_name="open", fields={"impact": 1}),
    ]
    timeline = Timeline(moments=(Moment(START, states[0]), Moment(at(2), states[1])), assumed_until=at(1))
    ticket = a_ticket(status=StatusCategory.OPEN, tags=frozenset({"esc_t2"}), timeline=timeline, updated_at=at(3))
    life = life_as_seen(ticket, ALWAYS)
    assert [told(event).get("status") for event in life.events] == ["new", "open"]
    assert life.events[0].fields.tags == ()
    assert [lack.kind for lack in life.lacks] == [LackKind.BEGINNING]


_VALUES = {
    "status": st.sampled_from([str(status) for status in StatusCategory]),
    "priority": st.none() | st.sampled_from([str(priority) for priority in Priority]),
    "group": st.none() | st.sampled_from(["Tier 1", "Tier 2"]),
    "assignee": st.none() | st.sampled_from(["7", "8"]),
    "tags": st.frozensets(st.sampled_from("abcd")).map(lambda tags: tuple(sorted(tags))),
    "custom.impact": st.none() | st.integers(1, 3),
}
_CHANGES = st.lists(
    st.tuples(st.integers(0, 3), st.fixed_dictionaries({}, optional=_VALUES)).filter(lambda step: bool(step[1])),
    max_size=12,
)


@given(st.fixed_dictionaries(_VALUES), _CHANGES, st.randoms())
def test_every_life_is_told_as_it_was_at_every_instant(first: Values, changes: Any, chance: Any) -> None:
    now, hours, edits, states = dict(first), 0, [], {START: dict(first)}
    for number, (pause, after) in enumerate(changes):
        hours += pause
        before = {name: now[name] for name in after}
        edits.append(Edit(on=REF, at=at(hours), order=number, before=before, after=after))
        now |= after
        states[at(hours)] = dict(now)
    ticket = a_ticket(
        status=StatusCategory(now["status"]),
        priority=now["priority"] and Priority(now["priority"]),
        group=now["group"],
        assignee=now["assignee"],
        tags=frozenset(now["tags"]),
        fields={"impact": now["custom.impact"]},
        account=AccountRef("zendesk", "9"),
        updated_at=at(hours),
    )
    chance.shuffle(edits)
    life = life_of(ticket, edits, (), ALWAYS)
    assert life.lacks == ()
    found = replayed(life)
    assert found.keys() == states.keys()
    for when, state in states.items():
        impact = state.pop("custom.impact")
        assert found[when]["custom"] == ({} if impact is None else {"impact": impact})
        assert {name: found[when][name] for name in state} == state
        assert found[when]["account"] == "9"


def test_the_names_of_values_are_those_of_a_history() -> None:
    names = {name for name in values_of(a_ticket()) if not name.startswith(CUSTOM)}
    assert names | {"custom"} == set(Fields.__struct_fields__)
