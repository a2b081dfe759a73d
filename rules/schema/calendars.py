"""Shape of `calendars:`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from rules.schema.base import Line, Shape, Words

_DATE = r"^\d{4}-\d{2}-\d{2}$"


class NamedDayShape(Shape):
    """A date that is off, with its name."""

    date: Words = Field(description="as YYYY-MM-DD")
    name: Line = Field(description="what the day is called in explanations")


class CountryDaysShape(Shape):
    """The public holidays of a country or of a part of it."""

    country: Words = Field(description="ISO 3166 code of two letters, for example DE")
    subdivision: Words | None = Field(default=None, description="code of a part of the country, for example BY")


class FeedDaysShape(Shape):
    """The events of an iCalendar file."""

    ics: Words = Field(description="name of a file in the policy folder, for example company-holidays.ics")


#: The kinds of entries that are mappings, by the key that tells them apart.
HOLIDAY_SHAPES: dict[str, type[Shape]] = {"country": CountryDaysShape, "ics": FeedDaysShape, "date": NamedDayShape}

#: Held against its shape one by one, so that a mistake is told for the kind that was meant.
HolidayEntry = Annotated[
    Any,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": _DATE, "description": "a date that is off"},
                *({**shape.model_json_schema(), "title": shape.__name__} for shape in HOLIDAY_SHAPES.values()),
            ]
        }
    ),
]


class CalendarShape(Shape):
    """When time counts: opening hours by weekday in one time zone, and days off."""

    zone: Words = Field(description="IANA time zone, for example Europe/Berlin")
    week: dict[str, list[Words]] = Field(
        min_length=1, description="mon … sun, or ranges such as mon-fri, each with windows such as 09:00-17:00"
    )
    holidays: list[HolidayEntry] = Field(
        default=[],
        description="what is closed all day: dates as YYYY-MM-DD, {date, name}, {country, subdivision}, {ics: FILE}",
    )
    special_days: dict[str, list[Words]] = Field(
        default={}, description="date → its own windows, above the week and above holidays; [] = closed"
    )
