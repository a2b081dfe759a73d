"""Takes: what may stand behind an operator, so that editors can check it as one types."""

from __future__ import annotations

from enum import StrEnum


class Takes(StrEnum):
    """The kinds of operands."""

    #: One value of the fact's own type.
    VALUE = "value"
    #: A list of such values.
    VALUES = "values"
    #: One tag or text.
    WORD = "word"
    #: A list of them.
    WORDS = "words"
    #: A number, or a value from a list that has an order.
    LIMIT = "limit"
    #: A whole number.
    COUNT = "count"
    #: A length of time.
    SPAN = "span"
    FLAG = "flag"
    #: The name of a calendar.
    CALENDAR = "calendar"
    #: The id of a team.
    TEAM = "team"
    #: One weekday, or a list of them.
    WEEKDAYS = "weekdays"
    #: One date, or a list of them.
    DATES = "dates"
