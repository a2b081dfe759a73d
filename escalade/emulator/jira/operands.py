"""The fields that JQL compares with names: how a name becomes a key, and which keys an issue has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from escalade.emulator.jira import catalog
from escalade.emulator.jira.grammar import Function, JqlError, Keyword, Value

if TYPE_CHECKING:
    from escalade.emulator.jira.call import Call
    from escalade.emulator.jira.model import FieldDef, Issue

Operand = Value | Function | Keyword


@dataclass(frozen=True, slots=True)
class Keyed:
    """A field whose values have keys.

    ``read`` gives the keys of an issue (none: the field is empty), ``resolve`` the keys that an operand means, ``rank``
    the place of a key in the field's order, for the fields that ``<`` and ``>`` may compare.
    """

    read: Callable[[Issue], tuple[Any, ...]]
    resolve: Callable[[Call, Operand, str], list[Any]]
    rank: Callable[[Call, Any], int] | None = None


def _one(key: Any) -> tuple[Any, ...]:
    return () if key is None else (key,)


def _unknown(item: Operand, field: str) -> JqlError:
    text = item.text if isinstance(item, Value) else f"{getattr(item, 'name', '')}()"
    return JqlError(f"The value '{text}' does not exist for the field '{field}'.")


def _named(rows: Callable[[Call], list[tuple[str, str]]]) -> Callable[[Call, Operand, str], list[Any]]:
    def resolve(call: Call, item: Operand, field: str) -> list[Any]:
        if isinstance(item, Value):
            text = item.text.lower()
            found = [key for key, name in rows(call) if text in {key, name.lower()}]
            if found:
                return found
        raise _unknown(item, field)

    return resolve


def _projects(call: Call, item: Operand, field: str) -> list[Any]:
    if isinstance(item, Value):
        text = item.text.lower()
        rows = [row for row in call.site.projects.values() if call.sees_project(row)]
        found = [row.id for row in rows if text in {row.id, row.key.lower(), row.name.lower()}]
        if found:
            return found
    raise _unknown(item, field)


def _issues(call: Call, item: Operand, field: str) -> list[Any]:
    found = call.site.find(item.text) if isinstance(item, Value) else None
    if found is None or not call.sees(found):
        text = item.text if isinstance(item, Value) else ""
        if text.isdigit():
            raise JqlError(f"A value with ID '{text}' does not exist for the field '{field}'.")
        raise JqlError(f"An issue with key '{text}' does not exist for field '{field}'.")
    return [found.id]


def _users(call: Call, item: Operand, field: str) -> list[Any]:
    if isinstance(item, Function) and item.name.lower() == "currentuser":
        return [call.me] if call.caller else []
    if isinstance(item, Value):
        for row in call.site.users.values():
            if item.text in {row.account_id, row.name}:
                return [row.account_id]
    raise _unknown(item, field)


def _labels(_call: Call, item: Operand, field: str) -> list[Any]:
    if isinstance(item, Value):
        return [item.text]
    raise _unknown(item, field)


def _resolution(_call: Call, item: Operand, field: str) -> list[Any]:
    if isinstance(item, Value):
        text = item.text.lower()
        found = [key for key, name in catalog.RESOLUTIONS.items() if text in {key, name.lower()}]
        if found:
            return list(found)
    raise _unknown(item, field)


def _categories(call: Call, item: Operand, field: str) -> list[Any]:
    keys = {"to do": "new", "new": "new", "2": "new", "in progress": "indeterminate", "4": "indeterminate"}
    keys |= {"indeterminate": "indeterminate", "done": "done", "complete": "done", "3": "done"}
    key = keys.get(item.text.lower()) if isinstance(item, Value) else None
    if key is None:
        raise _unknown(item, field)
    return [row.id for row in call.site.statuses.values() if row.category == key]


def _priority_rank(call: Call, key: str) -> int:
    return -[row.id for row in call.site.priorities].index(key)


def _types(call: Call) -> list[tuple[str, str]]:
    return [(row.id, row.name) for row in call.site.issue_types.values()]


_ISSUE = Keyed(lambda row: (row.id,), _issues, lambda _, key: int(key))
_TYPE = Keyed(lambda row: (row.fields["issuetype"],), _named(_types))
KEYED: dict[str, Keyed] = {
    "project": Keyed(lambda row: (row.project,), _projects),
    "issuekey": _ISSUE,
    "issue": _ISSUE,
    "key": _ISSUE,
    "id": _ISSUE,
    "parent": Keyed(lambda row: _one(row.fields.get("parent")), _issues),
    "issuetype": _TYPE,
    "type": _TYPE,
    "status": Keyed(
        lambda row: (row.fields["status"],),
        _named(lambda call: [(row.id, row.name) for row in call.site.statuses.values()]),
    ),
    "statuscategory": Keyed(lambda row: (row.fields["status"],), _categories),
    "priority": Keyed(
        lambda row: _one(row.fields["priority"]),
        _named(lambda call: [(row.id, row.name) for row in call.site.priorities]),
        _priority_rank,
    ),
    "labels": Keyed(lambda row: tuple(row.fields["labels"]), _labels),
    "assignee": Keyed(lambda row: _one(row.fields.get("assignee")), _users),
    "reporter": Keyed(lambda row: _one(row.fields.get("reporter")), _users),
    "creator": Keyed(lambda row: (row.creator,), _users),
    "resolution": Keyed(lambda row: _one(row.fields.get("resolution")), _resolution),
}
"""The system fields that are compared by key, under every name that JQL knows for them."""

TEXTS: dict[str, Callable[[Issue], str]] = {
    "summary": lambda row: row.fields["summary"],
    "description": lambda row: row.fields.get("description") or "",
    "comment": lambda row: "\n".join(entry.body for entry in row.comments),
    "text": lambda row: "\n".join(
        [row.fields["summary"], row.fields.get("description") or "", *(entry.body for entry in row.comments)]
    ),
}
"""The system fields that only ``~`` searches."""

ALIASES = {"issuekey": "key", "issue": "key", "type": "issuetype", "due": "duedate"}
"""Other names of the fields by which a query may be ordered."""


def custom_field(call: Call, name: str) -> FieldDef:
    """Return the custom field that a clause names: ``"Impact"``, ``cf[10020]``.

    Raises:
        JqlError: There is no such field.
    """
    number = name[3:-1] if name.lower().startswith("cf[") and name.endswith("]") else ""
    for row in call.site.fields.values():
        if row.custom and (row.name.lower() == name.lower() or row.id == f"customfield_{number}"):
            return row
    raise JqlError(f"Field '{name}' does not exist or you do not have permission to view it.")


def custom_keys(row: FieldDef) -> Keyed | None:
    """Return how JQL compares a custom field by key, or None for kinds that it does not."""
    if row.kind == "option":
        return Keyed(lambda issue: _one(issue.fields.get(row.id)), _named(lambda _: list(row.options.items())))
    if row.kind == "options":
        return Keyed(lambda issue: tuple(issue.fields.get(row.id) or ()), _named(lambda _: list(row.options.items())))
    if row.kind == "labels":
        return Keyed(lambda issue: tuple(issue.fields.get(row.id) or ()), _labels)
    if row.kind == "user":
        return Keyed(lambda issue: _one(issue.fields.get(row.id)), _users)
    if row.kind == "organizations":
        named = _named(lambda call: [(str(org.id), org.name) for org in call.site.organizations.values()])
        return Keyed(
            lambda issue: tuple(issue.fields.get(row.id) or ()),
            lambda call, item, field: [int(key) for key in named(call, item, field)],
        )
    return None
