"""Reads our marks back from a Jira site: what was said on a ticket, the note kept there, the work below it."""

from __future__ import annotations

from datetime import datetime

from connectors.jira import bodies, wire
from connectors.jira.client import JiraClient
from connectors.jira.lookup import marked_comments
from connectors.jira.translate import instant
from rules.ledger import Shown
from rules.restoring import Trace
from rules.ticket import TicketRef


class Traces:
    """Our marks on the tickets of one site."""

    def __init__(self, name: str, client: JiraClient) -> None:
        self._name = name
        self._client = client

    def read(self, ref: TicketRef) -> Trace:
        """Read the marks on one ticket and on its sub-tasks.

        Raises:
            ConnectorError: when the site cannot be read.
        """
        said: dict[str, datetime] = {}
        kept: dict[str, Shown] = {}
        for comment, mark in marked_comments(self._client, ref.id):
            at = instant(comment.created)
            said |= dict.fromkeys(mark.keys, at)
            if mark.kept is not None and mark.kept[0] not in kept and self._is_as_we_left_it(comment):
                kept[mark.kept[0]] = Shown(essence=mark.kept[1], at=at, comment=comment.id)
        stubs = self._client.stubs([subtask.id for subtask in self._client.place(ref.id).subtasks])
        marks = ((stub.id, bodies.origin_of(stub)) for stub in stubs)
        work = {mark.item: TicketRef(self._name, identity) for identity, mark in marks if mark.item is not None}
        return Trace(said=said, kept=kept, work=work)

    def _is_as_we_left_it(self, comment: wire.Comment) -> bool:
        editor = comment.update_author or comment.author
        return editor is not None and editor.id == self._client.myself().id
