"""Commanding: who may ask for what, and what else than a comment asks for something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules.conditions.base import Condition

#: What anybody of our people may ask for: reasons are looked at afterwards, by those who accept or decline.
OPEN_VERBS = frozenset({"escalate", "concern", "feedback", "help"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most so many requests of one person on one ticket within a stretch of time, round the clock."""

    count: int
    per: timedelta

    def __str__(self) -> str:
        return f"{self.count} per {self.per.total_seconds() / 3600:g} h"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commanding:
    """The section `commands:` of a policy."""

    #: Verb → roles, teams or people who may use it. Verbs that are not named are open to whom the directory knows.
    allow: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Tag → verb: somebody (a macro) put the tag on.
    tags: Mapping[str, str] = field(default_factory=dict)
    #: Field → value → verb: somebody (a macro) chose the value.
    fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: A customer who writes one of these asks for an escalation.
    phrases: tuple[str, ...] = ()
    #: Whose requests of this kind count, as the ticket was then; None = everybody's.
    eligible: Condition | None = None
    limit: Limit | None = None
    #: What was said before that day (in UTC) asks for nothing; None = everything counts.
    since: date | None = None
