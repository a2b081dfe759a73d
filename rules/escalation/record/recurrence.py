"""Recurrence: whether the trouble came back some time after a record was closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rules.calendar import ALWAYS
from rules.escalation.record.course import Course
from rules.escalation.record.programme import AccountProgramme
from rules.escalation.standing import AccountState
from rules.facts import Facts
from rules.span import Span
from rules.ticket import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """One look back at a closure."""

    after: Span
    #: When it is looked at (UTC).
    at: datetime
    #: Keys of new tickets of the same kind by then, the oldest first; None = the time has not come.
    again: tuple[str, ...] | None
    #: So many of them mean that it came back.
    limit: int

    @property
    def came_back(self) -> bool | None:
        """The verdict; None = the time has not come."""
        return None if self.again is None else len(self.again) >= self.limit


def recurrences_of(programme: AccountProgramme, course: Course, facts: Facts) -> tuple[Recurrence, ...]:
    """Every look back at the last closure, in the order of time; none while the record was not closed.

    A ticket is of the same kind when it has the product (or, without one, the type) of a ticket that came before the
    closure. Each verdict is that of its own instant: what comes later does not change it.
    """
    closed = course.entered(AccountState.AFTERCARE)
    if closed is None or course.state not in {AccountState.AFTERCARE, AccountState.CLOSED}:
        return ()
    members = sorted(facts.around.members, key=lambda one: (one.created_at, str(one.ref)))
    kinds = {_kind(one) for one in members if one.created_at <= closed}
    found: list[Recurrence] = []
    for after in programme.aftercare.recurrence:
        # Whether trouble comes back is seen over weeks of the almanac, whatever days were worked.
        at = ALWAYS.add(closed, after)
        again = tuple(one.key for one in members if closed < one.created_at <= at and _kind(one) in kinds)
        limit = programme.aftercare.recurring_tickets
        found.append(Recurrence(after=after, at=at, again=again if at <= facts.now else None, limit=limit))
    return tuple(found)


def _kind(ticket: Ticket) -> tuple[str, str | None]:
    return ("product", ticket.product) if ticket.product is not None else ("type", ticket.type)
