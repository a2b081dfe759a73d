"""Tickets are given to people by how busy they are, and every person gets a fair share within one run too."""

from __future__ import annotations

from typing import Any

import pytest

DIRECTORY = """
directory:
  teams:
    crew:
      calendar: office
      members:
        - {id: ada, name: Ada, accounts: {zendesk: "%s"}}
        - {id: bob, name: Bob, accounts: {zendesk: "%s"}}
"""


@pytest.fixture
def crew(desk: Any) -> tuple[int, int]:
    """Two agents of whom one takes what is a complaint; Ada has two open tickets already."""
    ada = desk.agent.id
    with desk.world.lock:
        bob = desk.zendesk.add_user(name="Bob", email="bob@desk.example", role="agent").id
        desk.zendesk.users[bob].group_ids = list(desk.zendesk.users[ada].group_ids)
    text = (desk.directory / "rules.yaml").read_text(encoding="utf-8")
    rule = "    tags: [esc_complaint]\n"
    text = text.replace(rule, f"{rule}    assign: {{team: crew}}\n") + DIRECTORY % (ada, bob)
    desk.write_policy(text)
    desk.restart()
    for _ in range(2):
        desk.ticket("Another matter", assignee_id=ada)
    return ada, bob


def test_who_has_least_to_do_gets_the_ticket_and_the_next_one_counts_it(desk: Any, crew: tuple[int, int]) -> None:
    ada, bob = crew
    refs = [desk.ticket(f"Refund {number}", "complaint") for number in range(4)]
    desk.settle()
    given = sorted(desk.zendesk.tickets[int(ref.id)].assignee_id for ref in refs)
    assert given.count(bob) == 3
    assert given.count(ada) == 1
    before = desk.writes
    desk.settle()
    assert desk.writes == before


def test_whoever_takes_it_over_keeps_it(desk: Any, crew: tuple[int, int]) -> None:
    ada, bob = crew
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    assert desk.zendesk.tickets[int(ref.id)].assignee_id == bob
    desk.act(ref, assignee_id=ada)
    desk.pass_time()
    desk.settle()
    assert desk.zendesk.tickets[int(ref.id)].assignee_id == ada
    assert any("somebody changed assignee" in text for text in desk.journal(ref, "override"))
