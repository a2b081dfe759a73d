"""zenpy, unmodified, works against the emulator: it reads, pages, writes, bulk-updates."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment, Ticket
from zenpy.lib.exception import APIException, RecordNotFoundException

from escalade.emulator.server import RunningEmulator
from escalade.emulator.world import World
from escalade.emulator.zendesk.state import API_TOKEN, BOT_EMAIL


@pytest.fixture
def zenpy(running: RunningEmulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Zenpy]:
    monkeypatch.setenv("ZENPY_FORCE_NETLOC", running.url.removeprefix("http://"))
    monkeypatch.setenv("ZENPY_FORCE_SCHEME", "http")
    level = logging.getLogger().level
    yield Zenpy(subdomain="emulator", email=BOT_EMAIL, token=API_TOKEN, disable_cache=True)
    logging.getLogger().setLevel(level)


@pytest.fixture
def many(account: Any, world: World) -> list[Any]:
    now = world.clock.now() - timedelta(hours=1)
    return [
        account.state.add_ticket(
            subject=f"Ticket {number}", requester_id=account.requester.id, created_at=now + timedelta(seconds=number)
        )
        for number in range(250)
    ]


def test_it_knows_who_it_is_and_finds_people(zenpy: Zenpy, account: Any) -> None:
    assert zenpy.users.me().role == "admin"
    assert zenpy.users(id=account.requester.id).name == "Rosa Requester"
    assert {user.name for user in zenpy.users(ids=[account.agent.id, account.expert.id])} == {
        "Anna Agent",
        "Egon Expert",
    }
    assert zenpy.organizations(id=account.acme.id).organization_fields == {"tier": "enterprise"}
    assert "Tier 1 Support" in {group.name for group in zenpy.groups()}


def test_it_reads_a_ticket_with_comments_and_audits(zenpy: Zenpy, account: Any) -> None:
    ticket = zenpy.tickets(id=account.ticket.id)
    assert (ticket.subject, ticket.requester.name) == ("Nothing works", "Rosa Requester")
    assert [comment.public for comment in zenpy.tickets.comments(ticket)] == [True, True]
    assert len(list(zenpy.tickets.audits(ticket=ticket.id))) == 3


def test_it_pages_through_lists(zenpy: Zenpy, many: list[Any]) -> None:
    assert len(list(zenpy.tickets())) == 251
    assert len(list(zenpy.tickets(cursor_pagination=True))) == 251


def test_it_exports_by_cursor_and_resumes(zenpy: Zenpy, many: list[Any], account: Any) -> None:
    generator = zenpy.tickets.incremental(start_time=datetime(2026, 1, 1, tzinfo=UTC), per_page=100)
    assert len({ticket.id for ticket in generator}) == 251
    assert generator.end_of_stream is True
    account.state.clock.advance(1)
    zenpy.tickets.update(Ticket(id=many[0].id, priority="high"))
    account.state.clock.advance(61)
    resumed = zenpy.tickets.incremental(cursor=generator.after_cursor, paginate_by_time=False)
    assert [ticket.id for ticket in resumed] == [many[0].id]


def test_it_exports_ticket_events(zenpy: Zenpy, account: Any, world: World) -> None:
    world.clock.advance(61)
    events = zenpy.tickets.events(start_time=datetime(2026, 1, 1, tzinfo=UTC), include=["comment_events"])
    first = next(iter(events))
    assert first.ticket_id == account.ticket.id


def test_it_writes_fields_comment_and_metadata_in_one_request(zenpy: Zenpy, account: Any, world: World) -> None:
    ticket = zenpy.tickets(id=account.ticket.id)
    before = world.calls.writes
    ticket.priority = "urgent"
    ticket.tags = [*ticket.tags, "esc_t1"]
    ticket.comment = Comment(body="Escalated.", public=False)
    ticket.metadata = {"esc_op": "op-1"}
    answered = zenpy.tickets.update(ticket)
    assert (answered.ticket.priority, answered.audit.metadata.custom["esc_op"]) == ("urgent", "op-1")
    assert world.calls.writes == before + 1
    assert account.ticket.comments[-1].public is False


def test_a_stale_stamp_raises(zenpy: Zenpy, account: Any) -> None:
    stale = Ticket(id=account.ticket.id, priority="high", safe_update=True, updated_stamp="2026-01-01T00:00:00Z")
    with pytest.raises(APIException) as caught:
        zenpy.tickets.update(stale)
    assert caught.value.response.status_code == 409


def test_it_creates_and_deletes(zenpy: Zenpy, account: Any) -> None:
    made = zenpy.tickets.create(Ticket(subject="New", comment=Comment(body="Hello"), requester_id=account.requester.id))
    assert made.ticket.status == "new"
    zenpy.tickets.delete(made.ticket)
    with pytest.raises(RecordNotFoundException):
        zenpy.tickets(id=made.ticket.id)


def test_it_updates_many_and_waits_for_the_job(zenpy: Zenpy, many: list[Any]) -> None:
    job = zenpy.tickets.update([Ticket(id=ticket.id, priority="low") for ticket in many[:3]])
    for _ in range(3):
        job = zenpy.job_status(id=job.id)
    assert (job.status, [row.status for row in job.results]) == ("completed", ["Updated"] * 3)
    assert {ticket.priority for ticket in many[:3]} == {"low"}


def test_it_adds_and_removes_tags(zenpy: Zenpy, account: Any) -> None:
    zenpy.tickets.add_tags(account.ticket.id, ["esc_t1"])
    assert account.ticket.tags == ["esc_t1", "printer"]
    zenpy.tickets.delete_tags(account.ticket.id, ["printer"])
    assert account.ticket.tags == ["esc_t1"]


def test_it_searches(zenpy: Zenpy, many: list[Any]) -> None:
    assert len(list(zenpy.search(type="ticket", status="new"))) == 250
    assert len(list(zenpy.search_export(type="ticket", status="new"))) == 250


def test_it_reads_the_set_up(zenpy: Zenpy, account: Any) -> None:
    account.state.add_sla_policy(title="Replies", targets={("urgent", "first_reply_time"): 30})
    assert {"Priority", "impact"} <= {field.title for field in zenpy.ticket_fields()}
    assert [policy.title for policy in zenpy.sla_policies()] == ["Replies"]
    assert list(zenpy.triggers()) == []
    assert list(zenpy.macros()) == []
    account.state.add_link(account.ticket, "10001", "OPS-1")
    assert [link.issue_key for link in zenpy.jira_links(ticket=account.ticket.id)] == ["OPS-1"]


def test_it_makes_webhooks(zenpy: Zenpy) -> None:
    from zenpy.lib.api_objects import Webhook

    hook = Webhook(
        name="Escalade",
        endpoint="http://127.0.0.1:9/x",
        http_method="POST",
        request_format="json",
        status="active",
        subscriptions=["zen:event-type:ticket.created"],
    )
    made = zenpy.webhooks.create(hook)
    assert zenpy.webhooks.show_secret(made).secret
    assert [one.id for one in zenpy.webhooks.list()] == [made.id]
