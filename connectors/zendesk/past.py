"""What Zendesk still remembers of its tickets: the export of ticket events, and the tickets as they are now.

One page of that export tells a thousand updates with their comments, where audits would cost a request a ticket.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from connectors.base import CommentSeen
from connectors.pasts import PastPage
from connectors.zendesk import wire, work
from connectors.zendesk.changed import Reading
from connectors.zendesk.client import MANY
from connectors.zendesk.reader import AccountReader
from connectors.zendesk.source import HIDDEN, LINKS_A_PAGE, changed_page, event_pages, links_of
from connectors.zendesk.translate import Translator
from rules.histories.edit import Edit
from rules.histories.lack import Lack, LackKind
from rules.histories.life import Period
from rules.ticket import Ticket, TicketRef

_SCRUBBED = "SCRUBBED"
_MERGED = "closed_by_merge"
_ERASED = Lack(kind=LackKind.DELETED, told="erased for good: Zendesk keeps nothing of it", tickets=1)
_JOINED = Lack(kind=LackKind.MERGED, told="merged into another ticket: it ends there, closed", tickets=1)
_ALWAYS = (
    Lack(kind=LackKind.ACCOUNT_FIELDS, told="fields of organisations are as they are now: Zendesk keeps no past ones"),
)
_UNLINKED = Lack(kind=LackKind.LINKS, told="links that were taken away: Zendesk's Jira app keeps no trace of them")


class _Step(StrEnum):
    """What is read, in this order."""

    CHANGED = "changed"
    QUIET = "quiet"
    LINKS = "links"
    UPDATES = "updates"
    LATE = "late"


class _Mark(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is read next, and from where; and what the page told."""

    step: _Step
    #: Of the export of tickets.
    cursor: str | None = None
    #: Where that ends, as it is not known how long a cursor lives, and of updates: Unix seconds; of links: the last id.
    at: int = 0
    #: Ids of tickets: those that were read, and those that updates named.
    seen: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    def text(self) -> str:
        return msgspec.json.encode(self).decode()


_MARK = msgspec.json.Decoder(_Mark)


class ZendeskPast(AccountReader):
    """The past of one account. An object for one reading."""

    #: Ids of tickets: those that were read, and those that updates named.
    _seen: set[str]
    _named: set[str]

    def pages(self, period: Period, *, texts: bool, marks: Iterable[str] = ()) -> Iterator[PastPage]:
        """Read tickets, then their updates: what changes in between is then in the updates and not in the tickets.

        Raises:
            ConnectorError: from any of the calls.
        """
        now = int(self._client.http.now())
        start = 0 if period.since is None else min(int(period.since.timestamp()), now - HIDDEN)
        last = self._taken_up(marks)
        if last is None:
            last = _Mark(step=_Step.CHANGED, at=start)
            lacks = (*_ALWAYS, *((_UNLINKED,) if self._settings.tracker else ()))
            yield PastPage(what="tickets", lacks=lacks, mark=last.text())
        for step in tuple(_Step)[tuple(_Step).index(last.step) :]:
            at = last.at if step is last.step else start if step is _Step.UPDATES else 0
            match step:
                case _Step.CHANGED:
                    yield from self._changed_tickets(last.cursor, at)
                case _Step.QUIET if period.since is not None:
                    yield from self._quiet_tickets(period.since)
                case _Step.LINKS if self._settings.tracker:
                    yield from self._links(at)
                case _Step.UPDATES:
                    yield from self._updates(at, now, texts=texts)
                case _Step.LATE:
                    yield from self._late_tickets()

    def _taken_up(self, marks: Iterable[str]) -> _Mark | None:
        """Know again what was read before; returns the last mark."""
        self._seen, self._named, last = set(), set(), None
        for text in marks:
            last = _MARK.decode(text)
            self._seen |= set(last.seen)
            self._named |= set(last.named)
        return last

    def _changed_tickets(self, cursor: str | None, start: int) -> Iterator[PastPage]:
        while True:
            page, unreadable = changed_page(self._client, cursor, start)
            start = max((row.generated_timestamp for row in page.tickets), default=start)
            ended = page.end_of_stream or page.after_cursor in {None, cursor}
            cursor = page.after_cursor
            mark = _Mark(step=_Step.QUIET) if ended else _Mark(step=_Step.CHANGED, cursor=cursor, at=start)
            yield self._tickets(page.tickets, unreadable, datetime.fromtimestamp(start, UTC), mark)
            if ended:
                return

    def _quiet_tickets(self, since: datetime) -> Iterator[PastPage]:
        """Open tickets that nothing happened to since: neglect is what escalations are about."""
        for rows in self._client.searched(f"status<solved updated<{since:%Y-%m-%dT%H:%M:%SZ}"):
            fresh = [row for row in rows if str(row.id) not in self._seen]
            yield self._tickets(fresh, {}, None, _Mark(step=_Step.QUIET))

    def _late_tickets(self) -> Iterator[PastPage]:
        """Tickets of the last minute, which the export of tickets hides; those that are gone stay out."""
        missing = sorted(self._named - self._seen, key=int)
        for start in range(0, len(missing), MANY):
            rows = self._client.show_many(missing[start : start + MANY]).tickets
            yield self._tickets(rows, {}, None, _Mark(step=_Step.LATE))

    def _tickets(
        self, rows: Sequence[wire.TicketRow], unreadable: dict[str, str], reached: datetime | None, mark: _Mark
    ) -> PastPage:
        translator = self._translator(rows)
        ids = {str(row.id) for row in rows}
        again = ids & self._seen
        self._seen |= ids
        tickets: list[Ticket] = []
        lacks = [Lack(kind=LackKind.UNREADABLE, told=why, tickets=1) for why in unreadable.values()]
        for row in rows:
            if work.is_work(row):
                continue
            comes_again = str(row.id) in again
            if row.subject == _SCRUBBED and row.status == "deleted":
                lacks += [] if comes_again else [_ERASED]
                continue
            if _MERGED in row.tags and not comes_again:
                lacks.append(_JOINED)
            try:
                tickets.append(self._plain(translator.ticket(row)))
            except ValueError as error:
                lacks.append(Lack(kind=LackKind.UNREADABLE, told=str(error), tickets=1))
        told = msgspec.structs.replace(mark, seen=tuple(sorted(ids)))
        return PastPage(what="tickets", tickets=tuple(tickets), lacks=tuple(lacks), reached=reached, mark=told.text())

    def _plain(self, ticket: Ticket) -> Ticket:
        """The ticket with the fields that the settings name: of the others no rule can ask."""
        named = {name: value for name, value in ticket.fields.items() if name in self._settings.fields}
        return msgspec.structs.replace(ticket, fields=named)

    def _links(self, since: int) -> Iterator[PastPage]:
        while True:
            rows = links_of(self._client, since_id=since)
            since = max([since, *(int(row.id) for row in rows)])
            yield PastPage(
                what="links",
                edits=tuple(self._linked(row) for row in rows if row.created_at is not None),
                mark=_Mark(step=_Step.LINKS, at=since).text(),
            )
            if len(rows) < LINKS_A_PAGE:
                return

    def _linked(self, row: wire.LinkRow) -> Edit:
        on, to = (
            TicketRef(self._helpdesk, str(row.ticket_id)),
            TicketRef(self._settings.tracker, str(row.issue_id)),
        )
        at = row.created_at or datetime.min.replace(tzinfo=UTC)
        return Edit(on=on, at=at.astimezone(UTC), order=int(row.id), added={"links": frozenset({str(to)})})

    def _updates(self, start: int, now: int, *, texts: bool) -> Iterator[PastPage]:
        for events, end in event_pages(self._client, start, now, self._settings.page_size):
            translator = self._translator(())
            reading = Reading(self._helpdesk, self._settings, self._directory.names(), self._me())
            edits = [edit for event in events for edit in reading.edits(event)]
            named = {str(event.ticket_id) for event in events} - self._named
            self._named |= named
            yield PastPage(
                what="updates",
                edits=tuple(edits),
                comments=tuple(_said(translator, events, texts=texts)),
                lacks=tuple(reading.lacks()),
                reached=datetime.fromtimestamp(end, UTC),
                mark=_Mark(step=_Step.UPDATES, at=end, named=tuple(sorted(named))).text(),
            )


def _said(translator: Translator, events: Iterable[wire.EventRow], *, texts: bool) -> Iterator[CommentSeen]:
    for event in events:
        for comment in translator.comments_of(event, texts=texts):
            yield CommentSeen(on=translator.ticket_ref(event.ticket_id), comment=comment)
