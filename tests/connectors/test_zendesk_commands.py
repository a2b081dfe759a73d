"""Commands in Zendesk: taken out of internal comments, in the stream and when a ticket is read afresh alike."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rules.commands import Command
from rules.hearing import Hearing, spoken_for
from rules.ticket import Comment


def said_on(desk: Any, zendesk: Any, collected: Any, *comments: tuple[int, str, bool]) -> list[Comment]:
    """What was said after the description; both ways of reading have to agree about what it asks for."""
    at = desk.now() - timedelta(hours=3)
    dated = [(*comment, at + timedelta(minutes=number)) for number, comment in enumerate(comments)]
    made = desk.ticket(comments=dated)
    fresh = list(desk.read(zendesk, made).comments)[1:]
    pages = collected(zendesk, "ticket_events", desk.now())
    streamed = {seen.comment.id: seen.comment for page in pages for seen in page.comments}
    assert [comment.commands for comment in fresh] == [streamed[comment.id].commands for comment in fresh]
    return fresh


def test_an_agents_internal_comment_commands_and_a_public_one_does_not(
    zendesk_desk: Any, zendesk: Any, collected: Any
) -> None:
    agent = zendesk_desk.agent.id
    inside, public = said_on(
        zendesk_desk,
        zendesk,
        collected,
        (agent, "Seen.\n\n#accept we take it | owner: anna", False),
        (agent, "#accept we take it", True),
    )

    assert inside.commands == (Command(verb="accept", text="we take it", options={"owner": "anna"}),)
    assert public.commands == ()


def test_a_customer_asks_with_the_policys_phrase_and_commands_nothing(
    zendesk_desk: Any, zendesk: Any, collected: Any
) -> None:
    zendesk.hear(Hearing(phrases=("speak to a manager",)))
    customer = zendesk_desk.read(zendesk, zendesk_desk.ticket("asks who the customer is")).requester
    asks, commands = said_on(
        zendesk_desk,
        zendesk,
        collected,
        (int(customer), "Let me SPEAK to a manager!", True),
        (int(customer), "#declare\n#red", True),
    )

    assert asks.commands == (Command(verb="escalate", phrase=True),)
    assert commands.commands == ()


def test_a_note_of_ours_commands_only_where_the_command_line_wrote_it(
    zendesk_desk: Any, zendesk: Any, collected: Any
) -> None:
    bot = zendesk_desk.account.bot.id
    plain, line = said_on(
        zendesk_desk,
        zendesk,
        collected,
        (bot, "You may write:\n#accept", False),
        (bot, spoken_for("anna", ["#accept"]), False),
    )

    assert plain.commands == ()
    assert line.commands == (Command(verb="accept", by="anna"),)
