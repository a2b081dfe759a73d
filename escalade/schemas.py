"""Schemas: the JSON Schemas of everything that people and programs write for Escalade, or read from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from escalade.settings_schema import settings_schema
from rules.explaining.explanation import explanation_schema
from rules.histories.schema import history_schema
from rules.schema.export import json_schema, rule_tests_schema


class Kind(StrEnum):
    """What a schema describes."""

    POLICY = "policy"
    RULE_TESTS = "rule-tests"
    SETTINGS = "settings"
    #: One line of a history file.
    HISTORY = "history"
    #: What `escalade explain --format json` prints.
    EXPLANATION = "explanation"


SCHEMAS: Mapping[Kind, Callable[[], dict[str, Any]]] = {
    Kind.POLICY: json_schema,
    Kind.RULE_TESTS: rule_tests_schema,
    Kind.SETTINGS: settings_schema,
    Kind.HISTORY: history_schema,
    Kind.EXPLANATION: explanation_schema,
}


def file_name(kind: Kind) -> str:
    """What the file of a schema is called."""
    return f"{kind}.schema.json"


def schema_text(kind: Kind) -> str:
    """A schema as JSON; it ends with a line break."""
    return json.dumps(SCHEMAS[kind](), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
