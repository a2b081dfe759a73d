"""Facts: what each one says, and that nothing of Escalade's own doing feeds back into the rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from rules.facts import FACTS, Facts, FactType, facts_of, spec_of
from rules.ledger import Escalation, Ledger, Owned
from rules.ticket import (
    Account,
    AccountRef,
    AccountSummary,
    Comment,
    Link,
    LinkKind,
    Priority,
    Side,
    StatusCategory,
    Ticket,
    TicketRef,
)

MakeTicket = Callable[..., Ticket]
Said = Callable[..., Comment]

ACME = Account(ref=AccountRef("zendesk", "7"), name="Acme", tags=frozenset({"enterprise"}), fields={"region": "emea"})
OPEN_AT_ACME = AccountSummary(ref=ACME.ref, open_tickets=4, open_by_priority={Priority.URGENT: 3})


def facts(ticket: Ticket, *, hours: float = 0, **more: Any) -> Facts:
    ledger = more.get("ledger", Ledger(ref=ticket.ref))
    now = ticket.created_at + timedelta(hours=hours)
    return facts_of(ticket, more.get("account"), more.get("summary"), ledger, now)


def test_every_fact_of_the_catalogue_can_be_read_of_the_barest_and_the_fullest_ticket(
    make_ticket: MakeTicket, said: Said
) -> None:
    bare = facts(make_ticket(priority=None))
    full = facts(make_ticket(comments=(said(1, Side.REQUESTER),)), account=ACME, summary=OPEN_AT_ACME)
    for name, spec in FACTS.items():
        assert spec.name == name
        assert spec.doc.endswith(".")
        for some in (bare, full):
            value = some.value(name)
            if spec.values is not None and value is not None:
                assert (value if isinstance(value, frozenset) else {value}) <= set(spec.values)
            if spec.type is FactType.DURATION:
                assert (value is None) == (some.since(name) is None)


def test_the_ticket_s_own_words_are_facts(make_ticket: MakeTicket) -> None:
    ticket = make_ticket(
        type="incident", product="Exporter", group="Tier 1", assignee="7", requester="9", fields={"impact": "high"}
    )
    expected = {
        "status": StatusCategory.OPEN,
        "status_name": "Open",
        "priority": Priority.NORMAL,
        "type": "incident",
        "product": "Exporter",
        "group": "Tier 1",
        "assignee": "7",
        "requester": "9",
        "subject": "The export stops",
        "key": "35",
        "helpdesk": "zendesk",
        "field.impact": "high",
        "field.unheard-of": None,
        "escalated": False,
        "tier": None,
        "linked": False,
        "account": None,
        "account.known": False,
        "account.tags": None,
        "account.open_tickets": None,
        "account.open_low": None,
        "account.field.region": None,
    }
    asked = facts(ticket)
    assert {name: asked.value(name) for name in expected} == expected


def test_what_the_account_s_tickets_add_up_to_are_facts(make_ticket: MakeTicket) -> None:
    asked = facts(make_ticket(), account=ACME, summary=OPEN_AT_ACME)
    assert asked.value("account") == "Acme"
    assert asked.value("account.known") is True
    assert asked.value("account.tags") == frozenset({"enterprise"})
    assert asked.value("account.field.region") == "emea"
    assert asked.value("account.open_tickets") == 4
    assert asked.value("account.open_urgent") == 3
    assert asked.value("account.open_low") == 0


def test_a_link_to_the_tracker_counts_and_a_related_ticket_does_not(make_ticket: MakeTicket) -> None:
    to = TicketRef("jira", "10001")
    assert facts(make_ticket(links=(Link(to=to, kind=LinkKind.TRACKED_BY),))).value("linked") is True
    assert facts(make_ticket(links=(Link(to=to, kind=LinkKind.RELATED),))).value("linked") is False


def test_what_escalade_wrote_is_looked_through(make_ticket: MakeTicket) -> None:
    ticket = make_ticket(
        priority=Priority.URGENT,
        group="Tier 3",
        tags=frozenset({"vip", "esc_t3"}),
        fields={"escalation_tier": "tier3"},
    )
    ledger = Ledger(
        ref=ticket.ref,
        tags=frozenset({"esc_t3"}),
        priority=Owned(ours="urgent", before="low"),
        group=Owned(ours="Tier 3", before="Tier 1"),
        fields={"escalation_tier": Owned(ours="tier3", before=None)},
    )
    asked = facts(ticket, ledger=ledger)
    assert asked.value("priority") is Priority.LOW
    assert asked.value("priority_now") is Priority.URGENT
    assert asked.value("group") == "Tier 1"
    assert asked.value("tags") == frozenset({"vip"})
    assert asked.value("field.escalation_tier") is None


def test_what_people_changed_after_us_is_what_counts(make_ticket: MakeTicket) -> None:
    ticket = make_ticket(priority=Priority.HIGH, group="Tier 2", fields={"escalation_tier": "mine"})
    ledger = Ledger(
        ref=ticket.ref,
        priority=Owned(ours="urgent", before="low"),
        group=Owned(ours="Tier 3", before="Tier 1"),
        fields={"escalation_tier": Owned(ours="tier3", before=None)},
    )
    asked = facts(ticket, ledger=ledger)
    assert asked.value("priority") is Priority.HIGH
    assert asked.value("group") == "Tier 2"
    assert asked.value("field.escalation_tier") == "mine"


def test_the_tier_and_the_time_in_it_are_facts(make_ticket: MakeTicket, monday: datetime) -> None:
    entered = Escalation(tier="tier2", entered_at=monday, because="rule:x", since=monday)
    asked = facts(make_ticket(), hours=3, ledger=Ledger(ref=TicketRef("zendesk", "35"), escalation=entered))
    assert asked.value("tier") == "tier2"
    assert asked.value("escalated") is True
    assert asked.value("in_tier") == 3 * 3600


SILENCES = [
    "agent_silence",
    "customer_waiting",
    "since_update",
    "replies_agent",
    "replies_requester",
    "unanswered_replies",
    "first_reply",
]


@pytest.mark.parametrize(
    ("conversation", "expected"),
    [
        # Comments as (hour, side, public, ours); durations in hours, asked ten hours after the creation.
        ([], [10, None, 10, 0, 0, 0, False]),
        # The description is what the customer waits on, but no reply.
        ([(0, "requester", True, False)], [10, 10, 10, 0, 0, 0, False]),
        ([(0, "requester", True, False), (2, "agent", True, False)], [8, None, 8, 1, 0, 0, True]),
        # The customer waits since the oldest unanswered word, not the latest.
        (
            [(2, "agent", True, False), (3, "requester", True, False), (7, "requester", True, False)],
            [8, 7, 3, 1, 2, 2, True],
        ),
        (
            [(3, "requester", True, False), (4, "agent", True, False), (5, "requester", True, False)],
            [6, 5, 5, 1, 2, 1, True],
        ),
        # A private comment reaches no customer; it still shows that somebody touched the ticket.
        ([(1, "requester", True, False), (4, "agent", False, False)], [10, 9, 6, 0, 1, 1, False]),
        # Machines and Escalade itself break no silence.
        (
            [(1, "requester", True, False), (4, "system", True, False), (5, "agent", True, True)],
            [10, 9, 9, 0, 1, 1, False],
        ),
        # A description that is stamped a moment after its ticket is still the description.
        ([(0.001, "requester", True, False)], [10, 9.999, 9.999, 0, 0, 0, False]),
        ([(0.001, "agent", True, False)], [9.999, None, 9.999, 0, 0, 0, False]),
        # An agent who opens a ticket for a customer has not replied yet.
        ([(0, "agent", True, False)], [10, None, 10, 0, 0, 0, False]),
    ],
)
def test_silences_and_replies(
    conversation: list[tuple[float, str, bool, bool]], expected: list[Any], make_ticket: MakeTicket, said: Said
) -> None:
    comments = tuple(said(hour, Side(side), public=public, ours=ours) for hour, side, public, ours in conversation)
    asked = facts(make_ticket(comments=comments), hours=10)
    found = [asked.value(name) for name in SILENCES]
    in_hours = [round(value / 3600, 6) if isinstance(value, float) else value for value in found]
    assert in_hours == expected


def test_custom_fields_are_facts_of_any_type_and_other_names_are_none() -> None:
    for name in ("field.impact", "account.field.region"):
        spec = spec_of(name)
        assert spec is not None
        assert spec.type is FactType.ANY
    for name in ("field.", "account.field.", "colour", "account"[:3]):
        assert spec_of(name) is None


def test_an_unknown_fact_is_an_error_and_no_silent_nothing(make_ticket: MakeTicket) -> None:
    with pytest.raises(KeyError):
        facts(make_ticket()).value("colour")
    with pytest.raises(KeyError):
        facts(make_ticket()).since("status")
