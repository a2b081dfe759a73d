"""Gaps: what a record should have and has not, for the note, the digest and whoever is accountable."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from rules.escalation.record.course import Course
from rules.escalation.record.planning import plan_lacks
from rules.escalation.record.programme import Seat
from rules.escalation.record.seating import CUSTOMER, PARTIES
from rules.escalation.record.step import Desk
from rules.escalation.record.work import Duty
from rules.escalation.standing import AccountState


class GapKind(StrEnum):
    """What is missing."""

    OWNER = "no owner"
    SPONSOR = "no executive sponsor"
    EXITS = "no exit criteria"
    COMMS = "no communication plan"
    PLAN = "no plan"
    FUNCTION = "nobody for a function"
    UNSERVED = "an exit criterion that nothing serves"
    NOT_AGREED = "exit criteria that are not agreed"
    UNASSIGNED = "work without an owner"


class Gap(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One thing that is missing, whatever the time is. What is late is told by the duties."""

    kind: GapKind
    text: str


def gaps_of(desk: Desk, course: Course, duties: tuple[Duty, ...]) -> tuple[Gap, ...]:
    """Everything that is missing from a running record, the most basic first; nothing while it does not run."""
    if course.state not in {AccountState.DECLARED, AccountState.IN_PROGRESS}:
        return ()
    return tuple(_gaps(desk, course, duties))


def _gaps(desk: Desk, course: Course, duties: tuple[Duty, ...]) -> Iterator[Gap]:
    programme = desk.programme
    if course.owner is None:
        yield Gap(kind=GapKind.OWNER, text=f"no owner; name one{_whom(programme.owner)} with #owner")
    if not course.exits:
        yield Gap(kind=GapKind.EXITS, text="no exit criteria; take them up with #exit")
    if course.comms is None:
        yield Gap(kind=GapKind.COMMS, text="no communication plan; lay it out with #comms")
    sponsor = programme.sponsor
    if sponsor is not None and course.sponsor is None and _is_at_least(course, sponsor):
        yield Gap(kind=GapKind.SPONSOR, text=f"no executive sponsor; name one{_whom(sponsor)} with #sponsor")
    if course.plan is None:
        yield Gap(kind=GapKind.PLAN, text=f"no plan in force: {'; '.join(plan_lacks(desk, course)) or 'say #plan'}")
    yield from _of_team(desk, course)
    yield from _of_exits(course, duties)
    for duty in duties:
        if duty.is_work and duty.child is not None and duty.owner is None and not duty.is_done:
            who = "nobody" if duty.stranger is None else "somebody whom the directory does not know"
            yield Gap(kind=GapKind.UNASSIGNED, text=f"{duty.title} belongs to {who}")


def _of_team(desk: Desk, course: Course) -> Iterator[Gap]:
    filled = {one.function for one in course.stakeholders}
    for function in desk.programme.functions:
        if function not in filled:
            text = f"nobody for {function}; name somebody with #stakeholder NAME | function: {function}"
            yield Gap(kind=GapKind.FUNCTION, text=text)


def _of_exits(course: Course, duties: tuple[Duty, ...]) -> Iterator[Gap]:
    agreed = {one.party for one in course.agreements if one.to == "exit"}
    for party in PARTIES if course.exits else ():
        if party not in agreed:
            side = "the customer" if party == CUSTOMER else "our side"
            yield Gap(kind=GapKind.NOT_AGREED, text=f"{side} has not agreed to the exit criteria")
    served = {name for duty in duties if not duty.is_dropped for name in duty.serves}
    for one in course.exits:
        if one.id not in served and one.waived is None and one.confirmed is None:
            yield Gap(kind=GapKind.UNSERVED, text=f"no item of the plan serves {one.id}")


def _is_at_least(course: Course, seat: Seat) -> bool:
    return course.colour is not None and course.colour.gravity >= seat.at_least.gravity


def _whom(seat: Seat) -> str:
    return "" if seat.role is None else f" of the role {seat.role}"
