"""Tongue: the languages that texts are written in, and how an instant reads in one of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rules.reader import locale_of

if TYPE_CHECKING:
    from babel import Locale

#: No-break blanks of the Unicode locale data; helpdesks show them as boxes, or not at all.
_BLANKS = str.maketrans({"\u202f": " ", "\u00a0": " ", "\u2009": " "})


def is_language(tag: str) -> bool:
    """Whether dates and times can be told in it: a tag of BCP 47 such as `en` or `pt-BR`."""
    from babel import UnknownLocaleError  # noqa: PLC0415 - see _locale

    try:
        return tag == locale_of(tag) and bool(_locale(tag))
    except (UnknownLocaleError, ValueError):
        return False


def closest(languages: Collection[str], wanted: str) -> str | None:
    """The one that somebody with this locale reads best; None when none is in their language.

    Args:
        languages: Tags of BCP 47, in the order of preference.
        wanted: A tag of BCP 47.

    Returns:
        The same tag, else the same without its region and script, else the first one of the same language.
    """
    parts = wanted.split("-")
    for length in range(len(parts), 0, -1):
        if (tag := "-".join(parts[:length])) in languages:
            return tag
    return next((tag for tag in languages if tag.split("-")[0] == parts[0]), None)


def told_instant(at: datetime, language: str, zone: str | None) -> str:
    """An instant as people of a language write it, with the zone: `2. März 2026, 11:00 MEZ`.

    Args:
        at: Aware.
        language: A tag for which `is_language` holds.
        zone: IANA name; where it is not known, the instant is told in UTC.
    """
    from babel.dates import format_date, format_time, get_timezone_name  # noqa: PLC0415 - see _locale

    locale, there = _locale(language), _zone(zone)
    wall = at.astimezone(there)
    name = "UTC" if there is UTC else get_timezone_name(wall, width="short", locale=locale)
    # Where people of a language have no short name for a zone, the locale data give its distance: +0100.
    name = _distance(wall) if name[:1] in {"+", "-"} else name
    day, time = format_date(wall, "long", locale=locale), format_time(wall, "short", locale=locale)
    return f"{day}, {time} {name}".translate(_BLANKS)


def _distance(wall: datetime) -> str:
    """How far a zone is from UTC at an instant: `UTC+1`, `UTC-3:30`, `UTC`."""
    minutes = (wall.utcoffset() or timedelta()) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    if not minutes:
        return "UTC"
    return f"UTC{'-' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}"


@lru_cache(maxsize=256)
def _locale(tag: str) -> Locale:
    # Loading it takes as long as showing the help, and only policies with several languages need it.
    from babel import Locale  # noqa: PLC0415

    return Locale.parse(tag, sep="-")


@lru_cache(maxsize=1024)
def _zone(name: str | None) -> tzinfo:
    try:
        return UTC if name is None else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # What a helpdesk calls a zone is data: an unknown one must not stop the note.
        return UTC
