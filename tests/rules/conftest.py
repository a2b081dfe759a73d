"""Builders of tickets and policies, so that a test names only what it is about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rules.load import load_policy
from rules.policy import Policy
from rules.ticket import Comment, Priority, Side, StatusCategory, Ticket, TicketRef

#: Three tiers with everything that a policy can ask for; office hours in London.
LADDER = """
version: 1
default_calendar: office
calendars:
  office: {zone: Europe/London, week: {mon-fri: ["09:00-17:00"]}}
tiers:
  - {id: tier1, name: Tier 1, tag: esc_t1, timeout: 8h, note: entered}
  - id: tier2
    name: Tier 2
    tag: esc_t2
    timeout: 2d
    priority_floor: high
    groups: {zendesk: Specialists}
    fields: {zendesk: {escalation_tier: two}}
    note: entered
  - id: tier3
    name: Tier 3
    tag: esc_t3
    calendar: always
    priority_floor: urgent
    note: entered
    remediation:
      tracker: jira
      open: {project: OPS, type: Task, subject: "{{ ticket.subject }}", body: work}
      tasks:
        - {key: find, title: "Find the cause of {{ ticket.key }}", body: work, due: 1d}
        - {key: fix, title: Fix it, body: work, tags: [fix]}
rules:
  - {id: down, description: Production is down, when: {tags: {contains: production_down}}, escalate_to: tier3, tags: [hot]}
  - {id: stale, description: Open for a working day, when: {age: {at_least: 1d}}, escalate_to: tier1, note: noticed}
  - {id: chatty, description: The customer writes and writes, when: {unanswered_replies: {at_least: 2}}, tags: [chatty], note: noticed}
matrix:
  impact: {fact: field.impact, values: [low, high]}
  urgency: {fact: field.urgency, values: [low, high]}
  cells:
    low: {low: {}, high: {priority: high}}
    high: {low: {priority: high}, high: {tier: tier2, priority: urgent}}
sla:
  - id: answer
    metric: first_response
    targets: {normal: 4h, high: 2h, urgent: 1h}
    warn_at: 75%
    warn_tag: answer_soon
    breach_tag: answer_late
    escalate_to: tier1
    note: breached
updates:
  - {id: keep, when: {priority: {in: [high, urgent]}}, every: 4h, note: remind, max: 3}
templates:
  entered: "{{ tier.name }}: {{ reason }}"
  noticed: "Noticed: {{ rule.description }}"
  breached: "{{ clock.id }} of {{ clock.target }} was due {{ clock.due_at }}"
  remind: "Silent since {{ silent_since }}"
  work: "See {{ ticket.url }}"
"""


@pytest.fixture(scope="session")
def monday() -> datetime:
    """A Monday, 09:00 in London: nobody changes clocks that week."""
    return datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def make_ticket(monday: datetime) -> Callable[..., Ticket]:
    """An open ticket of normal priority, made on that Monday, but for what the test says."""

    def make(**changed: Any) -> Ticket:
        values: dict[str, Any] = {
            "ref": TicketRef("zendesk", "35"),
            "key": "35",
            "url": "https://desk.example/agent/tickets/35",
            "subject": "The export stops",
            "status": StatusCategory.OPEN,
            "status_name": "Open",
            "priority": Priority.NORMAL,
            "created_at": monday,
            "updated_at": monday,
            "version": "1",
            "comments_complete": True,
        }
        return Ticket(**(values | changed))

    return make


@pytest.fixture(scope="session")
def said(monday: datetime) -> Callable[..., Comment]:
    """A public comment by that side, so many hours after the Monday's morning."""

    def make(hours: float, side: Side, *, public: bool = True, ours: bool = False) -> Comment:
        at = monday + timedelta(hours=hours)
        return Comment(id=f"{side}-{hours}-{public}-{ours}", at=at, side=side, public=public, ours=ours)

    return make


@pytest.fixture(scope="session")
def policy_of() -> Callable[[str], Policy]:
    """A policy from YAML."""

    def load(text: str) -> Policy:
        return load_policy({"policy.yaml": text})

    return load


@pytest.fixture(scope="session")
def ladder_text() -> str:
    """A policy with everything, as YAML."""
    return LADDER


#: Rules that want values of the ticket itself, and fight over them with each other, the matrix and the ladder.
SETTING = """rules:
  - id: lenient
    description: Nobody waits for it
    when: {tags: {contains: vip}}
    set:
      priority: low
      groups: {zendesk: Sales}
      assignees: {zendesk: "11"}
      statuses: {zendesk: hold}
      restore_status: true
      fields: {zendesk: {escalation_tier: none, review: "no"}}
  - id: waiting
    description: The customer has waited
    when: {any: [{customer_waiting: {at_least: 3h}}, {age: {at_least: 12h}}]}
    set:
      priority_floor: high
      groups: {zendesk: Front desk}
      assignees: {zendesk: "12"}
      statuses: {zendesk: open}
      fields: {zendesk: {review: "yes"}}
"""


@pytest.fixture(scope="session")
def setting_policy(policy_of: Callable[[str], Policy], ladder_text: str) -> Policy:
    """The same with rules that set values, and with tickets that leave the ladder when nothing holds them."""
    return policy_of(ladder_text.replace("rules:\n", SETTING, 1) + "release: {when_nothing_holds: true}\n")


@pytest.fixture(scope="session")
def policy(policy_of: Callable[[str], Policy], ladder_text: str) -> Policy:
    """A policy with everything."""
    return policy_of(ladder_text)
