"""Opinions: what people think of an escalation: by the command `#feedback`, or by a tag that a macro puts on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

import msgspec

from rules.escalation.case import Case
from rules.reports.occurred import Judgement
from rules.ticket import Ticket

#: Tag → what it says of the escalation. Macros put them on; they may stay, or be taken off again.
FEEDBACK_TAGS: Mapping[str, Judgement] = MappingProxyType(
    {f"feedback_{word.replace(' ', '_')}": word for word in Judgement}
)
_VERB = "feedback"


class Opinion(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one person thinks of an escalation."""

    #: The person as far as it is known; of a tag the tag itself.
    by: str
    #: When it was said (UTC).
    at: datetime
    judgement: Judgement


def judgement_of(text: str) -> Judgement | None:
    """The judgement that a feedback begins with: `#feedback too early, …`; None = it gives none."""
    said = " ".join(text.lower().replace("-", " ").split())
    return next((word for word in Judgement if said.startswith((word, word.removeprefix("too ")))), None)


def opinions_of(ticket: Ticket, case: Case | None) -> tuple[Opinion, ...]:
    """Everything that people said about the escalations of a ticket, the oldest first.

    Args:
        ticket: The ticket with its comments and its past.
        case: Its escalation as people conduct it; None = the policy conducts none, and the comments are read here.
    """
    said = _by_command(ticket) if case is None else _by_case(case)
    return tuple(sorted((*said, *_by_tag(ticket)), key=lambda one: (one.at, one.by)))


def last_words(opinions: Iterable[Opinion]) -> tuple[Judgement, ...]:
    """What each person thinks in the end: nobody counts twice.

    Args:
        opinions: About one escalation, the oldest first.
    """
    return tuple({one.by: one.judgement for one in opinions}.values())


def _by_case(case: Case) -> Iterator[Opinion]:
    for one in case.feedback:
        if (judged := judgement_of(one.text)) is not None:
            yield Opinion(by=one.by or one.at.isoformat(), at=one.at, judgement=judged)


def _by_command(ticket: Ticket) -> Iterator[Opinion]:
    for comment in ticket.comments:
        for command in comment.commands:
            if command.verb == _VERB and (judged := judgement_of(command.text)) is not None:
                yield Opinion(by=command.by or comment.author or comment.id, at=comment.at, judgement=judged)


def _by_tag(ticket: Ticket) -> Iterator[Opinion]:
    moments = ticket.timeline.moments
    known: frozenset[str] = frozenset()
    for moment in moments:
        for tag in sorted(FEEDBACK_TAGS.keys() & moment.state.tags - known):
            yield Opinion(by=tag, at=moment.at, judgement=FEEDBACK_TAGS[tag])
        known = moment.state.tags
    for tag in sorted(FEEDBACK_TAGS.keys() & ticket.tags - known):
        yield Opinion(by=tag, at=ticket.updated_at, judgement=FEEDBACK_TAGS[tag])
