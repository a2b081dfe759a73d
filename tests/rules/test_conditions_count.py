"""Counting among the account's open tickets: which of them, how many, and until when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.calendar import BusinessCalendar
from rules.conditions.base import Scope
from rules.conditions.parse import parse_when
from rules.facts import facts_of
from rules.ledger import Ledger
from rules.policy import NameKind, Policy
from rules.problems import Findings
from rules.ticket import AccountRef, AccountSummary, OpenTicket, Priority, StatusCategory, Ticket, TicketRef
from rules.verdict import Verdict
from rules.yamltext import Tree

MakeTicket = Callable[..., Ticket]
PolicyOf = Callable[[str], Policy]
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
OFFICE = BusinessCalendar("office", ZoneInfo("UTC"), dict.fromkeys(range(5), ((time(9), time(17)),)))
SCOPE = Scope(calendars={"office": OFFICE}, default_calendar="always")


def other(number: int, **values: Any) -> OpenTicket:
    known: dict[str, Any] = {"created_at": MONDAY, "status": StatusCategory.OPEN}
    return OpenTicket(ref=TicketRef("zendesk", str(number)), **(known | values))


def ask(
    ticket: Ticket, others: tuple[OpenTicket, ...], asked: Any, now: datetime = MONDAY, *, fact: str = "tickets"
) -> Verdict:
    findings = Findings()
    condition = parse_when({f"account.{fact}": asked}, (), Tree(file="p.yaml", findings=findings), SCOPE)
    assert condition is not None, findings.problems
    summary = AccountSummary(ref=AccountRef("zendesk", "1"), open_tickets=len(others), tickets=others)
    return condition.evaluate(facts_of(ticket, None, summary, Ledger(ref=ticket.ref), now))


def test_several_tickets_on_one_product_are_found_and_named(make_ticket: MakeTicket) -> None:
    """Multiple issues with a single product."""
    ticket = make_ticket(product="Exporter")
    others = (
        other(1, product="Exporter", priority=Priority.HIGH),
        other(2, product="Exporter", priority=Priority.LOW),
        other(3, product="Importer", priority=Priority.URGENT),
        other(4, product="Exporter", priority=Priority.URGENT),
        other(35, product="Exporter"),
    )
    asked = {"at_least": 3, "same": ["product"], "where": {"priority": {"at_least": "high"}}}
    verdict = ask(ticket, others, asked)
    assert (verdict.holds, verdict.observed) == (False, "2 (zendesk:1, zendesk:4)")
    assert verdict.wanted == "at least 3 (where {priority: {at_least: high}}; same [product])"
    assert ask(make_ticket(product="Exporter", priority=Priority.HIGH), others, asked).holds


def test_several_kinds_of_trouble_at_one_account_are_counted(make_ticket: MakeTicket) -> None:
    """Multiple issues of several categories with a single account."""
    others = (other(1, type="bug"), other(2, type="latency"), other(3, type="bug"), other(4), other(5, type="outage"))
    ticket = make_ticket(type="latency")
    verdict = ask(ticket, others, {"at_least": 3, "distinct": "type"})
    assert (verdict.holds, verdict.observed) == (True, "3 (latency, bug, outage)")
    fields = (other(1, fields={"area": "a"}), other(2, fields={"area": "b"}))
    assert ask(ticket, fields, {"is": 2, "distinct": "field.area"}).holds


def test_several_people_of_one_account_count_once_each(make_ticket: MakeTicket) -> None:
    """Impact on multiple users."""
    others = (other(1, requester="ann"), other(2, requester="bob"), other(3, requester="ann"), other(4, requester=None))
    ticket = make_ticket(requester="cid")
    verdict = ask(ticket, others, {"at_least": 3}, fact="requesters")
    assert (verdict.holds, verdict.observed) == (True, "3 (cid, ann, bob)")


def test_a_plain_number_asks_for_exactly_so_many(make_ticket: MakeTicket) -> None:
    assert ask(make_ticket(), (other(1),), 2).holds
    assert not ask(make_ticket(), (other(1),), {"less_than": 2}).holds


def test_the_ticket_itself_counts_as_it_is_now_and_not_as_it_was(make_ticket: MakeTicket) -> None:
    stale = (other(35, product="Importer"), other(1, product="Exporter"))
    ticket = make_ticket(product="Exporter")
    assert ask(ticket, stale, {"is": 2, "where": {"product": "Exporter"}}).holds
    solved = make_ticket(product="Exporter", status=StatusCategory.SOLVED)
    assert ask(solved, stale, {"is": 1, "where": {"product": "Exporter"}}).holds


def test_a_value_that_is_not_set_is_shared_with_nobody(make_ticket: MakeTicket) -> None:
    assert ask(make_ticket(), (other(1), other(2)), {"is": 0, "same": ["product"]}).holds


@pytest.mark.parametrize("asked", [{"at_least": 0}, {"is": 0}, {"less_than": 5}], ids=str)
def test_nothing_holds_of_tickets_that_are_not_known(asked: dict[str, int], make_ticket: MakeTicket) -> None:
    condition = parse_when({"account.tickets": asked}, (), Tree(file="p.yaml", findings=Findings()), SCOPE)
    assert condition is not None
    ticket = make_ticket()
    for summary in (None, AccountSummary(ref=AccountRef("zendesk", "1"), open_tickets=3)):
        verdict = condition.evaluate(facts_of(ticket, None, summary, Ledger(ref=ticket.ref), MONDAY))
        assert (verdict.holds, verdict.observed) == (False, "not known")


def test_a_ticket_leaves_the_window_right_after_its_span(make_ticket: MakeTicket) -> None:
    ticket = make_ticket()
    others = (other(1, created_at=MONDAY - 10 * DAY), other(2, created_at=MONDAY - 3 * DAY))
    asked = {"at_least": 3, "within": "14d"}
    verdict = ask(ticket, others, asked)
    leaves = MONDAY + 4 * DAY + TICK
    assert (verdict.holds, verdict.flips_at) == (True, leaves)
    assert ask(ticket, others, asked, leaves - TICK).holds
    assert not ask(ticket, others, asked, leaves).holds


def test_only_the_leaving_that_changes_the_answer_is_waited_for(make_ticket: MakeTicket) -> None:
    ticket = make_ticket()
    others = tuple(other(number, created_at=MONDAY - number * DAY) for number in range(1, 6))
    assert ask(ticket, others, {"at_least": 3, "within": "7d"}).flips_at == MONDAY + 5 * DAY + TICK
    assert ask(ticket, others, {"at_least": 30, "within": "7d"}).flips_at is None


def test_a_window_passes_in_the_calendar_that_is_named(make_ticket: MakeTicket) -> None:
    # Thursday 09:00 and two working days is Monday 09:00.
    others = (other(1, created_at=MONDAY - 4 * DAY),)
    asked = {"at_least": 2, "within": "2d", "calendar": "office"}
    assert ask(make_ticket(), others, asked).holds
    assert not ask(make_ticket(), others, asked, MONDAY + TICK).holds


POLICY = """
version: 1
default_calendar: always
conditions:
  grave: {priority: {at_least: high}, field.impact: severe}
rules:
  - id: a
    description: A
    tags: [a]
    when:
      account.tickets: {at_least: 3, where: {condition: grave}, same: [field.area], within: 14d}
"""


def test_a_policy_that_counts_asks_for_the_account_s_tickets(policy_of: PolicyOf) -> None:
    policy = policy_of(POLICY)
    assert (policy.uses_account_tickets, policy.uses_account_summary, policy.uses_linked) == (True, True, False)
    fields = {(name.kind, name.name) for name in policy.names}
    assert fields == {(NameKind.FIELD, "impact"), (NameKind.FIELD_VALUE, "severe"), (NameKind.FIELD, "area")}


AGES = st.lists(st.tuples(st.integers(0, 20 * 24), st.sampled_from("abc")), max_size=6)
ASKED = st.builds(
    lambda word, limit, span, more: {word: limit, "within": span} | more,
    st.sampled_from(["at_least", "at_most", "more_than", "less_than", "is"]),
    st.integers(0, 4),
    st.sampled_from(["1d", "5d", "100h"]),
    st.sampled_from(
        [
            {},
            {"distinct": "requester"},
            {"calendar": "office"},
            {"where": {"age": {"at_least": "2d"}}},
            {"same": ["requester"]},
        ]
    ),
)


@settings(deadline=None)
@given(ages=AGES, asked=ASKED, hours=st.integers(0, 20 * 24), percent=st.integers(0, 99))
def test_the_answer_stays_until_the_instant_that_it_names(
    ages: list[tuple[int, str]], asked: dict[str, Any], hours: int, percent: int, make_ticket: MakeTicket
) -> None:
    ticket, now = make_ticket(requester="a"), MONDAY + timedelta(hours=hours)
    others = tuple(
        other(number, created_at=now - timedelta(hours=age), requester=who) for number, (age, who) in enumerate(ages)
    )
    first = ask(ticket, others, asked, now)
    until = first.flips_at or now + timedelta(days=100)
    assert until > now
    for instant in (now + (until - now) * percent // 100, until - TICK):
        assert ask(ticket, others, asked, instant).holds is first.holds
    if first.flips_at is not None and "where" not in asked:
        assert ask(ticket, others, asked, until).holds is not first.holds
