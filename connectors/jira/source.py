"""Reads tickets from a Jira site: one stream by last change, and point reads from the primary store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

import msgspec

from connectors.base import ChildSeen, Page
from connectors.errors import ConnectorError, ErrorKind
from connectors.jira import wire
from connectors.jira.client import BULK_READ_LIMIT, JiraClient
from connectors.jira.directory import Directory
from connectors.jira.readers import Readers
from connectors.jira.settings import JiraSettings
from connectors.jira.translate import Lexicon, Translator, UnreadableError, child_of, instant
from connectors.jira.walk import Walk, milliseconds
from connectors.together import Together
from rules.hearing import AGENTS_ONLY
from rules.ticket import StatusCategory, Ticket, TicketRef

STREAM = "issues"
#: Issues of the overlap that a checkpoint remembers; the ones beyond are delivered again, which does no harm.
_REMEMBERED = 2000


class _Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """How far the stream is taken in."""

    #: Last change of the newest issue, in milliseconds since the epoch.
    newest: int
    #: Issue id → its last change (ms), for the issues that the next poll will be shown again.
    seen: dict[str, int] = {}


_CHECKPOINT = msgspec.json.Decoder(_Checkpoint)


class JiraSource:
    """The tickets of one site."""

    streams: tuple[str, ...] = (STREAM,)

    def __init__(
        self, name: str, settings: JiraSettings, client: JiraClient, directory: Directory, together: Together
    ) -> None:
        self._name = name
        self._settings = settings
        self._client = client
        self._directory = directory
        self._together = together
        #: What comments are listened to for; the policy may add phrases of customers.
        self.hearing = AGENTS_ONLY
        self._readers = Readers(client)

    def poll(self, stream: str, checkpoint: str | None, now: datetime) -> Iterator[Page]:
        """Yield every issue that changed since the checkpoint, in the order of change, one search a page.

        Issues whose inline comments are cut off cost a further call each.

        Raises:
            ConnectorError: of any kind.
            ValueError: for a stream that is not in `streams`.
        """
        if stream != STREAM:
            raise ValueError(f"Jira has the stream {STREAM!r} only; found {stream!r}")
        # Asking who we are first: without credentials Jira would answer 200 with nothing in it.
        translator = Translator(self._lexicon())
        edge = _Edge(self._restore(checkpoint), self._overlap, milliseconds(now))
        for found in Walk(self._settings, self._client, self._directory).pages(edge.since):
            yield self._page(found.page, found.unreadable, translator, edge)

    def read(self, refs: Sequence[TicketRef]) -> Mapping[TicketRef, Ticket | None]:
        """Read these tickets from the primary store, with all comments and sub-tasks.

        A sub-task maps to None where sub-tasks are no tickets: it is known by the ticket above it.

        Raises:
            ConnectorError: of any kind; PROTOCOL when an answer is not what Jira's API promises.
        """
        return self._read(refs, self._is_ticket)

    def read_with_work(self, refs: Sequence[TicketRef]) -> Mapping[TicketRef, Ticket | None]:
        """Read these tickets as `read` does, and sub-tasks among them as if they were tickets.

        Raises:
            ConnectorError: of any kind; PROTOCOL when an answer is not what Jira's API promises.
        """
        return self._read(refs, lambda _: True)

    def _read(
        self, refs: Sequence[TicketRef], wanted: Callable[[wire.Issue[wire.Fields]], bool]
    ) -> Mapping[TicketRef, Ticket | None]:
        translator = Translator(self._lexicon())
        ids = sorted({ref.id for ref in refs})
        every = self._bulk(ids) if self._client.is_cloud() else self._one_by_one(ids)
        found = [issue for issue in every if wanted(issue)]
        if self.hearing.readers:
            # Beforehand, so that two tickets of one person do not ask for them at the same time.
            people = {issue.fields.reporter.id for issue in found if issue.fields.reporter is not None}
            self._together.read(self._readers.reader, sorted(one for one in people if one is not None))
        tickets = self._together.read(partial(self._whole, translator), found)
        by = {issue.id: ticket for issue, ticket in zip(found, tickets, strict=True)}
        return {ref: by.get(ref.id) for ref in refs}

    @property
    def _overlap(self) -> int:
        return round(self._settings.overlap * 1000)

    def _lexicon(self) -> Lexicon:
        return msgspec.structs.replace(self._directory.lexicon(), hearing=self.hearing)

    def _restore(self, checkpoint: str | None) -> _Checkpoint | None:
        if checkpoint is None:
            return None
        try:
            return _CHECKPOINT.decode(checkpoint)
        except msgspec.DecodeError:
            raise ConnectorError(
                f"the stored checkpoint of {self._name}/{STREAM} is not one of ours: remove it from the store, and "
                "everything is read anew",
                kind=ErrorKind.PROTOCOL,
                helpdesk=self._name,
            ) from None

    def _page(
        self, found: wire.SearchPage[wire.Fields], unreadable: Mapping[str, str], translator: Translator, edge: _Edge
    ) -> Page:
        tickets: list[Ticket] = []
        children: list[ChildSeen] = []
        accounts = {}
        problems = dict(unreadable)
        for issue in found.issues:
            try:
                updated_at = instant(issue.fields.updated)
                fresh = edge.pass_over(issue.id, milliseconds(updated_at))
                if fresh and issue.fields.issuetype.subtask and issue.fields.parent is not None:
                    children.append(child_of(issue, issue.fields.parent.id, translator.lexicon))
                if not fresh or not self._is_ticket(issue):
                    continue
                ticket = self._ticket(issue, translator, bodies=False, updated_at=updated_at)
            except UnreadableError as error:
                problems[issue.id] = str(error)
                continue
            tickets.append(ticket)
            # A page names few accounts, each of them often.
            if ticket.account not in accounts and (account := translator.account(issue)) is not None:
                accounts[account.ref] = account
        return Page(
            stream=STREAM,
            checkpoint=edge.checkpoint(),
            tickets=tuple(tickets),
            children=tuple(children),
            accounts=tuple(accounts.values()),
            unreadable=problems,
            total=found.total,
        )

    def _is_ticket(self, issue: wire.Issue[wire.Fields]) -> bool:
        return self._settings.subtasks_are_tickets or not issue.fields.issuetype.subtask

    def _ticket(
        self,
        issue: wire.Issue[wire.Fields],
        translator: Translator,
        *,
        bodies: bool,
        updated_at: datetime | None = None,
    ) -> Ticket:
        ticket = translator.ticket(issue, bodies=bodies, updated_at=updated_at)
        if self.hearing.readers and ticket.requester is not None:
            ticket = msgspec.structs.replace(ticket, reader=self._readers.reader(ticket.requester))
        # A poll leaves comments that were not sent at all to the fresh read: a call for each ticket would be too many.
        if ticket.comments_complete or (issue.fields.comment is None and not bodies):
            return ticket
        comments = tuple(self._client.all_comments(issue.id))
        return msgspec.structs.replace(
            ticket, comments=translator.comments(comments, issue.fields, bodies=bodies), comments_complete=True
        )

    def _whole(self, translator: Translator, issue: wire.Issue[wire.Fields]) -> Ticket:
        try:
            return self._ticket(issue, translator, bodies=True)
        except UnreadableError as error:
            # One odd ticket must not cost the others of this read: it is shown as open, and left alone.
            lenient = Translator(_taken_as_open(issue, translator.lexicon))
            ticket = self._ticket(issue, lenient, bodies=True)
            return msgspec.structs.replace(ticket, frozen_because=str(error))

    def _bulk(self, ids: Sequence[str]) -> Iterator[wire.Issue[wire.Fields]]:
        decoder = self._directory.decoder()
        for start in range(0, len(ids), BULK_READ_LIMIT):
            # A row that does not decode fails the call: left out, it would pass for a deleted ticket.
            answer = self._client.bulk_fetch(ids[start : start + BULK_READ_LIMIT], decoder.names)
            yield from answer.decode(decoder.page).issues

    def _one_by_one(self, ids: Sequence[str]) -> Iterator[wire.Issue[wire.Fields]]:
        decoder = self._directory.decoder()

        def one(issue_id: str) -> wire.Issue[wire.Fields] | None:
            try:
                return self._client.issue(issue_id, decoder.names).decode(decoder.issue)
            except ConnectorError as error:
                if error.kind is not ErrorKind.GONE:
                    raise
                return None

        return (issue for issue in self._together.read(one, ids) if issue is not None)


class _Edge:
    """What a poll has seen, so that the overlap with the poll before is not delivered twice."""

    def __init__(self, restored: _Checkpoint | None, overlap: int, now: int) -> None:
        self._newest = restored.newest if restored else 0
        self._seen = dict(restored.seen) if restored else {}
        self._overlap = overlap
        self._now = now
        #: Where the search starts (ms since the epoch); None = at the beginning.
        self.since = self._newest - overlap if self._newest > overlap else None

    def pass_over(self, issue_id: str, updated: int) -> bool:
        """Note an issue; False when this state of it was delivered before."""
        # An issue from the future (a wrong clock, an import) must not hide what really changes next.
        self._newest = max(self._newest, min(updated, self._now))
        fresh = self._seen.get(issue_id) != updated
        self._seen[issue_id] = updated
        return fresh

    def checkpoint(self) -> str:
        """Where to go on from, once everything up to here is taken in."""
        reach = self._newest - self._overlap
        recent = sorted(
            ((updated, issue_id) for issue_id, updated in self._seen.items() if updated >= reach), reverse=True
        )
        self._seen = {issue_id: updated for updated, issue_id in reversed(recent[:_REMEMBERED])}
        return msgspec.json.encode(_Checkpoint(newest=self._newest, seen=self._seen)).decode()


def _taken_as_open(issue: wire.Issue[wire.Fields], lexicon: Lexicon) -> Lexicon:
    """A lexicon that knows every status of this issue and its sub-tasks."""
    statuses = (issue.fields.status, *(subtask.fields.status for subtask in issue.fields.subtasks))
    known = {status.name.casefold(): StatusCategory.OPEN for status in statuses}
    return msgspec.structs.replace(lexicon, statuses={**known, **lexicon.statuses})
