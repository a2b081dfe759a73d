"""The lines of an explanation say what somebody who was woken up needs, also where a clock is late over a weekend."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from rules.escalation.standing import ALONE
from rules.explaining.explain import explain
from rules.explaining.line import Line, Tone, as_markdown, as_text
from rules.explaining.outline import outline
from rules.ledger import Ledger
from rules.policy import Policy
from rules.testing.surroundings import Surroundings
from rules.ticket import Ticket, Timeline
from rules.timeline import grown

MakeTicket = Callable[..., Ticket]
FRIDAY = datetime(2026, 3, 6, 9, tzinfo=UTC)
SUNDAY = datetime(2026, 3, 8, 12, tzinfo=UTC)
POLICY = """
version: 1
default_calendar: office
calendars: {office: {zone: UTC, week: {mon-fri: ["09:00-17:00"]}}}
sla:
  - {id: solved, metric: resolution, targets: {normal: 8h}}
rules:
  - id: choice
    description: One of several
    when:
      all:
        - status: open
        - any:
            - tags: {contains: outage}
            - {all: [{status: open}, {age: {at_least: 40h}}]}
            - any: [{priority: urgent}, {tags: {contains: loss}}]
            - tags: {contains: legal}
    tags: [chosen]
"""


def told(policy: Policy, ticket: Ticket, at: datetime, width: int = 2_000) -> str:
    seen = replace(ticket, timeline=grown(Timeline(), ticket, Ledger(ref=ticket.ref), ticket.created_at))
    known = Surroundings(
        ticket=seen, ledger=Ledger(ref=ticket.ref), account=None, summary=None, linked=(), around=ALONE, load={}
    )
    return as_text(outline(explain(policy, known, at)), width)


@pytest.mark.capability("L4")
def test_a_clock_that_fell_due_when_the_calendar_closed_is_late_and_not_to_come(
    policy_of: Callable[[str], Policy], make_ticket: MakeTicket
) -> None:
    text = told(policy_of(POLICY), make_ticket(created_at=FRIDAY), SUNDAY)
    assert "solved: breached: due Fri 2026-03-06 17:00 UTC, no open time has passed since; 8h used (100 %)" in text


@pytest.mark.capability("L4")
def test_of_several_questions_of_which_one_would_do_each_is_named_with_what_failed_first_in_it(
    policy_of: Callable[[str], Policy], make_ticket: MakeTicket
) -> None:
    text = told(policy_of(POLICY), make_ticket(created_at=FRIDAY), FRIDAY)
    assert (
        "failed first: at least one of these: tags contains outage; it is: none; "
        "or age at least 40h (calendar office); it is: 0s of open time; can change Thu 2026-03-12 17:00 UTC; "
        "or (at least one of these: priority is urgent; it is: normal; or tags contains loss; it is: none); or 1 more"
    ) in text


def test_in_markdown_what_is_to_be_written_is_one_list_and_no_list_within_it() -> None:
    lines = [Line("Now:", 0, Tone.ANSWER), Line("+ add tag esc_t1 (because 2 + 2)", 1, Tone.YES)]
    assert as_markdown(lines) == "**Now:**\n\n- \\+ add tag esc\\_t1 (because 2 + 2)\n"
