"""The state of the emulated Zendesk account and how a test or a demo fills it."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from escalade.emulator.zendesk.dump import dump_json
from escalade.emulator.zendesk.errors import not_found
from escalade.emulator.zendesk.generated import GeneratedIndex
from escalade.emulator.zendesk.hooks import add_webhook
from escalade.emulator.zendesk.model import (
    Field,
    Group,
    JiraLink,
    Job,
    Organization,
    Scalar,
    Schedule,
    SlaPolicy,
    Ticket,
    Token,
    User,
    Webhook,
)
from escalade.emulator.zendesk.seed import add_ticket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from escalade.emulator.clock import VirtualClock
    from escalade.emulator.deliver import Outbox
    from escalade.emulator.zendesk.events import AuditRow

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
    "schedule": 34_000_000_000_000,
    "holiday": 35_000_000_000_000,
    "job": 0,
    "ticket": 0,
    "delivery": 8_350_200_000,
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
        self.incidents: Counter[int | None] = Counter()
        self.generated = GeneratedIndex()
        self.version = 0
        self.audit_rows: list[AuditRow] = []
        self.audit_rows_version = -1
        self.jobs: dict[str, Job] = {}
        self.links: dict[int, JiraLink] = {}
        self.webhooks: dict[str, Webhook] = {}
        self.policies: dict[int, SlaPolicy] = {}
        self.schedules: dict[int, Schedule] = {}
        self.tokens: dict[str, Token] = {}
        self.idempotency: dict[str, tuple[int, bytes, int]] = {}
        self.api_tokens = {API_TOKEN}
        self.oauth_clients = {OAUTH_CLIENT[0]: OAUTH_CLIENT[1]}
        self.token_seconds = 1800
        self.subdomain = "emulator"
        self._ids: dict[str, Iterator[int]] = {kind: itertools.count(base + 1) for kind, base in _ID_BASES.items()}
        self.bot = self.add_user(name="Escalation Bot", email=BOT_EMAIL, role="admin")
        self.default_group = self.add_group(name="Support", members=[self.bot.id])
        self.add_schedule(name="Business hours", hours={day: [(9, 17)] for day in range(1, 6)})

    def now(self) -> int:
        """Return the virtual instant in whole seconds since 1970."""
        return self.clock.timestamp()

    def next_id(self, kind: str) -> int:
        """Return the next free id of a kind of record."""
        return next(self._ids[kind])

    def next_ticket_id(self) -> int:
        """Return the next ticket number that is not taken."""
        return next(number for number in self._ids["ticket"] if number not in self.tickets)

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
        self, *, title: str, kind: str = "text", options: Sequence[tuple[str, str]] = (), key: str = ""
    ) -> Field:  # Zendesk's own word
        """Add a custom ticket field; types: text, textarea, tagger (drop-down), checkbox, integer, date."""
        made = Field(
            id=self.next_id("field"), title=title, type=kind, created=self.now(), options=list(options), key=key
        )
        self.fields[made.id] = made
        return made

    def add_organization_field(
        self, *, key: str, title: str, kind: str = "text", options: Sequence[tuple[str, str]] = ()
    ) -> Field:
        """Add an organization field."""
        made = Field(
            id=self.next_id("field"), title=title, type=kind, created=self.now(), options=list(options), key=key
        )
        self.organization_fields[key] = made
        return made

    def add_schedule(
        self,
        *,
        name: str,
        hours: Mapping[int, Sequence[tuple[float, float]]],
        time_zone: str = "Berlin",
        holidays: Sequence[tuple[str, date, date]] = (),
    ) -> Schedule:
        """Add business hours: day (0 = Sunday) → start and end in hours of that day; holidays with both their dates."""
        minutes = [
            (day * 1440 + int(a * 60), day * 1440 + int(b * 60)) for day, spans in hours.items() for a, b in spans
        ]
        made = Schedule(
            id=self.next_id("schedule"), name=name, time_zone=time_zone, intervals=sorted(minutes), created=self.now()
        )
        made.holidays = {self.next_id("holiday"): one for one in holidays}
        self.schedules[made.id] = made
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

    def ticket(self, raw_id: str) -> Ticket:
        """Return a ticket that is not deleted.

        Raises:
            RejectedError: 404.
        """
        found = self.tickets.get(int(raw_id)) if raw_id.isdigit() else None
        if found is None or found.status == "deleted":
            raise not_found()
        return found

    def user(self, raw_id: str) -> User:
        """Return a person, or refuse with 404."""
        if not raw_id.isdigit() or int(raw_id) not in self.users:
            raise not_found()
        return self.users[int(raw_id)]

    def organization(self, raw_id: str) -> Organization:
        """Return a company, or refuse with 404."""
        if not raw_id.isdigit() or int(raw_id) not in self.organizations:
            raise not_found()
        return self.organizations[int(raw_id)]

    def alive(self, wanted: Callable[[Ticket], bool]) -> list[Ticket]:
        """Return the tickets that are not deleted and for which `wanted` is true."""
        return [one for one in self.tickets.values() if one.status != "deleted" and wanted(one)]

    def place(self, ticket: Ticket) -> None:
        """Keep a new ticket and its place in the export."""
        self.tickets[ticket.id] = ticket
        self.version += 1
        self.incidents.update([ticket.problem_id])
        if ticket.external_id is not None:
            self.by_external_id[ticket.external_id].append(ticket.id)
        self.generated.put(ticket.id, ticket.generated)

    def touch(self, ticket: Ticket) -> None:
        """Move a ticket to the end of the export; alone, this is a change without an event."""
        ticket.generated = max(ticket.generated, self.now())
        self.version += 1
        self.generated.put(ticket.id, ticket.generated)

    def rename_external(self, ticket: Ticket, external_id: str | None) -> None:
        """Keep the index of external ids right when a ticket's changes."""
        if ticket.external_id is not None:
            self.by_external_id[ticket.external_id].remove(ticket.id)
        if external_id is not None:
            self.by_external_id[external_id].append(ticket.id)

    def add_ticket(self, **seed: Any) -> Ticket:
        """Add a ticket with its past; see `seed.add_ticket` for the arguments."""
        return add_ticket(self, **seed)

    def add_link(self, ticket: Ticket, issue_id: str, issue_key: str) -> JiraLink:
        """Add a link of Zendesk's Jira app."""
        now = self.now()
        link = JiraLink(
            id=self.next_id("link"),
            ticket_id=ticket.id,
            issue_id=issue_id,
            issue_key=issue_key,
            created=now,
            updated=now,
        )
        self.links[link.id] = link
        return link

    def add_sla_policy(self, *, title: str, targets: Mapping[tuple[str, str], int]) -> SlaPolicy:
        """Add an SLA policy; `targets` are calendar minutes by (priority, metric)."""
        position = len(self.policies) + 1
        policy = SlaPolicy(
            id=self.next_id("policy"), title=title, position=position, created=self.now(), targets=dict(targets)
        )
        self.policies[policy.id] = policy
        return policy

    def subscribe(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Add a webhook from its bare description: url, secret, subscriptions; for the control API."""
        hook = add_webhook(self, raw)
        return {"id": hook.id, "secret": hook.secret}

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
        if tickets:
            return {**counts, "dump": [dump_json(self, ticket) for ticket in self.tickets.values()]}
        return counts
