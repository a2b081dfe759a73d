"""Clock lines: the story of one clock in lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from rules.explaining.clock_story import ClockStory, DayOff, Milestone, Stretch
from rules.explaining.line import Line, Tone, instant
from rules.span import spell

_RAN = "ran"
_OVER = frozenset({"met", "missed"})


def clock_lines(story: ClockStory, now: datetime) -> Iterator[Line]:
    """A clock from its start to what it still will say, at an instant (UTC)."""
    yield Line(f"{story.clock}: {_headline(story, now)}", 1, Tone.NO if story.state == "breached" else Tone.PLAIN)
    yield Line(f"waits for {story.awaits}; target {story.target}, calendar {story.calendar}", 2, Tone.ASIDE)
    for stretch in story.stretches:
        yield Line(_stretch(stretch), 2)
        yield from (Line(f"{_day(day)} does not count as usual", 3, Tone.ASIDE) for day in stretch.days_off)
    for day in story.ahead:
        yield Line(f"until it is due: {_day(day)} does not count as usual", 2, Tone.ASIDE)
    yield from (Line(_milestone(one), 2, Tone.YES if one.reached else Tone.ASIDE) for one in story.milestones)
    if story.misses:
        times = "once" if story.misses == 1 else f"{story.misses} times"
        yield Line(f"it was late {times} in all", 2, Tone.NO)
    if story.assumed_until is not None:
        yield Line(f"what was before {instant(story.assumed_until)} is taken as it was found then", 2, Tone.ASIDE)


def _headline(story: ClockStory, now: datetime) -> str:
    used = f"{story.used_told} used ({story.used_percent:g} %)"
    if story.stopped_at is not None:
        return f"{story.state} on {instant(story.stopped_at)}, due {instant(story.due_at)}; {used}"
    if story.left < timedelta():
        return f"{story.state}: due {instant(story.due_at)}, {story.left_told} too late by now; {used}"
    if story.due_at <= now:
        # Due when the calendar closed: it is late, and nothing that counts has passed since.
        return f"{story.state}: due {instant(story.due_at)}, no open time has passed since; {used}"
    rest = f"{used}, {story.left_told} left"
    if story.state == "paused":
        return f"stands still; {rest}; due {instant(story.due_at)} if it went on now"
    return f"{story.state}: due {instant(story.due_at)} (in {spell(story.due_at - now, days=True)}); {rest}"


def _stretch(stretch: Stretch) -> str:
    closed = f"; {spell(stretch.closed)} were closed" if stretch.closed else ""
    counted = "counted" if stretch.kind == _RAN else "did not count"
    why = "ran" if stretch.kind == _RAN else f"stood still ({stretch.kind})"
    return f"{instant(stretch.start)} to {instant(stretch.end)}: {why}, {stretch.told} {counted}{closed}"


def _milestone(one: Milestone) -> str:
    does = f": {', '.join(one.does)}" if one.does else ""
    return f"{'✓' if one.reached else '·'} {instant(one.at)}: {one.what}{does}"


def _day(day: DayOff) -> str:
    return f"{day.day:%a %Y-%m-%d} ({day.because})"
