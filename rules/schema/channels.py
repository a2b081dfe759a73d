"""Shapes of `channels:` and of `notify:`, which sends to them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from rules.schema.base import Duration, Shape, Words
from rules.span import Span
from rules.throttle import LONGEST_WINDOW

#: The name of an environment variable; an address does not fit, since it would be a secret in a file.
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


def _window(text: str) -> str:
    if Span.parse(text).clock_time > LONGEST_WINDOW:
        raise ValueError(f"{text!r} is longer than a week; what went out is not kept for longer")
    return text


class AtMostShape(Shape):
    """How much a channel is told."""

    count: int = Field(ge=1, description="so many notices")
    within: Annotated[Duration, AfterValidator(_window)] = Field(
        description="in any stretch of time that is so long, round the clock; a week at most"
    )


class ChannelShape(Shape):
    """Where people are told of escalations: a web address, or any other that Apprise knows."""

    url_env: Variable = Field(description="the environment variable that holds the address")
    form: Literal["json", "slack"] = Field(default="json", description="what a web address is sent")
    calendar: Words | None = Field(default=None, description="when it is read; what is not urgent waits for that")
    at_most: AtMostShape | None = Field(default=None, description="how much it is told; more waits, unless urgent")
    gathered: Words | None = Field(
        default=None, description="name of the template for one message about several tickets that waited"
    )
    readers: list[Words] = Field(default=[], description="roles, teams or people of the directory who read it")
    repeat_when_unsure: bool = Field(default=False, description="send again what may not have arrived")


class NotifyShape(Shape):
    """What is told on a channel."""

    channel: Words = Field(description="name of a channel")
    template: Words = Field(description="name of a template")
    urgent: bool = Field(default=False, description="also while nobody reads the channel, and beyond its limit")
