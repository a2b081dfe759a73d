"""Rebuilt: the history that helpdesks, or the store, can still tell, as one stream of events in the order of time.

Memory is bounded: what is read goes to disk, ordered by ticket; each ticket's life is folded by itself; the events go
to disk again, ordered by their instants.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Protocol

import msgspec
from msgspec.structs import replace

from connectors.base import CommentSeen, Helpdesk
from connectors.errors import ConnectorError, ErrorKind
from connectors.pasts import PastPage, PastSource
from connectors.rank import Rank, ranked
from escalade.histories.kept import Kept
from escalade.histories.spool import Spool
from rules.histories.edit import Edit
from rules.histories.event import About, PastEvent, event_of, line_of
from rules.histories.lack import Lack, LackKind, summed
from rules.histories.life import Life, Period, life_as_seen, life_of
from rules.ticket import Ticket
from rules.words import minute

_GONE = Lack(
    kind=LackKind.DELETED, told="the helpdesk tells what happened to it, and shows it no more: left out", tickets=1
)
_BODIES = Lack(kind=LackKind.BODIES, told="texts of comments were left out")


class Progress(Protocol):
    """Where to say how far the reading has come."""

    def phase(self, name: str, total: int | None = None) -> None:
        """Another kind of thing is read."""
        ...

    def advance(self, steps: int = 1, note: str = "") -> None:
        """So many more are read."""
        ...


class _Known(msgspec.Struct, frozen=True):
    """One thing that is known of a ticket."""

    ticket: Ticket | None = None
    edit: Edit | None = None
    comment: CommentSeen | None = None


_KNOWN = msgspec.msgpack.Decoder(_Known)


def rebuilt(
    helpdesks: Mapping[str, Helpdesk],
    period: Period,
    progress: Progress,
    *,
    texts: bool = False,
    kept: Kept | None = None,
) -> Iterator[PastEvent]:
    """Yield what happened to the tickets of some helpdesks, in the order of time; nothing is guessed.

    The first event tells about the whole: where it comes from and what it lacks. Calls go last where budgets are short.

    Args:
        helpdesks: Name → helpdesk.
        period: What is told; `until` should lie some minutes back, as helpdesks hide what has only just happened.
        progress: Hears how far it has come.
        texts: With the texts of comments.
        kept: What was read before an interruption, and where to keep what is read.

    Raises:
        ConnectorError: a helpdesk cannot be read, or does not remember.
    """
    lacks: list[Lack] = [] if texts else [_BODIES]
    marks: defaultdict[str, list[str]] = defaultdict(list)
    with Spool() as known, Spool() as events:
        for name, page in () if kept is None else kept.pages():
            lacks += page.lacks
            _take(page, known)
            marks[name].append(page.mark)
        for name, helpdesk in helpdesks.items():
            with ranked(Rank.LAST):
                for page in _pages(helpdesk, period, progress, texts=texts, marks=marks[name]):
                    if kept is not None and page.mark:
                        kept.keep(name, page)
                    lacks += page.lacks
                    progress.advance(_take(page, known), _note(page, period))
        _fold(known, period, events, lacks)
        about = About(source=", ".join(helpdesks), since=period.since, until=period.until, lacks=summed(lacks))
        yield from _with_about(events, about)


def as_seen(tickets: Iterable[Ticket], period: Period) -> Iterator[PastEvent]:
    """Yield what Escalade saw happen to tickets, in the order of time, without what it wrote itself.

    Args:
        tickets: As they are known, with their timelines and comments.
        period: What is told.
    """
    lacks = [
        _BODIES,
        Lack(kind=LackKind.COMMENTS, told="comments from before Escalade's first sight may be missing"),
        Lack(kind=LackKind.ACCOUNT_FIELDS, told="accounts and requesters are as they are now"),
        Lack(kind=LackKind.DELETED, told="tickets that were deleted are not known any more"),
    ]
    with Spool() as events:
        for ticket in tickets:
            lacks += _keep(life_as_seen(ticket, period), events)
        yield from _with_about(
            events, About(source="store", since=period.since, until=period.until, lacks=summed(lacks))
        )


def _pages(
    helpdesk: Helpdesk, period: Period, progress: Progress, *, texts: bool, marks: Sequence[str]
) -> Iterator[PastPage]:
    source: object = helpdesk
    if not isinstance(source, PastSource):
        told = f"{helpdesk.name} does not tell what happened to its tickets"
        raise ConnectorError(told, kind=ErrorKind.REJECTED, helpdesk=helpdesk.name)
    what = ""
    # Only who has marked pages is told of them again.
    pages = source.past(period, texts=texts, marks=marks) if marks else source.past(period, texts=texts)
    for page in pages:
        if page.what != what:
            what = page.what
            progress.phase(f"{helpdesk.name}: {what}")
        yield page


def _take(page: PastPage, known: Spool) -> int:
    rows = [
        *((ticket.ref, _Known(ticket=ticket)) for ticket in page.tickets),
        *((edit.on, _Known(edit=edit)) for edit in page.edits),
        *((seen.on, _Known(comment=seen)) for seen in page.comments),
    ]
    for ref, row in rows:
        known.add(str(ref), msgspec.msgpack.encode(row))
    return len(rows)


def _note(page: PastPage, period: Period) -> str:
    """How far it has come, and how much is left where the begin is known."""
    if page.reached is None:
        return ""
    told = f"up to {minute(page.reached)}"
    if period.since is None:
        return told
    span = (period.until - period.since).total_seconds()
    left = max(0.0, (period.until - page.reached).total_seconds())
    return f"{told}, {min(1.0, left / span):.0%} left" if span > 0 else told


def _fold(known: Spool, period: Period, events: Spool, lacks: list[Lack]) -> None:
    for _, rows in groupby(known, key=lambda pair: pair[0]):
        things = [_KNOWN.decode(row) for _, row in rows]
        tickets = [thing.ticket for thing in things if thing.ticket is not None]
        if not tickets:
            lacks.append(_GONE)
            continue
        newest = max(tickets, key=lambda ticket: ticket.updated_at)
        # Pages may overlap: an edit that comes twice is one edit.
        edits = {(thing.edit.at, thing.edit.order): thing.edit for thing in things if thing.edit is not None}
        # A comment that the ticket's own list tells, too, is one comment.
        said = {comment.id: comment for comment in newest.comments}
        said |= {thing.comment.comment.id: thing.comment.comment for thing in things if thing.comment is not None}
        lacks += _keep(life_of(newest, edits.values(), said.values(), period), events)


def _keep(life: Life, events: Spool) -> tuple[Lack, ...]:
    for event in life.events:
        events.add(f"{event.at:%Y%m%d%H%M%S%f} {event.ticket}", line_of(event))
    return life.lacks


def _with_about(events: Spool, about: About) -> Iterator[PastEvent]:
    for number, (_, line) in enumerate(events):
        event = event_of(line)
        yield event if number else replace(event, about=about)
