"""Judging: the status colour, and concerns about it."""

from __future__ import annotations

from msgspec.structs import replace

from rules.escalation.act import Act
from rules.escalation.record.colour import ColourStep, StatusColour
from rules.escalation.record.course import Course
from rules.escalation.record.step import Desk, Outcome, Step, refused, taken


def judge(colour: StatusColour) -> Step:
    """The step that gives the record a colour."""

    def step(desk: Desk, course: Course, act: Act) -> Outcome:
        if course.colour is colour:
            return refused(f"it is {colour.upper()} already")
        if not act.text:
            return refused(f"say why it is {colour.upper()} now: #{colour}, and then the reason")
        judged = ColourStep(at=act.at, colour=colour, by=desk.by(act), because=act.text)
        before = "no colour" if course.colour is None else course.colour.upper()
        return taken(replace(course, colours=(*course.colours, judged)), f"{before} → {colour.upper()}: {act.text}")

    return step


def concern(desk: Desk, course: Course, act: Act) -> Outcome:
    """Somebody sees no progress."""
    if not act.text:
        return refused("say what the matter is: #concern, and then the words")
    stamp = desk.stamp(act)
    return taken(
        replace(course, concerns=(*course.concerns, stamp)),
        "noted; the owner and the sponsor are told in a note, and #ack answers it",
    )


def hear(desk: Desk, course: Course, act: Act) -> Outcome:
    """Say what is done about the concerns that nobody has answered."""
    if not course.unheard:
        return refused("there is no concern that waits for an answer")
    if not act.text:
        return refused("say what is done about it: #ack, and then the words")
    answer = desk.stamp(act)
    heard = course.heard | {one.act: answer for one in course.unheard}
    return taken(replace(course, heard=heard), "the concern is answered")


def impact(desk: Desk, course: Course, act: Act) -> Outcome:
    """What the trouble means for the customer's business, as somebody near them hears it."""
    if not act.text:
        return refused("say what it means for their business: #impact, and then the words")
    return taken(replace(course, impacts=(*course.impacts, desk.stamp(act))), "noted on the record")


def update(desk: Desk, course: Course, act: Act) -> Outcome:  # noqa: ARG001 - as every step
    """How it stands; whether it counts as an update is for the cadence to say, by the comment's form."""
    return taken(course, "noted; it counts as an update where it has the form that the cadence asks for")
