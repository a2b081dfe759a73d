"""Case clocks: everything that is owed in the escalation of a ticket, each with its due instant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time

from rules.calendar import Span
from rules.escalation.act import Act
from rules.escalation.case_clock import CaseClock, clock_until, started
from rules.escalation.case_course import Course
from rules.escalation.case_fold import owes_review
from rules.escalation.deadline import Deadline
from rules.escalation.promise import Promise
from rules.escalation.stage import RUNNING, WAITING, Stage
from rules.escalation.told import told_after


def clocks_of(course: Course, promises: Sequence[Promise], milestone: date | None) -> Iterator[CaseClock]:
    """Every clock that ever started in the case, in the order in which they start."""
    yield from _evaluations(course)
    for number, begun_at in enumerate(course.begins, start=1):
        yield from _begun(course, number, begun_at)
    yield from _concerns(course)
    yield from _workarounds(course)
    yield from _promises(course, promises)
    yield from _reviews(course)
    if milestone is not None:
        yield from _milestones(course, milestone)


def _evaluations(course: Course) -> Iterator[CaseClock]:
    """From each request to its outcome, whichever it is."""
    deadline = course.process.evaluate
    if deadline is None:
        return
    for number, step in enumerate(course.steps):
        if step.to is Stage.REQUESTED:
            rest = course.steps[number + 1 :]
            outcome = next((later for later in rest if later.to not in WAITING), None)
            decided = None if outcome is None else outcome.at
            run = step.at.isoformat()
            yield started("evaluation", run, "a decision about the request", deadline, step.at, decided)


def _begun(course: Course, number: int, begun_at: datetime) -> Iterator[CaseClock]:
    """What the begin of an escalation starts: the word to the customer, the first call, the draft of the plan."""
    process, run = course.process, str(number)
    over = _left_at(course, begun_at)
    if process.acknowledge is not None:
        met = told_after(course.facts, begun_at)
        deadline = process.acknowledge.deadline
        yield started("acknowledgement", run, "the first word to the customer", deadline, begun_at, met, over)
    if process.kickoff is not None:
        deadline = process.kickoff.deadline
        for identity, verb, what in (("kickoff", "call", "the kick-off call"), ("plan", "plan", "the action plan")):
            met = _first_said(course, verb, begun_at, over)
            yield started(identity, run, what, deadline, begun_at, met, over)


def _first_said(course: Course, verb: str, begun_at: datetime, over: datetime | None) -> datetime | None:
    """When an act was there in an escalation; one from the time since the escalation before is there at its begin."""
    before = [step.at for step in course.steps if step.at < begun_at and step.before in RUNNING]
    since = max(before, default=None)
    found = (act.at for act in course.counted if act.verb == verb and (since is None or act.at >= since))
    at = next(found, None)
    if at is None or (over is not None and at > over):
        return None
    return max(at, begun_at)


def _concerns(course: Course) -> Iterator[CaseClock]:
    deadline = course.process.concern.deadline
    if deadline is None:
        return
    for concern in course.concerns:
        met, over = concern.answered_at, _left_at(course, concern.at)
        yield started("concern", concern.key, "an answer to the concern", deadline, concern.at, met, over)


def _workarounds(course: Course) -> Iterator[CaseClock]:
    deadline = course.process.workaround
    for act in course.counted if deadline is not None else ():
        if act.verb == "workaround" and deadline is not None:
            met, over = told_after(course.facts, act.at), _left_at(course, act.at)
            yield started("workaround", act.key, "the workaround told to the customer", deadline, act.at, met, over)


def _promises(course: Course, promises: Sequence[Promise]) -> Iterator[CaseClock]:
    deadline = course.process.promises
    plain = Deadline(within=Span(days=1), calendar=course.process.calendar)
    for promise in promises:
        yield clock_until(
            "promise",
            promise.key,
            f"what was promised ({promise.text})",
            deadline or plain,
            promise.at,
            promise.due_at,
            promise.answered_at,
            _closed_at(course, promise.at),
        )


def _reviews(course: Course) -> Iterator[CaseClock]:
    review, since = course.process.review, course.since
    if review is None or since is None or course.stage not in {Stage.RESOLVED, Stage.FOLLOW_UP, Stage.CLOSED}:
        return
    resolved = next((step.at for step in reversed(course.steps) if step.to is Stage.RESOLVED), since)
    done: Act | None = course.latest("summary")
    if owes_review(course) or done is not None:
        met = None if done is None else max(done.at, resolved)
        run = resolved.isoformat()
        yield started("review", run, "the review with the team", review.deadline, resolved, met)


def _milestones(course: Course, day: date) -> Iterator[CaseClock]:
    """Until the end of the customer's critical day; whoever solves the case in time has met it."""
    asked, calendar = course.process.milestone, course.process.calendar
    begun = course.begun_at or (None if course.request is None else course.request.at)
    if asked is None or begun is None or course.stage not in RUNNING | WAITING:
        return
    closing = calendar.closing(day)
    end = closing or datetime.combine(day, time.max, calendar.zone).astimezone(UTC)
    deadline = Deadline(within=Span(days=1), calendar=calendar, warn_before=asked.warn_before)
    yield clock_until("milestone", day.isoformat(), "the customer's milestone", deadline, begun, end)


def _left_at(course: Course, since: datetime) -> datetime | None:
    """When the escalation was over after an instant; None while it goes on."""
    return next((step.at for step in course.steps if step.at >= since and step.to not in RUNNING), None)


def _closed_at(course: Course, since: datetime) -> datetime | None:
    """When nobody waited for a promise any more: the ticket was solved or the case closed after it was made."""
    over = {Stage.RESOLVED, Stage.CLOSED}
    return next((step.at for step in course.steps if step.at >= since and step.to in over), None)
