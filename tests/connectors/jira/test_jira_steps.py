"""Moving Jira tickets and giving them to people: the step is looked up by its status, and what cannot be is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.base import Applied, WriteKind
from connectors.errors import ConnectorError, ErrorKind
from rules.change import AddTags, AssignPerson, PostComment, Transition
from rules.ticket import StatusCategory

WHY = {"because": "it waits", "rule": "rule:review"}


def move(site: Any, issue: Any, status: str) -> Transition:
    now = site.read(issue)
    return Transition(on=now.ref, status=status, was=now.status_name, was_category=now.status, **WHY)


def taken(site: Any, issue: Any, status: str) -> Applied:
    (write,) = site.jira.sink.batch(site.read(issue), [move(site, issue, status)])
    found: Applied = site.jira.sink.apply(write, "op-1")
    return found


@pytest.fixture
def desk(site: Any) -> Any:
    """The site with a service project, whose workflow does not lead from everywhere to everywhere."""
    site.state.add_project("HELP", "Help desk", service_desk=True)
    site.jira.close()
    site.jira = site.open(projects=["OPS", "HELP"])
    return site


def test_a_status_is_reached_by_whatever_step_leads_there(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    assert taken(site, issue, "in progress").refused == {}
    after = site.read(issue)
    assert (after.status_name, after.status) == ("In Progress", StatusCategory.OPEN)


def test_an_edit_travels_before_the_step_and_the_comment_behind_it(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    on = site.ref(issue)
    changes = [
        PostComment(on=on, key="k", body="Moved.", **WHY),
        move(site, issue, "Done"),
        AddTags(on=on, tags=("hot",), **WHY),
    ]
    kinds = [write.kind for write in site.jira.sink.batch(site.read(issue), changes)]
    assert kinds == [WriteKind.UPDATE, WriteKind.TRANSITION, WriteKind.COMMENT]


def test_where_no_step_leads_there_it_says_where_they_lead_and_nothing_is_sent(desk: Any) -> None:
    issue = desk.state.add_issue("HELP", "Down", status="Waiting for support")
    writes = desk.writes()
    assert taken(desk, issue, "Done").refused == {
        "status": "no step leads from 'Waiting for support' to 'Done' now; steps lead to: In Progress, Resolved, "
        "Waiting for customer"
    }
    assert desk.writes() == writes


def test_a_step_whose_screen_asks_for_more_than_a_status_is_refused_with_the_field_s_name(desk: Any) -> None:
    issue = desk.state.add_issue("HELP", "Down", status="Waiting for support")
    assert taken(desk, issue, "Resolved").refused == {
        "status": "the step 'Resolve this issue' asks for Resolution: give it a default, or take the status out"
    }


def test_two_who_move_a_ticket_at_the_same_time_make_a_conflict(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    site.state.contended.add(issue.id)
    with pytest.raises(ConnectorError) as caught:
        taken(site, issue, "Done")
    assert (caught.value.kind, caught.value.ambiguous) == (ErrorKind.CONFLICT, False)


def test_a_step_is_found_although_a_person_has_moved_the_ticket_on(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    at = site.world.clock.now()
    (write,) = site.jira.sink.batch(site.read(issue), [move(site, issue, "In Progress")])
    site.jira.sink.apply(write, "op-1")
    (back,) = site.jira.sink.batch(site.read(issue), [move(site, issue, "To Do")])
    site.jira.sink.apply(back, "op-2")
    assert site.jira.sink.find(write, "op-1", at) is not None
    site.world.clock.advance(3600)
    assert site.jira.sink.find(write, "op-3", site.world.clock.now()) is None


def test_a_step_that_somebody_else_took_is_not_taken_for_ours(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    (write,) = site.jira.sink.batch(site.read(issue), [move(site, issue, "In Progress")])
    site.jira.sink.apply(write, "op-1")
    person = site.state.add_user("Kim")
    for entry in issue.history:
        entry.author = person.account_id
    assert site.jira.sink.find(write, "op-1", site.world.clock.now() - timedelta(minutes=1)) is None


def test_a_ticket_is_given_to_a_person_by_the_id_that_reading_shows(site: Any) -> None:
    person = site.state.add_user("Kim")
    other = site.read(site.state.add_issue("OPS", "Other", assignee=person))
    issue = site.state.add_issue("OPS", "Down")
    assert other.assignee is not None
    change = AssignPerson(on=site.ref(issue), person=other.assignee, was=None, **WHY)
    (write,) = site.jira.sink.batch(site.read(issue), [change])
    assert site.jira.sink.apply(write, "op-1").refused == {}
    assert site.read(issue).assignee == other.assignee


def test_the_vocabulary_has_the_statuses(site: Any) -> None:
    assert {"To Do", "In Progress", "Done"} <= site.jira.vocabulary().statuses
