"""Shapes of `commands:`: who may ask for what, by which words, tags and fields."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from rules.calendar import Span
from rules.schema.base import Line, Shape, Tag, When, Words
from rules.schema.criteria import Date

_LIMIT = re.compile(r"(\d{1,4}) per (.+)")


def limit_of(text: str) -> tuple[int, Span]:
    """Read `5 per 1d`.

    Raises:
        ValueError: when the text has another form, or allows nothing.
    """
    match = _LIMIT.fullmatch(text.strip())
    if match is None or int(match[1]) == 0:
        raise ValueError(f"{text!r} is no limit; write a number and a length of time, for example 5 per 1d")
    return int(match[1]), Span.parse(match[2])


def _limit(text: str) -> str:
    limit_of(text)
    return text


#: Stays text here; checked, so that a wrong one is told together with the other mistakes of its part.
RequestLimit = Annotated[str, AfterValidator(_limit), Field(examples=["5 per 1d", "3 per 4h"])]


class CustomerShape(Shape):
    """How a customer asks for an escalation."""

    phrases: list[Line] = Field(min_length=1, description="words of a comment that ask for it, in capitals or not")
    when: When | None = Field(default=None, description="whose requests count, as the ticket is when they write")


class CommandsShape(Shape):
    """Who may ask for what, and how."""

    allow: dict[str, list[Words]] = Field(default={}, description="verb → roles, teams or people who may use it")
    tags: dict[Tag, Words] = Field(default={}, description="tag that a macro sets → verb")
    fields: dict[str, dict[str, Words]] = Field(default={}, description="field that a macro sets → value → verb")
    customer: CustomerShape | None = None
    limit: RequestLimit | None = Field(default=None, description="most requests of one person on one ticket")
    since: Date | None = Field(default=None, description="what was said before that day asks for nothing, YYYY-MM-DD")
