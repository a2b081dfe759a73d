"""What comments ask for is kept, without their words, and nobody's sight of them takes it away."""

from __future__ import annotations

from typing import Any

from escalade.store.sql import SqlStore
from rules.commands import Command
from rules.forms import CommentForm
from rules.ticket import Comment, Side

ASKED = (Command(verb="item", text="Fix the index", options={"owner": "anna"}), Command(verb="ack", by="ben"))
PLAIN = CommentForm(text=True)


def kept(store: SqlStore, desk: Any) -> tuple[Comment, ...]:
    return store.load([desk.ref(1)])[desk.ref(1)].ticket.comments


def settle_down(store: SqlStore, desk: Any) -> None:
    for visit in store.due(desk.at(10_000), 1000):
        store.finish(visit, None, "nothing to wait for")


def due_now(store: SqlStore, desk: Any) -> dict[str, str]:
    return {visit.ref.id: visit.reason for visit in store.due(desk.at(10_000), 1000)}


def test_commands_are_kept_without_the_words_around_them(store: SqlStore, desk: Any) -> None:
    said = desk.said(1, 5, commands=ASKED, form=PLAIN, body="Hello\n#item Fix the index | owner: anna", public=False)
    store.take_in("zendesk", desk.page(desk.ticket(1), comments=(said,)), desk.at(6))

    [comment] = kept(store, desk)
    assert comment.commands == ASKED
    assert comment.body == ""


def test_a_sight_without_the_text_takes_no_command_away(store: SqlStore, desk: Any) -> None:
    said = desk.said(1, 5, commands=ASKED, form=PLAIN)
    store.take_in("zendesk", desk.page(desk.ticket(1), comments=(said,)), desk.at(6))
    settle_down(store, desk)
    store.take_in("zendesk", desk.page(comments=(desk.said(1, 5),)), desk.at(7))

    assert kept(store, desk)[0].commands == ASKED
    assert due_now(store, desk) == {}


def test_a_command_that_was_edited_out_is_gone_and_its_ticket_looked_at(store: SqlStore, desk: Any) -> None:
    said = desk.said(1, 5, commands=ASKED, form=PLAIN)
    store.take_in("zendesk", desk.page(desk.ticket(1), comments=(said,)), desk.at(6))
    settle_down(store, desk)
    store.take_in("zendesk", desk.page(comments=(desk.said(1, 5, form=PLAIN),)), desk.at(7))

    assert kept(store, desk)[0].commands == ()
    assert due_now(store, desk) == {"1": "polled"}


def test_what_the_command_line_said_in_a_note_of_ours_has_its_ticket_looked_at(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(1))
    settle_down(store, desk)
    ours = desk.said(1, 3, ours=True, side=Side.SYSTEM, public=False, commands=ASKED)
    store.take_in("zendesk", desk.page(comments=(ours,)), desk.at(4))

    assert due_now(store, desk) == {"1": "polled"}
