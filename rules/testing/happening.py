"""Happening: what people do in a step of a test, done on its desk."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from rules.policy import Policy
from rules.schema.rule_tests import ChangeShape, WorkShape
from rules.testing.desk import Desk
from rules.testing.given import SOMEBODY, level_of, person_in
from rules.testing.rule_test import Step
from rules.ticket import Side, StatusCategory, TicketRef


def happen(desk: Desk, policy: Policy, step: Step) -> str | None:
    """Do what people do in a step, at its instant.

    Returns:
        Why it cannot be done; None when it was.
    """
    shape, at = step.shape, step.at
    wanted = [step.ticket, *(name for name in (shape.link, shape.merge_into) if name is not None)]
    missing = [name for name in wanted if desk.called(name, at) is None]
    if missing and shape.happens:
        return f"there is no ticket {missing[0]!r} at that instant"
    if not shape.happens:
        return None
    ref = desk.names[step.ticket]
    author = person_in(policy, ref.helpdesk, shape.by) or SOMEBODY
    if shape.change is not None:
        desk.write(ref, at, **_values(desk, policy, ref, shape.change))
    if shape.customer is not None:
        desk.say(ref, at, Side.REQUESTER, desk.tickets[ref].requester, shape.customer, public=True)
    if shape.reply is not None:
        desk.say(ref, at, Side.AGENT, author, shape.reply, public=True)
    if shape.note is not None:
        desk.say(ref, at, Side.AGENT, author, shape.note, public=False)
    if shape.link is not None:
        desk.link(ref, desk.names[shape.link], at)
    if shape.merge_into is not None:
        desk.merge(ref, desk.names[shape.merge_into], at)
    return None if shape.work is None else _work(desk, policy, ref, shape.work, at)


def _values(desk: Desk, policy: Policy, ref: TicketRef, change: ChangeShape) -> dict[str, Any]:
    ticket = desk.tickets[ref]
    said = change.model_fields_set
    plain = ("group", "type", "product", "subject")
    values: dict[str, Any] = {name: getattr(change, name) for name in plain if name in said}
    if change.status is not None:
        values["status"] = StatusCategory(change.status)
        values["status_name"] = change.status_name or change.status
    elif change.status_name is not None:
        values["status_name"] = change.status_name
        values["status"] = desk.statuses.get(change.status_name.casefold(), ticket.status)
    if "priority" in said:
        values["priority"] = level_of(change.priority)
    if "assignee" in said:
        values["assignee"] = person_in(policy, ref.helpdesk, change.assignee)
    if change.add_tags or change.remove_tags:
        values["tags"] = (ticket.tags - set(change.remove_tags)) | set(change.add_tags)
    if change.fields:
        values["fields"] = {**ticket.fields, **change.fields}
    return values


def _work(desk: Desk, policy: Policy, ref: TicketRef, work: WorkShape, at: datetime) -> str | None:
    values: dict[str, Any] = {}
    if work.status is not None:
        values["status"] = StatusCategory(work.status)
    if work.assignee is not None:
        values["assignee"] = person_in(policy, ref.helpdesk, work.assignee)
    if work.due is not None:
        values["due_on"] = date.fromisoformat(work.due)
    if desk.work(ref, work.title, at, **values):
        return None
    titles = ", ".join(child.title for child in desk.tickets[ref].children) or "none"
    return f"no work below the ticket has {work.title!r} in its title; there is: {titles}"
