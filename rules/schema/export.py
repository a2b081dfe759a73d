"""Export: the JSON Schema of a policy file, for editors and other tools."""

from __future__ import annotations

from typing import Any

from rules.clocks.told import CLOCK_PARTS, CLOCK_PREFIX, clock_spec
from rules.conditions.held import AT_LEAST, FOR
from rules.conditions.parse import CALENDAR, CONDITION
from rules.conditions.scores import ONE, SEVERAL
from rules.facts import ACCOUNT_FIELD_PREFIX, FACTS, FIELD_PREFIX, FactSpec, FactType
from rules.schema.asking import CALENDAR_NAME, SPAN, asked_schema, fact_schema, reference_of
from rules.schema.criteria import ScoreShape
from rules.schema.document import PolicyShape
from rules.schema.rule_tests import RuleTestsShape


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a policy file, for editors and other tools."""
    schema: dict[str, Any] = PolicyShape.model_json_schema()
    _point_at_condition(schema)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Escalade policy"
    schema["$defs"]["condition"] = _condition_schema()
    schema["$defs"] |= {reference_of(kind): asked_schema(kind) for kind in FactType}
    return schema


def rule_tests_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a file of rule tests, for the same."""
    schema: dict[str, Any] = RuleTestsShape.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Escalade rule tests"
    return schema


def _point_at_condition(node: Any) -> None:
    """Put the reference to the condition language where the models only say that there is some mapping."""
    if isinstance(node, list):
        for item in node:
            _point_at_condition(item)
    if not isinstance(node, dict):
        return
    if node.get("$comment") == "condition":
        for word in ("$comment", "additionalProperties", "type"):
            node.pop(word, None)
        if "anyOf" in node:
            node["anyOf"] = [{"$ref": "#/$defs/condition"}, {"type": "null"}]
        else:
            node["$ref"] = "#/$defs/condition"
    for value in node.values():
        _point_at_condition(value)


def _condition_schema() -> dict[str, Any]:
    group = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/condition"}}
    words = {
        "all": group,
        "any": group,
        "none": group,
        CONDITION: {"type": "string", "description": "name of an entry of conditions:"},
        FOR: _held_schema(),
        ONE: {"type": "string", "description": "id of a criterion"},
        SEVERAL: ScoreShape.model_json_schema(),
    }
    return {
        "type": "object",
        "minProperties": 1,
        "properties": words | {name: fact_schema(spec) for name, spec in FACTS.items()},
        "patternProperties": {
            f"^({prefix})".replace(".", r"\."): {"$ref": f"#/$defs/{reference_of(FactType.ANY)}"}
            for prefix in (FIELD_PREFIX, ACCOUNT_FIELD_PREFIX)
        }
        | {rf"^sla\.[a-z0-9_-]+\.{part}$": fact_schema(spec) for part, spec in _clock_specs().items()},
        "additionalProperties": False,
    }


def _clock_specs() -> dict[str, FactSpec]:
    specs = {part: clock_spec(f"{CLOCK_PREFIX}NAME.{part}") for part in CLOCK_PARTS}
    return {part: spec for part, spec in specs.items() if spec is not None}


def _held_schema() -> dict[str, Any]:
    parts = {AT_LEAST: SPAN, CALENDAR: CALENDAR_NAME}
    return {
        "description": "the other keys have held together without a break for so long",
        "anyOf": [
            SPAN,
            {"type": "object", "required": [AT_LEAST], "properties": parts, "additionalProperties": False},
        ],
    }
