"""Shapes of `escalation:`: how the escalation of a ticket is conducted, from the request to the closing."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from rules.schema.base import Delay, Duration, FieldValue, Id, Line, Shape, Tag, When, Words
from rules.schema.channels import NotifyShape


class LateShape(Shape):
    """Who hears of something that is late, and how late it is then."""

    after: Delay = "0h"
    to: Words = Field(description="who it is for: lead, manager, global manager")
    note: Words | None = Field(default=None, description="template of the internal note; else our own words")
    notify: list[NotifyShape] = Field(default=[], description="what is told on channels")


class DeadlineShape(Shape):
    """How soon something is owed."""

    within: Duration
    calendar: Words | None = Field(default=None, description="name of a calendar, or always; else the section's")
    warn_before: Duration | None = Field(default=None, description="a note warns so long before it is due")
    late: list[LateShape] = []


class KickoffShape(DeadlineShape):
    """The first call, by when the action plan is drafted."""

    attendees: list[Line] = []
    task: bool = Field(default=False, description="also as a piece of work below the ticket")


class AcknowledgeShape(DeadlineShape):
    """The first word to the customer."""

    public_note: Words | None = Field(default=None, description="template of what we say at once; else a person does")


class QuestionShape(Shape):
    """One thing that an escalation needs to know."""

    id: Id
    ask: Line = Field(description="the question as it is asked")
    when: When | None = Field(default=None, description="asked where it holds; else always")
    field: Words | None = Field(default=None, description="the custom field that has the answer")
    option: Words | None = Field(default=None, description="the option of any command that has the answer")
    fact: Words | None = Field(default=None, description="the fact that tells")
    accepts: list[Line] = Field(default=[], description="only these count as an answer")
    required_for: list[Words] = Field(default=[], description="steps that wait for it: accept, or ids of tiers")


class MilestoneShape(Shape):
    """The customer's critical date."""

    field: Words | None = Field(default=None, description="the custom field that has it")
    option: Words | None = Field(default=None, description="the option of any command that has it")
    warn_before: Duration | None = Field(default=None, description="a note warns so long before the end of that day")


class ConcernShape(Shape):
    """What happens at once when somebody sees no progress."""

    within: Duration | None = Field(default=None, description="an answer is owed after so long")
    calendar: Words | None = None
    late: list[LateShape] = []
    notify: list[NotifyShape] = Field(default=[], description="told at once, whoever reads it")
    tag: Tag | None = None
    fields: dict[str, dict[str, FieldValue]] = Field(default={}, description="helpdesk → field → value")
    call: bool = Field(default=False, description="a call of the management, as a piece of work below the ticket")


class RegressionShape(Shape):
    """What brings a case back by itself."""

    reopened: bool = Field(default=False, description="a solved ticket that is opened again")
    replied: bool = Field(default=False, description="a customer's reply after the fix or the de-escalation")


class FollowUpShape(Shape):
    """Asking the customer after the solution whether all is well."""

    after: Duration
    again: Duration | None = Field(default=None, description="a second try so long after the first")
    close: Duration = Field(description="closed so long after the last try")
    calendar: Words | None = None
    public_note: Words | None = Field(default=None, description="template of the question; else a person is reminded")


class ReviewShape(Shape):
    """Going through the case with the team, before it is closed."""

    when: When = Field(description="which cases need it")
    within: Duration
    calendar: Words | None = None
    late: list[LateShape] = []
    attendees: list[Line] = []


class PromisesShape(Shape):
    """What happens when a promise was not kept."""

    warn_before: Duration | None = None
    late: list[LateShape] = []


def _plain(value: Any) -> Any:
    return {"within": value} if isinstance(value, str | int | float) else value


#: A plain length of time is short for `within`.
Deadline = Annotated[DeadlineShape, BeforeValidator(_plain, json_schema_input_type=Duration | DeadlineShape)]


class EscalationShape(Shape):
    """How the escalation of a ticket is conducted."""

    calendar: Words | None = Field(default=None, description="business time of all below; else default_calendar")
    accept: Words | None = Field(default=None, description="the tier that #accept leads to; else the lowest")
    evaluate: Deadline | None = Field(default=None, description="from the request to its outcome")
    declared: list[NotifyShape] = Field(default=[], description="told once when an escalation is taken up")
    acknowledge: AcknowledgeShape | None = None
    kickoff: KickoffShape | None = None
    questions: list[QuestionShape] = []
    ask: Words | None = Field(default=None, description="template of the internal note that asks; else our own words")
    ask_public: Words | None = Field(default=None, description="template that asks the customer instead")
    tried_for: list[Words] = Field(default=[], description="tiers that are entered only with #tried notes")
    milestone: MilestoneShape | None = None
    handover: bool = Field(default=False, description="a brief is posted when a tier is entered")
    handover_note: Words | None = Field(default=None, description="template of that brief; else our own words")
    leads: dict[Words, Words] = Field(default={}, description="tier → the role, team or person that leads there")
    workaround: Deadline | None = Field(default=None, description="until the customer has heard of a workaround")
    workaround_note: Words | None = Field(default=None, description="template of what the customer is told of it")
    fix_note: Words | None = Field(default=None, description="template of what the customer is told of a verified fix")
    update_note: Words | None = Field(default=None, description="template of what the customer is told of an #update")
    concern: ConcernShape = ConcernShape()
    regression: RegressionShape = RegressionShape()
    follow_up: FollowUpShape | None = None
    feedback_note: Words | None = Field(default=None, description="template that asks the customer for feedback")
    review: ReviewShape | None = None
    promises: PromisesShape | None = None
    tags: dict[Words, Tag] = Field(default={}, description="stage → tag that shows it")
