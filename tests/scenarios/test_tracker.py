"""Remediation: work below the linked Jira issue, which is opened where nobody linked one; each thing made once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest


def subtasks(desk: Any, issue: Any) -> list[str]:
    return [desk.jira.issues[number].fields["summary"] for number in issue.subtasks]


def linked_issues(desk: Any, ref: Any) -> list[str]:
    return [link.issue_key for link in desk.zendesk.links.values() if link.ticket_id == int(ref.id)]


def test_the_work_goes_below_the_issue_that_people_linked(desk: Any) -> None:
    issue = desk.issue("Database is slow")
    ref = desk.ticket("Down", "outage")
    desk.link(ref, issue)
    desk.settle()
    assert subtasks(desk, issue) == [f"Contain {ref.id}", f"Find the cause of {ref.id}", "Prevent it"]
    assert linked_issues(desk, ref) == [issue.key]
    assert len(desk.issues()) == 4


@pytest.mark.capability("D3")
def test_an_issue_is_opened_where_none_is_linked_and_tied_from_both_sides(any_desk: Any) -> None:
    desk = any_desk
    ref = desk.ticket("Down", "outage")
    desk.settle()
    (opened,) = [issue for issue in desk.issues() if issue.fields.get("parent") is None]
    assert opened.fields["summary"] == "Escalated: Down"
    assert "escalation" in opened.fields["labels"]
    assert len(opened.subtasks) == 3
    assert linked_issues(desk, ref) == [opened.key]
    (back,) = opened.remote_links
    assert back.object["url"].endswith(f"/agent/tickets/{ref.id}")


def test_nothing_is_opened_or_created_twice_however_often_the_ticket_is_visited(desk: Any) -> None:
    ref = desk.ticket("Down", "outage")
    desk.settle()
    count = len(desk.issues())
    for number in range(3):
        desk.act(ref, comment={"body": f"Word {number}", "public": False})
        desk.app.store.nudge([ref], desk.now, "operator")
        desk.pass_time(timedelta(hours=2))
        desk.sync()
    assert len(desk.issues()) == count


def test_two_tickets_on_one_issue_get_their_own_work_below_it(desk: Any) -> None:
    issue = desk.issue("Database is slow")
    refs = [desk.ticket("Down", "outage"), desk.ticket("Down too", "outage")]
    for ref in refs:
        desk.link(ref, issue)
    desk.settle()
    assert len(issue.subtasks) == 6
    before = desk.writes
    desk.pass_time()
    desk.sync()
    assert desk.writes == before


def test_a_deleted_subtask_is_not_made_again(desk: Any) -> None:
    issue = desk.issue("Database is slow")
    ref = desk.ticket("Down", "outage")
    desk.link(ref, issue)
    desk.settle()
    desk.act_in_jira(desk.jira.issues[issue.subtasks[0]], delete=True)
    desk.app.store.nudge([ref], desk.now, "operator")
    desk.pass_time()
    desk.sync()
    assert subtasks(desk, issue) == [f"Find the cause of {ref.id}", "Prevent it"]


def test_a_tie_that_somebody_cut_stays_cut(desk: Any) -> None:
    ref = desk.ticket("Down", "outage")
    desk.settle()
    (tie,) = desk.zendesk.links
    with desk.world.lock:
        desk.zendesk.links.pop(tie)
    # Another reason comes up, so that the ticket is read afresh and written to.
    desk.act(ref, tags=[*desk.tags(ref), "complaint"])
    desk.pass_time()
    desk.sync()
    assert "esc_complaint" in desk.tags(ref)
    assert linked_issues(desk, ref) == []


def test_solving_the_ticket_leaves_the_work_where_it_is(desk: Any) -> None:
    ref = desk.ticket("Down", "outage")
    desk.settle()
    desk.solve(ref)
    desk.pass_time()
    desk.sync()
    assert desk.tags(ref) == {"outage"}
    assert len(desk.issues()) == 4
    assert len(linked_issues(desk, ref)) == 1


def test_the_subtasks_carry_what_the_policy_says(desk: Any) -> None:
    issue = desk.issue("Database is slow")
    ref = desk.ticket("Down", "outage")
    desk.link(ref, issue)
    desk.settle()
    contain, cause, _ = (desk.jira.issues[number] for number in issue.subtasks)
    assert contain.fields["duedate"] == "2026-03-03"
    assert cause.fields.get("duedate") is None
    assert "Production is down" in contain.fields["description"]


def test_a_deleted_tracker_ticket_does_not_make_its_ticket_a_dead_letter(desk: Any) -> None:
    issue = desk.issue("Database is slow")
    ref = desk.ticket("Down")
    desk.link(ref, issue)
    desk.settle()
    desk.act_in_jira(issue, delete=True)
    desk.act(ref, tags=["outage"])
    desk.pass_time()
    desk.sync()
    assert "esc_t3" in desk.tags(ref)
    before = desk.writes
    desk.pass_time(timedelta(hours=2))
    desk.app.store.nudge([ref], desk.now, "operator")
    desk.sync()
    assert desk.writes == before
    assert any("create 3 sub-tasks" in text for text in desk.journal(ref, "write.refused"))


def test_an_issue_is_opened_with_the_priority_that_people_set_also_when_our_raise_is_seen_first(desk: Any) -> None:
    ref = desk.ticket("Down", "outage")
    desk.world.faults.add("reset_after", {"method": "PUT", "path_regex": "/api/v2/tickets/"})
    desk.settle()
    desk.pass_time(timedelta(hours=2))
    desk.settle()
    (opened,) = [issue for issue in desk.issues() if issue.fields.get("parent") is None]
    names = {one.id: one.name for one in desk.jira.priorities}
    assert (desk.zendesk.tickets[int(ref.id)].priority, names[opened.fields["priority"]]) == ("urgent", "Medium")
