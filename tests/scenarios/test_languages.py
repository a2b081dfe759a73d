"""The customer is spoken to in their language: over HTTP, in both helpdesks, once."""

from __future__ import annotations

from typing import Any

import pytest

from escalade.emulator.jira.model import Issue

POLICY = """\
version: 1
default_calendar: always
tiers: [{id: t1, name: Tier 1, tag: esc_t1}]
rules:
  - id: loud
    description: A complaint
    when: {tags: {contains: complaint}}
    escalate_to: t1
    note: inside
    public_note: taken_up
  - {id: german, description: Speaks German, when: {requester.language: de}, tags: [esc_german]}
templates:
  taken_up: {en: "We took it up on {{ now }}.", de: "Übernommen am {{ now }}.", default: en}
  inside: {en: Look at this., de: Bitte ansehen., default: en}
"""
GERMAN = "Übernommen am 2. März 2026, 10:00 MEZ."


@pytest.fixture
def speaking(desk: Any) -> Any:
    """A German customer in both helpdesks."""
    desk.customer.locale, desk.customer.time_zone = "de", "Europe/Berlin"
    desk.asker = desk.jira.add_user("Carl", account_type="customer", locale="de_DE", time_zone="Europe/Berlin")
    desk.write_policy(POLICY)
    desk.restart()
    return desk


def request_in_jira(desk: Any, *labels: str) -> Issue:
    with desk.world.lock:
        issue: Issue = desk.jira.add_issue("SUP", "Nothing works", reporter=desk.asker, labels=list(labels))
    return issue


def public(issue: Issue) -> list[str]:
    return [comment.body for comment in issue.comments if comment.public]


@pytest.mark.capability("E2")
def test_a_customer_of_zendesk_reads_german_once_and_we_read_english(speaking: Any) -> None:
    ref = speaking.ticket("Refund", "complaint")
    speaking.settle()
    assert (True, GERMAN) in speaking.seen(ref).notes
    assert (False, "Look at this.") in speaking.seen(ref).notes
    assert "esc_german" in speaking.tags(ref)
    speaking.customer.locale = "en-US"
    speaking.act(ref, comment={"body": "I look.", "public": False})
    speaking.pass_time()
    speaking.settle()
    assert [body for is_public, body in speaking.seen(ref).notes if is_public] == [GERMAN]
    assert "esc_german" not in speaking.tags(ref), "the fact follows the profile, what was said stays said"


@pytest.mark.capability("E2")
def test_a_customer_of_jira_reads_german_and_is_looked_up_once(speaking: Any) -> None:
    issues = [request_in_jira(speaking, "complaint") for _ in range(3)]
    speaking.settle()
    assert [public(issue) for issue in issues] == [[GERMAN]] * 3
    asked = speaking.world.calls.counts()
    assert sum(count for call, count in asked.items() if call.endswith("/user")) == 1


def test_a_customer_whom_jira_hides_reads_the_default(speaking: Any) -> None:
    speaking.asker.locale = None
    hidden = request_in_jira(speaking, "complaint")
    speaking.settle()
    assert public(hidden) == ["We took it up on March 2, 2026, 10:00 AM UTC+1."]
    speaking.world.faults.add("forbidden", {"path_regex": "/user$", "times": 0})
    speaking.restart()
    unseen = request_in_jira(speaking, "complaint")
    speaking.settle()
    assert public(unseen) == ["We took it up on March 2, 2026, 9:01 AM UTC."]


def test_a_policy_without_languages_asks_for_none(desk: Any) -> None:
    desk.asker = desk.jira.add_user("Carl", account_type="customer")
    desk.ticket("Refund", "complaint")
    request_in_jira(desk)
    desk.settle()
    assert not [call for call in desk.world.calls.counts() if call.endswith("/user")]
