"""Service-level clocks: laws that hold for every story, against a clock that is counted minute by minute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.clocks.clock import ClockState
from rules.clocks.pauses import reach, stood_still
from rules.decide import decide
from rules.ledger import Ledger
from rules.load import load_policy
from rules.policy import Policy
from rules.recalculate import read_clocks
from rules.ticket import Timeline
from rules.timeline import grown

LONDON = ZoneInfo("Europe/London")
MINUTE = timedelta(minutes=1)
#: The clocks of London change in the night to Sunday, 2026-03-29.
FRIDAY = datetime(2026, 3, 27, 9, tzinfo=UTC)

POLICY = """
version: 1
default_calendar: desk
calendars:
  desk: {zone: Europe/London, week: {mon-fri: ["09:00-12:00", "13:00-17:00"], sun: ["00:30-03:30"]}}
  nights: {zone: Europe/London, week: {mon-sun: ["22:00-06:00"]}}
tiers:
  - {id: one, name: One, tag: one, timeout: 30h}
  - {id: two, name: Two, tag: two}
rules:
  - {id: vip, description: Vip, when: {tags: {contains: vip}}, escalate_to: one}
  - {id: soon, description: Soon, when: {sla.solve.remaining: {at_most: 90m}}, tags: [r_soon]}
  - {id: long, description: Long, when: {sla.solve.elapsed: {more_than: 3h}}, tags: [r_long]}
  - {id: paused, description: Paused, when: {sla.limited.state: paused}, tags: [r_paused]}
  - {id: missed, description: Missed, when: {sla.next.misses: {at_least: 1}}, tags: [r_missed]}
  - {id: held, description: Held, when: {sla.solve.state: warning, for: 45m}, tags: [r_held]}
sla:
  - id: solve
    metric: resolution
    targets: {low: 20h, normal: 9h, high: 5h, urgent: 90m, none: 12h}
    pause: {when: {status: {in: [pending, hold]}}}
    warn: [{at: 50%, tag: half, note: say}, {at: 1h before, tag: hour, note: say}]
    breach: [{tag: late, note: say}, {after: 2h, tag: later, note: say, escalate_to: one}, {after: 1d, escalate_to: two}]
  - {id: limited, metric: resolution, targets: {low: 2d, normal: 1d, none: 4h}, pause: {when: {status: pending}, at_most: 3h, in_all: 1d}}
  - {id: nightly, metric: resolution, calendar: always, targets: {normal: 6h, none: 30h}, pause: {when: {now: {outside: nights}}}}
  - {id: first, metric: first_response, start: assigned, targets: {normal: 2h, none: 4h}, warn_at: 75%, warn_tag: soon}
  - {id: ready, metric: first_response, start: {when: {age: {at_least: 3h}, status: open}}, targets: {normal: 2h, none: 4h}, breach_tag: f_late}
  - {id: next, metric: next_response, targets: {normal: 1h, high: 30m, none: 4h}, breach_tag: n_late, pause: {when: {status: pending}}}
  - {id: customer, metric: customer_update, targets: {normal: 1d, none: 5h}, breach_tag: c_late, pause: {when: {status: hold}, at_most: 1d}}
  - {id: internal, metric: internal_update, calendar: nights, targets: {normal: 3h}, breach_tag: i_late}
  - {id: anew, metric: resolution, on_priority_change: restart, targets: {low: 9h, normal: 4h, high: 2h}, breach_tag: a_late}
  - {id: contact, metric: tier_response, tier: one, targets: {normal: 1d, none: 4h}, breach: [{escalate_to: two, tag: t_late}]}
  - {id: calm, metric: resolution, targets: {normal: 8h}, pause: {when: {customer_waiting: {exists: false}, agent_silence: {less_than: 5h}}}}
templates:
  say: "{{ clock.id }} {{ clock.step }}"
"""
STORY_LENGTH = 5 * 24 * 60


@pytest.fixture(scope="module")
def clocks() -> Policy:
    return load_policy({"policy.yaml": POLICY})


MOMENTS = st.one_of(st.integers(0, STORY_LENGTH // 30).map(lambda half: half * 30), st.integers(0, STORY_LENGTH))
EVENTS = st.one_of(
    st.fixed_dictionaries({"status": st.sampled_from(["open", "pending", "hold", "solved"])}),
    st.fixed_dictionaries({"priority": st.sampled_from(["none", "low", "normal", "high", "urgent"])}),
    st.fixed_dictionaries({"comment": st.sampled_from(["agent", "agent privately", "customer", "escalade"])}),
    st.fixed_dictionaries({"assignee": st.sampled_from(["", "7"]), "tags": st.sampled_from([[], ["vip"]])}),
)
STORIES = st.lists(st.tuples(MOMENTS, EVENTS), max_size=8)


def told(story_of: Callable[..., Any], events: list[tuple[int, Mapping[str, Any]]], **more: Any) -> Any:
    """The story of a ticket made on that Friday: (minutes after its creation, what happened)."""
    timed = [{**event, "at": (FRIDAY + minutes * MINUTE).isoformat()} for minutes, event in events]
    return story_of({"created": FRIDAY.isoformat(), "events": timed, **more}, LONDON)


@example(events=[(90, {"status": "pending"}), (91, {"priority": "urgent"})], until=91)
@settings(max_examples=60, deadline=None)
@given(events=STORIES, until=st.integers(0, STORY_LENGTH))
def test_the_resolution_clock_is_the_one_that_is_counted_minute_by_minute(
    events: list[tuple[int, Mapping[str, Any]]], until: int, clocks: Policy, story_of: Callable[..., Any]
) -> None:
    story = told(story_of, events)
    now = FRIDAY + until * MINUTE
    target = next(target for target in clocks.sla if target.id == "solve")
    used, late = timedelta(), False
    ticket = story.ticket(now)
    states = {moment.at: moment.state for moment in ticket.timeline.moments}
    state, changed, reached = ticket.timeline.moments[0].state, FRIDAY, {timedelta(): FRIDAY}
    for minute in range(until + 1):
        at = FRIDAY + minute * MINUTE
        before, state = state, states.get(at, state)
        changed = changed if state.priority == before.priority else at
        reached.setdefault(used, at)
        allowed = timedelta(seconds=target.targets[state.priority].seconds)
        paused = state.status in {"pending", "hold"}
        # A new target that is used up already falls due when the clock goes on, not while it stands still.
        due = used >= allowed and (not paused or late or reached[allowed] >= changed)
        breached = state.status.is_open and due
        late = late or breached
        if at < now and state.status.is_open and not paused and target.calendar.is_open(at):
            used += MINUTE
    reading = story.facts(clocks, now).clock("solve")
    assert reading is not None
    assert reading.elapsed == used
    assert reading.misses == late
    if not state.status.is_open:
        assert reading.state is (ClockState.MISSED if late else ClockState.MET)
    elif breached:
        assert reading.state is ClockState.BREACHED
    else:
        assert (reading.state is ClockState.PAUSED) is paused
        if used < allowed:
            assert target.calendar.elapsed(now, reading.due_at) == allowed - used
            assert reading.due_at > now


@settings(max_examples=150, deadline=None)
@given(events=STORIES, data=st.data())
def test_until_it_wakes_a_decision_with_clocks_stays_what_it_is(
    events: list[tuple[int, Mapping[str, Any]]], data: st.DataObject, clocks: Policy, story_of: Callable[..., Any]
) -> None:
    story = told(story_of, events)
    start = FRIDAY + data.draw(st.integers(0, STORY_LENGTH)) * MINUTE
    ticket, ledger = story.ticket(start), Ledger(ref=story.ticket(start).ref)
    for _ in range(2):
        first = decide(clocks, ticket, None, None, ledger, start)
        said = ledger.comments | {note.key: start for note in first.desired.notes}
        ledger = replace(ledger, escalation=first.escalation, episodes=first.episodes, comments=said)
        settled = decide(clocks, ticket, None, None, ledger, start)
        assert settled.desired.notes == ()
        end = settled.wake_at or start + timedelta(days=60)
        later = start + timedelta(
            microseconds=data.draw(st.integers(0, (end - start) // timedelta(microseconds=1) - 1))
        )
        for instant in (later, end - timedelta(microseconds=1)):
            again = decide(clocks, ticket, None, None, ledger, instant)
            assert _lasting(again) == _lasting(settled), instant
        start = end


def _lasting(decision: Any) -> Any:
    return (
        decision.escalation,
        decision.desired,
        [(reading.target, reading.state, reading.misses) for reading in decision.clocks],
        [reason.text for reason in decision.considered if reason.source.startswith("sla:")],
        [reason.source for reason in decision.reasons],
        decision.wake_at,
    )


@settings(max_examples=100, deadline=None)
@given(events=STORIES, then=st.integers(0, STORY_LENGTH))
def test_looking_back_shows_what_was_shown_then(
    events: list[tuple[int, Mapping[str, Any]]], then: int, clocks: Policy, story_of: Callable[..., Any]
) -> None:
    story = told(story_of, events)
    at = FRIDAY + then * MINUTE
    back = story.facts(clocks, FRIDAY + 2 * STORY_LENGTH * MINUTE).as_of(at)
    assert read_clocks(clocks, back) == read_clocks(clocks, story.facts(clocks, at))


@settings(max_examples=60, deadline=None)
@given(events=STORIES)
def test_seen_after_every_event_or_all_at_once_the_past_is_the_same(
    events: list[tuple[int, Mapping[str, Any]]], story_of: Callable[..., Any]
) -> None:
    story = told(story_of, events)
    seen = Timeline()
    for at in sorted({FRIDAY, *(at for at, _ in story.events)}):
        ticket = replace(story.ticket(at), timeline=seen)
        seen = grown(seen, ticket, Ledger(ref=ticket.ref), at)
        assert grown(seen, ticket, Ledger(ref=ticket.ref), at + MINUTE) is seen
    assert seen == story.ticket(FRIDAY + 2 * STORY_LENGTH * MINUTE).timeline


@settings(max_examples=60, deadline=None)
@given(
    pauses=st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 900)), min_size=1, max_size=3),
    shift=st.integers(0, 3000),
)
def test_a_pause_moves_the_due_instant_by_exactly_its_open_time(
    pauses: list[tuple[int, int]], shift: int, clocks: Policy, story_of: Callable[..., Any]
) -> None:
    events, at = [], shift
    for gap, length in pauses:
        events += [(at + gap, {"status": "pending"}), (at + gap + length, {"status": "open"})]
        at += gap + length
    now = FRIDAY + (at + 1) * MINUTE
    reading = told(story_of, events, priority="low").facts(clocks, now).clock("solve")
    calendar = next(target for target in clocks.sla if target.id == "solve").calendar
    assert reading is not None
    stopped = [stop for stop in reading.stops if stop.start < reading.due_at]
    counted = stood_still(calendar, stopped, FRIDAY, reading.due_at)
    assert calendar.elapsed(FRIDAY, reading.due_at) == timedelta(hours=20) + counted
    base = calendar.advance(FRIDAY, timedelta(hours=20))
    assert reach(calendar, base, FRIDAY, reading.stops, now).at == reading.due_at


@settings(max_examples=60, deadline=None)
@given(first=MOMENTS, second=MOMENTS, priorities=st.permutations(["low", "normal", "high"]))
def test_which_priorities_came_before_does_not_matter_to_what_was_used_up(
    first: int, second: int, priorities: list[str], clocks: Policy, story_of: Callable[..., Any]
) -> None:
    one, other = sorted((first, second))
    now = FRIDAY + (STORY_LENGTH + 1) * MINUTE
    paused = [(600, {"status": "pending"}), (900, {"status": "open"})]
    ways = (
        [(one, {"priority": priorities[0]}), (other, {"priority": priorities[1]})],
        [(one, {"priority": priorities[1]}), (other, {"priority": priorities[0]})],
        [],
    )
    ends = [(STORY_LENGTH, {"priority": priorities[2]})]
    readings = [told(story_of, [*way, *paused, *ends]).facts(clocks, now).clock("solve") for way in ways]
    shown = {
        (reading.due_at, reading.elapsed, reading.paused, reading.remaining, reading.state)
        for reading in readings
        if reading
    }
    assert len(shown) == 1
