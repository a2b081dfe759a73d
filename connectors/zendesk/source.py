"""Reading Zendesk: three streams to poll, and tickets read afresh."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

import msgspec

from connectors.base import ChildSeen, CommentSeen, LinkSeen, Page
from connectors.errors import ConnectorError, ErrorKind
from connectors.zendesk import wire, work
from connectors.zendesk.client import MANY, ZendeskClient
from connectors.zendesk.reader import AccountReader
from connectors.zendesk.translate import Translator
from rules.ticket import StatusCategory, Ticket, TicketRef

LINKS = "links"
EVENTS = "ticket_events"
TICKETS = "tickets"

#: Zendesk refuses a start_time of the last minute and never exports that minute; 61 s is the youngest it takes.
HIDDEN = 61
#: Seconds to look back when a stored cursor is refused. How long a cursor lives is not documented.
_OVERLAP = 300
#: Most links a page (Zendesk's default).
LINKS_A_PAGE = 1000
_BAD_CURSOR = frozenset({400, 404, 410, 422})
_DAY = 86_400


class ZendeskSource(AccountReader):
    """Tickets, comments and links of one account.

    Links and comments come before the tickets they belong to, so that a ticket is decided on with both.
    """

    @property
    def streams(self) -> tuple[str, ...]:
        """What there is to poll, in that order."""
        return (LINKS, EVENTS, TICKETS) if self._settings.tracker else (EVENTS, TICKETS)

    def poll(self, stream: str, checkpoint: str | None, now: datetime) -> Iterator[Page]:
        """Yield pages from the checkpoint to the present.

        Raises:
            ConnectorError: from the call of a page.
            ValueError: for a stream that there is not.
        """
        if stream == TICKETS:
            return self._poll_tickets(checkpoint, int(now.timestamp()))
        if stream == EVENTS:
            return self._poll_events(checkpoint, int(now.timestamp()))
        if stream == LINKS:
            return self._poll_links(checkpoint)
        raise ValueError(f"Zendesk has no stream {stream!r}, only {', '.join(self.streams)}")

    def read(self, refs: Sequence[TicketRef]) -> Mapping[TicketRef, Ticket | None]:
        """Read tickets afresh, with all comments and links; a deleted one maps to None.

        Raises:
            ConnectorError: from any of the calls.
        """
        found: dict[TicketRef, Ticket | None] = dict.fromkeys(refs)
        wanted = [ref.id for ref in refs]
        for start in range(0, len(wanted), MANY):
            found_rows = self._client.show_many(wanted[start : start + MANY], readers=self.hearing.readers)
            translator = self._translator(found_rows.tickets, found_rows.users)
            rows = {translator.ticket_ref(row.id): row for row in found_rows.tickets}
            asked = [(ref, row) for ref, row in rows.items() if ref in found]
            # A call or two for each: one after the other they would keep a worker waiting for a slow Zendesk.
            whole = self._client.http.together.read(partial(self._whole, translator), (row for _, row in asked))
            found |= {ref: ticket for (ref, _), ticket in zip(asked, whole, strict=True)}
        return found

    def _whole(self, translator: Translator, row: wire.TicketRow) -> Ticket | None:
        try:
            ticket = translator.ticket(row)
        except ValueError as error:
            # One odd ticket must not cost the others of this read: it is shown as open, and left alone.
            shown = translator.ticket(msgspec.structs.replace(row, status=str(StatusCategory.OPEN)))
            ticket = msgspec.structs.replace(shown, status_name=row.status, frozen_because=str(error))
        if ticket.status is StatusCategory.DELETED:
            return None
        try:
            comments = self._client.comments(ticket.key)
        except ConnectorError as error:
            if error.kind is ErrorKind.GONE:
                return None
            raise
        links = self._links(ticket_id=ticket.key) if self._settings.tracker else []
        return msgspec.structs.replace(
            ticket,
            comments=tuple(translator.comment(comment) for comment in comments),
            comments_complete=True,
            links=tuple(translator.link(link) for link in links),
        )

    def _poll_tickets(self, checkpoint: str | None, now: int) -> Iterator[Page]:
        last, cursor = _split(checkpoint)
        while True:
            page, unreadable = self._tickets_page(cursor, last, now)
            # A page that goes on where it began would be read for ever.
            ended = page.end_of_stream or page.after_cursor in (None, cursor)
            # A refused cursor was replaced by a start time, from where the pages have cursors of their own.
            cursor = page.after_cursor or cursor
            last = max([last, *(row.generated_timestamp for row in page.tickets)])
            yield self._ticket_page(page, unreadable, f"{last}|{cursor or ''}")
            if ended:
                return

    def _tickets_page(self, cursor: str | None, last: int, now: int) -> tuple[wire.TicketPage, dict[str, str]]:
        start = max(0, min(last - _OVERLAP, now - HIDDEN))
        return changed_page(self._client, cursor, start, readers=self.hearing.readers)

    def _ticket_page(self, page: wire.TicketPage, unreadable: dict[str, str], checkpoint: str) -> Page:
        translator = self._translator(page.tickets, page.users)
        tickets: list[Ticket] = []
        children: list[ChildSeen] = []
        for row in page.tickets:
            try:
                if work.is_work(row):
                    children.append(work.child_of(row, self._helpdesk))
                else:
                    tickets.append(translator.ticket(row))
            except ValueError as error:
                unreadable[str(row.id)] = str(error)
        return Page(
            stream=TICKETS,
            checkpoint=checkpoint,
            tickets=tuple(tickets),
            children=tuple(children),
            accounts=tuple(translator.account(row) for row in page.organizations),
            unreadable=unreadable,
        )

    def _poll_events(self, checkpoint: str | None, now: int) -> Iterator[Page]:
        start = self._first_event(now) if checkpoint is None else int(checkpoint)
        for events, end in event_pages(self._client, start, now, self._settings.page_size):
            yield self._event_page(events, str(end))

    def _first_event(self, now: int) -> int:
        days = self._settings.history_days
        return 0 if days is None else max(0, now - days * _DAY)

    def _event_page(self, events: Sequence[wire.EventRow], checkpoint: str) -> Page:
        translator = self._translator(())
        comments = tuple(
            CommentSeen(on=translator.ticket_ref(event.ticket_id), comment=comment)
            for event in events
            for comment in translator.comments_of(event)
        )
        return Page(stream=EVENTS, checkpoint=checkpoint, comments=comments)

    def _poll_links(self, checkpoint: str | None) -> Iterator[Page]:
        since = int(checkpoint or 0)
        translator = self._translator(())
        while True:
            rows = self._links(since_id=since)
            since = max([since, *(int(row.id) for row in rows)])
            links = tuple(LinkSeen(on=translator.ticket_ref(row.ticket_id), link=translator.link(row)) for row in rows)
            yield Page(stream=LINKS, checkpoint=str(since), links=links)
            if len(rows) < LINKS_A_PAGE:
                return

    def _links(self, **chosen: str | int) -> list[wire.LinkRow]:
        return links_of(self._client, **chosen)


def changed_page(
    client: ZendeskClient, cursor: str | None, start: int, *, readers: bool = False
) -> tuple[wire.TicketPage, dict[str, str]]:
    """Read one page of the export of tickets: behind a cursor, or since an instant where the cursor is refused.

    Args:
        client: The account.
        cursor: Where the last page ended; None = there was none.
        start: Unix seconds.
        readers: Tell the people of the tickets, too.

    Returns:
        The page, and the rows that could not be decoded: ticket id or row number → what is wrong.

    Raises:
        ConnectorError: from the call.
    """
    try:
        return client.tickets_page(cursor=cursor, start_time=start, readers=readers)
    except ConnectorError as error:
        if cursor is None or error.status not in _BAD_CURSOR:
            raise
    return client.tickets_page(cursor=None, start_time=start, readers=readers)


def event_pages(
    client: ZendeskClient, start: int, now: int, page_size: int
) -> Iterator[tuple[Sequence[wire.EventRow], int]]:
    """Yield the updates since an instant (Unix seconds), page by page, each once, with where the next page begins."""
    seen: frozenset[int] = frozenset()
    while start <= now - HIDDEN:
        page = client.events_page(start)
        end = max(start, page.end_time if page.end_time is not None else start)
        full = len(page.ticket_events) >= page_size
        if end == start and full and page.end_of_stream is not True:
            # More rows share this second than fit a page: the same request would return the same page for ever.
            end = start + 1
        yield [event for event in page.ticket_events if event.id not in seen], end
        if page.end_of_stream is True or not full or end == start:
            return
        # Rows of the last second come again at the start of the next page.
        seen = frozenset(event.id for event in page.ticket_events if event.timestamp >= end)
        start = end


def links_of(client: ZendeskClient, **chosen: str | int) -> list[wire.LinkRow]:
    """Links of Zendesk's Jira app; none where the account has no such app.

    Raises:
        ConnectorError: from the call.
    """
    try:
        return client.links(**chosen)
    except ConnectorError as error:
        # An account without Zendesk's Jira app has no such path: then there are no links.
        if error.kind is ErrorKind.GONE:
            return []
        raise


def _split(checkpoint: str | None) -> tuple[int, str | None]:
    last, _, cursor = (checkpoint or "").partition("|")
    return int(last or 0), cursor or None
