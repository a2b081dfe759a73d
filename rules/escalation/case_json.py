"""Case as JSON: the escalation of a ticket for programs and for whoever is handed the record of it."""

from __future__ import annotations

from typing import Any

from rules.escalation.act import Act
from rules.escalation.case import Case
from rules.escalation.promise import Promise


def case_json(case: Case) -> dict[str, Any]:
    """Plain values only, instants as RFC 3339 text in UTC."""
    return {**_stage(case), **_known(case), **_owed(case)}


def _stage(case: Case) -> dict[str, Any]:
    return {
        "stage": case.stage.value,
        "since": None if case.since is None else case.since.isoformat(),
        "steps": [
            {
                "from": step.before.value,
                "to": step.to.value,
                "at": step.at.isoformat(),
                "by": step.by,
                "because": step.because,
            }
            for step in case.steps
        ],
    }


def _known(case: Case) -> dict[str, Any]:
    return {
        "request": _said(case.request),
        "lead": None if case.lead is None else case.lead.name,
        "participants": list(case.participants),
        "impact": case.impact,
        "cause": case.cause,
        "tried": list(case.tried),
        "plan": _said(case.plan),
        "workaround": None if case.workaround is None else case.workaround.text,
        "update": _said(case.update),
        "fix": _said(case.fix),
        "verified": _said(case.verified),
        "confirmed": _said(case.confirmed),
        "checklist": {point: _said(act) for point, act in case.checks.items()},
    }


def _owed(case: Case) -> dict[str, Any]:
    return {
        "concerns": [
            {
                "at": one.at.isoformat(),
                "by": one.by,
                "text": one.text,
                "answered_at": None if one.answered_at is None else one.answered_at.isoformat(),
            }
            for one in case.concerns
        ],
        "promises": [_promised(one, case) for one in case.promises],
        "feedback": [{"at": one.at.isoformat(), "by": one.by, "text": one.text} for one in case.feedback],
        "milestone": None if case.milestone is None else case.milestone.isoformat(),
        "completeness": case.asked.completeness,
        "unanswered": [one.id for one in case.asked.missing],
        "clocks": [
            {"id": clock.id, "due_at": clock.due_at.isoformat(), "state": clock.state(case.at).value}
            for clock in case.clocks
        ],
        "misses": case.misses,
        "missing": list(case.missing),
    }


def _said(act: Act | None) -> dict[str, Any] | None:
    if act is None:
        return None
    return {"at": act.at.isoformat(), "by": act.person or act.author, "text": act.text, "options": act.options}


def _promised(promise: Promise, case: Case) -> dict[str, Any]:
    return {
        "at": promise.at.isoformat(),
        "by": promise.by,
        "text": promise.text,
        "due_at": promise.due_at.isoformat(),
        "state": promise.state(case.at).value,
    }
