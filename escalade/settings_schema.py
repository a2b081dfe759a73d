"""The JSON Schema of the settings file: its own keys, and the blocks as the installed connectors describe them."""

from __future__ import annotations

from typing import Any

from connectors.base import DescribesOptions, SettingsError
from connectors.registry import connector_of, installed
from escalade.service import ServiceSettings
from rules.start import Backlog

_REF = "#/$defs/"
_WHOLE = {"type": "integer", "minimum": 1}
#: Keys whose values are plain.
_PLAIN: dict[str, Any] = {
    "store": {"type": "string", "description": "address of the database, for example sqlite:///escalade.db"},
    "policy": {"type": "string", "description": "directory of the rule files, counted from this file"},
    "account_facts": {"type": "string", "description": "YAML or CSV file with facts about accounts"},
    "workers": {**_WHOLE, "description": "tickets that are written to at the same time"},
    "settle_after": {"type": "number", "minimum": 0, "description": "seconds a write may stay unanswered"},
    "attempts": {**_WHOLE, "description": "failed visits after which a ticket is put aside"},
    "read_groups_every": {**_WHOLE, "description": "seconds for which a reading of a group is good"},
    "poll_every": {**_WHOLE, "description": "seconds between two readings of a helpdesk by the service"},
    "backlog": {
        "enum": [str(one) for one in Backlog],
        "description": "how to begin with tickets that are there",
    },
}


def settings_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the settings file.

    Blocks of vendors whose connector does not describe them may hold anything.
    """
    schemas = _Gathered()
    service = schemas.take("service", ServiceSettings.model_json_schema())
    blocks: list[dict[str, Any]] = []
    hooks: list[dict[str, Any]] = []
    for vendor in sorted(installed()):
        described = _described(vendor)
        if described is not None:
            block, hook = described
            own = schemas.take(f"helpdesk.{vendor}", _with(block, vendor={"const": vendor}))
            blocks.append({"if": {"properties": {"vendor": {"const": vendor}}}, "then": {"$ref": own}})
            hooks.append({"$ref": schemas.take(f"webhook.{vendor}", _with(hook, helpdesk={"type": "string"}))})
    helpdesk = {
        "type": "object",
        "required": ["vendor"],
        "properties": {"vendor": {"enum": sorted(installed())}},
        **({"allOf": blocks} if blocks else {}),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Escalade settings",
        "type": "object",
        "required": ["version", "helpdesks"],
        "additionalProperties": False,
        "properties": {
            "version": {"const": 1},
            **_PLAIN,
            "helpdesks": {"type": "object", "minProperties": 1, "additionalProperties": helpdesk},
            "webhooks": {"type": "object", "additionalProperties": {"anyOf": hooks} if hooks else {"type": "object"}},
            "service": {"$ref": service},
        },
        "$defs": schemas.found,
    }


def _described(vendor: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """What a connector says of its blocks; None where it says nothing, or cannot be used."""
    try:
        connector = connector_of(vendor)
    except SettingsError:
        return None
    if not isinstance(connector, DescribesOptions):
        return None
    return connector.options_schema(), connector.webhook_schema()


def _with(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**schema, "properties": {**schema.get("properties", {}), **more}}


class _Gathered:
    """Schemas under one roof: what each defines for itself keeps out of the others' way."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}

    def take(self, name: str, schema: dict[str, Any]) -> str:
        """Put a schema there; returns how it is referred to."""
        own = schema.get("$defs", {})
        self.found |= {f"{name}.{part}": _moved(one, name) for part, one in own.items()}
        self.found[name] = _moved({key: value for key, value in schema.items() if key != "$defs"}, name)
        return f"{_REF}{name}"


def _moved(node: Any, name: str) -> Any:
    """The same schema with its references below the name."""
    if isinstance(node, list):
        return [_moved(one, name) for one in node]
    if not isinstance(node, dict):
        return node
    moved = {key: _moved(value, name) for key, value in node.items()}
    if isinstance(node.get("$ref"), str):
        moved["$ref"] = node["$ref"].replace(_REF, f"{_REF}{name}.", 1)
    return moved
