"""The first day: what the plan shows is what the first run writes, and the second run has nothing to write."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rules.explain import describe


def test_the_first_run_writes_what_the_plan_showed(any_desk: Any) -> None:
    desk = any_desk
    refs = [desk.ticket("Refund", "complaint"), desk.ticket("Down", "outage"), desk.ticket("Fine")]
    planned = desk.sync(dry_run=True)
    assert {plan.ref for plan in planned.plans} == set(refs[:2])
    assert desk.writes == 0
    applied = desk.sync()
    shown = {plan.ref: [describe(change) for change in plan.changes] for plan in planned.plans}
    assert {plan.ref: [describe(change) for change in plan.changes] for plan in applied.plans} == shown
    assert desk.seen(refs[0]).tags == {"complaint", "esc_t1", "esc_complaint"}
    assert desk.seen(refs[0]).group == "Tier 1"
    assert desk.seen(refs[1]).priority == "urgent"
    assert desk.seen(refs[2]).tags == frozenset()
    assert desk.seen(refs[2]).notes == []


def test_a_run_right_after_the_first_writes_nothing(any_desk: Any) -> None:
    desk = any_desk
    desk.ticket("Refund", "complaint")
    desk.ticket("Down", "outage")
    desk.sync()
    before = desk.writes
    assert desk.sync().writes == {}
    assert desk.writes == before


def test_the_echo_of_our_own_writes_leads_to_no_write(any_desk: Any) -> None:
    desk = any_desk
    desk.ticket("Refund", "complaint")
    desk.ticket("Down", "outage")
    desk.sync()
    before = desk.writes
    desk.pass_time()
    seen = desk.sync()
    assert seen.tickets_read["zendesk"] == 2
    assert seen.surveyed >= 1
    desk.pass_time()
    desk.sync()
    assert desk.writes == before


def test_a_new_process_on_the_same_store_writes_nothing_again(any_desk: Any) -> None:
    desk = any_desk
    desk.ticket("Down", "outage")
    desk.sync()
    before = desk.writes
    desk.restart()
    desk.sync()
    desk.pass_time()
    desk.sync()
    assert desk.writes == before


def test_a_lost_store_costs_a_repeated_note_and_nothing_else(desk: Any) -> None:
    """Tags, priority and group are found in place; what was said is known to the ledger only."""
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    desk.close()
    for file in desk.directory.glob("escalade.db*"):
        file.unlink()
    desk.restart()
    (again,) = desk.sync(dry_run=True).plans
    assert (again.ref, [type(change).__name__ for change in again.changes]) == (ref, ["PostComment"])


def test_nudging_the_siblings_of_a_written_ticket_writes_nothing(any_desk: Any) -> None:
    desk = any_desk
    refs = [desk.ticket(f"Refund {number}", "complaint") for number in range(3)]
    desk.settle()
    before = desk.writes
    desk.app.store.nudge(refs, desk.now, "sibling")
    assert desk.sync().surveyed == 3
    assert desk.writes == before


def test_a_customer_who_writes_again_does_not_make_escalade_repeat_itself(desk: Any) -> None:
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    before = desk.writes
    desk.act(ref, by=desk.customer.id, comment={"body": "Hello?", "public": True})
    desk.pass_time()
    assert desk.sync().surveyed >= 1
    assert desk.writes == before


def test_a_ticket_that_comes_in_later_is_written_to_by_the_next_run(desk: Any) -> None:
    desk.sync()
    ref = desk.ticket("Refund", "complaint", created_at=desk.now)
    desk.pass_time(timedelta(minutes=5))
    desk.sync()
    assert "esc_t1" in desk.tags(ref)
