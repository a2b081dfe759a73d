"""The JSON Schema of a line of a history file."""

from __future__ import annotations

from typing import Any

import msgspec

from rules.histories.event import PastEvent


def history_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one event of a history; keys that it does not know are allowed."""
    schema = msgspec.json.schema(PastEvent)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Escalade history event", **schema}
