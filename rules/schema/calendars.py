"""Shape of `calendars:`."""

from __future__ import annotations

from pydantic import Field

from rules.schema.base import Shape, Words


class CalendarShape(Shape):
    """When time counts: opening hours by weekday in one time zone, and days off."""

    zone: Words = Field(description="IANA time zone, for example Europe/Berlin")
    week: dict[str, list[Words]] = Field(
        min_length=1, description="mon … sun, or ranges such as mon-fri, each with windows such as 09:00-17:00"
    )
    holidays: list[Words] = Field(default=[], description="dates that are closed all day, as YYYY-MM-DD")
