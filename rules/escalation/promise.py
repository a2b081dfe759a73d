"""Promise: what was said to be done by when, kept or broken."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time
from enum import StrEnum

import msgspec

from rules.calendar import BusinessCalendar, Span
from rules.escalation.act import Act

#: Where a command says until when; the first one that is there counts.
_OPTIONS = ("by", "until", "due", "next update", "next", "date")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T]+(\d{1,2}):(\d{2}))?")


class PromiseState(StrEnum):
    """What became of a promise."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"


class Promise(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One promise."""

    #: The act's key.
    key: str
    #: When it was made (UTC).
    at: datetime
    text: str
    due_at: datetime
    #: Whoever made it, by id of the directory where it is known.
    by: str | None = None
    #: What keeps it, late or not (UTC); None = nothing has yet. On a ticket the first word to the customer after it, on
    #: the record of an account, where many words go to the customer, whoever says that it was kept.
    answered_at: datetime | None = None
    #: To whom, where it was said.
    to: str = ""
    #: How it was kept, where it was said.
    how: str = ""

    def state(self, now: datetime) -> PromiseState:
        """Kept when that came in time; broken from the due instant on when not."""
        if self.answered_at is not None:
            return PromiseState.KEPT if self.answered_at < self.due_at else PromiseState.BROKEN
        return PromiseState.OPEN if now < self.due_at else PromiseState.BROKEN


def kept_rate(promises: Iterable[Promise], now: datetime) -> int | None:
    """Promises kept of those that are decided at an instant (UTC), in percent, rounded down; None while none is."""
    states = [one.state(now) for one in promises]
    kept, broken = states.count(PromiseState.KEPT), states.count(PromiseState.BROKEN)
    return None if not kept + broken else 100 * kept // (kept + broken)


def promised_until(act: Act, calendar: BusinessCalendar) -> datetime | None:
    """Until when an act promises something (UTC): `2026-03-05 15:00`, `2026-03-05` or `4h`; None = it does not say.

    Dates are local to the calendar's zone; a date without a time means the end of its working hours, or of the day
    when it is a day off. A length of time is open time from the act on.
    """
    said = next((act.options[name] for name in _OPTIONS if act.options.get(name)), None)
    return None if said is None else instant_of(said, act.at, calendar)


def instant_of(said: str, since: datetime, calendar: BusinessCalendar) -> datetime | None:
    """The instant (UTC) that people wrote; None when it is none. See `promised_until`."""
    match = _DATE.fullmatch(said.strip())
    try:
        if match is None:
            return calendar.add(since, Span.parse(said))
        year, month, day, hour, minute = (None if part is None else int(part) for part in match.groups())
        local = datetime(year or 0, month or 0, day or 0, hour or 0, minute or 0, tzinfo=calendar.zone)
    except (ValueError, OverflowError):
        return None
    if hour is not None:
        return local.astimezone(UTC)
    closing = calendar.closing(local.date())
    return closing if closing is not None else datetime.combine(local, time.max, calendar.zone).astimezone(UTC)


def doubt(due_at: datetime, at: datetime, calendar: BusinessCalendar, plan_due: datetime | None) -> str | None:
    """Why a promise can hardly be kept, in words; None when nothing speaks against it.

    Args:
        due_at: Until when it is promised (UTC).
        at: When it was promised (UTC).
        calendar: Our working hours.
        plan_due: When the action plan itself is due (UTC), where it says so.
    """
    if due_at <= at:
        return "that instant is over already"
    # The very end of working hours is still in time for what was promised until then.
    if not calendar.is_open(due_at) and calendar.closing(calendar.local_date(due_at)) != due_at:
        why = calendar.closed_because(calendar.local_date(due_at))
        return f"nobody works then ({why or 'out of working hours'})"
    if plan_due is not None and due_at < plan_due:
        return f"the action plan itself is due later, {plan_due:%Y-%m-%d %H:%M} UTC"
    return None
