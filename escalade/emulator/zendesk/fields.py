"""Which values the fields of a ticket may take, and how tags and drop-downs hang together."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from escalade.emulator.zendesk.errors import invalid, parameter_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from escalade.emulator.zendesk.model import Field, Scalar, Ticket
    from escalade.emulator.zendesk.state import ZendeskAccount

PRIORITIES = ("low", "normal", "high", "urgent")
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
TYPES = ("problem", "incident", "question", "task")

# One custom status a category: the account's defaults, which every account has.
CUSTOM_STATUS_IDS = {status: 30_000_000_000_001 + rank for rank, status in enumerate(STATUSES)}

_TAG_BREAK = re.compile(r"[\s,]+")


def clean_tags(raw: Any) -> list[str]:
    """Return tags as Zendesk keeps them: lower case, no spaces, each once, in alphabetical order."""
    if isinstance(raw, str):
        parts = _TAG_BREAK.split(raw)
    else:
        parts = [_TAG_BREAK.sub("_", str(tag).strip()) for tag in raw or []]
    return sorted({part.lower() for part in parts if part})


def chosen(name: str, raw: Any, allowed: Iterable[str]) -> str:
    """Return an enumerated value in lower case.

    Raises:
        RejectedError: The value is none of the allowed ones.
    """
    value = str(raw).lower()
    if value not in allowed:
        said = f"{name.title()}: {raw} is not a valid {name}"
        raise invalid({name: said}, "InvalidValue")
    return value


def wanted_custom(account: ZendeskAccount, wanted: Mapping[str, Any]) -> dict[int, Scalar]:
    """Return the custom field values of a request by field id; unknown ids are ignored, as by Zendesk.

    Raises:
        RejectedError: A drop-down gets a value that is none of its options.
    """
    rows = wanted.get("custom_fields") or wanted.get("fields") or []
    if isinstance(rows, dict):
        rows = [{"id": key, "value": value} for key, value in rows.items()]
    values: dict[int, Scalar] = {}
    for row in rows:
        if "id" not in row:
            raise parameter_missing("custom_fields[].id")
        field = account.fields.get(int(row["id"]))
        if field is not None:
            values[field.id] = _checked(field, row.get("value"))
    return values


def _checked(field: Field, value: Any) -> Scalar:
    if value in (None, ""):
        return None
    if field.type == "tagger" and value not in {option for _name, option in field.options}:
        raise invalid({"base": f"{field.title}: {value} is not a valid option"}, "InvalidValue")
    if field.type == "checkbox":
        return value in {True, "true", "1"}
    return str(value) if field.type in {"text", "textarea", "tagger", "date"} else value


def tags_after_fields(
    account: ZendeskAccount, ticket: Ticket, tags: list[str], custom: Mapping[int, Scalar]
) -> list[str]:
    """Return the tags after drop-downs changed: a drop-down's value is also a tag."""
    gone, held = set[str](), set[str]()
    for field_id, value in {**ticket.custom, **custom}.items():
        if account.fields[field_id].type == "tagger":
            before = ticket.custom.get(field_id)
            gone |= {str(before)} if before and before != value else set()
            held |= {str(value)} if value and field_id in custom else set()
    # Two drop-downs may share a value: it stays while one of them still has it.
    others = {str(value) for key, value in ticket.custom.items() if value and key not in custom}
    return sorted((set(tags) - (gone - others)) | held)


def fields_after_tags(account: ZendeskAccount, ticket: Ticket, tags: list[str]) -> dict[int, Scalar]:
    """Return the drop-downs that a change of tags empties: those whose tag is gone."""
    emptied: dict[int, Scalar] = {}
    for field_id, value in ticket.custom.items():
        if value and account.fields[field_id].type == "tagger" and str(value) not in tags:
            emptied[field_id] = None
    return emptied


def instant(raw: Any) -> int | None:
    """Return an ISO 8601 instant in seconds; None stays None.

    Raises:
        RejectedError: It is not an instant.
    """
    if raw in (None, ""):
        return None
    try:
        return int(datetime.fromisoformat(str(raw)).timestamp())
    except ValueError as error:
        raise invalid({"due_at": f"Due at: {raw} is not a valid date"}, "InvalidValue") from error
