"""Schedules: Zendesk's business hours and holidays as the text of a calendar of the policy. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta

from connectors.zendesk import wire
from connectors.zendesk.zones import iana_zone

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = 1440
_WEEK = 7 * _DAY
_LONGEST_NAME = 250
_NAMELESS = "holiday"

Windows = tuple[tuple[int, int], ...]


def calendar_name(schedule: str) -> str:
    """The name of a calendar for a schedule: its own in lower case, with dashes for what a plain word has not."""
    return re.sub(r"[^a-z0-9]+", "-", schedule.casefold()).strip("-") or "schedule"


def calendar_text(name: str, schedule: wire.ScheduleRow, holidays: Sequence[wire.HolidayRow]) -> str:
    """One entry of `calendars:`, as YAML, indented by two blanks.

    Args:
        name: What the calendar is called.
        schedule: The schedule. Its intervals count minutes since Sunday 00:00 in its own time zone.
        holidays: Its holidays; the last day is one too.

    Returns:
        Lines with comments that say where each part comes from. A schedule without hours is a comment only.
    """
    lines = [f"  # From the Zendesk schedule {_quoted(schedule.name)}, id {schedule.id}."]
    week = _week(schedule.intervals)
    if not week:
        return "\n".join([*lines, "  # It has no business hours, so there is no calendar for it.", ""])
    lines += [f"  {name}:", *_zone(schedule.time_zone), "    week:"]
    lines += [f"      {days}: [{', '.join(map(_window, windows))}]" for days, windows in _grouped(week)]
    days_off = [line for holiday in holidays for line in _holiday(holiday)]
    lines += ["    holidays:", *days_off] if days_off else []
    return "\n".join([*lines, ""])


def _zone(name: str) -> list[str]:
    zone = iana_zone(name)
    if zone is None:
        return [
            "    # Nobody but Zendesk knows the time zone of this name: write its IANA name, such as Europe/Berlin.",
            f"    zone: {_quoted(name)}",
        ]
    return [f"    zone: {zone}" + ("" if zone == name else f"  # in Zendesk: {_quoted(name)}")]


def _week(intervals: Sequence[wire.IntervalRow]) -> dict[int, Windows]:
    """Weekday (0 = Monday) → windows in minutes of the day; an interval over midnight is cut there."""
    week: dict[int, list[tuple[int, int]]] = {}
    for interval in intervals:
        start, end = interval.start_time, interval.end_time
        while start < end:
            midnight = (start // _DAY + 1) * _DAY
            begin = start % _DAY
            # Zendesk's weeks begin on Sunday, ours on Monday.
            day = (start % _WEEK // _DAY - 1) % 7
            week.setdefault(day, []).append((begin, begin + min(end, midnight) - start))
            start = midnight
    return {day: tuple(sorted(windows)) for day, windows in sorted(week.items())}


def _grouped(week: dict[int, Windows]) -> Iterator[tuple[str, Windows]]:
    """Runs of days with the same windows: `mon-fri`."""
    first = None
    for day, windows in week.items():
        first = day if first is None else first
        if week.get(day + 1) != windows:
            yield (_DAYS[day] if first == day else f"{_DAYS[first]}-{_DAYS[day]}"), windows
            first = None


def _window(window: tuple[int, int]) -> str:
    (hour, minute), (to_hour, to_minute) = divmod(window[0], 60), divmod(window[1], 60)
    return f'"{hour:02}:{minute:02}-{to_hour:02}:{to_minute:02}"'


def _holiday(holiday: wire.HolidayRow) -> Iterator[str]:
    for offset in range((holiday.end_date - holiday.start_date).days + 1):
        day = holiday.start_date + timedelta(days=offset)
        yield f"      - {{date: {day.isoformat()}, name: {_quoted(holiday.name, _NAMELESS)}}}"


def _quoted(text: str, nameless: str = "") -> str:
    """One line of printable text in double quotes, which JSON and YAML write alike."""
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return json.dumps(plain[:_LONGEST_NAME] or nameless, ensure_ascii=False)
