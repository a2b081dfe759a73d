"""The timeline of a ticket, told by the command: what both helpdesks have, what people changed, what Escalade did."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest


@pytest.fixture
def escalated(desk: Any) -> tuple[Any, Any]:
    """A ticket about an outage that was escalated, on whose issue an engineer wrote, and which was solved."""
    ref = desk.ticket("Down \x1b[31mand out", "outage")
    desk.settle()
    (issue,) = [one for one in desk.issues() if one.fields.get("parent") is None]
    desk.act(ref, comment={"body": "Your data is safe.", "public": True}, priority="low")
    desk.act_in_jira(issue, comment={"body": "A disk was full."})
    desk.pass_time(timedelta(minutes=5))
    desk.settle()
    return desk, ref


def story_of(output: str) -> list[dict[str, Any]]:
    happenings: list[dict[str, Any]] = json.loads(output)["happenings"]
    return happenings


@pytest.mark.capability("C9", "E14")
def test_the_words_of_both_helpdesks_and_our_own_acts_are_exported_in_order_and_once(
    escalated: tuple[Any, Any],
) -> None:
    desk, ref = escalated
    code, output = desk.command("timeline", str(ref), "--fresh", "--json")
    assert code == 0, output
    story = story_of(output)
    assert [one["at"] for one in story] == sorted(one["at"] for one in story)
    said = [(one["on"].split(":")[0], one["text"], one["public"]) for one in story if one["kind"] == "comment"]
    assert ("zendesk", "Your data is safe.", True) in said
    assert ("jira", "A disk was full.", True) in said
    (note,) = [one for one in story if one["ours"] and one["text"].startswith("Escalated to Tier 3")]
    assert note["because"].startswith("entered Tier 3")
    assert len({json.dumps(one) for one in story}) == len(story)
    work = {one["key"] for one in story}
    assert {str(ref.id), *(issue.key for issue in desk.issues())} <= work
    kinds = {one["source"] for one in story if one["kind"] == "escalade"}
    assert "write.intended" not in kinds


def test_from_the_store_alone_no_helpdesk_is_asked_and_no_words_are_told(escalated: tuple[Any, Any]) -> None:
    desk, ref = escalated
    before = desk.world.calls.counts()
    code, output = desk.command("timeline", str(ref))
    assert (code, desk.world.calls.counts()) == (0, before)
    assert "(words not read)" in output
    assert "Your data is safe." not in output
    assert "\x1b[31m" not in output


def test_the_timeline_of_a_ticket_that_is_not_known_is_refused_with_advice(desk: Any) -> None:
    code, output = desk.command("timeline", "zendesk:999")
    assert code == 2
    assert "the store does not know zendesk:999" in output


@pytest.mark.capability("C11")
def test_as_a_case_study_it_tells_the_course_and_no_name_or_word(escalated: tuple[Any, Any]) -> None:
    desk, ref = escalated
    code, output = desk.command("timeline", str(ref), "--fresh", "--anonymous")
    assert code == 0, output
    assert "puts on esc\\_t3" in output
    assert "priority: normal → low" in output
    for word in ("Down", "disk", "data is safe", "OPS-1", "Acme", "2026"):
        assert word not in output
