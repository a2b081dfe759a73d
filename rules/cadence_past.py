"""The past of a cadence: the update that counts, since when the cadence runs, and the colours since then. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from rules.cadence import Cadence, Colour
from rules.cadence_due import due_after
from rules.conditions.base import Condition
from rules.dateline import form_problem
from rules.facts import Facts
from rules.history import Stretch, stretches
from rules.ticket import Comment

#: The command that tells how it stands.
_UPDATE = "update"


class Refused(msgspec.Struct, frozen=True, gc=False):
    """An update that cannot be accepted, and why."""

    comment: Comment
    problem: str


class Cycle(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The wait for one update, up to the instant of the facts (UTC)."""

    #: The last valid update, or where the cadence began to run after it.
    start: datetime
    #: The last valid update; None when there was none since the ticket's creation.
    update: Comment | None
    due_at: datetime
    #: The newest update since the start that cannot be accepted.
    refused: Refused | None


def current_cycle(cadence: Cadence, facts: Facts) -> Cycle | None:
    """The wait that runs at the instant of the facts; None when the cadence does not run or no colour holds.

    The period of a colour that begins during the wait can only make the update due earlier; a longer one applies as if
    it had held from the start. What is due by then stays due: no change of colour forgives a missed update.

    Args:
        cadence: The cadence.
        facts: The facts as of their own instant (`Facts.as_of`), so that past and present are read alike.
    """
    update, refused = _updates(cadence, facts)
    begin = facts.ticket.created_at if update is None else update.at
    shades = _running(_shades(cadence, facts, min(begin, facts.now)))
    if not shades:
        return None
    start = shades[0][0]
    fresh = refused if refused is not None and refused.comment.at >= start else None
    return Cycle(start=start, update=update, due_at=_due(cadence, shades), refused=fresh)


def colour_at(cadence: Cadence, facts: Facts) -> Colour | None:
    """The first colour that holds at the instant of the facts."""
    return next((one for one in cadence.colours if one.when is None or one.when.evaluate(facts).holds), None)


def _updates(cadence: Cadence, facts: Facts) -> tuple[Comment | None, Refused | None]:
    """The last valid update, and the last one after it that cannot be accepted."""
    refused: Refused | None = None
    for comment in reversed(facts.responses.counted(facts.ticket, cadence.counts)):
        problem = _problem(cadence, comment)
        if problem is None:
            return comment, refused
        if refused is None and _is_meant(comment):
            refused = Refused(comment, problem)
    return None, refused


def _is_meant(comment: Comment) -> bool:
    """Whether somebody meant to write an update: who only tells Escalade to do something did not."""
    if not comment.commands or any(command.verb == _UPDATE for command in comment.commands):
        return True
    return comment.form is not None and comment.form.month is not None


def _problem(cadence: Cadence, comment: Comment) -> str | None:
    if cadence.tolerance is None:
        return None
    return form_problem(comment.form, cadence.calendar.local_date(comment.at), cadence.tolerance)


def _shades(cadence: Cadence, facts: Facts, start: datetime) -> Iterator[tuple[datetime, Colour | None]]:
    """From when on which colour counted, since `start`; None where the cadence did not run or no colour held."""
    runs = _past(cadence.when, facts, start)
    pasts = [(colour, _past(colour.when, facts, start)) for colour in cadence.colours]
    turns = {start} | {stretch.start for past in (runs, *(past for _, past in pasts)) for stretch in past}
    before: object = None
    for at in sorted(turns):
        colour = next((one for one, past in pasts if _held(past, at)), None) if _held(runs, at) else None
        if at == start or colour is not before:
            yield at, colour
        before = colour


def _past(condition: Condition | None, facts: Facts, start: datetime) -> tuple[Stretch, ...]:
    """When the condition held from `start` to now, both included: the last stretch is the one of now."""
    if condition is None:
        return (Stretch(start, facts.now, holds=True),)
    past = stretches(condition, facts, start, facts.now)
    return (*past, Stretch(facts.now, facts.now, condition.evaluate(facts).holds))


def _held(past: Sequence[Stretch], at: datetime) -> bool:
    return next(stretch.holds for stretch in reversed(past) if stretch.start <= at)


def _running(shades: Iterator[tuple[datetime, Colour | None]]) -> list[tuple[datetime, Colour]]:
    """The colours since the cadence last began to run without a break; empty when it does not run now."""
    running: list[tuple[datetime, Colour]] = []
    for at, colour in shades:
        if colour is None:
            running = []
        else:
            running.append((at, colour))
    return running


def _due(cadence: Cadence, shades: Sequence[tuple[datetime, Colour]]) -> datetime:
    start, first = shades[0]
    due = due_after(cadence, first, start)
    for at, colour in shades[1:]:
        if due <= at:
            return due
        from_start = due_after(cadence, colour, start)
        due = from_start if from_start >= due else min(due, due_after(cadence, colour, at))
    return due
