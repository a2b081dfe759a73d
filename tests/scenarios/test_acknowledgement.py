"""Somebody takes an escalation on, or nobody does: time-outs, repeated notes, and the group that is at work."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

POLICY = """\
version: 1
default_calendar: office
calendars:
  office: {zone: Europe/London, week: {mon-fri: ["09:00-17:00"]}}
  night: {zone: Europe/London, week: {mon-sun: ["17:00-09:00"]}}
directory:
  teams:
    day: {groups: {zendesk: Tier 1}}
    night: {calendar: night, groups: {zendesk: Tier 2}}
tiers:
  - id: desk
    name: Service desk
    tag: esc_desk
    calendar: always
    groups: {zendesk: [Tier 1, Tier 2]}
    timeout: {unacknowledged: 2h, unresolved: 12h}
    acknowledged_when: {assignee: {exists: true}}
    acknowledgement_lasts: 6h
    note: entered
    repeat: {note: again, every: 30m, max: 3}
  - {id: lead, name: Lead, tag: esc_lead, groups: {zendesk: Tier 3}, note: entered}
  - {id: engineering, name: Engineering, tag: esc_engineering}
paths:
  - {id: line, name: Line, tiers: [desk, lead]}
  - {id: technical, name: Technical, kind: functional, tiers: [engineering]}
rules:
  - {id: complaint, description: The customer complained, when: {tags: {contains: complaint}}, escalate_to: desk}
  - {id: bug, description: It is a bug, when: {tags: {contains: bug}}, escalate_to: engineering, move: true}
templates:
  entered: "Escalated to {{ tier.name }}: {{ reason }}"
  again: "Reminder {{ repeat.number }} for {{ tier.name }}"
"""


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    """An instant in March 2026; the 2nd is a Monday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def watched(any_desk: Any) -> Any:
    any_desk.write_policy(POLICY)
    any_desk.restart()
    any_desk.go_to(at(10))
    return any_desk


def said(desk: Any, ref: Any) -> list[str]:
    return [body for _, body in desk.seen(ref).notes]


@pytest.mark.capability("D18")
def test_nobody_takes_it_so_it_is_said_again_and_then_it_climbs(watched: Any) -> None:
    ref = watched.ticket("Refund", "complaint")
    for hour, minute in ((10, 0), (10, 20), (10, 30), (11, 0), (11, 30), (11, 50)):
        watched.go_to(at(hour, minute))
        watched.sync()
    assert said(watched, ref) == [
        "Escalated to Service desk: The customer complained",
        "Reminder 1 for Service desk",
        "Reminder 2 for Service desk",
        "Reminder 3 for Service desk",
    ]
    assert watched.tags(ref) == {"complaint", "esc_desk"}
    watched.go_to(at(12))
    watched.sync()
    assert said(watched, ref)[-1] == "Escalated to Lead: not acknowledged within 2h in Service desk"
    assert watched.tags(ref) == {"complaint", "esc_lead"}


def test_somebody_takes_it_so_it_waits_also_when_the_process_was_down(watched: Any) -> None:
    ref = watched.ticket("Refund", "complaint")
    watched.sync()
    watched.go_to(at(10, 20))
    watched.act(ref, assignee_id=watched.agent.id)
    watched.go_to(at(15))
    watched.restart()
    watched.sync()
    assert watched.tags(ref) == {"complaint", "esc_desk"}
    assert len(said(watched, ref)) == 1
    before = watched.writes
    watched.go_to(at(16, 19))
    watched.sync()
    assert watched.writes == before
    watched.go_to(at(16, 20))
    watched.sync()
    assert watched.tags(ref) == {"complaint", "esc_lead"}


@pytest.mark.capability("B3")
def test_the_group_that_is_at_work_takes_it_and_keeps_it_over_the_change_of_shifts(watched: Any) -> None:
    day = watched.ticket("Refund", "complaint")
    watched.sync()
    watched.go_to(at(17, 30))
    night = watched.ticket("Refund at night", "complaint")
    watched.act(day, assignee_id=watched.agent.id)
    watched.sync()
    assert watched.seen(night).group == "Tier 2"
    assert any("Tier 1 was not there" in line for line in watched.journal(night, "write."))
    watched.act(night, assignee_id=watched.agent.id)
    watched.go_to(at(18, 30))
    watched.sync()
    before = watched.writes
    watched.go_to(at(20))
    watched.sync()
    assert watched.writes == before
    assert watched.seen(night).group == "Tier 2"


def test_a_rule_moves_a_ticket_to_another_path_and_the_first_one_leaves_nothing_behind(watched: Any) -> None:
    ref = watched.ticket("Crash", "complaint")
    watched.settle()
    watched.act(ref, tags=["complaint", "esc_desk", "bug"])
    watched.pass_time()
    watched.sync()
    assert watched.tags(ref) == {"complaint", "bug", "esc_engineering"}
    before = watched.writes
    watched.go_to(at(9, day=5))
    watched.sync()
    assert watched.writes == before
