"""Needs: what is missing for an act to count, in words; nothing when it may count."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from rules.escalation.act import Act, Via
from rules.escalation.case_course import Course
from rules.escalation.checklist import POINTS, customer_of, missing_of_customer, missing_of_point, point_of
from rules.escalation.people import name_meant
from rules.escalation.promise import promised_until
from rules.escalation.questions import asked_of
from rules.escalation.targets import target_of, tier_of
from rules.escalation.transitions import Need
from rules.policy import Tier

#: A macro's fields may be stamped so much later than its comment.
_MACRO = timedelta(seconds=10)


def missing(course: Course, act: Act, needs: tuple[Need, ...]) -> tuple[str, ...]:
    """Everything that is missing for an act, each in a sentence."""
    return tuple(dict.fromkeys(text for need in needs for text in _CHECKS[need](course, act)))


def wanted_tier(course: Course, act: Act) -> Tier | None:
    """The tier that an act leads to: the one that it names, else the next one, else where `accept` leads."""
    named = tier_of(course.policy, act)
    if named is not None:
        return named
    current = course.tier_at(act.at)
    if act.verb == "escalate" and current is not None:
        return course.policy.above(current)
    if course.process.accept is not None:
        return course.policy.tier(course.process.accept)
    return min(course.policy.tiers, key=lambda tier: (bool(tier.path), tier.rank), default=None)


def _reason(_: Course, act: Act) -> tuple[str, ...]:
    told = act.text.strip() or act.options.get("because") or act.options.get("reason")
    return () if told or act.via is not Via.COMMENT else (f"a reason: #{act.verb} why",)


def _words(_: Course, act: Act) -> tuple[str, ...]:
    return () if act.text.strip() else (f"words: #{act.verb} what",)


def _tier(course: Course, act: Act) -> tuple[str, ...]:
    named = act.options.get("tier") or act.options.get("to")
    ids = ", ".join(tier.id for tier in course.policy.tiers)
    if named and course.policy.tier(named.strip().lower()) is None:
        return (f"a tier that there is: {named} is none of {ids}",)
    tier = wanted_tier(course, act)
    if tier is None:
        return ("a tier to go to: the ticket is in the highest one",) if course.policy.tiers else ()
    current = course.tier_at(act.at)
    if act.verb == "escalate" and current is not None and tier.path == current.path and tier.rank <= current.rank:
        return (f"a higher tier: the ticket is in {current.name} already",)
    if tier.id in course.process.tried_for and not course.tried and not act.options.get("tried"):
        return (f"notes of what was tried before {tier.name}: #tried what, and what came of it",)
    return ()


def _answers(course: Course, act: Act) -> tuple[str, ...]:
    if not course.process.questions:
        return ()
    known = [one for one in course.acts if one.at <= act.at]
    then = course.facts.as_of(min(course.facts.now, act.at))
    soon = course.facts.as_of(min(course.facts.now, act.at + _MACRO))
    tier = wanted_tier(course, act)
    steps = {act.verb} | (set() if tier is None else {tier.id})
    asked = asked_of(course.process.questions, then, known)
    open_ones = [one for one in asked.missing if not one.is_answered(soon, known)]
    return tuple(f"an answer to: {one.ask}" for one in open_ones if one.required_for & steps)


def _target(course: Course, act: Act) -> tuple[str, ...]:
    if target_of(course.policy, act) is not None:
        return ()
    known = [path.id for path in course.policy.paths] + list(course.policy.directory.teams)
    return (f"a path or team to redirect to: #redirect {' or '.join(known) or 'NAME'}",)


def _evidence(_: Course, act: Act) -> tuple[str, ...]:
    told = act.text.strip() or act.options.get("evidence")
    lacking = () if told else ("the evidence: #verified how it was tested, and what came of it",)
    known = act.person or act.author
    return lacking if known else (*lacking, "a person: nobody knows who set this")


def _customer(_: Course, act: Act) -> tuple[str, ...]:
    # A tag is set by a macro that says it all, or by the customer's own click.
    return () if act.via in {Via.TAG, Via.FIELD} else missing_of_customer(customer_of(act), act.verb)


def _point(_: Course, act: Act) -> tuple[str, ...]:
    point = point_of(act)
    if point is None:
        return (f"a point of the checklist: #check {', #check '.join(POINTS)}",)
    return missing_of_point(point, act)


def _confirmed(course: Course, act: Act) -> tuple[str, ...]:
    if course.latest("confirm") is not None or act.verb != "resolve":
        return ()
    return ("the customer's confirmation: #confirm who | how: call | comment: its number",)


def _date(course: Course, act: Act) -> tuple[str, ...]:
    if promised_until(act, course.process.calendar) is not None:
        return ()
    return (f"a date: #{act.verb} what | by: 2026-03-05 15:00",)


def _review(course: Course, act: Act) -> tuple[str, ...]:
    review = course.process.review
    if review is None or course.latest("summary") is not None:
        return ()
    if not review.when.evaluate(course.facts.as_of(min(course.facts.now, act.at))).holds:
        return ()
    return ("the review with the team: #summary what was learnt | attendees: who was there",)


def _attendees(_: Course, act: Act) -> tuple[str, ...]:
    told = act.options.get("attendees") or act.options.get("who")
    return () if told else (f"who was there: #{act.verb} … | attendees: anna, bob",)


def _person(course: Course, act: Act) -> tuple[str, ...]:
    if name_meant(course.policy.directory, act.text, course.facts.ticket.ref.helpdesk) is not None:
        return ()
    known = (*course.policy.directory.people, *course.policy.directory.roles)
    return (f"somebody whom the directory knows: {', '.join(known) or 'it is empty'}",)


_CHECKS: Mapping[Need, Callable[[Course, Act], tuple[str, ...]]] = {
    Need.REASON: _reason,
    Need.ANSWERS: _answers,
    Need.TIER: _tier,
    Need.TARGET: _target,
    Need.WORDS: _words,
    Need.EVIDENCE: _evidence,
    Need.CUSTOMER: _customer,
    Need.POINT: _point,
    Need.CONFIRMED: _confirmed,
    Need.DATE: _date,
    Need.REVIEW: _review,
    Need.ATTENDEES: _attendees,
    Need.PERSON: _person,
}
