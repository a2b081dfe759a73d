"""Shapes of a scenario file: who takes part, which tickets there are, and what happens chapter by chapter."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from rules.schema.base import Duration, FieldValue, Id, Level, Line, Shape, Words
from rules.schema.criteria import Date

Status = Literal["open", "pending", "hold", "solved"]
Colour = Literal["red", "yellow", "green", "none"]


def _instant(text: str) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ValueError("this is no instant; write date, time and zone, for example 2026-03-05T09:00Z")
    return text


#: Stays text here; checked, so that a wrong one is told together with the other mistakes of its part.
Instant = Annotated[str, AfterValidator(_instant), Field(examples=["2026-03-05T09:00Z"])]


class PersonShape(Shape):
    """Somebody of ours."""

    name: Line
    level: int = Field(default=3, ge=1, le=9, description="experience, 1 for entry level")
    roles: list[Words] = Field(default=[], description="roles of the policy's directory that the person has")
    skills: list[Words] = []
    region: Words | None = None


class CastShape(Shape):
    """Who takes part."""

    company: Line = Field(description="the customer's name")
    customers: dict[Id, Line] = Field(min_length=1, description="the company's people: id → name")
    people: dict[Id, PersonShape] = Field(min_length=1, description="our people: id → who they are")


class TicketShape(Shape):
    """A customer's ticket. It comes in when a step says so."""

    subject: Line
    text: Words | None = Field(default=None, description="the first message; else the subject")
    customer: Words | None = Field(default=None, description="id of who writes it; else the first customer")
    priority: Level | None = None
    tags: list[Words] = []
    fields: dict[str, FieldValue] = {}


class BugShape(Shape):
    """A ticket of the tracker that is linked with customers' tickets."""

    subject: Line
    behind: list[Words] = Field(min_length=1, description="ids of the tickets that it is linked with")


class DeskShape(Shape):
    """What there is besides people."""

    account: dict[str, FieldValue] = Field(default={}, description="facts about the company: tier, arr, …")
    tickets: dict[Id, TicketShape] = Field(min_length=1)
    bugs: dict[Id, BugShape] = {}


class ChangeShape(Shape):
    """What somebody changes on a ticket or subtask."""

    status: Status | None = None
    due: Date | None = Field(default=None, description="the new due date of a subtask")
    owner: Words | None = Field(default=None, description="id of the person who gets it")
    priority: Level | None = None


class TicketLookShape(Shape):
    """How a ticket has to look."""

    ticket: Words = Field(description="id of a ticket or bug")
    wears: list[Words] = Field(default=[], description="tags")
    lacks: list[Words] = Field(default=[], description="tags that it must not have")
    status: Status | None = None
    priority: Level | None = None


class SubtaskLookShape(Shape):
    """How a subtask has to look."""

    title: Line
    exists: bool = True
    owner: Words | None = None
    due: Date | None = None
    status: Status | None = None


class PublicShape(Shape):
    """What the customer has to have read from Escalade on a ticket; with a policy of one's own: at most."""

    ticket: Words
    times: int = Field(ge=0, description="how many public comments of Escalade there are")
    says: list[Words] = Field(default=[], description="words of the last one")


class ExpectShape(Shape):
    """What must be so after a step."""

    says: list[Words] = Field(default=[], description="words that Escalade says where the step happens")
    never: list[Words] = Field(default=[], description="words that it must not say there")
    silent: bool = Field(default=False, description="Escalade says nothing there")
    board: list[Words] = Field(default=[], description="words of the note that is kept current on the record")
    lists: list[Words] = Field(default=[], description="tickets that the record lists")
    colour: Colour | None = Field(default=None, description="what the account's open tickets wear")
    tickets: list[TicketLookShape] = []
    subtasks: list[SubtaskLookShape] = []
    public: list[PublicShape] = []
    channels: list[Words] = Field(default=[], description="words that go out on channels")
    writes: int | None = Field(default=None, ge=0, description="requests that change something, at most")


class StepShape(Shape):
    """Something that happens: tickets arrive, somebody writes or changes something, or time passes."""

    id: Id | None = Field(default=None, description="a name for since: and answers:")
    arrive: list[Words] = Field(default=[], description="ids of tickets and bugs that come in")
    who: Words | None = Field(default=None, description="id of the person or customer who acts")
    on: Words | None = Field(default=None, description="id of a ticket, or record")
    subtask: Line | None = Field(default=None, description="title of the subtask that is changed")
    writes: Words | None = Field(default=None, description="the comment")
    public: bool = Field(default=False, description="the customer reads the comment")
    change: ChangeShape | None = None
    wait: Duration | None = Field(default=None, description="so much time passes")
    since: Words | None = Field(default=None, description="the step from which wait: is counted; else from now")
    until: Instant | None = Field(default=None, description="time passes until then")
    task: Words | None = Field(default=None, description="what a trainee is asked to do here")
    answers: Words | None = Field(default=None, description="the step that this one reacts to, for the time it took")
    expect: ExpectShape = ExpectShape()


class ChapterShape(Shape):
    """One scene."""

    title: Line
    tells: Words = Field(description="the situation, in words")
    steps: list[StepShape] = Field(min_length=1)


class ScenarioShape(Shape):
    """A whole scenario file."""

    version: Literal[1]
    title: Line
    tells: Words = Field(description="what it is about and what one learns")
    starts: Instant
    policy: dict[str, Any] = Field(default={}, description="sections laid over the starter policy")
    cast: CastShape
    desk: DeskShape
    chapters: list[ChapterShape] = Field(min_length=1)
