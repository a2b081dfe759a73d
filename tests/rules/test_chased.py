"""Whom a late update is told to, by name: of a role, who is on duty when the step is earned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from rules.decide import decide
from rules.ledger import Ledger
from rules.load import load_policy
from rules.ticket import Ticket

POLICY = """
version: 1
default_calendar: always
calendars:
  office: {zone: Europe/London, week: {mon-fri: ["09:00-17:00"]}}
directory:
  teams:
    leads:
      calendar: office
      members:
        - {id: ada, name: Ada Low, deputy: bob, absent: [{from: 2026-03-03, to: 2026-03-03}]}
    stand-in: {members: [{id: bob, name: Bob High}]}
  roles:
    duty: {teams: [leads]}
cadences:
  - id: status
    when: {status: open}
    colours: {red: {every: 1d}}
    chase: [{to: TO, note: late}]
templates: {late: "{{ chase.to }} is {{ chase.person | default('nobody') }}"}
"""


@pytest.mark.capability("B3")
@pytest.mark.parametrize(
    ("to", "told"),
    [
        ("duty", "duty is Bob High"),
        ("ada", "ada is Bob High"),
        ("stand-in", "stand-in is Bob High"),
        ("owner", "owner is nobody"),
        ("somebody", "somebody is nobody"),
    ],
)
def test_a_chase_names_the_person_whom_its_word_means(
    make_ticket: Callable[..., Ticket], monday: datetime, to: str, told: str
) -> None:
    policy, ticket = load_policy({"policy.yaml": POLICY.replace("TO", to)}), make_ticket()
    late = [monday + timedelta(days=1), monday + timedelta(days=3)]

    said = [decide(policy, ticket, None, None, Ledger(ref=ticket.ref), now).desired.notes for now in late]

    # Two days later the shift is another one, and the step is still told to whoever it was earned by.
    assert [note.body for notes in said for note in notes] == [told, told]
