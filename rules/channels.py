"""Channels: where people are told of escalations outside of the helpdesks, and what is told there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules.calendar import BusinessCalendar
    from rules.policy import Position
    from rules.templates import Template
    from rules.throttle import AtMost


class ChannelForm(StrEnum):
    """What a web address is sent."""

    #: A JSON object with id, title, text, ticket, url and because.
    JSON = "json"
    #: What chat rooms take from incoming webhooks: `{"text": …}`, with `<`, `>` and `&` written out.
    SLACK = "slack"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One address to send notices to. The address itself is a secret: the environment has it."""

    name: str
    at: Position
    #: The environment variable that holds the address.
    url_env: str
    form: ChannelForm = ChannelForm.JSON
    #: When somebody reads it: notices that are not urgent wait until it opens. None = always.
    calendar: BusinessCalendar | None = None
    #: More notices than that wait, unless they are urgent. None = there is no limit.
    at_most: AtMost | None = None
    #: Words for one message about several tickets that waited. None = there are none of the policy's own.
    gathered: Template | None = None
    #: Roles, teams or people of the directory; empty = nobody said.
    readers: tuple[str, ...] = ()
    #: After an unknown outcome: send it again (True: perhaps twice) or not (False: perhaps never).
    repeat_when_unsure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What a rule or tier tells on a channel, once an episode."""

    channel: Channel
    template: Template
    #: Waits neither for the channel's calendar nor for room within its limit.
    urgent: bool = False
