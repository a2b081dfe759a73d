"""The note that is kept current, and the work below a ticket, as a Jira site shows them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from connectors.base import Write
from rules.change import CreateRemediation, KeepNote, RemediationItem
from rules.ticket import StatusCategory, TicketRef

WHY = {"because": "it runs", "rule": "record"}
SINCE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def _note(on: TicketRef, body: str, *, comment: str | None = None) -> KeepNote:
    since = None if comment is None else SINCE
    return KeepNote(on=on, key="record", body=body, essence=body, comment=comment, since=since, **WHY)


def _write(site: Any, issue: Any, *changes: Any) -> Write:
    [one] = site.jira.sink.batch(site.read(issue), changes)
    assert isinstance(one, Write)
    return one


@pytest.fixture
def issue(site: Any) -> Any:
    """A record."""
    return site.state.add_issue("OPS", "Escalation of ACME")


@pytest.fixture
def posted(site: Any, issue: Any) -> str:
    """The id of a kept note that was posted on it."""
    applied = site.jira.sink.apply(_write(site, issue, _note(site.ref(issue), "red")), "op-1")
    return str(applied.editable["record"])


def test_the_first_one_is_an_internal_comment_of_its_own(site: Any, issue: Any, posted: str) -> None:
    [comment] = issue.comments
    assert (str(comment.id), comment.body, comment.public) == (posted, "red", False)
    assert comment.properties["sd.public.comment"] == {"internal": True}
    assert comment.properties["escalade"] == {"op": "op-1", "kept": ["record", "red"]}


def test_a_newer_one_is_the_same_comment_with_other_words(site: Any, issue: Any, posted: str) -> None:
    again = _write(site, issue, _note(site.ref(issue), "green", comment=posted))
    assert site.jira.sink.find(again, "op-2", SINCE) is None
    applied = site.jira.sink.apply(again, "op-2")
    assert (applied.editable, applied.refused) == ({"record": posted}, {})
    assert [comment.body for comment in issue.comments] == ["green"]
    found = site.jira.sink.find(again, "op-2", SINCE)
    assert found is not None
    assert found.editable == {"record": posted}


def test_a_first_one_of_unknown_outcome_is_found_with_the_id_that_edits_it(site: Any, issue: Any, posted: str) -> None:
    first = _write(site, issue, _note(site.ref(issue), "red"))
    found = site.jira.sink.find(first, "op-1", site.world.clock.now())
    assert found is not None
    assert found.editable == {"record": posted}
    assert site.jira.sink.find(first, "op-9", site.world.clock.now()) is None


def test_one_that_somebody_deleted_is_not_posted_again(site: Any, issue: Any, posted: str) -> None:
    issue.comments.clear()
    again = _write(site, issue, _note(site.ref(issue), "green", comment=posted))
    applied = site.jira.sink.apply(again, "op-2")
    assert (applied.refused, issue.comments) == ({"record": "somebody deleted it"}, [])


def test_one_that_somebody_edited_keeps_their_words(site: Any, issue: Any, posted: str) -> None:
    [comment] = issue.comments
    somebody = site.state.add_user("Ann", email="ann@acme.example")
    comment.body, comment.update_author = "red, but I doubt it", somebody.account_id
    again = _write(site, issue, _note(site.ref(issue), "green", comment=posted))
    applied = site.jira.sink.apply(again, "op-2")
    assert applied.refused == {"record": "somebody edited it"}
    assert [one.body for one in issue.comments] == ["red, but I doubt it"]


def test_a_piece_of_work_has_its_assignee_and_due_date_and_tells_when_people_change_them(site: Any, issue: Any) -> None:
    me = site.jira.identity().id
    item = RemediationItem(key="fix", title="Fix it", body="", due_on=date(2026, 3, 6), assignee=me)
    work = CreateRemediation(on=site.ref(issue), items=(item,), **WHY)
    before = site.last_checkpoint()
    made = site.jira.sink.apply(_write(site, issue, work), "op-1").created["fix"]
    site.world.clock.advance(60)
    [seen] = [child for page in site.jira.source.poll("issues", before, _now(site)) for child in page.children]
    assert (seen.on, seen.child.ref) == (site.ref(issue), made)
    assert (seen.child.assignee, seen.child.due_on, seen.child.status) == (me, date(2026, 3, 6), StatusCategory.NEW)
    subtask = site.state.issues[int(made.id)]
    checkpoint = site.last_checkpoint()
    subtask.fields["duedate"], subtask.fields["assignee"] = "2026-03-09", None
    site.world.clock.advance(60)
    site.state.touch(subtask)
    site.world.clock.advance(60)
    [seen] = [child for page in site.jira.source.poll("issues", checkpoint, _now(site)) for child in page.children]
    assert (seen.child.assignee, seen.child.due_on) == (None, date(2026, 3, 9))


def _now(site: Any) -> datetime:
    return site.world.clock.now()
