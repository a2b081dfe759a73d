"""What an act costs in requests, by the helpdesks' own count, and how the words arrive there."""

from __future__ import annotations

from typing import Any

import pytest


def escalated_request(desk: Any) -> Any:
    return desk.issue("Printer burns", project="SUP", priority="High", status="Waiting for support")


def test_escalating_a_zendesk_ticket_is_one_write_request(desk: Any) -> None:
    ref = desk.ticket("Refund", "loud", priority="low")
    written = desk.written(desk.sync)
    seen = desk.seen(ref)
    assert (seen.group, seen.priority, seen.tier_field, len(seen.notes)) == ("Tier 2", "high", "tier2", 1)
    assert list(written.values()) == [1]
    assert next(iter(written)).startswith("PUT /api/v2/tickets/")


def test_taking_everything_back_is_one_write_request_too(desk: Any) -> None:
    ref = desk.ticket("Refund", "loud", priority="low")
    desk.settle()
    desk.solve(ref)
    desk.pass_time()
    assert list(desk.written(desk.sync).values()) == [1]


def test_escalating_a_jira_request_is_one_put_and_one_comment(desk: Any) -> None:
    issue = escalated_request(desk)
    written = desk.written(desk.sync)
    assert sorted((call.split()[0], n) for call, n in written.items()) == [("POST", 1), ("PUT", 1)]
    assert any(call.endswith("/comment") for call in written)
    assert issue.fields["labels"] == ["esc_t1"]


def test_any_number_of_subtasks_is_one_bulk_request(desk: Any) -> None:
    issue = desk.issue("Database is slow")
    desk.link(desk.ticket("Down", "outage"), issue)
    written = desk.written(desk.sync)
    assert {call.split()[1].rsplit("/", 1)[-1]: n for call, n in written.items() if "/issue" in call} == {"bulk": 1}
    assert len(issue.subtasks) == 3


def test_notes_are_internal_on_both_helpdesks(desk: Any) -> None:
    ref, issue = desk.ticket("Refund", "complaint"), escalated_request(desk)
    desk.sync()
    assert [public for public, _ in desk.seen(ref).notes] == [False]
    (note,) = issue.comments
    assert note.properties["sd.public.comment"] == {"internal": True}
    assert not note.public
    assert note.body.startswith("Escalated to Tier 1: A request in the service desk is high")


def test_an_escalated_jira_request_is_written_once_and_released_when_it_is_done(any_desk: Any) -> None:
    desk = any_desk
    issue = escalated_request(desk)
    desk.settle()
    before = desk.writes
    desk.pass_time()
    desk.sync()
    assert desk.writes == before
    desk.act_in_jira(issue, status="Resolved")
    desk.pass_time()
    desk.sync()
    assert issue.fields["labels"] == []


@pytest.mark.parametrize(
    "subject",
    [
        "{{ticket.requester.email}} {{ tier.name }} {% for x in y %}",
        "{{dc.secret}}",
        "<script>alert(1)</script> <img src=x onerror=y>",
        "*bold* [click](https://evil.example) ![x](https://evil.example/x.png)",
    ],
)
def test_what_a_customer_writes_in_a_subject_is_text_in_our_notes(subject: str, desk: Any) -> None:
    ref = desk.ticket(subject, "complaint")
    desk.sync()
    comment = desk.zendesk.tickets[int(ref.id)].comments[-1]
    assert comment.author_id == desk.zendesk.bot.id
    assert "{{" not in comment.body
    assert "{%" not in comment.body
    html = comment.html or ""
    assert "<script" not in html
    assert "<img" not in html
    assert "<a " not in html


def test_what_a_customer_writes_in_a_subject_is_text_in_jira(desk: Any) -> None:
    subject = "{panel:title=x} [~accountid:5b10] !https://evil.example/x.png! {{ tier.name }}"
    desk.ticket(subject, "outage")
    desk.sync()
    (opened,) = [issue for issue in desk.issues() if issue.fields.get("parent") is None]
    assert opened.fields["summary"] == f"Escalated: {subject}"
    assert "[~accountid" not in opened.fields["description"].replace("\\[~", "")
    assert "{panel" not in opened.fields["description"].replace("\\{panel", "")
