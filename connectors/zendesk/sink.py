"""Writing to Zendesk: everything about a ticket in one PUT that leaves our operation id in the ticket's history.

Why a write is not found twice: an update carries the stamp of the version that it was decided on, so one that arrives
late is refused once its repeat went through, and the other way round; a creation carries Zendesk's own Idempotency-Key.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NoReturn

import msgspec

from connectors.base import Applied, Write, WriteKind
from connectors.errors import ConnectorError, ErrorKind
from connectors.zendesk import wire, work
from connectors.zendesk.client import ZendeskClient
from connectors.zendesk.directory import Directory
from connectors.zendesk.translate import Names, TicketField, comment_html, tag_of
from rules.change import (
    AddTags,
    Assign,
    AssignPerson,
    Change,
    CompleteWork,
    CreateRemediation,
    KeepNote,
    LinkTicket,
    OpenLinked,
    PostComment,
    RemoveTags,
    SetField,
    SetPriority,
    Transition,
)
from rules.parts import done_part
from rules.ticket import Scalar, Ticket, TicketRef

#: How much Zendesk's clock may be behind ours when we look for a write in a ticket's history.
_SKEW = timedelta(minutes=10)
_TAGS = "tags"
_MARK = "escalade"


class ZendeskSink:
    """Writes to tickets of one account."""

    def __init__(self, helpdesk: str, client: ZendeskClient, directory: Directory) -> None:
        self._helpdesk = helpdesk
        self._client = client
        self._directory = directory

    def batch(self, ticket: Ticket, changes: Sequence[Change]) -> tuple[Write, ...]:
        """Group changes: one PUT for all of a ticket's, another only for comments of the other visibility.

        Only the first write carries the version: the second would be refused for the change that the first made.
        """
        writes = _updates(ticket, [change for change in changes if not isinstance(change, _APART)])
        for change in changes:
            if isinstance(change, _APART):
                kind = _APART_KINDS[type(change)]
                writes += [Write(kind=kind, ticket=ticket.ref, changes=(part,)) for part in _parts(change)]
        return tuple(writes)

    def apply(self, write: Write, operation: str) -> Applied:
        """Send one write.

        Raises:
            ConnectorError: REJECTED also for words that the account does not have, and for what Zendesk cannot do.
        """
        match write.changes:
            case (OpenLinked() as change,):
                return self._open(change, operation)
            case (LinkTicket() as change,):
                return self._link(change)
            case (CreateRemediation() as change,):
                return self._task(change, operation)
            case (CompleteWork() as change,):
                return self._complete(change, operation)
        body = self._body(write, self._directory.names())
        body["metadata"] = {_MARK: {"op": operation, **_occasions(write.changes)}}
        if write.version is not None:
            body |= {"safe_update": True, "updated_stamp": write.version}
        row = self._client.update(write.changes[0].on.id, body)
        return Applied(detail=f"updated ticket {row.id}", version=row.updated_at)

    def find(self, write: Write, operation: str, intended_at: datetime) -> Applied | None:
        """Look for a write: in the ticket's history, among its links, or by the id that a creation left.

        Raises:
            ConnectorError: from the calls.
        """
        match write.changes:
            case (OpenLinked() as change,):
                rows = self._client.tickets_by_external_id(operation)
                return self._opened(change, rows[0]) if rows else None
            case (LinkTicket() as change,):
                return self._linked(change)
            case (CreateRemediation() as change,):
                rows = self._client.tickets_by_external_id(work.external_id(change.on.id))
                row = work.found_among(rows, change.items[0])
                return None if row is None else self._made(change, row)
        for audit in self._audits(write.changes[0].on.id, intended_at - _SKEW):
            if _operation_of(audit) == operation:
                return Applied(detail=f"found in the history as update {audit.id}")
        return None

    def _body(self, write: Write, names: Names) -> dict[str, Any]:
        body: dict[str, Any] = {}
        tags = set(write.context[_TAGS].split()) if _TAGS in write.context else None
        fields: list[dict[str, Any]] = []
        for change in write.changes:
            match change:
                case SetPriority():
                    body["priority"] = str(change.priority)
                case Assign():
                    body["group_id"] = self._group_id(change.group, names)
                case AssignPerson():
                    body["assignee_id"] = self._agent_id(change.person, names)
                case Transition():
                    body["status"] = change.status.lower()
                case SetField():
                    found = self._field(change.field, names)
                    fields.append({"id": found.id, "value": _wire_value(found, change.value)})
                    _follow(found, change, tags)
        if tags is not None:
            body["tags"] = sorted(tags)
        if fields:
            body["custom_fields"] = fields
        said = [change for change in write.changes if isinstance(change, _SAID)]
        if said:
            html_body = comment_html(_words(change) for change in said)
            # Zendesk makes a comment public unless told otherwise.
            body["comment"] = {"html_body": html_body, "public": _is_public(said[0])}
        return body

    def _open(self, change: OpenLinked, operation: str) -> Applied:
        names = self._directory.names()
        body: dict[str, Any] = {
            "subject": change.subject,
            "comment": {"html_body": comment_html([change.body]), "public": False},
            "external_id": operation,
            "metadata": {_MARK: {"op": operation}},
        }
        if change.project:
            body["group_id"] = self._group_id(change.project, names)
        if change.type:
            body["type"] = change.type
        if change.priority is not None:
            body["priority"] = str(change.priority)
        if change.tags:
            body["tags"] = sorted({tag_of(tag) for tag in change.tags})
        return self._opened(change, self._client.create(body, operation))

    def _opened(self, change: OpenLinked, row: wire.TicketRow) -> Applied:
        ref = TicketRef(self._helpdesk, str(row.id))
        return Applied(detail=f"opened ticket {row.id}", created={change.key: ref}, version=row.updated_at)

    def _task(self, change: CreateRemediation, operation: str) -> Applied:
        item, refused = change.items[0], {}
        assignee = int(item.assignee) if item.assignee is not None and item.assignee.isdecimal() else None
        if item.assignee is not None and assignee not in self._directory.names().agents:
            refused["assignee"] = f"Zendesk has no agent with the id {item.assignee!r}; the task has none"
            assignee = None
        body = work.task(item, parent=change.on.id, operation=operation, assignee=assignee)
        made = self._made(change, self._client.create(body, operation))
        return msgspec.structs.replace(made, refused=refused)

    def _complete(self, change: CompleteWork, operation: str) -> Applied:
        """Close a piece of work. Zendesk refuses that for one that nobody has, or that lacks a required field."""
        body = {"status": change.status.lower(), "metadata": {_MARK: {"op": operation}}}
        try:
            row = self._client.update(change.on.id, body)
        except ConnectorError as error:
            if error.kind is not ErrorKind.REJECTED:
                raise
            return Applied(detail="left the work as it is", refused={done_part(change.key): str(error)})
        return Applied(detail=f"closed task {row.id}")

    def _made(self, change: CreateRemediation, row: wire.TicketRow) -> Applied:
        ref = TicketRef(self._helpdesk, str(row.id))
        return Applied(detail=f"created task {row.id}", created={change.items[0].key: ref})

    def _link(self, change: LinkTicket) -> Applied:
        found = self._linked(change)
        if found is not None:
            return found
        try:
            self._client.create_link(change.on.id, change.to.id, change.key)
        except ConnectorError as error:
            if error.kind is not ErrorKind.GONE:
                raise
            self._refuse("Zendesk has no links to Jira here: install its Jira app, or take the link out of the policy")
        return Applied(detail=f"linked to {change.key}")

    def _linked(self, change: LinkTicket) -> Applied | None:
        try:
            rows = self._client.links(ticket_id=change.on.id)
        except ConnectorError as error:
            if error.kind is ErrorKind.GONE:
                return None
            raise
        if any(str(row.issue_id) == change.to.id for row in rows):
            return Applied(detail=f"is linked to {change.key}")
        return None

    def _audits(self, ticket: str, since: datetime) -> Iterable[wire.AuditRow]:
        after: str | None = None
        while True:
            page = self._client.audits_page(ticket, after)
            yield from page.audits
            after = self._client.next_cursor(page.meta, after)
            if after is None or not page.audits:
                return
            # Sorting is documented for the comments only: stop early only where it was honoured.
            newest_first = page.audits[0].created_at >= page.audits[-1].created_at
            if newest_first and page.audits[-1].created_at < since:
                return

    def _group_id(self, name: str, names: Names) -> int:
        found = names.group_id(name)
        if found is None:
            self._refuse(f"Zendesk has no group {name!r}.{_hint(name, names.groups.values())}", {"group": "unknown"})
        return found

    def _agent_id(self, person: str, names: Names) -> int:
        identity = int(person) if person.isdecimal() else None
        if identity not in names.agents or identity is None:
            self._refuse(f"Zendesk has no agent with the id {person!r}.", {"assignee": "unknown"})
        return identity

    def _field(self, name: str, names: Names) -> TicketField:
        found = names.fields.get(name)
        if found is None:
            known = _hint(name, names.fields)
            self._refuse(
                f"the settings of {self._helpdesk} name no field {name!r}.{known} Add it to fields there.",
                {name: "unknown"},
            )
        return found

    def _refuse(self, message: str, fields: dict[str, str] | None = None) -> NoReturn:
        raise ConnectorError(message, kind=ErrorKind.REJECTED, helpdesk=self._helpdesk, fields=fields)


_APART = OpenLinked | LinkTicket | CreateRemediation | CompleteWork
_APART_KINDS: dict[type, WriteKind] = {
    OpenLinked: WriteKind.OPEN,
    LinkTicket: WriteKind.LINK,
    CreateRemediation: WriteKind.REMEDIATE,
    CompleteWork: WriteKind.TRANSITION,
}


_SAID = PostComment | KeepNote


def _parts(change: Change) -> Iterable[Change]:
    """Pieces of work are created one by one."""
    if not isinstance(change, CreateRemediation):
        return [change]
    return [msgspec.structs.replace(change, items=(item,)) for item in change.items]


def _is_public(change: PostComment | KeepNote) -> bool:
    return isinstance(change, PostComment) and change.public


def _words(change: PostComment | KeepNote) -> str:
    """What is said. Zendesk lets nobody edit a comment, so a note that is kept current names the one it replaces."""
    if isinstance(change, PostComment) or change.since is None:
        return change.body
    return f"{change.body}\n\nThis replaces the note of {change.since:%Y-%m-%d %H:%M} UTC."


def _occasions(changes: Iterable[Change]) -> dict[str, Any]:
    """What the notes of an update are about: who lost our database learns from it what was said."""
    keys = [change.key for change in changes if isinstance(change, PostComment)]
    kept = {change.key: change.essence for change in changes if isinstance(change, KeepNote)}
    return {name: value for name, value in (("keys", keys), ("kept", kept)) if value}


def _updates(ticket: Ticket, changes: Sequence[Change]) -> list[Write]:
    comments = [change for change in changes if isinstance(change, _SAID)]
    first = [change for change in comments if _is_public(change) == _is_public(comments[0])]
    rest = [change for change in comments if _is_public(change) != _is_public(comments[0])]
    fields = [change for change in changes if not isinstance(change, _SAID)]
    writes: list[Write] = []
    if fields or first:
        tags = _tags_after(ticket.tags, fields)
        context = {} if tags is None else {_TAGS: " ".join(sorted(tags))}
        kind = WriteKind.UPDATE if fields else WriteKind.COMMENT
        together = (*fields, *first)
        writes.append(Write(kind=kind, ticket=ticket.ref, changes=together, version=ticket.version, context=context))
    if rest:
        writes.append(Write(kind=WriteKind.COMMENT, ticket=ticket.ref, changes=tuple(rest)))
    return writes


def _tags_after(tags: frozenset[str], changes: Iterable[Change]) -> frozenset[str] | None:
    """The whole list, since a PUT replaces it; the stamp sees to it that nobody's new tag is lost. None = as it is."""
    touched = False
    for change in changes:
        if isinstance(change, AddTags):
            tags, touched = tags | {tag_of(tag) for tag in change.tags}, True
        elif isinstance(change, RemoveTags):
            tags, touched = tags - {tag_of(tag) for tag in change.tags}, True
    return tags if touched else None


def _follow(found: TicketField, change: SetField, tags: set[str] | None) -> None:
    """Let the tags that we send agree with the field: drop-downs and checkboxes are kept as tags too."""
    if tags is None:
        return
    if found.type == "tagger":
        tags -= {str(change.was)}
        tags |= {str(change.value)} if change.value is not None else set()
    elif found.type == "multiselect":
        tags -= set(_wire_value(found, change.was) or ())
        tags |= set(_wire_value(found, change.value) or ())
    elif found.type == "checkbox" and found.tag is not None:
        tags -= {found.tag}
        tags |= {found.tag} if change.value else set()


def _wire_value(found: TicketField, value: Scalar) -> Any:
    if found.type == "multiselect" and isinstance(value, str):
        return [part for part in value.split(",") if part]
    return value


def _operation_of(audit: wire.AuditRow) -> str | None:
    custom = (audit.metadata or {}).get("custom")
    ours = custom.get(_MARK) if isinstance(custom, dict) else None
    operation = ours.get("op") if isinstance(ours, dict) else None
    return operation if isinstance(operation, str) else None


def _hint(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    return f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(names) or 'none'}."
