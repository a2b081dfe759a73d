"""Informing: the communication plan, and calls with their notes."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from rules.escalation.act import Act
from rules.escalation.record.course import Call, CommPlan, Course
from rules.escalation.record.step import Desk, Outcome, refused, several, taken
from rules.span import Span

_NOTES = "notes"
_UNPLANNED = "kick-off call"
_MINUTES = 30
_LONGEST_CALL = 24 * 60


def plan_communication(desk: Desk, course: Course, act: Act) -> Outcome:
    """Say how, how often and with whom the customer is kept informed."""
    missing = [word for word in ("frequency", "attendees") if not act.options.get(word)]
    if not act.text:
        missing.insert(0, "the mode (call, e-mail)")
    if missing:
        hint = "#comms call and e-mail | frequency: 1d | attendees: anna, Jane Doe"
        return refused(f"a communication plan needs {' and '.join(missing)}; for example {hint}")
    frequency = act.options["frequency"]
    try:
        Span.parse(frequency)
    except ValueError as error:
        return refused(str(error))
    attendees = several(act.options["attendees"])
    plan = CommPlan(at=act.at, by=desk.by(act), mode=act.text, frequency=frequency, attendees=attendees)
    told = f"the customer hears of us every {frequency} by {act.text}, with {', '.join(attendees)}"
    return taken(replace(course, comms=plan), told)


def call(desk: Desk, course: Course, act: Act) -> Outcome:
    """Agree a call, or note what came of one."""
    first, _, rest = act.text.partition(" ")
    if first.strip(":,").casefold() == _NOTES:
        return _note(desk, course, act, rest.strip())
    at = desk.instant(act.options.get("at", ""))
    attendees = several(act.options.get("attendees", ""))
    if not act.text or at is None or not attendees:
        hint = "#call Status call | at: 2026-03-05 15:00 | attendees: anna, Jane Doe | every: 7d | until: 2026-04-02"
        return refused(f"a call needs a title, a time and attendees; for example {hint}")
    if at <= act.at:
        return refused(f"{act.options['at']} is over")
    every, until, problem = _series(desk, act)
    minutes = act.options.get("minutes", str(_MINUTES))
    if not minutes.isdecimal() or not 0 < int(minutes) <= _LONGEST_CALL:
        problem = f"{minutes!r} is no length in minutes"
    if problem:
        return refused(problem)
    one = Call(key=act.key, title=act.text, at=at, minutes=int(minutes), attendees=attendees, every=every, until=until)
    return taken(replace(course, calls=(*course.calls, one)), f"call agreed: {act.text}; its notes are due that day")


def _series(desk: Desk, act: Act) -> tuple[int | None, date | None, str]:
    """Every how many days, until which date, and what is wrong with them."""
    if "every" not in act.options:
        return None, None, ""
    try:
        span = Span.parse(act.options["every"])
    except ValueError as error:
        return None, None, str(error)
    if span.seconds:
        return None, None, "calls come back after whole days, for example every: 7d"
    until = desk.day(act.options.get("until", "")) or desk.horizon(act.at)
    return span.days, until, ""


def _note(desk: Desk, course: Course, act: Act, text: str) -> Outcome:
    """Notes belong to the call that began last."""
    if not text:
        return refused("write the notes behind it: #call notes what was agreed")
    stamp = replace(desk.stamp(act), note=text)
    begun = [one for one in course.calls if one.at <= act.at]
    if not begun:
        # Nobody set it up here: what was noted shows that it was held.
        held = Call(key=act.key, title=_UNPLANNED, at=act.at, minutes=_MINUTES, attendees=(), notes=(stamp,))
        return taken(replace(course, calls=(*course.calls, held)), f"noted for the {_UNPLANNED}")
    last = max(begun, key=lambda one: one.at)
    calls = tuple(replace(one, notes=(*one.notes, stamp)) if one.key == last.key else one for one in course.calls)
    return taken(replace(course, calls=calls), f"noted for the call {last.title}")
