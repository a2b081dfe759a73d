"""What Jira still remembers of its issues: their changelogs, and the issues as they are now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from connectors.base import CommentSeen
from connectors.jira import wire
from connectors.jira.changed import Reading
from connectors.jira.client import JiraClient
from connectors.jira.directory import Directory
from connectors.jira.settings import JiraSettings
from connectors.jira.translate import Translator, UnreadableError, instant
from connectors.jira.walk import Found, Walk, milliseconds
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

    def pages(self, period: Period, *, texts: bool) -> Iterator[PastPage]:
        """Read issues with their changes and comments.

        Raises:
            ConnectorError: from any of the calls.
        """
        yield PastPage(what="issues", lacks=_ALWAYS)
        since = None if period.since is None else milliseconds(period.since)
        for found in self._walk("").pages(since):
            yield self._page(found, texts=texts)
        if since is not None:
            # Nothing happened to them, and that is what escalations are about.
            for found in self._walk(f"updated < {since} AND statusCategory != Done").pages(None):
                yield self._page(found, texts=texts)

    def _walk(self, also: str) -> Walk:
        return Walk(self._settings, self._client, self._directory, also=also, expand="changelog")

    def _page(self, found: Found, *, texts: bool) -> PastPage:
        lacks = [Lack(kind=LackKind.UNREADABLE, told=why, tickets=1) for why in found.unreadable.values()]
        issues = [issue for issue in found.page.issues if self._is_wanted(issue)]
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
