"""Targeting: the exit criteria of a record: taken up, agreed to by both parties, confirmed or waived."""

from __future__ import annotations

import re

from msgspec.structs import replace

from rules.escalation.act import Act
from rules.escalation.record.course import Agreement, Course, ExitCriterion
from rules.escalation.record.step import Desk, Outcome, either, refused, taken

_NOT_ID = re.compile(r"[^a-z0-9]+")
_LONGEST_ID = 40


def take_up(desk: Desk, course: Course, act: Act) -> Outcome:
    """Add an exit criterion: one that the policy offers, by its id, or one in words that a person confirms."""
    if not act.text:
        offered = ", ".join(test.id for test in desk.programme.exits) or "none"
        return refused(f"which one? #exit ID of the policy ({offered}), or #exit words | confirmed_by: who | by: date")
    test = desk.programme.exit_test(act.text.casefold())
    confirmer = act.options.get("confirmed_by", act.options.get("confirmed by")) if test is None else test.confirmed_by
    identity = (act.options.get("id") or _identity(act.text)) if test is None else test.id
    if test is None and (confirmer is None or not _can_confirm(desk, confirmer)):
        roles = ", ".join(desk.directory.roles) or "none"
        return refused(f"who confirms it? add | confirmed_by: and a person or a role of the directory ({roles})")
    horizon = desk.horizon(act.at)
    target = horizon
    if "by" in act.options:
        day = desk.day(act.options["by"])
        if day is None:
            return refused(f"{act.options['by']!r} is no date; write it as YYYY-MM-DD")
        target = day
    elif test is not None:
        target = min(desk.local_day(desk.programme.calendar.add(act.at, test.within)), horizon)
    if target > horizon:
        return refused(f"{target} is too far away: an exit criterion is reached by {horizon} at the latest")
    if target < desk.local_day(act.at):
        return refused(f"{target} is over")
    one = ExitCriterion(
        id=identity,
        title=act.text if test is None else test.title,
        tested=test is not None and test.when is not None,
        confirmed_by=confirmer,
        since=act.at,
        target=target,
    )
    others = tuple(other for other in course.exits if other.id != identity)
    changed = replace(course, exits=(*others, one), agreements=_without(course, "exit"))
    again = "; both parties have to agree again" if len(changed.agreements) < len(course.agreements) else ""
    return taken(changed, f"exit criterion {identity}: {one.title}, by {target}{again}")


def confirm(desk: Desk, course: Course, act: Act) -> Outcome:
    """Say that an exit criterion is met; only whoever was named for it can."""
    one, note = _named(course, act)
    if one is None:
        return refused(_which(course, "met"))
    if one.confirmed_by is None:
        return refused(f"the facts decide about {one.id}; nobody has to confirm it")
    if not _may_confirm(desk, act, one.confirmed_by):
        return refused(f"{one.confirmed_by} confirms {one.id}; {desk.by(act)} cannot")
    return taken(_with(course, replace(one, confirmed=replace(desk.stamp(act), note=note))), f"{one.id} is confirmed")


def waive(desk: Desk, course: Course, act: Act) -> Outcome:
    """Do without an exit criterion, with a reason and a name."""
    one, note = _named(course, act)
    if one is None:
        return refused(_which(course, "waive"))
    if not desk.may(act, desk.programme.declarers):
        return refused(f"only {either(desk.programme.declarers)} may waive an exit criterion")
    if not note:
        return refused(f"say why: #waive {one.id}, and then the reason")
    waived = replace(one, waived=replace(desk.stamp(act), note=note))
    return taken(_with(course, waived), f"{one.id} is waived by {desk.by(act)}: {note}")


def _without(course: Course, what: str) -> tuple[Agreement, ...]:
    return tuple(one for one in course.agreements if one.to != what)


def _with(course: Course, changed: ExitCriterion) -> Course:
    return replace(course, exits=tuple(changed if one.id == changed.id else one for one in course.exits))


def _named(course: Course, act: Act) -> tuple[ExitCriterion | None, str]:
    """The exit criterion that the first word names, and the words after it."""
    first, _, rest = act.text.partition(" ")
    wanted = first.strip(":,").casefold()
    return next((one for one in course.exits if one.id == wanted), None), rest.strip()


def _which(course: Course, verb: str) -> str:
    known = ", ".join(one.id for one in course.exits) or "none yet"
    return f"which one? write #{verb} ID and then a note; the exit criteria are: {known}"


def _identity(title: str) -> str:
    return _NOT_ID.sub("-", title.casefold()).strip("-")[:_LONGEST_ID].strip("-") or "criterion"


def _can_confirm(desk: Desk, name: str) -> bool:
    return name in desk.directory.roles or desk.person(name) is not None


def _may_confirm(desk: Desk, act: Act, confirmer: str) -> bool:
    if confirmer in desk.directory.roles:
        return desk.may(act, (confirmer,))
    named = desk.person(confirmer)
    return named is not None and desk.may(act, (named.id,))
