"""Facts of the ticket's past, of its links and of its account: counted from what people did, never from our own writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from rules.facts import Facts, facts_of
from rules.ledger import Escalation, Ledger
from rules.policy import Policy
from rules.ticket import (
    Account,
    AccountRef,
    Child,
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

MakeTicket = Callable[..., Ticket]
HOUR = timedelta(hours=1)


def put_through(make_ticket: MakeTicket, *states: dict[str, Any]) -> Ticket:
    """A ticket that was put into these states, one an hour, beginning with its creation."""
    created = make_ticket().created_at
    moments = []
    for hour, values in enumerate(states):
        status = StatusCategory(values.pop("status", "open"))
        moments.append(Moment(created + hour * HOUR, State(status=status, status_name=status, **values)))
    last = moments[-1].state
    return make_ticket(
        status=last.status,
        group=last.group,
        assignee=last.assignee,
        priority=last.priority,
        timeline=Timeline(moments=tuple(moments)),
    )


def facts(ticket: Ticket, hours: float = 10, **more: Any) -> Facts:
    now = ticket.created_at + hours * HOUR
    return facts_of(
        ticket, more.get("account"), None, more.get("ledger", Ledger(ref=ticket.ref)), now, more.get("linked", ())
    )


def test_opening_a_solved_ticket_again_is_a_reopening_and_closing_it_is_none(make_ticket: MakeTicket) -> None:
    walk = ["open", "solved", "open", "pending", "solved", "closed", "open"]
    ticket = put_through(make_ticket, *({"status": status} for status in walk))
    assert [facts(ticket, hours).value("reopens") for hours in (0, 1, 2, 3, 5.5, 6)] == [0, 0, 1, 1, 1, 2]


def test_the_first_assignment_is_no_reassignment_and_a_gap_is_none_either(make_ticket: MakeTicket) -> None:
    ticket = put_through(make_ticket, *({"assignee": who} for who in (None, "a", None, "a", "b", None, "c")))
    assert [facts(ticket, hours).value("reassignments") for hours in range(7)] == [0, 0, 0, 0, 1, 1, 2]


def test_moves_between_groups_and_changes_of_priority_are_counted(make_ticket: MakeTicket) -> None:
    states = [
        {"group": "Tier 1", "priority": None},
        {"group": "Tier 2", "priority": Priority.LOW},
        {"group": "Tier 1", "priority": Priority.HIGH},
    ]
    asked = facts(put_through(make_ticket, *states))
    assert (asked.value("group_changes"), asked.value("priority_changes")) == (2, 1)


def test_without_a_past_nothing_has_changed_and_all_is_as_old_as_the_ticket(make_ticket: MakeTicket) -> None:
    asked = facts(make_ticket(group="Tier 1"))
    counts = [asked.value(name) for name in ("reopens", "reassignments", "group_changes", "priority_changes")]
    assert counts == [0, 0, 0, 0]
    assert [asked.value(name) for name in ("in_status", "in_group", "with_assignee")] == [36000, 36000, None]


def test_times_in_a_status_and_with_people_begin_with_the_last_change(make_ticket: MakeTicket) -> None:
    ticket = put_through(
        make_ticket,
        {"status": "open", "group": "A", "assignee": "1"},
        {"status": "pending", "group": "B", "assignee": "1"},
        {"status": "open", "group": "B", "assignee": None},
        {"status": "open", "group": "B", "assignee": "1"},
        {"status": "open", "group": "B", "assignee": "1", "priority": Priority.LOW},
    )
    asked, created = facts(ticket), ticket.created_at
    assert [asked.since(name) for name in ("in_status", "in_group", "with_assignee")] == [
        created + 2 * HOUR,
        created + HOUR,
        created + 3 * HOUR,
    ]


def test_facts_of_a_past_instant_know_nothing_of_what_came_later(make_ticket: MakeTicket) -> None:
    ticket = put_through(make_ticket, *({"status": status} for status in ("open", "solved", "open", "solved", "open")))
    now = facts(ticket)
    assert [now.as_of(ticket.created_at + hours * HOUR).value("reopens") for hours in range(5)] == [0, 0, 1, 1, 2]


def tracked(helpdesk: str, number: str, status: str, make_ticket: MakeTicket, **more: Any) -> Ticket:
    return make_ticket(ref=TicketRef(helpdesk, number), key=number, status=StatusCategory(status), **more)


def test_the_linked_tracker_tickets_tell_their_statuses(make_ticket: MakeTicket) -> None:
    links = [
        Link(to=TicketRef("jira", "1"), kind=LinkKind.TRACKED_BY),
        Link(to=TicketRef("jira", "2"), kind=LinkKind.TRACKED_BY),
        Link(to=TicketRef("zendesk", "9"), kind=LinkKind.RELATED),
    ]
    ticket = make_ticket(links=tuple(links))
    others = [
        tracked("jira", "1", "open", make_ticket),
        tracked("jira", "2", "solved", make_ticket),
        tracked("zendesk", "9", "pending", make_ticket),
    ]
    asked = facts(ticket, linked=others)
    assert asked.value("links") == 3
    assert asked.value("linked.status") == {"open", "solved"}
    assert asked.value("linked.open") == 1


def test_what_is_not_known_of_linked_tickets_is_not_taken_for_nothing(make_ticket: MakeTicket) -> None:
    unlinked = facts(make_ticket())
    assert (unlinked.value("linked.status"), unlinked.value("linked.open")) == (frozenset(), 0)
    unknown = facts(make_ticket(links=(Link(to=TicketRef("jira", "1"), kind=LinkKind.TRACKED_BY),)))
    assert (unknown.value("linked.status"), unknown.value("linked.open")) == (None, None)


def test_a_linked_ticket_has_a_past_of_its_own(make_ticket: MakeTicket, policy_of: Callable[[str], Policy]) -> None:
    """The tracker's work was opened after an hour and has rested since then."""
    created = make_ticket().created_at
    begun = created + HOUR
    resting = State(status=StatusCategory.HOLD, status_name="Waiting")
    work = tracked(
        "jira", "1", "hold", make_ticket, created_at=begun, timeline=Timeline(moments=(Moment(begun, resting),))
    )
    policy = policy_of(
        "version: 1\ndefault_calendar: always\nrules:\n"
        "  - {id: a, description: A, when: {linked.status: {contains: hold}, for: 3h}, tags: [a]}\n"
    )
    assert policy.uses_linked
    ticket = make_ticket(links=(Link(to=work.ref, kind=LinkKind.TRACKED_BY),))
    verdict = policy.rules[0].when.evaluate(facts(ticket, 2, linked=[work]))
    assert (verdict.holds, verdict.flips_at) == (False, created + 4 * HOUR)


def test_subtasks_of_remediation_are_counted(make_ticket: MakeTicket) -> None:
    children = tuple(
        Child(ref=TicketRef("jira", str(number)), key=str(number), title="Work", status=StatusCategory(status))
        for number, status in enumerate(("open", "solved", "new"))
    )
    asked = facts(make_ticket(children=children))
    assert (asked.value("children"), asked.value("children_open")) == (3, 2)


@pytest.mark.parametrize(
    ("arr", "value"), [(120_000, 120_000.0), ("120000.50", 120_000.5), ("a lot", None), (True, None), (None, None)]
)
def test_what_the_account_brings_in_is_a_number_however_it_is_written(
    arr: Any, value: float | None, make_ticket: MakeTicket
) -> None:
    account = Account(ref=AccountRef("zendesk", "7"), name="Acme", fields={"arr": arr})
    assert facts(make_ticket(), account=account).value("account.arr") == value


def test_the_account_s_own_fields_have_names_and_types(make_ticket: MakeTicket) -> None:
    fields = {"tier": "gold", "renewal_date": "2026-12-01", "csm": "Ann", "region": "emea", "executive_sponsor": 7}
    account = Account(ref=AccountRef("zendesk", "7"), name="Acme", fields=fields)
    asked = facts(make_ticket(), account=account)
    assert {name: asked.value(f"account.{name}") for name in ("id", *fields)} == {
        "id": "7",
        **fields,
        "executive_sponsor": "7",
    }
    assert facts(make_ticket()).value("account.tier") is None


def test_the_time_since_an_escalation_began_outlasts_its_tiers(make_ticket: MakeTicket, monday: datetime) -> None:
    climbed = Escalation(tier="tier2", entered_at=monday + HOUR, because="x", since=monday)
    ledger = Ledger(ref=TicketRef("zendesk", "35"), escalation=climbed, episodes=2)
    asked = facts(make_ticket(), 3, ledger=ledger)
    assert (asked.since("escalated_for"), asked.since("in_tier")) == (monday, monday + HOUR)
    assert asked.value("escalations") == 2


def test_both_sides_have_a_silence_of_their_own(make_ticket: MakeTicket, said: Callable[..., Comment]) -> None:
    asked = facts(make_ticket(comments=(said(1, Side.REQUESTER), said(3, Side.AGENT))), 10)
    assert (asked.value("customer_silence"), asked.value("agent_silence")) == (9 * 3600, 7 * 3600)
    assert asked.value("replies") == 2
