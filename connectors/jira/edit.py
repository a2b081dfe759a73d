"""One edit of one issue: field changes → labels to add and remove, and field values by id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from connectors.base import Write
from connectors.errors import ConnectorError, ErrorKind
from connectors.jira import bodies
from connectors.jira.client import JiraClient
from connectors.jira.directory import Directory
from connectors.jira.settings import JiraSettings
from rules.change import AddTags, Assign, AssignPerson, RemoveTags, SetField, SetPriority
from rules.ticket import Scalar

_NO_GROUPS = (
    "Jira has no groups to assign to: name the custom field that holds the team under `group: {field: …}` in this "
    "helpdesk's settings, or leave its group out of the policy"
)


class Edit(msgspec.Struct, kw_only=True):
    """What will be written, what cannot be, and our words for Jira's fields. Grows while it is put together."""

    labels: list[dict[str, str]] = []
    fields: dict[str, Any] = {}
    #: Our word → why it is not even tried.
    refused: dict[str, str] = {}
    #: Jira's field id → our words for what stands in it.
    words: dict[str, list[str]] = {}

    def set(self, field_id: str, word: str, value: Any) -> None:
        """Write a field."""
        self.fields[field_id] = value
        self.words.setdefault(field_id, []).append(word)

    def body(self) -> dict[str, Any]:
        """The request, without our marker. Labels are deltas: other people's stay, whatever they do meanwhile."""
        parts: dict[str, Any] = {"fields": self.fields} if self.fields else {}
        return {**parts, "update": {"labels": self.labels}} if self.labels else parts

    def named(self, refused: Mapping[str, str]) -> dict[str, str]:
        """Jira's complaints by our words."""
        return {word: said for field, said in refused.items() for word in self.words.get(field, [field])}


class EditBuilder:
    """Puts edits together with the names that one site has for things."""

    def __init__(self, settings: JiraSettings, client: JiraClient, directory: Directory) -> None:
        self._settings = settings
        self._client = client
        self._directory = directory

    def build(self, write: Write) -> Edit:
        """Put one edit together. What the site has no word for is noted as refused, and the rest still goes.

        Raises:
            ConnectorError: when a look-up fails for another reason.
        """
        edit = Edit()
        for change in write.changes:
            match change:
                case AddTags():
                    self._labels(edit, "add", change.tags)
                case RemoveTags():
                    self._labels(edit, "remove", change.tags)
                case SetPriority():
                    self._priority(edit, change, write)
                case Assign():
                    self._group(edit, change)
                case AssignPerson():
                    edit.set("assignee", "assignee", self.person(change.person))
                case SetField():
                    self._field(edit, change.field, f"field:{change.field}", change.value)
                case _:
                    raise TypeError(f"{type(change).__name__} is no edit")
        return edit

    def _labels(self, edit: Edit, verb: str, labels: tuple[str, ...]) -> None:
        for label in labels:
            unfit = bodies.unfit_label(label)
            if unfit is not None:
                edit.refused[f"tag:{label}"] = unfit
                continue
            edit.labels.append({verb: label})
            edit.words.setdefault("labels", []).append(f"tag:{label}")

    def _priority(self, edit: Edit, change: SetPriority, write: Write) -> None:
        project = write.context.get("project") or self._project_of(change.on.id)
        identity = self._directory.priority_id(project, change.priority)
        if identity is None:
            edit.refused["priority"] = (
                f"project {project} has no priority that stands for {change.priority}: add one of its own names under "
                "`priorities` in this helpdesk's settings"
            )
            return
        edit.set("priority", "priority", {"id": identity})

    def _group(self, edit: Edit, change: Assign) -> None:
        field = self._settings.group.field if self._settings.group else None
        if field is None:
            edit.refused["group"] = _NO_GROUPS
            return
        self._field(edit, field, "group", change.group)

    def person(self, identity: str) -> dict[str, str]:
        """A person as the site names people in a request.

        Raises:
            ConnectorError: GONE when a Data Center has no such user.
        """
        if self._client.is_cloud():
            return {"accountId": identity}
        return {"name": self._client.user_name(identity)}

    def _field(self, edit: Edit, name: str, word: str, value: Scalar) -> None:
        try:
            field = self._directory.field(name)
        except ConnectorError as error:
            if error.kind is not ErrorKind.REJECTED:
                raise
            edit.refused[word] = str(error)
            return
        edit.set(field.id, word, bodies.field_value(value, field, cloud=self._client.is_cloud()))

    def _project_of(self, issue_id: str) -> str:
        place = self._client.place(issue_id)
        return place.project.key if place.project else ""
