"""Base: the kinds of values that all parts of a policy file are made of."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from rules.calendar import Span

#: The form of the files; raised when an old policy would be read differently.
VERSION = 1

_NO_TIME = re.compile(r"0+[dhms]")

#: Ids become parts of keys such as `rule:production-down:1`, so they are plain words.
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
#: Helpdesks fold tags to lower case and split them at blanks; other letters would never come back as they were sent.
Tag = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_./:-]{0,99}$")]
Words = Annotated[str, Field(min_length=1)]
Line = Annotated[str, Field(pattern=r"^[^\r\n]+$", max_length=250)]


def _with_unit(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        # The checker of shapes takes nothing else for a finding.
        raise ValueError("a length of time has a unit; write for example 4h, 90m or 2d")  # noqa: TRY004
    return value


def _duration(text: str) -> str:
    Span.parse(text)
    return text


#: Stays text here; checked, so that a wrong one is told together with the other mistakes of its part.
Duration = Annotated[
    str, BeforeValidator(_with_unit), AfterValidator(_duration), Field(examples=["4h", "90m", "1h30m", "2d"])
]


def delay(text: str) -> Span:
    """Read a duration that may also be no time at all: `0h`, `0d`.

    Raises:
        ValueError: when the text is no duration.
    """
    return Span() if _NO_TIME.fullmatch(text) else Span.parse(text)


def _delay(text: str) -> str:
    delay(text)
    return text


#: A duration that may be zero.
Delay = Annotated[str, BeforeValidator(_with_unit), AfterValidator(_delay), Field(examples=["0h", "4h", "1d"])]
Level = Literal["low", "normal", "high", "urgent"]
FieldValue = str | int | float | bool
When = Annotated[dict[str, Any], Field(json_schema_extra={"$comment": "condition"})]


class Shape(BaseModel):
    """Base of all models: unknown keys and silent conversions are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
