"""Declaring: how a record begins: asked for, declared with a reason, or not taken up."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from rules.escalation.act import Act
from rules.escalation.record.colour import ColourStep, StatusColour
from rules.escalation.record.course import Course, ExitCriterion, Request, Stage
from rules.escalation.record.step import Desk, Outcome, either, refused, taken
from rules.escalation.standing import AccountState

_UNSAID = "not said"
_ACCOUNT = "account"


def source_of(text: str | None) -> str:
    """A source as people write it, in one spelling: `Customer management` → `customer_management`."""
    return "_".join((text or _UNSAID).casefold().replace("-", " ").replace("_", " ").split())


def request_of(desk: Desk, act: Act) -> Request:
    """What an act asks for."""
    first, _, rest = act.text.partition(" ")
    because = rest.strip() if first.casefold() == _ACCOUNT else act.text
    return Request(at=act.at, by=desk.by(act), source=source_of(act.options.get("source")), because=because)


def escalate(desk: Desk, course: Course, act: Act) -> Outcome:
    """Somebody asks for it, or asks as well."""
    request = request_of(desk, act)
    follows = "a person with the role has to declare it" if course.state is AccountState.PROPOSED else "it is known"
    text = f"noted: {request.by} asks for this account's escalation (source: {request.source}); {follows}"
    return taken(replace(course, requests=(*course.requests, request)), text)


def declare(desk: Desk, course: Course, act: Act) -> Outcome:
    """Take the account into the programme: by role, with a justification where no criterion proposed it."""
    roles = desk.programme.declarers
    if not desk.may(act, roles):
        return refused(f"only {either(roles)} may declare; {desk.by(act)} has no such role")
    if not (course.criteria or act.text):
        return refused("no criterion proposed this, so say why: #declare, and then the justification")
    colour = act.options.get("colour", act.options.get("color", desk.programme.first_colour)).casefold()
    if colour not in set(StatusColour):
        return refused(f"there is no colour {colour!r}: say {either(StatusColour)}")
    because = act.text or f"criteria hold: {', '.join(course.criteria)}"
    declared = declared_course(desk, course, act, StatusColour(colour), because)
    return taken(declared, f"declared {colour.upper()}: {because}")


def declared_course(desk: Desk, course: Course, act: Act, colour: StatusColour, because: str) -> Course:
    """The course from a declaration on; what an earlier run of the record had agreed does not count any more."""
    by = desk.by(act)
    return replace(
        course,
        stages=(*course.stages, Stage(at=act.at, state=AccountState.DECLARED, by=by, because=because)),
        colours=(*course.colours, ColourStep(at=act.at, colour=colour, by=by, because=because)),
        on_judgement=not course.criteria,
        exits=offered_always(desk, act.at),
        items=(),
        agreements=(),
        plan=None,
        done={},
        outcome=None,
    )


def offered_always(desk: Desk, at: datetime) -> tuple[ExitCriterion, ...]:
    """The exit criteria that every declared record has, from an instant (UTC) on."""
    programme = desk.programme
    return tuple(
        ExitCriterion(
            id=test.id,
            title=test.title,
            tested=test.when is not None,
            confirmed_by=test.confirmed_by,
            since=at,
            target=desk.local_day(programme.calendar.add(at, test.within)),
        )
        for test in programme.exits
        if test.always
    )


def decline(desk: Desk, course: Course, act: Act) -> Outcome:
    """Do not take it up, with a reason."""
    roles = desk.programme.declarers
    if not desk.may(act, roles):
        return refused(f"only {either(roles)} may decline it; {desk.by(act)} has no such role")
    if not act.text:
        return refused("say why it is not taken up: #decline, and then the reason")
    stage = Stage(at=act.at, state=AccountState.REFUSED, by=desk.by(act), because=act.text)
    return taken(replace(course, stages=(*course.stages, stage)), f"not taken up: {act.text}")
