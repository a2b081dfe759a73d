"""Schema: the shape of a policy file, as typed models; also the JSON Schema that editors use.

The models say which keys there are and what kind of value each takes. What a value means (durations, names of tiers,
conditions) is checked by `rules.load`, which knows the rest of the policy.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from rules.calendar import Span
from rules.conditions.registry import OPERATORS, operators_on
from rules.facts import ACCOUNT_FIELD_PREFIX, FACTS, FIELD_PREFIX, FactSpec, FactType

#: The form of the files; raised when an old policy would be read differently.
VERSION = 1

#: Ids become parts of keys such as `rule:production-down:1`, so they are plain words.
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
#: Helpdesks fold tags to lower case and split them at blanks; other letters would never come back as they were sent.
Tag = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_./:-]{0,99}$")]
Words = Annotated[str, Field(min_length=1)]
Line = Annotated[str, Field(pattern=r"^[^\r\n]+$", max_length=250)]


def _duration(text: str) -> str:
    Span.parse(text)
    return text


#: Stays text here; checked, so that a wrong one is told together with the other mistakes of its part.
Duration = Annotated[str, AfterValidator(_duration), Field(examples=["4h", "90m", "1h30m", "2d"])]
Level = Literal["low", "normal", "high", "urgent"]
FieldValue = str | int | float | bool
When = Annotated[dict[str, Any], Field(json_schema_extra={"$comment": "condition"})]


class Shape(BaseModel):
    """Base of all models: unknown keys and silent conversions are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class CalendarShape(Shape):
    """When time counts: opening hours by weekday in one time zone, and days off."""

    zone: Words = Field(description="IANA time zone, for example Europe/Berlin")
    week: dict[str, list[Words]] = Field(
        min_length=1, description="mon … sun, or ranges such as mon-fri, each with windows such as 09:00-17:00"
    )
    holidays: list[Words] = Field(default=[], description="dates that are closed all day, as YYYY-MM-DD")


class OpeningShape(Shape):
    """The tracker's ticket to open where none is linked yet."""

    project: Words
    type: Words
    subject: Line = Field(description="one line of template text")
    body: Words = Field(description="name of a template")
    tags: list[Tag] = []


class TaskShape(Shape):
    """One subtask below the tracker's ticket."""

    key: Id
    title: Line = Field(description="one line of template text")
    body: Words = Field(description="name of a template")
    due: Duration | None = Field(default=None, description="due so long after the tier was entered")
    tags: list[Tag] = []


class RemediationShape(Shape):
    """Work that a tier wants done in the tracker."""

    tracker: Words = Field(description="name of a helpdesk in the settings")
    open: OpeningShape | None = Field(default=None, description="leave out to use only tickets that people linked")
    tasks: list[TaskShape] = Field(min_length=1)


class TierShape(Shape):
    """One rung of the ladder; the file lists them from the lowest to the highest."""

    id: Id
    name: Line
    tag: Tag
    calendar: Words | None = Field(default=None, description="name of a calendar, or always; else default_calendar")
    timeout: Duration | None = Field(default=None, description="climb to the next tier after so long in this one")
    groups: dict[str, Words] = Field(default={}, description="helpdesk → owning group")
    priority_floor: Level | None = None
    fields: dict[str, dict[str, FieldValue]] = Field(default={}, description="helpdesk → field → value")
    note: Words | None = Field(default=None, description="template of the internal note on entry")
    remediation: RemediationShape | None = None


class RuleShape(Shape):
    """While `when` holds, the ticket is at least in that tier and wears those tags."""

    id: Id
    description: Line
    when: When
    escalate_to: Words | None = Field(default=None, description="id of a tier")
    tags: list[Tag] = []
    note: Words | None = Field(default=None, description="name of a template")


class AxisShape(Shape):
    """One axis of the matrix: a fact and every value that it can take."""

    fact: Words
    values: list[Words] = Field(min_length=1)


class CellShape(Shape):
    """What one pair of values means; {} means nothing is done."""

    tier: Words | None = Field(default=None, description="id of a tier to be in at least")
    priority: Level | None = Field(default=None, description="a priority to have at least")


class MatrixShape(Shape):
    """Impact × urgency. Every pair of values needs a cell."""

    impact: AxisShape
    urgency: AxisShape
    cells: dict[str, dict[str, CellShape]] = Field(description="impact value → urgency value → cell")


class SlaShape(Shape):
    """One service-level clock, counted from the ticket's creation."""

    id: Id
    metric: Literal["first_response", "resolution"]
    calendar: Words | None = None
    targets: dict[str, Duration] = Field(min_length=1, description="low, normal, high, urgent, none → time allowed")
    when: When | None = Field(default=None, description="which tickets have the clock; left out: all")
    warn_at: str | float | None = Field(default=None, description="share of the target, for example 75%")
    warn_tag: Tag | None = None
    breach_tag: Tag | None = None
    escalate_to: Words | None = Field(default=None, description="id of a tier that a breach leads into")
    note: Words | None = Field(default=None, description="template of the internal note at the breach")


class UpdateShape(Shape):
    """A reminder when our side has been silent towards the customer for too long."""

    id: Id
    calendar: Words | None = None
    when: When
    every: Duration
    note: Words = Field(description="name of a template")
    max: int = Field(default=3, ge=1, le=100, description="at most so many reminders for one silence")


class BrakesShape(Shape):
    """Limits that stop a run before it does too much at once."""

    max_tickets: int = Field(default=500, ge=1)
    max_share: float = Field(default=0.5, gt=0, le=1)
    max_comments_per_hour: int = Field(default=3, ge=1)


class ReleaseShape(Shape):
    """When tickets leave the ladder, apart from being solved."""

    when_nothing_holds: bool = False


class PolicyShape(Shape):
    """A policy file. A policy may be spread over any number of files in one folder."""

    version: Literal[1]
    default_calendar: Words | None = None
    calendars: dict[str, CalendarShape] = {}
    tiers: list[TierShape] = []
    rules: list[RuleShape] = []
    matrix: MatrixShape | None = None
    sla: list[SlaShape] = []
    updates: list[UpdateShape] = []
    templates: dict[str, Words] = {}
    brakes: BrakesShape = BrakesShape()
    release: ReleaseShape = ReleaseShape()


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a policy file, for editors and other tools."""
    schema: dict[str, Any] = PolicyShape.model_json_schema()
    _point_at_condition(schema)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Escalade policy"
    schema["$defs"]["condition"] = _condition_schema()
    schema["$defs"] |= {f"ask_{kind}": _asked_schema(kind) for kind in FactType}
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
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {"all": group, "any": group, "none": group}
        | {name: _fact_schema(spec) for name, spec in FACTS.items()},
        "patternProperties": {
            f"^({prefix})".replace(".", r"\."): {"$ref": f"#/$defs/ask_{FactType.ANY}"}
            for prefix in (FIELD_PREFIX, ACCOUNT_FIELD_PREFIX)
        },
        "additionalProperties": False,
    }


def _fact_schema(spec: FactSpec) -> dict[str, Any]:
    return {"description": spec.doc, "$ref": f"#/$defs/ask_{spec.type}"}


def _asked_schema(kind: FactType) -> dict[str, Any]:
    docs = {operator.name: operator.doc for operator in OPERATORS if kind in operator.types}
    properties: dict[str, Any] = {word: {"description": docs[word]} for word in operators_on(kind)}
    if kind is FactType.DURATION:
        properties["calendar"] = {"type": "string", "description": "name of a calendar, or always"}
    asked = {"type": "object", "minProperties": 1, "properties": properties, "additionalProperties": False}
    if "is" in docs:
        return {"anyOf": [{"type": ["string", "number", "boolean"]}, asked]}
    return asked
