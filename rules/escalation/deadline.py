"""Deadline: how soon something is owed in an escalation, and who hears of it when it is late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules.calendar import BusinessCalendar, Span
    from rules.channels import Notification
    from rules.templates import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class LateStep:
    """Who hears of it so long after the due instant."""

    #: Open time after the due instant; no time at all = at once.
    after: Span
    #: Who it is for, in the policy's words: lead, rem, global_rem.
    to: str
    #: None = Escalade's own words.
    note: Template | None = None
    notify: tuple[Notification, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """So much open time, and what happens when it has passed."""

    within: Span
    calendar: BusinessCalendar
    #: Open time before the due instant at which a note warns; None = no warning.
    warn_before: Span | None = None
    #: In the order in which they come.
    late: tuple[LateStep, ...] = ()
