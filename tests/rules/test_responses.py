"""What a comment counts as: the first row of the table that fits decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from rules.responses import DEFAULT_RESPONSES, After, ResponseRow, ResponseTable
from rules.silences import count_silences
from rules.ticket import Comment, Moment, Side, State, StatusCategory, Ticket, Timeline

MakeTicket = Callable[..., Ticket]
Said = Callable[..., Comment]


@pytest.mark.parametrize(
    ("side", "public", "ours", "kinds"),
    [
        (Side.AGENT, True, False, {"response", "customer_update", "internal_update"}),
        (Side.AGENT, False, False, {"internal_update"}),
        (Side.REQUESTER, True, False, {"customer_reply"}),
        (Side.REQUESTER, False, False, {"customer_reply"}),
        (Side.SYSTEM, True, False, set()),
        (Side.AGENT, True, True, set()),
    ],
)
def test_without_a_table_of_the_policys_own_a_comment_counts_as(  # noqa: PLR0917 - one row of the table each
    side: Side, public: bool, ours: bool, kinds: set[str], make_ticket: MakeTicket, said: Said
) -> None:
    assert DEFAULT_RESPONSES.kinds(said(1, side, public=public, ours=ours), make_ticket()) == kinds


def test_the_first_row_that_fits_decides_and_authors_and_assignment_narrow_it(
    make_ticket: MakeTicket, said: Said, monday: datetime
) -> None:
    table = ResponseTable(
        (
            ResponseRow(by=Side.AGENT, authors=frozenset({"77"}), counts_as=frozenset()),
            ResponseRow(by=Side.AGENT, public=True, after=After.ASSIGNED, counts_as=frozenset({"response"})),
            ResponseRow(by=Side.REQUESTER, after=After.CREATED, counts_as=frozenset({"customer_reply"})),
        )
    )
    unassigned = State(status=StatusCategory.NEW, status_name="New")
    assigned = replace(unassigned, assignee="9")
    past = Timeline(moments=(Moment(monday, unassigned), Moment(monday + timedelta(hours=2), assigned)))
    ticket = make_ticket(assignee="9", timeline=past)
    assert table.kinds(said(1, Side.AGENT), ticket) == set()
    assert table.kinds(said(2, Side.AGENT), ticket) == {"response"}
    assert table.kinds(replace(said(2, Side.AGENT), author="77"), ticket) == set()
    assert table.kinds(said(0, Side.REQUESTER), ticket) == set()
    assert table.kinds(said(1, Side.REQUESTER), ticket) == {"customer_reply"}


def test_facts_about_silences_read_the_same_table(make_ticket: MakeTicket, said: Said, monday: datetime) -> None:
    notes_count = ResponseTable(
        (
            ResponseRow(by=Side.AGENT, public=False, counts_as=frozenset({"response", "customer_update"})),
            ResponseRow(by=Side.REQUESTER, counts_as=frozenset({"customer_reply"})),
        )
    )
    talk = (said(1, Side.REQUESTER), said(2, Side.AGENT, public=False), said(3, Side.AGENT))
    ticket = make_ticket(comments=talk)
    assert count_silences(ticket).first_reply_at == monday + timedelta(hours=3)
    counted = count_silences(ticket, notes_count)
    assert counted.first_reply_at == counted.agent_silent_since == monday + timedelta(hours=2)
    assert (counted.customer_waiting_since, counted.unanswered_replies) == (None, 0)
