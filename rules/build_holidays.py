"""Build: the days off of a calendar, written down, of a country, or from a feed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from rules.calendar import HOLIDAY
from rules.country_days import CountryDays, code_named, country_codes, subdivision_codes
from rules.feed_days import FeedDays
from rules.problems import did_you_mean
from rules.read_feed import read_feed
from rules.schema.calendars import HOLIDAY_SHAPES, CountryDaysShape, FeedDaysShape, NamedDayShape
from rules.shapes import shaped
from rules.timetable import HolidaySource
from rules.written_date import written_date
from rules.yamltext import Path, Tree

_FORMS = ("YYYY-MM-DD", "{date: …, name: …}", "{country: …}", "{ics: …}")


def build_holidays(
    raw: list[Any], path: Path, tree: Tree, feeds: Mapping[str, str]
) -> tuple[dict[date, str], tuple[HolidaySource, ...]]:
    """The days off that stand there with their names, and the sources of further ones; what is wrong is left out.

    Args:
        raw: The entries as YAML gave them.
        path: Where they stand.
        tree: The document; problems are noted there.
        feeds: The iCalendar files of the policy folder: name → text.
    """
    days: dict[date, str] = {}
    sources: list[HolidaySource] = []
    for index, entry in enumerate(raw):
        here = (*path, index)
        shape = _shape(entry, here, tree)
        source: HolidaySource | None = None
        if isinstance(shape, CountryDaysShape):
            source = _country(shape, here, tree)
        elif isinstance(shape, FeedDaysShape):
            source = _feed(shape.ics, (*here, "ics"), tree, feeds)
        elif isinstance(shape, NamedDayShape):
            day = a_date(shape.date, (*here, "date"), tree)
            days |= {} if day is None else {day: shape.name}
        elif isinstance(entry, str):
            day = a_date(entry, here, tree)
            days |= {} if day is None else {day: HOLIDAY}
        if source is not None:
            sources.append(source)
    return days, tuple(sources)


def a_date(text: str, path: Path, tree: Tree, *, on_key: bool = False) -> date | None:
    """The date of that text; None when it is none, which is noted."""
    try:
        return written_date(text)
    except ValueError as error:
        tree.refuse(path, "this is no date", on_key=on_key, found=text, hint=str(error))
        return None


def _shape(entry: Any, path: Path, tree: Tree) -> object | None:
    """A mapping held against the shape of its kind; None for texts, and for what is no entry at all (noted)."""
    if isinstance(entry, dict):
        for key, model in HOLIDAY_SHAPES.items():
            if key in entry:
                return shaped(model, entry, path, tree)
        close = next((near for word in entry if (near := did_you_mean(word, HOLIDAY_SHAPES))), None)
        hint = None if close is None else f"did you mean {close!r}?"
        tree.refuse(path, "which kind of holiday is this?", allowed=_FORMS, hint=hint)
    elif not isinstance(entry, str):
        tree.refuse(path, "this is no holiday", found=entry, allowed=_FORMS)
    return None


def _country(shape: CountryDaysShape, path: Path, tree: Tree) -> CountryDays | None:
    if shape.country not in country_codes():
        known = code_named(shape.country)
        advice = "use the ISO 3166 code of two letters" if known is None else f"did you mean {known!r}?"
        tree.refuse((*path, "country"), "there are no holidays of such a country", found=shape.country, hint=advice)
        return None
    parts = subdivision_codes(shape.country)
    if shape.subdivision is not None and shape.subdivision not in parts:
        hint = None if parts else "leave it out: the whole country has the same holidays"
        message = f"there is no such part of {shape.country}"
        tree.refuse((*path, "subdivision"), message, found=shape.subdivision, allowed=parts, hint=hint)
        return None
    return CountryDays(shape.country, shape.subdivision)


def _feed(name: str, path: Path, tree: Tree, feeds: Mapping[str, str]) -> FeedDays | None:
    if name not in feeds:
        hint = None if feeds else "put the file into the policy folder, beside this one"
        message = "there is no such iCalendar file in the policy folder"
        tree.refuse(path, message, found=name, allowed=sorted(feeds), hint=hint)
        return None
    feed, problems = read_feed(name, feeds[name])
    for problem in problems:
        tree.refuse(path, problem, found=name)
    return feed
