"""The parts of Zendesk's JSON that we need. What is not named here is skipped by the decoder, which makes it fast."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec


class FieldValue(msgspec.Struct, frozen=True, gc=False):
    """One custom field of a ticket. Drop-downs give text, multi-selects lists, checkboxes true or false."""

    id: int
    value: Any = None


class TicketRow(msgspec.Struct, frozen=True, gc=False):
    """A ticket in an export, in show_many and in the answer to an update.

    Rows hold no cycles, so the collector need not visit the thousands of a page.
    """

    id: int
    status: str
    created_at: datetime
    #: As sent: it is the version stamp too.
    updated_at: str
    #: Unix seconds; moves with every change, also with those that leave `updated_at` alone.
    generated_timestamp: int = 0
    subject: str | None = None
    priority: str | None = None
    type: str | None = None
    organization_id: int | None = None
    requester_id: int | None = None
    group_id: int | None = None
    assignee_id: int | None = None
    tags: list[str] = []
    custom_fields: list[FieldValue] = []
    external_id: str | None = None
    #: Tickets of type task alone have one.
    due_at: str | None = None


class OrganizationRow(msgspec.Struct, frozen=True):
    """An organisation as the exports sideload it."""

    id: int
    name: str = ""
    tags: list[str] = []
    organization_fields: dict[str, Any] | None = None


class ReaderRow(msgspec.Struct, frozen=True):
    """Somebody who is shown beside tickets, as far as it matters how to speak to them."""

    id: int
    locale: str | None = None
    #: By the name that Ruby on Rails has for it.
    time_zone: str | None = None
    iana_time_zone: str | None = None


class TicketPage(msgspec.Struct, frozen=True):
    """A page of the cursor export of tickets."""

    tickets: list[TicketRow]
    organizations: list[OrganizationRow] = []
    users: list[ReaderRow] = []
    after_cursor: str | None = None
    end_of_stream: bool = True


class RawTicketPage(msgspec.Struct, frozen=True):
    """The same page with its rows left undecoded: one odd row must not cost the others."""

    tickets: list[msgspec.Raw]
    organizations: list[OrganizationRow] = []
    users: list[ReaderRow] = []
    after_cursor: str | None = None
    end_of_stream: bool = True


class TicketList(msgspec.Struct, frozen=True):
    """The answer of show_many and of the list by external id."""

    tickets: list[TicketRow]
    users: list[ReaderRow] = []


class Meta(msgspec.Struct, frozen=True):
    """Where a cursor-paged list goes on."""

    has_more: bool = False
    after_cursor: str | None = None


class SearchPage(msgspec.Struct, frozen=True):
    """A page of the search export."""

    results: list[TicketRow]
    meta: Meta = Meta()


class TicketAnswer(msgspec.Struct, frozen=True):
    """The answer to one creation or update."""

    ticket: TicketRow


class Via(msgspec.Struct, frozen=True):
    """How something came about."""

    channel: str | int | None = None


class CommentRow(msgspec.Struct, frozen=True):
    """A comment of one ticket."""

    id: int
    created_at: datetime
    author_id: int | None = None
    public: bool = True
    body: str | None = None
    via: Via | None = None


class CommentPage(msgspec.Struct, frozen=True):
    """A page of a ticket's comments."""

    comments: list[CommentRow]
    meta: Meta = Meta()


class ChildEvent(msgspec.Struct, frozen=True):
    """One part of an update in the event export: a comment, or one field as it was set (Create) or changed (Change)."""

    id: int
    event_type: str | None = None
    #: Of a comment the word Comment, else the ticket's type.
    type: str | None = None
    author_id: int | None = None
    public: bool | None = None
    via: Any = None
    body: str | None = None
    #: A field is told under its own name; ids come as numbers and as texts. UNSET = another field is told.
    subject: Any = msgspec.UNSET
    status: Any = msgspec.UNSET
    priority: Any = msgspec.UNSET
    requester_id: Any = msgspec.UNSET
    organization_id: Any = msgspec.UNSET
    group_id: Any = msgspec.UNSET
    assignee_id: Any = msgspec.UNSET
    tags: Any = msgspec.UNSET
    added_tags: list[str] | None = None
    removed_tags: list[str] | None = None
    #: Custom fields: id → value.
    custom_ticket_fields: dict[str, Any] | None = None
    previous_value: Any = msgspec.UNSET


class EventRow(msgspec.Struct, frozen=True):
    """One update of a ticket in the event export."""

    id: int
    ticket_id: int
    #: Unix seconds.
    timestamp: int
    updater_id: int | None = None
    child_events: list[ChildEvent] = []


class EventPage(msgspec.Struct, frozen=True):
    """A page of the time-based export of ticket events."""

    ticket_events: list[EventRow]
    end_time: int | None = None
    end_of_stream: bool | None = None


class AuditRow(msgspec.Struct, frozen=True):
    """One update in a ticket's history."""

    id: int
    created_at: datetime
    metadata: dict[str, Any] | None = None


class AuditPage(msgspec.Struct, frozen=True):
    """A page of a ticket's history."""

    audits: list[AuditRow]
    meta: Meta = Meta()


class LinkRow(msgspec.Struct, frozen=True):
    """A link of Zendesk's own Jira app. Documented as texts, seen as numbers."""

    id: int | str
    ticket_id: int | str
    issue_id: int | str
    issue_key: str | None = None
    created_at: datetime | None = None


class LinkAnswer(msgspec.Struct, frozen=True):
    """A link that was made."""

    link: LinkRow


class LinkPage(msgspec.Struct, frozen=True):
    """A page of those links, ordered by id."""

    links: list[LinkRow]


class UserRow(msgspec.Struct, frozen=True):
    """Somebody. To ask who we are with wrong credentials gives an anonymous user, without an id, instead of a 401."""

    id: int | None = None
    name: str = ""
    role: str = ""
    #: False once the user was deleted.
    active: bool = True
    suspended: bool | None = False


class UserList(msgspec.Struct, frozen=True):
    """The answer of users/show_many."""

    users: list[UserRow]


class GroupRow(msgspec.Struct, frozen=True):
    """A group of agents. A deleted one is still shown by its id."""

    name: str
    deleted: bool = False


class GroupAnswer(msgspec.Struct, frozen=True):
    """The answer of groups/{id}."""

    group: GroupRow


class MembershipRow(msgspec.Struct, frozen=True):
    """That an agent is in a group."""

    user_id: int


class MembershipPage(msgspec.Struct, frozen=True):
    """A page of a group's members."""

    group_memberships: list[MembershipRow]
    meta: Meta = Meta()


class UserAnswer(msgspec.Struct, frozen=True):
    """The answer of users/me."""

    user: UserRow


class IntervalRow(msgspec.Struct, frozen=True):
    """Business hours of a schedule: minutes since Sunday 00:00 in its time zone."""

    start_time: int
    end_time: int


class ScheduleRow(msgspec.Struct, frozen=True):
    """Business hours."""

    id: int
    name: str
    time_zone: str
    intervals: list[IntervalRow] = []


class ScheduleList(msgspec.Struct, frozen=True):
    """All schedules of the account."""

    schedules: list[ScheduleRow]


class HolidayRow(msgspec.Struct, frozen=True):
    """Local dates, the last one included, on which a schedule has no business hours."""

    name: str
    start_date: date
    end_date: date


class HolidayList(msgspec.Struct, frozen=True):
    """A page of the holidays of a schedule."""

    holidays: list[HolidayRow]
    next_page: str | None = None
