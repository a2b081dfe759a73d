"""FeedDays: days off from an iCalendar feed (RFC 5545), such as a company's or a country's holiday calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from rules.timetable import Closure, instant

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEvent:
    """One event of a feed, with its repetitions."""

    name: str
    #: The begin of its first occurrence as the wall shows it; midnight for whole days.
    begin: datetime
    #: How long it lasts, as the wall shows it.
    length: timedelta
    #: Whole local dates, or a stretch of time.
    whole_days: bool
    #: The zone of its times; None = the calendar's.
    zone: tzinfo | None = None
    #: Its RRULE with local times, bounded; None = it happens once.
    rule: str | None = None
    #: Further begins.
    also: tuple[datetime, ...] = ()
    #: Begins at which it does not happen after all.
    never: tuple[datetime, ...] = ()

    def begins(self, year: int) -> list[datetime]:
        """The begins, as the wall shows them, of its occurrences that touch a year; in order."""
        first, end = datetime(year, 1, 1) - self.length, datetime(year + 1, 1, 1)  # noqa: DTZ001 - the wall's
        found = {begin for begin in (self.begin, *self.also) if first < begin < end}
        if self.rule is not None:
            from dateutil.rrule import rrulestr  # noqa: PLC0415 - policies without a feed need no recurrence rules

            found |= set(rrulestr(self.rule, dtstart=self.begin).between(first, end))
        return sorted(found - set(self.never))

    def told(self) -> tuple[str | bool | None, ...]:
        """All that it says, as plain values; what the hash of a policy counts."""
        also, never = (",".join(at.isoformat() for at in begins) for begins in (self.also, self.never))
        zone = None if self.zone is None else str(self.zone)
        return (self.name, self.begin.isoformat(), str(self.length), self.whole_days, zone, self.rule, also, never)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDays:
    """The events of a feed as a source of a calendar's holidays.

    An event of whole days closes these days; an event with times closes the time from its begin to its end. Every event
    counts, also one that is shown as free: feeds of public holidays mark them so.
    """

    #: Name of the file.
    file: str
    events: tuple[FeedEvent, ...]

    def days(self, year: int) -> Mapping[date, str]:
        """The whole days of a year that are off; the first event of a day names it."""
        return _days(self, year)

    def closures(self, year: int, zone: ZoneInfo) -> tuple[Closure, ...]:
        """The stretches of time that begin in a year; events without a zone of their own are in the calendar's."""
        return _closures(self, year, zone)


@lru_cache(maxsize=1024)
def _days(feed: FeedDays, year: int) -> Mapping[date, str]:
    found: dict[date, str] = {}
    for event in feed.events:
        if event.whole_days:
            for begin in event.begins(year):
                for offset in range(event.length // _DAY):
                    day = begin.date() + offset * _DAY
                    if day.year == year:
                        found.setdefault(day, event.name)
    return found


@lru_cache(maxsize=1024)
def _closures(feed: FeedDays, year: int, zone: ZoneInfo) -> tuple[Closure, ...]:
    return tuple(
        Closure(
            start=instant(begin, event.zone or zone),
            end=instant(begin + event.length, event.zone or zone),
            name=event.name,
        )
        for event in feed.events
        if not event.whole_days
        for begin in event.begins(year)
        if begin.year == year
    )
