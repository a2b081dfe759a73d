"""Shapes of a file of rule tests."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Union

from pydantic import BeforeValidator, Discriminator, Field, model_validator
from pydantic import Tag as PydanticTag

from rules.calendar import Span
from rules.schema.base import Duration, FieldValue, Level, Line, Shape, Tag, Words
from rules.schema.directory import PersonShape
from rules.testing.instants import checked

Status = Literal["new", "open", "pending", "hold", "solved", "closed", "deleted"]
#: `none` is the word for no priority, no tier, no group: an empty value would look like a slip.
OptionalLevel = Literal["low", "normal", "high", "urgent", "none"]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str | dict) else value


def _instant(text: object) -> object:
    return checked(text) if isinstance(text, str) else text


def _instant_or_duration(text: object) -> object:
    if isinstance(text, str) and ":" not in text and "-" not in text:
        Span.parse(text)
        return text
    return _instant(text)


#: A point of time as people write it; `rules.testing.instants` reads it.
Instant = Annotated[str, BeforeValidator(_instant), Field(examples=["2026-03-02 09:00", "13:30", "tue 09:00"])]
Until = Annotated[str, BeforeValidator(_instant_or_duration), Field(examples=["2026-03-02 09:00", "13:30", "4h"])]


class TicketShape(Shape):
    """A ticket as people made it; whatever is not said is not set."""

    helpdesk: Words | None = Field(default=None, description="its helpdesk, as the settings call it")
    key: Line | None = Field(default=None, description="what people call it; else a number")
    subject: Line | None = None
    description: Words | None = Field(default=None, description="what it was opened with")
    opening: Literal["customer", "agent", "none"] | None = Field(
        default=None, description="whose comment its description is, else the customer's; none: it is no comment"
    )
    status: Status | None = Field(default=None, description="else open")
    status_name: Line | None = Field(default=None, description="the helpdesk's own word for the status")
    priority: OptionalLevel | None = None
    group: Line | None = None
    assignee: Line | None = Field(default=None, description="a person of the directory, or an id of the helpdesk")
    requester: Line | None = None
    account: Name | None = Field(default=None, description="one of accounts:")
    tags: list[Tag] = []
    type: Line | None = None
    product: Line | None = None
    fields: dict[str, FieldValue] = {}
    created: Instant | None = Field(default=None, description="when it was made; else when the test begins")


class OthersShape(Shape):
    """Open tickets of an account that are counted and not decided about."""

    count: int = Field(default=1, ge=1, le=2000, description="so many of them that are alike")
    status: Literal["new", "open", "pending", "hold"] = "open"
    priority: OptionalLevel | None = None
    type: Line | None = None
    product: Line | None = None
    requester: Line | None = None
    tags: list[Tag] = []
    fields: dict[str, FieldValue] = {}
    helpdesk: Words | None = None
    created: Instant | None = None


Others = Annotated[list[OthersShape], BeforeValidator(_listed, json_schema_input_type=OthersShape | list[OthersShape])]


class AccountShape(Shape):
    """A customer's account."""

    name: Line | None = Field(default=None, description="else its name in the test")
    helpdesk: Words | None = None
    tags: list[Tag] = []
    fields: dict[str, FieldValue] = Field(default={}, description="of the helpdesk and of the file of account facts")
    open_tickets: Others = Field(default=[], description="other open tickets of the account, which rules count")


class GivenShape(Shape):
    """How things are when the test begins."""

    ticket: TicketShape | None = Field(default=None, description="the ticket, where there is one")
    tickets: dict[Name, TicketShape] = Field(default={}, description="name → ticket, where there are several")
    accounts: dict[Name, AccountShape] = Field(default={}, description="besides those of the file")
    load: dict[Name, int] = Field(default={}, description="person → other open tickets that they have")

    @model_validator(mode="after")
    def _one_way(self) -> GivenShape:
        if self.ticket is not None and self.tickets:
            raise ValueError("write ticket: for one ticket, or tickets: with a name for each; not both")
        return self


class ChangeShape(Shape):
    """What somebody changes on a ticket."""

    status: Status | None = None
    status_name: Line | None = None
    priority: OptionalLevel | None = None
    group: Line | None = None
    assignee: Line | None = None
    type: Line | None = None
    product: Line | None = None
    subject: Line | None = None
    add_tags: list[Tag] = []
    remove_tags: list[Tag] = []
    fields: dict[str, FieldValue] = {}


class WorkShape(Shape):
    """What becomes of a piece of work below a ticket."""

    title: Line = Field(description="words of its title")
    status: Status | None = None
    assignee: Line | None = None
    due: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None


class NoteShape(Shape):
    """A note as it is expected."""

    template: Words | None = Field(default=None, description="the template that it is made of")
    contains: Words | None = Field(default=None, description="words that stand in it")
    by: Words | None = Field(default=None, description="what asks for it: rule:ID, tier:ID, sla:ID, …")

    @model_validator(mode="after")
    def _says_something(self) -> NoteShape:
        if self.template is None and self.contains is None and self.by is None:
            raise ValueError("say what the note is: template:, contains: or by:")
        return self


class NoticeShape(Shape):
    """A notice as it is expected."""

    channel: Words
    contains: Words | None = None


class OpensShape(Shape):
    """A ticket that is expected to be opened."""

    helpdesk: Words
    project: Words | None = None
    type: Words | None = None
    contains: Words | None = Field(default=None, description="words of its subject")


class ChangesShape(Shape):
    """All that is expected to change on the ticket at that instant; what is not named must not."""

    add_tags: list[Tag] = []
    remove_tags: list[Tag] = []
    priority: Level | None = None
    group: Line | None = None
    assignee: Line | None = None
    status: Line | None = Field(default=None, description="the helpdesk's word")
    fields: dict[str, FieldValue | None] = {}


class AccountStandingShape(Shape):
    """What the escalation of the ticket's account is expected to be."""

    state: Literal["none", "proposed", "refused", "declared", "in progress", "aftercare", "closed"] | None = None
    colour: Literal["red", "yellow", "green", "none"] | None = None
    owner: Words | None = None


#: What a clock shows: when it is due, its state, or both.
Shown = Annotated[list[Words], BeforeValidator(_listed, json_schema_input_type=Union[Words, list[Words]])]  # noqa: UP007
#: Names of the two ways to write a note; no key of a test looks like them.
_WORDS, _NOTE = "(words)", "(note)"


def _kind(value: Any) -> str:
    return _NOTE if isinstance(value, dict | NoteShape) else _WORDS


#: Words that stand in it, or what it is.
Note = Annotated[Annotated[Line, PydanticTag(_WORDS)] | Annotated[NoteShape, PydanticTag(_NOTE)], Discriminator(_kind)]
#: One of them may be written without the brackets of a list.
Notes = Annotated[list[Note], BeforeValidator(_listed, json_schema_input_type=Union[Note, list[Note]])]  # noqa: UP007
Notices = Annotated[list[NoticeShape], BeforeValidator(_listed, json_schema_input_type=NoticeShape | list[NoticeShape])]
Opens = Annotated[list[OpensShape], BeforeValidator(_listed, json_schema_input_type=OpensShape | list[OpensShape])]
Lines = Annotated[list[Line], BeforeValidator(_listed, json_schema_input_type=Union[Line, list[Line]])]  # noqa: UP007


class ExpectShape(Shape):
    """What is expected of a ticket at an instant, after everything that follows from what happened."""

    ticket: Name | None = Field(default=None, description="which one; else that of the step")
    nothing: bool | None = Field(default=None, description="nothing is done to it at all; false: something is")

    tier: Words | None = Field(default=None, description="the tier that it is in, or none")
    path: Words | None = None
    acknowledged: bool | None = None
    stage: Words | None = Field(default=None, description="where its escalation stands, as people conduct it")
    account: AccountStandingShape | None = None
    rules: list[Words] | None = Field(default=None, description="exactly the rules that hold")
    clocks: dict[Words, Shown] = Field(
        default={}, description="clock → when it is due, its state (running, met, …), both in a list, or none"
    )
    cadences: dict[Words, Shown] = Field(
        default={}, description="cadence → when the next update is due, its colour, both in a list, or none"
    )
    owed: dict[Words, Shown] = Field(
        default={}, description="clock of the escalation (evaluation, kickoff, …) → the same as for clocks"
    )
    next: Words | None = Field(default=None, description="when the answer could next change by itself, or never")
    facts: dict[Words, FieldValue] = Field(default={}, description="fact → its value")

    tags: list[Tag] | None = Field(default=None, description="all tags that it wears")
    has_tags: list[Tag] = []
    no_tags: list[Tag] = []
    priority: OptionalLevel | None = None
    group: Line | None = None
    assignee: Line | None = None
    status: Status | None = None
    fields: dict[str, FieldValue | None] = Field(default={}, description="field → its value; null = it is not set")

    changes: ChangesShape | None = Field(default=None, description="exactly what is changed on it now")
    notes: Notes | None = Field(default=None, description="exactly the internal notes that are posted now")
    has_notes: Notes | None = Field(default=None, description="internal notes that are posted now, among others")
    public_notes: Notes | None = Field(default=None, description="exactly what is said to the customer now")
    answers: Notes | None = Field(default=None, description="exactly the answers to commands")
    kept: Line | None = Field(default=None, description="words of the note that is kept current")
    notices: Notices | None = Field(default=None, description="exactly what is told on channels now")
    opens: Opens | None = Field(default=None, description="exactly the tickets that are opened for it now")
    work: Lines | None = Field(
        default=None, description="exactly the pieces of work that are created now, by words of their titles"
    )


#: The kinds of changes (`rules.testing.kinds`), and all of them.
Allowed = Literal[
    "anything",
    "tags",
    "priority",
    "group",
    "assignee",
    "status",
    "fields",
    "notes",
    "public_notes",
    "answers",
    "kept",
    "notices",
    "opens",
    "links",
    "work",
]
Meanwhile = Annotated[
    list[Allowed],
    BeforeValidator(_listed, json_schema_input_type=Union[Allowed, list[Allowed]]),  # noqa: UP007
]


class StepShape(Shape):
    """One step: when, what happens, what is expected."""

    at: Instant | None = Field(default=None, description="when")
    after: Duration | None = Field(default=None, description="or so long after the step before")
    until: Until | None = Field(default=None, description="or: until then (that instant excluded) nothing is done")
    calendar: Words | None = Field(default=None, description="in which after: and until: pass; else around the clock")

    ticket: Name | None = Field(default=None, description="which ticket it is about; else that of the step before")
    by: Words | None = Field(default=None, description="who: a person of the directory; else somebody of ours")
    customer: Words | None = Field(default=None, description="the customer writes this")
    reply: Words | None = Field(default=None, description="one of us answers the customer with this")
    note: Words | None = Field(default=None, description="one of us writes this internally; commands stand here")
    change: ChangeShape | None = Field(default=None, description="somebody changes the ticket")
    link: Name | None = Field(default=None, description="the ticket is linked with that one, in which work is tracked")
    merge_into: Name | None = Field(default=None, description="the ticket is merged into that one, and closed")
    work: WorkShape | None = Field(default=None, description="somebody works on a piece of work below the ticket")

    expect: ExpectShape | None = None
    meanwhile: Meanwhile | None = Field(
        default=None, description="what may be done up to here although no expectation names it: anything, or kinds"
    )

    @model_validator(mode="after")
    def _one_time(self) -> StepShape:
        if sum(one is not None for one in (self.at, self.after, self.until)) > 1:
            raise ValueError("a step has one time: at, after or until")
        if self.until is not None and (self.expect is not None or self.happens):
            raise ValueError("until: says that nothing is done before; write what comes then as the next step")
        return self

    @property
    def happens(self) -> bool:
        """Whether somebody does something."""
        events = (self.customer, self.reply, self.note, self.change, self.link, self.merge_into, self.work)
        return any(one is not None for one in events)


class RuleTestShape(Shape):
    """One test."""

    name: Line
    at: Instant = Field(description="when it begins, with its date")
    given: GivenShape = GivenShape()
    expect: ExpectShape | None = Field(default=None, description="what is expected when it begins")
    steps: list[StepShape] = []
    meanwhile: Meanwhile | None = Field(default=None, description="the same for all steps")


class RuleTestsShape(Shape):
    """A file of rule tests."""

    version: Literal[1]
    zone: Words | None = Field(default=None, description="IANA name; else that of the default calendar")
    every_ticket: TicketShape = Field(default=TicketShape(), description="what holds for every ticket of the file")
    accounts: dict[Name, AccountShape] = Field(default={}, description="accounts that every test knows")
    people: dict[Words, list[PersonShape]] = Field(
        default={}, description="team → people who are in it for these tests, besides those of the directory"
    )
    statuses: dict[str, Status] = Field(default={}, description="the helpdesk's word for a status → what it means")
    tests: list[RuleTestShape] = Field(min_length=1)
