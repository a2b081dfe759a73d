"""The storyline of a ticket: everything that happened, in both helpdesks and by our own hand, in order and once."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from rules.commands import Command
from rules.journal import JournalEntry
from rules.reports.happening import Happening, HappeningKind
from rules.reports.story_words import story_text
from rules.reports.storyline import storyline
from rules.ticket import Comment, Moment, Priority, Side, State, StatusCategory, Ticket, TicketRef, Timeline

MakeTicket = Callable[..., Ticket]
ISSUE = TicketRef("jira", "10001")
QUIET = State(status=StatusCategory.OPEN, status_name="Open", priority=Priority.NORMAL, tags=frozenset({"a"}))
LOUD = replace(QUIET, priority=Priority.URGENT, tags=frozenset({"b"}), fields={"impact": "high"})


def at(monday: datetime, minutes: float) -> datetime:
    return monday + timedelta(minutes=minutes)


@pytest.fixture
def zendesk(make_ticket: MakeTicket, monday: datetime) -> Ticket:
    """A ticket that a customer wrote, that somebody made urgent, and on which we said something."""
    return make_ticket(
        created_at=monday,
        requester="7",
        comments=(
            Comment(
                id="1", at=at(monday, 1), side=Side.REQUESTER, public=True, author="7", body="It is broken.\nBadly."
            ),
            Comment(id="2", at=at(monday, 10.5), side=Side.AGENT, public=False, author="9", ours=True),
            Comment(id="3", at=at(monday, 20), side=Side.AGENT, public=False, author="8"),
        ),
        timeline=Timeline(moments=(Moment(monday, QUIET), Moment(at(monday, 5), LOUD))),
    )


@pytest.fixture
def issue(make_ticket: MakeTicket, monday: datetime) -> Ticket:
    """The work in the tracker, on which an engineer wrote."""
    said = Comment(id="1", at=at(monday, 15), side=Side.AGENT, public=False, author="enno", body="Found it.")
    return make_ticket(ref=ISSUE, key="OPS-1", subject="Find it", created_at=at(monday, 11), comments=(said,))


def journal_of(ref: TicketRef, monday: datetime) -> list[JournalEntry]:
    note = "post an internal note: “Look here”"

    def entry(minutes: float, action: str, text: str, operation: str | None = None) -> JournalEntry:
        return JournalEntry(at=at(monday, minutes), ref=ref, action=action, text=text, operation=operation)

    return [
        entry(10, "write.intended", f"add tag esc_t1; {note}", "one"),
        entry(10.6, "write.applied", "add tag esc_t1 — rule down holds", "one"),
        entry(10.6, "write.applied", f"{note} — entered Tier 1", "one"),
        entry(30, "write.intended", "add tag esc_t2", "two"),
        entry(40, "override.seen", "somebody took the tag esc_t1 off"),
    ]


def told(story: tuple[Happening, ...], monday: datetime) -> list[tuple[float, str, str, str]]:
    return [((one.at - monday) / timedelta(minutes=1), one.key, one.kind, one.text) for one in story]


@pytest.mark.capability("C9", "E14")
def test_comments_of_both_helpdesks_changes_and_our_acts_are_one_story_in_order(
    zendesk: Ticket, issue: Ticket, monday: datetime
) -> None:
    story = storyline([zendesk, issue], {zendesk.ref: journal_of(zendesk.ref, monday)}, at(monday, 100))
    key = zendesk.key
    assert told(story, monday) == [
        (0, key, "created", f"“{zendesk.subject}” came in"),
        (1, key, "comment", "It is broken.\nBadly."),
        (5, key, "change", "priority: normal → urgent; field impact: not set → high; tags added: b; tags removed: a"),
        (10.5, key, "comment", "post an internal note: “Look here”"),
        (10.6, key, "escalade", "add tag esc_t1"),
        (11, "OPS-1", "created", "“Find it” was opened"),
        (15, "OPS-1", "comment", "Found it."),
        (20, key, "comment", ""),
        (30, key, "escalade", "add tag esc_t2"),
        (40, key, "escalade", "somebody took the tag esc_t1 off"),
    ]
    ours = [(one.kind, one.public, one.because) for one in story if one.ours and one.because]
    assert ours == [("comment", False, "entered Tier 1"), ("escalade", None, "rule down holds")]


@pytest.mark.capability("E14")
@pytest.mark.parametrize("seed", range(5))
def test_the_story_is_the_same_whatever_comes_twice_and_in_whatever_order(
    seed: int, zendesk: Ticket, issue: Ticket, monday: datetime
) -> None:
    journals = {zendesk.ref: journal_of(zendesk.ref, monday)}
    once = storyline([zendesk, issue], journals, at(monday, 100))
    shuffled = [zendesk, issue, issue, zendesk]
    random.Random(seed).shuffle(shuffled)
    twice = [replace(one, comments=(*one.comments, *one.comments)) for one in shuffled]
    assert storyline(twice, journals, at(monday, 100)) == once


def test_a_note_whose_words_were_read_is_told_in_its_own_words_and_only_once(zendesk: Ticket, monday: datetime) -> None:
    comments = tuple(replace(one, body="Look here, all of you") if one.ours else one for one in zendesk.comments)
    fresh = replace(zendesk, comments=comments)
    story = storyline([fresh], {fresh.ref: journal_of(fresh.ref, monday)}, at(monday, 100))
    (note,) = [one for one in story if "Look here" in one.text]
    assert (note.text, note.because, note.kind) == ("Look here, all of you", "entered Tier 1", HappeningKind.COMMENT)


def test_an_act_without_a_comment_nearby_keeps_its_own_line(zendesk: Ticket, monday: datetime) -> None:
    late = replace(journal_of(zendesk.ref, monday)[2], at=at(monday, 60))
    story = storyline([zendesk], {zendesk.ref: [late]}, at(monday, 100))
    assert [one.text for one in story if one.kind is HappeningKind.ESCALADE] == ["post an internal note: “Look here”"]
    assert [one.because for one in story if one.kind is HappeningKind.COMMENT] == ["", "", ""]


def test_a_public_reply_is_not_taken_for_an_internal_note(zendesk: Ticket, monday: datetime) -> None:
    entry = replace(journal_of(zendesk.ref, monday)[2], text="post a public reply: “Look here” — entered Tier 1")
    story = storyline([zendesk], {zendesk.ref: [entry]}, at(monday, 100))
    assert [one.because for one in story if one.kind is HappeningKind.COMMENT] == ["", "", ""]


def test_commands_of_a_comment_are_told_also_when_its_words_were_not_read(zendesk: Ticket, monday: datetime) -> None:
    said = (Command(verb="ack"), Command(verb="decline", text="no impact"), Command(verb="escalate", phrase=True))
    asked = replace(zendesk, comments=(replace(zendesk.comments[2], commands=said),))
    story = storyline([asked], {}, at(monday, 100))
    assert story[-1].text == "#ack\n#decline no impact"


def test_what_is_dated_ahead_has_not_happened_yet(zendesk: Ticket, monday: datetime) -> None:
    story = storyline([zendesk], {zendesk.ref: journal_of(zendesk.ref, monday)}, at(monday, 2))
    assert told(story, monday)[1:] == [(1, zendesk.key, "comment", "It is broken.\nBadly.")]


def test_as_text_every_line_says_when_where_and_who_and_whether_the_customer_sees_it(
    zendesk: Ticket, issue: Ticket, monday: datetime
) -> None:
    story = storyline([zendesk, issue], {zendesk.ref: journal_of(zendesk.ref, monday)}, at(monday, 29))
    assert (
        f"{story_text(story)}\n"
        == """\
2026-03-02 09:00:00Z  35     created               “The export stops” came in
2026-03-02 09:01:00Z  35     customer 7, public    It is broken.
                                                   Badly.
2026-03-02 09:05:00Z  35     change                priority: normal → urgent; field impact: not set → high; tags added: b; tags removed: a
2026-03-02 09:10:30Z  35     escalade, internal    post an internal note: “Look here”
                                                   because entered Tier 1
2026-03-02 09:10:36Z  35     escalade              add tag esc_t1
                                                   because rule down holds
2026-03-02 09:11:00Z  OPS-1  created               “Find it” was opened
2026-03-02 09:15:00Z  OPS-1  agent enno, internal  Found it.
2026-03-02 09:20:00Z  35     agent 8, internal     (words not read)
"""
    )
