"""The state of the emulated Zendesk account and how a test or a demo fills it."""

from __future__ import annotations

import itertools
from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from escalade.emulator.zendesk.generated import GeneratedIndex
from escalade.emulator.zendesk.model import (
    Field,
    Group,
    JiraLink,
    Job,
    Organization,
    Scalar,
    SlaPolicy,
    Ticket,
    Token,
    User,
    Webhook,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from escalade.emulator.clock import VirtualClock
    from escalade.emulator.deliver import Outbox

# Zendesk's ids are larger than 32 bits; tickets alone are numbered from 1.
_ID_BASES = {
    "user": 21_000_000_000_000,
    "organization": 22_000_000_000_000,
    "group": 23_000_000_000_000,
    "field": 24_000_000_000_000,
    "comment": 25_000_000_000_000,
    "audit": 26_000_000_000_000,
    "event": 27_000_000_000_000,
    "link": 28_000_000_000_000,
    "policy": 29_000_000_000_000,
    "job": 0,
    "ticket": 0,
    "webhook": 0,
}

BOT_EMAIL = "escalation.bot@example.com"
API_TOKEN = "emulator-api-token"  # noqa: S105 - opens nothing but this emulator
OAUTH_CLIENT = ("escalade", "emulator-client-secret")


class ZendeskAccount:
    """One Zendesk account.

    It starts with one admin, "Escalation Bot", whose API token is `API_TOKEN`, and one group, "Support".
    """

    def __init__(self, *, clock: VirtualClock, outbox: Outbox) -> None:
        self.clock = clock
        self.outbox = outbox
        self.users: dict[int, User] = {}
        self.organizations: dict[int, Organization] = {}
        self.groups: dict[int, Group] = {}
        self.fields: dict[int, Field] = {}
        self.organization_fields: dict[str, Field] = {}
        self.tickets: dict[int, Ticket] = {}
        self.by_external_id: defaultdict[str, list[int]] = defaultdict(list)
        self.generated = GeneratedIndex()
        self.jobs: dict[str, Job] = {}
        self.links: dict[int, JiraLink] = {}
        self.webhooks: dict[str, Webhook] = {}
        self.policies: dict[int, SlaPolicy] = {}
        self.tokens: dict[str, Token] = {}
        self.idempotency: dict[str, tuple[int, bytes, int]] = {}
        self.api_tokens = {API_TOKEN}
        self.oauth_clients = {OAUTH_CLIENT[0]: OAUTH_CLIENT[1]}
        self.token_seconds = 1800
        self.subdomain = "emulator"
        self._ids: dict[str, Iterator[int]] = {kind: itertools.count(base + 1) for kind, base in _ID_BASES.items()}
        self.bot = self.add_user(name="Escalation Bot", email=BOT_EMAIL, role="admin")
        self.default_group = self.add_group(name="Support", members=[self.bot.id])

    def now(self) -> int:
        """Return the virtual instant in whole seconds since 1970."""
        return self.clock.timestamp()

    def next_id(self, kind: str) -> int:
        """Return the next free id of a kind of record."""
        return next(self._ids[kind])

    def add_user(
        self,
        *,
        name: str,
        email: str,
        role: str = "end-user",
        organization_id: int | None = None,
        **more: Any,
    ) -> User:
        """Add a person; `role` is end-user, agent or admin."""
        now = self.now()
        made = {"created": now, "updated": now, **more}
        user = User(id=self.next_id("user"), name=name, email=email, role=role, organization_id=organization_id, **made)
        self.users[user.id] = user
        return user

    def add_organization(self, *, name: str, fields: Mapping[str, Scalar] | None = None, **more: Any) -> Organization:
        """Add a company with its organization fields by key."""
        now = self.now()
        made = {"created": now, "updated": now, **more}
        organization = Organization(id=self.next_id("organization"), name=name, fields=dict(fields or {}), **made)
        self.organizations[organization.id] = organization
        return organization

    def add_group(self, *, name: str, members: Iterable[int] = ()) -> Group:
        """Add a group with its agents."""
        group = Group(id=self.next_id("group"), name=name, created=self.now(), updated=self.now())
        self.groups[group.id] = group
        for user_id in members:
            self.users[user_id].group_ids.append(group.id)
        return group

    def add_field(
        self, *, title: str, type: str = "text", options: Sequence[tuple[str, str]] = (), key: str = ""
    ) -> Field:  # Zendesk's own word
        """Add a custom ticket field; types: text, textarea, tagger (drop-down), checkbox, integer, date."""
        made = Field(
            id=self.next_id("field"), title=title, type=type, created=self.now(), options=list(options), key=key
        )
        self.fields[made.id] = made
        return made

    def add_organization_field(
        self, *, key: str, title: str, type: str = "text", options: Sequence[tuple[str, str]] = ()
    ) -> Field:
        """Add an organization field."""
        made = Field(
            id=self.next_id("field"), title=title, type=type, created=self.now(), options=list(options), key=key
        )
        self.organization_fields[key] = made
        return made

    def field_by_title(self, title: str) -> Field:
        """Return the custom ticket field with this title.

        Raises:
            KeyError: No field has it.
        """
        for one in self.fields.values():
            if one.title == title:
                return one
        raise KeyError(title)

    def user_by_email(self, email: str) -> User | None:
        """Return the person with this address, case ignored."""
        wanted = email.lower()
        return next((user for user in self.users.values() if user.email.lower() == wanted), None)

    def place(self, ticket: Ticket, *, before: int | None = None) -> None:
        """Keep a new or changed ticket and its place in the export."""
        if ticket.id not in self.tickets:
            self.tickets[ticket.id] = ticket
            if ticket.external_id is not None:
                self.by_external_id[ticket.external_id].append(ticket.id)
        self.generated.put(ticket.id, ticket.generated, before=before)

    def summary(self, *, tickets: bool = False) -> dict[str, Any]:
        """Return counts for the control API, and every ticket when asked."""
        counts: dict[str, Any] = {
            "tickets": len(self.tickets),
            "users": len(self.users),
            "organizations": len(self.organizations),
            "comments": sum(len(ticket.comments) for ticket in self.tickets.values()),
            "audits": sum(len(ticket.audits) for ticket in self.tickets.values()),
            "jobs": len(self.jobs),
            "links": len(self.links),
        }
        return counts


def seconds(at: datetime | int) -> int:
    """Return an instant in whole seconds since 1970."""
    return at if isinstance(at, int) else int(at.timestamp())
