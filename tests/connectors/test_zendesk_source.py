"""Reading Zendesk, against a real HTTP server."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.errors import ConnectorError, ErrorKind
from rules.forms import CommentForm
from rules.ticket import LinkKind, Priority, Side, StatusCategory, TicketRef

EXPORT = "GET /api/v2/incremental/tickets/cursor"
EVENTS = "GET /api/v2/incremental/ticket_events"


def tickets_of(pages: list[Any]) -> list[Any]:
    return [ticket for page in pages for ticket in page.tickets]


def comments_of(pages: list[Any]) -> list[Any]:
    return [seen for page in pages for seen in page.comments]


def test_a_ticket_is_read_with_all_that_rules_need(zendesk_desk: Any, zendesk: Any, collected: Any) -> None:
    desk = zendesk_desk
    made = desk.ticket(
        priority="high",
        type="incident",
        group_id=desk.tier2.id,
        assignee_id=desk.agent.id,
        tags=["printer"],
        custom={desk.severity.id: "sev_major", desk.minutes.id: 40},
    )
    [page] = collected(zendesk, "tickets", desk.now())
    [ticket] = page.tickets
    assert ticket.ref == TicketRef("zendesk", str(made.id))
    assert ticket.url == f"{desk.emulator.url}/agent/tickets/{made.id}"
    assert (ticket.subject, ticket.status, ticket.priority) == ("Nothing works", StatusCategory.OPEN, Priority.HIGH)
    assert (ticket.type, ticket.group, ticket.assignee) == ("incident", "Tier 2", str(desk.agent.id))
    assert ticket.tags == {"printer", "sev_major"}
    assert ticket.fields == {"severity": "sev_major", "minutes_down": 40}
    assert ticket.created_at == desk.now() - timedelta(days=1)
    assert ticket.account is not None
    [account] = page.accounts
    assert account.ref == ticket.account
    assert (account.name, account.tags, account.fields) == ("Acme", {"vip"}, {"plan": "gold", "seats": 12})


def test_one_request_reads_one_page_and_no_request_is_spent_on_an_empty_one(zendesk_desk: Any, collected: Any) -> None:
    for number in range(7):
        zendesk_desk.ticket(f"number {number}")
    pages = collected(zendesk_desk.open(page_size=3), "tickets", zendesk_desk.now())
    assert [len(page.tickets) for page in pages] == [3, 3, 1]
    assert zendesk_desk.count(EXPORT) == 3


def test_the_next_poll_goes_on_where_the_last_page_was_taken_in(
    zendesk_desk: Any, zendesk: Any, collected: Any
) -> None:
    for number in range(5):
        zendesk_desk.ticket(f"number {number}", created_at=zendesk_desk.now() - timedelta(hours=9 - number))
    pages = collected(zendesk_desk.open(page_size=2), "tickets", zendesk_desk.now())
    again = collected(zendesk, "tickets", zendesk_desk.now(), pages[1].checkpoint)
    assert [ticket.subject for ticket in tickets_of(again)] == ["number 4"]
    assert tickets_of(collected(zendesk, "tickets", zendesk_desk.now(), pages[-1].checkpoint)) == []


@pytest.mark.trap("zendesk-one-minute-rule")
def test_a_change_of_the_last_minute_is_not_lost_but_read_by_a_later_poll(
    zendesk_desk: Any, zendesk: Any, collected: Any
) -> None:
    zendesk_desk.ticket("old")
    zendesk_desk.ticket("young", created_at=zendesk_desk.now() - timedelta(seconds=20))
    first = collected(zendesk, "tickets", zendesk_desk.now())
    assert [ticket.subject for ticket in tickets_of(first)] == ["old"]
    zendesk_desk.world.clock.advance(120)
    second = collected(zendesk, "tickets", zendesk_desk.now(), first[-1].checkpoint)
    assert [ticket.subject for ticket in tickets_of(second)] == ["young"]


@pytest.mark.trap("zendesk-updated-at-lies")
def test_a_change_that_leaves_updated_at_alone_is_read_all_the_same(
    zendesk_desk: Any, zendesk: Any, collected: Any
) -> None:
    made = zendesk_desk.ticket()
    first = collected(zendesk, "tickets", zendesk_desk.now())
    zendesk_desk.someone_acts(made, system={"priority": "urgent"})
    zendesk_desk.world.clock.advance(120)
    [again] = tickets_of(collected(zendesk, "tickets", zendesk_desk.now(), first[-1].checkpoint))
    assert again.version == tickets_of(first)[0].version
    assert again.priority is Priority.URGENT


@pytest.mark.trap("zendesk-deleted-rows")
def test_deleted_tickets_stay_in_the_stream_so_that_their_escalation_can_end(
    zendesk_desk: Any, zendesk: Any, collected: Any
) -> None:
    made = zendesk_desk.ticket()
    zendesk_desk.someone_acts(made, delete=True)
    zendesk_desk.someone_acts(made, scrub=True)
    zendesk_desk.world.clock.advance(120)
    [ticket] = tickets_of(collected(zendesk, "tickets", zendesk_desk.now()))
    assert (ticket.status, ticket.subject, ticket.tags) == (StatusCategory.DELETED, "SCRUBBED", frozenset())


def test_a_row_with_an_unknown_status_is_reported_and_the_others_arrive(
    zendesk_desk: Any, zendesk: Any, collected: Any
) -> None:
    odd, good = zendesk_desk.ticket("odd"), zendesk_desk.ticket("good")
    odd.status = "dreaming"
    [page] = collected(zendesk, "tickets", zendesk_desk.now())
    assert [ticket.key for ticket in page.tickets] == [str(good.id)]
    assert "unknown status 'dreaming'" in page.unreadable[str(odd.id)]


def test_a_row_of_the_wrong_shape_is_reported_and_the_others_arrive(
    zendesk_desk: Any, zendesk: Any, collected: Any
) -> None:
    odd, good = zendesk_desk.ticket("odd"), zendesk_desk.ticket("good")
    odd.priority = 17
    [page] = collected(zendesk, "tickets", zendesk_desk.now())
    assert [ticket.key for ticket in page.tickets] == [str(good.id)]
    assert "priority" in page.unreadable[str(odd.id)]


def test_an_unknown_priority_counts_as_none_and_keeps_its_name(zendesk_desk: Any, zendesk: Any, collected: Any) -> None:
    zendesk_desk.ticket().priority = "blazing"
    [ticket] = tickets_of(collected(zendesk, "tickets", zendesk_desk.now()))
    assert (ticket.priority, ticket.priority_name) == (None, "blazing")


def test_a_ticket_without_account_group_or_priority_is_an_ordinary_ticket(
    zendesk_desk: Any, zendesk: Any, collected: Any
) -> None:
    zendesk_desk.customer.organization_id = None
    zendesk_desk.ticket()
    [ticket] = tickets_of(collected(zendesk, "tickets", zendesk_desk.now()))
    assert (ticket.account, ticket.group, ticket.priority, ticket.assignee) == (None, None, None, None)


@pytest.mark.trap("zendesk-cursor-refused")
def test_a_refused_cursor_starts_again_a_little_before_the_last_row(
    zendesk_desk: Any, zendesk: Any, collected: Any
) -> None:
    zendesk_desk.ticket("long ago", created_at=zendesk_desk.now() - timedelta(days=3))
    zendesk_desk.ticket("lately", created_at=zendesk_desk.now() - timedelta(hours=1))
    first = collected(zendesk, "tickets", zendesk_desk.now())
    last = first[-1].checkpoint.partition("|")[0]
    again = collected(zendesk, "tickets", zendesk_desk.now(), f"{last}|bm8gY3Vyc29y")
    assert [ticket.subject for ticket in tickets_of(again)] == ["lately"]
    assert again[-1].checkpoint == first[-1].checkpoint


def test_a_new_group_is_looked_up_once_and_a_deleted_one_not_for_ever(
    zendesk_desk: Any, zendesk: Any, collected: Any
) -> None:
    zendesk_desk.ticket()
    first = collected(zendesk, "tickets", zendesk_desk.now())
    late = zendesk_desk.account.add_group(name="Night shift")
    zendesk_desk.ticket("night", group_id=late.id)
    zendesk_desk.ticket("nobody's", group_id=999)
    for _ in range(3):
        pages = collected(zendesk, "tickets", zendesk_desk.now(), first[0].checkpoint.partition("|")[0] + "|")
    assert {ticket.group for ticket in tickets_of(pages)} == {None, "Night shift"}
    assert zendesk_desk.count("GET /api/v2/groups") == 2


def test_comments_come_as_a_stream_that_knows_who_spoke(zendesk_desk: Any, zendesk: Any, collected: Any) -> None:
    desk = zendesk_desk
    at = desk.now() - timedelta(hours=3)
    desk.ticket(
        comments=[
            (desk.agent.id, "On it.", True, at),
            (desk.agent.id, "Cable?", False, at + timedelta(minutes=1)),
            (desk.account.bot.id, "Raised.", False, at + timedelta(minutes=2)),
        ]
    )
    seen = comments_of(collected(zendesk, "ticket_events", desk.now()))
    assert [(one.comment.side, one.comment.public, one.comment.ours) for one in seen] == [
        (Side.REQUESTER, True, False),
        (Side.AGENT, True, False),
        (Side.AGENT, False, False),
        (Side.SYSTEM, False, True),
    ]
    assert seen[1].comment.at == at
    assert {one.comment.body for one in seen} == {""}


def test_a_streamed_comment_and_the_same_one_read_afresh_have_one_id(
    zendesk_desk: Any, zendesk: Any, collected: Any
) -> None:
    made = zendesk_desk.ticket()
    [seen] = comments_of(collected(zendesk, "ticket_events", zendesk_desk.now()))
    [fresh] = zendesk_desk.read(zendesk, made).comments
    assert (seen.comment.id, seen.comment.at) == (fresh.id, fresh.at)


def test_a_streamed_comment_and_the_same_one_read_afresh_have_one_form(
    zendesk_desk: Any, zendesk: Any, collected: Any
) -> None:
    at = zendesk_desk.now() - timedelta(hours=3)
    made = zendesk_desk.ticket(comments=[(zendesk_desk.agent.id, "Date - 03/14\nThe cause is found.", True, at)])
    streamed = comments_of(collected(zendesk, "ticket_events", zendesk_desk.now()))
    fresh = zendesk_desk.read(zendesk, made).comments
    assert [seen.comment.form for seen in streamed] == [comment.form for comment in fresh]
    assert fresh[1].form == CommentForm(month=3, day=14, text=True)


@pytest.mark.trap("zendesk-events-page-edge")
def test_rows_at_the_edge_of_two_event_pages_are_taken_once(zendesk_desk: Any, collected: Any) -> None:
    at = zendesk_desk.now() - timedelta(hours=3)
    agent = zendesk_desk.agent.id
    zendesk_desk.ticket(comments=[(agent, f"note {n}", False, at + timedelta(seconds=n // 2)) for n in range(9)])
    helpdesk = zendesk_desk.open(page_size=3)
    pages = collected(helpdesk, "ticket_events", zendesk_desk.now())
    ids = [seen.comment.id for seen in comments_of(pages)]
    assert len(ids) == len(set(ids)) == 10
    assert [page.checkpoint for page in pages] == sorted(page.checkpoint for page in pages)


def test_a_poll_of_events_without_news_costs_one_request(zendesk_desk: Any, zendesk: Any, collected: Any) -> None:
    zendesk_desk.ticket()
    first = collected(zendesk, "ticket_events", zendesk_desk.now())
    before = zendesk_desk.count(EVENTS)
    collected(zendesk, "ticket_events", zendesk_desk.now(), first[-1].checkpoint)
    assert zendesk_desk.count(EVENTS) == before + 1


def test_history_days_bounds_how_far_back_comments_are_read_at_first(zendesk_desk: Any, collected: Any) -> None:
    zendesk_desk.ticket("old", created_at=zendesk_desk.now() - timedelta(days=9))
    fresh = zendesk_desk.ticket("fresh")
    pages = collected(zendesk_desk.open(history_days=2), "ticket_events", zendesk_desk.now())
    assert [seen.on.id for seen in comments_of(pages)] == [str(fresh.id)]


def test_links_to_the_tracker_come_as_a_stream_by_immutable_id(zendesk_desk: Any, zendesk: Any, collected: Any) -> None:
    made = zendesk_desk.ticket()
    zendesk_desk.account.add_link(made, "10001", "OPS-12")
    [page] = collected(zendesk, "links", zendesk_desk.now())
    [seen] = page.links
    assert seen.on == zendesk_desk.ref(made)
    assert (seen.link.to, seen.link.kind, seen.link.key) == (
        TicketRef("jira", "10001"),
        LinkKind.TRACKED_BY,
        "OPS-12",
    )
    [later] = collected(zendesk, "links", zendesk_desk.now(), page.checkpoint)
    assert later.links == ()


@pytest.mark.trap("zendesk-no-jira-app")
def test_an_account_without_the_jira_app_simply_has_no_links(zendesk_desk: Any, zendesk: Any, collected: Any) -> None:
    made = zendesk_desk.ticket()
    zendesk_desk.fault("status", path="/jira/links", times=0, status=404, body={"error": "InvalidEndpoint"})
    assert collected(zendesk, "links", zendesk_desk.now())[0].links == ()
    assert zendesk_desk.read(zendesk, made).links == ()


def test_without_a_tracker_in_the_settings_links_are_never_asked_for(zendesk_desk: Any) -> None:
    made = zendesk_desk.ticket()
    helpdesk = zendesk_desk.open(tracker="")
    assert helpdesk.source.streams == ("ticket_events", "tickets")
    zendesk_desk.read(helpdesk, made)
    assert zendesk_desk.count("GET /api/v2/jira/links") == 0


def test_a_fresh_read_has_every_comment_with_its_text_and_every_link(zendesk_desk: Any, zendesk: Any) -> None:
    desk = zendesk_desk
    at = desk.now() - timedelta(hours=3)
    notes = [(desk.agent.id, f"note {n}", False, at + timedelta(seconds=n)) for n in range(130)]
    made = desk.ticket(comments=notes)
    desk.account.add_link(made, "10001", "OPS-12")
    ticket = desk.read(zendesk, made)
    assert ticket.comments_complete
    assert [comment.body for comment in ticket.comments[1:]] == [f"note {n}" for n in range(130)]
    assert [link.key for link in ticket.links] == ["OPS-12"]


def test_a_ticket_that_is_deleted_or_never_was_reads_as_none(zendesk_desk: Any, zendesk: Any) -> None:
    gone = zendesk_desk.ticket()
    zendesk_desk.someone_acts(gone, delete=True)
    never = TicketRef("zendesk", "987654")
    assert zendesk.source.read([zendesk_desk.ref(gone), never]) == {zendesk_desk.ref(gone): None, never: None}


def test_a_ticket_that_goes_away_between_two_requests_reads_as_none(zendesk_desk: Any, zendesk: Any) -> None:
    made = zendesk_desk.ticket()
    zendesk_desk.fault("status", path="/comments", times=0, status=404, body={"error": "RecordNotFound"})
    assert zendesk.source.read([zendesk_desk.ref(made)]) == {zendesk_desk.ref(made): None}


def test_more_than_a_hundred_tickets_are_read_in_hundreds(zendesk_desk: Any, zendesk: Any) -> None:
    refs = [TicketRef("zendesk", str(1_000_000 + number)) for number in range(201)]
    assert set(zendesk.source.read(refs).values()) == {None}
    assert zendesk_desk.count("GET /api/v2/tickets/show_many") == 3


@pytest.mark.trap("zendesk-closed-tickets")
def test_a_closed_ticket_says_why_it_takes_no_edits(zendesk_desk: Any, zendesk: Any) -> None:
    made = zendesk_desk.ticket(status="closed")
    assert "closed" in str(zendesk_desk.read(zendesk, made).frozen_because)


def test_a_page_of_html_is_a_protocol_error_that_says_where_to_look(
    zendesk_desk: Any, zendesk: Any, collected: Any
) -> None:
    zendesk_desk.fault("not_json", path="tickets/cursor", times=0)
    with pytest.raises(ConnectorError, match="url in the settings") as caught:
        collected(zendesk, "tickets", zendesk_desk.now())
    assert caught.value.kind is ErrorKind.PROTOCOL


def test_a_cut_page_is_an_error_and_never_half_a_page(zendesk_desk: Any, zendesk: Any, collected: Any) -> None:
    zendesk_desk.ticket()
    zendesk_desk.fault("truncated", path="tickets/cursor", times=0)
    with pytest.raises(ConnectorError, match=r"cut off|broke") as caught:
        collected(zendesk, "tickets", zendesk_desk.now())
    assert caught.value.kind in {ErrorKind.PROTOCOL, ErrorKind.RETRY}


def test_passing_trouble_does_not_show_in_what_is_read(zendesk_desk: Any, zendesk: Any, collected: Any) -> None:
    zendesk_desk.ticket()
    zendesk_desk.fault("status", path="tickets/cursor", status=503, body={}, headers={"retry-after": "0"})
    zendesk_desk.fault("reset_after", path="tickets/cursor", nth=2)
    assert len(tickets_of(collected(zendesk, "tickets", zendesk_desk.now()))) == 1
    assert zendesk.calls()[EXPORT] == 3


def test_a_user_who_is_no_admin_is_told_that_the_export_needs_one(
    zendesk_desk: Any, zendesk: Any, collected: Any
) -> None:
    zendesk_desk.account.bot.role = "agent"
    with pytest.raises(ConnectorError, match="admin") as caught:
        collected(zendesk, "tickets", zendesk_desk.now())
    assert (caught.value.kind, caught.value.status) == (ErrorKind.AUTH, 403)


def test_a_stream_that_there_is_not_is_named(zendesk_desk: Any, zendesk: Any) -> None:
    with pytest.raises(ValueError, match="no stream 'sla'"):
        zendesk.source.poll("sla", None, zendesk_desk.now())
