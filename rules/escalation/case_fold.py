"""Fold: from everything that people did about the escalation of a ticket to its case. No order of arrival counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rules.escalation.act import Act
from rules.escalation.answer import Answer
from rules.escalation.answers import tell_help
from rules.escalation.case import Concern
from rules.escalation.case_course import Course, name_of
from rules.escalation.case_effects import raise_concern, take_effect
from rules.escalation.case_events import Event, Kind, events_of
from rules.escalation.case_needs import missing
from rules.escalation.checklist import open_points
from rules.escalation.permission import refusal
from rules.escalation.process import EscalationProcess
from rules.escalation.stage import AFTER, LEFT, Stage
from rules.escalation.targets import asks_for_account
from rules.escalation.transitions import ELSEWHERE, KNOWN, row_for, stages_for, verbs_at
from rules.facts import Facts
from rules.policy import Policy
from rules.responses import CUSTOMER_REPLY

#: What the helpdesk itself tells led here.
_SOLVED, _REOPENED = "the ticket was solved", "the ticket was opened again"
#: Whoever solves the ticket then changes nothing about its escalation.
_DONE = (LEFT - {Stage.DEESCALATED}) | {Stage.NONE, Stage.DECLINED}
#: What time, or a customer's comment, leads to.
_REPLIED = "the customer wrote again after the fix"
_UNANSWERED = "the customer was asked, and did not answer"


def fold(policy: Policy, process: EscalationProcess, facts: Facts, acts: Sequence[Act]) -> Course:
    """Go through everything that happened up to the instant of the facts."""
    course = Course(policy=policy, process=process, facts=facts, acts=tuple(acts))
    for event in events_of(facts, acts):
        _pass_time(course, event.at)
        _happen(course, event)
    _pass_time(course, facts.now)
    return course


def next_by_time(course: Course) -> datetime | None:
    """When the case moves on by itself (UTC); None when it waits for people."""
    due = _due(course)
    return None if due is None else due[0]


def _happen(course: Course, event: Event) -> None:
    if event.act is not None:
        course.answers.append(_answered(course, event.act))
    elif event.kind is Kind.SOLVED:
        if (
            course.stage is not Stage.NONE and course.stage not in LEFT | {Stage.DECLINED}
        ) or course.stage is Stage.DEESCALATED:
            course.move(Stage.RESOLVED, event.at, _SOLVED)
    elif event.kind is Kind.REOPENED:
        _reopened(course, event.at)
    elif event.kind is Kind.CLIMBED:
        _climbed(course, event)
    elif course.stage in {Stage.IN_PROGRESS, Stage.FIX_PROPOSED, Stage.VERIFIED, Stage.DEESCALATION}:
        course.move(Stage.DEESCALATED, event.at, "nothing asks for any tier any more")


def _answered(course: Course, act: Act) -> Answer:
    """Let an act count, or say why it does not."""
    earlier = [one for one in course.acts if one.at <= act.at]
    why_not = refusal(course.policy, act, earlier, course.facts) or _not_here(act)
    if why_not is not None:
        return Answer(act=act, accepted=False, text=why_not)
    if act.verb == "help":
        return tell_help(course.policy, act, verbs_at(course.stage))
    if asks_for_account(act):
        return Answer(act=act, accepted=True, text="The escalation of the customer's account is proposed.")
    row = row_for(act.verb, course.stage)
    if row is None:
        return Answer(act=act, accepted=False, text=_too_early(course, act))
    lacking = missing(course, act, row.needs)
    if lacking:
        return Answer(act=act, accepted=False, text=f"This does not count yet. Missing: {'; '.join(lacking)}.")
    why = act.text.strip().split("\n")[0] or f"#{act.verb}"
    if row.to is Stage.IN_PROGRESS:
        course.take_up_again(act.at, why, name_of(act))
    elif row.to is not None:
        course.move(row.to, act.at, why, name_of(act))
    told = take_effect(course, act)
    if course.stage in {Stage.ACCEPTED, Stage.REDIRECTED} and row.to is course.stage and course.team is None:
        # The ladder follows what people decide; when somebody looks at the ticket next does not change its story.
        course.move(Stage.IN_PROGRESS, act.at, why, name_of(act))
    if act.verb in {"check", "consent", "de-escalate"}:
        told = (*told, *_de_escalated(course, act))
    return Answer(act=act, accepted=True, text=" ".join((row.says, *told)))


def _not_here(act: Act) -> str | None:
    if act.verb in ELSEWHERE:
        return f"#{act.verb} belongs on the record of an account's escalation; #escalate account asks for one."
    if act.verb not in KNOWN and act.verb != "help":
        return f"#{act.verb} is nothing that the escalation of a ticket knows; #help tells what is."
    return None


def _too_early(course: Course, act: Act) -> str:
    allowed = ", ".join(stages_for(act.verb))
    return f"#{act.verb} does not count here: the escalation is at the stage {course.stage}, and it needs {allowed}."


def _de_escalated(course: Course, act: Act) -> tuple[str, ...]:
    if course.stage is not Stage.DEESCALATION or open_points(course.checks):
        return ()
    course.move(Stage.DEESCALATED, act.at, "every point of the checklist is done", name_of(act))
    return ("Every point is done: the ticket is de-escalated.",)


def _reopened(course: Course, at: datetime) -> None:
    if course.stage not in {*AFTER, Stage.CLOSED}:
        return
    if course.stage is Stage.FOLLOW_UP:
        # The customer answers the question whether all is well; only a person can tell what that means.
        return
    if course.process.regression.reopened:
        _regress(course, at, f"reopened:{at.isoformat()}", _REOPENED)
    else:
        course.move(Stage.NONE, at, _REOPENED)


def _regress(course: Course, at: datetime, key: str, why: str) -> None:
    raise_concern(course, Concern(key=key, at=at, text=why))
    course.take_up_again(at, why)


def _climbed(course: Course, event: Event) -> None:
    """The ladder has the ticket; what people led there is no event of its own."""
    course.last_tier = event.tier or course.last_tier
    if not course.stage.is_running and not event.because.startswith("case:"):
        course.move(Stage.IN_PROGRESS, event.at, event.because)


def _pass_time(course: Course, until: datetime) -> None:
    """Take every step that time alone takes up to an instant, that instant included."""
    for _ in range(len(Stage)):
        due = _due(course)
        if due is None or due[0] > until:
            return
        at, to, why = due
        if why == _REPLIED:
            _regress(course, at, f"replied:{at.isoformat()}", why)
        else:
            course.move(to, at, why)


def _due(course: Course) -> tuple[datetime, Stage, str] | None:
    """The next step that needs nobody: a follow-up that is due, its end, or a reply that brings the case back."""
    found = [due for due in (_follow_up_due(course), _reply_due(course)) if due is not None]
    return min(found, default=None)


def _follow_up_due(course: Course) -> tuple[datetime, Stage, str] | None:
    plan, since = course.process.follow_up, course.since
    if plan is None or since is None:
        return None
    if course.stage is Stage.RESOLVED:
        return plan.calendar.add(since, plan.after), Stage.FOLLOW_UP, "time to ask whether all is well"
    if course.stage is Stage.FOLLOW_UP and not owes_review(course):
        last = since if plan.again is None else plan.calendar.add(since, plan.again)
        over = plan.calendar.add(last, plan.close)
        replied = first_reply(course, since)
        # Who has answered is not closed by time: a person reads what the customer says, and closes.
        return None if replied is not None and replied <= over else (over, Stage.CLOSED, _UNANSWERED)
    return None


def owes_review(course: Course) -> bool:
    """The policy asks for a review of this case, and nobody has noted one."""
    review, since = course.process.review, course.since
    if review is None or since is None or course.latest("summary") is not None:
        return False
    return review.when.evaluate(course.facts.as_of(min(since, course.facts.now))).holds


def _reply_due(course: Course) -> tuple[datetime, Stage, str] | None:
    if not course.process.regression.replied or course.stage not in {Stage.VERIFIED, Stage.DEESCALATED}:
        return None
    if course.latest("confirm") is not None:
        return None
    replied = first_reply(course, course.since)
    return None if replied is None else (replied, Stage.IN_PROGRESS, _REPLIED)


def first_reply(course: Course, since: datetime | None) -> datetime | None:
    """When the customer first wrote after an instant (UTC); None when nobody did."""
    replies = course.facts.responses.counted(course.facts.ticket, CUSTOMER_REPLY)
    return next((reply.at for reply in replies if since is not None and reply.at > since), None)
