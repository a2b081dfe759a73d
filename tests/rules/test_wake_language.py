"""wake_at with conditions that look back, ahead and around: at the past, the calendar, dates, neighbours and links."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.decide import decide
from rules.decision import Decision
from rules.ledger import Ledger
from rules.policy import Policy
from rules.ticket import (
    Account,
    AccountRef,
    AccountSummary,
    Link,
    LinkKind,
    Moment,
    OpenTicket,
    State,
    StatusCategory,
    Ticket,
    TicketRef,
    Timeline,
)

MakeTicket = Callable[..., Ticket]

WATCHFUL = """
version: 1
default_calendar: office
calendars:
  office: {zone: Europe/London, week: {mon-fri: ["09:00-17:00"]}}
tiers:
  - {id: tier1, name: Tier 1, tag: esc_t1, timeout: 6h}
  - {id: tier2, name: Tier 2, tag: esc_t2}
conditions:
  resting: {status: {in: [pending, hold]}, for: {at_least: 5h, calendar: always}}
  by-night: {now: {outside: office}}
rules:
  - {id: rest, description: Rests, when: {condition: resting}, tags: [rest]}
  - {id: night, description: Night, when: {condition: by-night, status: open, for: 2h}, tags: [night]}
  - {id: dark, description: Dark, when: {condition: by-night, for: {at_least: 3h, calendar: always}}, tags: [dark]}
  - {id: weekend, description: Weekend, when: {now: {weekday: [sat, sun]}}, escalate_to: tier1}
  - {id: due, description: Due, when: {field.due: {within: 3d}}, tags: [due]}
  - {id: late, description: Late, when: {field.due: {older_than: 1d}}, tags: [late]}
  - {id: renewal, description: Renewal, when: {account.renewal_date: {within: 5d}, status: {is_not: hold}}, tags: [renewal]}
  - {id: many, description: Many, when: {account.tickets: {at_least: 3, same: [product], within: 2d}}, escalate_to: tier2}
  - {id: people, description: People, when: {account.requesters: {at_most: 1, within: 30h, calendar: always}}, tags: [people]}
  - {id: asleep, description: Asleep, when: {linked.status: {contains: hold}, for: 9h}, tags: [asleep]}
  - {id: worn, description: Worn, when: {in_status: {at_least: 1d}, reopens: {at_least: 1}}, tags: [worn]}
  - {id: idle, description: Idle, when: {condition: resting, for: {at_least: 2h, calendar: always}}, tags: [idle]}
"""
STATUSES = st.sampled_from([StatusCategory.OPEN, StatusCategory.PENDING, StatusCategory.HOLD, StatusCategory.SOLVED])
WALK = st.lists(st.tuples(st.integers(1, 90), STATUSES), max_size=5, unique_by=lambda step: step[0]).map(sorted)
DUE = st.sampled_from([None, "2026-03-05", "2026-03-09T12:00:00Z", "2026-03-29", "never"])
NEIGHBOURS = st.lists(
    st.tuples(st.integers(-60, 90), st.sampled_from(["Exporter", "Importer"]), st.sampled_from("abc")), max_size=4
)


@pytest.fixture(scope="session")
def watchful(policy_of: Callable[[str], Policy]) -> Policy:
    return policy_of(WATCHFUL)


def walked(ticket: Ticket, walk: list[tuple[int, StatusCategory]]) -> Ticket:
    """The ticket after it was put into these statuses, each so many hours after its creation; open at the end."""
    end = (walk[-1][0] + 1 if walk else 0, StatusCategory.OPEN)
    steps = [*walk, end] if walk and not walk[-1][1].is_open else walk
    moments = [Moment(ticket.created_at, State(status=StatusCategory.OPEN, status_name="open", product=ticket.product))]
    for hours, status in steps:
        state = State(status=status, status_name=status, product=ticket.product, fields=ticket.fields)
        moments.append(Moment(ticket.created_at + timedelta(hours=hours), state))
    return replace(ticket, status=moments[-1].state.status, timeline=Timeline(moments=tuple(moments)))


@settings(max_examples=300, deadline=None)
@given(walk=WALK, work=WALK, due=DUE, renewal=DUE, neighbours=NEIGHBOURS, data=st.data())
def test_until_it_wakes_a_decision_stays_what_it_is(  # noqa: PLR0917 - what hypothesis draws
    walk: list[tuple[int, StatusCategory]],
    work: list[tuple[int, StatusCategory]],
    due: str | None,
    renewal: str | None,
    neighbours: list[tuple[int, str, str]],
    data: st.DataObject,
    watchful: Policy,
    make_ticket: MakeTicket,
) -> None:
    fields = {} if due is None else {"due": due}
    ref = TicketRef("jira", "1")
    tie = Link(to=ref, kind=LinkKind.TRACKED_BY)
    ticket = walked(make_ticket(product="Exporter", requester="a", fields=fields, links=(tie,)), walk)
    linked = walked(make_ticket(ref=ref, key="OPS-1"), work)
    account = Account(ref=AccountRef("zendesk", "1"), name="Acme", fields={"renewal_date": renewal})
    tickets = tuple(
        OpenTicket(
            ref=TicketRef("zendesk", str(number)),
            created_at=ticket.created_at + timedelta(hours=hours),
            status=StatusCategory.OPEN,
            product=product,
            requester=who,
        )
        for number, (hours, product, who) in enumerate(neighbours)
    )
    summary = AccountSummary(ref=account.ref, open_tickets=len(tickets), tickets=tickets)
    start = ticket.created_at + timedelta(
        hours=100 + data.draw(st.integers(0, 200)), minutes=data.draw(st.integers(0, 59))
    )

    def decided(ledger: Ledger, minutes: timedelta) -> Decision:
        return decide(watchful, ticket, account, summary, ledger, start + minutes, linked=[linked])

    first = decided(Ledger(ref=ticket.ref), timedelta())
    ledger = Ledger(ref=ticket.ref, escalation=first.escalation, episodes=first.episodes)
    settled = decided(ledger, timedelta())
    assert settled.escalation == first.escalation
    left = timedelta(days=200) if settled.wake_at is None else settled.wake_at - start
    assert left > timedelta()
    microseconds = left // timedelta(microseconds=1)
    for passed in (data.draw(st.integers(0, microseconds - 1)), microseconds - 1):
        again = decided(ledger, timedelta(microseconds=passed))
        assert (again.escalation, again.desired, again.wake_at) == (
            settled.escalation,
            settled.desired,
            settled.wake_at,
        )
        assert [reason.source for reason in again.reasons] == [reason.source for reason in settled.reasons]
