"""Promising: who promised what to whom by when on a record, and what was kept of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from rules.days import begin_of
from rules.escalation.act import Act
from rules.escalation.promise import Promise, PromiseState, doubt, promised_until
from rules.escalation.record.course import Course
from rules.escalation.record.step import Desk, Outcome, refused, taken

_KEPT = "kept"
#: To whom, where nobody says.
_CUSTOMER = "the customer"


def promise(desk: Desk, course: Course, act: Act) -> Outcome:
    """Promise something by a time, or say that a promise was kept."""
    first, _, rest = act.text.partition(" ")
    if first.strip(":,").casefold() == _KEPT:
        return _keep(desk, course, act, rest.strip())
    due_at = promised_until(act, desk.programme.calendar)
    if not act.text or due_at is None:
        hint = "#promise A patch | by: 2026-03-05 15:00 | to: Jane Doe | owner: anna"
        return refused(f"a promise needs words and an instant, a date or a length of time; for example {hint}")
    named = act.options.get("owner")
    person = None if named is None else desk.person(named)
    if named is not None and person is None:
        return refused(desk.unknown(named))
    if any(one.answered_at is None and _same(one.text, act.text) for one in course.promises):
        return refused(f"{act.text!r} is promised already, and open; say #promise kept, or promise it in other words")
    one = Promise(
        key=act.key,
        at=act.at,
        text=act.text,
        due_at=due_at,
        by=act.person or act.author if person is None else person.id,
        to=act.options.get("to") or _CUSTOMER,
    )
    why = doubt(due_at, act.at, desk.programme.calendar, _planned(desk, course, act.text))
    told = f"promised: {promise_told(desk, one)}{'' if why is None else f'; careful: {why}'}"
    return taken(replace(course, promises=(*course.promises, one)), told)


def open_promises(desk: Desk, course: Course) -> tuple[str, ...]:
    """Everything that was promised and that nobody has kept, late or not, in words."""
    return tuple(promise_told(desk, one) for one in course.promises if one.answered_at is None)


def ledger(desk: Desk, course: Course, now: datetime) -> Iterator[str]:
    """The promises of a record and what became of them, in words; nothing where nobody promised anything."""
    states = [one.state(now) for one in course.promises]
    if not states:
        return
    counts = (f"{states.count(state)} {state}" for state in PromiseState if state in states)
    yield f"Promises: {', '.join(counts)}"
    for one, state in zip(course.promises, states, strict=True):
        yield f"- {promise_told(desk, one)}: {_became(desk, one, state)}"


def promise_told(desk: Desk, one: Promise) -> str:
    """A promise in words: `A patch (Anna Berg to Jane Doe, by 2026-03-05 15:00 GMT)`."""
    who = "somebody" if one.by is None else desk.name(one.by)
    return f"{one.text} ({who} to {one.to}, by {_local(one.due_at, desk.programme.calendar.zone)})"


def _became(desk: Desk, one: Promise, state: PromiseState) -> str:
    if one.answered_at is None:
        return state
    kept = _local(one.answered_at, desk.programme.calendar.zone)
    how = f" ({one.how})" if one.how else ""
    return f"kept {kept}{how}" if state is PromiseState.KEPT else f"broken, kept late {kept}{how}"


def _keep(desk: Desk, course: Course, act: Act, words: str) -> Outcome:
    waiting = [one for one in course.promises if one.answered_at is None]
    meant = [one for one in waiting if _same(one.text, words)] or [
        one for one in waiting if words.casefold() in one.text.casefold()
    ]
    if len(meant) != 1:
        known = "; ".join(promise_told(desk, one) for one in waiting) or "none"
        return refused(f"say which promise was kept: #promise kept, and then its words; open are: {known}")
    kept = replace(meant[0], answered_at=act.at, how=act.options.get("how", ""))
    promises = tuple(kept if one.key == kept.key else one for one in course.promises)
    late = "" if kept.state(act.at) is PromiseState.KEPT else ", late"
    return taken(replace(course, promises=promises), f"kept{late}: {promise_told(desk, kept)}")


def _planned(desk: Desk, course: Course, words: str) -> datetime | None:
    """The begin of the day (UTC) on which what is promised is due by the plan; None where that has no such piece."""
    due = [begin_of(item.due, desk.programme.calendar.zone) for item in course.items if _same(item.title, words)]
    return max(due, default=None)


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _local(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"
