"""Laws of a record: no order of deliveries matters, the second look writes nothing, and nothing changes before it wakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as with_changes
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.load import load_policy
from rules.policy import Policy
from rules.ticket import StatusCategory, Ticket

Words = tuple[tuple[float, str, str], ...]

#: Commands that are right, wrong, early and late, by people who may and who may not.
LINES = (
    ("maya", "#declare They lose orders | colour: red"),
    ("maya", "#declare They lose orders | colour: green"),
    ("anna", "#declare They lose orders"),
    ("maya", "#decline It is one ticket"),
    ("anna", "#owner anna"),
    ("maya", "#owner max"),
    ("anna", "#sponsor eve"),
    ("anna", "#stakeholder max | function: engineering"),
    ("anna", "#stakeholder Jane Doe | party: customer"),
    ("anna", "#comms call | frequency: 1d | attendees: anna"),
    ("anna", "#exit quick"),
    ("anna", "#exit Shops sell again | confirmed_by: max | by: 2026-03-12"),
    ("max", "#met quick It opens"),
    ("maya", "#waive calm They agree"),
    ("max", "#cause An index is missing"),
    ("max", "#item Build it | owner: max | due: 2026-03-09 | serves: calm"),
    ("max", "#item Watch it | owner: anna | due: 2026-03-20 | serves: quick"),
    ("max", "#agree exit"),
    ("anna", "#agree exit | for: Jane Doe | how: call"),
    ("max", "#agree plan"),
    ("anna", "#agree plan | for: Jane Doe | how: call"),
    ("anna", "#plan"),
    ("anna", "#yellow A patch is out"),
    ("anna", "#red It came back"),
    ("max", "#concern Nothing moves"),
    ("anna", "#ack Two more people are on it"),
    ("anna", "#call Status | at: 2026-03-05 15:00 | every: 3d | attendees: anna"),
    ("anna", "#call notes We found it"),
    ("max", "#promise A patch | by: 2026-03-05 15:00"),
    ("anna", "#promise A call with the board | by: 8h | to: Jane Doe"),
    ("anna", "#promise A visit | by: 2026-04-30 | owner: max"),
    ("max", "#promise kept A patch"),
    ("max", "#consent"),
    ("anna", "#consent | for: Jane Doe | how: mail"),
    ("eve", "#consent"),
    ("eve", "#refuse Not yet"),
    ("anna", "#close"),
    ("anna", "#summary Sent"),
    ("max", "#rca It was dropped"),
    ("anna", "#corrective Train them | type: training | owner: max | due: 2026-04-20"),
    ("anna", "#check review We look weekly"),
    ("anna", "#feedback retained"),
    ("jim", "#help"),
)
#: Lines in an order in which many of them count.
STORIES = st.lists(st.integers(0, len(LINES) - 1), max_size=25).map(sorted) | st.lists(
    st.integers(0, len(LINES) - 1), max_size=20
)
HOURS = st.integers(0, 24 * 40)


@pytest.fixture(scope="session")
def restless(accounts_text: str) -> Policy:
    """The policy with more that time alone turns."""
    cadence = """
cadences:
  - id: status
    when: {record.state: {in: [declared, in progress]}}
    colours: {red: {when: {record.colour: red}, every: 1d}, rest: {every: 2d}}
    update: {counts: internal_update}
    chase: [{to: owner, note: news}, {after: 4h, to: sponsor, note: news}]
rules:
  - {id: stuck, description: Stuck, when: {record.in_colour: {at_least: 2d}, record.colour: red}, tags: [stuck]}
  - {id: fresh, description: Fresh, when: {record.in_state: {at_most: 3h}}, tags: [fresh]}
  - id: quiet
    description: Quiet
    when: {record.tickets: {at_most: 1}, for: 1d}
    tags: [quiet]
  - {id: broken, description: Broken, when: {record.promises_broken: {at_least: 1}, for: 5h}, tags: [broken]}
  - {id: unkept, description: Unkept, when: {record.kept_rate: {at_most: 50}}, tags: [unkept]}
  - {id: owing, description: Owing, when: {record.promises_open: {at_most: 1}}, tags: [owing]}
"""
    text = accounts_text.replace(
        "title: The report opens", "when: {record.colour: yellow, for: 9h}, title: The report", 1
    )
    return load_policy({"policy.yaml": text + cadence})


@pytest.fixture(scope="session")
def members(member: Callable[..., Ticket]) -> tuple[Ticket, ...]:
    """Tickets of the account that come and go."""
    created = member(1).created_at
    return (
        member(1, solved_at=60),
        member(2, solved_at=200),
        member(3, created_at=created + timedelta(hours=100), priority="low"),
        member(4, created_at=created + timedelta(days=19), priority="low"),
    )


def words_of(draw: st.DataObject, most: int = 24 * 40) -> Words:
    lines = [LINES[number] for number in draw.draw(STORIES)]
    hours = sorted(draw.draw(st.lists(st.integers(0, most), min_size=len(lines), max_size=len(lines))))
    return tuple((hour, *line) for hour, line in zip(hours, lines, strict=True))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_no_order_of_deliveries_matters(data: st.DataObject, story: Callable[..., Any]) -> None:
    """Comments of one instant come in any order, and some of them twice: they are the same comments."""
    told = story(*words_of(data, most=6))
    seen = data.draw(st.permutations(told.ticket().comments))
    delivered = {comment.id: comment for comment in (*seen, *seen[: data.draw(st.integers(0, len(seen)))])}
    other = story(changed={"comments": tuple(sorted(delivered.values(), key=lambda one: one.at))})
    hour = data.draw(HOURS)
    assert other.at(hour).course == told.at(hour).course
    assert other.at(hour).answers == told.at(hour).answers


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_second_look_writes_nothing(
    data: st.DataObject, story: Callable[..., Any], restless: Policy, members: tuple[Ticket, ...]
) -> None:
    told = story(*words_of(data), policy=restless, members=members)
    hour = data.draw(HOURS)
    first = told.decide(hour)
    written = told.carried_out(first)
    second = written.decide(hour)
    assert second.desired.notes == ()
    assert second.desired.work == ()
    assert [notice for notice in second.desired.notices if notice.not_before is None] == []
    assert second.desired.tags == first.desired.tags
    assert second.standing == first.standing
    assert second.desired.kept == written.decide(hour).desired.kept


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_until_it_wakes_a_record_stays_as_it_is(
    data: st.DataObject, story: Callable[..., Any], restless: Policy, members: tuple[Ticket, ...]
) -> None:
    words = words_of(data)
    start = max((hour for hour, _, _ in words), default=0) + data.draw(st.floats(0, 24 * 20))
    # Only what is known by then: a ticket that comes later is an event of its own.
    told = story(*words, policy=restless, members=members)
    now = told.ticket().created_at + timedelta(hours=start)
    told.members = tuple(one for one in members if one.created_at <= now and _past(one) <= now)
    told = told.carried_out(told.decide_at(now))
    told = _shaken(data, told)
    told = told.carried_out(told.decide_at(now))
    settled = told.decide_at(now)
    end = settled.wake_at or now + timedelta(days=400)
    assert end > now
    microseconds = (end - now) // timedelta(microseconds=1)
    later = now + timedelta(microseconds=data.draw(st.integers(0, microseconds - 1)))
    for instant in (later, end - timedelta(microseconds=1)):
        again = told.decide_at(instant)
        assert _timeless(again) == _timeless(settled), (instant, settled.wake_at, settled.wake_because)


def _past(ticket: Ticket) -> Any:
    moments = ticket.timeline.moments
    return moments[-1].at if moments else ticket.created_at


def _shaken(data: st.DataObject, told: Any) -> Any:
    """The subtasks as people left them: some are done, moved or gone."""
    kept = []
    for child in told.children:
        fate = data.draw(st.sampled_from(["left", "done", "moved", "gone"]))
        if fate == "done":
            kept.append(replace(child, status=StatusCategory.SOLVED))
        elif fate == "moved":
            kept.append(replace(child, due_on=child.due_on + timedelta(days=data.draw(st.integers(-5, 30)))))
        elif fate == "left":
            kept.append(child)
    return with_changes(told, children=tuple(kept))


def _timeless(decision: Any) -> Any:
    return (
        decision.desired,
        decision.standing,
        [reason.source for reason in decision.reasons],
        decision.wake_at,
    )


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_the_past_of_a_record_is_what_it_was_then(data: st.DataObject, story: Callable[..., Any]) -> None:
    """What was read at an instant is read again as of that instant, whatever was said since."""
    told = story(*words_of(data))
    hour = data.draw(HOURS)
    then, now = told.at(hour), told.at(24 * 60)
    as_of = now.facts.as_of(then.facts.now)
    for fact in (
        "record.state",
        "record.colour",
        "record.owner",
        "record.sponsor",
        "record.planned",
        "record.promises_open",
    ):
        assert as_of.value(fact) == then.facts.value(fact)


MORE = (
    (4.5, "anna", "#exit quick | by: 2026-03-12"),
    (4.6, "anna", "#exit Shops sell again | confirmed_by: max | by: 2026-03-17"),
    (4.7, "anna", "#call Status | at: 2026-03-04 15:00 | every: 3d | attendees: anna"),
    (4.8, "anna", "#promise A visit | by: 2026-03-09 12:00"),
    (4.9, "max", "#promise A patch | by: 2026-03-06 12:00"),
    (5, "anna", "#yellow A patch is out"),
    (5.5, "max", "#concern Nothing moves"),
    (6, "max", "#promise kept A patch"),
)


@pytest.fixture
def following(
    story: Callable[..., Any], restless: Policy, members: tuple[Ticket, ...], member: Callable[..., Ticket]
) -> Callable[..., Any]:
    """A record about an urgent ticket that was solved, and one that is not urgent."""
    around = (members[0], member(5, priority="low"))
    return lambda *words: story(*words, policy=restless, members=around)


@pytest.mark.parametrize("length", [1, 6, 13, "with more", "closed"])
def test_from_wake_to_wake_nothing_changes_in_between(
    length: Any, following: Callable[..., Any], agreed: Words, closed: Words
) -> None:
    """Follow one record for months: each time up to the last moment before it wakes."""
    words = {"with more": (*agreed, *MORE), "closed": closed}.get(length) or agreed[:length]
    told = following(*words)
    now = told.ticket().created_at + timedelta(hours=max(words[-1][0], 61))
    for _ in range(80):
        told = told.carried_out(told.decide_at(now))
        settled = told.decide_at(now)
        end = settled.wake_at or now + timedelta(days=400)
        assert end > now
        before = told.decide_at(end - timedelta(microseconds=1))
        assert _timeless(before) == _timeless(settled), (now, settled.wake_at, settled.wake_because)
        if settled.wake_at is None:
            break
        now = settled.wake_at
    assert now - told.ticket().created_at > timedelta(days=9)
