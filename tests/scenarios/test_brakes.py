"""Brakes: a run that would touch too much is refused before its first write."""

from __future__ import annotations

from typing import Any

import pytest

from rules.brakes import UnsafePlanError


def limit(desk: Any, **brakes: Any) -> None:
    text = (desk.directory / "rules.yaml").read_text(encoding="utf-8")
    desk.write_policy(text + "brakes:\n" + "".join(f"  {name}: {value}\n" for name, value in brakes.items()))
    desk.restart()


@pytest.mark.capability("L3")
def test_a_run_over_the_limit_is_refused_before_its_first_write(any_desk: Any) -> None:
    desk = any_desk
    limit(desk, max_tickets=2)
    for number in range(3):
        desk.ticket(f"Refund {number}", "complaint")
    with pytest.raises(UnsafePlanError, match=r"3 of 3 open tickets.*the limit is 2 tickets.*--force"):
        desk.sync()
    assert desk.writes == 0


def test_a_refused_run_has_changed_nothing_and_force_goes_on(desk: Any) -> None:
    limit(desk, max_tickets=2)
    refs = [desk.ticket(f"Refund {number}", "complaint") for number in range(3)]
    for _ in range(2):
        with pytest.raises(UnsafePlanError):
            desk.sync()
    assert desk.sync(force=True).written_tickets == 3
    assert all("esc_t1" in desk.tags(ref) for ref in refs)


def test_a_large_share_of_the_open_tickets_is_refused(desk: Any) -> None:
    limit(desk, max_share=0.2)
    for number in range(20):
        desk.ticket(f"Ticket {number}", *(["complaint"] if number < 5 else []))
    with pytest.raises(UnsafePlanError, match=r"25% of|25%"):
        desk.sync()
    assert desk.writes == 0


def test_tickets_that_are_written_to_already_do_not_count(desk: Any) -> None:
    limit(desk, max_tickets=2)
    for number in range(2):
        desk.ticket(f"Refund {number}", "complaint")
    desk.settle()
    for number in range(2):
        desk.ticket(f"Later {number}", "complaint", created_at=desk.now)
    desk.pass_time()
    assert desk.sync().written_tickets == 2


def test_notes_beyond_the_hourly_limit_wait_and_are_said_later(desk: Any) -> None:
    limit(desk, max_comments_per_hour=1)
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    desk.act(ref, tags=[*desk.tags(ref), "outage"])
    desk.pass_time()
    desk.sync()
    assert "esc_t3" in desk.tags(ref)
    assert len(desk.seen(ref).notes) == 1
    desk.world.clock.advance(3700)
    desk.sync()
    assert [text.split(":")[0] for _, text in desk.seen(ref).notes] == ["Escalated to Tier 1", "Escalated to Tier 3"]
