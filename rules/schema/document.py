"""Schema: the shape of a policy file, as typed models.

The models say which keys there are and what kind of value each takes. What a value means (durations, names of tiers,
conditions) is checked by `rules.load`, which knows the rest of the policy.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from rules.schema.account_escalations import AccountEscalationsShape
from rules.schema.base import Duration, Shape, Words
from rules.schema.cadences import CadenceShape
from rules.schema.calendars import CalendarShape
from rules.schema.channels import ChannelShape
from rules.schema.clocks import ResponseShape, SlaShape, UpdateShape
from rules.schema.commands import CommandsShape
from rules.schema.criteria import CriterionShape
from rules.schema.deciding import RuleShape
from rules.schema.digests import DigestShape
from rules.schema.directory import DirectoryShape
from rules.schema.escalation import EscalationShape
from rules.schema.in_flight import InFlightShape
from rules.schema.ladder import PathShape, TierShape
from rules.schema.language import NamedWhen, ValueSet
from rules.schema.matrix import MatrixShape
from rules.span import Span

#: A text, or the same text by language, with the language that is read where none fits as `default`.
TemplateShape = Words | dict[str, Words]


_LONGEST_RUN = timedelta(days=1)


def _brief(text: str) -> str:
    if Span.parse(text).clock_time > _LONGEST_RUN:
        raise ValueError("this is at most a day")
    return text


class BrakesShape(Shape):
    """Limits that stop a run before it does too much at once."""

    max_tickets: int = Field(default=500, ge=1)
    max_share: float = Field(default=0.5, gt=0, le=1)
    within: Annotated[Duration, AfterValidator(_brief)] = Field(
        default="5m",
        description="A service has no runs: the tickets that its workers write to within this time count as one.",
    )
    max_comments_per_hour: int = Field(default=3, ge=1)
    max_public_comments_per_day: int = Field(default=2, ge=1)


class ReleaseShape(Shape):
    """When tickets leave the ladder, apart from being solved."""

    when_nothing_holds: bool = False


class PolicyShape(Shape):
    """A policy file. A policy may be spread over any number of files in one folder."""

    version: Literal[1]
    default_calendar: Words | None = None
    calendars: dict[str, CalendarShape] = {}
    sets: dict[str, ValueSet] = {}
    conditions: dict[str, NamedWhen] = {}
    criteria: list[CriterionShape] = []
    tiers: list[TierShape] = []
    paths: list[PathShape] = []
    directory: DirectoryShape = DirectoryShape()
    commands: CommandsShape = CommandsShape()
    rules: list[RuleShape] = []
    matrix: MatrixShape | None = None
    responses: list[ResponseShape] = []
    sla: list[SlaShape] = []
    cadences: list[CadenceShape] = []
    updates: list[UpdateShape] = []
    account_escalations: AccountEscalationsShape | None = None
    templates: dict[str, TemplateShape] = {}
    channels: dict[str, ChannelShape] = {}
    escalation: EscalationShape | None = None
    digests: list[DigestShape] = []
    in_flight: InFlightShape = InFlightShape()
    brakes: BrakesShape = BrakesShape()
    release: ReleaseShape = ReleaseShape()
