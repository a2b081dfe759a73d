"""Scenario: a drill as a value: the cast, the desk, and chapters of steps with what must be so after each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from rules.ticket import Priority, Scalar, StatusCategory

#: Where a step happens that is about the record of the account's escalation.
RECORD = "record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """Somebody of ours who takes part."""

    id: str
    name: str
    level: int
    roles: tuple[str, ...]
    skills: tuple[str, ...]
    region: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who takes part, by their ids."""

    company: str
    #: Id → name.
    customers: Mapping[str, str]
    people: Mapping[str, Player]

    def name(self, who: str) -> str:
        """How somebody is called."""
        return self.people[who].name if who in self.people else self.customers[who]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A customer's ticket that comes in."""

    subject: str
    text: str
    customer: str
    priority: Priority | None
    tags: tuple[str, ...]
    fields: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bug:
    """A ticket of the tracker, and the ids of the tickets that it is linked with."""

    subject: str
    behind: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alteration:
    """What somebody changes on a ticket or subtask; None stays as it is."""

    status: StatusCategory | None = None
    due: date | None = None
    owner: str | None = None
    priority: Priority | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLook:
    """How a ticket has to look; None is not looked at."""

    ticket: str
    wears: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    status: StatusCategory | None = None
    priority: Priority | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubtaskLook:
    """How a subtask has to look; None is not looked at."""

    title: str
    exists: bool = True
    owner: str | None = None
    due: date | None = None
    status: StatusCategory | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the customer has to have read from us on a ticket: so many comments, the last one with these words."""

    ticket: str
    times: int
    says: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What must be so after a step."""

    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    silent: bool = False
    board: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    #: Of the account's open tickets; `none` = they wear no colour.
    colour: str | None = None
    tickets: tuple[TicketLook, ...] = ()
    subtasks: tuple[SubtaskLook, ...] = ()
    public: tuple[Heard, ...] = ()
    channels: tuple[str, ...] = ()
    #: Requests that change something in a helpdesk, at most; None = not counted.
    writes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that happens. First time passes, then somebody acts or tickets arrive."""

    id: str | None = None
    arrive: tuple[str, ...] = ()
    who: str | None = None
    #: Id of a ticket, or `RECORD`.
    on: str = RECORD
    subtask: str | None = None
    writes: str | None = None
    public: bool = False
    change: Alteration | None = None
    wait: timedelta | None = None
    since: str | None = None
    #: Aware, in UTC.
    until: datetime | None = None
    #: What a trainee is asked to do; None = the step is always played, as a mistake that somebody makes is.
    task: str | None = None
    answers: str | None = None
    expect: Expectation = field(default_factory=Expectation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One scene."""

    title: str
    tells: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A drill."""

    #: The file's name without its ending.
    name: str
    title: str
    tells: str
    #: The first instant (aware, UTC).
    starts: datetime
    #: Sections that are laid over the starter policy; a policy of the admin's own is played as it is.
    overlay: Mapping[str, Any]
    cast: Cast
    #: What is known of the company besides its helpdesk.
    account: Mapping[str, Scalar]
    tickets: Mapping[str, Incoming]
    bugs: Mapping[str, Bug]
    chapters: tuple[Chapter, ...]

    @property
    def steps(self) -> Iterator[Step]:
        """All steps, in order."""
        return (step for chapter in self.chapters for step in chapter.steps)

    def tasks_of(self, who: str) -> tuple[Step, ...]:
        """The steps that a trainee in somebody's place is asked to do."""
        return tuple(step for step in self.steps if step.who == who and step.task is not None)
