"""Writing to a Jira site over HTTP: what travels together, what people see, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from connectors.base import Applied, WriteKind
from connectors.errors import ConnectorError, ErrorKind, Scope
from rules.change import (
    AddTags,
    Assign,
    Change,
    CreateRemediation,
    LinkTicket,
    OpenLinked,
    PostComment,
    RemediationItem,
    RemoveTags,
    SetField,
    SetPriority,
)
from rules.ticket import LinkKind, Priority, TicketRef

WHY = {"because": "it is overdue", "rule": "overdue"}


def item(key: str, **more: Any) -> RemediationItem:
    return RemediationItem(key=key, title=f"Do {key}", body="Steps:\n- {one}", **more)


def comment(on: TicketRef, body: str, *, public: bool = False, key: str = "k") -> PostComment:
    return PostComment(on=on, key=key, body=body, public=public, **WHY)


def opening(on: TicketRef, **more: Any) -> OpenLinked:
    wanted = {"key": "open", "helpdesk": "jira", "project": "OPS", "type": "Task", "subject": "Down", "body": "Help"}
    return OpenLinked(on=on, **{**wanted, **more}, **WHY)


def write(site: Any, issue: Any, changes: Sequence[Change], operation: str = "op-1") -> list[Applied]:
    batch = site.jira.sink.batch(site.read(issue), changes)
    return [site.jira.sink.apply(each, operation) for each in batch]


def escalation(on: TicketRef) -> list[Change]:
    return [
        AddTags(on=on, tags=("escalated", "tier-2"), **WHY),
        RemoveTags(on=on, tags=("tier-1",), **WHY),
        SetPriority(on=on, priority=Priority.URGENT, was=Priority.NORMAL, **WHY),
        Assign(on=on, group="Tier 3", was=None, **WHY),
        SetField(on=on, field="impact", value="huge", was=None, **WHY),
        comment(on, "Escalated."),
    ]


def test_an_escalation_costs_one_edit_and_one_comment(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down", labels=["tier-1", "vip"])
    site.read(issue)
    site.world.calls.reset()
    write(site, issue, escalation(site.ref(issue)))
    assert site.writes() == 2
    found = site.read(issue)
    assert found.tags == {"escalated", "tier-2", "vip"}
    assert (found.priority, found.group, found.fields) == (Priority.URGENT, "Tier 3", {"impact": "huge"})
    assert [(note.body, note.ours) for note in found.comments] == [("Escalated.", True)]


def test_the_operation_id_travels_in_the_edit_itself(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    write(site, issue, escalation(site.ref(issue)), "op-9")
    assert issue.properties["escalade"] == {"op": "op-9"}


@pytest.mark.trap("jira-labels-as-deltas")
def test_labels_that_others_put_on_meanwhile_are_left_alone(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down", labels=["vip"])
    (edit,) = site.jira.sink.batch(site.read(issue), [AddTags(on=site.ref(issue), tags=("escalated",), **WHY)])
    issue.fields["labels"] = ["vip", "theirs"]
    site.jira.sink.apply(edit, "op-1")
    assert site.read(issue).tags == {"vip", "theirs", "escalated"}


@pytest.mark.trap("jira-label-spaces")
def test_a_tag_that_jira_cannot_hold_is_refused_and_the_rest_is_written(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    (applied,) = write(site, issue, [AddTags(on=site.ref(issue), tags=("two words", "good"), **WHY)])
    assert set(applied.refused) == {"tag:two words"}
    assert site.read(issue).tags == {"good"}


@pytest.mark.trap("jira-400-rejects-whole-edit")
def test_a_refused_field_is_dropped_and_the_rest_is_written_once(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    changes = [
        AddTags(on=site.ref(issue), tags=("escalated",), **WHY),
        Assign(on=site.ref(issue), group="Tier 99", was=None, **WHY),
    ]
    site.world.calls.reset()
    (applied,) = write(site, issue, changes)
    assert set(applied.refused) == {"group"}
    assert site.read(issue).tags == {"escalated"}
    assert issue.properties["escalade"] == {"op": "op-1"}


def test_an_edit_of_which_nothing_is_left_is_refused(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    site.read(issue)
    site.world.calls.reset()
    with pytest.raises(ConnectorError) as caught:
        write(site, issue, [Assign(on=site.ref(issue), group="Tier 99", was=None, **WHY)])
    assert caught.value.kind is ErrorKind.REJECTED
    assert not caught.value.ambiguous
    assert "escalade" not in issue.properties


def test_a_group_without_a_group_field_is_refused_with_advice(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    helpdesk = site.open(group=None)
    (edit,) = helpdesk.sink.batch(site.read(issue), [Assign(on=site.ref(issue), group="Tier 2", was=None, **WHY)])
    with pytest.raises(ConnectorError, match=r"group: \{field") as caught:
        helpdesk.sink.apply(edit, "op-1")
    assert caught.value.kind is ErrorKind.REJECTED
    assert set(caught.value.fields) == {"group"}


@pytest.mark.trap("jira-priority-schemes")
def test_a_priority_that_no_name_stands_for_is_refused_with_advice(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    helpdesk = site.open(priorities={"Sofort": "urgent", "Medium": "normal"})
    change = SetPriority(on=site.ref(issue), priority=Priority.URGENT, was=Priority.NORMAL, **WHY)
    (edit,) = helpdesk.sink.batch(site.read(issue), [change])
    with pytest.raises(ConnectorError, match="`priorities`"):
        helpdesk.sink.apply(edit, "op-1")


def test_comments_of_one_visibility_are_one_comment_and_of_two_are_two(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    ref = site.ref(issue)
    changes = [comment(ref, "one"), comment(ref, "two", key="k2"), comment(ref, "hello", public=True, key="k3")]
    site.world.calls.reset()
    write(site, issue, changes)
    assert site.writes() == 2
    assert [note.body for note in site.read(issue).comments] == ["one\n\ntwo", "hello"]


@pytest.mark.trap("jira-comments-public-by-default")
def test_a_note_on_a_service_request_stays_internal(site: Any) -> None:
    site.state.add_project("HELP", "Helpdesk", service_desk=True)
    issue = site.state.add_issue("HELP", "Down")
    ref = site.ref(issue)
    write(site, issue, [comment(ref, "internal"), comment(ref, "for you", public=True, key="k2")])
    assert [(note.body, note.public) for note in site.read(issue).comments] == [("internal", False), ("for you", True)]


@pytest.mark.trap("jira-wiki-markup")
def test_text_from_a_ticket_cannot_mention_anyone_or_open_a_macro(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    write(site, issue, [comment(site.ref(issue), "[~boss] {code} !pwn.png!")])
    (note,) = site.read(issue).comments
    assert note.body == "\\[\\~boss\\] \\{code\\} \\!pwn.png\\!"


@pytest.mark.trap("jira-body-limit")
def test_a_comment_longer_than_jira_takes_is_cut_instead_of_refused(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    write(site, issue, [comment(site.ref(issue), "x" * 40_000)])
    (note,) = site.read(issue).comments
    assert len(note.body) <= 32_767


def test_comments_that_would_not_fit_together_are_posted_apart(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    ref = site.ref(issue)
    batch = site.jira.sink.batch(
        site.read(issue),
        [comment(ref, "x" * 20_000), comment(ref, "y" * 20_000, key="k2"), comment(ref, "z", key="k3")],
    )
    assert [len(each.changes) for each in batch] == [1, 2]


@pytest.mark.trap("jira-comment-limit")
def test_an_issue_that_takes_no_more_comments_is_refused_not_retried(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    site.state.comment_limit = 0
    with pytest.raises(ConnectorError) as caught:
        write(site, issue, [comment(site.ref(issue), "one")])
    assert (caught.value.kind, caught.value.status) == (ErrorKind.REJECTED, 413)


def test_remediation_items_become_subtasks_in_one_request(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    items = (item("restore", due_on=date(2026, 3, 9), tags=("p1",)), item("tell customer"), item("review"))
    site.read(issue)
    site.world.calls.reset()
    (applied,) = write(site, issue, [CreateRemediation(on=site.ref(issue), items=items, **WHY)])
    assert site.writes() == 1
    assert list(applied.created) == ["restore", "tell customer", "review"]
    assert [child.title for child in site.read(issue).children] == ["Do restore", "Do tell customer", "Do review"]
    made = site.state.find(applied.created["restore"].id)
    assert made.fields["labels"] == ["escalade-restore", "p1"]
    assert made.properties["escalade"] == {"op": "op-1", "item": "restore"}
    assert str(made.fields["duedate"]) == "2026-03-09"


def test_more_items_than_one_request_takes_are_several_requests(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    items = tuple(item(f"i{number}") for number in range(120))
    change = CreateRemediation(on=site.ref(issue), items=items, **WHY)
    batch = site.jira.sink.batch(site.read(issue), [change])
    assert [sum(len(part.items) for part in each.changes) for each in batch] == [50, 50, 20]


@pytest.mark.trap("jira-subtask-of-subtask")
def test_a_subtask_gets_no_subtasks_and_the_text_says_what_to_do(site: Any) -> None:
    parent = site.state.add_issue("OPS", "Down")
    child = site.state.add_issue("OPS", "Part", parent=parent)
    # Where sub-tasks are no tickets, nobody comes to ask for that.
    site.jira = site.open(subtasks_are_tickets=True)
    with pytest.raises(ConnectorError, match="link its parent"):
        write(site, child, [CreateRemediation(on=site.ref(child), items=(item("a"),), **WHY)])


@pytest.mark.trap("jira-subtasks-disabled")
def test_a_project_without_subtasks_is_told(site: Any) -> None:
    site.state.add_project("FLAT", "Flat", subtasks=False)
    issue = site.state.add_issue("FLAT", "Down")
    with pytest.raises(ConnectorError, match="enable sub-tasks"):
        write(site, issue, [CreateRemediation(on=site.ref(issue), items=(item("a"),), **WHY)])


@pytest.mark.trap("jira-screen-fields")
def test_a_due_date_that_is_not_on_the_screen_does_not_stop_the_remediation(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    site.state.fields["duedate"].on_screen = False
    items = (item("a", due_on=date(2026, 3, 9)), item("b", due_on=date(2026, 3, 9)))
    (applied,) = write(site, issue, [CreateRemediation(on=site.ref(issue), items=items, **WHY)])
    assert set(applied.created) == {"a", "b"}
    assert set(applied.refused) == {"duedate"}


@pytest.mark.trap("jira-bulk-partial")
def test_items_that_jira_refuses_are_named_and_the_others_are_created(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    site.state.fields["duedate"].on_screen = False
    items = (item("a"), item("b", due_on=date(2026, 3, 9)), item("c"))
    (applied,) = write(site, issue, [CreateRemediation(on=site.ref(issue), items=items, **WHY)])
    assert set(applied.created) == {"a", "c"}
    assert "duedate" in applied.refused["b"]
    assert site.state.find(applied.created["c"].id).properties["escalade"]["item"] == "c"


def test_items_that_jira_could_not_create_are_neither_refused_nor_lost(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    site.world.faults.add("job_partial", {"path_regex": "bulk$"}, row=1)
    work = CreateRemediation(on=site.ref(issue), items=(item("a"), item("b")), **WHY)
    with pytest.raises(ConnectorError, match="created only 1 of 2 sub-tasks") as caught:
        write(site, issue, [work])
    assert caught.value.ambiguous
    assert len(issue.subtasks) == 1


@pytest.mark.parametrize("body", ["", {"hello": "world"}], ids=["nothing", "something else"])
@pytest.mark.parametrize("path", ["/issue/[^/]*$", "/remotelink$"])
def test_a_200_that_jira_would_not_give_is_not_taken_for_done(site: Any, path: str, body: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    site.world.faults.add(
        "status", {"path_regex": path, "method": "PUT" if "issue" in path else "POST"}, status=200, body=body
    )
    there = TicketRef("zendesk", "35")
    tie = LinkTicket(on=site.ref(issue), to=there, kind=LinkKind.RELATED, key="35", title="T", url="http://z/35", **WHY)
    changes: list[Change] = [AddTags(on=site.ref(issue), tags=("a",), **WHY), tie]
    with pytest.raises(ConnectorError) as caught:
        write(site, issue, changes)
    assert (caught.value.kind, caught.value.ambiguous) == (ErrorKind.PROTOCOL, True)


def test_a_tracker_ticket_is_opened_for_a_ticket_of_another_helpdesk(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Visited")
    there = TicketRef("zendesk", "35")
    opened = opening(there, priority=Priority.HIGH, tags=("vip", "no good"), subject="Two\nlines")
    (applied,) = write(site, issue, [opened])
    made = site.read(site.state.find(applied.created["open"].id))
    assert (made.subject, made.priority, made.type) == ("Two lines", Priority.HIGH, "Task")
    assert made.tags == {"vip", "escalade-op-op-1"}
    assert set(applied.refused) == {"tag:no good"}


def test_a_type_that_the_project_does_not_have_is_named_with_a_suggestion(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Visited")
    with pytest.raises(ConnectorError, match="did you mean 'Task'"):
        write(site, issue, [opening(site.ref(issue), type="Tusk")])


@pytest.mark.trap("jira-link-direction")
def test_a_ticket_waits_for_its_tracker_ticket(site: Any) -> None:
    ticket, tracker = site.state.add_issue("OPS", "Ticket"), site.state.add_issue("OPS", "Tracker")
    tie = LinkTicket(
        on=site.ref(ticket), to=site.ref(tracker), kind=LinkKind.TRACKED_BY, key=tracker.key, title="T", url="u", **WHY
    )
    write(site, ticket, [tie])
    write(site, ticket, [tie])
    assert [(link.to, link.kind) for link in site.read(ticket).links] == [(site.ref(tracker), LinkKind.TRACKED_BY)]
    assert [link.kind for link in site.read(tracker).links] == [LinkKind.RELATED]


def test_a_tie_to_another_helpdesk_exists_once_however_often_it_is_made(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Ticket")
    tie = LinkTicket(
        on=site.ref(issue),
        to=TicketRef("zendesk", "35"),
        kind=LinkKind.RELATED,
        key="35",
        title="T",
        url="https://z/35",
        **WHY,
    )
    write(site, issue, [tie])
    write(site, issue, [tie])
    assert len(issue.remote_links) == 1


def test_writes_are_sent_in_an_order_that_never_links_what_is_not_there(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    ref = site.ref(issue)
    tie = LinkTicket(on=ref, to=TicketRef("zendesk", "1"), kind=LinkKind.RELATED, key="1", title="t", url="u", **WHY)
    changes = [
        tie,
        CreateRemediation(on=ref, items=(item("a"),), **WHY),
        opening(ref),
        comment(ref, "x"),
        AddTags(on=ref, tags=("a",), **WHY),
    ]
    kinds = [each.kind for each in site.jira.sink.batch(site.read(issue), changes)]
    assert kinds == [WriteKind.UPDATE, WriteKind.COMMENT, WriteKind.OPEN, WriteKind.REMEDIATE, WriteKind.LINK]


def test_nothing_to_change_is_nothing_to_send(site: Any) -> None:
    assert site.jira.sink.batch(site.read(site.state.add_issue("OPS", "Down")), []) == ()


@pytest.mark.parametrize(
    ("reason", "scope"),
    [
        ("jira-per-issue-on-write", Scope.TICKET),
        ("jira-burst-based", Scope.ENDPOINT),
        ("jira-quota-tenant-based", Scope.HELPDESK),
    ],
)
@pytest.mark.trap("jira-rate-limits")
def test_a_rate_limit_reaches_as_far_as_its_reason_says(cloud: Any, reason: str, scope: Scope) -> None:
    issue = cloud.state.add_issue("OPS", "Down")
    batch = cloud.jira.sink.batch(cloud.read(issue), [comment(cloud.ref(issue), "x")])
    cloud.world.faults.add("rate_limited", {"method": "POST"}, retry_after=9, reason=reason)
    with pytest.raises(ConnectorError) as caught:
        cloud.jira.sink.apply(batch[0], "op-1")
    assert (caught.value.kind, caught.value.scope) == (ErrorKind.RATE_LIMITED, scope)
    assert caught.value.retry_after == 9
    assert not caught.value.ambiguous


def test_a_deleted_ticket_is_told_as_gone(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    batch = site.jira.sink.batch(site.read(issue), escalation(site.ref(issue)))
    site.state.forget(issue)
    for each in batch:
        with pytest.raises(ConnectorError) as caught:
            site.jira.sink.apply(each, "op-1")
        assert caught.value.kind is ErrorKind.GONE
