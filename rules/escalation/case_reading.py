"""Reading: the case of a ticket at the instant of its facts, with everything that is owed in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from msgspec.structs import replace

from rules.escalation.act import Act
from rules.escalation.acts import acts_so_far
from rules.escalation.case import Case, Lead, Workaround
from rules.escalation.case_clock import CaseClock
from rules.escalation.case_clocks import clocks_of
from rules.escalation.case_course import Course
from rules.escalation.case_fold import first_reply, fold, next_by_time, owes_review
from rules.escalation.checklist import open_points
from rules.escalation.participants import participants_of
from rules.escalation.process import EscalationProcess
from rules.escalation.promise import Promise
from rules.escalation.questions import NOTHING_ASKED, Asked, asked_of
from rules.escalation.stage import Stage
from rules.escalation.standing import is_record
from rules.escalation.told import told_after
from rules.facts import Facts
from rules.policy import Policy, Tier


def case_so_far(facts: Facts) -> Case | None:
    """The case of the ticket as of the instant of the facts; None where no policy asks. Read once."""
    return facts.once(_read)


def read_case(policy: Policy, facts: Facts, acts: Sequence[Act]) -> Case | None:
    """Read the case of a ticket.

    Args:
        policy: What its section `escalation:` says; without one there is no case.
        facts: The ticket; the past is read from its timeline and comments, the ladder from the ledger.
        acts: What people did about its escalation, in any order.

    Returns:
        None without a section, and for the record of an account's escalation, whose acts are another story.
    """
    process = policy.process
    if process is None or is_record(facts.ticket):
        return None
    ledger = facts.ledger
    if not acts and ledger.escalation is None and not ledger.climbs:
        # Most tickets: nobody ever escalated them.
        return Case(at=facts.now, milestone=_milestone(process, facts, ()))
    ordered = sorted({act.key: act for act in acts}.values(), key=lambda act: act.at)
    course = fold(policy, process, facts, ordered)
    asked = asked_of(process.questions, facts, ordered) if course.steps else NOTHING_ASKED
    return _told(course, asked)


def _read(facts: Facts) -> Case | None:
    policy = facts.policy
    if policy is None or policy.process is None:
        return None
    return read_case(policy, facts, acts_so_far(facts))


def _told(course: Course, asked: Asked) -> Case:
    """Everything that came out of the events, with what is owed."""
    facts = course.facts
    promises = tuple(_judged(promise, course) for promise in course.promises)
    milestone = _milestone(course.process, facts, course.acts)
    clocks = tuple(clocks_of(course, promises, milestone))
    return replace(
        _come_to(course),
        promises=promises,
        workaround=_workaround(course),
        lead=_lead(course),
        participants=participants_of(course),
        replied=first_reply(course, course.since) is not None,
        milestone=milestone,
        asked=asked,
        clocks=clocks,
        missing=tuple(_missing(course, asked)),
        turns=tuple(_turns(course, clocks, asked)),
    )


def _come_to(course: Course) -> Case:
    """What the acts alone tell."""
    return Case(
        at=course.facts.now,
        stage=course.stage,
        since=course.since,
        steps=tuple(course.steps),
        answers=tuple(course.answers),
        request=course.request,
        begun_at=course.begun_at,
        count=course.count,
        heading=course.heading,
        acknowledged_at=None if (ack := course.latest("ack")) is None else ack.at,
        team=course.team,
        concerns=tuple(course.concerns),
        tried=tuple(course.tried),
        impact=course.words.get("impact"),
        cause=course.words.get("cause"),
        plan=course.latest("plan"),
        call=course.latest("call"),
        update=course.latest("update"),
        fix=course.latest("fix"),
        verified=course.latest("verified"),
        confirmed=course.latest("confirm"),
        checks=dict(course.checks),
        review=course.latest("summary"),
        feedback=tuple(course.feedback),
    )


def _judged(promise: Promise, course: Course) -> Promise:
    return replace(promise, answered_at=told_after(course.facts, promise.at))


def _workaround(course: Course) -> Workaround | None:
    act = course.latest("workaround")
    if act is None:
        return None
    told_at = told_after(course.facts, act.at)
    return Workaround(key=act.key, at=act.at, text=act.text.strip(), told_at=told_at)


def _milestone(process: EscalationProcess, facts: Facts, acts: Sequence[Act]) -> date | None:
    """The customer's critical date: the newest command that names it, else the field."""
    asked = process.milestone
    if asked is None:
        return None
    told = [act.options[asked.option] for act in acts if asked.option and act.options.get(asked.option)]
    field = None if asked.field is None else facts.field(asked.field)
    said = told[-1] if told else field if isinstance(field, str) else None
    try:
        return None if said is None else date.fromisoformat(said.strip()[:10])
    except ValueError:
        return None


def _lead(course: Course) -> Lead | None:
    """Who leads: whoever was named, else the role of the tier that the ticket is in."""
    if course.lead is not None or not course.stage.is_running:
        return course.lead
    tier = _tier_now(course)
    role = None if tier is None else course.process.leads.get(tier.id)
    return None if role is None or tier is None else Lead(name=role, because=f"leads in {tier.name}")


def _tier_now(course: Course) -> Tier | None:
    """The tier that the ladder has the ticket in, else the one that people lead it to."""
    stands, heading = course.facts.ledger.escalation, course.heading
    name = stands.tier if stands is not None else None if heading is None else heading.tier
    return None if name is None else course.policy.tier(name)


def _missing(course: Course, asked: Asked) -> Iterator[str]:
    """What is missing on the way on, for people."""
    if course.stage.is_waiting or course.stage.is_running:
        yield from (f"an answer to: {one.ask}" for one in asked.missing)
    if course.stage is Stage.DEESCALATION:
        yield from open_points(course.checks)
    if course.stage.is_running and _lead(course) is None:
        yield "a lead: #owner NAME"
    if course.stage is Stage.FIX_PROPOSED:
        yield "somebody who verifies the fix: #verified with the evidence"
    if course.stage in {Stage.VERIFIED, Stage.RESOLVED} and course.latest("confirm") is None:
        yield "the customer's confirmation: #confirm who | how: call | comment: its number"
    if course.stage in {Stage.RESOLVED, Stage.FOLLOW_UP, Stage.CLOSED} and owes_review(course):
        yield "the review with the team: #summary what was learnt | attendees: who was there"


def _turns(course: Course, clocks: Sequence[CaseClock], asked: Asked) -> Iterator[tuple[datetime, str]]:
    now = course.facts.now
    moves_at = next_by_time(course)
    if moves_at is not None and moves_at > now:
        yield moves_at, f"the case leaves the stage {course.stage}"
    for clock in clocks:
        yield from ((at, f"{clock.what} is due") for at in clock.turns(now))
    if asked.flips_at is not None:
        yield asked.flips_at, "another question could be asked"
