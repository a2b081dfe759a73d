"""Span: an amount of time as people write it, and the way back from lengths of time to words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta

_SPAN = re.compile(r"(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+)s)?")
_LONGEST = timedelta(days=3660)
_DAY_HOURS = 24


@dataclass(frozen=True, slots=True)
class Span:
    """An amount of time that gets its meaning from a calendar: days, then open seconds."""

    #: Working days of the calendar (calendar days where it never closes), at the same local time.
    days: int = 0
    #: Seconds of open time.
    seconds: int = 0
    #: The seconds as a length of time, made once: every clock adds it, and making one takes as long as adding it.
    open_time: timedelta = field(init=False, repr=False, compare=False)
    #: Days and seconds round the clock, where a day has 24 hours.
    clock_time: timedelta = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "open_time", timedelta(seconds=self.seconds))
        object.__setattr__(self, "clock_time", timedelta(days=self.days, seconds=self.seconds))

    @classmethod
    def parse(cls, text: str) -> Span:
        """Read `2d`, `4h`, `90m`, `45s` or a combination in that order such as `1h30m` or `1d 4h`.

        Raises:
            ValueError: when the text is not of that form, is zero, or is longer than ten years.
        """
        match = _SPAN.fullmatch(text.strip())
        if match is None or not any(match.groups()):
            raise ValueError(
                f"{text!r} is no duration; write days, hours, minutes and seconds, for example 2d, 4h, 90m or 1h30m"
            )
        if any(len(part) > len("999999999") for part in match.groups("")):
            raise ValueError(f"{text!r} is longer than ten years")
        days, hours, minutes, seconds = (int(part) for part in match.groups("0"))
        span = cls(days, hours * 3600 + minutes * 60 + seconds)
        if span == cls():
            raise ValueError(f"{text!r} is no time at all; a duration must be longer than zero")
        if span.clock_time > _LONGEST:
            raise ValueError(f"{text!r} is longer than ten years")
        return span

    def times(self, count: int) -> Span:
        """The span `count` times over."""
        return self if count == 1 else Span(self.days * count, self.seconds * count)

    def __str__(self) -> str:
        days = [f"{self.days}d"] if self.days else []
        rest = [spell(timedelta(seconds=self.seconds))] if self.seconds or not days else []
        return " ".join(days + rest)


def spell(duration: timedelta, *, days: bool = False) -> str:
    """A duration in words: `2h 10m`, `45s`, with `days` also `3d 4h`. The two largest units, rounded down."""
    whole, seconds = duration.days, duration.seconds
    if whole < 0:
        return f"-{spell(-duration, days=days)}"
    if whole and days:
        hours = seconds // 3600
        return f"{whole}d {hours}h" if hours else f"{whole}d"
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if whole:
        hours += whole * _DAY_HOURS
    if hours:
        return f"{hours}h {minutes}m" if minutes else f"{hours}h"
    if minutes:
        return f"{minutes}m {seconds}s" if seconds else f"{minutes}m"
    return f"{seconds}s"
