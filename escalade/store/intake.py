"""Take in what helpdesks tell: store it, find out what is news, and nudge the tickets that the news concerns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from connectors.base import CommentSeen, LinkSeen, Page
from escalade.store import blobs, family, journal, policies, records, snapshots, thread, ties, timelines, visits
from escalade.store.horizon import Horizon
from escalade.store.schema import checkpoints
from escalade.store.snapshots import Seen
from escalade.store.statements import upsert
from escalade.store.writes import ledgers_of, open_intents
from rules.journal import JournalEntry
from rules.ledger import Ledger
from rules.ticket import AccountRef, StatusCategory, Ticket, TicketRef, Timeline
from rules.timeline import grown
from sync import TakenIn


class _News(msgspec.Struct, kw_only=True):
    """What a batch of tickets changed, collected while it is compared with what was known."""

    #: Tickets that are new or whose content differs.
    changed: list[TicketRef] = []
    #: Tickets whose sight is not older than what was known.
    current: list[Ticket] = []
    #: Rows to write.
    rows: list[dict[str, object]] = []
    #: Tickets that the helpdesk deleted.
    gone: list[TicketRef] = []
    #: Accounts whose summary moved.
    accounts: set[AccountRef] = set()
    #: Tickets that are new, gone, or were brought into another state by people, with the account that this concerns.
    moved: dict[TicketRef, AccountRef | None] = {}
    #: Tickets that are new, or belong to another account than before.
    owned: list[TicketRef] = []
    #: The timelines that became longer.
    timelines: dict[TicketRef, Timeline] = {}
    #: Tickets of which a newer version keeps what this one cannot read: their sights are kept, their past is let be.
    unreadable: set[TicketRef] = set()

    def nudged(self, horizon: Horizon) -> set[AccountRef]:
        """Accounts whose open tickets are concerned by the news, as far as anybody looks."""
        owners = {owner for owner in self.moved.values() if owner is not None} if horizon.account_tickets else set()
        return owners | (self.accounts if horizon.siblings else set())


def take_in(connection: Connection, helpdesk: str, page: Page, now: datetime, *, horizon: Horizon) -> TakenIn:
    """Store one page, nudge what it changes, move the stream's checkpoint."""
    new_accounts = snapshots.keep_accounts(connection, page.accounts)
    visits.nudge_siblings(connection, new_accounts, now, "account")
    news = _compare(connection, page.tickets, now, ignore_stale=True)
    left = _store(connection, news, now)
    whole = {ticket.ref for ticket in news.current if ticket.comments_complete}
    comments = thread.keep_comments(connection, [*_comments_within(news.current), *page.comments], whole=whole)
    whole = {ticket.ref for ticket in news.current if ticket.links_complete}
    tied = thread.keep_links(connection, [*_links_within(news.current), *page.links], whole=whole)
    deleted = [ticket.ref for ticket in page.tickets if ticket.status is StatusCategory.DELETED]
    below = family.keep(connection, news.current, page.children, deleted)
    spoken = _heard(comments)
    visits.nudge(connection, [*news.changed, *spoken, *(tie.on for tie in tied), *below], now, "polled")
    visits.nudge_later(connection, news.nudged(horizon), now)
    if horizon.linked:
        visits.nudge_linking(connection, list(news.moved), now)
    ends = _ends(connection, news, tied, left)
    records.news(connection, news.current, news.gone, {*news.moved, *spoken}, ends, now, horizon)
    row = {"helpdesk": helpdesk, "stream": page.stream, "checkpoint": page.checkpoint, "at": now}
    connection.execute(upsert(connection, checkpoints), row)
    return TakenIn(tickets=len(page.tickets), changed=len(news.changed) + len(news.gone), comments=len(comments))


def refresh(connection: Connection, tickets: Sequence[Ticket], now: datetime, *, horizon: Horizon) -> None:
    """Replace what is known by fresh reads, which are being visited already: only others are nudged."""
    news = _compare(connection, tickets, now, ignore_stale=False)
    left = _store(connection, news, now)
    whole = {ticket.ref for ticket in news.current}
    said = thread.keep_comments(connection, _comments_within(news.current), whole=whole)
    tied = thread.keep_links(connection, _links_within(news.current), whole=whole)
    family.keep(connection, news.current, ())
    visited = [ticket.ref for ticket in tickets]
    visits.nudge_siblings(connection, news.nudged(horizon), now, "sibling", but=visited)
    if horizon.linked:
        visits.nudge_linking(connection, list(news.moved), now, but=visited)
    moved, ends = {*news.moved, *_heard(said)}, _ends(connection, news, tied, left)
    records.news(connection, news.current, news.gone, moved, ends, now, horizon, visited)


def forget(connection: Connection, ref: TicketRef, now: datetime, *, horizon: Horizon) -> None:
    """Drop a ticket's content and visit.

    The ledger stays, as the journal does: should the ticket come back, what we put on it must still be ours.
    """
    before = snapshots.known_rows(connection, [ref]).get(ref)
    ends = ties.ends_of(connection, [ref])
    _drop(connection, [ref], now, tell=before is not None)
    if horizon.siblings and before is not None:
        visits.nudge_siblings(connection, snapshots.touched_accounts(before.weight, None), now, "sibling")
    if horizon.linked:
        visits.nudge_linking(connection, [ref], now)
    records.news(connection, (), [ref], [ref], ends, now, horizon)


def _compare(connection: Connection, tickets: Sequence[Ticket], now: datetime, *, ignore_stale: bool) -> _News:
    """Find out what is news. Of several sights of one ticket the last one counts."""
    latest = {ticket.ref: ticket for ticket in tickets}
    refs = list(latest)
    known = snapshots.known_rows(connection, refs)
    news = _News()
    ledgers = ledgers_of(connection, refs, news.unreadable)
    for ref, ticket in latest.items():
        before = known.get(ref)
        if ticket.status is StatusCategory.DELETED:
            if before is not None:
                news.gone.append(ref)
                news.moved[ref] = before.weight.account
                news.accounts |= snapshots.touched_accounts(before.weight, None)
        elif not (ignore_stale and before is not None and ticket.updated_at < before.updated_at):
            # Exports and indexes lag: an older sight than ours must not undo a fresh read.
            _weigh(news, ticket, before, ledgers.get(ref), always=not ignore_stale)
    _grow(connection, news, known, ledgers, now)
    return news


def _grow(
    connection: Connection,
    news: _News,
    known: Mapping[TicketRef, Seen],
    ledgers: Mapping[TicketRef, Ledger],
    now: datetime,
) -> None:
    """Add to the past of the tickets that people changed. What we wrote ourselves is looked through."""
    changed = set(news.changed)
    past = timelines.timelines_of(connection, [ref for ref in news.changed if ref in known], news.unreadable)
    # No write is begun without a ledger, so the others have none under way.
    intents = open_intents(connection, [ref for ref in news.changed if ref in ledgers], news.unreadable)
    for ticket in [ticket for ticket in news.current if ticket.ref in changed]:
        ref = ticket.ref
        was_open = ref in known and known[ref].weight.is_open
        owner = ticket.account if ticket.status.is_open or was_open else None
        if ref in news.unreadable:
            news.moved[ref] = owner
            continue
        if ticket.status is StatusCategory.CLOSED and ref not in past:
            # Nothing is ever decided about it: an old helpdesk is full of such tickets.
            news.moved[ref] = owner
            continue
        before, ledger = past.get(ref, Timeline()), ledgers.get(ref) or Ledger(ref=ref)
        longer = grown(before, timelines.without_open_writes(ticket, ledger, intents.get(ref, ())), ledger, now)
        if longer is not before:
            news.timelines[ref] = longer
            news.moved[ref] = owner


def _weigh(news: _News, ticket: Ticket, before: Seen | None, ledger: Ledger | None, *, always: bool) -> None:
    """Note one current sight of a ticket. `always` stores it even when nobody edited the ticket in between."""
    news.current.append(ticket)
    weight = snapshots.weight_of(ticket, ledger)
    content = blobs.content_hash(ticket)
    if before is None or before.weight.account != weight.account:
        news.owned.append(ticket.ref)
    if before is None or before.content_hash != content:
        news.changed.append(ticket.ref)
    elif before.version == ticket.version and not always:
        # What is stored may come from a full read and tell more than this sight does.
        return
    news.rows.append(snapshots.row_of(ticket, weight, content))
    news.accounts |= snapshots.touched_accounts(None if before is None else before.weight, weight)


def _store(connection: Connection, news: _News, now: datetime) -> set[TicketRef]:
    """Write the news down; returns what the tickets that are gone were linked to."""
    left = ties.ends_of(connection, news.gone)
    snapshots.keep(connection, news.rows)
    timelines.keep(connection, news.timelines)
    _drop(connection, news.gone, now)
    return left


def _ends(connection: Connection, news: _News, tied: Sequence[LinkSeen], left: Iterable[TicketRef]) -> set[TicketRef]:
    """Tickets that may stand beside another account than before, for a link or for where a link begins."""
    return {*(tie.link.to for tie in tied), *left, *ties.ends_of(connection, [*news.moved, *news.owned])}


def _drop(connection: Connection, refs: Sequence[TicketRef], now: datetime, *, tell: bool = True) -> None:
    snapshots.drop(connection, refs)
    thread.drop(connection, refs)
    family.drop(connection, refs)
    timelines.drop(connection, refs)
    policies.unfollow(connection, refs)
    if not tell:
        # A webhook named what is no ticket, or was gone before anything was known of it.
        return
    text = "The ticket is gone from the helpdesk; what was known of its content was dropped."
    journal.append(connection, [JournalEntry(at=now, ref=ref, action="ticket.gone", text=text) for ref in refs])


def _heard(said: Sequence[CommentSeen]) -> set[TicketRef]:
    """Tickets on which somebody spoke; a comment of ours counts where it carries what somebody told us to do."""
    return {seen.on for seen in said if not seen.comment.ours or seen.comment.commands}


def _comments_within(tickets: Sequence[Ticket]) -> list[CommentSeen]:
    return [CommentSeen(on=ticket.ref, comment=comment) for ticket in tickets for comment in ticket.comments]


def _links_within(tickets: Sequence[Ticket]) -> list[LinkSeen]:
    return [LinkSeen(on=ticket.ref, link=link) for ticket in tickets for link in ticket.links]
