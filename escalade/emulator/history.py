"""A world made from a ticket history: as it was at one instant, with the rest still to come."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from escalade.emulator import desk_words as words
from escalade.emulator.desk_jira import fill_jira
from escalade.emulator.history_file import BadHistoryError, Event, busiest_instant, read_events
from escalade.emulator.world import World
from escalade.emulator.zendesk.edit import commit
from escalade.emulator.zendesk.fields import clean_tags
from escalade.emulator.zendesk.model import Comment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from escalade.emulator.zendesk.model import Scalar, Ticket, User
    from escalade.emulator.zendesk.state import ZendeskAccount

__all__ = ["BadHistoryError", "build_history"]

# ITIL writes impact and urgency as numbers, 1 being the worst.
_ITIL_LEVELS = {1: "high", 2: "medium", 3: "low"}
_LEVEL_FIELDS = ("impact", "urgency")
_LEVELS = [("Low", "low"), ("Medium", "medium"), ("High", "high")]


def build_history(path: Path, at: datetime | None = None) -> World:
    """Return the world of a history file (format version 1, gzip or plain).

    Args:
        path: The file; it is read as the clock advances, and must stay where it is.
        at: The instant (aware) at which the world starts; the one with the most open tickets when absent.

    Raises:
        BadHistoryError: The file is not in the format; names file and line.
        OSError: The file cannot be read.
    """
    first, busiest = busiest_instant(path)
    world = World.empty(min(first, at) if at is not None else first)
    world.pending = _Future(world, read_events(path))
    world.clock.set(at or busiest)
    fill_jira(world, Random(7), linked=25)
    return world


class _Future:
    """The events that have not happened yet; an agenda of the clock."""

    def __init__(self, world: World, events: Iterator[Event]) -> None:
        self._replay = _Replay(world.zendesk)
        self._events = events
        self._next = next(events, None)

    def next_at(self) -> datetime | None:
        return None if self._next is None else self._next.at

    def run_next(self) -> None:
        if self._next is not None:
            self._replay.apply(self._next)
            self._next = next(self._events, None)


class _Replay:
    """Turns events into changes of the emulated account, as its own people would have made them."""

    def __init__(self, account: ZendeskAccount) -> None:
        self._account = account
        self._tickets: dict[str, Ticket] = {}
        self._users: dict[str, User] = {}
        self._organizations: dict[str, int] = {}
        self._groups: dict[str, int] = {}
        self._fields: dict[str, int] = {}
        self._desk = account.add_user(name="Desk", email="desk@support.example.com", role="admin")
        self._furnish()

    def _furnish(self) -> None:
        account = self._account
        for rank, name in enumerate(words.TIERS, start=1):
            agent = self._user(f"tier{rank}", "agent")
            self._groups[name] = account.add_group(name=name, members=[agent.id]).id
        for title in _LEVEL_FIELDS:
            self._fields[title] = account.add_field(title=title, kind="tagger", options=_LEVELS).id
        for title in ("escalation_tier", "product"):
            self._fields[title] = account.add_field(title=title, kind="text").id
        for key, title in (("tier", "Tier"), ("arr", "Annual revenue"), ("renewal_date", "Renewal date")):
            account.add_organization_field(key=key, title=title)

    def apply(self, event: Event) -> None:
        """Let one event happen now."""
        if event.event == "created":
            self._create(event)
            return
        ticket = self._tickets.get(event.ticket)
        if ticket is None or ticket.status == "deleted":
            return
        if event.event == "comment":
            self._comment(ticket, event.raw)
        else:
            self._change(ticket, event.raw.get("fields") or {})

    def _create(self, event: Event) -> None:
        fields: Mapping[str, Any] = event.raw.get("fields") or {}
        requester = self._user(str(fields.get("requester") or "nobody"), "end-user")
        new = self._values(fields)
        custom = new.pop("custom", {})
        if requester.organization_id is None:
            requester.organization_id = new.get("organization_id")
        self._tickets[event.ticket] = self._account.add_ticket(
            subject=str(fields.get("subject") or event.ticket),
            description=str(fields.get("description") or fields.get("subject") or event.ticket),
            requester_id=requester.id,
            external_id=event.ticket,
            tags=new.pop("tags", []),
            custom=custom,
            **{name: value for name, value in new.items() if name not in {"subject", "requester_id"}},
        )
        self._link(self._tickets[event.ticket], fields)

    def _change(self, ticket: Ticket, fields: Mapping[str, Any]) -> None:
        actor = self._account.users.get(ticket.assignee_id or 0, self._desk)
        commit(self._account, ticket, self._values(fields), actor=actor, via="web")
        self._link(ticket, fields)
        ticket.updated = self._account.now()
        self._account.touch(ticket)

    def _comment(self, ticket: Ticket, raw: Mapping[str, Any]) -> None:
        author = raw.get("author") or {}
        role = "end-user" if author.get("role") == "requester" else "agent"
        person = self._desk if author.get("role") == "system" else self._user(str(author.get("id")), role)
        comment = Comment(
            id=self._account.next_id("event"),
            author_id=person.id,
            body=str(raw.get("body") or ""),
            public=bool(raw.get("public")),
            at=self._account.now(),
        )
        commit(self._account, ticket, {}, comment=comment, actor=person, via="web")

    def _values(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the attribute values of a ticket that an event's fields stand for."""
        new: dict[str, Any] = {
            name: fields[name] for name in ("subject", "status", "priority", "type") if name in fields
        }
        if "tags" in fields:
            new["tags"] = clean_tags(fields["tags"])
        if "account" in fields:
            new["organization_id"] = self._organization(fields["account"])
        if fields.get("requester"):
            new["requester_id"] = self._user(str(fields["requester"]), "end-user").id
        if "group" in fields:
            new["group_id"] = self._group(fields["group"])
        if "assignee" in fields:
            new["assignee_id"] = self._assignee(fields["assignee"], new.get("group_id"))
        custom = dict(fields.get("custom") or {})
        if fields.get("product"):
            custom["product"] = fields["product"]
        if custom:
            new["custom"] = {self._field(name, value): _level(name, value) for name, value in custom.items()}
        return new

    def _user(self, name: str, role: str) -> User:
        if name not in self._users:
            domain = "support.example.com" if role == "agent" else "customers.example.net"
            self._users[name] = self._account.add_user(name=name, email=f"{name}@{domain}".lower(), role=role)
        return self._users[name]

    def _assignee(self, name: str | None, group_id: int | None) -> int | None:
        if not name:
            return None
        agent = self._user(name, "agent")
        group = group_id or self._account.default_group.id
        if group not in agent.group_ids:
            agent.group_ids.append(group)
        return agent.id

    def _group(self, name: str | None) -> int | None:
        if not name:
            return None
        if name not in self._groups:
            self._groups[name] = self._account.add_group(name=name).id
        return self._groups[name]

    def _organization(self, name: str | None) -> int | None:
        if not name:
            return None
        if name not in self._organizations:
            self._organizations[name] = self._account.add_organization(name=name).id
        return self._organizations[name]

    def _field(self, name: str, value: Scalar) -> int:
        if name not in self._fields:
            kinds = {bool: "checkbox", int: "integer", float: "decimal"}
            self._fields[name] = self._account.add_field(title=name, kind=kinds.get(type(value), "text")).id
        return self._fields[name]

    def _link(self, ticket: Ticket, fields: Mapping[str, Any]) -> None:
        for other in fields.get("links") or []:
            helpdesk, _, key = str(other).partition(":")
            if helpdesk == "jira" and not any(link.issue_key == key for link in self._account.links.values()):
                self._account.add_link(ticket, key, key)


def _level(name: str, value: Scalar) -> Scalar:
    return _ITIL_LEVELS.get(value, str(value)) if name in _LEVEL_FIELDS and isinstance(value, int) else value
