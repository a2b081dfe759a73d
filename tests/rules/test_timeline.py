"""The past of a ticket: how it grows sight by sight, what it was at an instant, and what is only assumed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from rules.clocks.words import clock_text
from rules.facts import FACTS, Provenance, facts_of
from rules.ledger import Ledger, Owned
from rules.load import load_policy
from rules.ticket import Comment, Priority, Side, StatusCategory, Ticket, Timeline
from rules.timeline import as_of, grown, state_at

MakeTicket = Callable[..., Ticket]
HOUR = timedelta(hours=1)


def seen(ticket: Ticket, timeline: Timeline, at: datetime) -> Timeline:
    return grown(timeline, replace(ticket, timeline=timeline), Ledger(ref=ticket.ref), at)


def test_a_ticket_that_is_seen_as_it_was_made_has_no_unknown_past(make_ticket: MakeTicket, monday: datetime) -> None:
    assert seen(make_ticket(), Timeline(), monday + HOUR).assumed_until is None


def test_a_ticket_that_was_edited_before_its_first_sight_is_assumed_to_have_been_as_it_is(
    make_ticket: MakeTicket, monday: datetime
) -> None:
    timeline = seen(make_ticket(updated_at=monday + HOUR), Timeline(), monday + 3 * HOUR)
    assert timeline.moments[0].at == monday
    assert timeline.assumed_until == monday + 3 * HOUR


@pytest.mark.parametrize(
    ("updated", "begins"),
    [
        (2.0, 2.0),  # the helpdesk's own instant
        (0.5, 3.0),  # the helpdesk says it was before what we know: at the sight, at the latest
        (1.0, 3.0),  # the helpdesk's clock has not moved
        (9.0, 3.0),  # the helpdesk's clock runs ahead of ours
    ],
)
def test_an_edit_begins_at_the_last_update_but_neither_before_what_is_known_nor_after_the_sight(
    updated: float, begins: float, make_ticket: MakeTicket, monday: datetime
) -> None:
    first = make_ticket(status=StatusCategory.NEW, status_name="New")
    opened = make_ticket(updated_at=monday + HOUR)
    timeline = seen(opened, seen(first, Timeline(), monday), monday + HOUR)
    solved = make_ticket(status=StatusCategory.SOLVED, status_name="Solved", updated_at=monday + updated * HOUR)
    later = seen(solved, timeline, monday + 3 * HOUR)
    assert [moment.at for moment in later.moments] == [monday, monday + HOUR, monday + begins * HOUR]


def test_of_several_edits_between_two_sights_the_last_state_counts_from_the_last_instant(
    make_ticket: MakeTicket, monday: datetime
) -> None:
    timeline = seen(make_ticket(), Timeline(), monday)
    edited = make_ticket(status=StatusCategory.PENDING, priority=Priority.HIGH, updated_at=monday + 5 * HOUR)
    timeline = seen(edited, timeline, monday + 6 * HOUR)
    assert len(timeline.moments) == 2
    state = state_at(timeline, monday + 5 * HOUR)
    assert state is not None
    assert (state.status, state.priority) == (StatusCategory.PENDING, Priority.HIGH)


def test_what_escalade_did_is_no_past_of_the_ticket(make_ticket: MakeTicket, monday: datetime) -> None:
    timeline = seen(make_ticket(), Timeline(), monday)
    raised = make_ticket(
        priority=Priority.URGENT, tags=frozenset({"esc_t1"}), updated_at=monday + HOUR, timeline=timeline
    )
    ours = Owned(ours="urgent", before="normal")
    assert (
        grown(timeline, raised, Ledger(ref=raised.ref, tags=frozenset({"esc_t1"}), priority=ours), monday + HOUR)
        is timeline
    )


def test_the_ticket_of_an_instant_knows_nothing_of_what_came_later(make_ticket: MakeTicket, monday: datetime) -> None:
    first = seen(make_ticket(), Timeline(), monday)
    solved = make_ticket(status=StatusCategory.SOLVED, status_name="Solved", updated_at=monday + 2 * HOUR)
    ticket = replace(solved, timeline=seen(solved, first, monday + 2 * HOUR))
    then = as_of(ticket, monday + HOUR)
    assert then.status is StatusCategory.OPEN
    assert then.timeline == first
    assert as_of(ticket, monday + 2 * HOUR).timeline == ticket.timeline


def test_a_reading_says_which_past_it_only_assumes(monday: datetime, story_of: Callable[..., Any]) -> None:
    policy = load_policy(
        {
            "policy.yaml": """
version: 1
default_calendar: always
sla: [{id: solve, metric: resolution, targets: {normal: 9h}, pause: {when: {status: pending}}}]
"""
        }
    )
    events = [{"at": (monday + 5 * HOUR).isoformat(), "status": "pending"}]
    story = story_of({"created": monday.isoformat(), "events": events}, ZoneInfo("UTC"))
    now = monday + 6 * HOUR
    ticket = story.ticket(now)
    ticket = replace(ticket, timeline=replace(ticket.timeline, assumed_until=monday + 4 * HOUR))
    facts = facts_of(ticket, None, None, Ledger(ref=ticket.ref), now)
    counted = facts.asked_by(policy.responses, story.facts(policy, now).clocks).clock("solve")
    assert counted is not None
    assert clock_text(policy.sla[0], counted) == (
        "solve: paused since 2026-03-02 14:00 UTC, with 4h left for the solution; what was before 2026-03-02 13:00 UTC"
        " is not known and taken as it was found then"
    )


def test_facts_that_hear_comments_say_so(make_ticket: MakeTicket, monday: datetime) -> None:
    """Looking back skips comments for all other facts."""
    talk = tuple(
        Comment(id=f"{minute}", at=monday + minute * HOUR, side=side, public=True)
        for minute, side in enumerate((Side.REQUESTER, Side.AGENT, Side.REQUESTER, Side.REQUESTER), start=1)
    )
    silent, spoken = make_ticket(), make_ticket(comments=talk)
    now = monday + 9 * HOUR
    before, after = (facts_of(ticket, None, None, Ledger(ref=ticket.ref), now) for ticket in (silent, spoken))
    changed = {name for name in FACTS if before.value(name) != after.value(name)}
    assert changed
    assert {FACTS[name].provenance for name in changed} == {Provenance.COMMENTS}
