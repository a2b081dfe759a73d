"""People win: what somebody undid stays undone, what was there before us stays, and what is ours goes with us."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest


@pytest.mark.capability("E1", "L12")
def test_solving_a_ticket_takes_our_marks_off_and_restores_what_was_there(any_desk: Any) -> None:
    desk = any_desk
    ref = desk.ticket("Refund", "loud", "vip", priority="low")
    desk.settle()
    assert desk.seen(ref).priority == "high"
    desk.solve(ref)
    desk.pass_time()
    desk.sync()
    seen = desk.seen(ref)
    assert seen.tags == {"loud", "vip"}
    assert (seen.status, seen.priority, seen.tier_field) == ("solved", "low", None)


def test_a_release_hands_an_open_ticket_back_to_the_group_that_had_it(desk: Any) -> None:
    text = (desk.directory / "rules.yaml").read_text(encoding="utf-8")
    desk.write_policy(text + "release: {when_nothing_holds: true}\n")
    desk.restart()
    ref = desk.ticket("Refund", "loud", priority="low")
    desk.settle()
    assert desk.seen(ref).group == "Tier 2"
    desk.act(ref, tags=sorted(desk.tags(ref) - {"loud"}))
    desk.pass_time()
    desk.sync()
    seen = desk.seen(ref)
    assert (seen.group, seen.priority, seen.tags, seen.tier_field) == ("First line", "low", frozenset(), None)


def test_who_solved_an_escalated_ticket_keeps_it(desk: Any) -> None:
    ref = desk.ticket("Refund", "loud")
    desk.settle()
    desk.solve(ref)
    desk.pass_time()
    desk.sync()
    assert desk.seen(ref).group == "Tier 2"


def test_a_tag_that_somebody_took_off_stays_off_and_the_journal_says_so(any_desk: Any) -> None:
    desk = any_desk
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    desk.act(ref, tags=["complaint", "esc_t1"])
    desk.pass_time()
    for _ in range(3):
        desk.sync()
        desk.pass_time(timedelta(minutes=20))
    assert desk.tags(ref) == {"complaint", "esc_t1"}
    assert desk.journal(ref, "override") == ["somebody removed our tag esc_complaint; we leave it off"]


@pytest.mark.capability("L12")
def test_a_priority_that_somebody_lowered_is_not_raised_again(desk: Any) -> None:
    ref = desk.ticket("Refund", "loud")
    desk.settle()
    before = desk.writes
    desk.act(ref, priority="low")
    desk.pass_time()
    desk.sync()
    assert desk.seen(ref).priority == "low"
    assert desk.writes == before
    assert desk.journal(ref, "override") == ["somebody changed priority from our high to low; we leave it so"]


def test_a_priority_that_somebody_lowered_is_left_alone_when_we_leave(desk: Any) -> None:
    ref = desk.ticket("Refund", "loud", priority="normal")
    desk.settle()
    desk.act(ref, priority="low")
    desk.pass_time()
    desk.sync()
    desk.solve(ref)
    desk.pass_time()
    desk.sync()
    assert desk.seen(ref).priority == "low"


def test_a_ticket_that_somebody_moved_to_another_group_stays_there(desk: Any) -> None:
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    desk.act(ref, group_id=desk.groups["First line"])
    desk.pass_time()
    desk.sync()
    desk.pass_time(timedelta(hours=1))
    desk.sync()
    assert desk.seen(ref).group == "First line"
    assert desk.journal(ref, "override") == ["somebody changed group from our Tier 1 to First line; we leave it so"]


def test_a_higher_tier_is_a_new_decision_and_is_written(desk: Any) -> None:
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    desk.act(ref, group_id=desk.groups["First line"])
    desk.pass_time()
    desk.sync()
    desk.pass_time(timedelta(days=1))
    desk.sync()
    assert desk.seen(ref).group == "Tier 2"


def test_a_tag_that_was_there_before_us_is_never_removed(desk: Any) -> None:
    ref = desk.ticket("Refund", "complaint", "esc_complaint")
    desk.settle()
    desk.solve(ref)
    desk.pass_time()
    desk.sync()
    assert desk.tags(ref) == {"complaint", "esc_complaint"}


def test_an_edit_between_our_read_and_our_write_is_not_overwritten(desk: Any) -> None:
    """Somebody adds a note in the very second in between: the helpdesk refuses, we read again and write then."""
    ref = desk.ticket("Refund", "complaint")
    desk.world.faults.add("edit_conflict", {"method": "PUT", "path_regex": "/api/v2/tickets/", "times": 1})
    desk.sync()
    assert "esc_t1" in desk.tags(ref)
    bodies = [comment.body for comment in desk.zendesk.tickets[int(ref.id)].comments]
    assert sum(body == "I am looking into this as well." for body in bodies) == 1
    assert len(desk.seen(ref).notes) == 1


def test_a_reopened_ticket_begins_a_new_episode_with_its_own_note(desk: Any) -> None:
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    desk.solve(ref)
    desk.pass_time(timedelta(hours=1))
    desk.sync()
    desk.act(ref, status="open")
    desk.pass_time(timedelta(hours=1))
    desk.sync()
    assert "esc_t1" in desk.tags(ref)
    assert len(desk.seen(ref).notes) == 2
