"""Seating: who is accountable, who sponsors it, and whose agreement counts."""

from __future__ import annotations

from msgspec.structs import replace

from rules.directory import Person
from rules.escalation.act import Act
from rules.escalation.record.course import Course, Seated, Stakeholder
from rules.escalation.record.programme import Seat
from rules.escalation.record.step import Desk, Outcome, either, refused, taken

INTERNAL, CUSTOMER = "internal", "customer"
PARTIES = (INTERNAL, CUSTOMER)


def seat_owner(desk: Desk, course: Course, act: Act) -> Outcome:
    """Make one person accountable; whoever was it before is it no longer."""
    person, problem = _fit(desk, act, desk.programme.owner, "owner")
    if person is None:
        return refused(problem)
    if course.owner == person.id:
        return refused(f"{person.name} is the owner already")
    seated = Seated(at=act.at, person=person.id, by=desk.by(act))
    instead = "" if course.owner is None else f" in place of {desk.name(course.owner)}"
    return taken(replace(course, owners=(*course.owners, seated)), f"{person.name} is accountable from now on{instead}")


def seat_sponsor(desk: Desk, course: Course, act: Act) -> Outcome:
    """Name the executive sponsor."""
    person, problem = _fit(desk, act, desk.programme.sponsor or Seat(), "sponsor")
    if person is None:
        return refused(problem)
    if course.sponsor == person.id:
        return refused(f"{person.name} is the sponsor already")
    seated = Seated(at=act.at, person=person.id, by=desk.by(act))
    return taken(replace(course, sponsors=(*course.sponsors, seated)), f"{person.name} is the executive sponsor")


def add_stakeholder(desk: Desk, course: Course, act: Act) -> Outcome:
    """Name somebody whose agreement and consent count, perhaps for a function of the team."""
    if not act.text:
        return refused("who? #stakeholder anna, or: #stakeholder Jane Doe | party: customer")
    person = desk.person(act.text)
    function = act.options.get("function")
    party = act.options.get("party", CUSTOMER if person is None else INTERNAL).casefold()
    if party not in PARTIES:
        return refused(f"there is no party {party!r}: say {either(PARTIES)}")
    if party == INTERNAL and person is None:
        return refused(desk.unknown(act.text))
    functions = desk.programme.functions
    if function is not None and functions and function not in functions:
        return refused(f"the team has no function {function!r}: say {either(functions)}")
    if person is not None and (problem := junior(desk, person)):
        return refused(problem)
    name = act.text if person is None else person.name
    one = Stakeholder(name=name, person=None if person is None else person.id, party=party, function=function)
    others = tuple(other for other in course.stakeholders if other.name.casefold() != name.casefold())
    part = "" if function is None else f", for {function}"
    return taken(replace(course, stakeholders=(*others, one)), f"{name} is a stakeholder ({party}{part})")


def junior(desk: Desk, person: Person) -> str:
    """Why somebody is not experienced enough to be given a part; empty when there is no reason."""
    least = desk.programme.least_level
    if person.level >= least:
        return ""
    return f"{person.name} has level {person.level}; nobody below level {least} is given a part here"


def _fit(desk: Desk, act: Act, seat: Seat, word: str) -> tuple[Person | None, str]:
    """The person that an act names for a seat, or why nobody takes it."""
    if not act.text:
        return None, f"who? write #{word} and then a name or an id of the directory"
    person = desk.person(act.text)
    if person is None:
        return None, desk.unknown(act.text)
    if seat.role is not None and not desk.directory.is_one_of(person.id, seat.role):
        fitting = ", ".join(one.name for one in desk.directory.people_of(seat.role))
        return None, f"{person.name} has not the role {seat.role}; {fitting} could be the {word}"
    problem = junior(desk, person)
    return (None, problem) if problem else (person, "")
