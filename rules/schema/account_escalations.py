"""Shapes of `account_escalations:`: how customers' accounts are escalated, from the proposal to the aftercare."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from rules.schema.base import Duration, Id, Line, Shape, Tag, When, Words
from rules.schema.channels import NotifyShape

ColourWord = Literal["red", "yellow", "green"]
Roles = Annotated[list[Words], Field(min_length=1)]


def _quorum(value: object) -> object:
    if value == "all" or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return value
    raise ValueError("a quorum is all, or a number of people, 1 or more")


QuorumSize = Annotated[Literal["all"] | int, BeforeValidator(_quorum)]


class RecordHomeShape(Shape):
    """Where the record of an account's escalation is opened."""

    helpdesk: Words = Field(description="name of the helpdesk in the settings")
    project: Words | None = Field(default=None, description="key of the tracker's project, where it has projects")
    type: Words = Field(default="Task", description="type of the ticket; in Zendesk: problem")
    subject: Words = "Account escalation: {{ account.name }}"
    body: Words | None = Field(default=None, description="name of a template; else a text of its own")
    done: Words | None = Field(default=None, description="status for our own work once a command fulfils it")


class DeclareShape(Shape):
    """Who takes an account into the programme."""

    roles: Roles = Field(description="roles of the directory that may declare")
    automatically: bool = Field(default=False, description="true: a criterion declares without a person")
    colour: ColourWord = Field(default="red", description="the first colour where nobody names one")


class SeatShape(Shape):
    """A person that every record needs."""

    role: Words | None = Field(default=None, description="role of the directory that the person has to have")
    at_least: ColourWord = Field(default="green", description="needed while the colour is at least as bad")


class TeamShape(Shape):
    """Who has to be in the team of a record."""

    functions: list[Id] = Field(default=[], description="functions that somebody stands for: support, engineering")
    least_level: int = Field(default=1, ge=1, le=9, description="nobody of less experience is given a part")


class ExitTestShape(Shape):
    """Something that has to be true before a record may be closed."""

    id: Id
    title: Line
    when: When | None = Field(default=None, description="facts that decide; `for:` in it says for how long")
    confirmed_by: Words | None = Field(default=None, description="role whose people confirm it with #met")
    within: Duration | None = Field(default=None, description="target date after it was taken up; else the horizon")
    always: bool = Field(default=False, description="true: every declared record has it")


class QuorumShape(Shape):
    """How many have to agree."""

    quorum: QuorumSize = Field(default="all", description="all, or so many")
    roles: list[Words] = Field(default=[], description="roles that are asked besides the stakeholders")


class AttendeesShape(Shape):
    """Roles that attend calls, by the colour from which on they do."""

    red: list[Words] = []
    yellow: list[Words] = []
    green: list[Words] = []


class ColourTagsShape(Shape):
    """Tags of the record and of the account's tickets, by colour."""

    red: Tag | None = None
    yellow: Tag | None = None
    green: Tag | None = None


class RecurrenceShape(Shape):
    """When it is seen whether the trouble came back, and what that means."""

    after: list[Duration] = Field(default=["30d", "90d"], min_length=1, description="days of the almanac")
    tickets: int = Field(default=3, ge=1, description="so many new tickets of the same products mean that it did")


class AftercareShape(Shape):
    """What is owed after the closure, and within which time; null = not asked for."""

    summary: Duration | None = "2d"
    rca: Duration | None = "10d"
    corrective: Duration | None = "30d"
    review: Duration | None = "10d"
    review_from: ColourWord = Field(default="yellow", description="review records that were once as bad as this")
    follow_up: Duration | None = "14d"
    recurrence: RecurrenceShape | None = RecurrenceShape()


class RecordNoticeShape(NotifyShape):
    """What is told on a channel about a record."""

    on: list[Literal["proposed", "declared", "worse", "better", "concern", "late", "closed"]] = Field(
        min_length=1, description="the occasions on which it is told"
    )


class AccountEscalationsShape(Shape):
    """How customers' accounts are escalated."""

    record: RecordHomeShape = Field(description="where the record is opened")
    calendar: Words | None = None
    propose: list[Words] = Field(default=[], description="ids of criteria; each of them alone proposes")
    declare: DeclareShape = Field(description="who may declare")
    tags: ColourTagsShape = ColourTagsShape()
    owner: SeatShape = SeatShape()
    sponsor: SeatShape | None = None
    team: TeamShape = TeamShape()
    room: Line | None = Field(default=None, description="name of the record's chat channel: esc_{customer}_{topic}")
    exit_criteria: list[ExitTestShape] = []
    horizon: Duration = Field(default="30d", description="exit criteria lie at most so far ahead")
    ready_within: Duration = Field(default="1d", description="until exit criteria, communication plan and owner stand")
    kickoff: Duration | None = Field(default=None, description="until the kick-off call")
    concern: Duration = Field(default="4h", description="until somebody has answered a concern with #ack")
    attendees: AttendeesShape = AttendeesShape()
    plan: QuorumShape = Field(default=QuorumShape(), description="who has to agree to the remediation plan")
    consent: QuorumShape = Field(default=QuorumShape(), description="who has to consent to the closure")
    sponsor_hears_after: Duration = Field(default="1d", description="a late duty is told to the sponsor, too")
    aftercare: AftercareShape = AftercareShape()
    notify: list[RecordNoticeShape] = []
