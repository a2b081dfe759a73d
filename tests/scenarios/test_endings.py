"""How tickets end: closed, deleted, merged. Nothing is written to them any more, and the run does not stumble."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rules.ticket import TicketRef


def test_a_closed_ticket_is_left_as_it_is(desk: Any) -> None:
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    with desk.world.lock:
        desk.zendesk.tickets[int(ref.id)].status = "closed"
        desk.zendesk.touch(desk.zendesk.tickets[int(ref.id)])
    before = desk.writes
    desk.pass_time()
    desk.sync()
    assert desk.writes == before
    assert "esc_t1" in desk.tags(ref)


def test_a_ticket_that_is_closed_before_the_first_run_is_never_written_to(desk: Any) -> None:
    ref = desk.ticket("Refund", "complaint", status="closed")
    desk.settle()
    assert desk.tags(ref) == {"complaint"}
    assert desk.writes == 0


def test_a_deleted_ticket_is_forgotten_and_its_journal_kept(any_desk: Any) -> None:
    desk = any_desk
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    desk.remove(ref)
    before = desk.writes
    desk.pass_time(timedelta(days=3))
    desk.sync()
    assert desk.writes == before
    assert desk.app.store.load([ref]) == {}
    actions = [entry.action for entry in desk.app.store.journal(ref)]
    assert actions[-1] == "ticket.gone"
    assert "write.applied" in actions


def test_a_ticket_that_is_deleted_before_the_export_tells_is_gone_at_its_visit(desk: Any) -> None:
    """Its tier times out in the very minute: the visit reads afresh and finds no such ticket."""
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    desk.pass_time(timedelta(hours=8))
    desk.remove(ref)
    assert desk.sync().gone == 1
    assert desk.app.store.load([ref]) == {}
    desk.pass_time()
    assert desk.sync().gone == 0


def test_a_merged_ticket_ends_and_the_one_it_went_into_goes_on(desk: Any) -> None:
    source, target = desk.ticket("Refund again", "complaint"), desk.ticket("Refund", "complaint")
    desk.settle()
    desk.merge(source, target)
    desk.pass_time()
    before = desk.writes
    desk.sync()
    assert desk.writes == before
    desk.pass_time(timedelta(days=1))
    desk.sync()
    assert "esc_t1" in desk.tags(source)
    assert "esc_t2" in desk.tags(target)


def test_a_visit_of_a_ticket_that_nobody_knows_comes_to_rest(desk: Any) -> None:
    desk.app.store.nudge([TicketRef("zendesk", "4711")], desk.now, "webhook")
    report = desk.sync()
    assert (report.surveyed, report.writes) == (1, {})
    assert desk.sync().surveyed == 0
