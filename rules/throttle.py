"""Throttle: how much a channel is told within a stretch of time, and from when on what waits may go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rules.change import Notify
from rules.diff import Skipped, Step
from rules.restraint import Restrained
from rules.span import spell

#: What went out longer ago is not kept.
LONGEST_WINDOW = timedelta(days=7)


def room_again(channel: str) -> str:
    """Why a ticket is looked at when a channel has room again."""
    return f"the channel {channel} may be told more"


def waits_for_room(why: str) -> bool:
    """Whether that is why a ticket is looked at now."""
    return why.startswith("the channel ") and why == room_again(why.split(" ")[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class AtMost:
    """At most so many notices within any stretch of time that is so long, round the clock."""

    count: int
    within: timedelta

    def opens_at(self, told: Iterable[datetime], now: datetime) -> datetime | None:
        """From when on one more fits (UTC); None = it fits now.

        Args:
            told: When notices went out (UTC), in any order.
            now: The present (UTC).
        """
        recent = sorted(at for at in told if at > now - self.within)
        return None if len(recent) < self.count else recent[-self.count] + self.within

    def __str__(self) -> str:
        return f"{self.count} within {spell(self.within)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """The limit of one channel, and what counts against it."""

    at_most: AtMost
    #: When notices went out on the channel lately (UTC).
    told: tuple[datetime, ...] = ()

    def opens_at(self, now: datetime) -> datetime | None:
        """From when on one more may go (UTC); None = now."""
        return self.at_most.opens_at(self.told, now)

    def after(self, at: datetime) -> Throttle:
        """The same when one more has gone at that instant (UTC)."""
        return replace(self, told=(*self.told, at))


def throttled(held: Restrained, throttles: Mapping[str, Throttle], now: datetime) -> Restrained:
    """Put off the notices that a channel has no room for; those that are urgent go, and take room from others.

    Args:
        held: What is left to do now on one ticket.
        throttles: The channels that have a limit, by name.
        now: The present (UTC).
    """
    if not throttles:
        return held
    left, steps, again_at, because = dict(throttles), list[Step](), held.again_at, held.again_because
    for step in held.steps:
        throttle = left.get(step.channel) if isinstance(step, Notify) else None
        if not isinstance(step, Notify) or throttle is None:
            steps.append(step)
            continue
        opens = None if step.urgent else throttle.opens_at(now)
        if opens is None:
            left[step.channel] = throttle.after(now)
            steps.append(step)
            continue
        steps.append(_put_off(step, throttle.at_most, opens))
        if again_at is None or opens < again_at:
            again_at, because = opens, room_again(step.channel)
    return Restrained(steps=tuple(steps), again_at=again_at, again_because=because)


def _put_off(step: Notify, at_most: AtMost, opens: datetime) -> Skipped:
    why = f"the channel {step.channel} takes {at_most}; there is room at {opens:%Y-%m-%d %H:%M} UTC"
    return Skipped(what=f"notice {step.key}", why=why)
