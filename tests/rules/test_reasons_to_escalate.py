"""The criteria of an account programme and of an escalation process, as an admin writes them, and what they decide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rules.decide import decide
from rules.ledger import Ledger
from rules.load import load_policy
from rules.ticket import (
    Account,
    AccountRef,
    AccountSummary,
    Link,
    LinkKind,
    OpenTicket,
    Priority,
    StatusCategory,
    Ticket,
    TicketRef,
)

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ACCOUNT = AccountRef("zendesk", "7")
POLICY = load_policy(
    {
        "policy.yaml": """
version: 1
default_calendar: office
calendars:
  office: {zone: UTC, week: {mon-fri: ["09:00-17:00"]}}
rules:
  - id: one-product
    tags: [one-product]
    description: Several tickets on a single product
    when: {account.tickets: {at_least: 3, same: [product], within: 14d}}
  - id: one-account
    tags: [one-account]
    description: Several kinds of trouble at a single account
    when: {account.tickets: {at_least: 3}, all: [{account.tickets: {at_least: 2, distinct: type}}]}
  - id: visibility
    tags: [visibility]
    description: The leadership watches
    when: {any: [{tags: {contains: exec_visibility}}, {field.exec_visibility: true}]}
  - id: renewal
    tags: [renewal]
    description: A new deal or a renewal is at stake
    when: {any: [{account.renewal_date: {within: 90d}}, {account.field.open_deal: true}]}
  - id: money-and-law
    tags: [money-and-law]
    description: High financial impact and legal involvement
    when: {field.financial_impact: {at_least: 50000}, field.legal_involved: true}
  - id: unresolved
    tags: [unresolved]
    description: Unresolved for too long for its priority
    when:
      any:
        - {priority: urgent, age: {at_least: 4h}}
        - {priority: normal, age: {at_least: 3d}}
  - id: many-users
    tags: [many-users]
    description: Several users are affected
    when: {any: [{field.affected_users: {at_least: 20}}, {links: {at_least: 3}}, {account.requesters: {at_least: 4}}]}
  - id: severity
    tags: [severity]
    description: It is severe
    when: {field.severity: {in: [critical, blocker]}}
"""
    }
)


@pytest.fixture
def ask(make_ticket: Callable[..., Ticket]) -> Callable[..., set[str]]:
    def asked(
        *, after: timedelta = timedelta(), others: tuple[OpenTicket, ...] = (), account: Any = None, **changed: Any
    ) -> set[str]:
        ticket = make_ticket(account=ACCOUNT, **changed)
        customer = Account(ref=ACCOUNT, name="Acme", fields=account or {})
        summary = AccountSummary(ref=ACCOUNT, open_tickets=len(others) + 1, tickets=others)
        return set(decide(POLICY, ticket, customer, summary, Ledger(ref=ticket.ref), MONDAY + after).desired.tags)

    return asked


def others(count: int, **changed: Any) -> tuple[OpenTicket, ...]:
    """Other open tickets of the account."""
    values: dict[str, Any] = {"created_at": MONDAY - DAY, "status": StatusCategory.OPEN} | changed
    return tuple(OpenTicket(ref=TicketRef("zendesk", str(number)), **values) for number in range(1, count + 1))


def test_an_ordinary_ticket_gives_no_reason(ask: Callable[..., set[str]]) -> None:
    assert ask() == set()


@pytest.mark.capability("A3")
def test_several_tickets_on_one_product_within_the_window(ask: Callable[..., set[str]]) -> None:
    assert ask(product="Exporter", others=others(2, product="Exporter")) == {"one-product"}
    assert ask(product="Exporter", others=others(2, product="Importer")) == set()
    # Fourteen working days before that Monday is the 10th of February.
    assert ask(product="Exporter", others=others(2, product="Exporter", created_at=MONDAY - 21 * DAY)) == set()


@pytest.mark.capability("A4")
def test_several_tickets_of_several_kinds_at_one_account(ask: Callable[..., set[str]]) -> None:
    assert ask(type="bug", others=others(2, type="latency")) == {"one-account"}
    assert ask(type="bug", others=others(2, type="bug")) == set()
    assert ask(type="bug", others=others(1, type="latency")) == set()


@pytest.mark.capability("A5")
@pytest.mark.parametrize(
    "seen", [{"tags": frozenset({"exec_visibility"})}, {"fields": {"exec_visibility": "true"}}], ids=str
)
def test_visibility_in_the_leadership_by_tag_or_field(seen: dict[str, Any], ask: Callable[..., set[str]]) -> None:
    assert ask(**seen) == {"visibility"}


@pytest.mark.capability("A6")
def test_a_deal_or_a_renewal_that_is_near(ask: Callable[..., set[str]]) -> None:
    assert ask(account={"renewal_date": "2026-05-31"}) == {"renewal"}
    assert ask(account={"renewal_date": "2026-06-01"}) == set()
    assert ask(account={"renewal_date": "2026-03-01"}) == set()
    assert ask(account={"open_deal": True}) == {"renewal"}


@pytest.mark.capability("A7")
def test_financial_impact_counts_only_together_with_legal_involvement(ask: Callable[..., set[str]]) -> None:
    assert ask(fields={"financial_impact": "50000", "legal_involved": True}) == {"money-and-law"}
    assert ask(fields={"financial_impact": "50000", "legal_involved": False}) == set()
    assert ask(fields={"financial_impact": 49999, "legal_involved": True}) == set()


@pytest.mark.capability("D4")
def test_unresolved_after_so_many_business_hours_by_priority(ask: Callable[..., set[str]]) -> None:
    hours = timedelta(hours=4)
    assert ask(priority=Priority.URGENT, after=hours - timedelta(seconds=1)) == set()
    assert ask(priority=Priority.URGENT, after=hours) == {"unresolved"}
    # Made on Friday at 16:00, four business hours end on Monday at 12:00 and three working days on Wednesday at 16:00.
    friday = MONDAY + 4 * DAY + timedelta(hours=7)
    monday = timedelta(days=7, hours=3)
    assert ask(priority=Priority.URGENT, created_at=friday, after=monday - timedelta(seconds=1)) == set()
    assert ask(priority=Priority.URGENT, created_at=friday, after=monday) == {"unresolved"}
    wednesday = timedelta(days=9, hours=7)
    assert ask(created_at=friday, after=wednesday - timedelta(seconds=1)) == set()
    assert ask(created_at=friday, after=wednesday) == {"unresolved"}


@pytest.mark.capability("D5")
def test_many_users_by_number_by_linked_duplicates_or_by_people_who_ask(ask: Callable[..., set[str]]) -> None:
    assert ask(fields={"affected_users": 20}) == {"many-users"}
    assert ask(fields={"affected_users": 19}) == set()
    duplicates = tuple(Link(to=TicketRef("zendesk", str(n)), kind=LinkKind.RELATED) for n in range(90, 93))
    assert ask(links=duplicates) == {"many-users"}
    assert ask(links=duplicates[:2]) == set()
    people = tuple(other for n in range(3) for other in others(n + 1, requester=f"r{n}", type=None)[n:])
    assert "many-users" in ask(requester="me", others=people)


@pytest.mark.capability("D6")
@pytest.mark.parametrize(
    ("severity", "severe"), [("critical", True), ("blocker", True), ("minor", False), (None, False)]
)
def test_severity_by_its_field(severity: str | None, severe: bool, ask: Callable[..., set[str]]) -> None:
    assert ask(fields={"severity": severity}) == ({"severity"} if severe else set())
