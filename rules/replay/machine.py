"""Machine: back-tests for programs: plain values that JSON can hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

import msgspec

from rules.ticket import TicketRef


def plain(value: object) -> Any:
    """A value of a back-test as JSON holds it.

    Tickets are `helpdesk:id`, lengths of time are whole seconds, instants RFC 3339 in UTC.
    """
    if isinstance(value, msgspec.Struct) and not isinstance(value, TicketRef):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    return _scalar(value)


def _scalar(value: object) -> Any:
    match value:
        case TicketRef():
            return str(value)
        case timedelta():
            return int(value.total_seconds())
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Enum():
            return value.value
        case _:
            return value


def json_text(value: object) -> str:
    """The same as text; equal values are equal texts."""
    return json.dumps(plain(value), indent=2, ensure_ascii=False) + "\n"
