"""Cadences and time: what is said about an update stays the same until the instant that the decision names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.cadence_reading import read_cadence
from rules.decide import decide
from rules.decision import Decision
from rules.facts import facts_of
from rules.forms import CommentForm
from rules.ledger import Ledger
from rules.policy import Policy
from rules.ticket import Comment, Moment, Side, State, StatusCategory, Ticket, Timeline

MakeTicket = Callable[..., Ticket]

#: Colours by field, by the tier that late updates lead to, and by silence; every kind of period.
COLOURFUL = """
cadences:
  - id: status
    when: {any: [{escalated: true}, {field.colour: {exists: true}}]}
    colours:
      red: {when: {any: [{field.colour: red}, {tier: tier3}]}, every: 1d, mode: calendar_day}
      yellow: {when: {any: [{field.colour: yellow}, {agent_silence: {at_least: 30h}}]}, every: 2d}
      green: {when: {field.colour: {exists: true}}, every: 3d, days: calendar}
    anchor: {weekday: fri, at: "16:00", on_holiday: next}
    update: {format: date_line, invalid_note: noticed}
    chase:
      - {to: owner, note: remind}
      - {after: 2h, to: lead, note: remind, escalate_to: tier2}
      - {after: 1d, to: sponsor, escalate_to: tier3, note: remind}
    repeat: {every: 5h, max: 2}
  - id: colleagues
    when: {age: {at_most: 9d, calendar: always}}
    calendar: always
    colours: {short: {when: {tags: {contains: vip}}, every: 7h}, long: {every: 2d, mode: calendar_day}}
    update: {counts: internal_update}
    chase: [{after: 30m, to: owner, note: remind}]
"""

HOURS = st.integers(0, 200)
FORMS = st.sampled_from(
    [None, CommentForm(text=True), CommentForm(month=3, day=2, text=True), CommentForm(month=3, day=5, text=True)]
)
CONVERSATIONS = st.lists(st.tuples(HOURS, st.sampled_from(Side), st.booleans(), FORMS), max_size=6)
PAINTED = st.lists(st.tuples(HOURS, st.sampled_from([None, "red", "yellow", "green"]), st.booleans()), max_size=4)


@pytest.fixture(scope="session")
def colourful(policy_of: Callable[[str], Policy], ladder_text: str) -> Policy:
    return policy_of(ladder_text + COLOURFUL)


@st.composite
def tickets(draw: st.DrawFn, make_ticket: MakeTicket, created: datetime, until: datetime) -> Ticket:
    """A ticket with a conversation (partly still ahead of the clock) and a past in colours."""
    comments = [
        Comment(id=str(number), at=created + timedelta(hours=hour), side=side, public=public, form=form)
        for number, (hour, side, public, form) in enumerate(sorted(draw(CONVERSATIONS), key=lambda said: said[0]))
    ]
    states = {0: (None, False)} | {hour: (colour, vip) for hour, colour, vip in draw(PAINTED)}
    moments = [
        Moment(created + timedelta(hours=hour), state_of(*states[hour]))
        for hour in sorted(states)
        if created + timedelta(hours=hour) <= until
    ]
    last = moments[-1].state
    timeline = Timeline(moments=tuple(moments))
    return make_ticket(comments=tuple(comments), timeline=timeline, fields=last.fields, tags=last.tags)


def state_of(colour: str | None, vip: bool) -> State:
    return State(
        status=StatusCategory.OPEN,
        status_name="Open",
        fields={"colour": colour},
        tags=frozenset({"vip"}) if vip else frozenset(),
    )


def followed(decision: Decision, ledger: Ledger) -> Ledger:
    said = ledger.comments | {note.key: decision.at for note in decision.desired.notes}
    return replace(ledger, escalation=decision.escalation, episodes=decision.episodes, comments=said)


def answer(decision: Decision) -> object:
    """All that a helpdesk would see, and what the cadences say; the texts of their conditions count hours."""
    proofs = [
        (reason.text, reason.verdict.holds, reason.verdict.flips_at)
        for reason in decision.considered
        if reason.source.startswith("cadence:") and reason.verdict is not None
    ]
    return decision.escalation, decision.desired.tags, decision.desired.notes, proofs, decision.wake_at


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_until_it_wakes_a_cadence_stays_what_it_is(
    data: st.DataObject, colourful: Policy, make_ticket: MakeTicket, monday: datetime
) -> None:
    start = monday + timedelta(minutes=data.draw(st.integers(0, 300 * 60)))
    ticket = data.draw(tickets(make_ticket, monday, start))
    first = decide(colourful, ticket, None, None, Ledger(ref=ticket.ref), start)
    ledger = followed(first, Ledger(ref=ticket.ref))
    settled = decide(colourful, ticket, None, None, ledger, start)
    assert settled.desired.notes == ()
    end = settled.wake_at or start + timedelta(days=400)
    assert end > start
    microseconds = (end - start) // timedelta(microseconds=1)
    for instant in (
        start + timedelta(microseconds=data.draw(st.integers(0, microseconds - 1))),
        end - timedelta(microseconds=1),
    ):
        assert answer(decide(colourful, ticket, None, None, ledger, instant)) == answer(settled)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_due_instant_lies_after_its_start_and_what_is_missed_stays_missed_without_an_update(
    data: st.DataObject, colourful: Policy, make_ticket: MakeTicket, monday: datetime
) -> None:
    until = monday + timedelta(hours=210)
    ticket = data.draw(tickets(make_ticket, monday, until))
    for cadence in colourful.cadences:
        before = None
        for hour in range(0, 210, 7):
            now = monday + timedelta(hours=hour)
            cycle = read_cadence(cadence, facts_of(ticket, None, None, Ledger(ref=ticket.ref), now).as_of(now)).cycle
            if cycle is not None:
                assert cycle.start <= now
                assert cycle.due_at > cycle.start
            if before is not None and cycle is not None and cycle.start == before.start and before.due_at <= now:
                missed_then = before.due_at <= now - timedelta(hours=7)
                assert not missed_then or cycle.due_at == before.due_at
            before = cycle
