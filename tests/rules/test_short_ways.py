"""Short ways: where most tickets ask for nothing, or a calendar was asked before, the answer is that of the long way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.calendar import BusinessCalendar, Span
from rules.clocks.book import facts_for
from rules.decide import decide
from rules.history import stretches
from rules.ledger import Ledger
from rules.load import load_policy
from rules.plan import plan
from rules.policy import Policy
from rules.ticket import Moment, Priority, State, StatusCategory, Ticket, Timeline

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
STATES = st.builds(
    State,
    status=st.sampled_from(["new", "open", "pending"]).map(StatusCategory),
    status_name=st.sampled_from(["New", "Waiting"]),
    priority=st.sampled_from([None, *Priority]),
    group=st.sampled_from([None, "first"]),
    tags=st.frozensets(st.sampled_from(["vip", "old"])),
    fields=st.dictionaries(st.just("region"), st.sampled_from(["far", "near"])),
)
ASKED = (
    "{status: pending}",
    "{priority: {at_least: high}}",
    "{group: {exists: false}}",
    "{tags: {contains: vip}}",
    "{field.region: {not_in: [far]}}",
    "{all: [{status: open}, {any: [{tags: {contains: vip}}, {none: [{priority: urgent}]}]}]}",
    "{condition: quiet}",
)


def asking(condition: str) -> Policy:
    text = f"""
version: 1
default_calendar: always
conditions: {{quiet: {{all: [{{status: [pending, hold]}}, {{none: [{{tags: {{contains: old}}}}]}}]}}}}
rules: [{{id: asked, description: Asked, when: {condition}, tags: [asked]}}]
"""
    return load_policy({"policy.yaml": text.replace("[pending, hold]", "{in: [pending, hold]}")})


POLICIES = {condition: asking(condition) for condition in ASKED}


def with_past(ticket: Ticket, hours: list[int], states: list[State]) -> Ticket:
    """The ticket as it went through some states, and is in the last of them."""
    moments = tuple(Moment(NOON + HOUR * hour, state) for hour, state in zip(sorted(hours), states, strict=True))
    last = moments[-1].state
    values = {name: getattr(last, name) for name in State.__struct_fields__}
    return replace(ticket, created_at=NOON, timeline=Timeline(moments=moments), **values)


@pytest.mark.parametrize("condition", ASKED)
@given(data=st.data())
def test_a_past_state_answers_as_all_facts_of_its_time(
    condition: str, data: st.DataObject, make_ticket: Callable[..., Ticket]
) -> None:
    hours = data.draw(st.lists(st.integers(0, 30), min_size=1, max_size=5, unique=True))
    states = data.draw(st.lists(STATES, min_size=len(hours), max_size=len(hours)))
    start, length = data.draw(st.integers(-2, 30)), data.draw(st.integers(-1, 20))
    policy, ticket = POLICIES[condition], with_past(make_ticket(), hours, states)
    now = NOON + 60 * HOUR
    facts = facts_for(policy, ticket, None, None, Ledger(ref=ticket.ref), now)
    begin = NOON + start * HOUR
    brief = stretches(policy.rules[0].when, facts, begin, begin + length * HOUR)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rules.history.of_state", lambda _: None)
        assert stretches(policy.rules[0].when, facts, begin, begin + length * HOUR) == brief


@given(data=st.data())
def test_nothing_to_do_is_what_the_long_way_comes_to(
    data: st.DataObject, policy: Policy, make_ticket: Callable[..., Ticket]
) -> None:
    status = data.draw(st.sampled_from(list(StatusCategory)))
    tags = data.draw(st.frozensets(st.sampled_from(["production_down", "vip"])))
    ticket = make_ticket(status=status, priority=data.draw(st.sampled_from([None, *Priority])), tags=tags)
    ledger = data.draw(st.sampled_from([Ledger(ref=ticket.ref), Ledger(ref=ticket.ref, tags=tags)]))
    now = ticket.created_at + HOUR * data.draw(st.integers(0, 200))
    decision = decide(policy, ticket, None, None, ledger, now)
    brief = plan(ticket, decision, ledger, policy, 0, now)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rules.plan._asks_nothing", lambda *_: False)
        assert plan(ticket, decision, ledger, policy, 0, now) == brief


def test_what_a_calendar_remembers_is_told_apart_by_the_instant_and_not_by_what_the_clock_on_the_wall_shows() -> None:
    """In the night in which clocks are put back, half past two comes twice."""
    berlin = ZoneInfo("Europe/Berlin")
    calendar = BusinessCalendar(name="night", zone=berlin, week=dict.fromkeys(range(7), ((_AT_ONE, _AT_NINE),)))
    first = datetime(2026, 10, 25, 2, 30, tzinfo=berlin)
    again = first.replace(fold=1)
    for _ in range(2):
        assert calendar.add(again, Span(0, 3600)) - calendar.add(first, Span(0, 3600)) == HOUR
        assert calendar.subtract(again, Span(0, 1800)) - calendar.subtract(first, Span(0, 1800)) == HOUR


_AT_ONE, _AT_NINE = datetime(2026, 1, 1, 1).time(), datetime(2026, 1, 1, 9).time()  # noqa: DTZ001 - times of day
