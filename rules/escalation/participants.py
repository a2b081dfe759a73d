"""Participants: everybody who is known to take part in an escalation, as one list."""

from __future__ import annotations

from collections.abc import Iterator

from rules.escalation.case_course import Course
from rules.ticket import Ticket


def participants_of(course: Course) -> tuple[str, ...]:
    """Names by the directory, else the helpdesk's ids: lead, assignees here and at the other ends, and who acted."""
    if not course.steps:
        return ()
    return tuple(dict.fromkeys(_names(course)))


def _names(course: Course) -> Iterator[str]:
    directory = course.policy.directory
    if course.lead is not None:
        person = directory.people.get(course.lead.name)
        yield course.lead.name if person is None else person.name
    for ticket in (course.facts.ticket, *course.facts.linked):
        if ticket.assignee is not None:
            yield _assigned(course, ticket, ticket.assignee)
    for act in course.acts:
        if act.at <= course.facts.now and act.person is not None and act.person in directory.people:
            yield directory.people[act.person].name


def _assigned(course: Course, ticket: Ticket, assignee: str) -> str:
    people = course.policy.directory.people.values()
    found = (person.name for person in people if person.account(ticket.ref.helpdesk) == assignee)
    return next(found, assignee)
