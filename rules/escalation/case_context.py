"""Context: what the texts of an escalation may speak of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rules.bearings import bearings
from rules.cadence_reading import CadenceReading
from rules.clocks.clock import ClockReading, ClockState
from rules.escalation.case import Case
from rules.escalation.case_course import name_of
from rules.escalation.promise import PromiseState
from rules.facts import Facts
from rules.notes import Scene
from rules.policy import Policy
from rules.responses import CUSTOMER_UPDATE, INTERNAL_UPDATE
from rules.sla import Metric
from rules.ticket_context import ticket_context
from rules.words import minute


def case_context(case: Case, policy: Policy, facts: Facts, scene: Scene | None = None) -> dict[str, object]:
    """Values for the names `case.…` of `rules.templates.TEMPLATE_NAMES`, and for who is told at the account's side.

    Args:
        case: The case.
        policy: Gives the names of people.
        facts: The ticket.
        scene: Every clock of the ticket, for the instant of the next update; None on a solved ticket.
    """
    request = case.request
    return {
        **ticket_context(facts),
        "account.csm": facts.value("account.csm"),
        "account.consultant": facts.account_field("consultant"),
        "next_update_at": None if scene is None else next_update(case, scene),
        "case.stage": case.stage.value,
        "case.request": None if request is None else request.text.strip(),
        "case.requester": None if request is None else _person(policy, name_of(request)),
        "case.reason": case.steps[-1].because if case.steps else None,
        "case.questions": "\n".join(f"- {one.ask}" for one in case.asked.missing),
        "case.completeness": f"{case.asked.completeness}%",
        "case.tried": "\n".join(f"- {one}" for one in case.tried),
        "case.impact": case.impact,
        "case.cause": case.cause,
        "case.workaround": None if case.workaround is None else case.workaround.text,
        "case.fix": None if case.fix is None else case.fix.text.strip(),
        "case.plan": None if case.plan is None else case.plan.text.strip(),
        "case.plan_for_customer": None if case.plan is None else case.plan.options.get("customer"),
        "case.update": None if case.update is None else case.update.text.strip(),
        "case.update_for_customer": None if case.update is None else case.update.options.get("customer"),
        "case.promises": "\n".join(_promises(case)),
        "case.concern": None if case.concern is None else case.concern.text,
        "case.lead": None if case.lead is None else _person(policy, case.lead.name),
        "case.contact": _contact(policy, facts),
        "case.participants": ", ".join(case.participants),
        "case.milestone": None if case.milestone is None else case.milestone.isoformat(),
        "case.linked": "\n".join(f"- {one.key}: {one.status_name} ({one.subject})" for one in facts.linked),
        "case.missing": "\n".join(f"- {one}" for one in case.missing),
        **bearings(facts, None if scene is None else scene.findings),
    }


def next_update(case: Case, scene: Scene) -> datetime | None:
    """When the customer hears from us next (UTC), by the clocks that run: promises, cadences, update clocks."""
    now = scene.facts.now
    found = [one.due_at for one in case.promises if one.state(now) is PromiseState.OPEN]
    found += _of_cadences(scene.findings.cadences)
    found += _of_clocks([reading for _, reading in scene.findings.clocks], scene)
    found += [read.next_at for read in scene.reminders if read.applies.holds and read.next_at is not None]
    return min((at for at in found if at > now), default=None)


def _of_cadences(readings: tuple[CadenceReading, ...]) -> list[datetime]:
    told = (one for one in readings if one.cycle is not None and one.cadence.counts != INTERNAL_UPDATE)
    return [one.cycle.due_at for one in told if one.cycle is not None]


def _of_clocks(readings: list[ClockReading], scene: Scene) -> list[datetime]:
    telling = {Metric.CUSTOMER_UPDATE, Metric.NEXT_RESPONSE, Metric.FIRST_RESPONSE}
    ids = {one.id for one in scene.policy.sla if one.metric in telling or one.until == CUSTOMER_UPDATE}
    waiting = {ClockState.RUNNING, ClockState.WARNING}
    return [one.due_at for one in readings if one.target in ids and one.state in waiting]


def _promises(case: Case) -> Iterator[str]:
    for one in case.promises:
        if one.state(case.at) is PromiseState.OPEN:
            yield f"- {one.text}, by {minute(one.due_at)}{f' ({one.by})' if one.by else ''}"


def _person(policy: Policy, name: str | None) -> str | None:
    person = None if name is None else policy.directory.people.get(name)
    return name if person is None else person.name


def _contact(policy: Policy, facts: Facts) -> str | None:
    """The name of whoever has the ticket, where the directory knows them: an id tells the customer nothing."""
    assignee, helpdesk = facts.ticket.assignee, facts.ticket.ref.helpdesk
    people = policy.directory.people.values()
    return next((one.name for one in people if assignee is not None and one.account(helpdesk) == assignee), None)
