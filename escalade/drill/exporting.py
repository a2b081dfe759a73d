"""Exporting: a scenario made of a real case, with nothing in it by which anybody could tell whose case it was. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import yaml

from escalade.drill.masks import Masks
from escalade.drill.reading import read_scenario
from escalade.drill.scenario import RECORD
from rules.policy import Policy
from rules.ticket import Comment, LinkKind, Side, Ticket, TicketRef

#: The Monday of the week in which every exported case begins.
_MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
_WEEK = timedelta(weeks=1)
_CUSTOMER = "customer"


def exported(
    policy: Policy, record: Ticket, members: Sequence[Ticket], own: Collection[TicketRef] = ()
) -> dict[str, Any]:
    """A scenario file's document: what people told Escalade, when, on which ticket.

    Names are masked, words replaced, dates moved by whole weeks. What people changed without a command, such as
    a subtask's date, is left out.

    Args:
        policy: The policy that the case was led by.
        record: The record of the account's escalation.
        members: The account's tickets, with those of the tracker that are linked with them.
        own: Tickets that Escalade opened: it will do so again.

    Raises:
        ValueError: there is no ticket of the account to begin with.
    """
    tracked = {link.to for one in members for link in one.links if link.kind is LinkKind.TRACKED_BY}
    customers = [one for one in members if one.ref not in tracked and one.ref not in own]
    if not customers:
        raise ValueError(f"{record.ref} lists no ticket of its account; there is nothing to play")
    customers.sort(key=lambda one: (one.created_at, one.ref))
    return _Export(policy, record, tuple(customers), frozenset(own)).document()


@dataclass(frozen=True, slots=True)
class _Line:
    """A comment that told Escalade something."""

    at: datetime
    on: str
    who: str
    writes: str


class _Export:
    def __init__(self, policy: Policy, record: Ticket, members: tuple[Ticket, ...], own: frozenset[TicketRef]) -> None:
        self._policy, self._record, self._members = policy, record, members
        self._not_bugs = own | {record.ref}
        self._names = {one.ref: f"ticket-{number}" for number, one in enumerate(members, start=1)}
        begin = min(record.created_at, members[0].created_at)
        week = datetime.combine(begin.date() - timedelta(days=begin.weekday()), datetime.min.time(), UTC)
        self._masks = Masks(policy, _MONDAY - week)
        self._begin = self._masks.at(begin)

    def document(self) -> dict[str, Any]:
        chapters = [self._opening(), *self._chapters()]
        return {
            "version": 1,
            "title": "A case of our own",
            "tells": "Made of a real case: names, words and dates are not those of the case.",
            "starts": _written(self._begin),
            "cast": {
                "company": "The customer",
                "customers": {_CUSTOMER: "The customer's voice"},
                "people": self._cast(),
            },
            "desk": {"tickets": dict(self._tickets()), "bugs": self._bugs()},
            "chapters": chapters,
        }

    def _cast(self) -> dict[str, Any]:
        directory = self._policy.directory
        return {
            mask: {
                "name": mask.replace("-", " ").capitalize(),
                "level": directory.people[identity].level,
                "roles": [role for role in directory.roles if directory.is_one_of(identity, role)],
            }
            for identity, mask in self._masks.people.items()
        }

    def _tickets(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for member in self._members:
            first = member.timeline.moments[0].state if member.timeline.moments else None
            priority = member.priority if first is None else first.priority
            name = self._names[member.ref]
            told = {"subject": name.replace("-", " ").capitalize()}
            yield name, told if priority is None else {**told, "priority": priority.value}

    def _behind(self) -> dict[TicketRef, list[str]]:
        behind: dict[TicketRef, list[str]] = {}
        for member in self._members:
            for link in member.links:
                if link.kind is LinkKind.TRACKED_BY and link.to not in self._not_bugs:
                    behind.setdefault(link.to, []).append(self._names[member.ref])
        return behind

    def _bugs(self) -> dict[str, Any]:
        found = enumerate(self._behind().values(), start=1)
        return {f"bug-{number}": {"subject": f"Bug {number}", "behind": names} for number, names in found}

    def _opening(self) -> dict[str, Any]:
        """All tickets come in, and somebody asks for the account's escalation in case nothing else proposes it."""
        lines = self._lines()
        said = next((line.who for line in lines if line.who != _CUSTOMER), None)
        someone = said or self._masks.person(next(iter(self._policy.directory.people)))
        first = self._names[self._members[0].ref]
        steps: list[dict[str, Any]] = [
            {"arrive": [*self._names.values(), *self._bugs()]},
            {"who": someone, "on": first, "writes": "#escalate account words"},
        ]
        return {"title": "How it began", "tells": "The tickets of the case come in.", "steps": steps}

    def _chapters(self) -> Iterator[dict[str, Any]]:
        """A chapter a week."""
        for week, lines in groupby(self._lines(), key=lambda line: (line.at - _MONDAY) // _WEEK + 1):
            steps = [self._step(line) for line in lines]
            yield {"title": f"Week {week}", "tells": f"What people told Escalade in week {week}.", "steps": steps}

    def _step(self, line: _Line) -> dict[str, Any]:
        told: dict[str, Any] = {"until": _written(line.at), "who": line.who, "on": line.on, "writes": line.writes}
        if line.who != _CUSTOMER:
            told["task"] = "Something is due here. What do you write?"
        return told

    def _lines(self) -> list[_Line]:
        places = [(RECORD, self._record), *((self._names[one.ref], one) for one in self._members)]
        found = (self._line(name, ticket, comment) for name, ticket in places for comment in ticket.comments)
        return sorted((line for line in found if line is not None), key=lambda line: line.at)

    def _line(self, name: str, ticket: Ticket, comment: Comment) -> _Line | None:
        at = self._masks.at(comment.at)
        if comment.side is Side.REQUESTER:
            phrases = self._policy.commanding.phrases
            asked = any(command.phrase for command in comment.commands) and phrases and name != RECORD
            return _Line(at, name, _CUSTOMER, phrases[0]) if asked else None
        by = next((command.by for command in comment.commands if command.by is not None), None)
        directory = self._policy.directory
        person = directory.people.get(by) if by is not None else None
        if person is None and comment.author is not None and not comment.ours:
            person = directory.person_of(ticket.ref.helpdesk, comment.author)
        writes = "" if person is None else self._masks.comment(comment)
        return None if person is None or not writes else _Line(at, name, self._masks.person(person.id), writes)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def scenario_text(policy: Policy, record: Ticket, members: Sequence[Ticket], own: Collection[TicketRef] = ()) -> str:
    """The same as the text of a scenario file, which `escalade drill` plays.

    Raises:
        ValueError: there is no ticket of the account to begin with.
    """
    document = exported(policy, record, members, own)
    text = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    read_scenario("exported", "exported.yaml", text)
    return text


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
