"""Changes → writes: which changes travel in one request, and in which order they are sent. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from connectors.base import Write, WriteKind
from connectors.jira import markup
from connectors.jira.client import BULK_CREATE_LIMIT
from rules.change import (
    Change,
    CompleteWork,
    CreateRemediation,
    KeepNote,
    LinkTicket,
    OpenLinked,
    PostComment,
    Transition,
)
from rules.ticket import Ticket, TicketRef

#: What an empty line between two merged comments costs, in characters.
_GAP = 2


def writes_of(ticket: Ticket, changes: Sequence[Change]) -> tuple[Write, ...]:
    """One edit a ticket, one comment a visibility, one bulk creation a parent; steps, openings and links one by one.

    Edits go first, and before a step, behind which the workflow may close the ticket to edits; so what people see of
    an escalation never runs ahead of the ticket's own state. Links go last, since they may need what was opened before.
    """
    groups = [
        *((WriteKind.UPDATE, group) for group in _edits(changes)),
        *((WriteKind.TRANSITION, (change,)) for change in changes if isinstance(change, Transition)),
        *((WriteKind.COMMENT, group) for group in _comments(changes)),
        *((WriteKind.KEEP, (change,)) for change in changes if isinstance(change, KeepNote)),
        *((WriteKind.OPEN, (change,)) for change in changes if isinstance(change, OpenLinked)),
        *((WriteKind.REMEDIATE, group) for group in _remediation(changes)),
        *((WriteKind.TRANSITION, (change,)) for change in changes if isinstance(change, CompleteWork)),
        *((WriteKind.LINK, (change,)) for change in changes if isinstance(change, LinkTicket)),
    ]
    return tuple(
        Write(
            kind=kind,
            ticket=ticket.ref,
            changes=tuple(group),
            version=ticket.version,
            context=_context(ticket, kind, group[0].on),
        )
        for kind, group in groups
    )


def _context(ticket: Ticket, kind: WriteKind, on: TicketRef) -> dict[str, str]:
    """The project in which priorities are looked up; for another ticket than the visited one Jira is asked."""
    return {"project": ticket.key.rpartition("-")[0]} if kind is WriteKind.UPDATE and on == ticket.ref else {}


def _edits(changes: Sequence[Change]) -> Iterator[Sequence[Change]]:
    others = (Transition, CompleteWork, PostComment, KeepNote, OpenLinked, CreateRemediation, LinkTicket)
    edits = [change for change in changes if not isinstance(change, others)]
    for on in dict.fromkeys(change.on for change in edits):
        yield [change for change in edits if change.on == on]


def _comments(changes: Sequence[Change]) -> Iterator[Sequence[PostComment]]:
    comments = [change for change in changes if isinstance(change, PostComment)]
    for on, public in dict.fromkeys((change.on, change.public) for change in comments):
        fitting = [change for change in comments if change.on == on and change.public == public]
        sizes = [len(markup.plain(change.body)) + _GAP for change in fitting]
        for start, end in _packed(sizes, markup.BODY_LIMIT):
            yield fitting[start:end]


def _remediation(changes: Sequence[Change]) -> Iterator[Sequence[CreateRemediation]]:
    pieces = [
        msgspec.structs.replace(change, items=change.items[start : start + BULK_CREATE_LIMIT])
        for change in changes
        if isinstance(change, CreateRemediation)
        for start in range(0, len(change.items), BULK_CREATE_LIMIT)
    ]
    for on in dict.fromkeys(piece.on for piece in pieces):
        fitting = [piece for piece in pieces if piece.on == on]
        for start, end in _packed([len(piece.items) for piece in fitting], BULK_CREATE_LIMIT):
            yield fitting[start:end]


def _packed(sizes: Sequence[int], limit: int) -> Iterator[tuple[int, int]]:
    """Cut a row of sizes into runs that each fit the limit; one that is too big by itself is a run of its own."""
    start, total = 0, 0
    for position, size in enumerate(sizes):
        if position > start and total + size > limit:
            yield start, position
            start, total = position, 0
        total += size
    if start < len(sizes):
        yield start, len(sizes)
