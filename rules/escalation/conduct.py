"""Conduct: what the case of a ticket adds to the decision about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec.structs import replace

from rules.decision import Decision, Desired
from rules.escalation.case import Case
from rules.escalation.case_context import case_context
from rules.escalation.case_notes import Setting, case_notes
from rules.escalation.case_notices import case_notices
from rules.escalation.case_wishes import CASE, spelled
from rules.escalation.case_work import case_work
from rules.escalation.follow_up import second_try
from rules.escalation.process import EscalationProcess
from rules.escalation.stage import Stage
from rules.facts import Facts
from rules.notes import Scene
from rules.notices import notice_turns_of
from rules.parts import GROUP, field_part
from rules.policy import Policy
from rules.ticket import Scalar


def with_case(decision: Decision, case: Case | None, policy: Policy, facts: Facts, scene: Scene | None) -> Decision:
    """The decision with what the escalation wants besides: tags, fields, notes, notices, work, and when to look again.

    Args:
        decision: The decision without it.
        case: The escalation; None = the policy does not conduct any, and the decision stays what it is.
        policy: The policy that decides.
        facts: The ticket.
        scene: Every answer about an open ticket; None on one that is solved.
    """
    process = policy.process
    if case is None or process is None:
        return decision
    if not case.steps and not case.answers and Stage.NONE not in process.tags:
        return replace(decision, case=case)
    context = case_context(case, policy, facts, scene)
    setting = Setting(
        policy=policy,
        process=process,
        case=case,
        ledger=facts.ledger,
        escalation=decision.escalation,
        context=context,
        reader=facts.ticket.reader,
    )
    desired = _desired(decision.desired, setting, facts)
    considered = decision.considered
    told = (spelled(case),) if case.steps or case.answers else ()
    wake_at, because = _waking(decision, setting, desired, facts.now)
    return replace(
        decision,
        desired=desired,
        case=case,
        reasons=(*decision.reasons, *told),
        considered=(*considered, *told),
        wake_at=wake_at,
        wake_because=because,
    )


def _desired(desired: Desired, setting: Setting, facts: Facts) -> Desired:
    fields = _fields(setting, facts.ticket.ref.helpdesk)
    added = {name: value for name, value in fields.items() if name not in desired.fields}
    group = _group(setting, facts.ticket.ref.helpdesk)
    takes_group = group is not None and desired.group is None
    sources = dict(desired.sources) | {field_part(name): CASE for name in added}
    return replace(
        desired,
        tags=dict(desired.tags) | {tag: CASE for tag in _tags(setting) if tag not in desired.tags},
        fields=dict(desired.fields) | added,
        group=group if takes_group else desired.group,
        group_because="redirected" if takes_group else desired.group_because,
        sources=sources | ({GROUP: CASE} if takes_group else {}),
        notes=(*desired.notes, *case_notes(setting)),
        notices=(*desired.notices, *case_notices(setting)),
        work=(*desired.work, *case_work(setting)),
    )


def _tags(setting: Setting) -> Iterator[str]:
    process, case = setting.process, setting.case
    if (tag := process.tags.get(case.stage)) is not None:
        yield tag
    if case.concern is not None and process.concern.tag is not None:
        yield process.concern.tag


def _fields(setting: Setting, helpdesk: str) -> Mapping[str, Scalar]:
    return {} if setting.case.concern is None else setting.process.concern.fields.get(helpdesk, {})


def _group(setting: Setting, helpdesk: str) -> str | None:
    """The group of the team that the ticket was redirected to."""
    team = None if setting.case.team is None else setting.policy.directory.teams.get(setting.case.team)
    if team is None or setting.case.stage is not Stage.REDIRECTED:
        return None
    return next(iter(team.groups.get(helpdesk, ())), None)


def _waking(decision: Decision, setting: Setting, desired: Desired, now: datetime) -> tuple[datetime | None, str]:
    turns = [(decision.wake_at, decision.wake_because)] if decision.wake_at is not None else []
    turns += setting.case.turns
    turns += _second_try(setting.process, setting.case)
    own = [notice for notice in desired.notices if notice.rule == CASE]
    turns += [(turn.at, turn.because) for turn in notice_turns_of(setting.policy, own, now)]
    later = [turn for turn in turns if turn[0] > now]
    return min(later, key=lambda turn: turn[0]) if later else (None, decision.wake_because)


def _second_try(process: EscalationProcess, case: Case) -> list[tuple[datetime, str]]:
    again = None if process.follow_up is None else second_try(process.follow_up, case)
    return [] if again is None else [(again, "the customer is asked again")]
