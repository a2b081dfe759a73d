"""Looks in a Jira site for writes of unknown outcome, by the marker that each leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from connectors.base import Applied, Write, WriteKind
from connectors.errors import ConnectorError, ErrorKind
from connectors.jira import bodies, wire
from connectors.jira.client import JiraClient
from connectors.jira.newest import CrowdedError, newest
from connectors.jira.settings import JiraSettings
from connectors.jira.steps import Steps
from connectors.jira.translate import instant
from rules.change import CompleteWork, KeepNote, LinkTicket, OpenLinked, Transition
from rules.ticket import TicketRef

#: How far back a look for a comment goes beyond the moment of its intent: the two clocks may disagree.
_CLOCK_MARGIN = timedelta(days=1)
#: The same for a new issue, of which there may be many in a day.
_SKEW = timedelta(hours=1)


class Lookup:
    """Finds our own traces on one site."""

    def __init__(self, name: str, settings: JiraSettings, client: JiraClient) -> None:
        self._name = name
        self._settings = settings
        self._client = client
        self._steps = Steps(client)

    def find(self, write: Write, operation: str, intended_at: datetime) -> Applied | None:
        """Look for one write; None = it surely did not take effect.

        Raises:
            ConnectorError: RETRY with `retry_after` (seconds) while a new ticket may not be in the search index yet, in
                a project where more is opened than is looked at.
        """
        match write.kind:
            case WriteKind.UPDATE:
                found = bodies.marked(self._client.marker(write.changes[0].on.id)).op == operation
                return Applied(detail="found the edit by its marker") if found else None
            case WriteKind.TRANSITION:
                return self._moved(write, intended_at)
            case WriteKind.COMMENT | WriteKind.KEEP:
                return self._said(write, operation, intended_at)
            case WriteKind.REMEDIATE:
                return self._remediation(write, operation)
            case WriteKind.OPEN:
                return self._opened(write, operation, intended_at)
            case WriteKind.LINK:
                return self._link(write)
            case WriteKind.NOTIFY:
                raise TypeError("a notice is no write to a ticket")

    def _moved(self, write: Write, intended_at: datetime) -> Applied | None:
        change = write.changes[0]
        if not isinstance(change, Transition | CompleteWork):
            raise TypeError(f"{type(change).__name__} moves no ticket")
        there = self._steps.taken(change, intended_at)
        return Applied(detail="found the step in the history") if there else None

    def _said(self, write: Write, operation: str, intended_at: datetime) -> Applied | None:
        change = write.changes[0]
        kept = change if isinstance(change, KeepNote) else None
        if kept is not None and kept.comment is not None:
            edited = bodies.marked(self._client.comment_marker(kept.comment)).op == operation
            found = kept.comment if edited else None
        else:
            found = self._marked_comment(change.on.id, operation, intended_at)
        if found is None:
            return None
        editable = {} if kept is None else {kept.key: found}
        return Applied(detail=f"found comment {found} by its marker", editable=editable)

    def _marked_comment(self, issue_id: str, operation: str, intended_at: datetime) -> str | None:
        oldest = intended_at - _CLOCK_MARGIN
        for comment, mark in marked_comments(self._client, issue_id):
            if instant(comment.created) < oldest:
                return None
            if mark.op == operation:
                return comment.id
        return None

    def _remediation(self, write: Write, operation: str) -> Applied | None:
        subtasks = self._client.place(write.changes[0].on.id).subtasks
        created: dict[str, TicketRef] = {}
        for stub in self._client.stubs([subtask.id for subtask in subtasks]):
            found = bodies.origin_of(stub)
            if found.op == operation and found.item is not None:
                created[found.item] = TicketRef(self._name, stub.id)
        if not created:
            return None
        # Items that are not there are left out: whether Jira refused them or broke down is not known, so they are due.
        return Applied(detail=f"found {len(created)} sub-tasks by their markers", created=created)

    def _opened(self, write: Write, operation: str, intended_at: datetime) -> Applied | None:
        change = write.changes[0]
        if not isinstance(change, OpenLinked):
            raise TypeError(f"{type(change).__name__} opens no ticket")
        # The server's clock first: what it says is then a lower bound of the age at the time of the search.
        age = (self._server_time() - intended_at).total_seconds()
        for stub in self._client.labelled(change.project, bodies.operation_label(operation)):
            if bodies.origin_of(stub).op == operation:
                return self._found(change, stub)
        # The index may not know it yet; to wait for that would leave an escalation without its issue for minutes.
        return self._unindexed(change, operation, intended_at, age) if age < self._settings.overlap else None

    def _unindexed(self, change: OpenLinked, operation: str, intended_at: datetime, age: float) -> Applied | None:
        try:
            for stub in newest(self._client, change.project, intended_at - _SKEW):
                if bodies.origin_of(stub).op == operation:
                    return self._found(change, stub)
        except CrowdedError:
            raise ConnectorError(
                f"{self._name}: so much is opened in {change.project} that whether a ticket was cannot be told before "
                "the search index has caught up; it is looked for again by itself.",
                kind=ErrorKind.RETRY,
                helpdesk=self._name,
                retry_after=self._settings.overlap - max(0.0, age),
            ) from None
        return None

    def _found(self, change: OpenLinked, stub: wire.Stub) -> Applied:
        created = {change.key: TicketRef(self._name, stub.id)}
        return Applied(detail=f"found {stub.key} by its marker", created=created)

    def _server_time(self) -> datetime:
        told = self._client.server_info().server_time
        if told is None:
            raise ConnectorError(
                f"{self._name} does not tell its time (serverInfo has no serverTime), so that the age of a lost write "
                "cannot be told: check that no proxy cuts the answer of /rest/api/2/serverInfo.",
                kind=ErrorKind.PROTOCOL,
                helpdesk=self._name,
            )
        return instant(told)

    def _link(self, write: Write) -> Applied | None:
        change = write.changes[0]
        if not isinstance(change, LinkTicket):
            raise TypeError(f"{type(change).__name__} ties no tickets")
        if change.to.helpdesk != self._name:
            there = self._client.has_remote_link(change.on.id, bodies.global_id(change))
            return Applied(detail="found the remote link by its id") if there else None
        ends = (
            (link.type.name, (link.inward_issue or link.outward_issue))
            for link in self._client.place(change.on.id).issuelinks
        )
        wanted = bodies.issue_link(change, self._settings.link_types)["type"]["name"]
        there = any(kind == wanted and end is not None and end.id == change.to.id for kind, end in ends)
        return Applied(detail="found the link between the two") if there else None


def marked_comments(client: JiraClient, issue_id: str) -> Iterator[tuple[wire.Comment, wire.Marker]]:
    """The comments of an issue, newest first, each with our mark, which is empty on those of others.

    Raises:
        ConnectorError: when they cannot be read.
    """
    start_at = 0
    while True:
        page = client.comments(issue_id, start_at=start_at, newest_first=True, markers=True)
        yield from ((comment, _mark_of(client, comment)) for comment in page.comments)
        start_at += len(page.comments)
        if not page.comments or start_at >= page.total:
            return


def _mark_of(client: JiraClient, comment: wire.Comment) -> wire.Marker:
    if comment.properties is None:
        # This server does not expand them: ask for ours, and only on comments that can be ours.
        ours = comment.author is not None and comment.author.id == client.myself().id
        return bodies.marked(client.comment_marker(comment.id) if ours else None)
    return bodies.marked(next((found.value for found in comment.properties if found.key == wire.MARKER), None))
