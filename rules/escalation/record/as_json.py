"""As JSON: a record as a plain value, for programs and for whoever keeps it elsewhere."""

from __future__ import annotations

from typing import Any

import msgspec

from rules.escalation.promise import Promise
from rules.escalation.record.record import AccountRecord, Progress
from rules.escalation.record.work import Duty
from rules.responses import INTERNAL_UPDATE


def record_as_json(record: AccountRecord) -> dict[str, Any]:
    """The record form: who asked and why, how it stands, who is in it, what is agreed, planned, said and owed.

    Args:
        record: The record at an instant.

    Returns:
        Only mappings with text keys, lists, text, numbers, flags and None. Instants are RFC 3339 text in UTC, dates
        local to the programme's calendar.
    """
    told = _standing(record) | _people(record) | _work(record) | _ending(record)
    # By way of the text, so that programs get here what they would read there.
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(told))
    return plain


def _standing(record: AccountRecord) -> dict[str, Any]:
    """Which record it is, why it exists, and how it stands."""
    course, facts = record.course, record.facts
    return {
        "record": {"key": facts.ticket.key, "ref": str(facts.ticket.ref), "url": facts.ticket.url},
        "at": facts.now,
        "accounts": [str(account) for account in record.standing.accounts],
        "state": record.state,
        "since": record.since,
        "requests": course.requests,
        "criteria": course.criteria,
        "on_judgement": course.on_judgement,
        "history": course.stages,
        "colour": record.colour,
        "trend": record.trend,
        "colours": course.colours,
    }


def _people(record: AccountRecord) -> dict[str, Any]:
    """Who is in it, and what was said."""
    course = record.course
    return {
        "owner": course.owner,
        "owners": course.owners,
        "sponsor": course.sponsor,
        "stakeholders": course.stakeholders,
        "tickets": _tickets(record),
        "exit_criteria": [_criterion(one) for one in record.progress],
        "communication": course.comms,
        "calls": course.calls,
        "impacts": course.impacts,
        "concerns": [{"concern": one, "answer": course.heard.get(one.act)} for one in course.concerns],
    }


def _work(record: AccountRecord) -> dict[str, Any]:
    """What is planned, promised, agreed, owed and missing."""
    course = record.course
    return {
        "cause": course.cause,
        "plan": {"in_force": course.plan, "items": [_duty(record, duty) for duty in record.items]},
        "promises": [_promise(record, one) for one in course.promises],
        "agreements": course.agreements,
        "owed": [_duty(record, duty) for duty in record.duties if duty not in record.items],
        "gaps": record.gaps,
        "updates": _updates(record),
    }


def _ending(record: AccountRecord) -> dict[str, Any]:
    """What it came to, and whether it came back."""
    again = [{"at": one.at, "tickets": one.again, "came_back": one.came_back} for one in record.recurrences]
    return {"outcome": record.course.outcome, "recurrence": again}


def _tickets(record: AccountRecord) -> list[dict[str, Any]]:
    """The tickets that it is about, in all helpdesks, and those that are linked by hand."""
    members = sorted(record.facts.around.members, key=lambda one: one.ref)
    told: list[dict[str, Any]] = [
        {"ref": str(one.ref), "key": one.key, "subject": one.subject, "status": one.status, "url": one.url}
        for one in members
    ]
    known = {one.ref for one in members}
    links = record.facts.ticket.links
    return told + [{"ref": str(link.to), "key": link.key or link.to.id} for link in links if link.to not in known]


def _duty(record: AccountRecord, duty: Duty) -> dict[str, Any]:
    return {
        "kind": duty.kind,
        "title": duty.title,
        "owner": duty.owner or duty.stranger,
        "due_on": duty.due_on,
        "is_done": duty.is_done,
        "is_late": duty.is_late(record.facts.now),
        "is_removed": duty.is_dropped,
        "serves": duty.serves,
        "ticket": None if duty.child is None else duty.child.key,
    }


def _criterion(one: Progress) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(one.criterion)
    return told | {"is_met": one.is_met, "is_late": one.is_late}


def _promise(record: AccountRecord, one: Promise) -> dict[str, Any]:
    return {
        "at": one.at,
        "text": one.text,
        "by": one.by,
        "to": one.to,
        "due_at": one.due_at,
        "state": one.state(record.facts.now),
        "answered_at": one.answered_at,
        "how": one.how,
    }


def _updates(record: AccountRecord) -> list[dict[str, Any]]:
    """The update log: when and by whom; the words are in the helpdesk."""
    facts = record.facts
    said = facts.responses.counted(facts.ticket, INTERNAL_UPDATE)
    return [{"at": one.at, "author": one.author, "comment": one.id} for one in said]
