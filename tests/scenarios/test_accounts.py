"""Rules over a customer's account: one ticket more changes what is true of all of its siblings."""

from __future__ import annotations

from typing import Any


def test_the_third_urgent_ticket_marks_all_three(any_desk: Any) -> None:
    desk = any_desk
    first, second = (desk.ticket(f"Down {number}", priority="urgent") for number in (1, 2))
    calm = desk.ticket("A question", priority="low")
    desk.settle()
    assert desk.writes == 0
    third = desk.ticket("Down 3", priority="urgent", created_at=desk.now)
    desk.pass_time()
    desk.sync()
    assert [desk.tags(ref) for ref in (first, second, third, calm)] == [{"esc_account"}] * 4
    desk.pass_time()
    before = desk.writes
    desk.sync()
    assert desk.writes == before


def test_two_urgent_tickets_and_one_of_another_customer_mark_nobody(desk: Any) -> None:
    other = desk.zendesk.add_organization(name="Borealis")
    stranger = desk.zendesk.add_user(name="Sven", email="sven@borealis.example", organization_id=other.id)
    refs = [desk.ticket(f"Down {number}", priority="urgent") for number in (1, 2)]
    with desk.world.lock:
        desk.zendesk.add_ticket(subject="Down", requester_id=stranger.id, priority="urgent", status="open")
    desk.settle()
    assert [desk.tags(ref) for ref in refs] == [frozenset(), frozenset()]


def test_solving_one_of_the_three_takes_the_mark_off_the_others(desk: Any) -> None:
    refs = [desk.ticket(f"Down {number}", priority="urgent") for number in range(3)]
    desk.settle()
    desk.solve(refs[0])
    desk.pass_time()
    desk.sync()
    assert [desk.tags(ref) for ref in refs] == [frozenset()] * 3


def test_our_own_raise_to_urgent_does_not_count_as_an_urgent_ticket(desk: Any) -> None:
    refs = [desk.ticket(f"Down {number}", "outage", priority="normal") for number in range(3)]
    desk.settle()
    assert [desk.seen(ref).priority for ref in refs] == ["urgent"] * 3
    assert all("esc_account" not in desk.tags(ref) for ref in refs)
