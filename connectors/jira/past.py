"""What Jira still remembers of its issues: their changelogs, and the issues as they are now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from connectors.base import CommentSeen
from connectors.jira import wire
from connectors.jira.changed import Reading
from connectors.jira.client import JiraClient
from connectors.jira.directory import Directory
from connectors.jira.settings import JiraSettings
from connectors.jira.translate import Translator, UnreadableError, instant
from connectors.jira.walk import Found, Walk, last_change, milliseconds
from connectors.jira.wire_past import BulkLogs, Entry, LoggedPage
from connectors.pasts import PastPage
from rules.histories.edit import Edit
from rules.histories.lack import Lack, LackKind
from rules.histories.life import Period
from rules.ticket import Ticket

_BULK = msgspec.json.Decoder(BulkLogs)
_LOGGED = msgspec.json.Decoder(LoggedPage)
_ALWAYS = (
    Lack(kind=LackKind.DELETED, told="issues that were deleted: Jira keeps nothing of them"),
    Lack(kind=LackKind.COMMENTS, told="comments that were deleted: Jira keeps nothing of them"),
)
_CUT = Lack(kind=LackKind.BEGINNING, told="Jira shows its newest changes only", tickets=1)


#: In the place of a last change that could not be read.
_UNREADABLE = ""


class _Step(StrEnum):
    """What is read, in this order."""

    CHANGED = "changed"
    QUIET = "quiet"


class _Mark(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is read next, and what the page told."""

    step: _Step
    #: The last change that was read, in milliseconds since the epoch; None = it begins with the first.
    since: int | None = None
    #: Issue id and last change.
    seen: tuple[tuple[str, str], ...] = ()

    def text(self) -> str:
        return msgspec.json.encode(self).decode()


_MARK = msgspec.json.Decoder(_Mark)


class JiraPast:
    """The past of one site. An object for one reading."""

    def __init__(self, settings: JiraSettings, client: JiraClient, directory: Directory) -> None:
        self._settings = settings
        self._client = client
        self._directory = directory
        #: Issue id and last change of what was read.
        self._seen: set[tuple[str, str]] = set()
        lexicon = directory.lexicon()
        self._translator = Translator(lexicon)
        fields = [directory.field(field_id) for field_id in lexicon.custom_fields]
        self._reading = Reading(lexicon, fields, directory.statuses())

    def pages(self, period: Period, *, texts: bool, marks: Iterable[str] = ()) -> Iterator[PastPage]:
        """Read issues with their changes and comments.

        Raises:
            ConnectorError: from any of the calls.
        """
        since = None if period.since is None else milliseconds(period.since)
        last = self._taken_up(marks)
        if last is None:
            last = _Mark(step=_Step.CHANGED, since=since)
            yield PastPage(what="issues", lacks=_ALWAYS, mark=last.text())
        if last.step is _Step.CHANGED:
            yield from self._told("", last, texts=texts)
            last = _Mark(step=_Step.QUIET)
        if since is not None:
            # Nothing happened to them, and that is what escalations are about.
            yield from self._told(f"updated < {since} AND statusCategory != Done", last, texts=texts)

    def _taken_up(self, marks: Iterable[str]) -> _Mark | None:
        """Know again what was read before; returns the last mark."""
        last = None
        for text in marks:
            last = _MARK.decode(text)
            self._seen |= set(last.seen)
        return last

    def _told(self, also: str, mark: _Mark, *, texts: bool) -> Iterator[PastPage]:
        """The issues that changed since the mark, page by page. Of tokens nobody knows how long they live."""
        for found in Walk(self._settings, self._client, self._directory, also=also, expand="changelog").pages(
            mark.since
        ):
            reached = last_change(found.page)
            mark = mark if reached is None else msgspec.structs.replace(mark, since=reached)
            yield self._page(found, mark, texts=texts)

    def _page(self, found: Found, mark: _Mark, *, texts: bool) -> PastPage:
        rows = [(issue.id, issue.fields.updated) for issue in found.page.issues]
        # A row without an id is told by its place in the page, which others have, too.
        unreadable = [(issue, _UNREADABLE) for issue in found.unreadable if issue.isdecimal()]
        again = {issue for issue, _ in self._seen.intersection(unreadable)}
        lacks = [
            Lack(kind=LackKind.UNREADABLE, told=why, tickets=1)
            for issue, why in found.unreadable.items()
            if issue not in again
        ]
        issues = [issue for issue in found.page.issues if self._is_wanted(issue)]
        self._seen.update(unreadable)
        logs = self._logs(found, [issue.id for issue in issues], lacks)
        tickets: list[Ticket] = []
        edits: list[Edit] = []
        for issue in issues:
            try:
                ticket = self._ticket(issue, texts=texts)
                edits += [self._reading.edit(ticket, entry) for entry in logs.get(issue.id, ())]
                tickets.append(ticket)
            except UnreadableError as error:
                lacks.append(Lack(kind=LackKind.UNREADABLE, told=str(error), tickets=1))
        return PastPage(
            what="issues",
            tickets=tuple(msgspec.structs.replace(ticket, comments=()) for ticket in tickets),
            edits=tuple(edit for edit in edits if edit.after or edit.added),
            comments=tuple(CommentSeen(on=ticket.ref, comment=one) for ticket in tickets for one in ticket.comments),
            lacks=(*lacks, *self._reading.lacks()),
            reached=_reached(found.page.issues),
            mark=msgspec.structs.replace(mark, seen=(*rows, *unreadable)).text(),
        )

    def _is_wanted(self, issue: wire.Issue[wire.Fields]) -> bool:
        """Each state of a ticket once: on Data Center a page begins with what the one before ended with."""
        state = (issue.id, issue.fields.updated)
        fresh = state not in self._seen
        self._seen.add(state)
        return fresh and (self._settings.subtasks_are_tickets or not issue.fields.issuetype.subtask)

    def _ticket(self, issue: wire.Issue[wire.Fields], *, texts: bool) -> Ticket:
        """The issue as it is now, with all its comments."""
        ticket = self._translator.ticket(issue, bodies=texts)
        if ticket.comments_complete:
            return ticket
        comments = tuple(self._client.all_comments(issue.id))
        return msgspec.structs.replace(
            ticket, comments=self._translator.comments(comments, issue.fields, bodies=texts), comments_complete=True
        )

    def _logs(self, found: Found, ids: Sequence[str], lacks: list[Lack]) -> Mapping[str, Iterable[Entry]]:
        """Issue id → its changes: on Cloud in bulk, on Data Center they came with the issues."""
        if self._client.is_cloud():
            return self._in_bulk(ids)
        logged = found.answer.decode(_LOGGED).issues
        lacks += [_CUT for issue in logged if issue.changelog.total > len(issue.changelog.histories)]
        return {issue.id: issue.changelog.histories for issue in logged}

    def _in_bulk(self, ids: Sequence[str]) -> Mapping[str, Iterable[Entry]]:
        logs: dict[str, list[Entry]] = {}
        token: str | None = None
        tokens: set[str] = set()
        while ids:
            page = self._client.changelogs(ids, token).decode(_BULK)
            for log in page.issue_change_logs:
                logs.setdefault(log.issue_id, []).extend(log.change_histories)
            token = page.next_page_token
            if not token or token in tokens:
                break
            tokens.add(token)
        return logs


def _reached(issues: Sequence[wire.Issue[wire.Fields]]) -> datetime | None:
    try:
        return instant(issues[-1].fields.updated) if issues else None
    except UnreadableError:
        return None
