"""Tickets that are not as one expects: each is dealt with or told, and never keeps the others from being visited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from escalade.emulator.zendesk.model import Ticket


@pytest.fixture
def desk(make_bench: Callable[..., Any]) -> Any:
    return make_bench(tickets=8, linked=1)


def _ticket(desk: Any, **more: Any) -> Ticket:
    """A ticket that the starter policy escalates to the first tier because the customer asked for it."""
    zendesk = desk.emulator.world.zendesk
    asker = next(user for user in zendesk.users.values() if not user.is_agent)
    told = {"subject": "Please escalate", "description": "Hello", "tags": ["complaint"], "requester_id": asker.id}
    created: Ticket = zendesk.add_ticket(
        **{"created_at": zendesk.now() - 7200, "priority": "normal", "status": "open", **told, **more}
    )
    zendesk.touch(created)
    # The export hides the last minute.
    desk.pass_minutes(2)
    return created


def _settles(desk: Any) -> None:
    """The next run completes, and the one after it has nothing to write."""
    desk.pass_minutes(2)
    code, output = desk.call()
    assert code == 0, output
    desk.pass_minutes(2)
    before = desk.writes
    code, output = desk.call()
    assert (code, desk.writes - before) == (0, 0), output


def _change(desk: Any, ticket: Ticket, **fields: Any) -> None:
    """Give a ticket values that the vendor's API would not take from anybody, as an import or a new release would."""
    desk.control("POST", "/act", {"ticket": ticket.id, "system": fields})


@pytest.mark.parametrize("without", ["account", "requester", "priority"])
def test_a_ticket_without_account_requester_or_priority_is_escalated_like_any_other(desk: Any, without: str) -> None:
    ticket = _ticket(desk)
    field = {"account": "organization_id", "requester": "requester_id", "priority": "priority"}[without]
    setattr(ticket, field, None)
    code, output = desk.call()
    assert code == 0, output
    assert "esc_requested" in ticket.tags
    _settles(desk)


def test_a_ticket_of_an_unknown_status_is_told_left_alone_and_done_once_it_is_understood(desk: Any) -> None:
    odd, usual = _ticket(desk, status="open"), _ticket(desk)
    odd.status = "on_fire"
    code, output = desk.call()
    assert code == 1
    assert f"zendesk:{odd.id}" in output
    assert "unknown status 'on_fire'" in output
    assert "esc_requested" in usual.tags
    assert "esc_requested" not in odd.tags
    _change(desk, odd, status="open")
    _settles(desk)
    assert "esc_requested" in odd.tags


def test_a_known_ticket_that_turns_odd_does_not_keep_the_others_from_their_visits(desk: Any) -> None:
    odd = _ticket(desk)
    assert desk.call()[0] == 0
    _change(desk, odd, status="on_fire")
    usual = _ticket(desk)
    desk.pass_minutes(2)
    code, output = desk.call()
    assert code == 1
    assert "unknown status 'on_fire'" in output
    assert "esc_requested" in usual.tags
    desk.pass_minutes(60 * 24 * 5)
    code, output = desk.call()
    assert code == 0, output
    _change(desk, odd, status="open")
    _settles(desk)


def test_a_priority_that_nobody_knows_counts_as_none(desk: Any) -> None:
    ticket = _ticket(desk)
    ticket.priority = "catastrophic"
    code, output = desk.call()
    assert code == 0, output
    assert "esc_requested" in ticket.tags
    _settles(desk)


@pytest.mark.parametrize("end", ["delete", "scrub"])
def test_a_ticket_that_is_deleted_is_forgotten_and_never_asked_for_again(desk: Any, end: str) -> None:
    ticket = _ticket(desk)
    assert desk.call()[0] == 0
    if end == "scrub":
        desk.control("POST", "/act", {"ticket": ticket.id, "delete": True})
    desk.control("POST", "/act", {"ticket": ticket.id, end: True})
    _settles(desk)
    desk.control("DELETE", "/calls")
    desk.pass_minutes(60 * 24 * 3)
    code, output = desk.call()
    assert code == 0, output
    asked = [call for call in desk.control("GET", "/calls")["requests"] if call["path"].endswith(f"/{ticket.id}")]
    assert asked == []


def test_a_ticket_that_is_deleted_between_its_page_and_its_visit_costs_nobody_anything(desk: Any) -> None:
    ticket = _ticket(desk)
    desk.fault("hold_before", "GET", "/show_many")
    process = desk.start("sync", "--once", "--force")
    assert desk.wait_until_held(process)
    desk.control("POST", "/act", {"ticket": ticket.id, "delete": True})
    desk.control("POST", "/release", {})
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    _settles(desk)


def test_a_ticket_that_is_merged_is_closed_and_left_as_it_is(desk: Any) -> None:
    ticket, into = _ticket(desk), _ticket(desk, subject="The same thing")
    assert desk.call()[0] == 0
    desk.control("POST", "/act", {"ticket": ticket.id, "merge_into": into.id})
    tags = set(ticket.tags)
    _settles(desk)
    assert ticket.status == "closed"
    assert set(ticket.tags) == tags


def test_a_closed_ticket_is_left_alone(desk: Any) -> None:
    ticket = _ticket(desk, status="closed")
    before = list(ticket.tags)
    code, output = desk.call()
    assert code == 0, output
    assert list(ticket.tags) == before


def test_a_ticket_that_is_closed_just_before_its_write_is_parked_and_then_let_go(desk: Any) -> None:
    ticket = _ticket(desk)
    desk.fault("hold_before", "PUT", f"/api/v2/tickets/{ticket.id}$")
    process = desk.start("sync", "--once", "--force")
    assert desk.wait_until_held(process)
    ticket.status = "closed"
    desk.control("POST", "/release", {})
    output, _ = process.communicate(timeout=60)
    assert process.returncode in {0, 1}, output
    assert "Traceback" not in output
    _settles(desk)
    assert "esc_requested" not in ticket.tags


def test_a_jira_ticket_that_is_deleted_is_forgotten(desk: Any) -> None:
    assert desk.call()[0] == 0
    key = next(issue.key for issue in desk.emulator.world.jira.issues.values() if issue.key.startswith("SUP-"))
    desk.control("POST", "/act", {"vendor": "jira", "ticket": key, "change": {"delete": True}})
    _settles(desk)


def test_a_tracker_ticket_that_is_deleted_parks_the_tickets_that_need_it_and_no_other(desk: Any) -> None:
    desk.fault("hold_before", "POST", "/issue/bulk$")
    process = desk.start("sync", "--once", "--force")
    assert desk.wait_until_held(process)
    linked = {link.issue_key for link in desk.emulator.world.zendesk.links.values()}
    desk.control("DELETE", "/faults")
    for key in linked:
        desk.control("POST", "/act", {"vendor": "jira", "ticket": key, "change": {"delete": True}})
    desk.control("POST", "/release", {})
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1, output
    assert "jira" in output
    usual = _ticket(desk)
    desk.pass_minutes(2)
    desk.call()
    assert "esc_requested" in usual.tags
