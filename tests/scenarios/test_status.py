"""The status: how many escalations stand where; the same set that the helpdesks list by our tags."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

TIER_TAGS = {"esc_t1", "esc_t2", "esc_t3"}


def listed(desk: Any) -> dict[str, dict[str, Any]]:
    code, output = desk.command("status", "--format", "json")
    assert code == 0, output
    return {one["ref"]: one for one in json.loads(output)["escalations"]}


def tagged(desk: Any) -> set[str]:
    """What a view by tag (Zendesk) and a filter by label (Jira) show."""
    tickets = {f"zendesk:{one.id}" for one in desk.zendesk.tickets.values() if TIER_TAGS & set(one.tags)}
    return tickets | {f"jira:{one.id}" for one in desk.jira.issues.values() if TIER_TAGS & set(one.fields["labels"])}


@pytest.mark.capability("D16", "D17")
def test_the_status_names_exactly_the_tickets_that_the_helpdesks_list_by_our_tags(any_desk: Any) -> None:
    desk = any_desk
    complaint, outage = desk.ticket("Refund", "complaint"), desk.ticket("Down", "outage")
    desk.ticket("Ordinary")
    request = desk.issue("Broken again", project="SUP", priority="High")
    desk.settle()
    shown = listed(desk)
    assert shown.keys() == tagged(desk) == {str(complaint), str(outage), f"jira:{request.id}"}
    assert {one["tier"] for one in shown.values()} == {"Tier 1", "Tier 3"}
    desk.pass_time(timedelta(hours=9))
    desk.settle()
    assert listed(desk).keys() == tagged(desk)
    assert listed(desk)[str(complaint)]["tier"] == "Tier 2"
    desk.solve(outage)
    desk.pass_time()
    desk.settle()
    assert listed(desk).keys() == tagged(desk) == {str(complaint), f"jira:{request.id}"}


@pytest.mark.capability("D17")
def test_the_status_counts_by_tier_for_people_and_for_monitoring(desk: Any) -> None:
    for number in range(3):
        desk.ticket(f"Refund {number}", "complaint")
    desk.ticket("Down", "outage")
    desk.settle()
    code, output = desk.command("status")
    assert code == 0
    assert "Running escalations: 4 tickets" in output
    lines = [" ".join(line.split()) for line in output.splitlines()]
    assert {"Tier 1 3", "Tier 3 1"} <= set(lines)
    code, output = desk.command("status", "--format", "metrics")
    assert code == 0
    assert 'escalade_escalations{level="ticket",tier="Tier 1",stage="",colour=""} 3' in output.splitlines()
    assert 'escalade_escalations_late{level="ticket",tier="Tier 1",stage="",colour=""} 0' in output.splitlines()


def test_the_status_asks_no_helpdesk(desk: Any) -> None:
    desk.ticket("Down", "outage")
    desk.settle()
    before = desk.world.calls.counts()
    assert desk.command("status")[0] == 0
    assert desk.world.calls.counts() == before


CASE = """
directory:
  teams: {support: {calendar: office, members: [{id: ada, name: Ada, region: emea, accounts: {zendesk: "%s"}}]}}
commands: {}
escalation: {}
"""


@pytest.mark.capability("B18")
def test_a_request_that_nobody_decided_about_is_listed_although_the_ticket_is_in_no_tier(desk: Any) -> None:
    text = (desk.directory / "rules.yaml").read_text(encoding="utf-8")
    desk.write_policy(text + CASE % desk.agent.id)
    desk.restart()
    ref = desk.ticket("Slow", assignee_id=desk.agent.id)
    desk.act(ref, comment={"body": "#escalate Nothing moves", "public": False})
    desk.pass_time()
    desk.settle()
    shown = listed(desk)
    assert shown.keys() == {str(ref)}
    row = shown[str(ref)]
    assert (row["stage"], row["tier"], row["owner"], row["region"]) == ("requested", "", "Ada", "emea")
