"""What the JSON of an edit means: one parser per kind of field, with Jira's own complaints."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from escalade.emulator.jira import adf, catalog

if TYPE_CHECKING:
    from escalade.emulator.jira.call import Call
    from escalade.emulator.jira.model import FieldDef, Project

LABEL_LIMIT = 255
SUMMARY_LIMIT = 255
NOT_A_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"


class FieldError(Exception):
    """One field of an edit is not acceptable; the text is Jira's message."""


def parse(call: Call, project: Project, field: FieldDef, value: Any) -> Any:
    """Return the raw value that ``value`` stands for in ``field``; None clears the field.

    Raises:
        FieldError: Jira would refuse the value.
    """
    parser = _PARSERS.get(field.kind)
    if parser is None or field.kind == "readonly":
        raise FieldError(cannot_be_set(field.id))
    if value is None:
        return [] if field.id == "labels" else _cleared(field)
    return parser(call, project, field, value)


def cannot_be_set(field_id: str) -> str:
    """Return the message for a field that does not exist, is not on the screen, or must not be edited."""
    return f"Field '{field_id}' cannot be set. It is not on the appropriate screen, or unknown."


def _cleared(field: FieldDef) -> None:
    if field.id == "summary":
        raise FieldError("You must specify a summary of the issue.")
    if field.required:
        raise FieldError(f"{field.name} is required.")


def plain_text(call: Call, value: Any, *, field_id: str) -> tuple[str, Any]:
    """Return a text as (wiki string, document or None), from the form of the API version.

    Raises:
        FieldError: The form is wrong or the text too long.
    """
    if call.version == 3:
        if not adf.is_document(value):
            raise FieldError(NOT_A_DOCUMENT)
        text = adf.to_text(value)
        if len(text) > catalog.TEXT_LIMIT:
            raise FieldError("CONTENT_LIMIT_EXCEEDED")
        return text, value
    if not isinstance(value, str):
        raise FieldError(f"Operation value must be a string in the field {field_id}")
    if len(value) > catalog.TEXT_LIMIT:
        limit = f"{catalog.TEXT_LIMIT:,}"
        raise FieldError(f"The entered text is too long. It exceeds the allowed limit of {limit} characters.")
    return value, None


def _text(call: Call, _project: Project, field: FieldDef, value: Any) -> str:
    return plain_text(call, value, field_id=field.id)[0]


def _string(_call: Call, _project: Project, field: FieldDef, value: Any) -> str:
    if not isinstance(value, str):
        raise FieldError("Operation value must be a string")
    if field.id == "summary":
        if not value.strip():
            raise FieldError("You must specify a summary of the issue.")
        if "\n" in value or "\r" in value:
            raise FieldError("The summary is invalid because it contains newline characters.")
    if len(value) > SUMMARY_LIMIT:
        raise FieldError(f"{field.name} must be less than {SUMMARY_LIMIT} characters.")
    return value


def label(value: Any) -> str:
    """Return a label.

    Raises:
        FieldError: It is no string, has a space or is too long.
    """
    if not isinstance(value, str):
        raise FieldError("string expected at index 0")
    if re.search(r"\s", value):
        raise FieldError(f"The label '{value}' contains spaces which is invalid.")
    if len(value) > LABEL_LIMIT:
        raise FieldError(f"The label '{value[:20]}…' exceeds the maximum length of {LABEL_LIMIT} characters.")
    return value


def _labels(_call: Call, _project: Project, _field: FieldDef, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise FieldError("data was not an array")
    return list(dict.fromkeys(label(item) for item in value))


def _number(_call: Call, _project: Project, _field: FieldDef, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FieldError("Operation value must be a number")
    return value


def _date(_call: Call, _project: Project, field: FieldDef, value: Any) -> str:
    if not isinstance(value, str) or re.fullmatch(r"\d{4}-\d\d-\d\d", value) is None:
        raise FieldError(f"Error parsing date string: {value}. Expected yyyy-MM-dd in {field.name}.")
    return value


def _datetime(_call: Call, _project: Project, _field: FieldDef, value: Any) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise FieldError(f"Error parsing time: {value}") from None
    if at.tzinfo is None:
        raise FieldError(f"Error parsing time: {value}")
    return at


def _option(_call: Call, _project: Project, field: FieldDef, value: Any) -> str:
    if not isinstance(value, dict):
        raise FieldError("Specify a valid 'id' or 'value' for the option")
    if "id" in value:
        if str(value["id"]) in field.options:
            return str(value["id"])
        raise FieldError(f"Option id '{value['id']}' is not valid")
    for key, text in field.options.items():
        if text == value.get("value"):
            return key
    raise FieldError(f"Option value '{value.get('value')}' is not valid")


def _options(call: Call, project: Project, field: FieldDef, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise FieldError("data was not an array")
    return [_option(call, project, field, item) for item in value]


def user(call: Call, value: Any) -> str:
    """Return the account id of a user reference: ``accountId`` (or ``id``) on Cloud, ``name`` on Data Center.

    Raises:
        FieldError: There is no such user.
    """
    if not isinstance(value, dict):
        raise FieldError("expected 'id' property to be a string")
    if call.site.cloud:
        wanted = value.get("accountId", value.get("id"))
        found = call.site.users.get(str(wanted))
    else:
        wanted = value.get("name")
        found = next((row for row in call.site.users.values() if row.name == wanted), None)
    if found is None:
        raise FieldError(f"User '{wanted}' does not exist.")
    return found.account_id


def _user(call: Call, _project: Project, _field: FieldDef, value: Any) -> str:
    return user(call, value)


def _priority(call: Call, project: Project, _field: FieldDef, value: Any) -> str:
    allowed = [row for row in call.site.priorities if row.id in project.priorities]
    if isinstance(value, dict) and "id" in value:
        if any(row.id == str(value["id"]) for row in allowed):
            return str(value["id"])
        raise FieldError("The priority selected is invalid.")
    name = value.get("name") if isinstance(value, dict) else None
    for row in allowed:
        if row.name == name:
            return row.id
    raise FieldError(f"Priority name '{name}' is not valid")


def _issue_type(call: Call, project: Project, _field: FieldDef, value: Any) -> str:
    if isinstance(value, dict):
        for type_id in project.issue_types:
            row = call.site.issue_types[type_id]
            if str(value.get("id")) == row.id or ("id" not in value and value.get("name") == row.name):
                return row.id
    raise FieldError("The issue type selected is invalid.")


def _resolution(_call: Call, _project: Project, _field: FieldDef, value: Any) -> str:
    if isinstance(value, dict):
        for key, name in catalog.RESOLUTIONS.items():
            if value.get("id") == key or value.get("name") == name:
                return key
    raise FieldError("Resolution is not valid")


def _parent(call: Call, project: Project, _field: FieldDef, value: Any) -> int | None:
    if isinstance(value, dict) and value.get("none") is True:
        return None
    wanted = str(value.get("id") or value.get("key")) if isinstance(value, dict) else ""
    found = call.site.find(wanted)
    if found is None or not call.sees(found):
        raise FieldError("Could not find valid 'id' or 'key' for parent.")
    if found.project != project.id:
        raise FieldError("Given parent work item does not belong to the same project.")
    if call.site.issue_types[found.fields["issuetype"]].subtask:
        raise FieldError("Given parent work item is a sub-task itself.")
    return found.id


def _organizations(call: Call, _project: Project, _field: FieldDef, value: Any) -> list[int]:
    if not isinstance(value, list) or not all(isinstance(item, int) for item in value):
        raise FieldError("data was not an array of organization ids")
    unknown = [item for item in value if item not in call.site.organizations]
    if unknown:
        raise FieldError(f"Organization {unknown[0]} does not exist.")
    return value


_PARSERS: dict[str, Callable[[Call, Project, FieldDef, Any], Any]] = {
    "string": _string,
    "text": _text,
    "labels": _labels,
    "number": _number,
    "date": _date,
    "datetime": _datetime,
    "option": _option,
    "options": _options,
    "user": _user,
    "priority": _priority,
    "issuetype": _issue_type,
    "resolution": _resolution,
    "parent": _parent,
    "organizations": _organizations,
}
