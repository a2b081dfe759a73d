"""Storyline: everything that happened around a ticket, in both helpdesks and by our own hand, in order and once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

from rules.explain import POSTS
from rules.journal import JournalEntry
from rules.reports.happening import Happening, HappeningKind
from rules.ticket import Comment, Scalar, Side, State, Ticket, TicketRef
from rules.timeline import said_by

#: A helpdesk dates a comment of ours by its own clock; the journal by ours, after the answer.
_APART = timedelta(minutes=5)
#: A write that was intended and then had one of these outcomes is told by the outcome alone.
_OUTCOMES = frozenset({"write.applied", "write.found", "write.unknown"})
_RANK = {kind: rank for rank, kind in enumerate(HappeningKind)}
#: What the journal says of a note is told by the note itself.
_TOLD_BY_ITSELF = frozenset({"write.applied", "write.found"})


def storyline(
    tickets: Sequence[Ticket], journal: Mapping[TicketRef, Sequence[JournalEntry]], now: datetime
) -> tuple[Happening, ...]:
    """Tell a story.

    Args:
        tickets: The ticket and those around it, each with its comments and its timeline; one that is there twice is
            told once.
        journal: The journals of these tickets.
        now: What is dated after this instant (UTC) has not happened yet.

    Returns:
        Everything in the order of its instants. What Escalade put on a ticket is told by the journal alone, except for
        its comments: they stand where the helpdesk has them, with the journal's reason.
    """
    once = {ticket.ref: said_by(ticket, now) for ticket in tickets}
    found: list[Happening] = []
    for ref, ticket in once.items():
        said, rest = _explained(list(_comments(ticket)), _settled(journal.get(ref, ())))
        found += [*_created(ticket), *said, *_changes(ticket)]
        found += [_entry(ticket, entry) for entry in rest]
    return tuple(sorted((one for one in found if one.at <= now), key=_order))


def _order(one: Happening) -> tuple[datetime, int, TicketRef, str]:
    return one.at, _RANK[one.kind], one.on, one.source


def _created(ticket: Ticket) -> Iterator[Happening]:
    text = f"“{ticket.subject}” came in" if ticket.requester is not None else f"“{ticket.subject}” was opened"
    yield Happening(at=ticket.created_at, kind=HappeningKind.CREATED, on=ticket.ref, key=ticket.key, text=text)


def _comments(ticket: Ticket) -> Iterator[Happening]:
    for comment in {comment.id: comment for comment in ticket.comments}.values():
        yield Happening(
            at=comment.at,
            kind=HappeningKind.COMMENT,
            on=ticket.ref,
            key=ticket.key,
            text=comment.body or _commands(comment),
            public=comment.public,
            side=comment.side,
            author=comment.author,
            ours=comment.ours,
            source=comment.id,
        )


def _commands(comment: Comment) -> str:
    """What a comment tells Escalade to do is kept although its words are not."""
    return "\n".join(f"#{command.verb} {command.text}".rstrip() for command in comment.commands if not command.phrase)


def _changes(ticket: Ticket) -> Iterator[Happening]:
    moments = ticket.timeline.moments
    for before, after in pairwise(moments):
        text = "; ".join(_differences(before.state, after.state))
        yield Happening(at=after.at, kind=HappeningKind.CHANGE, on=ticket.ref, key=ticket.key, text=text)


def _differences(before: State, after: State) -> Iterator[str]:
    parts: dict[str, tuple[Scalar, Scalar]] = {
        "status": (before.status_name or before.status, after.status_name or after.status),
        "priority": (before.priority, after.priority),
        "group": (before.group, after.group),
        "assignee": (before.assignee, after.assignee),
        "type": (before.type, after.type),
        "product": (before.product, after.product),
    }
    names = sorted({*before.fields, *after.fields})
    parts |= {f"field {name}": (before.fields.get(name), after.fields.get(name)) for name in names}
    yield from (f"{part}: {_told(was)} → {_told(now)}" for part, (was, now) in parts.items() if was != now)
    if added := sorted(after.tags - before.tags):
        yield f"tags added: {', '.join(added)}"
    if removed := sorted(before.tags - after.tags):
        yield f"tags removed: {', '.join(removed)}"


def _told(value: Scalar) -> str:
    return "not set" if value is None else str(value)


def _settled(entries: Iterable[JournalEntry]) -> list[JournalEntry]:
    """The journal without the intentions whose outcome it tells as well."""
    entries = list(entries)
    known = {entry.operation for entry in entries if entry.operation is not None and entry.action in _OUTCOMES}
    return [entry for entry in entries if entry.action != "write.intended" or entry.operation not in known]


def _explained(
    said: Sequence[Happening], entries: Sequence[JournalEntry]
) -> tuple[list[Happening], list[JournalEntry]]:
    """Our comments with the journal's reasons, and the entries that no comment tells."""
    told = list(said)
    free = [index for index, one in enumerate(told) if one.ours]
    rest: list[JournalEntry] = []
    for entry in entries:
        index = _comment_of(entry, told, free)
        if index is None:
            rest.append(entry)
            continue
        free.remove(index)
        what, _, because = entry.text.rpartition(" — ")
        told[index] = msgspec.structs.replace(told[index], because=because, text=told[index].text or what)
    return told, rest


def _comment_of(entry: JournalEntry, told: Sequence[Happening], free: Sequence[int]) -> int | None:
    """The comment of ours that an entry tells of: the nearest one of its kind that nothing else tells of."""
    kind = next((public for public, words in POSTS.items() if entry.text.startswith(words)), None)
    if entry.action not in _TOLD_BY_ITSELF or kind is None:
        return None
    near = [index for index in free if told[index].public is kind and abs(told[index].at - entry.at) <= _APART]
    return min(near, key=lambda index: abs(told[index].at - entry.at), default=None)


def _entry(ticket: Ticket, entry: JournalEntry) -> Happening:
    what, _, because = entry.text.rpartition(" — ")
    return Happening(
        at=entry.at,
        kind=HappeningKind.ESCALADE,
        on=ticket.ref,
        key=ticket.key,
        text=what or entry.text,
        because=because if what else "",
        side=Side.SYSTEM,
        ours=True,
        source=entry.action,
    )
