"""Time passes: tickets climb when their tier's time is used up, in business time, and exactly when they are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant in March 2026; the 2nd is a Monday, the 6th a Friday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def test_a_ticket_climbs_when_the_open_hours_of_its_tier_are_used_up(any_desk: Any) -> None:
    desk = any_desk
    ref = desk.ticket("Refund", "complaint")
    desk.sync()
    desk.go_to(at(2, 16, 59))
    desk.sync()
    assert "esc_t1" in desk.tags(ref)
    desk.go_to(at(2, 17))
    desk.sync()
    seen = desk.seen(ref)
    assert seen.tags == {"complaint", "esc_complaint", "esc_t2"}
    assert (seen.group, seen.priority, seen.tier_field) == ("Tier 2", "high", "tier2")
    assert seen.notes[-1][1].startswith("Escalated to Tier 2: not solved within 8h in Tier 1")


def test_business_time_stands_still_over_the_weekend(desk: Any) -> None:
    desk.go_to(at(6, 15))
    ref = desk.ticket("Refund", "complaint")
    desk.sync()
    for instant in (at(6, 23), at(7, 12), at(8, 20), at(9, 8, 59), at(9, 14, 59)):
        desk.go_to(instant)
        desk.sync()
        assert "esc_t1" in desk.tags(ref), instant
    desk.go_to(at(9, 15))
    desk.sync()
    assert "esc_t2" in desk.tags(ref)


def test_a_ticket_is_visited_at_its_wake_up_time_and_not_before(desk: Any) -> None:
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    wake_at = desk.app.visitor.survey(desk.app.store.load([ref])[ref], desk.now).wake_at
    assert wake_at == at(2, 17)
    desk.go_to(wake_at - timedelta(seconds=1))
    assert desk.sync().surveyed == 0
    desk.go_to(wake_at)
    report = desk.sync()
    assert report.surveyed >= 1
    assert report.written_tickets == 1


def test_after_a_long_outage_a_ticket_catches_up_to_the_right_tier_once_and_says_nothing_for_the_one_between(
    desk: Any,
) -> None:
    ref = desk.ticket("Refund", "complaint")
    desk.sync()
    notes = len(desk.seen(ref).notes)
    desk.go_to(at(20, 12))
    desk.sync()
    assert desk.tags(ref) == {"complaint", "esc_complaint", "esc_t3"}
    assert len(desk.seen(ref).notes) == notes + 1
    before = desk.writes
    desk.pass_time()
    desk.sync()
    assert desk.writes == before


def test_the_top_of_the_ladder_is_reached_and_the_marks_of_lower_tiers_are_gone(desk: Any) -> None:
    ref = desk.ticket("Refund", "complaint")
    desk.sync()
    desk.go_to(at(3, 9))
    desk.sync()
    desk.go_to(at(6, 9))
    desk.sync()
    seen = desk.seen(ref)
    assert seen.tags == {"complaint", "esc_complaint", "esc_t3"}
    assert (seen.group, seen.priority, seen.tier_field) == ("Tier 3", "urgent", "tier3")
    desk.pass_time()
    before = desk.writes
    desk.sync()
    assert desk.writes == before


def test_a_worse_reason_lifts_a_ticket_at_once(desk: Any) -> None:
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    desk.act(ref, tags=[*desk.tags(ref), "outage"])
    desk.pass_time()
    desk.sync()
    assert "esc_t3" in desk.tags(ref)


def test_a_ticket_does_not_fall_back_when_its_reason_goes_away(desk: Any) -> None:
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    desk.act(ref, tags=sorted(desk.tags(ref) - {"complaint"}))
    desk.pass_time()
    desk.sync()
    seen = desk.seen(ref)
    assert seen.tags == {"esc_t1"}
    assert seen.group == "Tier 1"


def test_a_tier_whose_marks_people_had_set_already_keeps_its_time(desk: Any) -> None:
    """Nothing has to be written on entry; the clock of the tier must not start anew at every look."""
    text = (desk.directory / "rules.yaml").read_text(encoding="utf-8")
    desk.write_policy(text.replace("timeout: 8h, note: entered", "timeout: 8h"))
    desk.restart()
    ref = desk.ticket("Refund", "complaint", "esc_t1", "esc_complaint", group_id=desk.groups["Tier 1"])
    desk.settle()
    assert desk.writes == 0
    desk.go_to(at(2, 16))
    desk.app.store.nudge([ref], desk.now, "operator")
    desk.sync()
    desk.go_to(at(2, 17))
    desk.sync()
    assert "esc_t2" in desk.tags(ref)
