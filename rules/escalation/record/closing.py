"""Closing: consent of those who are asked, and the closure that needs it."""

from __future__ import annotations

from msgspec.structs import replace

from rules.escalation.act import Act
from rules.escalation.record.course import Course, Stage
from rules.escalation.record.planning import spoken
from rules.escalation.record.promising import open_promises
from rules.escalation.record.quorum import CLOSURE, lacking
from rules.escalation.record.step import Desk, Outcome, refused, taken
from rules.escalation.standing import AccountState


def consent(desk: Desk, course: Course, act: Act) -> Outcome:
    """Consent to the closure."""
    given, problem = spoken(desk, course, act, CLOSURE, act.text)
    if given is None:
        return refused(problem)
    return taken(replace(course, agreements=(*course.agreements, given)), f"{given.who} consents to the closure")


def refuse(desk: Desk, course: Course, act: Act) -> Outcome:
    """Refuse, or withdraw, the consent to the closure."""
    if not act.text:
        return refused("say why: #refuse, and then the reason")
    given, problem = spoken(desk, course, act, CLOSURE, act.text)
    if given is None:
        return refused(problem)
    against = replace(given, given=False)
    return taken(replace(course, agreements=(*course.agreements, against)), f"{given.who} does not consent: {act.text}")


def close(desk: Desk, course: Course, act: Act) -> Outcome:
    """End the escalation; what is owed afterwards begins."""
    missing = [] if desk.unmet is None else [f"not met: {one}" for one in desk.unmet(course, act.at)]
    if not course.exits:
        missing.append("there is no exit criterion")
    if agreed := lacking(desk, course, CLOSURE):
        missing.append(f"consent is missing: {agreed}")
    if missing:
        return refused(f"it stays open: {'; '.join(missing)}")
    because = act.text or "the exit criteria are met, with consent"
    stage = Stage(at=act.at, state=AccountState.AFTERCARE, by=desk.by(act), because=because)
    changed = replace(course, stages=(*course.stages, stage))
    told = "closed with consent; the issue summary, root cause and corrective actions are owed now"
    if promised := open_promises(desk, course):
        told += f"; promised and not kept so far: {'; '.join(promised)}"
    return taken(changed, told)
