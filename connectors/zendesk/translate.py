"""Between Zendesk's JSON and our values, both ways. Pure: no I/O, no clock."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors.zendesk import wire
from connectors.zendesk.settings import ZendeskSettings
from connectors.zendesk.zones import iana_zone
from rules.forms import form_of
from rules.hearing import AGENTS_ONLY, Hearing
from rules.reader import NOBODY, Reader, locale_of
from rules.ticket import (
    Account,
    AccountRef,
    Comment,
    Link,
    LinkKind,
    Priority,
    Scalar,
    Side,
    StatusCategory,
    Ticket,
    TicketRef,
)

#: Zendesk cuts a comment at 64 kB without a word; we cut earlier and say so.
MAX_COMMENT = 60_000
_CUT = "<p>[The rest was too long for Zendesk and was cut.]</p>"
#: Zendesk's words for where a ticket stands.
STATUSES = {str(status): status for status in StatusCategory}
_PRIORITIES = {str(priority): priority for priority in Priority}
_NESTED = frozenset({list, dict})
_FROZEN = "closed in Zendesk, which then takes only tags, subject and priority"
#: `via` of business rules and of Zendesk itself; the event export writes the words out.
_MACHINES = frozenset({"rule", "system", "Rule", "System", "Rule or Mail", "Business rule"})
#: Template marks that Zendesk would run in a comment. A zero-width space between the braces disarms them whatever
#: is decoded first, and nobody sees it.
_TEMPLATE_MARKS = {"{{": "{\u200b{", "}}": "}\u200b}", "{%": "{\u200b%", "%}": "%\u200b}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketField:
    """A custom ticket field as the account has it."""

    id: int
    title: str
    type: str
    #: Values of a drop-down or multi-select.
    options: tuple[str, ...] = ()
    #: The tag that a ticked checkbox puts on the ticket.
    tag: str | None = None
    #: False = switched off: it keeps its values, and no form shows it.
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the account calls things."""

    groups: Mapping[int, str] = field(default_factory=dict)
    agents: frozenset[int] = frozenset()
    #: By the name that the settings give them.
    fields: Mapping[str, TicketField] = field(default_factory=dict)

    def group_id(self, name: str) -> int | None:
        """The id of a group, or None when there is none of this name."""
        return next((identity for identity, found in self.groups.items() if found == name), None)


class Translator:
    """Zendesk rows → our values, for one account. Made once for a page, so that a row costs little."""

    def __init__(  # noqa: PLR0917 - what rows are read with
        self,
        helpdesk: str,
        settings: ZendeskSettings,
        names: Names,
        me: int,
        hearing: Hearing = AGENTS_ONLY,
        people: Iterable[wire.ReaderRow] = (),
    ) -> None:
        """Keep what rows are read with; `me` is our own user's id, `people` those who may be requesters."""
        self._readers = {row.id: reader_of(row) for row in people}
        self._hearing = hearing
        self._helpdesk = helpdesk
        self._settings = settings
        self._names = names
        self._me = me
        self._url = f"{settings.base_url}/agent/tickets/"
        self._field_names = {found.id: name for name, found in names.fields.items()}
        self._configured = frozenset(self._field_names)
        self._accounts: dict[int, AccountRef] = {}

    def ticket(self, row: wire.TicketRow) -> Ticket:
        """Translate a ticket, without comments and links.

        Raises:
            ValueError: when the status is none that we know, or a time cannot be read.
        """
        status = STATUSES.get(row.status)
        if status is None:
            raise ValueError(f"unknown status {row.status!r}; Zendesk's are {', '.join(STATUSES)}")
        key = str(row.id)
        fields = self._fields(row.custom_fields)
        settings = self._settings
        return Ticket(
            ref=TicketRef(self._helpdesk, key),
            key=key,
            url=self._url + key,
            subject=row.subject or "",
            status=status,
            status_name=row.status,
            priority=_PRIORITIES.get(row.priority) if row.priority else None,
            priority_name=row.priority,
            created_at=row.created_at,
            updated_at=datetime.fromisoformat(row.updated_at),
            version=row.updated_at,
            account=None if row.organization_id is None else self.account_ref(row.organization_id),
            requester=None if row.requester_id is None else str(row.requester_id),
            reader=self._readers.get(row.requester_id, NOBODY) if row.requester_id is not None else NOBODY,
            group=None if row.group_id is None else self._names.groups.get(row.group_id),
            assignee=None if row.assignee_id is None else str(row.assignee_id),
            tags=frozenset(row.tags),
            type=_text(fields.get(settings.type_field)) if settings.type_field else row.type,
            product=_text(fields.get(settings.product_field)) if settings.product_field else None,
            fields=fields,
            frozen_because=_FROZEN if status is StatusCategory.CLOSED else None,
        )

    def account_ref(self, organization: int) -> AccountRef:
        """Name an account; the same value for the same organisation, which a page repeats often."""
        ref = self._accounts.get(organization)
        if ref is None:
            ref = self._accounts[organization] = AccountRef(self._helpdesk, str(organization))
        return ref

    def account(self, row: wire.OrganizationRow) -> Account:
        """Translate an organisation, with the fields that the settings ask for."""
        wanted = self._settings.account_fields
        found = row.organization_fields or {}
        fields = {key: scalar(value) for key, value in found.items() if wanted is None or key in wanted}
        return Account(ref=self.account_ref(row.id), name=row.name, tags=frozenset(row.tags), fields=fields)

    def comment(self, row: wire.CommentRow) -> Comment:
        """Translate a comment of a ticket that was read afresh."""
        channel = row.via.channel if row.via else None
        return self._comment(row.id, row.created_at, row.author_id, channel, public=row.public, text=row.body)

    def comments_of(self, event: wire.EventRow, *, texts: bool = False) -> Iterable[Comment]:
        """Take the comments out of an event of the export: how they are written and what they ask for."""
        for child in event.child_events:
            if (child.event_type or child.type) == "Comment":
                at = datetime.fromtimestamp(event.timestamp, UTC)
                author = event.updater_id if child.author_id is None else child.author_id
                channel = child.via.get("channel") if isinstance(child.via, dict) else child.via
                yield self._comment(child.id, at, author, channel, public=child.public, text=child.body, keep=texts)

    def link(self, row: wire.LinkRow) -> Link:
        """Translate a link of Zendesk's Jira app; it names the tracker's immutable id."""
        to = TicketRef(self._settings.tracker, str(row.issue_id))
        return Link(to=to, kind=LinkKind.TRACKED_BY, key=row.issue_key)

    def ticket_ref(self, identity: int | str) -> TicketRef:
        """Name a ticket of this account."""
        return TicketRef(self._helpdesk, str(identity))

    def _comment(
        self,
        identity: int,
        at: datetime,
        author: int | None,
        channel: object,
        *,
        public: bool | None,
        text: str | None,
        keep: bool = True,
    ) -> Comment:
        ours = author == self._me
        if ours or author is None or author < 0 or channel in _MACHINES:
            side = Side.SYSTEM
        else:
            side = Side.AGENT if author in self._names.agents else Side.REQUESTER
        name = None if author is None else str(author)
        return Comment(
            id=str(identity),
            at=at,
            side=side,
            # Not told means a private one here: it must not pass for an answer to the customer, nor for a command.
            public=public is True,
            author=name,
            ours=ours,
            body=text if keep and text else "",
            form=None if text is None else form_of(text),
            commands=self._hearing.commands(text, side, inside=public is False, ours=ours) if text else (),
        )

    def _fields(self, values: list[wire.FieldValue]) -> dict[str, Scalar]:
        names, configured = self._field_names, self._configured
        fields: dict[str, Scalar] = {}
        for one in values:
            value = one.value
            if value is None and one.id not in configured:
                continue
            name = names.get(one.id)
            if name is None:
                name = names[one.id] = str(one.id)
            # Nearly all values are flat already; this loop is most of the cost of a ticket.
            fields[name] = scalar(value) if type(value) in _NESTED else value
        return fields


def scalar(value: Any) -> Scalar:
    """Flatten a field's value: a multi-select becomes its values, sorted, with commas between."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list):
        return ",".join(sorted(str(one) for one in value))
    return str(value)


def reader_of(row: wire.ReaderRow) -> Reader:
    """How to speak to somebody."""
    zone = row.iana_time_zone or (None if row.time_zone is None else iana_zone(row.time_zone))
    return Reader(locale=locale_of(row.locale), zone=zone)


def tag_of(text: str) -> str:
    """Write a tag as Zendesk keeps it: lower case, no blanks."""
    return "_".join(text.lower().split())


def comment_html(bodies: Iterable[str]) -> str:
    """Render plain texts as one comment: no markup, no placeholder survives; blank lines make paragraphs."""
    text = "\n\n".join(body.strip() for body in bodies)
    rendered = _paragraphs(text)
    while len(rendered.encode()) > MAX_COMMENT:
        # Escaping makes texts longer by no fixed factor, so cut in proportion until it fits.
        text = text[: max(1, len(text) * (MAX_COMMENT - len(_CUT)) // len(rendered.encode()))]
        rendered = _paragraphs(text) + _CUT
    return rendered


def _paragraphs(text: str) -> str:
    escaped = html.escape(text.replace("\r\n", "\n"), quote=True)
    for mark, harmless in _TEMPLATE_MARKS.items():
        while mark in escaped:
            escaped = escaped.replace(mark, harmless)
    parts = [part.strip("\n") for part in escaped.split("\n\n")]
    return "".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in parts if part)


def _text(value: Scalar) -> str | None:
    return None if value is None else str(value)
