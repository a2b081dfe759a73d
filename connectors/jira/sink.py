"""Writes to a Jira site: every request carries our marker, and none is repeated in here.

The one exception is an edit or creation that Jira refused as a whole because of named fields: nothing happened, so
the rest is sent once more without them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

import msgspec

from connectors.answer import Answer
from connectors.base import Applied, Write, WriteKind
from connectors.errors import ConnectorError, ErrorKind
from connectors.jira import bodies, wire
from connectors.jira.batching import writes_of
from connectors.jira.client import JiraClient
from connectors.jira.directory import Directory
from connectors.jira.edit import EditBuilder
from connectors.jira.lookup import Lookup
from connectors.jira.settings import JiraSettings
from connectors.jira.steps import Steps
from rules.change import (
    Change,
    CompleteWork,
    CreateRemediation,
    KeepNote,
    LinkTicket,
    OpenLinked,
    PostComment,
    Transition,
)
from rules.parts import STATUS, done_part
from rules.ticket import Ticket, TicketRef

#: What a creation may do without when Jira refuses it.
_DISPENSABLE = frozenset({"assignee", "duedate", "labels", "priority", "description"})
_BULK_CREATED = msgspec.json.Decoder(wire.BulkCreated)
_STUB = msgspec.json.Decoder(wire.Stub)


class JiraSink:
    """Writes to the tickets of one site."""

    def __init__(self, name: str, settings: JiraSettings, client: JiraClient, directory: Directory) -> None:
        self._name = name
        self._settings = settings
        self._client = client
        self._directory = directory
        self._edits = EditBuilder(settings, client, directory)
        self._steps = Steps(client)
        self._lookup = Lookup(name, settings, client)

    def batch(self, ticket: Ticket, changes: Sequence[Change]) -> tuple[Write, ...]:
        """Group changes into the fewest requests, in the order to send."""
        return writes_of(ticket, changes)

    def apply(self, write: Write, operation: str) -> Applied:
        """Send one write with the operation id in it.

        Raises:
            ConnectorError: `ambiguous` is set when the write may have taken effect.
        """
        match write.kind:
            case WriteKind.UPDATE:
                return self._update(write, operation)
            case WriteKind.TRANSITION:
                return self._move(write)
            case WriteKind.COMMENT | WriteKind.KEEP:
                kept = write.changes[0]
                return self._keep(kept, operation) if isinstance(kept, KeepNote) else self._comment(write, operation)
            case WriteKind.REMEDIATE:
                return self._remediate(write, operation)
            case WriteKind.OPEN:
                return self._open(write, operation)
            case WriteKind.LINK:
                return self._link(write)
            case WriteKind.NOTIFY:
                raise TypeError("a notice is no write to a ticket")

    def find(self, write: Write, operation: str, intended_at: datetime) -> Applied | None:
        """Look for the marker of a write; None = it surely did not take effect.

        Raises:
            ConnectorError: RETRY with `retry_after` (seconds) while a new ticket may not be in the search index yet, in
                a project where more is opened than is looked at.
        """
        return self._lookup.find(write, operation, intended_at)

    def _update(self, write: Write, operation: str) -> Applied:
        issue_id = write.changes[0].on.id
        edit = self._edits.build(write)
        body = {**edit.body(), "properties": [bodies.marker(operation)]}
        written = bodies.names_in(body)
        if not written:
            raise self._rejected("; ".join(edit.refused.values()), edit.refused)
        refused: dict[str, str] = {}
        try:
            self._client.edit(issue_id, body)
        except ConnectorError as error:
            refused = self._droppable(error, written)
            if len(refused) == len(written):
                raise
            self._client.edit(issue_id, bodies.without(body, refused))
        done = ", ".join(sorted(written - set(refused)))
        return Applied(detail=f"edited {done}", refused={**edit.refused, **edit.named(refused)})

    def _move(self, write: Write) -> Applied:
        change = write.changes[0]
        if not isinstance(change, Transition | CompleteWork):
            raise TypeError(f"{type(change).__name__} moves no ticket")
        step, why = self._steps.towards(change)
        if step is None:
            part = STATUS if isinstance(change, Transition) else done_part(change.key)
            return Applied(detail="took no step", refused={part: why})
        self._client.take_step(change.on.id, step)
        return Applied(detail=f"moved to {change.status}")

    def _comment(self, write: Write, operation: str) -> Applied:
        comments = [change for change in write.changes if isinstance(change, PostComment)]
        answer = self._client.add_comment(comments[0].on.id, bodies.comment(comments, operation))
        visibility = "public" if comments[0].public else "internal"
        return Applied(detail=f"posted {visibility} comment {answer.decode(_STUB).id}")

    def _keep(self, change: KeepNote, operation: str) -> Applied:
        """Edit the note in place; one that somebody edited or deleted is left to them."""
        body = bodies.kept_note(change, operation)
        if change.comment is None:
            answer = self._client.add_comment(change.on.id, body)
            stub = answer.decode(_STUB)
            return Applied(detail=f"posted internal comment {stub.id}", editable={change.key: stub.id})
        found = self._client.comment(change.on.id, change.comment)
        if found is None:
            return _left_alone(change, "somebody deleted it")
        editor = found.update_author or found.author
        if editor is None or editor.id != self._client.myself().id:
            return _left_alone(change, "somebody edited it")
        self._client.edit_comment(change.on.id, change.comment, body)
        return Applied(detail=f"edited internal comment {change.comment}", editable={change.key: change.comment})

    def _remediate(self, write: Write, operation: str) -> Applied:
        parent = write.changes[0].on.id
        items = [item for change in write.changes if isinstance(change, CreateRemediation) for item in change.items]
        project, kind = self._home_for_subtasks(parent)
        elements = [
            bodies.subtask(
                item,
                parent=parent,
                project=project,
                kind=kind,
                operation=operation,
                assignee=None if item.assignee is None else self._edits.person(item.assignee),
            )
            for item in items
        ]
        answer, dropped = self._create_many(elements)
        made = answer.decode(_BULK_CREATED)
        if any(error.is_passing for error in made.errors):
            # What was made is found by its marker; what was not is then due again.
            raise self._in_doubt(
                f"created only {len(made.issues)} of {len(items)} sub-tasks; the others are tried again."
            )
        refused = {items[error.failed_element_number].key: _said(error) for error in made.errors}
        keys = [item.key for item in items if item.key not in refused]
        if len(keys) != len(made.issues):
            raise self._in_doubt(f"did not say which of {len(items)} sub-tasks it created; they are looked for.")
        created = {key: TicketRef(self._name, stub.id) for key, stub in zip(keys, made.issues, strict=True)}
        unfit = _unfit_tags(tag for item in items for tag in item.tags)
        return Applied(
            detail=f"created {', '.join(stub.key for stub in made.issues)}",
            created=created,
            refused={**unfit, **dropped, **refused},
        )

    def _open(self, write: Write, operation: str) -> Applied:
        change = write.changes[0]
        if not isinstance(change, OpenLinked):
            raise TypeError(f"{type(change).__name__} opens no ticket")
        project = self._directory.project(change.project)
        kind = self._directory.kind(change.project, change.type)
        priority = self._directory.priority_id(project.key, change.priority) if change.priority else None
        body = bodies.opened(change, project=project.id, kind=kind.id, priority=priority, operation=operation)
        dropped: dict[str, str] = {}
        try:
            answer = self._client.create(body)
        except ConnectorError as error:
            dropped = self._droppable(error, bodies.names_in(body) & _DISPENSABLE)
            answer = self._client.create(bodies.without(body, dropped))
        stub = answer.decode(_STUB)
        return Applied(
            detail=f"opened {stub.key}",
            created={change.key: TicketRef(self._name, stub.id)},
            refused={**_unfit_tags(change.tags), **dropped},
        )

    def _link(self, write: Write) -> Applied:
        change = write.changes[0]
        if not isinstance(change, LinkTicket):
            raise TypeError(f"{type(change).__name__} ties no tickets")
        if change.to.helpdesk == self._name:
            self._client.link(bodies.issue_link(change, self._settings.link_types), change.on.id)
        else:
            self._client.link_remote(change.on.id, bodies.remote_link(change))
        return Applied(detail=f"linked to {change.key}")

    def _home_for_subtasks(self, parent: str) -> tuple[str, str]:
        """Project id and type id for sub-tasks below an issue."""
        place = self._client.place(parent)
        if place.issuetype is not None and place.issuetype.subtask:
            raise self._rejected("the linked ticket is itself a sub-task, and Jira puts none below it: link its parent")
        key = place.project.key if place.project else ""
        kind = self._directory.subtask_kind(key)
        if kind is None:
            raise self._rejected(f"project {key} has no sub-task type to use: enable sub-tasks, or set subtask_type")
        return self._directory.project(key).id, kind.id

    def _create_many(self, elements: Sequence[Mapping[str, Any]]) -> tuple[Answer, dict[str, str]]:
        try:
            return self._client.create_many(elements), {}
        except ConnectorError as error:
            dropped = self._droppable(error, _DISPENSABLE)
            return self._client.create_many([bodies.without(element, dropped) for element in elements]), dropped

    def _droppable(self, error: ConnectorError, may_go: AbstractSet[str]) -> dict[str, str]:
        """The refused fields, if the request was refused for nothing but fields that it can do without.

        Raises:
            ConnectorError: the same one, otherwise.
        """
        if error.kind is not ErrorKind.REJECTED or not error.fields or not may_go >= error.fields.keys():
            raise error
        # One of our words may have changed its meaning in Jira: look them up anew next time.
        self._directory.forget()
        return error.fields

    def _in_doubt(self, told: str) -> ConnectorError:
        """An answer from which it cannot be told what was made."""
        return ConnectorError(f"{self._name} {told}", kind=ErrorKind.PROTOCOL, helpdesk=self._name, ambiguous=True)

    def _rejected(self, told: str, fields: dict[str, str] | None = None) -> ConnectorError:
        return ConnectorError(
            f"{self._name}: {told}", kind=ErrorKind.REJECTED, helpdesk=self._name, fields=fields or {}
        )


def _said(error: wire.BulkError) -> str:
    found = error.element_errors
    return "; ".join([*found.error_messages, *(f"{field}: {said}" for field, said in sorted(found.errors.items()))])


def _left_alone(change: KeepNote, why: str) -> Applied:
    return Applied(detail=f"left the note {change.key} alone", refused={change.key: why})


def _unfit_tags(tags: Iterable[str]) -> dict[str, str]:
    return {f"tag:{tag}": unfit for tag in tags if (unfit := bodies.unfit_label(tag)) is not None}
