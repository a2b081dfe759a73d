"""Effects: what is known of a case after an act that counts, its step to another stage aside."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from rules.escalation.act import Act
from rules.escalation.case import Concern, Feedback, Lead
from rules.escalation.case_course import Course, name_of
from rules.escalation.case_needs import wanted_tier
from rules.escalation.checklist import open_points, point_of
from rules.escalation.people import name_meant
from rules.escalation.promise import Promise, doubt, instant_of, promised_until
from rules.escalation.stage import Stage
from rules.escalation.targets import target_of

#: What feedback begins with when the customer is not content; colleagues say useful, too early, too late, wrong team.
_NEGATIVE = frozenset(("negative", "bad"))
#: What any act may tell as an option.
_WORDS = ("impact", "cause")


def take_effect(course: Course, act: Act) -> tuple[str, ...]:
    """Note what an act says.

    Returns:
        Sentences to add to the answer: what follows, and warnings.
    """
    course.said[act.verb] = act
    course.counted.append(act)
    for name in _WORDS:
        if told := (act.text if act.verb == name else act.options.get(name, "")).strip():
            course.words[name] = told
    effect = _EFFECTS.get(act.verb)
    follows = () if effect is None else effect(course, act)
    if act.verb != "promise" and (act.options.get("next update") or act.options.get("next")):
        follows = (*follows, *_promise(course, act, next_update=True))
    return follows


def raise_concern(course: Course, concern: Concern) -> None:
    """Note a concern; one act raises one."""
    course.concerns.append(concern)


def _escalate(course: Course, act: Act) -> tuple[str, ...]:
    if course.stage is Stage.REQUESTED:
        # The step to this stage has been taken already, by this act or by the one that it joins.
        course.request = course.request if course.request is not None and _is_joined(course) else act
        return ()
    return _head_for(course, act) if course.stage.is_running else ()


def _is_joined(course: Course) -> bool:
    """The request that is waiting is an older one."""
    return course.request is not None and course.since is not None and course.request.at >= course.since


def _head_for(course: Course, act: Act) -> tuple[str, ...]:
    tier = wanted_tier(course, act)
    if tier is None:
        return ()
    course.head_for(tier.id, _because(act))
    return (f"It goes to {tier.name}.",)


def _because(act: Act) -> str:
    who, why = name_of(act), act.text.strip().split("\n")[0]
    said = f"#{act.verb}{f' by {who}' if who else ''}"
    return f"{said}: {why}" if why else said


def _redirect(course: Course, act: Act) -> tuple[str, ...]:
    target = target_of(course.policy, act)
    if target is None:
        return ()
    course.team = target.team
    tier = None if target.tier is None else course.policy.tier(target.tier)
    if tier is None:
        course.heading = None
        return (f"It goes to {target.team}.",)
    course.head_for(tier.id, _because(act), moves=True)
    return (f"It goes to {tier.name}.",)


def _ack(course: Course, act: Act) -> tuple[str, ...]:
    waiting = [concern for concern in course.concerns if concern.answered_at is None]
    course.concerns = [
        concern if concern.answered_at is not None else replace(concern, answered_at=act.at)
        for concern in course.concerns
    ]
    return ("The concern is answered.",) if waiting else ()


def _concern(course: Course, act: Act) -> tuple[str, ...]:
    raise_concern(course, Concern(key=act.key, at=act.at, text=act.text.strip(), by=name_of(act)))
    return ()


def _check(course: Course, act: Act) -> tuple[str, ...]:
    point = point_of(act)
    if point is not None:
        course.checks[point] = act
    return _checklist(course)


def _checklist(course: Course) -> tuple[str, ...]:
    lacking = open_points(course.checks)
    return tuple(f"Still open: {text}." for text in lacking)


def _promise(course: Course, act: Act, *, next_update: bool = False) -> tuple[str, ...]:
    calendar = course.process.calendar
    said = act.options.get("next update") or act.options.get("next") or ""
    due_at = instant_of(said, act.at, calendar) if next_update else promised_until(act, calendar)
    if due_at is None:
        return (f"Next update {said!r} is no date; write it as 2026-03-05 15:00.",)
    text = "next update" if next_update else act.text.strip() or "next update"
    course.promises.append(Promise(key=act.key, at=act.at, text=text, due_at=due_at, by=name_of(act)))
    plan = course.latest("plan")
    plan_due = None if plan is None or plan is act else promised_until(plan, calendar)
    why = doubt(due_at, act.at, calendar, plan_due)
    told = f"Promised by {due_at.astimezone(calendar.zone):%Y-%m-%d %H:%M %Z}."
    return (told,) if why is None else (told, f"Careful: {why}.")


def _feedback(course: Course, act: Act) -> tuple[str, ...]:
    first = act.text.strip().partition(" ")[0].lower().rstrip(",.:;!")
    negative = first in _NEGATIVE
    course.feedback.append(Feedback(at=act.at, text=act.text.strip(), by=name_of(act), negative=negative))
    if negative and course.stage in {Stage.RESOLVED, Stage.FOLLOW_UP, Stage.CLOSED, Stage.DEESCALATED}:
        raise_concern(course, Concern(key=act.key, at=act.at, text=f"feedback: {act.text.strip()}", by=name_of(act)))
        course.take_up_again(act.at, "the customer is not content", name_of(act))
        return ("It is taken up again as a concern.",)
    return ()


def _owner(course: Course, act: Act) -> tuple[str, ...]:
    meant = name_meant(course.policy.directory, act.text, course.facts.ticket.ref.helpdesk)
    course.lead = Lead(name=meant or act.text.strip(), because=f"named by {name_of(act) or 'somebody'}")
    return ()


def _tried(course: Course, act: Act) -> tuple[str, ...]:
    course.tried.append(act.text.strip())
    return ()


_EFFECTS: Mapping[str, Callable[[Course, Act], tuple[str, ...]]] = {
    "escalate": _escalate,
    "accept": _head_for,
    "redirect": _redirect,
    "ack": _ack,
    "concern": _concern,
    "check": _check,
    "consent": _check,
    "de-escalate": lambda course, _: _checklist(course),
    "promise": _promise,
    "feedback": _feedback,
    "owner": _owner,
    "tried": _tried,
}
