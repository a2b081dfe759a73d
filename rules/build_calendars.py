"""Build: the calendars of a policy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from rules.build import entries
from rules.build_holidays import a_date, build_holidays
from rules.calendar import ALWAYS, BusinessCalendar
from rules.conditions.base import ALWAYS_WORD
from rules.problems import did_you_mean
from rules.schema.calendars import CalendarShape
from rules.shapes import shaped
from rules.yamltext import Path, Tree

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")
_WINDOW_HINT = "write opening and closing time as 09:00-17:00"


def build_calendars(tree: Tree, feeds: Mapping[str, str]) -> dict[str, BusinessCalendar]:
    """Every calendar of the policy; a wrong one is stood in for by the clock around.

    Args:
        tree: The document.
        feeds: The iCalendar files of the policy folder: name → text.
    """
    calendars: dict[str, BusinessCalendar] = {}
    for name, raw in entries(tree, "calendars").items():
        path: Path = ("calendars", name)
        if name == ALWAYS_WORD:
            tree.refuse(path, f"{name!r} is the clock around and cannot be defined anew", on_key=True)
            continue
        shape = shaped(CalendarShape, raw, path, tree)
        calendars[name] = (shape and _calendar(name, shape, path, tree, feeds)) or ALWAYS
    return calendars


def _calendar(
    name: str, shape: CalendarShape, path: Path, tree: Tree, feeds: Mapping[str, str]
) -> BusinessCalendar | None:
    before = len(tree.findings.problems)
    try:
        zone = ZoneInfo(shape.zone)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        close = did_you_mean(shape.zone, sorted(available_timezones()))
        hint = "use a name of the IANA time zone database, for example Europe/Berlin or America/New_York"
        hint = f"did you mean {close!r}? {hint}" if close is not None else hint
        tree.refuse((*path, "zone"), "there is no such time zone", found=shape.zone, hint=hint)
        zone = ZoneInfo("UTC")
    week = _week(shape.week, (*path, "week"), tree)
    holidays, sources = build_holidays(shape.holidays, (*path, "holidays"), tree, feeds)
    special_days = _special_days(shape.special_days, (*path, "special_days"), tree, frozenset(holidays))
    if len(tree.findings.problems) > before:
        return None
    if not any(week.values()):
        tree.refuse((*path, "week"), "this calendar never opens", hint=_WINDOW_HINT)
        return None
    return BusinessCalendar(name, zone, week, holidays, special_days, sources)


def _special_days(
    raw: Mapping[str, list[str]], path: Path, tree: Tree, holidays: frozenset[date]
) -> dict[date, tuple[tuple[time, time], ...]]:
    found: dict[date, tuple[tuple[time, time], ...]] = {}
    for key, texts in raw.items():
        here = (*path, key)
        day = a_date(key, here, tree, on_key=True)
        windows = _windows(texts, here, tree)
        if day is None:
            continue
        if day in holidays:
            hint = "write it in one place: a special day with [] is closed too"
            tree.refuse(here, "this date stands among the holidays too", on_key=True, found=key, hint=hint)
        found[day] = windows
    return found


def _week(raw: Mapping[str, list[str]], path: Path, tree: Tree) -> dict[int, tuple[tuple[time, time], ...]]:
    week: dict[int, tuple[tuple[time, time], ...]] = {}
    for key, texts in raw.items():
        here = (*path, key)
        days = _days(key)
        if days is None:
            hint = "ranges are written mon-fri"
            tree.refuse(here, "there is no such weekday", on_key=True, found=key, allowed=_DAYS, hint=hint)
            continue
        windows = _windows(texts, here, tree)
        for day in days:
            if day in week:
                tree.refuse(here, f"{_DAYS[day]} stands here twice", on_key=True, found=key)
            week[day] = windows
    return week


def _days(key: str) -> range | None:
    first, dash, last = key.partition("-")
    last = last if dash else first
    if first not in _DAYS or last not in _DAYS or _DAYS.index(last) < _DAYS.index(first):
        return None
    return range(_DAYS.index(first), _DAYS.index(last) + 1)


def _windows(texts: list[str], path: Path, tree: Tree) -> tuple[tuple[time, time], ...]:
    windows: list[tuple[time, time]] = []
    for index, text in enumerate(texts):
        match = _WINDOW.fullmatch(text.strip())
        if match is None:
            tree.refuse((*path, index), "these are no opening hours", found=text, hint=_WINDOW_HINT)
            continue
        hour, minute, to_hour, to_minute = (int(part or 0) for part in match.groups())
        window = time(hour, minute), time(to_hour, to_minute)
        if any(_overlap(window, other) for other in windows):
            tree.refuse((*path, index), "these opening hours overlap others of the same day", found=text)
        windows.append(window)
    return tuple(sorted(windows))


def _overlap(one: tuple[time, time], other: tuple[time, time]) -> bool:
    """Whether two windows of one day overlap; an end at or before the start is on the next day."""
    (start, end), (begin, stop) = sorted((one, other))
    return end <= start or begin < end or (start == begin and stop == end)
