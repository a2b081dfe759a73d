"""Responses: what a comment counts as - an answer, an update, a customer's reply - by the policy's own table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from rules.ticket import Comment, Side, Ticket
from rules.timeline import state_at

#: Comments so soon after the creation are the ticket's description: helpdesks may stamp the two a moment apart, and
#: nobody answers that fast.
OPENING = timedelta(seconds=5)

#: Answers the customer: stops response clocks.
RESPONSE = "response"
#: A word to the customer, answer or not.
CUSTOMER_UPDATE = "customer_update"
#: A word to the colleagues.
INTERNAL_UPDATE = "internal_update"
#: The customer waits for an answer from here on.
CUSTOMER_REPLY = "customer_reply"

#: What every policy can count a comment as; its clocks may wait for words of its own besides.
KINDS = (RESPONSE, CUSTOMER_UPDATE, INTERNAL_UPDATE, CUSTOMER_REPLY)
_NOTHING: frozenset[str] = frozenset()


class After(StrEnum):
    """From when on a row of the table fits."""

    #: Comments after the opening: the description is none.
    CREATED = "created"
    #: Comments made when the ticket had an assignee.
    ASSIGNED = "assigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRow:
    """One row: which comments it fits, and what those count as."""

    by: Side
    counts_as: frozenset[str]
    #: None = public and private ones.
    public: bool | None = None
    #: Ids of people in the helpdesk; empty = everybody on that side.
    authors: frozenset[str] = frozenset()
    after: After | None = None

    def fits(self, comment: Comment, ticket: Ticket) -> bool:
        """Whether the row speaks of this comment."""
        if comment.side is not self.by or (self.public is not None and comment.public is not self.public):
            return False
        if self.authors and comment.author not in self.authors:
            return False
        if self.after is After.ASSIGNED:
            state = state_at(ticket.timeline, comment.at)
            return (ticket.assignee if state is None else state.assignee) is not None
        return self.after is None or comment.at > ticket.created_at + OPENING


@dataclass(frozen=True, slots=True)
class ResponseTable:
    """The rows in their order. Comments by Escalade and by machines count as nothing, whatever the rows say."""

    rows: tuple[ResponseRow, ...]
    _plain: dict[tuple[Side, bool], frozenset[str]] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_plain", _plain_answers(self.rows))

    def kinds(self, comment: Comment, ticket: Ticket) -> frozenset[str]:
        """What the comment counts as: the first row that fits decides; nothing when none does."""
        if comment.ours or comment.side is Side.SYSTEM:
            return _NOTHING
        if self._plain is not None:
            return self._plain[comment.side, comment.public]
        return next((row.counts_as for row in self.rows if row.fits(comment, ticket)), _NOTHING)

    def counted(self, ticket: Ticket, kind: str) -> tuple[Comment, ...]:
        """The ticket's comments that count as one kind, oldest first."""
        return tuple(comment for comment in ticket.comments if kind in self.kinds(comment, ticket))


def _plain_answers(rows: Iterable[ResponseRow]) -> dict[tuple[Side, bool], frozenset[str]] | None:
    """The whole table as a look-up, where no row asks for more than side and visibility."""
    answers: dict[tuple[Side, bool], frozenset[str]] = {
        (side, public): _NOTHING for side in Side for public in (True, False)
    }
    decided: set[tuple[Side, bool]] = set()
    for row in rows:
        if row.authors or row.after is not None:
            return None
        for public in (True, False) if row.public is None else (row.public,):
            if (row.by, public) not in decided:
                decided.add((row.by, public))
                answers[row.by, public] = row.counts_as
    return answers


#: Public words by agents answer and update, private ones update colleagues, the customer's side replies.
DEFAULT_RESPONSES = ResponseTable(
    (
        ResponseRow(by=Side.AGENT, public=True, counts_as=frozenset({RESPONSE, CUSTOMER_UPDATE, INTERNAL_UPDATE})),
        ResponseRow(by=Side.AGENT, public=False, counts_as=frozenset({INTERNAL_UPDATE})),
        ResponseRow(by=Side.REQUESTER, counts_as=frozenset({CUSTOMER_REPLY})),
    )
)
