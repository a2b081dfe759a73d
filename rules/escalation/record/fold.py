"""Fold: acts, in the order of time, → the course of a record and an answer to each of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from msgspec.structs import replace

from rules.escalation.act import Act
from rules.escalation.answer import Answer
from rules.escalation.record import (
    aftercare,
    closing,
    declaring,
    informing,
    judging,
    planning,
    promising,
    seating,
    targeting,
)
from rules.escalation.record.colour import ColourStep, StatusColour
from rules.escalation.record.course import Course, Request, Stage
from rules.escalation.record.step import Desk, Outcome, Step, either, refused, taken
from rules.escalation.standing import AccountState

_BEFORE = frozenset({AccountState.PROPOSED})
_RUNNING = frozenset({AccountState.DECLARED, AccountState.IN_PROGRESS})
_OVER = frozenset({AccountState.AFTERCARE, AccountState.CLOSED})
_NOT_RUNNING = frozenset({AccountState.PROPOSED, AccountState.REFUSED, *_OVER})
_LIVE = _BEFORE | _RUNNING
#: The policy itself, where it declares without a person.
POLICY = "the policy"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: where an act is possible, and what it does there."""

    within: frozenset[AccountState]
    step: Step


#: Verb → what it does, and in which states.
TRANSITIONS: Mapping[str, Transition] = MappingProxyType(
    {
        "escalate": Transition(_LIVE, declaring.escalate),
        "declare": Transition(_NOT_RUNNING, declaring.declare),
        "decline": Transition(_BEFORE, declaring.decline),
        **{str(colour): Transition(_RUNNING, judging.judge(colour)) for colour in StatusColour},
        "concern": Transition(_RUNNING | _OVER, judging.concern),
        "ack": Transition(_RUNNING | _OVER, judging.hear),
        "impact": Transition(_LIVE | _OVER, judging.impact),
        "update": Transition(_LIVE | _OVER, judging.update),
        "owner": Transition(_LIVE | _OVER, seating.seat_owner),
        "sponsor": Transition(_LIVE | _OVER, seating.seat_sponsor),
        "stakeholder": Transition(_LIVE, seating.add_stakeholder),
        "exit": Transition(_RUNNING, targeting.take_up),
        "met": Transition(_RUNNING, targeting.confirm),
        "waive": Transition(_RUNNING, targeting.waive),
        "comms": Transition(_LIVE, informing.plan_communication),
        "call": Transition(_RUNNING | _OVER, informing.call),
        "promise": Transition(_LIVE | _OVER, promising.promise),
        "cause": Transition(_RUNNING | _OVER, planning.name_cause),
        "item": Transition(_RUNNING, planning.add_item),
        "agree": Transition(_RUNNING, planning.agree),
        "plan": Transition(_RUNNING, planning.put_in_force),
        "consent": Transition(_RUNNING, closing.consent),
        "refuse": Transition(_RUNNING, closing.refuse),
        "close": Transition(_RUNNING, closing.close),
        "summary": Transition(_OVER, aftercare.report(aftercare.SUMMARY, "issue summary")),
        "rca": Transition(_RUNNING | _OVER, aftercare.report(aftercare.RCA, "root cause analysis")),
        "corrective": Transition(_RUNNING | _OVER, planning.add_corrective),
        "check": Transition(_OVER, aftercare.check),
        "feedback": Transition(_OVER, aftercare.follow_up),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """What a run of acts came to."""

    course: Course
    answers: tuple[Answer, ...]


def begin(desk: Desk, at: datetime, requests: Sequence[Request], criteria: tuple[str, ...]) -> Course:
    """The course of a record at its creation: proposed, or declared at once where the policy does so."""
    because = requests[0].because if requests else "opened by hand"
    asked = requests[0].by if requests else "somebody"
    proposed = Stage(at=at, state=AccountState.PROPOSED, by=asked, because=because)
    course = Course(stages=(proposed,), requests=tuple(requests), criteria=criteria)
    if not (criteria and desk.programme.declares_itself):
        return course
    because = f"criteria hold: {', '.join(criteria)}"
    stage = Stage(at=at, state=AccountState.DECLARED, by=POLICY, because=because)
    colour = ColourStep(at=at, colour=desk.programme.first_colour, by=POLICY, because=because)
    taken_up = declaring.offered_always(desk, at)
    return replace(course, stages=(proposed, stage), colours=(colour,), exits=taken_up)


def fold(desk: Desk, course: Course, acts: Sequence[Act]) -> Fold:
    """Take one act after the other.

    Args:
        desk: What the acts are held against.
        course: Where the record began.
        acts: In the order of time.
    """
    answers: list[Answer] = []
    for number, act in enumerate(acts):
        outcome = take(desk.at(act.at), course, act, acts[:number])
        answers.append(Answer(act=act, accepted=outcome.course is not None, text=outcome.text))
        course = outcome.course or course
    return Fold(course=course, answers=tuple(answers))


def take(desk: Desk, course: Course, act: Act, earlier: Sequence[Act]) -> Outcome:
    """What one act does after the earlier ones, and its answer."""
    known = desk.gate(course, act, earlier)
    if known is not None:
        return known
    row = TRANSITIONS.get(act.verb)
    if row is None:
        verbs = ", ".join(f"#{verb}" for verb in TRANSITIONS)
        return refused(f"#{act.verb} does nothing on the record of an account; here are {verbs}")
    if course.state not in row.within:
        where = either(state for state in AccountState if state in row.within)
        return refused(f"the record is {course.state}; #{act.verb} is for records that are {where}")
    outcome = row.step(desk, course, act)
    return outcome if outcome.course is None else taken(_begun(outcome.course, act, desk), outcome.text)


def _begun(course: Course, act: Act, desk: Desk) -> Course:
    """A declared record is in progress as soon as it has a goal, a way to keep the customer informed, and an owner."""
    if course.state is not AccountState.DECLARED or not_ready(course):
        return course
    because = "exit criteria, communication plan and owner stand"
    stage = Stage(at=act.at, state=AccountState.IN_PROGRESS, by=desk.by(act), because=because)
    return replace(course, stages=(*course.stages, stage))


def not_ready(course: Course) -> tuple[str, ...]:
    """What keeps a declared record from being in progress."""
    wanted = {"exit criteria": course.exits, "communication plan": course.comms, "owner": course.owner}
    return tuple(name for name, value in wanted.items() if not value)
