"""Timing: lengths of time that do not fit together, and calendars that do not mean what they say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from rules.calendar import BusinessCalendar, Span
from rules.conditions.base import ALWAYS_WORD
from rules.lint.finding import Flaw
from rules.lint.subject import Subject
from rules.policy import Tier
from rules.sla import Metric, SlaTarget
from rules.yamltext import Path

#: Two lengths of time in different calendars are compared from every hour of so many days.
_SAMPLED = 21
_YEAR = timedelta(days=365)


def timeout_beyond_target(subject: Subject) -> Iterator[Flaw]:
    """Time-outs that come after the breach which they are there to prevent."""
    for tier in subject.policy.tiers:
        timeout = tier.timeout
        if timeout is None:
            continue
        for target in subject.policy.sla:
            longest = _longest(subject, target)
            if _is_protected(subject, target, tier) and _ends_later(
                subject, tier.calendar, timeout, target.calendar, longest
            ):
                yield Flaw(
                    path=(*subject.place("tiers", tier.id), "timeout"),
                    message=f"the time-out of {tier.id!r}, {timeout}, ends after the target {target.id!r}, {longest}",
                    hint="make the time-out shorter than the target, or let the breach lead into the tier above",
                )


def _is_protected(subject: Subject, target: SlaTarget, tier: Tier) -> bool:
    """Whether a climb out of the tier is what keeps the target: its own breach does not lead any higher."""
    if target.metric is not Metric.RESOLUTION and target.tier != tier.id:
        return False
    led_to = [subject.policy.tier(step.escalate_to) for step in target.breaches if step.escalate_to is not None]
    return not any(other is not None and (other.path != tier.path or other.rank > tier.rank) for other in led_to)


def _longest(subject: Subject, target: SlaTarget) -> Span:
    """The longest time that the target allows, whatever the priority."""
    start = _midnight(subject)
    return max(target.targets.values(), key=lambda span: target.calendar.add(start, span))


def _ends_later(subject: Subject, calendar: BusinessCalendar, span: Span, other: BusinessCalendar, limit: Span) -> bool:
    """Whether the first length of time ends after the second one, whenever the two begin together."""
    start = _midnight(subject)
    begins = (start + timedelta(hours=hour) for hour in range(_SAMPLED * 24))
    return all(calendar.add(begin, span) > other.add(begin, limit) for begin in begins)


def _midnight(subject: Subject) -> datetime:
    return datetime.combine(subject.today, time(), UTC)


def silent_always(subject: Subject) -> Iterator[Flaw]:
    """Time that passes round the clock without being said where it passes."""
    if subject.document.get("default_calendar") != ALWAYS_WORD:
        return
    silent = [path for path in _timed(subject) if "calendar" not in _part(subject, path)]
    if silent:
        count = "one part" if len(silent) == 1 else f"{len(silent)} parts"
        yield Flaw(
            path=("default_calendar",),
            message=f"nights and weekends count in {count} that name no calendar",
            hint="write calendar: always there, or name the hours of the people who answer",
        )


def _timed(subject: Subject) -> Iterator[Path]:
    """The parts whose own lengths of time take the default calendar."""
    policy = subject.policy
    yield from (subject.place("tiers", tier.id) for tier in policy.tiers if tier.timeout or tier.unacknowledged)
    yield from (subject.place("sla", target.id) for target in policy.sla)
    yield from (subject.place("cadences", cadence.id) for cadence in policy.cadences)
    yield from (subject.place("updates", reminder.id) for reminder in policy.reminders)


def _part(subject: Subject, path: Path) -> dict[str, object]:
    part = subject.document[str(path[0])][path[1]]
    return part if isinstance(part, dict) else {}


def never_closes(subject: Subject) -> Iterator[Flaw]:
    """Calendars with a name of their own that are open round the clock."""
    for name, calendar in subject.policy.calendars.items():
        if calendar.never_closes:
            yield Flaw(
                path=("calendars", name),
                message=f"the calendar {name!r} never closes, on holidays neither",
                hint="use always where that is meant, or give it holidays",
                on_key=True,
            )


def holidays_end(subject: Subject) -> Iterator[Flaw]:
    """Calendars whose holidays are listed, but none for the coming year."""
    for name, calendar in subject.policy.calendars.items():
        listed = [*calendar.holidays, *calendar.special_days]
        last = subject.today + _YEAR
        coming = any(subject.today < day <= last for day in listed) or bool(
            calendar.days_off(_midnight(subject), _midnight(subject) + _YEAR)
        )
        if (listed or calendar.sources) and not coming:
            yield Flaw(
                path=("calendars", name),
                message=f"the calendar {name!r} has holidays, but none in the twelve months from {subject.today} on",
                hint="add the dates of the coming year, or name the country: {country: DE}",
                on_key=True,
            )
