"""Work, links and new tickets in Zendesk, against a real HTTP server: each made once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from connectors.base import WriteKind
from connectors.errors import ConnectorError, ErrorKind
from rules.change import (
    CompleteWork,
    CreateRemediation,
    LinkTicket,
    OpenLinked,
    RemediationItem,
)
from rules.ticket import LinkKind, Priority, StatusCategory, TicketRef

WHY = {"because": "the account waits", "rule": "tier-2"}


def _work(ref: Any, *items: RemediationItem) -> Any:
    return CreateRemediation(on=ref, items=items, **WHY)


def test_each_piece_of_work_is_a_task_with_an_assignee_and_a_due_date(
    zendesk_desk: Any, zendesk: Any, made: Any, ref: Any
) -> None:
    agent = zendesk_desk.world.zendesk.bot.id
    fix = RemediationItem(
        key="fix", title="Fix it", body="The index", due_on=date(2026, 3, 6), assignee=str(agent), tags=("Plan A",)
    )
    call = RemediationItem(key="call", title="Call them", body="")
    writes = zendesk.sink.batch(zendesk_desk.read(zendesk, made), [_work(ref, fix, call)])
    assert [one.kind for one in writes] == [WriteKind.REMEDIATE] * 2
    for number, one in enumerate(writes):
        assert zendesk.sink.find(one, f"op-{number}", zendesk_desk.now()) is None
        applied = zendesk.sink.apply(one, f"op-{number}")
        assert zendesk.sink.apply(one, f"op-{number}").created == applied.created, "the same key, the same ticket"
        found = zendesk.sink.find(one, f"op-{number}", zendesk_desk.now())
        assert found is not None
        assert found.created == applied.created
    tasks = [one for one in zendesk_desk.world.zendesk.tickets.values() if one.type == "task"]
    assert [(one.subject, one.assignee_id, one.is_public) for one in tasks] == [
        ("Fix it", agent, False),
        ("Call them", None, False),
    ]
    assert tasks[0].due is not None
    assert datetime.fromtimestamp(tasks[0].due, UTC).date() == date(2026, 3, 6)
    assert "plan_a" in tasks[0].tags


def test_work_for_somebody_whom_zendesk_does_not_know_is_nobodys_and_says_so(
    zendesk_desk: Any, zendesk: Any, made: Any, ref: Any
) -> None:
    item = RemediationItem(key="fix", title="Fix it", body="", assignee="4711")
    [one] = zendesk.sink.batch(zendesk_desk.read(zendesk, made), [_work(ref, item)])
    applied = zendesk.sink.apply(one, "op-1")
    assert applied.created.keys() == {"fix"}
    assert "4711" in applied.refused["assignee"]


def test_a_task_of_ours_is_told_as_the_work_of_its_ticket_and_is_no_ticket_itself(
    zendesk_desk: Any, zendesk: Any, made: Any, ref: Any
) -> None:
    item = RemediationItem(key="fix", title="Fix it", body="", due_on=date(2026, 3, 6))
    [one] = zendesk.sink.batch(zendesk_desk.read(zendesk, made), [_work(ref, item)])
    task = zendesk.sink.apply(one, "op-1").created["fix"]
    zendesk_desk.world.clock.advance(120)
    pages = list(zendesk.source.poll("tickets", None, zendesk_desk.now()))
    assert task not in {ticket.ref for page in pages for ticket in page.tickets}
    [seen] = [child for page in pages for child in page.children]
    assert seen.on == ref
    assert (seen.child.ref, seen.child.title, seen.child.status) == (task, "Fix it", StatusCategory.NEW)
    assert (seen.child.assignee, seen.child.due_on) == (None, date(2026, 3, 6))


def link(ref: Any) -> Any:
    to = TicketRef("jira", "10001")
    return LinkTicket(on=ref, to=to, kind=LinkKind.TRACKED_BY, key="OPS-12", title="Printer", url="", **WHY)


def test_a_link_to_the_tracker_is_made_once(zendesk_desk: Any, zendesk: Any, made: Any, ref: Any, write: Any) -> None:
    one = write(link(ref))
    assert zendesk.sink.find(one, "op-1", zendesk_desk.now()) is None
    zendesk.sink.apply(one, "op-1")
    zendesk.sink.apply(one, "op-1")
    assert zendesk_desk.world.calls.writes == 1
    assert zendesk.sink.find(one, "op-1", zendesk_desk.now()) is not None
    assert [found.to for found in zendesk_desk.read(zendesk, made).links] == [TicketRef("jira", "10001")]


@pytest.mark.trap("zendesk-no-jira-app")
def test_linking_without_the_jira_app_does_not_pass_for_a_ticket_that_is_gone(
    zendesk_desk: Any, zendesk: Any, ref: Any, write: Any
) -> None:
    one = write(link(ref))
    zendesk_desk.fault("status", path="/jira/links", times=0, status=404, body={"error": "InvalidEndpoint"})
    assert zendesk.sink.find(one, "op-1", zendesk_desk.now()) is None
    with pytest.raises(ConnectorError, match="Jira app") as caught:
        zendesk.sink.apply(one, "op-1")
    assert caught.value.kind is ErrorKind.REJECTED


def opened(ref: Any) -> Any:
    return OpenLinked(
        on=ref,
        key="problem",
        helpdesk="zendesk",
        project="Tier 2",
        type="problem",
        subject="Printers are down",
        body="See the linked tickets.",
        priority=Priority.HIGH,
        tags=("esc_problem",),
        **WHY,
    )


@pytest.mark.trap("zendesk-idempotency-key")
def test_a_ticket_is_opened_once_even_when_the_answer_is_lost(
    zendesk_desk: Any, zendesk: Any, ref: Any, write: Any
) -> None:
    one = write(opened(ref))
    assert zendesk.sink.find(one, "op-1", zendesk_desk.now()) is None
    zendesk_desk.fault("reset_after", method="POST", path="/tickets$")
    with pytest.raises(ConnectorError) as caught:
        zendesk.sink.apply(one, "op-1")
    assert caught.value.ambiguous
    found = zendesk.sink.find(one, "op-1", zendesk_desk.now())
    again = zendesk.sink.apply(one, "op-1")
    assert found.created == again.created
    created = zendesk_desk.account.tickets[int(again.created["problem"].id)]
    assert (created.subject, created.type, created.group_id) == ("Printers are down", "problem", zendesk_desk.tier2.id)
    assert (created.priority, created.tags, created.external_id) == ("high", ["esc_problem"], "op-1")
    assert len(zendesk_desk.account.tickets) == 2


@pytest.mark.parametrize(("has_somebody", "refused"), [(True, set()), (False, {"done:fix"})])
def test_work_is_closed_unless_zendesk_refuses_and_then_it_is_said(  # noqa: PLR0917 - a case and a desk
    has_somebody: bool, refused: set[str], zendesk_desk: Any, zendesk: Any, made: Any, ref: Any
) -> None:
    assignee = str(zendesk_desk.world.zendesk.bot.id) if has_somebody else None
    item = RemediationItem(key="fix", title="Fix it", body="", assignee=assignee)
    [opening] = zendesk.sink.batch(zendesk_desk.read(zendesk, made), [_work(ref, item)])
    work = zendesk.sink.apply(opening, "op-1").created["fix"]
    change = CompleteWork(on=work, key="fix", title="Fix it", status="Solved", was="open", **WHY)
    [one] = zendesk.sink.batch(zendesk_desk.read(zendesk, made), [change])
    assert one.kind is WriteKind.TRANSITION
    assert zendesk.sink.find(one, "op-2", zendesk_desk.now()) is None
    assert zendesk.sink.apply(one, "op-2").refused.keys() == refused
    assert (zendesk.sink.find(one, "op-2", zendesk_desk.now()) is None) is bool(refused)
    closed = zendesk_desk.world.zendesk.tickets[int(work.id)].status == "solved"
    assert closed is has_somebody
