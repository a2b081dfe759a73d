"""The starter policy: what an admin gets on the first day does what its comments say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rules.facts import facts_of
from rules.ledger import Ledger
from rules.load import load_policy
from rules.policy import Policy
from rules.templates import TEMPLATE_NAMES
from rules.ticket import (
    Account,
    AccountRef,
    AccountSummary,
    Comment,
    Priority,
    Side,
    StatusCategory,
    Ticket,
    TicketRef,
)

CONFIG = Path(__file__).parents[2] / "config"
#: A Monday in winter, 09:00 in Berlin.
MONDAY = datetime(2026, 2, 2, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def starter() -> Policy:
    return load_policy({file.name: file.read_text(encoding="utf-8") for file in sorted(CONFIG.glob("*.yaml"))})


@pytest.fixture
def holding(starter: Policy, make_ticket: Callable[..., Ticket]) -> Callable[..., list[str]]:
    """The ids of the rules that hold on a ticket."""

    def ask(*, after: timedelta = timedelta(), urgent: int = 0, tier: str = "standard", **changed: Any) -> list[str]:
        ref = AccountRef("zendesk", "1")
        account = Account(ref=ref, name="Acme", fields={"tier": tier})
        summary = AccountSummary(ref=ref, open_tickets=urgent, open_by_priority={Priority.URGENT: urgent})
        ticket = make_ticket(**({"created_at": MONDAY} | changed))
        facts = facts_of(ticket, account, summary, Ledger(ref=ticket.ref), MONDAY + after)
        return [rule.id for rule in starter.rules if rule.when.evaluate(facts).holds]

    return ask


def test_the_ladder_has_three_tiers_with_rising_floors(starter: Policy) -> None:
    assert [(tier.id, tier.tag, tier.priority_floor, tier.groups) for tier in starter.tiers] == [
        ("tier1", "esc_t1", None, {"zendesk": ("Tier 1 Support",)}),
        ("tier2", "esc_t2", Priority.HIGH, {"zendesk": ("Tier 2 Specialists",)}),
        ("tier3", "esc_t3", Priority.URGENT, {"zendesk": ("Tier 3 Critical Response",)}),
    ]
    assert [tier.timeout is not None for tier in starter.tiers] == [True, True, False]


@pytest.mark.capability("D3")
def test_the_highest_tier_opens_a_task_in_ops_with_three_subtasks(starter: Policy) -> None:
    remediation = starter.tiers[-1].remediation
    assert remediation is not None
    assert remediation.open is not None
    assert (remediation.tracker, remediation.open.project, remediation.open.type) == ("jira", "OPS", "Task")
    assert [task.key for task in remediation.tasks] == ["contain", "root-cause", "prevent"]


def test_an_ordinary_ticket_is_left_alone(holding: Callable[..., list[str]]) -> None:
    assert holding() == []
    assert holding(after=timedelta(days=9), priority=Priority.LOW) == []


@pytest.mark.parametrize(
    ("changed", "rules"),
    [
        ({"tags": frozenset({"production_down"})}, ["production-down"]),
        ({"tags": frozenset({"outage"}), "fields": {"impact": "high"}}, ["production-down"]),
        ({"tags": frozenset({"outage"}), "fields": {"impact": "low"}}, []),
        ({"tags": frozenset({"production_down"}), "status": StatusCategory.SOLVED}, []),
        ({"tags": frozenset({"production_down"}), "ref": TicketRef("jira", "1")}, []),
        ({"priority": Priority.URGENT, "tier": "enterprise"}, ["enterprise-urgent"]),
        ({"priority": Priority.HIGH, "tier": "enterprise"}, []),
        ({"priority": Priority.URGENT, "tags": frozenset({"vip"})}, ["enterprise-urgent"]),
        ({"priority": Priority.HIGH, "urgent": 3}, ["account-in-trouble"]),
        ({"priority": Priority.HIGH, "urgent": 2}, []),
        ({"subject": "I want to escalate this"}, ["customer-asked"]),
        ({"subject": "Deescalation of colours"}, []),
        ({"tags": frozenset({"complaint"})}, ["customer-asked"]),
        ({"priority": Priority.HIGH, "after": timedelta(days=2, hours=23)}, []),
        ({"priority": Priority.HIGH, "after": timedelta(days=3)}, ["too-old-high"]),
        ({"after": timedelta(days=13, hours=23)}, []),
        ({"after": timedelta(days=14)}, ["too-old-normal"]),
        (
            {
                "ref": TicketRef("jira", "1"),
                "key": "SUP-7",
                "priority": Priority.HIGH,
                "after": timedelta(days=2),
            },
            ["service-desk-waiting"],
        ),
        ({"ref": TicketRef("jira", "1"), "key": "OPS-7", "priority": Priority.HIGH, "after": timedelta(days=9)}, []),
    ],
    ids=str,
)
def test_a_rule_holds_on_the_tickets_that_it_is_meant_for(
    changed: dict[str, Any], rules: list[str], holding: Callable[..., list[str]]
) -> None:
    assert holding(**changed) == rules


def test_three_unanswered_replies_and_four_open_hours_make_an_escalation(holding: Callable[..., list[str]]) -> None:
    wrote = tuple(
        Comment(id=str(minute), at=MONDAY + timedelta(minutes=minute), side=Side.REQUESTER, public=True)
        for minute in (1, 2, 3)
    )
    late = timedelta(hours=4, minutes=1)
    assert holding(after=late, comments=wrote) == ["unanswered-customer"]
    assert holding(after=late - timedelta(minutes=1), comments=wrote) == []
    assert holding(after=late, comments=wrote[1:]) == []
    answer = Comment(id="9", at=MONDAY + timedelta(minutes=9), side=Side.AGENT, public=True)
    assert holding(after=late, comments=(*wrote, answer)) == []


def test_only_the_worst_cell_of_the_matrix_escalates(starter: Policy) -> None:
    assert starter.matrix is not None
    assert len(starter.matrix.cells) == 9
    assert {pair for pair, cell in starter.matrix.cells.items() if cell.tier} == {("high", "high")}


def test_every_clock_and_reminder_is_there(starter: Policy) -> None:
    assert [clock.id for clock in starter.sla] == [
        "first-response",
        "next-response",
        "resolution-urgent",
        "resolution",
    ]
    assert [reminder.id for reminder in starter.reminders] == ["critical-daily", "escalated-alternate-days"]


def test_every_text_renders_with_all_values_and_with_none(starter: Policy) -> None:
    texts = [tier.note for tier in starter.tiers]
    texts += [step.note for clock in starter.sla for step in (*clock.warnings, *clock.breaches) if step.note]
    texts += [rule.note for rule in starter.rules if rule.note] + [reminder.note for reminder in starter.reminders]
    remediation = starter.tiers[-1].remediation
    assert remediation is not None
    assert remediation.open is not None
    texts += [remediation.open.subject, remediation.open.body]
    texts += [text for task in remediation.tasks for text in (task.title, task.body)]
    for text in texts:
        assert text is not None
        for context in ({}, dict.fromkeys(TEMPLATE_NAMES, "value")):
            rendered = text.render(context)
            assert rendered
            assert "{" not in rendered
            assert "None" not in rendered


def test_rules_ask_for_one_helpdesk_so_that_engineering_work_is_left_alone(starter: Policy) -> None:
    assert all("helpdesk" in rule.when.facts for rule in starter.rules)
    assert all(clock.when is not None and "helpdesk" in clock.when.facts for clock in starter.sla)
