"""for: a condition that has to have held for a while, read from the ticket's past and exact to the microsecond."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.calendar import ALWAYS, BusinessCalendar, Span
from rules.conditions.base import Condition, Scope
from rules.conditions.held import Held
from rules.conditions.parse import parse_when
from rules.facts import Facts, facts_of
from rules.ledger import Ledger
from rules.problems import Findings
from rules.ticket import Comment, Moment, Priority, Side, State, StatusCategory, Ticket, Timeline
from rules.verdict import Verdict
from rules.yamltext import Tree

MakeTicket = Callable[..., Ticket]
TICK = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
OFFICE = BusinessCalendar(
    "office", ZoneInfo("UTC"), dict.fromkeys(range(5), ((time(9), time(17)),)), frozenset({date(2026, 3, 3)})
)
SCOPE = Scope(calendars={"office": OFFICE}, default_calendar="always")


def condition(raw: dict[str, Any]) -> Condition:
    findings = Findings()
    made = parse_when(raw, (), Tree(file="p.yaml", findings=findings), SCOPE)
    assert made is not None, findings.problems
    return made


def state(status: str = "open", priority: str | None = "normal", tags: tuple[str, ...] = ()) -> State:
    return State(
        status=StatusCategory(status),
        status_name=status,
        priority=None if priority is None else Priority(priority),
        tags=frozenset(tags),
    )


def put_through(make_ticket: MakeTicket, states: list[tuple[int, State]], **more: Any) -> Ticket:
    """A ticket that people put into these states, each so many minutes after its creation."""
    created = make_ticket().created_at
    moments = tuple(Moment(created + minutes * MINUTE, some) for minutes, some in states)
    last = states[-1][1]
    return make_ticket(
        status=last.status,
        status_name=last.status_name,
        priority=last.priority,
        tags=last.tags,
        timeline=Timeline(moments=moments),
        **more,
    )


def facts(ticket: Ticket, at: datetime) -> Facts:
    return facts_of(ticket, None, None, Ledger(ref=ticket.ref), at)


def test_it_holds_from_the_very_instant_at_which_the_time_is_full(make_ticket: MakeTicket) -> None:
    ticket = put_through(make_ticket, [(0, state()), (10, state("pending"))])
    due = ticket.created_at + 40 * MINUTE
    asked = condition({"status": "pending", "for": "30m"})
    before, at = asked.evaluate(facts(ticket, due - TICK)), asked.evaluate(facts(ticket, due))
    assert (before.holds, before.flips_at) == (False, due)
    assert (at.holds, at.flips_at) == (True, None)


def test_the_proof_says_since_when_and_what(make_ticket: MakeTicket) -> None:
    ticket = put_through(make_ticket, [(0, state()), (10, state("pending"))])
    verdict = condition({"status": "pending", "for": "30m"}).evaluate(facts(ticket, ticket.created_at + 22 * MINUTE))
    assert (verdict.wanted, verdict.observed) == (
        "for at least 30m (around the clock)",
        "held for 12m since 2026-03-02 09:10 UTC",
    )
    assert [child.subject for child in verdict.children] == ["status"]
    never = condition({"status": "solved", "for": "30m"}).evaluate(facts(ticket, ticket.created_at + 22 * MINUTE))
    assert (never.holds, never.observed, never.flips_at) == (False, "does not hold now", None)


def test_a_break_of_any_length_starts_the_time_anew(make_ticket: MakeTicket) -> None:
    states = [(0, state("pending")), (50, state("open")), (51, state("pending"))]
    ticket = put_through(make_ticket, states)
    verdict = condition({"status": "pending", "for": "30m"}).evaluate(facts(ticket, ticket.created_at + 60 * MINUTE))
    assert (verdict.holds, verdict.flips_at) == (False, ticket.created_at + 81 * MINUTE)


def test_a_change_that_does_not_matter_is_no_break(make_ticket: MakeTicket) -> None:
    states = [(0, state("pending")), (20, state("pending", "urgent")), (25, state("pending", "urgent", ("vip",)))]
    ticket = put_through(make_ticket, states)
    assert condition({"status": "pending", "for": "30m"}).evaluate(facts(ticket, ticket.created_at + 30 * MINUTE)).holds
    both = condition({"status": "pending", "tags": {"contains": "vip"}, "for": "30m"})
    assert both.evaluate(facts(ticket, ticket.created_at + 30 * MINUTE)).flips_at == ticket.created_at + 55 * MINUTE


def test_the_time_passes_in_the_calendar_that_is_named(make_ticket: MakeTicket) -> None:
    # Pending from Monday 16:00 on; Tuesday is a holiday.
    ticket = put_through(make_ticket, [(0, state()), (7 * 60, state("pending"))])
    asked = condition({"status": "pending", "for": {"at_least": "2h", "calendar": "office"}})
    verdict = asked.evaluate(facts(ticket, datetime(2026, 3, 3, 12, tzinfo=UTC)))
    assert verdict.flips_at == datetime(2026, 3, 4, 10, tzinfo=UTC)
    assert verdict.observed == "held for 1h of open time since 2026-03-02 16:00 UTC"


def test_what_only_begins_later_waits_for_its_beginning_and_then_its_time(make_ticket: MakeTicket) -> None:
    ticket = make_ticket()
    asked = condition({"age": {"at_least": "1h"}, "for": "30m"})
    begins = ticket.created_at + timedelta(hours=1)
    assert asked.evaluate(facts(ticket, ticket.created_at)).flips_at == begins + 30 * MINUTE
    assert asked.evaluate(facts(ticket, begins + 30 * MINUTE)).holds


def test_what_ends_by_itself_names_its_end(make_ticket: MakeTicket) -> None:
    ticket = make_ticket()
    verdict = condition({"age": {"less_than": "2h"}, "for": "30m"}).evaluate(
        facts(ticket, ticket.created_at + 45 * MINUTE)
    )
    assert (verdict.holds, verdict.flips_at) == (True, ticket.created_at + timedelta(hours=2))


def test_a_customer_s_wait_can_be_held_as_well(make_ticket: MakeTicket, said: Callable[..., Comment]) -> None:
    """The wait began at nine; an answer at ten ended it; the next one began at eleven and is an hour long at twelve."""
    comments = (said(0, Side.REQUESTER), said(1, Side.AGENT), said(2, Side.REQUESTER))
    ticket = make_ticket(comments=comments)
    asked = condition({"customer_waiting": {"at_least": "1h"}, "for": "15m"})
    verdict = asked.evaluate(facts(ticket, ticket.created_at + timedelta(hours=3)))
    assert verdict.flips_at == ticket.created_at + timedelta(hours=3, minutes=15)


def test_our_own_tags_are_not_taken_for_a_ticket_s_past(make_ticket: MakeTicket) -> None:
    ticket = make_ticket(tags=frozenset({"esc_t1"}))
    ledger = Ledger(ref=ticket.ref, tags=frozenset({"esc_t1"}))
    later = facts_of(ticket, None, None, ledger, ticket.created_at + timedelta(hours=1))
    assert condition({"tags": {"lacks": "esc_t1"}, "for": "30m"}).evaluate(later).holds


@dataclass
class Counting:
    """A condition that counts how often it is asked."""

    condition: Condition
    asked: int = 0

    @property
    def facts(self) -> frozenset[str]:
        return self.condition.facts

    def evaluate(self, facts: Facts) -> Verdict:
        self.asked += 1
        return self.condition.evaluate(facts)


def test_the_past_is_read_no_further_than_it_matters(make_ticket: MakeTicket) -> None:
    """Three years of nights are not gone through for the last two hours."""
    counting = Counting(condition({"now": {"outside": "office"}}))
    held = Held(condition=counting, span=Span.parse("2h"), calendar=ALWAYS)
    verdict = held.evaluate(facts(make_ticket(), datetime(2029, 3, 4, 12, tzinfo=UTC)))
    assert (verdict.holds, verdict.observed) == (True, "held for 2h or longer")
    assert counting.asked < 5


def test_only_changes_of_what_is_asked_for_are_looked_at(make_ticket: MakeTicket, said: Callable[..., Comment]) -> None:
    comments = tuple(said(minute / 60, Side.AGENT) for minute in range(1, 300))
    ticket = put_through(make_ticket, [(0, state()), (10, state("pending"))], comments=comments)
    counting = Counting(condition({"status": "pending"}))
    held = Held(condition=counting, span=Span.parse("9h"), calendar=ALWAYS)
    assert held.evaluate(facts(ticket, ticket.created_at + 310 * MINUTE)).flips_at == ticket.created_at + 550 * MINUTE
    assert counting.asked < 5


def test_days_that_end_early_are_looked_back_far_enough(make_ticket: MakeTicket) -> None:
    """From Monday 16:00 one working day (Tuesday is a holiday) leads to Wednesday 16:00, however one asks."""
    ticket = put_through(make_ticket, [(0, state()), (7 * 60, state("pending"))])
    asked = condition({"status": "pending", "for": {"at_least": "1d", "calendar": "office"}})
    due = datetime(2026, 3, 4, 16, tzinfo=UTC)
    assert [asked.evaluate(facts(ticket, at)).holds for at in (due - TICK, due, due + timedelta(days=3))] == [
        False,
        True,
        True,
    ]


STATES = st.builds(
    state,
    st.sampled_from(["open", "pending", "hold"]),
    st.sampled_from([None, "normal", "urgent"]),
    st.sampled_from([(), ("vip",)]),
)
PAST = st.lists(st.tuples(st.integers(1, 300), STATES), max_size=6, unique_by=lambda one: one[0]).map(sorted)
TALK = st.lists(st.tuples(st.integers(0, 300), st.sampled_from([Side.AGENT, Side.REQUESTER])), max_size=4)
LEAF = st.sampled_from(
    [
        {"status": "pending"},
        {"status": {"in": ["open", "hold"]}},
        {"priority": "urgent"},
        {"tags": {"lacks": "vip"}},
        {"unanswered_replies": {"at_least": 1}},
        {"customer_waiting": {"at_least": "40m"}},
        {"agent_silence": {"less_than": "90m"}},
        {"now": {"inside": "office"}},
        {"age": {"more_than": "2h"}},
    ]
)
ASKED = st.recursive(
    LEAF,
    lambda inner: st.builds(
        lambda kind, children: {kind: children},
        st.sampled_from(["all", "any", "none"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=4,
)
SPANS = st.sampled_from(["1m", "25m", "1h30m", "1d"])
CALENDARS = st.sampled_from(["always", "office"])


def talking(talk: list[tuple[int, Side]], created: datetime) -> tuple[Comment, ...]:
    return tuple(
        Comment(id=str(index), at=created + minutes * MINUTE, side=side, public=True)
        for index, (minutes, side) in enumerate(sorted(talk))
    )


@settings(max_examples=200, deadline=None)
@given(past=PAST, first=STATES, talk=TALK, raw=ASKED, span=SPANS, calendar=CALENDARS, now=st.integers(300, 700))
def test_it_agrees_with_asking_the_ticket_of_every_minute(  # noqa: PLR0917 - what hypothesis draws
    past: list[tuple[int, State]],
    first: State,
    talk: list[tuple[int, Side]],
    raw: dict[str, Any],
    span: str,
    calendar: str,
    now: int,
    make_ticket: MakeTicket,
) -> None:
    created = make_ticket().created_at
    ticket = put_through(make_ticket, [(0, first), *past], comments=talking(talk, created))
    # What ends strictly after an instant turns a microsecond later, so the minutes are asked just then.
    asked, at = condition(raw), created + now * MINUTE + TICK
    since = None
    for minute in range(now, -1, -1):
        instant = created + minute * MINUTE + TICK
        if not asked.evaluate(facts(ticket, at).as_of(instant)).holds:
            break
        since = instant
    holds = condition({"all": [raw], "for": {"at_least": span, "calendar": calendar}}).evaluate(facts(ticket, at)).holds
    chosen, length = OFFICE if calendar == "office" else ALWAYS, Span.parse(span)
    if since is None or at < chosen.add(since - TICK, length):
        assert not holds
    elif at >= chosen.add(since, length):
        assert holds


@settings(max_examples=200, deadline=None)
@given(past=PAST, first=STATES, talk=TALK, raw=ASKED, span=SPANS, now=st.integers(300, 700), percent=st.integers(0, 99))
def test_it_stays_as_it_is_until_the_instant_that_it_names(  # noqa: PLR0917 - what hypothesis draws
    past: list[tuple[int, State]],
    first: State,
    talk: list[tuple[int, Side]],
    raw: dict[str, Any],
    span: str,
    now: int,
    percent: int,
    make_ticket: MakeTicket,
) -> None:
    created = make_ticket().created_at
    ticket = put_through(make_ticket, [(0, first), *past], comments=talking(talk, created))
    asked, start = condition({"all": [raw], "for": span}), created + now * MINUTE
    verdict = asked.evaluate(facts(ticket, start))
    until = verdict.flips_at or start + timedelta(days=3)
    assert until > start
    for instant in (start + (until - start) * percent // 100, until - TICK):
        assert asked.evaluate(facts(ticket, instant)).holds is verdict.holds
